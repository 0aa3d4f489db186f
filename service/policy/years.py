"""Years in the names of a file that neither its period nor what it quotes knows: left over from the year before."""

from __future__ import annotations

import re
from collections.abc import Iterator

from service.policy.model import Policy
from service.policy.numerals import DIGITS, NUMERALS, spelled
from service.policy.reading import Path
from service.policy.source_text import SourceDocument
from service.policy.stated import quotes_of
from service.problems import Problem, Severity, problem

_YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")
_IN_NUMERALS = re.compile(rf"{DIGITS[2]}[{NUMERALS}]{{3}}")


def year_warnings(policy: Policy, document: SourceDocument) -> Iterator[Problem]:
    """A warning at every title and label with a year outside the period that its text or quote does not state.

    Labels of fields and conditions are left alone: they may well speak of years before.
    """
    until = policy.effective_until or policy.effective_from
    known = {str(year) for year in range(policy.effective_from.year, until.year + 1)} | _years(policy.edition)
    for path, label, text in _named(policy):
        for year in sorted(_years(label) - known - _years(text)):
            place = document.place(path)
            yield problem("year-outside", place, severity=Severity.WARNING, label=label, year=year)


def _named(policy: Policy) -> Iterator[tuple[Path, str, str]]:
    """Each name with where it stands and the words it speaks of."""
    notice = next((one.text for one in policy.documents if one.text is not None), None) or ""
    yield ("title",), policy.title, notice
    for one in policy.documents:
        if one.text is not None:
            yield ("documents", one.id, "title"), one.title, one.text
    if policy.closing is not None and policy.closing.label is not None:
        yield ("deadline", "label"), policy.closing.label, quotes_of(policy.closing.citations)
    for index, procedure in enumerate(policy.procedures):
        if procedure.label is not None:
            yield ("procedures", index, "label"), procedure.label, quotes_of(procedure.citations)
    for index, quota in enumerate(policy.quotas):
        yield ("award", "quotas", index, "label"), quota.label, quotes_of(quota.citations)
    for parameter in policy.parameters:
        yield ("parameters", parameter.id, "label"), parameter.label, quotes_of(parameter.citations)


def _years(text: str) -> set[str]:
    spoken = (spelled(match[0]) for match in _IN_NUMERALS.finditer(text))
    return {*_YEAR.findall(text), *(year for year in spoken if year is not None)}
