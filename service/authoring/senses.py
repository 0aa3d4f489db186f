"""Whether a change of a condition asks more or less of an applicant: 加严, 放宽, both (改写), or neither.

Every rule speaks of one field of a condition, on its own; what stands above the condition turns the answer round
where it negates. A field without a rule is rewritten when it changes, so that a kind nobody told this module of
is never called stricter or looser by mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from fractions import Fraction
from typing import Any

from service.authoring.effects import Effect, Place, below, plain, rising, slots_of
from service.policy import literals
from service.policy.facts import Duration, Fact, FactType
from service.policy.kinds import Condition, Count, FactOperand, LiteralOperand, Member, NOf, OnMiss
from service.policy.scoring import PerRow

# What is shown, cited and named; changing it decides nothing.
WORDING = (
    "id", "label", "citations", "rulings", "words", "group", "suggestion", "examples",
    "literal", "literals", "operator", "label_of_format", "labels",
)  # fmt: skip


def own_effect(old: Condition, new: Condition, place: Place, documents: Mapping[str, str]) -> Effect:
    """The effect of what differs in two conditions of one class themselves; what stands below is left out."""
    effect = Effect.NONE
    slots = slots_of(old).keys() | slots_of(new).keys()
    for part in fields(old):
        name = part.name
        before, after = getattr(old, name), getattr(new, name)
        if name in ("position", "gates") or plain(before, documents) == plain(after, documents):
            continue
        if name in WORDING:
            effect |= Effect.WORDS
        elif name in slots and before is not None and after is not None:
            continue
        else:
            rule = _RULES.get(name)
            found = Effect.REWRITTEN if rule is None else rule(old, new)
            effect |= place.effect(found)
    return effect


def _bounds(old: Condition, new: Condition) -> Effect:
    before: Any = getattr(old, "bounds")  # noqa: B009 - any class with the field
    after: Any = getattr(new, "bounds")  # noqa: B009 - of the same class
    # What is held against the bounds; other facts of a condition only tell rows apart.
    was, is_now = getattr(old, "fact", None), getattr(new, "fact", None)
    measured = [(was, is_now)] if isinstance(was, Fact) and isinstance(is_now, Fact) else []
    if any(then.path != now.path or then.unit != now.unit for then, now in measured):
        return Effect.REWRITTEN
    low = _end(before.at_least, after.at_least, measured, int(after.strict_low) - int(before.strict_low), 1)
    high = _end(before.at_most, after.at_most, measured, int(after.strict_high) - int(before.strict_high), -1)
    return low | high


def _end(before: object, after: object, measured: list[tuple[Fact, Fact]], stricter: int, direction: int) -> Effect:
    """The effect of one end of an interval; `stricter` is 1 where it begins to leave its own value out."""
    if before is None or after is None:
        return _presence(before, after)
    order = _order(before, after, measured)
    if order is None:
        return Effect.REWRITTEN
    return _raised(order).under(direction) if order else _raised(stricter)


def _presence(before: object, after: object) -> Effect:
    """A limit that comes asks more, one that goes asks less."""
    if before is None and after is None:
        return Effect.NONE
    return Effect.STRICTER if before is None else Effect.LOOSER


def _raised(order: int) -> Effect:
    return Effect.STRICTER if order > 0 else Effect.LOOSER if order < 0 else Effect.NONE


def _order(before: object, after: object, measured: list[tuple[Fact, Fact]]) -> int | None:
    """1 if the operand rose, -1 if it fell, 0 if it stayed; None where that cannot be told."""
    if isinstance(before, LiteralOperand) and isinstance(after, LiteralOperand):
        if any(then.type is not now.type for then, now in measured):
            return None
        if any(then.type is FactType.CODE and then.vocabulary != now.vocabulary for then, now in measured):
            return _order_of_codes(before.literal, after.literal, measured)
        scales = {(then.precision, now.precision) for then, now in measured}
        if len(scales) > 1:
            return None
        then, now = next(iter(scales), (0, 0))
        return _sign(Fraction(after.value, 10**now) - Fraction(before.value, 10**then))
    values = getattr(before, "value", None), getattr(after, "value", None)
    if isinstance(values[0], Fraction) and isinstance(values[1], Fraction):
        return _sign(values[1] - values[0])
    if isinstance(before, FactOperand) and isinstance(after, FactOperand):
        moved = ("plus", "offset", "literal", "times", "multiple", "growth", "years")
        rest = [
            [plain(getattr(side, part.name)) for part in fields(side) if part.name not in moved]
            for side in (before, after)
        ]
        if rest[0] != rest[1]:
            return None
        # A part of a negative amount is no part anybody asks for.
        part = _sign(after.times - before.times)
        return _agreed(part, _agreed(_longer(before.plus, after.plus), _sign(after.offset - before.offset)))
    return None


def _order_of_codes(before: str, after: str, measured: list[tuple[Fact, Fact]]) -> int | None:
    """The order of two codes where the scale itself has changed: what both scales say of them."""
    orders = set()
    for vocabulary in (fact.vocabulary for pair in measured for fact in pair):
        entries = [None if vocabulary is None else literals.code(name, vocabulary) for name in (before, after)]
        ranks = [entry.rank for entry in entries if entry is not None and entry.rank is not None]
        orders.add(_sign(ranks[1] - ranks[0]) if len(ranks) == 2 else None)
    return orders.pop() if len(orders) == 1 else None


def _plus(old: Condition, new: Condition) -> Effect:
    """A date moved on before it is compared: the further, the less it can be early enough."""
    order = _longer(getattr(old, "plus"), getattr(new, "plus"))  # noqa: B009 - any class with the field
    direction = -rising(old)
    return Effect.REWRITTEN if order is None else _raised(order).under(direction)


def _longer(before: Duration, after: Duration) -> int | None:
    """1 if a span grew, -1 if it shrank, 0 if it stayed; None where the length of its months decides."""
    months, days = after.months - before.months, after.days - before.days
    order = _agreed(_sign(months), _sign(days))
    if order is not None:
        return order
    least, most = sorted((28 * months + days, 31 * months + days))
    return 1 if least > 0 else -1 if most < 0 else None


def _agreed(first: int | None, second: int | None) -> int | None:
    if first is None or second is None:
        return None
    return None if first * second < 0 else first or second


def _sign(value: Fraction | int) -> int:
    return (value > 0) - (value < 0)


def _number(name: str, direction: int) -> Callable[[Condition, Condition], Effect]:
    """A bound that is a plain number, which asks more as it rises (1) or as it falls (-1)."""

    def rule(old: Condition, new: Condition) -> Effect:
        before, after = getattr(old, name), getattr(new, name)
        if before is None or after is None:
            return _presence(before, after)
        if isinstance(before, int) and isinstance(after, int):
            return _raised(after - before).under(direction)
        return Effect.REWRITTEN

    return rule


def _needed(old: Condition, new: Condition) -> Effect:
    assert isinstance(old, NOf)  # noqa: S101 - the field is of this class alone
    assert isinstance(new, NOf)  # noqa: S101 - both are of one class
    before, after = dict(old.needed), dict(new.needed)
    if before.keys() != after.keys():
        return Effect.REWRITTEN
    effect = Effect.NONE
    for name, count in before.items():
        effect |= _raised(after[name] - count)
    return effect


def _codes(old: Condition, new: Condition) -> Effect:
    before, after = set(getattr(old, "codes", ())), set(getattr(new, "codes", ()))
    effect = Effect.LOOSER if before <= after else Effect.STRICTER if after <= before else Effect.REWRITTEN
    negated = isinstance(old, Member) and old.negated
    return Effect.NONE if before == after else effect.under(-1 if negated else 1)


def _on_miss(old: Condition, new: Condition) -> Effect:
    if old.on_miss is OnMiss.FAIL:
        return Effect.LOOSER
    return Effect.STRICTER if new.on_miss is OnMiss.FAIL else Effect.REWRITTEN


def _exempt(old: Condition, _new: Condition) -> Effect:
    return Effect.LOOSER if old.exempt_when is None else Effect.STRICTER


def _where(old: Condition, new: Condition) -> Effect:
    """A filter that comes or goes: it takes rows away, or gives them back."""
    added = getattr(old, "where", None) is None
    fewer = Effect.STRICTER if added else Effect.LOOSER
    sign = below(old if not added else new, "where", Place()).sign
    return fewer.under(sign)


def _telling_apart(name: str) -> Callable[[Condition, Condition], Effect]:
    """What tells rows apart comes or goes: fewer or more of them count."""

    def rule(old: Condition, new: Condition) -> Effect:
        before, after = getattr(old, name), getattr(new, name)
        if (before is None) == (after is None) or not isinstance(old, Count | PerRow):
            return Effect.REWRITTEN
        fewer = Effect.STRICTER if before is None else Effect.LOOSER
        return fewer if isinstance(old, PerRow) else fewer.under(rising(old))

    return rule


_STATUSES = ("not_satisfied", "unknown", "needs_review", "satisfied")


def _status(name: str) -> Callable[[Condition, Condition], Effect]:
    """The status of a list that is blank or empty."""

    def rule(old: Condition, new: Condition) -> Effect:
        before, after = getattr(old, name), getattr(new, name)
        if before not in _STATUSES or after not in _STATUSES:
            return Effect.REWRITTEN
        return _raised(_STATUSES.index(before) - _STATUSES.index(after))

    return rule


def _answered(old: Condition, _new: Condition) -> Effect:
    return Effect.STRICTER if getattr(old, "answered", False) else Effect.LOOSER


def _raising(name: str, direction: int) -> Callable[[Condition, Condition], Effect]:
    """A literal number or part of an item of points: the more it is, the more (1) or less (-1) it asks."""

    def rule(old: Condition, new: Condition) -> Effect:
        before, after = getattr(old, name), getattr(new, name)
        if before is None or after is None:
            return _presence(before, after)
        if isinstance(before, Fraction) and isinstance(after, Fraction):
            return _raised(_sign(after - before)).under(direction)
        if isinstance(before, int) and isinstance(after, int):
            return _raised(after - before).under(direction)
        order = _order(before, after, [(getattr(old, "fact"), getattr(new, "fact"))])  # noqa: B009 - of a number
        return Effect.REWRITTEN if order is None else _raised(order).under(direction)

    return rule


_RULES: dict[str, Callable[[Condition, Condition], Effect]] = {
    "bounds": _bounds,
    "plus": _plus,
    "at_least": _number("at_least", 1),
    "at_most": _number("at_most", -1),
    "needed": _needed,
    "codes": _codes,
    "on_miss": _on_miss,
    "exempt_when": _exempt,
    "where": _where,
    "distinct_by": _telling_apart("distinct_by"),
    "excluding": _telling_apart("excluding"),
    "on_blank": _status("on_blank"),
    "on_empty": _status("on_empty"),
    "answered": _answered,
    "points": _raising("points", -1),
    "every": _raising("every", 1),
    "start": _raising("start", 1),
    "times": _raising("times", -1),
}
