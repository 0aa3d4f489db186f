"""The sum of a number over the rows that count, against bounds: what it is at least and at most, level by level.

At each level of the statuses a sum is at least or at most something. For `satisfied` rows count only where
that is sure, and every number is as unfavourable as it may be; for `needs_review` a row under review counts
as is favourable; for `unknown` everything is as favourable as it may be. The sum has the highest level at
which it meets its bound. A row with a blank key may be no row of its own, or may lend its number to any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

from service.engine.facts import Frame
from service.engine.groups import Groups
from service.engine.rows import Over, RowsDetail, RowsNode
from service.engine.values import HIGHEST, LOWEST
from service.engine.verdict import NOT, REVIEW, SATISFIED, UNKNOWN, About, Found, Node, Result
from service.policy.kinds import Rows

# Whole numbers, or the infinite end of what is not known: sums outgrow what the rules may see.
Ends = tuple[float, float]
Number = Callable[[Any], Ends]


def ends(interval: tuple[int, int]) -> Ends:
    """An interval of the rules with its open ends infinite."""
    low, high = interval
    return (-inf if low <= LOWEST else low), (inf if high >= HIGHEST else high)


@dataclass(frozen=True, slots=True)
class SumBound:
    """A sum is at least (`low`) or at most what lies between the ends that `threshold` reads, or strictly so."""

    low: bool
    strict: bool
    threshold: Number


class SumNode(RowsNode):
    """The sum of `value` over rows, against bounds, all of which (with `either` one of which) must hold.

    `row` asks whether a row counts, for bounds from below; `negated` whether it does not, for those from above.
    """

    __slots__ = ("bounds", "either", "negated", "row", "value")

    def __init__(
        self, condition: Rows, about: About, over: Over, *, row: Node, negated: Node | None,
        value: Number, bounds: tuple[SumBound, ...], either: bool,
    ) -> None:  # fmt: skip
        super().__init__(condition, about, over)
        self.row, self.negated, self.value = row, negated, value
        self.bounds, self.either = bounds, either

    def _over(self, frame: Frame, frames: list[Frame], found: Found) -> Result:
        results = [self.row.evaluate(row, found) for row in frames]
        refused = [] if self.negated is None else [self.negated.evaluate(row, found) for row in frames]
        groups = self._groups(frame, frames)
        values = [self.value(row) for row in frames]
        thresholds = [bound.threshold(frame) for bound in self.bounds]
        machine = self._status(groups, values, thresholds, [r.machine for r in results], [r.machine for r in refused])
        result = Result(self, machine, results)
        result.detail = detail = RowsDetail(frames, groups)
        result.unseen = refused
        statuses = [r.status for r in results]
        detail.amount = Counting(groups, values, statuses).between()
        detail.counted = groups.holding(statuses).count(SATISFIED)
        detail.total = len(groups.members)
        weigh(detail, groups, values, statuses)
        if found:
            status = self._status(groups, values, thresholds, statuses, [r.status for r in refused])
            result.status = result.folded = status
        return self._unless_empty(result, found)

    def _status(
        self, groups: Groups, values: list[Ends], thresholds: list[Ends], counts: list[int], lacks: list[int]
    ) -> int:
        counting, lacking = Counting(groups, values, counts), Lacking(groups, values, lacks)
        met = [
            counting.at_least(threshold, strict=bound.strict)
            if bound.low
            else lacking.at_most(threshold, strict=bound.strict)
            for bound, threshold in zip(self.bounds, thresholds, strict=True)
        ]
        return max(met) if self.either else min(met)


class Counting:
    """The sum of rows known by whether they count: a bound from below."""

    def __init__(self, groups: Groups, values: Sequence[Ends], statuses: Sequence[int]) -> None:
        self._open = groups.exclusion_blank
        # Of each group the statuses and the hull of the numbers of the rows that may count.
        self._terms: list[tuple[int, Ends, bool]] = []
        for members, keyed in groups.members:
            rows = [index for index in members if statuses[index] > NOT]
            if rows:
                self._terms.append((max(statuses[index] for index in rows), hull(values, rows), keyed))

    def at_least(self, threshold: Ends, *, strict: bool = False) -> int:
        """The status of the sum being at least, or above, what lies between the ends of `threshold`."""
        low, high = threshold
        for level in (SATISFIED, REVIEW):
            if _reaches(self._least(level), high, strict):
                return level
        return UNKNOWN if _reaches(self.between()[1], low, strict) else NOT

    def _least(self, level: int) -> float:
        terms = [(keyed, status >= level, low) for status, (low, _), keyed in self._terms]
        return least(terms, one_less=self._open)

    def between(self) -> Ends:
        """What the sum lies between, whatever is missing and people decide."""
        terms = [(keyed, status == SATISFIED, -high) for status, (_, high), keyed in self._terms]
        return self._least(SATISFIED), -least(terms, one_less=self._open)


class Lacking:
    """The sum of rows known by whether they do not count: a bound from above."""

    def __init__(self, groups: Groups, values: Sequence[Ends], statuses: Sequence[int]) -> None:
        self._groups, self._values, self._statuses = groups, values, statuses

    def at_most(self, threshold: Ends, *, strict: bool = False) -> int:
        """The status of the sum being at most, or below, what lies between the ends of `threshold`."""
        low, high = threshold
        for level in (SATISFIED, REVIEW):
            if _reaches(self._least(level, -1), -low, strict):
                return level
        return UNKNOWN if _reaches(-self._least(SATISFIED, 1), -high, strict) else NOT

    def _least(self, level: int, sign: int) -> float:
        """The least that the sum (with -1, its opposite) comes to; rows count that may at this level."""
        terms = []
        for members, keyed in self._groups.members:
            rows = [index for index in members if self._statuses[index] < level]
            if rows:
                low, high = hull(self._values, rows)
                sure = any(self._statuses[index] == NOT for index in rows)
                terms.append((keyed, sure, low if sign > 0 else -high))
        return least(terms, one_less=self._groups.exclusion_blank)


def least(terms: Iterable[tuple[bool, bool, float]], *, one_less: bool) -> float:
    """The least that a sum comes to over terms (keyed, surely counted, the least of its number).

    A term without key may be none, one of its own, or lower any other to its own number; with `one_less` one
    term with a key may be none as well.
    """
    total: float = 0
    sure: list[float] = []
    loose: list[float] = []
    for keyed, surely, low in terms:
        if keyed and surely:
            sure.append(low)
        else:
            total += min(0, low)
            if not keyed:
                loose.append(max(0, low))
    sure.sort(reverse=True)
    if one_less and sure and sure[0] > 0:
        # The greatest is what hurts most: those below it can still be lowered.
        del sure[0]
    lowered = (max(0, low - other) for low, other in zip(sure, sorted(loose), strict=False))
    return total + sum(sure) - sum(lowered)


def _reaches(amount: float, threshold: float, strict: bool) -> bool:
    return amount > threshold if strict else amount >= threshold


def weigh(detail: RowsDetail, groups: Groups, values: Sequence[Ends], statuses: Sequence[int]) -> None:
    """Note which rows bear on a sum, and which of them name several numbers for one thing."""
    weighed: list[Frame] = []
    differing: list[Frame] = []
    for members, _ in groups.members:
        rows = [index for index in members if statuses[index] > NOT]
        weighed += (detail.frames[index] for index in rows)
        known = {values[index] for index in rows if values[index][0] == values[index][1]}
        if len(known) > 1:
            differing += (detail.frames[index] for index in rows)
    detail.weighed, detail.differing = weighed, differing


def hull(values: Sequence[Ends], rows: Sequence[int]) -> Ends:
    """What the number of rows that are one lies between."""
    return min(values[index][0] for index in rows), max(values[index][1] for index in rows)
