"""What a plain condition asks of one subject, as a set: so that two conditions can be held against each other.

Only what is certain is said: a condition with a modifier, or of a kind not known here, asks nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from fractions import Fraction
from functools import singledispatch
from math import inf
from typing import Any

from service.policy.admitted import Codes, Demand, Span, Subject
from service.policy.facts import IN_TIME, Duration, Fact, FactGroup, FactType
from service.policy.kinds import (
    AllOf,
    AnyOf,
    Bounds,
    Compare,
    Condition,
    Count,
    Extreme,
    FactOperand,
    LiteralOperand,
    Member,
    Not,
    OnMiss,
    Operand,
    PartBounds,
    Points,
    Ratio,
    Share,
    Stated,
    Sum,
)
from service.policy.scoring import SumOf, spread
from service.policy.tables import Table

# What only names a condition or says how it was written.
_NAMING = frozenset(
    {
        "id", "label", "citations", "rulings", "words", "group", "suggestion", "examples", "position",
        "literal", "literals", "multiple", "operator", "label_of_format",
    }
)  # fmt: skip


def is_plain(condition: Condition) -> bool:
    """Whether a condition counts as it stands: it gates, and its miss is a miss."""
    return condition.gates and condition.on_miss is OnMiss.FAIL and condition.exempt_when is None


class Comparison:
    """Holds conditions of one policy against each other; what each asks is worked out once."""

    def __init__(self) -> None:
        # By identity: conditions hold mappings. They are kept so that no other takes their place.
        self._known: dict[int, tuple[Condition, Any, tuple[Demand, ...]]] = {}

    def demands(self, condition: Condition) -> tuple[Demand, ...]:
        """What a plain leaf asks; it holds where all of this is met. Nothing for any other condition."""
        return self._looked_at(condition)[2]

    def same(self, first: Condition, second: Condition) -> bool:
        """Whether two conditions are one but for names, places and words."""
        return bool(self._looked_at(first)[1] == self._looked_at(second)[1])

    def implies(self, first: Condition, second: Condition) -> bool:
        """Whether it is certain that the second holds wherever the first does."""
        if not (is_plain(first) and is_plain(second)):
            return False
        if self.same(first, second):
            return True
        if isinstance(second, AllOf):
            return bool(second.children) and all(self.implies(first, child) for child in second.children)
        if isinstance(first, AnyOf):
            return bool(first.children) and all(self.implies(child, second) for child in first.children)
        if isinstance(first, AllOf):
            return any(self.implies(child, second) for child in first.children)
        if isinstance(second, AnyOf):
            return any(self.implies(first, child) for child in second.children)
        given, asked = self.demands(first), self.demands(second)
        return bool(asked) and all(any(one.implies(other) for one in given) for other in asked)

    def clash(self, first: Condition, second: Condition) -> bool:
        """Whether it is certain that no application meets both."""
        theirs = self.demands(second)
        return any(demand.clashes(its) for demand in self.demands(first) for its in theirs)

    def _looked_at(self, condition: Condition) -> tuple[Condition, Any, tuple[Demand, ...]]:
        known = self._known.get(id(condition))
        if known is None:
            asked = _demands(condition) if is_plain(condition) else ()
            known = self._known[id(condition)] = (condition, core(condition), asked)
        return known


def core(value: object) -> Any:
    """What a condition decides, without names, places and words: equal for conditions that are the same."""
    if isinstance(value, Fact | FactGroup):
        return value.path
    if isinstance(value, Table):
        return value.id
    if isinstance(value, tuple):
        return tuple(core(item) for item in value)
    if hasattr(value, "__dataclass_fields__"):
        kept = (part.name for part in fields(value) if part.name not in _NAMING)  # type: ignore[arg-type]  # just seen
        return (type(value).__name__, *(core(getattr(value, name)) for name in kept))
    return value


# --- each kind ---


@singledispatch
def _demands(_condition: Condition) -> tuple[Demand, ...]:
    return ()


@_demands.register
def _of_codes(condition: Member) -> tuple[Demand, ...]:
    fact = condition.fact
    return (_codes(fact, Codes(frozenset(condition.codes), condition.negated)),)


@_demands.register
def _of_bounds(condition: Compare) -> tuple[Demand, ...]:
    if condition.literal and condition.fact.type is FactType.MOMENT:
        # It asks for days, where other conditions on the moment ask for seconds.
        return ()
    return tuple(_asked(condition.fact, spans, condition.plus) for spans in _bounded(condition))


@_demands.register
def _of_counts(condition: Count) -> tuple[Demand, ...]:
    counted = core(replace(condition, at_least=None, at_most=None))
    span = Span(condition.at_least, condition.at_most)
    return (Demand({("rows", counted): span}, Span(0, None)),)


@_demands.register
def _of_sums(condition: Sum) -> tuple[Demand, ...]:
    if condition.on_empty is not None:
        # Where no row counts it may hold without any sum.
        return ()
    low = condition.fact.at_least
    whole = Span(0, None) if low is not None and low >= 0 else None
    return _of_rows("sum", condition, whole)


@_demands.register
def _of_extremes(condition: Extreme) -> tuple[Demand, ...]:
    if condition.on_empty not in (None, "not_satisfied"):
        # Where no row counts it may hold without any bound.
        return ()
    return _of_rows("highest" if condition.highest else "lowest", condition, None)


def _of_rows(kind: str, condition: Sum | Extreme, whole: Span | None) -> tuple[Demand, ...]:
    """Demands on what rows come to together, told apart from that of other rows."""
    rows = core(replace(condition, bounds=Bounds()))
    return tuple(
        Demand(
            {(kind, rows, *subject): span for subject, span in spans.items()},
            whole if ("from", "") in spans else None,
        )
        for spans in _bounded(condition)
    )


@_demands.register
def _of_shares(condition: Share) -> tuple[Demand, ...]:
    if condition.on_empty == "satisfied":
        return ()
    rows = core(replace(condition, bounds=PartBounds()))
    # What is below zero takes a share out of what it can be otherwise.
    least = 0 if condition.fact is None else condition.fact.at_least
    within = Span((Fraction(0), 0), (Fraction(1), 0)) if least is not None and least >= 0 else None
    demand = Demand({("share", rows): _parts_of(condition.bounds)}, within)
    # Without a whole no share is any: what holds of every share need not be met.
    return () if demand.is_empty_talk else (demand,)


@_demands.register
def _of_ratios(condition: Ratio) -> tuple[Demand, ...]:
    if condition.on_empty == "satisfied":
        return ()
    numbers = core(replace(condition, bounds=PartBounds()))
    return (Demand({("ratio", numbers): _parts_of(condition.bounds)}),)


def _parts_of(bounds: PartBounds) -> Span:
    low, high = bounds.at_least, bounds.at_most
    return Span(
        None if low is None else (low.value, int(bounds.strict_low)),
        None if high is None else (high.value, -int(bounds.strict_high)),
    )


@_demands.register
def _of_points(condition: Points) -> tuple[Demand, ...]:
    least, most = spread(SumOf(items=condition.items))
    within = Span(int(least), None if most == inf else int(most))
    return (Demand({("points", core(condition.items)): Span(condition.at_least, condition.at_most)}, within),)


@_demands.register
def _of_answers(condition: Stated) -> tuple[Demand, ...]:
    name = "answered" if condition.answered else "given"
    return (Demand({(name, condition.fact.path): Codes(frozenset({"true"}))}),)


@_demands.register
def _of_negations(condition: Not) -> tuple[Demand, ...]:
    child = condition.child
    if isinstance(child, Member) and is_plain(child):
        return _of_codes(replace(child, negated=not child.negated))
    if isinstance(child, Stated) and is_plain(child):
        name = "answered" if child.answered else "given"
        return (Demand({(name, child.fact.path): Codes(frozenset({"false"}))}),)
    if isinstance(child, Compare) and is_plain(child):
        bounds = child.bounds
        if bounds.at_most is None:
            below = Bounds(at_most=bounds.at_least, strict_high=not bounds.strict_low)
            return _of_bounds(replace(child, bounds=below))
        if bounds.at_least is None:
            above = Bounds(at_least=bounds.at_most, strict_low=not bounds.strict_high)
            return _of_bounds(replace(child, bounds=above))
    return ()


def _spans(operand: Operand, *, strict: bool, low: bool) -> dict[Subject, Span]:
    """A bound by what it is counted from: nothing, or another fact (in months or days for dates)."""
    if isinstance(operand, LiteralOperand):
        return {("from", ""): _span(operand.value, strict=strict, low=low)}
    assert isinstance(operand, FactOperand)  # noqa: S101  # the only other one
    path, plus = operand.fact.path, operand.plus
    if operand.fact.type not in IN_TIME:
        return {("from", path, operand.times): _span(operand.offset, strict=strict, low=low)}
    found: dict[Subject, Span] = {}
    if not plus.days:
        found["from", path, "months"] = _edge(plus.months, strict=strict, low=low)
    if not plus.months:
        # Between two moments there is no least step of a day.
        edge = _edge if operand.fact.type is FactType.MOMENT else _span
        found["from", path, "days"] = edge(plus.days, strict=strict, low=low)
    return found


def _span(value: int, *, strict: bool, low: bool) -> Span:
    return Span(value + strict, None) if low else Span(None, value - strict)


def _edge(months: int, *, strict: bool, low: bool) -> Span:
    """As `_span`: the day after a date that is months off is no whole number of months off, but later."""
    return Span((months, int(strict)), None) if low else Span(None, (months, -int(strict)))


def _bounded(condition: Compare | Sum | Extreme) -> list[dict[Subject, Span]]:
    """What the bounds of a condition leave, each side by what it is counted from; both at once where they can be."""
    bounds = condition.bounds
    low = None if bounds.at_least is None else _spans(bounds.at_least, strict=bounds.strict_low, low=True)
    high = None if bounds.at_most is None else _spans(bounds.at_most, strict=bounds.strict_high, low=False)
    if low is not None and high is not None and low.keys() & high.keys():
        return [{subject: low[subject].meet(high[subject]) for subject in low.keys() & high.keys()}]
    return [spans for spans in (low, high) if spans is not None]


def _asked(fact: Fact, spans: Mapping[Subject, Span], plus: Duration) -> Demand:
    """A demand on a fact, for dates moved by `plus`; one on the rank of a code is told by its codes."""
    values: dict[Subject, Span | Codes] = {(*subject, fact.path, plus): span for subject, span in spans.items()}
    span = spans.get(("from", ""))
    if fact.type is FactType.CODE and fact.vocabulary is not None and span is not None:
        ranked = {entry.code: entry.rank for entry in fact.vocabulary.entries}
        if None not in ranked.values():
            fit = (code for code, rank in ranked.items() if rank is not None and Span(rank, rank).within(span))
            return _codes(fact, Codes(frozenset(fit)))
    if span is not None and (fact.at_least, fact.at_most) != (None, None):
        return Demand(values, Span(fact.at_least, fact.at_most))
    return Demand(values)


def _codes(fact: Fact, wanted: Codes) -> Demand:
    """A demand on the code of a fact; of a closed vocabulary it is said by the codes that are left."""
    known: frozenset[str] | None = None
    if fact.type is FactType.BOOLEAN:
        known = frozenset({"true", "false"})
    elif fact.vocabulary is not None and not fact.vocabulary.open:
        known = frozenset(entry.code for entry in fact.vocabulary.entries)
    if known is None:
        return Demand({("code", fact.path): wanted})
    return Demand({("code", fact.path): wanted.meet(Codes(known))}, Codes(known))
