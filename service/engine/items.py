"""Items that give points: what each gives at least and at most, level by level, and how groups fold that.

At each level of the statuses an item surely gives so many points, in thousandths. Counted for a bound from below,
`satisfied` is what is sure, `needs_review` what favourable decisions add, `unknown` all that may come; for a bound
from above (`denied`) the same of its being little. Sums, the best of several and caps grow with what they are made
of, so each level of a group is made of that level of its items.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Any, NamedTuple

from service.engine.facts import Frame
from service.engine.groups import UNGROUPED
from service.engine.rows import Over, RowsDetail, RowsNode
from service.engine.sums import Number
from service.engine.verdict import NOT, REVIEW, SATISFIED, UNKNOWN, About, Found, Node, Result
from service.policy.facts import Fact
from service.policy.kinds import Condition
from service.policy.scoring import BestOf, Granted, PerRow, PerUnit, Rated, SumOf, Worth, capped

LEVELS = (SATISFIED, REVIEW, UNKNOWN)


class Score(NamedTuple):
    """Points at the levels `satisfied`, `needs_review` and `unknown`."""

    sure: float
    judged: float
    open: float

    @property
    def least(self) -> float:
        """The least there can be."""
        return min(self.sure, self.open)

    @property
    def most(self) -> float:
        """The most there can be."""
        return max(self.sure, self.open)

    def status(self) -> int:
        """Whether points are given: unknown where that, or how many, is not settled."""
        if self.sure == self.open:
            return SATISFIED if self.sure else NOT
        return REVIEW if self.judged == self.open else UNKNOWN


class Scored(Result):
    """The result of what gives points: those it gives before (`counted`) and after (`points`) what people decided."""

    counted: Score
    points: Score

    @classmethod
    def of(cls, node: Node, counted: Score, points: Score, children: Any = ()) -> Scored:
        """A result whose status says whether points are given."""
        sign = {SATISFIED: NOT, NOT: SATISFIED} if node.denied else {}
        result = cls(node, NOT, children)
        machine, status = counted.status(), points.status()
        result.machine = sign.get(machine, machine)
        result.status = result.folded = sign.get(status, status)
        result.counted, result.points = counted, points
        return result


class ItemNode(Node):
    """An item of points; `denied` ones are for bounds from above."""

    __slots__ = ()

    def __init__(self, condition: Condition, about: About, *, denied: bool) -> None:
        super().__init__(condition, about)
        self.denied = denied

    def evaluate(self, frame: Frame, found: Found) -> Scored:
        """The points on a frame; items have no modifiers."""
        return self._scored(frame, found)

    def _scored(self, frame: Frame, found: Found) -> Scored:
        raise NotImplementedError


class WorthNode(ItemNode):
    """Points where a condition holds; `when` is its negation where the item is denied."""

    __slots__ = ("points", "when")

    def __init__(self, condition: Worth, about: About, when: Node, *, denied: bool) -> None:
        super().__init__(condition, about, denied=denied)
        self.points, self.when = condition.points, when

    def _scored(self, frame: Frame, found: Found) -> Scored:
        result = self.when.evaluate(frame, found)
        return Scored.of(self, self._at(result.machine), self._at(result.status), (result,))

    def _at(self, status: int) -> Score:
        if self.denied:
            return Score(*(0 if status >= level else self.points for level in LEVELS))
        return Score(*(self.points if status >= level and self.when.gates else 0 for level in LEVELS))


class GrantedNode(ItemNode):
    """Points that everybody has."""

    __slots__ = ("_score",)

    def __init__(self, condition: Granted, about: About, *, denied: bool) -> None:
        super().__init__(condition, about, denied=denied)
        self._score = Score(*(condition.points,) * 3)

    def _scored(self, _frame: Frame, _found: Found) -> Scored:
        return Scored.of(self, self._score, self._score)


class NumberNode(ItemNode):
    """Points of a number, which lies between the ends that `number` reads; people decide nothing of it."""

    __slots__ = ("facts", "given", "number")

    def __init__(self, condition: PerUnit | Rated, about: About, number: Number, *, denied: bool) -> None:
        super().__init__(condition, about, denied=denied)
        self.number = number
        self.given: Callable[[float], float] = condition.given
        self.facts: tuple[Fact, ...] = (condition.fact,)

    def _scored(self, frame: Frame, _found: Found) -> Scored:
        low, high = self.number(frame)
        score = ranged(self.given(low), self.given(high), denied=self.denied)
        return Scored.of(self, score, score)


class PerRowNode(RowsNode):
    """Points for every so many rows that count; `row` asks whether one does, or does not where it is denied."""

    __slots__ = ("given", "row")

    def __init__(self, condition: PerRow, about: About, over: Over, row: Node, *, denied: bool) -> None:
        super().__init__(condition, about, over)
        self.denied, self.row = denied, row
        self.given: Callable[[float], float] = condition.given

    def evaluate(self, frame: Frame, found: Found) -> Scored:
        """The points on a frame; items have no modifiers."""
        result = self._fold(frame, found)
        assert isinstance(result, Scored)  # noqa: S101  # both ways to one make it so
        return result

    def _unknown(self) -> Result:
        score = ranged(self.given(0), self.given(inf), denied=self.denied)
        result = Scored.of(self, score, score)
        result.detail = RowsDetail((), UNGROUPED)
        result.detail.blank = True
        return result

    def _over(self, frame: Frame, frames: list[Frame], found: Found) -> Result:
        results = [self.row.evaluate(row, found) for row in frames]
        groups = self._groups(frame, frames)
        side = groups.failing if self.denied else groups.holding
        machine, effective = side([r.machine for r in results]), side([r.status for r in results])
        result = Scored.of(self, self._at(machine), self._at(effective), results)
        result.detail = detail = RowsDetail(frames, groups)
        detail.counted = effective.count(SATISFIED)
        detail.total = len(effective)
        detail.possible = detail.total - effective.count(NOT)
        return result

    def _at(self, statuses: list[int]) -> Score:
        reached = [sum(status >= level for status in statuses) for level in LEVELS]
        if self.denied:
            reached = [len(statuses) - lacking for lacking in reached]
        return Score(*map(self.given, reached))


class BestOfNode(ItemNode):
    """The item that gives most."""

    __slots__ = ("at_most", "items")

    def __init__(self, condition: BestOf, about: About, items: tuple[Items, ...], *, denied: bool) -> None:
        super().__init__(condition, about, denied=denied)
        self.items, self.at_most = items, condition.at_most

    def _scored(self, frame: Frame, found: Found) -> Scored:
        results = [item.evaluate(frame, found) for item in self.items]
        return Scored.of(
            self, self._best([r.counted for r in results]), self._best([r.points for r in results]), results
        )  # fmt: skip

    def _best(self, scores: list[Score]) -> Score:
        return Score(*(capped(max(level), self.at_most) for level in zip(*scores, strict=True)))


class SumOfNode(ItemNode):
    """What items give together less what those of `minus` take away: these are denied where the sum is not."""

    __slots__ = ("at_most", "items", "minus")

    def __init__(
        self, condition: SumOf, about: About, items: tuple[Items, ...], minus: tuple[Items, ...],
        *, denied: bool,
    ) -> None:  # fmt: skip
        super().__init__(condition, about, denied=denied)
        self.items, self.minus, self.at_most = items, minus, condition.at_most

    def _scored(self, frame: Frame, found: Found) -> Scored:
        results = [item.evaluate(frame, found) for item in self.items]
        less = [item.evaluate(frame, found) for item in self.minus]
        counted = self._sum([r.counted for r in results], [r.counted for r in less])
        points = self._sum([r.points for r in results], [r.points for r in less])
        return Scored.of(self, counted, points, (*results, *less))

    def _sum(self, scores: list[Score], less: list[Score]) -> Score:
        added = [sum(level) for level in zip(*scores, strict=True)]
        taken = [sum(level) for level in zip(*less, strict=True)] or [0, 0, 0]
        return Score(*(capped(more - fewer, self.at_most) for more, fewer in zip(added, taken, strict=True)))


Items = ItemNode | PerRowNode


def ranged(low: float, high: float, *, denied: bool) -> Score:
    """Points that lie between two ends, whatever people decide."""
    return Score(high, high, low) if denied else Score(low, low, high)


def waits_for_people(result: Result) -> bool:
    """Whether what people decide adds to the points of an item, whatever else is missing."""
    node = result.node
    return isinstance(node, ItemNode | PerRowNode) and isinstance(result, Scored) and (
        result.points.sure != result.points.judged
    )  # fmt: skip


def outdone(group: Result, item: Result) -> bool:
    """Whether another item of a group gives as much as this one can, whatever comes of it."""
    if not isinstance(group.node, BestOfNode) or not isinstance(group, Scored) or not isinstance(item, Scored):
        return False
    return item.points.most <= group.points.least
