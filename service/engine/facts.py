"""Typed values -> the integers the rules see, row by row.

A Frame is the application as seen from one row: the root, or a row of a list with the row or root it lies in.
An encoder turns one fact of a frame into one integer (a code) or two (an interval).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from service.engine.days import moved
from service.engine.derivations import derive
from service.engine.values import EVERYTHING, NOTHING, Interval, Other, Reader, difference, spread
from service.policy.factbook import scope_of
from service.policy.facts import Duration, Fact, FactGroup, FactType
from service.policy.kinds import FactOperand

Encoder = Callable[[Any], tuple[int, ...]]
IntervalEncoder = Callable[[Any], Interval]

# Shorter numbers cost the rules less: a blank date or rank spans just what a date or rank can be.
_ANY_DATE = (0, 4_000_000)
_ANY_RANK = (-1000, 1_000_000)

BLANK, STATED_NONE, GIVEN = -1, 1, 2


class Frame:
    """One row of an application: its values, where it stands, the rows inside it, what was decided of it."""

    __slots__ = ("index", "memo", "outcomes", "parent", "pointer", "rows", "scope", "untrusted", "values")

    def __init__(self, values: Any, parent: Frame | None, scope: str, pointer: str, index: int) -> None:
        self.values = values
        self.parent = parent
        self.scope = scope
        self.pointer = pointer
        self.index = index
        self.memo: dict[Any, Any] = {}
        self.untrusted: frozenset[str] = frozenset()
        self.rows: dict[str, list[Frame] | None] = {}
        self.outcomes: Sequence[int] = ()

    def below(self, path: str) -> list[Frame] | None:
        """The rows of a list of this frame, None where it is blank; before trust is settled, as they were given."""
        if path not in self.rows:
            rows = rows_of(self.values, path, self.scope)
            self.rows[path] = None if rows is None else self.framed(rows, path)
        return self.rows[path]

    def framed(self, rows: Sequence[Any], path: str) -> list[Frame]:
        """The rows of a list of this frame as frames."""
        base = f"{self.pointer}/{path[len(self.scope) :].lstrip('.').replace('.', '/')}"
        return [Frame(row, self, f"{path}[]", f"{base}/{index}", index) for index, row in enumerate(rows)]


def level(scope: str) -> int:
    """How many lists a scope lies in: 0 at the root."""
    return scope.count("[]")


def home(frame: Frame, fact: Fact | FactGroup) -> Frame:
    """The frame that holds a fact's value: this one or one it lies in."""
    for _ in range(level(frame.scope) - level(scope_of(fact.path))):
        if frame.parent is not None:
            frame = frame.parent
    return frame


class FactReaders:
    """Readers of facts by the scope of a frame; a derived value is computed once a frame."""

    def __init__(self, trusted_only_if: Mapping[str, object]) -> None:
        self._doubted = frozenset(trusted_only_if)
        self._made: dict[tuple[str, str], Reader] = {}

    def reader(self, fact: Fact | FactGroup, scope: str) -> Reader:
        """The function that reads a fact from a frame of `scope`."""
        key = (fact.path, scope)
        if key not in self._made:
            self._made[key] = self._make(fact, scope)
        return self._made[key]

    def value(self, fact: Fact | FactGroup, frame: Frame) -> Any:
        """A fact's value as a frame sees it."""
        return self.reader(fact, frame.scope)(frame)

    def _make(self, fact: Fact | FactGroup, scope: str) -> Reader:
        fact_scope = scope_of(fact.path)
        climb = level(scope) - level(fact_scope)
        local = self._local(fact, fact_scope)
        if climb == 0:
            return local
        if climb == 1:
            return lambda frame: local(frame.parent)

        def climbing(frame: Any) -> Any:
            for _ in range(climb):
                frame = frame.parent
            return local(frame)

        return climbing

    def _local(self, fact: Fact | FactGroup, scope: str) -> Reader:
        path = fact.path
        if isinstance(fact, Fact) and fact.derivation is not None:
            # What is computed across the rows of a list reads its arguments from the rows.
            compute = derive(
                fact,
                fact.derivation,
                lambda argument: self.reader(argument, max(scope, scope_of(argument.path), key=level)),
            )

            def remembered(frame: Any) -> Any:
                memo = frame.memo
                if path in memo:
                    return memo[path]
                value = memo[path] = compute(frame)
                return value

            read: Reader = remembered
        else:
            read = declared_reader(fact)
        if path not in self._doubted:
            return read
        return lambda frame: None if path in frame.untrusted else read(frame)


def declared_reader(fact: Fact | FactGroup) -> Reader:
    """The reader of a declared fact from the frame that holds it, whether it is trusted or not."""
    scope = scope_of(fact.path)
    return _walk(tuple(fact.path[len(scope) :].lstrip(".").split(".")) if fact.path != scope else ())


def _walk(keys: tuple[str, ...]) -> Reader:
    match keys:
        case ():
            return lambda frame: frame.values
        case (one,):
            return lambda frame: frame.values[one]
        case (one, two):
            return lambda frame: frame.values[one][two]
    head, *rest = keys

    def deep(frame: Any) -> Any:
        value = frame.values[head]
        for key in rest:
            value = value[key]
        return value

    return deep


