"""Conditions on points: the points of all items together against bounds, level by level."""

from __future__ import annotations

from service.engine.facts import Frame
from service.engine.items import LEVELS, Score, Scored, SumOfNode
from service.engine.verdict import NOT, About, Found, Node, Result
from service.policy.kinds import Points


class PointsNode(Node):
    """How many points `total` comes to, in thousandths.

    Each constraint is ("low", n): at least n points, or ("high", n): at most n; `either` asks one of several.
    `refused` is the total denied, where some constraint is ("high", n).
    """

    __slots__ = ("constraints", "either", "refused", "total")

    def __init__(
        self, condition: Points, about: About, total: SumOfNode, refused: SumOfNode | None, *,
        constraints: tuple[tuple[str, int], ...], either: bool,
    ) -> None:  # fmt: skip
        super().__init__(condition, about)
        self.total, self.refused = total, refused
        self.constraints, self.either = constraints, either

    def _fold(self, frame: Frame, found: Found) -> Result:
        total = self.total.evaluate(frame, found)
        refused = None if self.refused is None else self.refused.evaluate(frame, found)
        result = Scored(self, NOT, total.children)
        result.counted, result.points = total.counted, total.points
        result.machine = self._status(total.counted, None if refused is None else refused.counted)
        result.status = result.folded = self._status(total.points, None if refused is None else refused.points)
        result.unseen = () if refused is None else refused.children
        return result

    def _status(self, low: Score, high: Score | None) -> int:
        met = []
        for kind, bound in self.constraints:
            if kind == "low":
                met.append(next((level for level, had in zip(LEVELS, low, strict=True) if had >= bound), NOT))
            elif high is not None:
                met.append(next((level for level, had in zip(LEVELS, high, strict=True) if had <= bound), NOT))
        return max(met) if self.either else min(met)


def points_had(result: Result) -> tuple[float, float]:
    """The least and the most points of a result of a PointsNode or of an item, whatever is missing and judged.

    Whole thousandths of a point; the most is infinite where nothing ends it.
    """
    return (result.points.least, result.points.most) if isinstance(result, Scored) else (0, 0)


def points_wanting(result: Result) -> int | None:
    """The points wanting to the lower bound; None where there is none."""
    if not isinstance(result.node, PointsNode):
        return None
    lows = [bound for kind, bound in result.node.constraints if kind == "low"]
    return max(max(lows) - int(points_had(result)[0]), 0) if lows else None
