"""What a condition can come to, as far as its kind tells: an outcome counted as possible may still be none.

Whatever kind is not known here may come to anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from service.engine.verdict import NAMES, NOT, SATISFIED
from service.policy.facts import Fact, FactGroup, FactType
from service.policy.kinds import (
    AllOf,
    AnyOf,
    Condition,
    Every,
    Judgement,
    Member,
    NOf,
    NoneOf,
    Not,
    OnMiss,
    Points,
    Readings,
    Some,
    Stated,
    When,
)
from service.policy.scoring import BestOf, Granted, PerRow, PerUnit, Rated, SumOf, Worth, capped, spread


class Outcome(StrEnum):
    """What cases must bring about of a condition; unknown and to be reviewed are one: nothing is settled."""

    SATISFIED = "satisfied"
    NOT_SATISFIED = "not_satisfied"
    OPEN = "open"


EVERY = frozenset(Outcome)
_SETTLED = frozenset({Outcome.SATISFIED, Outcome.NOT_SATISFIED})
_COUNTED_NONE = (FactType.BOOLEAN, FactType.EVIDENCE, FactType.TEXTS, FactType.CODES)


def outcome_of(status: str) -> Outcome:
    """The outcome that a status is."""
    if status == NAMES[SATISFIED]:
        return Outcome.SATISFIED
    return Outcome.NOT_SATISFIED if status == NAMES[NOT] else Outcome.OPEN


def possible(condition: Condition) -> frozenset[Outcome]:
    """The outcomes a condition may have, its modifiers and what people may find included."""
    found = _core(condition)
    if Outcome.NOT_SATISFIED in found and condition.on_miss is not OnMiss.FAIL:
        # The miss goes to people, who may still refuse it.
        found |= {Outcome.OPEN, Outcome.SATISFIED}
    if condition.exempt_when is not None:
        found |= possible(condition.exempt_when) & {Outcome.SATISFIED}
    return found


def _core(condition: Condition) -> frozenset[Outcome]:
    match condition:
        case Judgement():
            return EVERY
        case Stated():
            return _stated(condition)
        case Member():
            return _member(condition)
        case AllOf():
            return _all(condition.children)
        case AnyOf():
            return _any(condition.children)
        case NoneOf():
            return _reversed(_any(condition.children))
        case Not():
            return _reversed(possible(condition.child))
        case NOf():
            return frozenset().union(*map(possible, condition.children))
        case Points():
            return _points(condition)
        case Worth(when=when):
            return possible(when)
        case Granted() | PerUnit() | Rated() | PerRow() | BestOf() | SumOf():
            return _item(condition)
        case When():
            return _when(condition)
        case Readings():
            found = frozenset[Outcome]().union(*(possible(reading) for _, reading in condition.readings))
            # Readings that differ are for people, who may find either.
            return EVERY if len(found) > 1 else found
        case Every():
            that = possible(condition.that)
            blank = condition.on_blank not in (NAMES[NOT], NAMES[SATISFIED])
            return that | {Outcome.SATISFIED} | ({Outcome.OPEN} if blank else frozenset())
        case Some():
            return possible(condition.that) | {Outcome.NOT_SATISFIED, Outcome.OPEN}
    return EVERY


def _member(condition: Member) -> frozenset[Outcome]:
    """Of all the values that a field can have some always fits; denied, none does."""
    fact = condition.fact
    found = EVERY if can_be_open(fact) else _SETTLED
    if fact.derivation is not None or not _every_value(fact) <= {*condition.codes}:
        return found
    return found - {Outcome.SATISFIED if condition.negated else Outcome.NOT_SATISFIED}


def _every_value(fact: Fact) -> set[str]:
    """The values of a closed vocabulary; of an open one there is one that nobody knows."""
    if fact.type is FactType.BOOLEAN:
        return {"true", "false"}
    vocabulary = fact.vocabulary
    if vocabulary is None or vocabulary.open:
        return {""}
    return {entry.code for entry in vocabulary.entries}


def _stated(condition: Stated) -> frozenset[Outcome]:
    fact = condition.fact
    found = {Outcome.SATISFIED}
    if can_be_open(fact):
        found.add(Outcome.OPEN)
    if not condition.answered and _can_be_none(fact):
        found.add(Outcome.NOT_SATISFIED)
    return frozenset(found)


def _can_be_none(fact: Fact | FactGroup) -> bool:
    """Whether a fact can be stated as none."""
    if isinstance(fact, FactGroup):
        return fact.is_list
    if fact.type in _COUNTED_NONE:
        return True
    return fact.vocabulary is not None and any(entry.none for entry in fact.vocabulary.entries)


def can_be_open(fact: Fact | FactGroup) -> bool:
    """Whether a fact can be blank, or a code outside its vocabulary."""
    if isinstance(fact, FactGroup):
        return fact.is_list
    if fact.derivation is None or fact.derivation.function != "first_given":
        return True
    options = fact.derivation.arguments.get("", ())
    last = options[-1] if isinstance(options, tuple | list) and options else None
    # A fact filled with a literal where all is blank is never blank.
    return isinstance(last, Fact) or last is None


def _points(condition: Points) -> frozenset[Outcome]:
    """What the points may come to: between those that are certain and all that can be had."""
    sure, most = _had(SumOf(items=condition.items))
    low, high = condition.at_least, condition.at_most
    came: set[Outcome] = set()
    if (low is None or most >= low) and (high is None or sure <= high):
        came.add(Outcome.SATISFIED)
    if (low is not None and sure < low) or (high is not None and most > high):
        came.add(Outcome.NOT_SATISFIED)
    if len(came) > 1 and any(Outcome.OPEN in possible(item) for item in condition.items):
        came.add(Outcome.OPEN)
    return frozenset(came)


def _had(item: Condition) -> tuple[float, float]:
    """The least and the most points of an item, with what its conditions can come to."""
    match item:
        case Worth(when=when, points=points):
            found = possible(when)
            return points * (found == {Outcome.SATISFIED}), points * (Outcome.SATISFIED in found)
        case BestOf(items=items, at_most=at_most):
            ends = [_had(inner) for inner in items]
            return capped(max(end[0] for end in ends), at_most), capped(max(end[1] for end in ends), at_most)
        case SumOf(items=items, minus=minus, at_most=at_most):
            ends, less = [_had(inner) for inner in items], [_had(inner) for inner in minus]
            least = sum(end[0] for end in ends) - sum(end[1] for end in less)
            return capped(least, at_most), capped(sum(end[1] for end in ends) - sum(end[0] for end in less), at_most)
    return spread(item)


def _item(item: Condition) -> frozenset[Outcome]:
    """What an item can come to: points, none, or what is not settled."""
    least, most = _had(item)
    found = {Outcome.SATISFIED} if most else set[Outcome]()
    if not least:
        found.add(Outcome.NOT_SATISFIED)
    inner = item.items if isinstance(item, BestOf | SumOf) else ()
    open_one = any(Outcome.OPEN in possible(one) for one in inner) or isinstance(item, PerUnit | Rated | PerRow)
    if least != most and open_one:
        found.add(Outcome.OPEN)
    return frozenset(found)


def _when(condition: When) -> frozenset[Outcome]:
    premise = possible(condition.when)
    found: set[Outcome] = set()
    if Outcome.SATISFIED in premise:
        found |= possible(condition.then)
    if Outcome.NOT_SATISFIED in premise:
        found |= {Outcome.SATISFIED} if condition.otherwise is None else possible(condition.otherwise)
    if Outcome.OPEN in premise:
        # Both may come of it: where they are one, that is settled.
        both = possible(condition.then) | (
            {Outcome.SATISFIED} if condition.otherwise is None else possible(condition.otherwise)
        )
        found |= both if both == {Outcome.SATISFIED} else {*both, Outcome.OPEN}
    return frozenset(found)


def _gating(children: Iterable[Condition]) -> list[frozenset[Outcome]]:
    return [possible(child) for child in children if child.gates]


def _all(children: Iterable[Condition]) -> frozenset[Outcome]:
    gating = _gating(children)
    found = frozenset().union(*gating) - {Outcome.SATISFIED}
    return found | {Outcome.SATISFIED} if all(Outcome.SATISFIED in one for one in gating) else found


def _any(children: Iterable[Condition]) -> frozenset[Outcome]:
    gating = _gating(children)
    found = frozenset().union(*gating) - {Outcome.NOT_SATISFIED}
    return found | {Outcome.NOT_SATISFIED} if all(Outcome.NOT_SATISFIED in one for one in gating) else found


_OPPOSITE = {
    Outcome.SATISFIED: Outcome.NOT_SATISFIED,
    Outcome.NOT_SATISFIED: Outcome.SATISFIED,
    Outcome.OPEN: Outcome.OPEN,
}


def _reversed(found: frozenset[Outcome]) -> frozenset[Outcome]:
    return frozenset(_OPPOSITE[one] for one in found)