def rows_of(values: Any, path: str, scope: str) -> Any:
    """The rows of a list seen from the values of its scope: a tuple, or None where it is blank."""
    for key in path[len(scope) :].lstrip(".").split("."):
        values = values[key]
    return values


# --- encoders -----------------------------------------------------------------------------------------------


def interval_encoder(fact: Fact, read: Reader) -> IntervalEncoder:
    """A number, date or rank as its two bounds."""
    if fact.type is FactType.CODE:
        return _rank_encoder(fact, read)
    blank = _ANY_DATE if fact.type is FactType.DATE else spread(fact)

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


def difference_encoder(
    fact: Fact, read: Reader, operand: FactOperand, other: Reader, shift: Duration
) -> IntervalEncoder:
    """A fact moved by `shift`, less another fact multiplied or moved, as bounds.

    Their sign is exact, their size a multiple.
    """
    mine = interval_encoder(fact, read)
    theirs = interval_encoder(operand.fact, other)
    plus, offset, times = operand.plus, operand.offset, operand.times
    blanks = (EVERYTHING, _ANY_DATE, _ANY_RANK)

    def encode(frame: Any) -> Interval:
        # Where either side is blank nothing is known of the difference.
        bounds = mine(frame)
        if bounds in blanks:
            return EVERYTHING
        others = theirs(frame)
        if others in blanks:
            return EVERYTHING
        if shift.months or shift.days:
            bounds = moved(bounds, shift)
        if plus.months or plus.days:
            others = moved(others, plus)
        return difference(bounds, others, times, offset)

    return encode


def share_encoder(fact: Fact, read: Reader, of: Fact, whole: Reader, times: Fraction) -> IntervalEncoder:
    """A number less a part of another, as bounds: their sign is exact, their size a multiple."""
    mine = interval_encoder(fact, read)
    theirs = interval_encoder(of, whole)
    return lambda frame: difference(mine(frame), theirs(frame), times)


def code_encoder(fact: Fact, read: Reader) -> tuple[Encoder, dict[str, int]]:
    """A code as its place in the vocabulary (0 outside it, -1 blank or undecided), and those places."""
    if fact.type is FactType.BOOLEAN:
        return _lookup(read, {None: (BLANK,), False: (1,), True: (2,)}), {"false": 1, "true": 2}
    places = {e.code: i for i, e in enumerate(fact.vocabulary.entries if fact.vocabulary else (), start=1)}
    if fact.derivation is not None:
        # What a derived fact states as none is no value of its vocabulary, and not one outside it for people to judge.
        places[NOTHING] = len(places) + 1
    # An `Other` is equal to no code: a text that names an entry is never made one.
    encoded: dict[Any, tuple[int, ...]] = {code: (place,) for code, place in places.items()}
    encoded[None] = (BLANK,)
    if fact.derivation is None:
        return _lookup(read, encoded, (0,)), places

    def encode(frame: Any) -> tuple[int, ...]:
        value = read(frame)
        if isinstance(value, tuple):
            value = value[0] if len(value) == 1 else None
        return encoded.get(value, (0,))

    return encode, places


def _lookup(read: Reader, encoded: Mapping[Any, tuple[int, ...]], otherwise: tuple[int, ...] = ()) -> Encoder:
    get = encoded.get
    return lambda frame: get(read(frame), otherwise)


def stated_encoder(fact: Fact | FactGroup, read: Reader) -> Encoder:
    """Whether a fact is blank (-1), stated as none (1) or given (2)."""
    if isinstance(fact, Fact) and fact.type in (FactType.BOOLEAN, FactType.EVIDENCE):
        return _lookup(read, {None: (BLANK,), False: (STATED_NONE,), True: (GIVEN,)})
    none_codes = frozenset(
        entry.code
        for entry in (fact.vocabulary.entries if isinstance(fact, Fact) and fact.vocabulary else ())
        if entry.none
    )
    is_number = isinstance(fact, Fact) and fact.type in (FactType.NUMBER, FactType.DATE)
    is_code = isinstance(fact, Fact) and fact.type is FactType.CODE

    def state(value: Any) -> int:
        if value is False or value == () or value is NOTHING or (isinstance(value, str) and value in none_codes):
            return STATED_NONE
        return GIVEN

    def encode(frame: Any) -> tuple[int, ...]:
        value = read(frame)
        if value is None:
            return (BLANK,)
        if is_number:
            return (GIVEN,)
        if is_code and isinstance(value, tuple):
            states = {state(code) for code in value}
            return (states.pop() if len(states) == 1 else BLANK,)
        return (state(value),)

    return encode


def format_encoder(read: Reader, holds: Callable[[str], bool]) -> Encoder:
    """Whether a text has a format: blank (-1), no (1), yes (2)."""

    def encode(frame: Any) -> tuple[int, ...]:
        text = read(frame)
        return (BLANK,) if text is None else (GIVEN if holds(text) else STATED_NONE,)

    return encode
