"""Leaf conditions as partitions: exclusive rules, one of which must fire on any fact and tells the outcomes.

The rules of a partition form a decision tree: two of them part at a comparison and its opposite, so that a
partition never has more than one true comparison waiting on the engine's stack of 64. Every firing costs as much
as a key of a fact: leaves about one code share a partition, and so do neighbours where few rules come of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import groupby, product
from typing import Final

LIMIT: Final = 2**53
"""Vector values and thresholds lie strictly between -LIMIT and LIMIT."""

RULES: Final = 4000
"""The engine has room for 4 096 rules in a ruleset; a code set cut into many ranges has one rule a range."""

OUTCOMES: Final = 80
"""The most combinations of outcomes that the rules of one partition tell apart."""

# Joined partitions multiply their rules and add up their paths; the engine takes 15 comparisons in a path.
_JOINED: Final = 9
_COMPARISONS: Final = 15


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

    def moved(self, place: Mapping[int, int]) -> IntervalLeaf:
        """The leaf with its slots where `place` says they went."""
        return IntervalLeaf(place[self.lo], place[self.hi], self.threshold)


@dataclass(frozen=True, slots=True)
class CodeLeaf:
    """A code at `vector[slot]` against a set of codes.

    HOLDS if in `members`, UNDECIDED if -1 (blank), else FAILS. `size` is the largest code that can occur; 0
    is the code of what is not in the vocabulary. A code outside -1..size is an EngineFault.
    """

    slot: int
    members: frozenset[int]
    size: int

    def moved(self, place: Mapping[int, int]) -> CodeLeaf:
        """The leaf with its slot where `place` says it went."""
        return CodeLeaf(place[self.slot], self.members, self.size)


Leaf = IntervalLeaf | CodeLeaf
# What must all be true for a rule to fire, in the order the engine compares: operator, slot, constant.
Path = tuple[tuple[str, int, int], ...]
# An Outcome of each leaf of a partition, and the path of the rule that tells them.
Rule = tuple[bytes, Path]
# The first code of a run of codes with the same outcomes, and those outcomes.
_Range = tuple[int, bytes]


@dataclass(frozen=True, slots=True)
class Partition:
    """Leaves that one firing tells of, and the rules that do."""

    leaves: tuple[Leaf, ...]
    rules: tuple[Rule, ...]

    @property
    def slots(self) -> frozenset[int]:
        """What its rules compare."""
        return frozenset(slot for _, path in self.rules for _, slot, _ in path)


def partitions(leaves: Iterable[Leaf], width: int) -> list[Partition]:
    """Every leaf once; leaves of the same slots stand side by side, which makes fewer keys in a fact.

    Raises EngineFault on a slot outside a vector of `width`, a constant not below LIMIT, members outside
    0..size, or a code set of over 3 998 ranges.
    """
    single: list[Partition] = []
    for _, same in groupby(sorted(dict.fromkeys(leaves), key=_order), key=_order):
        for leaf in (alike := tuple(same)):
            _check(leaf, width)
        single += (_of_interval(leaf) for leaf in alike if isinstance(leaf, IntervalLeaf))
        single += _of_code(tuple(leaf for leaf in alike if isinstance(leaf, CodeLeaf)))
    return _joined(single)


def _order(leaf: Leaf) -> tuple[int, int, int]:
    return (leaf.lo, leaf.hi, -1) if isinstance(leaf, IntervalLeaf) else (leaf.slot, leaf.slot, leaf.size)


def _check(leaf: Leaf, width: int) -> None:
    first, second, _ = _order(leaf)
    if not (0 <= first < width and 0 <= second < width):
        raise EngineFault(f"{leaf} names a slot outside a vector of {width}")
    if isinstance(leaf, CodeLeaf):
        if not 0 <= leaf.size < LIMIT or not all(0 <= code <= leaf.size for code in leaf.members):
            raise EngineFault(f"the codes of slot {leaf.slot} do not lie within 0..{leaf.size}")
    elif not -LIMIT < leaf.threshold < LIMIT:
        raise EngineFault(f"a threshold of slot {leaf.lo} is not below 2**53")


def _joined(single: Iterable[Partition]) -> list[Partition]:
    """Neighbours joined where few rules come of it: one for each way in which both may turn out."""
    joined: list[Partition] = []
    for one in single:
        before = joined[-1] if joined else None
        if before is None or len(before.rules) * len(one.rules) > _JOINED or _longest(before, one) > _COMPARISONS:
            joined.append(one)
            continue
        pairs = product(before.rules, one.rules)
        rules = tuple((told + more, path + further) for (told, path), (more, further) in pairs)
        joined[-1] = Partition(before.leaves + one.leaves, rules)
    return joined


def _longest(*parts: Partition) -> int:
    return sum(max(len(path) for _, path in part.rules) for part in parts)


def _of_interval(leaf: IntervalLeaf) -> Partition:
    holds, undecided, fails = (bytes([outcome]) for outcome in (Outcome.HOLDS, Outcome.UNDECIDED, Outcome.FAILS))
    low_holds, low_fails = ("$gte", leaf.lo, leaf.threshold), ("$lt", leaf.lo, leaf.threshold)
    if leaf.lo == leaf.hi:
        return Partition((leaf,), ((holds, (low_holds,)), (fails, (low_fails,))))
    high_holds, high_fails = ("$gte", leaf.hi, leaf.threshold), ("$lt", leaf.hi, leaf.threshold)
    rules = (
        # The second comparison is what makes an interval given upside down silent, and so a fault.
        (holds, (low_holds, high_holds)),
        (undecided, (low_fails, high_holds)),
        (fails, (low_fails, high_fails)),
    )
    return Partition((leaf,), rules)


def _of_code(leaves: tuple[CodeLeaf, ...]) -> Iterator[Partition]:
    """The leaves about one code in one partition, or in one each where that has too many ranges or outcomes."""
    if not leaves:
        return
    slot, size = leaves[0].slot, leaves[0].size
    ranges = tuple(_ranges(leaves, size))
    if len(ranges) <= RULES - 2 and len({told for _, told in ranges}) <= OUTCOMES:
        yield Partition(leaves, tuple(_tree(slot, ranges, (("$gte", slot, -1),), (("$lte", slot, size),))))
    elif len(leaves) == 1:
        raise EngineFault(f"the codes of slot {slot} make {len(ranges)} ranges")
    else:
        for leaf in leaves:
            yield from _of_code((leaf,))


def _ranges(leaves: Sequence[CodeLeaf], size: int) -> Iterator[_Range]:
    """The runs of codes with the same outcomes, ascending from -1."""
    yield -1, bytes([Outcome.UNDECIDED] * len(leaves))
    before = None
    members = {code for leaf in leaves for code in leaf.members}
    for code in sorted({0, *members, *(code + 1 for code in members if code < size)}):
        told = bytes(Outcome.HOLDS if code in leaf.members else Outcome.FAILS for leaf in leaves)
        if told != before:
            yield code, told
        before = told


def _tree(slot: int, ranges: Sequence[_Range], first: Path, last: Path, path: Path = ()) -> Iterator[Rule]:
    """One rule a range, found by halving; `first` and `last` close the lowest and the highest range."""
    if len(ranges) == 1:
        yield ranges[0][1], (*path, *first, *last)
        return
    half = len(ranges) // 2
    start = ranges[half][0]
    yield from _tree(slot, ranges[:half], first, (), (*path, ("$lt", slot, start)))
    yield from _tree(slot, ranges[half:], (), last, (*path, ("$gte", slot, start)))
