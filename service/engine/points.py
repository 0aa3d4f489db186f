"""Conditions that give points: the same operator with weights, level by level."""

from __future__ import annotations

from collections.abc import Iterable

from service.engine.facts import Frame
from service.engine.verdict import NOT, REVIEW, SATISFIED, UNKNOWN, About, Found, Node, Result
from service.policy.kinds import Points


class PointsNode(Node):
    """How many points the children that hold give, in thousandths.

    Each constraint is ("low", n): at least n points, or ("high", n): at most n; `either` asks one of several.
    `refused` are the children negated, where some constraint needs what does not hold.
    """

    __slots__ = ("children", "constraints", "either", "points", "refused")

    def __init__(
        self, condition: Points, about: About, children: tuple[Node, ...], refused: tuple[Node, ...], *,
        constraints: tuple[tuple[str, int], ...], either: bool,
    ) -> None:  # fmt: skip
        super().__init__(condition, about)
        self.points = tuple(points for points, _ in condition.scored)
        self.children, self.refused = children, refused
        self.constraints, self.either = constraints, either

    def _fold(self, frame: Frame, found: Found) -> Result:
        results = [child.evaluate(frame, found) for child in self.children]
        refused = [child.evaluate(frame, found) for child in self.refused]
        result = Result(self, self._status([r.machine for r in results], [r.machine for r in refused]), results)
        result.unseen = refused
        if found:
            result.status = result.folded = self._status([r.status for r in results], [r.status for r in refused])
        return result

    def _status(self, statuses: list[int], refused: list[int]) -> int:
        met = []
        for kind, bound in self.constraints:
            if kind == "low":
                gating = [
                    (points, status)
                    for points, status, child in zip(self.points, statuses, self.children, strict=True)
                    if child.gates
                ]
                met.append(_reached(gating, bound))
            else:
                # At most n points where what does not hold has the rest; there everything gates.
                met.append(_reached([*zip(self.points, refused, strict=True)], sum(self.points) - bound))
        return max(met) if self.either else min(met)


def _reached(scored: list[tuple[int, int]], bound: int) -> int:
    """The best status that conditions of so many points together have."""
    for level in (SATISFIED, REVIEW, UNKNOWN):
        if sum(points for points, status in scored if status >= level) >= bound:
            return level
    return NOT


def scored(result: Result) -> Iterable[tuple[int, Result]]:
    """The children that count, each with its points, of a result of a PointsNode."""
    if not isinstance(result.node, PointsNode):
        return ()
    return [pair for pair in zip(result.node.points, result.children, strict=False) if pair[1].node.gates]


def points_had(result: Result) -> tuple[int, int]:
    """The points that are certain, and those that may be reached."""
    pairs = [*scored(result)]
    certain = sum(points for points, child in pairs if child.status == SATISFIED)
    return certain, sum(points for points, child in pairs if child.status != NOT)


def points_wanting(result: Result) -> int | None:
    """The points wanting to the lower bound; None where there is none."""
    if not isinstance(result.node, PointsNode):
        return None
    lows = [bound for kind, bound in result.node.constraints if kind == "low"]
    return max(max(lows) - points_had(result)[0], 0) if lows else None
