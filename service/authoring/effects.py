"""What a change does to those who are judged, and how what stands above a condition turns that round."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import IntFlag, StrEnum
from typing import Any

from service.engine.verdict import NAMES, NOT, SATISFIED
from service.policy.facts import Fact, FactGroup
from service.policy.kinds import (
    AllOf,
    AnyOf,
    Condition,
    Count,
    Every,
    Extreme,
    NOf,
    NoneOf,
    Not,
    Points,
    Readings,
    Rows,
    Ruling,
    Share,
    Some,
    Sum,
    When,
)
from service.policy.scoring import BestOf, PerRow, SumOf, Worth
from service.policy.tables import Citation, Document, Table


class Effect(IntFlag):
    """What a change does to those who are judged; `REWRITTEN` where it may do either."""

    NONE = 0
    STRICTER = 1
    LOOSER = 2
    REWRITTEN = 3
    WORDS = 4  # what is shown and cited, not what is decided

    def under(self, sign: int) -> Effect:
        """The effect on the whole of a part whose holding helps (1), harms (-1) or may do either (0)."""
        meaning, words = self & Effect.REWRITTEN, self & Effect.WORDS
        if sign == 0 and meaning:
            return Effect.REWRITTEN | words
        if sign < 0 and meaning in (Effect.STRICTER, Effect.LOOSER):
            return (meaning ^ Effect.REWRITTEN) | words
        return meaning | words


class Sense(StrEnum):
    """The effect of a change as it is told."""

    STRICTER = "stricter"
    LOOSER = "looser"
    REWRITTEN = "rewritten"
    NEUTRAL = "neutral"  # seen in a reply, without weight for a verdict
    WORDING = "wording"


def sense_of(effect: Effect) -> Sense:
    """The sense an effect is told as."""
    meaning = effect & Effect.REWRITTEN
    if meaning:
        names = {Effect.STRICTER: Sense.STRICTER, Effect.LOOSER: Sense.LOOSER}
        return names.get(meaning, Sense.REWRITTEN)
    return Sense.WORDING if effect & Effect.WORDS else Sense.NEUTRAL


@dataclass(frozen=True, slots=True)
class Place:
    """Where a condition stands: the sign of all above it, the form of a `when` there, what leaving it out does."""

    sign: int = 1
    loose: bool = True
    left_out: Effect = Effect.LOOSER

    def effect(self, effect: Effect) -> Effect:
        """An effect on the condition as one on the whole."""
        return effect.under(self.sign)


def plain(value: Any, documents: Mapping[str, str] | None = None) -> Any:
    """A value of a condition as comparable data: facts, tables and rulings by name, positions left out.

    `documents` names a document of the older edition as the newer one does.
    """
    match value:
        case Fact() | FactGroup():
            return value.path
        case Table() | Ruling():
            return value.id
        case Document():
            return (documents or {}).get(value.id, value.id)
        case Citation():
            return plain(value.document, documents), value.clause, value.quote
        case Mapping():
            return tuple((name, plain(item, documents)) for name, item in sorted(value.items()))
        case tuple() | list():
            return tuple(plain(item, documents) for item in value)
    if is_dataclass(value):
        parts = ((part.name, getattr(value, part.name)) for part in fields(value) if part.name != "position")
        return type(value).__name__, tuple((name, plain(item, documents)) for name, item in parts)
    return value


def slots_of(condition: Condition) -> dict[str, object]:
    """The fields that hold the conditions below one: a condition, several, several by name, or more of each."""
    found = {part.name: getattr(condition, part.name) for part in fields(condition)}
    return {name: value for name, value in found.items() if holds(value)}


def holds(value: object) -> bool:
    """Whether a value is a condition, or has one in it directly."""
    if isinstance(value, Condition):
        return True
    if isinstance(value, tuple):
        return any(holds(item) for item in value)
    return is_dataclass(value) and any(isinstance(getattr(value, part.name), Condition) for part in fields(value))


def below(condition: Condition, slot: str, place: Place) -> Place:
    """The place of what stands in a slot of a condition."""
    match condition, slot:
        case _, "exempt_when":
            # Who is exempt meets the condition: the more the exemption takes in, the looser.
            return Place(place.sign)
        case AllOf(), "children":
            return Place(place.sign)
        case ((AnyOf() | NOf()), "children"):
            return Place(place.sign, loose=False, left_out=Effect.STRICTER)
        case NoneOf(), "children":
            # Left out of `none`, a condition no longer has to fail.
            return Place(-place.sign, loose=False, left_out=Effect.STRICTER)
        case Not(), "child":
            return Place(-place.sign, loose=place.loose)
        case When(otherwise=None), "when":
            return Place(-place.sign if place.loose else place.sign)
        case When(), ("then" | "otherwise"):
            return Place(place.sign)
        case Readings(), "readings":
            return Place(place.sign)
        case Every(), "where":
            return Place(-place.sign)
        case ((Every() | Some()), ("where" | "that")):
            return Place(place.sign)
        case ((Count() | Sum() | Extreme() | Share()), "where"):
            return Place(place.sign * _by_rows(condition))
        case Points(), "items":
            return Place(place.sign * rising(condition), loose=False, left_out=Effect.STRICTER)
        case ((BestOf() | SumOf()), "items") | (Worth(), "when"):
            return Place(place.sign, loose=False, left_out=Effect.STRICTER)
        case SumOf(), "minus":
            return Place(-place.sign, loose=False, left_out=Effect.STRICTER)
        case PerRow(), "where":
            return Place(place.sign)
    # A share has a whole as well as a part: more rows of the whole may do either.
    return Place(0)


def _by_rows(condition: Rows) -> int:
    """1 where one more row that `where` holds can only help, -1 where it can only harm, 0 where it may do either."""
    if isinstance(condition, Extreme):
        # One more row raises what is highest or lowers what is lowest, or is the first of all.
        sign = rising(condition) * (1 if condition.highest else -1)
        # Of no rows the highest reaches no bound, and exceeds none, where the policy says nothing else.
        outdone = NAMES[NOT] if sign > 0 else NAMES[SATISFIED]
        return sign if condition.on_empty in (None, outdone) else 0
    if isinstance(condition, Sum | Share):
        # Without a least value of its own a number may be below zero.
        fact = condition.fact
        grows = fact is None or (fact.at_least is not None and fact.at_least >= 0)
        settled = isinstance(condition, Share) or condition.on_empty is None
        return rising(condition) if grows and settled else 0
    return rising(condition)


def rising(condition: Condition) -> int:
    """1 where more of what is counted can only help, -1 where it can only harm, 0 where it may do either."""
    low, high = _ends(condition)
    return (low is not None) - (high is not None)


def _ends(condition: Condition) -> tuple[object, object]:
    bounds = getattr(condition, "bounds", condition)
    return getattr(bounds, "at_least", None), getattr(bounds, "at_most", None)
