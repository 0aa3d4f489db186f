"""What a sound policy may still lack: every warning about it, which never withholds it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from service.policy.consistency import consistency_warnings
from service.policy.coverage import coverage_warnings
from service.policy.hedges import hedge_warnings
from service.policy.model import Policy
from service.policy.source_text import SourceDocument
from service.policy.stated_terms import stated_warnings
from service.policy.usage import usage_warnings
from service.policy.years import year_warnings
from service.problems import Problem, Severity, problem, sort


def warnings_of(policy: Policy, document: SourceDocument) -> tuple[Problem, ...]:
    """Every warning about a policy, sorted by place; `document` is the file that it was read from.

    Keywords are told in the language of the file.
    """
    found = (
        *coverage_warnings(policy, document),
        *consistency_warnings(policy),
        *usage_warnings(policy, document),
        *stated_warnings(policy, document),
        *hedge_warnings(policy),
        *year_warnings(policy, document),
        *period_warnings(policy, document),
    )
    return sort(
        replace(warning, params=tuple(sorted(document.language.told(warning.code, dict(warning.params)).items())))
        for warning in found
    )


def period_warnings(policy: Policy, document: SourceDocument) -> Iterator[Problem]:
    """A warning where the deadline lies outside the period in which the edition is in force."""
    closing, until = policy.closing, policy.effective_until
    if closing is None or (policy.effective_from <= closing.day and (until is None or closing.day <= until)):
        return
    period = f"{policy.effective_from.isoformat()}—{'' if until is None else until.isoformat()}"
    place = document.place(("deadline", "at"))
    yield problem("deadline-outside", place, severity=Severity.WARNING, deadline=closing.text, period=period)
