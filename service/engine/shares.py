"""The share that some rows have of others: a part `p/q` is met where the sum of q * part - p * whole is.

Each row adds to that sum q - p of its weight where it is in the part, -p where it is in the whole alone, and
nothing where it is in neither. What it adds at each level of the statuses is as `sums` says it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from service.engine.branches import branched
from service.engine.facts import Frame
from service.engine.groups import Groups
from service.engine.rows import Over, RowsDetail, RowsNode
from service.engine.sums import Counting, Ends, Lacking, Number, hull, weigh
from service.engine.verdict import NOT, REVIEW, SATISFIED, UNKNOWN, About, Found, Node, Result
from service.policy.kinds import Rows


@dataclass(frozen=True, slots=True)
class ShareBound:
    """A share is at least (`low`) or at most `part`, or strictly more or less."""

    low: bool
    part: Fraction
    strict: bool


# For each row the statuses of it being in the part, not in it, in the whole, and not in it.
Columns = tuple[list[int], list[int], list[int], list[int]]


class ShareNode(RowsNode):
    """The share of rows in a part, of those in a whole, against bounds.

    `row` asks whether a row of the whole is in the part, `no_part`, where a bound from above needs it, whether
    it is not; `whole` and `no_whole` ask whether it is in the whole. `weight` is what a row weighs. A row with a
    blank key, or a blank excluded key, leaves the share open.
    """

    __slots__ = ("bounds", "either", "no_part", "no_whole", "row", "weight", "whole")

    def __init__(
        self, condition: Rows, about: About, over: Over, *, row: Node, no_part: Node | None, whole: Node,
        no_whole: Node, weight: Number, bounds: tuple[ShareBound, ...], either: bool,
    ) -> None:  # fmt: skip
        super().__init__(condition, about, over)
        self.row, self.no_part, self.whole, self.no_whole = row, no_part, whole, no_whole
        self.weight, self.bounds, self.either = weight, bounds, either

    def _over(self, frame: Frame, frames: list[Frame], found: Found) -> Result:
        nodes = (self.row, self.no_part, self.whole, self.no_whole)
        columns = [[] if node is None else [node.evaluate(row, found) for row in frames] for node in nodes]
        groups = self._groups(frame, frames)
        weights = [self.weight(row) for row in frames]
        result = Result(self, NOT, columns[0])
        result.unseen = [one for column in columns[1:] for one in column]
        result.detail = RowsDetail(frames, groups)
        part, no_part, whole, no_whole = ([r.machine for r in column] for column in columns)
        machine = self._weighed(groups, weights, (part, no_part, whole, no_whole))
        result.machine = branched(*machine, NOT if self.over.on_empty is None else self.over.on_empty)
        part, no_part, whole, no_whole = ([r.status for r in column] for column in columns)
        some, none, result.status = self._weighed(groups, weights, (part, no_part, whole, no_whole))
        self._tell(result.detail, weights, part, whole)
        return self._judged_empty(result, some, none, found)

    def having(self, result: Result) -> tuple[int, int]:
        """The statuses of there being a whole and of there being none, of a result of this node."""
        groups, weights, columns = self._columns(result)
        some, none, _ = self._weighed(groups, weights, columns)
        return some, none

    def at_least(self, result: Result) -> Callable[[Fraction], int]:
        """The status of the share being at least a part, of a result of this node."""
        groups, weights, columns = self._columns(result)
        return lambda part: self._met(ShareBound(True, part, False), groups, weights, columns)

    def _columns(self, result: Result) -> tuple[Groups, list[Ends], Columns]:
        detail: RowsDetail = result.detail
        size = len(detail.frames)
        asked = [one.status for one in (*result.children[:size], *result.unseen)]
        part, no_part, whole, no_whole = (asked[start * size : (start + 1) * size] for start in range(4))
        return detail.groups, [self.weight(row) for row in detail.frames], (part, no_part, whole, no_whole)

    def _weighed(self, groups: Groups, weights: list[Ends], columns: Columns) -> tuple[int, int, int]:
        """The statuses of there being a whole, of there being none, and of the share meeting its bounds."""
        _, _, whole, no_whole = columns
        some = Counting(groups, weights, whole).at_least((1, 1))
        none = Lacking(groups, weights, no_whole).at_most((0, 0))
        met = [self._met(bound, groups, weights, columns) for bound in self.bounds]
        return some, none, max(met) if self.either else min(met)

    def _met(self, bound: ShareBound, groups: Groups, weights: list[Ends], columns: Columns) -> int:
        whole = columns[2]
        terms = []
        for members, keyed in groups.members:
            rows = [index for index in members if whole[index] > NOT]
            if rows and (not keyed or groups.exclusion_blank):
                return UNKNOWN
            if rows:
                terms.append(_Term(bound, rows, hull(weights, rows), columns))
        wanted = int(bound.strict)
        for level in (SATISFIED, REVIEW):
            if sum(term.least(level) for term in terms) >= wanted:
                return level
        return UNKNOWN if sum(term.most() for term in terms) >= wanted else NOT

    def _tell(self, detail: RowsDetail, weights: list[Ends], part: list[int], whole: list[int]) -> None:
        groups = detail.groups
        both = [min(pair) for pair in zip(part, whole, strict=True)]
        detail.amount = Counting(groups, weights, both).between()
        detail.whole = Counting(groups, weights, whole).between()
        detail.counted = groups.holding(both).count(SATISFIED)
        detail.total = groups.holding(whole).count(SATISFIED)
        weigh(detail, groups, weights, whole)


class _Term:
    """What rows that are one add to the sum of q * part - p * whole, or for a bound from above to its opposite."""

    def __init__(self, bound: ShareBound, rows: list[int], weight: Ends, columns: Columns) -> None:
        self._low = bound.low
        self._rows, self._weight, self._columns = rows, weight, columns
        self._inside = bound.part.denominator - bound.part.numerator
        self._outside = -bound.part.numerator

    def least(self, level: int) -> float:
        """What they add at least at a level: people put them where that is favourable, if the level lets them."""
        _, _, whole, no_whole = self._columns
        added = min(self._added(level))
        chosen = [added] if any(whole[index] >= level for index in self._rows) else []
        if all(no_whole[index] >= level for index in self._rows):
            chosen.append(0)
        return max(chosen) if chosen else min(added, 0)

    def most(self) -> float:
        """What they add at most."""
        _, _, whole, _ = self._columns
        added = max(self._added(SATISFIED))
        return added if any(whole[index] == SATISFIED for index in self._rows) else max(added, 0)

    def _added(self, level: int) -> list[float]:
        """What they may add where they are in the whole."""
        part, no_part, whole, no_whole = self._columns
        if self._low:
            surely = any(min(part[index], whole[index]) >= level for index in self._rows)
            perhaps = any(part[index] > NOT for index in self._rows)
        else:
            surely = any(no_part[index] == NOT and whole[index] == SATISFIED for index in self._rows)
            perhaps = any(max(no_part[index], no_whole[index]) < level for index in self._rows)
        factors = [self._inside] if surely or perhaps else []
        if not surely:
            factors.append(self._outside)
        sign = 1 if self._low else -1
        # Nothing of an endless weight is nothing.
        return [sign * factor * end if factor else 0 for factor in factors for end in self._weight]
