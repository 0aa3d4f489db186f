"""Typed values -> the integers that the rules see: an interval as its two bounds, anything else as a code."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from service.engine.days import day_of, moved, moved_moment
from service.engine.values import EVERYTHING, NOTHING, Interval, Other, Reader, difference, spread
from service.policy.facts import IN_TIME, Duration, Fact, FactGroup, FactType
from service.policy.kinds import FactOperand
from service.policy.moments import DAY

IntervalEncoder = Callable[[Any], Interval]  # of a frame
CodeEncoder = Callable[[Any], int]  # of a fact's value

# Shorter numbers cost the rules less: a blank date, moment or rank spans just what it can be.
_ANY_DATE = (0, 4_000_000)
_ANY_MOMENT = (0, 4_000_000 * DAY)
_BLANKS = {FactType.DATE: _ANY_DATE, FactType.MOMENT: _ANY_MOMENT}
_ANY_RANK = (-1000, 1_000_000)

BLANK, OUTSIDE, STATED_NONE, GIVEN = -1, 0, 1, 2

# --- intervals ----------------------------------------------------------------------------------------------


def interval_encoder(fact: Fact, read: Reader) -> IntervalEncoder:
    """A number, date, moment or rank as its two bounds."""
    if fact.type is FactType.CODE:
        return _rank_encoder(fact, read)
    blank = _BLANKS.get(fact.type) or spread(fact)

    def encode(frame: Any) -> Interval:
        value = read(frame)
        return value or blank

    return encode


def _rank_encoder(fact: Fact, read: Reader) -> IntervalEncoder:
    ranks = {e.code: e.rank for e in fact.vocabulary.entries} if fact.vocabulary else {}
    below_all = (_ANY_RANK[0], _ANY_RANK[0])

    def encode(frame: Any) -> Interval:
        value = read(frame)
        if isinstance(value, tuple):
            several = [_ANY_RANK[0] if code is NOTHING else ranks.get(code) for code in value]
            known = [rank for rank in several if rank is not None]
            return (min(known), max(known)) if known and len(known) == len(several) else _ANY_RANK
        if value is NOTHING:
            return below_all
        rank = None if value is None or isinstance(value, Other) else ranks.get(value)
        return _ANY_RANK if rank is None else (rank, rank)

    return encode


def _day_encoder(fact: Fact, read: Reader) -> IntervalEncoder:
    """A date, or the day of a moment, as its two bounds."""
    encode = interval_encoder(fact, read)
    return encode if fact.type is FactType.DATE else lambda frame: day_of(encode(frame))


def difference_encoder(
    fact: Fact, read: Reader, operand: FactOperand, other: Reader, shift: Duration, *, by_day: bool
) -> IntervalEncoder:
    """A fact moved by `shift`, less another fact multiplied or moved, as bounds.

    Their sign is exact, their size a multiple. `by_day`: moments count as the days they lie in.
    """
    bounded = _day_encoder if by_day else interval_encoder
    mine, theirs = bounded(fact, read), bounded(operand.fact, other)
    plus, offset, times = operand.plus, operand.offset, operand.times
    later = moved if by_day or fact.type is not FactType.MOMENT else moved_moment
    blanks = (EVERYTHING, _ANY_DATE, _ANY_MOMENT, _ANY_RANK)
    # Several facts are often held against one date moved by the same: it is moved once a frame.
    name = (operand.fact.path, later, plus)

    def moved_once(frame: Any, bounds: Interval) -> Interval:
        if name not in frame.memo:
            frame.memo[name] = later(bounds, plus)
        found: Interval = frame.memo[name]
        return found

    def encode(frame: Any) -> Interval:
        # Where either side is blank nothing is known of the difference.
        bounds = mine(frame)
        if bounds in blanks:
            return EVERYTHING
        others = theirs(frame)
        if others in blanks:
            return EVERYTHING
        if shift.months or shift.days:
            bounds = later(bounds, shift)
        if plus.months or plus.days:
            others = moved_once(frame, others)
        return difference(bounds, others, times, offset)

    return encode


def share_encoder(fact: Fact, read: Reader, of: Fact, whole: Reader, times: Fraction) -> IntervalEncoder:
    """A number less a part of another, as bounds: their sign is exact, their size a multiple."""
    mine = interval_encoder(fact, read)
    theirs = interval_encoder(of, whole)
    return lambda frame: difference(mine(frame), theirs(frame), times)


# --- codes --------------------------------------------------------------------------------------------------


_TRUTH: dict[bool | None, int] = {None: BLANK, False: STATED_NONE, True: GIVEN}
_truth: CodeEncoder = _TRUTH.__getitem__


class _Codes(dict[Any, int]):
    """Codes by value; any other value is outside the vocabulary."""

    def __missing__(self, _value: object) -> int:
        return OUTSIDE


def code_encoder(fact: Fact) -> tuple[CodeEncoder, dict[str, int]]:
    """A code as its place in the vocabulary (0 outside it, -1 blank or undecided), and those places."""
    if fact.type is FactType.BOOLEAN:
        return _truth, {"false": 1, "true": 2}
    places = {e.code: i for i, e in enumerate(fact.vocabulary.entries if fact.vocabulary else (), start=1)}
    if fact.derivation is not None:
        # What a derived fact states as none is no value of its vocabulary, and not one outside it for people to judge.
        places[NOTHING] = len(places) + 1
    # An `Other` is equal to no code: a text that names an entry is never made one.
    codes = _Codes(places)
    codes[None] = BLANK
    encoded = codes.__getitem__
    if fact.derivation is None:
        return encoded, places

    def encode(value: Any) -> int:
        if isinstance(value, tuple):
            value = value[0] if len(value) == 1 else None
        return encoded(value)

    return encode, places


def stated_encoder(fact: Fact | FactGroup) -> CodeEncoder:
    """Whether a fact is blank (-1), stated as none (1) or given (2)."""
    if isinstance(fact, Fact) and fact.type in (FactType.BOOLEAN, FactType.EVIDENCE):
        return _truth
    none_codes = frozenset(
        entry.code
        for entry in (fact.vocabulary.entries if isinstance(fact, Fact) and fact.vocabulary else ())
        if entry.none
    )
    is_number = isinstance(fact, Fact) and fact.type in (FactType.NUMBER, *IN_TIME)
    is_code = isinstance(fact, Fact) and fact.type is FactType.CODE

    def state(value: Any) -> int:
        if value is False or value == () or value is NOTHING or (isinstance(value, str) and value in none_codes):
            return STATED_NONE
        return GIVEN

    def encode(value: Any) -> int:
        if value is None:
            return BLANK
        if is_number:
            return GIVEN
        if is_code and isinstance(value, tuple):
            states = {state(code) for code in value}
            return states.pop() if len(states) == 1 else BLANK
        return state(value)

    return encode


def format_encoder(holds: Callable[[str], bool]) -> CodeEncoder:
    """Whether a text has a format: blank (-1), no (1), yes (2)."""
    return lambda text: BLANK if text is None else GIVEN if holds(text) else STATED_NONE
