"""Leaf conditions decided by durable-rules: the only module that touches its C module.

Leaves become partitions of exclusive rules (`partitions`), exactly one of which must fire on any fact. Facts are
integers under keys of ours; no text of an applicant enters.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
import weakref
from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain, islice
from operator import itemgetter
from typing import Any, Final

import durable_rules_engine as _engine  # type: ignore[import-untyped, import-not-found, unused-ignore] # no stubs

from service.engine.partitions import LIMIT, RULES, EngineFault, Leaf, Partition, partitions

# Matching and draining cost the square of what one ruleset holds, its sentinel and fact a fixed sum: 16 to 24
# keys cost least. The limits (252 keys a fact, 64 comparisons waiting, 511 at the root) allow 60 partitions.
_KEYS: Final = 22

# The first two characters of a rule's name say which partition and which outcomes of its leaves. They are all
# that is read of a firing, `{"#0":{"m":{...}}}`. Quotes and backslash, which JSON escapes, are left out.
_SENTINEL: Final = "!"
_NAMES: Final = "".join(char for char in map(chr, range(ord("#"), ord("~"))) if char not in "'\\")
_name: Final[Callable[[str], str]] = itemgetter(slice(2, 4))

_RETRACT: Final = '{"id":"1","sid":"1"}'
_INTEGERS: Final = {int}


class RuleBook:
    """Leaves compiled once into durable-rules rulesets; about 100 KB a leaf, given back by `close` alone.

    `leaves` is what to decide, `width` the length of the vectors that will be given. Raises EngineFault on a
    slot outside the vector, a constant not below LIMIT, members outside 0..size, or a code set of over 3 998
    ranges. `decide` may be called from any thread, and after a fork.
    """

    def __init__(self, leaves: Sequence[Leaf], width: int) -> None:
        self._width = width
        self._lock = threading.Lock()
        self._closed = False
        self._clean = True
        ordered = partitions(leaves, width)
        place = {leaf: number for number, leaf in enumerate(chain.from_iterable(one.leaves for one in ordered))}
        self._arrange = _picker([place[leaf] for leaf in leaves])
        self._rulesets: list[_Ruleset] = []
        try:
            for part in _parts(ordered):
                self._rulesets.append(_Ruleset(part))
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

    def __init__(self, parts: Sequence[Partition]) -> None:
        slots = sorted(frozenset[int]().union(*(partition.slots for partition in parts)))
        keys = {slot: f"{number:x}" for number, slot in enumerate(slots)}
        definition: dict[str, Any] = {_SENTINEL: {"all": [{"m": {"$gte": {"!": 0}}}]}}
        self._told: dict[str, bytes] = {}
        for place, partition in zip(_NAMES, parts, strict=False):
            different = dict.fromkeys(told for told, _ in partition.rules)
            names = {told: place + char for told, char in zip(different, _NAMES, strict=False)}
            self._told.update((name, told) for told, name in names.items())
            for number, (told, path) in enumerate(partition.rules):
                comparisons = [{operator: {keys[slot]: constant}} for operator, slot, constant in path]
                condition = comparisons[0] if len(comparisons) == 1 else {"$and": comparisons}
                definition[f"{names[told]}{number}"] = {"all": [{"m": condition}]}
        self._definition = json.dumps(definition)
        self._fact = '{"id":"1","sid":"1","!":1,' + ",".join(f'"{keys[slot]}":%d' for slot in slots) + "}"
        self._values = _picker(slots)
        # Rules fire in the order of their definition: the sentinel, then one of each partition.
        self._expected = _NAMES[: len(parts)]
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
        if first is None or _name(first[1])[0] != _SENTINEL:
            raise EngineFault("the sentinel did not fire")
        # One more than may fire is asked for, so that a rule too many is seen and an endless queue is not.
        fired = [*map(_name, islice(iter(self._next, None), len(self._expected) + 1))]
        if _engine.retract_fact(self._handle, _RETRACT) != self._accepted:
            raise EngineFault("durable-rules did not take a fact back")
        if "".join(fired)[::2] != self._expected:
            raise EngineFault("not exactly one rule of each partition fired")
        return b"".join([self._told[name] for name in fired])


def _picker(places: Sequence[int]) -> Callable[[Sequence[int]], tuple[int, ...]]:
    """A function that takes the items at `places`; itemgetter alone returns no tuple for fewer than two."""
    return itemgetter(*places) if len(places) > 1 else lambda items: tuple(items[place] for place in places)


def _parts(ordered: Sequence[Partition]) -> list[list[Partition]]:
    """The partitions cut into parts that fit one ruleset each, of about as many keys."""
    sizes = [len(partition.slots) for partition in ordered]
    most = sum(sizes) / max(1, -(-sum(sizes) // _KEYS))
    parts: list[list[Partition]] = []
    keys = rules = 0
    for partition, size in zip(ordered, sizes, strict=True):
        if not parts or keys >= most or rules + len(partition.rules) > RULES:
            parts.append([])
            keys = rules = 0
        parts[-1].append(partition)
        keys += size
        rules += len(partition.rules)
    return parts
