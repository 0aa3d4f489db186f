"""Words of the quoted sentences that soften what they ask, where the condition asks it without exception.

The words stand in the catalogue by the key of a condition that says the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from service import messages
from service.policy import numerals
from service.policy.dependencies import conditions_below, conditions_in
from service.policy.facts import Fact
from service.policy.kinds import AnyOf, Condition, Judgement, Member, NOf, NoneOf, Not, OnMiss, Readings, When
from service.policy.model import Policy, SectionKind
from service.policy.notice import CLAUSE
from service.policy.reading import squeeze
from service.problems import Problem, Severity, problem

_FEW = "[^，。；：]{0,10}?"


class _Cited(NamedTuple):
    """A condition with a quote, and those that stand above it."""

    condition: Condition
    above: tuple[Condition, ...]


def hedge_warnings(policy: Policy) -> Iterator[Problem]:
    """A warning where a quote softens its demand and no condition that quotes these words does."""
    cited = [one for section in policy.sections for one in _cited(section.root, ()) if section.kind != SectionKind.TAG]
    told: set[str] = set()
    for one in cited:
        for key, clause, words in _hedges(one):
            if clause in told:
                continue
            told.add(clause)
            sharing = [other for other in cited if clause in _quoted(other.condition)]
            if any(_asks(key, other) for other in sharing) and not any(_answers(key, other) for other in sharing):
                code = f"hedge-unanswered.{key}"
                yield problem(code, one.condition.position, severity=Severity.WARNING, words=words)


def _cited(condition: Condition, above: tuple[Condition, ...]) -> Iterator[_Cited]:
    if condition.citations:
        yield _Cited(condition, above)
    for inner in conditions_below(condition):
        yield from _cited(inner, (*above, condition))


def _quoted(condition: Condition) -> str:
    return squeeze("。".join(citation.quote for citation in condition.citations if citation.quote is not None))


def _hedges(one: _Cited) -> Iterator[tuple[str, str, str]]:
    """The key that answers it, the clause, and the words of each hedge in the quotes of a condition."""
    for clause in CLAUSE.findall(_quoted(one.condition)):
        for key, pattern in _patterns().items():
            found = pattern.search(clause)
            if found is not None:
                yield key, clause, found[0]


def _asks(key: str, one: _Cited) -> bool:
    """Whether a condition is of a kind that such words can soften: an open list, conditions that list something."""
    if key != "open_list":
        return True
    return any(
        (isinstance(inner, Member) and len(inner.literals) > 1) or isinstance(inner, AnyOf)
        for inner in conditions_in(one.condition)
    )


def _answers(key: str, one: _Cited) -> bool:
    """Whether a condition, one below or one above it makes an exception or leaves something to people."""
    around = (*conditions_in(one.condition), *one.above)
    if any(c.rulings or c.on_miss is not OnMiss.FAIL or isinstance(c, Readings | Judgement) for c in around):
        return True
    if key == "exempt_when":
        kinds = AnyOf | NOf | NoneOf | Not | When
        return any(c.exempt_when or isinstance(c, kinds) or (isinstance(c, Member) and c.negated) for c in around)
    if key == "open_list":
        return any(isinstance(c, Member) and _is_open(c.fact) for c in around)
    return False


def _is_open(fact: Fact) -> bool:
    return fact.vocabulary is not None and fact.vocabulary.open


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    """By key, what finds such words in a clause."""
    found = {}
    for key in ("in_principle", "exempt_when"):
        words = messages.text(f"hedge.{key}").split("、")
        found[key] = re.compile("|".join(_FEW.join(map(re.escape, word.split("…"))) for word in words))
    word = messages.text("hedge.open_list")
    whole = messages.text("hedge.open_list.within").split("、")
    before = "".join(f"(?<!{one[0]})" for one in whole if one[1] == word)
    after = "".join(one[1] for one in whole if one[0] == word)
    listed = rf"[^、（）]{{1,12}}(?:、[^、（）]{{1,12}})+?{before}{word}(?![{after}\d{numerals.NUMERALS}])"
    found["open_list"] = re.compile(listed)
    return found
