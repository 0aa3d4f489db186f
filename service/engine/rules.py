"""Leaf conditions decided by durable-rules: the only module that touches its C module.

A leaf becomes exclusive rules, exactly one of which must fire on any fact. They form a decision tree: two
rules of a leaf part at a comparison and its opposite, so that a leaf never has more than one true comparison
waiting on the engine's stack of 64. Facts are integers under keys of ours; no text of an applicant enters.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import partial
from itertools import islice
from operator import itemgetter
from typing import Any, Final

import durable_rules_engine as _engine  # type: ignore[import-untyped, import-not-found, unused-ignore] # no stubs

LIMIT: Final = 2**53
"""Vector values and thresholds lie strictly between -LIMIT and LIMIT."""

# Matching and draining cost the square of what one ruleset holds, its sentinel and fact a fixed sum: 12 to 20
# leaves cost least. The limits (252 keys a fact, 64 comparisons waiting, 511 at the root, 29 names) allow 29.
_LEAVES: Final = 16
# The engine has room for 4 096 rules; a code set cut into many ranges has one rule a range.
_RULES: Final = 4000

# The first character of a rule's name says which leaf and which outcome: three in a row are one leaf's. It is
# all that is read of a firing, `{"#0":{"m":{...}}}`. Quotes and backslash, which JSON escapes, are left out.
_SENTINEL: Final = "!"
_NAMES: Final = "".join(char for char in map(chr, range(ord("#"), ord("~"))) if char not in "'\\")
_name: Final[Callable[[str], str]] = itemgetter(2)
_LEAF_OF: Final = bytes.maketrans(_NAMES.encode(), bytes(number // 3 for number in range(len(_NAMES))))
_OUTCOME_OF: Final = bytes.maketrans(_NAMES.encode(), bytes(number % 3 for number in range(len(_NAMES))))

_RETRACT: Final = '{"id":"1","sid":"1"}'
_INTEGERS: Final = {int}


class EngineFault(Exception):  # noqa: N818 - a fault is ours, an error is what users are told of
    """The engine was fed wrongly or answered wrongly; the message holds no value of an applicant."""


class Outcome(IntEnum):
    """What a leaf condition comes to; the greater holds the more."""

    FAILS = 0
    UNDECIDED = 1
    HOLDS = 2


@dataclass(frozen=True, slots=True)
class IntervalLeaf:
    """A value known between `vector[lo]` and `vector[hi]` against a threshold.

    HOLDS if lo >= threshold, FAILS if hi < threshold, else UNDECIDED. Both may be the same slot, which is
    never undecided. An interval given upside down with the threshold inside is an EngineFault.
    """

    lo: int
    hi: int
    threshold: int


@dataclass(frozen=True, slots=True)
class CodeLeaf:
    """A code at `vector[slot]` against a set of codes.

    HOLDS if in `members`, UNDECIDED if -1 (blank), else FAILS. `size` is the largest code that can occur; 0
    is the code of what is not in the vocabulary. A code outside -1..size is an EngineFault.
    """

    slot: int
    members: frozenset[int]
    size: int


Leaf = IntervalLeaf | CodeLeaf
# One comparison of a slot with a constant: operator, slot, constant.
_Comparison = tuple[str, int, int]
# What must all be true for a rule to fire, in the order the engine compares.
_Path = tuple[_Comparison, ...]
_Rule = tuple[Outcome, _Path]
# The first code of a run of codes with one outcome, and that outcome.
_Range = tuple[int, Outcome]


class RuleBook:
    """Leaves compiled once into durable-rules rulesets; about 80 KB a leaf, given back by `close` alone.

    `leaves` is what to decide, `width` the length of the vectors that will be given. Raises EngineFault on a
    slot outside the vector, a constant not below LIMIT, members outside 0..size, or a code set of over 3 998
    ranges. `decide` may be called from any thread, and after a fork.
    """

    def __init__(self, leaves: Sequence[Leaf], width: int) -> None:
        self._width = width
        self._lock = threading.Lock()
        self._closed = False
        self._clean = True
        rules = {leaf: _rules(leaf, width) for leaf in leaves}
        # Leaves of the same slots stand side by side: fewer keys in a fact.
        ordered = sorted(rules, key=_slots)
        place = {leaf: number for number, leaf in enumerate(ordered)}
        self._arrange = _picker([place[leaf] for leaf in leaves])
        self._rulesets: list[_Ruleset] = []
        try:
            for part in _parts(ordered, rules):
                self._rulesets.append(_Ruleset([rules[leaf] for leaf in part]))
        except _engine.error as error:
            self.close()
            raise EngineFault(f"durable-rules refused the rules: {error}") from error
        except BaseException:
            self.close()
            raise
        _books.add(self)

    def decide(self, vector: Sequence[int]) -> Sequence[int]:
        """One Outcome per leaf, as plain int, in the order of the leaves given.

        `vector` holds `width` integers, no booleans, with -LIMIT < value < LIMIT. Raises EngineFault on any
        other vector, after `close`, and when not exactly the sentinel and one rule of each leaf fired.
        """
        if len(vector) != self._width:
            raise EngineFault(f"the vector has {len(vector)} values, not {self._width}")
        if vector and ({*map(type, vector)} != _INTEGERS or min(vector) <= -LIMIT or max(vector) >= LIMIT):
            raise EngineFault("the vector holds something else than integers below 2**53")
        with self._lock:
            if self._closed:
                raise EngineFault("the rule book is closed")
            # Whatever breaks off an evaluation, even a signal, leaves the flag down, and the next call begins
            # with new rulesets: no stale firing can reach it.
            clean, self._clean = self._clean, False
            try:
                if not clean:
                    for ruleset in self._rulesets:
                        ruleset.delete()
                        ruleset.create()
                outcomes = b"".join([ruleset.fire(vector) for ruleset in self._rulesets])
            except _engine.error as error:
                raise EngineFault(f"durable-rules refused a call: {error}") from error
            self._clean = True
        return self._arrange(outcomes)

    def close(self) -> None:
        """Give the rulesets back; a second call does nothing."""
        with self._lock:
            if not self._closed:
                self._closed = True
                for ruleset in self._rulesets:
                    ruleset.delete()


_books: weakref.WeakSet[RuleBook] = weakref.WeakSet()


def _renew_locks() -> None:
    # A thread that the child does not have may have held a lock; the book's flag says if it was evaluating.
    for book in _books:
        book._lock = threading.Lock()


os.register_at_fork(after_in_child=_renew_locks)


class _Ruleset:
    """One durable-rules ruleset: what it was made from, its handle, and the text of its facts."""

    def __init__(self, leaves: Sequence[Sequence[_Rule]]) -> None:
        slots = sorted({slot for rules in leaves for _, path in rules for _, slot, _ in path})
        keys = {slot: f"{number:x}" for number, slot in enumerate(slots)}
        definition: dict[str, Any] = {_SENTINEL: {"all": [{"m": {"$gte": {"!": 0}}}]}}
        for place, rules in enumerate(leaves):
            for number, (outcome, path) in enumerate(rules):
                comparisons = [{operator: {keys[slot]: constant}} for operator, slot, constant in path]
                condition = comparisons[0] if len(comparisons) == 1 else {"$and": comparisons}
                definition[f"{_NAMES[3 * place + outcome]}{number}"] = {"all": [{"m": condition}]}
        self._definition = json.dumps(definition)
        self._fact = '{"id":"1","sid":"1","!":1,' + ",".join(f'"{keys[slot]}":%d' for slot in slots) + "}"
        self._values = _picker(slots)
        # Rules fire in the order of their definition: the sentinel, then each leaf once.
        self._expected = bytes(range(len(leaves)))
        self.create()

    def create(self) -> None:
        """Build the ruleset and, by a first fact of zeros, the permanent state of its one sid."""
        self._handle = handle = _engine.create_ruleset("r", self._definition)
        try:
            code, state = _engine.assert_fact(handle, self._fact.replace("%d", "0"))
            self._accepted = (0, state)
            self._start = partial(_engine.start_action_for_state, handle, state)
            self._next: Callable[[], str | None] = partial(_engine.complete_and_start_action, handle, state)
            if code != 0:
                raise EngineFault("durable-rules did not take the first fact")
            self._drain()
        except BaseException:
            self.delete()
            raise

    def fire(self, vector: Sequence[int]) -> bytes:
        """The outcomes of the leaves in their order, one byte each."""
        if _engine.assert_fact(self._handle, self._fact % self._values(vector)) != self._accepted:
            raise EngineFault("durable-rules did not take a fact")
        return self._drain()

    def delete(self) -> None:
        """Free the ruleset, the state first or it leaks; a second call does nothing."""
        # A freed handle may already be another ruleset's: it is forgotten before the engine is asked.
        handle, self._handle = self._handle, 0
        if handle:
            # A ruleset that refused its very first fact has no state.
            with contextlib.suppress(_engine.error):
                _engine.delete_state(handle, "1")
            _engine.delete_ruleset(handle)

    def _drain(self) -> bytes:
        first = self._start()
        if first is None or _name(first[1]) != _SENTINEL:
            raise EngineFault("the sentinel did not fire")
        # One more than may fire is asked for, so that a rule too many is seen and an endless queue is not.
        fired = "".join(map(_name, islice(iter(self._next, None), len(self._expected) + 1))).encode()
        if _engine.retract_fact(self._handle, _RETRACT) != self._accepted:
            raise EngineFault("durable-rules did not take a fact back")
        if fired.translate(_LEAF_OF) != self._expected:
            raise EngineFault("not exactly one rule of each leaf fired")
        return fired.translate(_OUTCOME_OF)


def _slots(leaf: Leaf) -> tuple[int, int]:
    return (leaf.lo, leaf.hi) if isinstance(leaf, IntervalLeaf) else (leaf.slot, leaf.slot)


def _picker(places: Sequence[int]) -> Callable[[Sequence[int]], tuple[int, ...]]:
    """A function that takes the items at `places`; itemgetter alone returns no tuple for fewer than two."""
    return itemgetter(*places) if len(places) > 1 else lambda items: tuple(items[place] for place in places)


def _parts(ordered: Sequence[Leaf], rules: Mapping[Leaf, Sequence[_Rule]]) -> list[list[Leaf]]:
    """`ordered` cut into parts that fit one ruleset each, of about the same size."""
    most = -(-len(ordered) // -(-len(ordered) // _LEAVES)) if ordered else 0
    parts: list[list[Leaf]] = []
    held = 0
    for leaf in ordered:
        if not parts or len(parts[-1]) == most or held + len(rules[leaf]) > _RULES:
            parts.append([])
            held = 0
        parts[-1].append(leaf)
        held += len(rules[leaf])
    return parts


def _rules(leaf: Leaf, width: int) -> tuple[_Rule, ...]:
    """The exclusive rules of one leaf."""
    if not all(0 <= slot < width for slot in _slots(leaf)):
        raise EngineFault(f"{leaf} names a slot outside a vector of {width}")
    if isinstance(leaf, CodeLeaf):
        if not 0 <= leaf.size < LIMIT or not all(0 <= code <= leaf.size for code in leaf.members):
            raise EngineFault(f"the codes of slot {leaf.slot} do not lie within 0..{leaf.size}")
        ranges = tuple(_ranges(leaf))
        if len(ranges) > _RULES - 2:
            raise EngineFault(f"the codes of slot {leaf.slot} make {len(ranges)} ranges")
        return tuple(_tree(leaf.slot, ranges, (("$gte", leaf.slot, -1),), (("$lte", leaf.slot, leaf.size),)))
    if not -LIMIT < leaf.threshold < LIMIT:
        raise EngineFault(f"a threshold of slot {leaf.lo} is not below 2**53")
    low_holds, low_fails = ("$gte", leaf.lo, leaf.threshold), ("$lt", leaf.lo, leaf.threshold)
    if leaf.lo == leaf.hi:
        return ((Outcome.HOLDS, (low_holds,)), (Outcome.FAILS, (low_fails,)))
    high_holds, high_fails = ("$gte", leaf.hi, leaf.threshold), ("$lt", leaf.hi, leaf.threshold)
    return (
        # The second comparison is what makes an interval given upside down silent, and so a fault.
        (Outcome.HOLDS, (low_holds, high_holds)),
        (Outcome.UNDECIDED, (low_fails, high_holds)),
        (Outcome.FAILS, (low_fails, high_fails)),
    )


def _ranges(leaf: CodeLeaf) -> Iterator[_Range]:
    """The runs of codes with one outcome, ascending from -1."""
    yield -1, Outcome.UNDECIDED
    if 0 not in leaf.members:
        yield 0, Outcome.FAILS
    for code in sorted(leaf.members):
        if code - 1 not in leaf.members:
            yield code, Outcome.HOLDS
        if code < leaf.size and code + 1 not in leaf.members:
            yield code + 1, Outcome.FAILS


def _tree(slot: int, ranges: Sequence[_Range], first: _Path, last: _Path, path: _Path = ()) -> Iterator[_Rule]:
    """One rule a range, found by halving; `first` and `last` close the lowest and the highest range."""
    if len(ranges) == 1:
        yield ranges[0][1], (*path, *first, *last)
        return
    half = len(ranges) // 2
    start = ranges[half][0]
    yield from _tree(slot, ranges[:half], first, (), (*path, ("$lt", slot, start)))
    yield from _tree(slot, ranges[half:], (), last, (*path, ("$gte", slot, start)))
