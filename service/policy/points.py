"""The kind `points`: conditions that give points, and how many they must give together."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from service.policy import literals
from service.policy.condition_schema import SCORING
from service.policy.kinds import Condition, Points
from service.policy.nodes import Node
from service.policy.operands import OperandReader
from service.policy.reading import Path
from service.policy.scalars import literal_text

DECIMALS = 3


class PointsReader:
    """Reads sums of points of one policy; every fault is noted, None answers what it leaves unread."""

    def __init__(self, operands: OperandReader, unit: str) -> None:
        self.operands = operands
        self.reading = operands.reading
        self.unit = unit  # what may follow a number of points

    def points(self, node: Node) -> Condition | None:
        """The points of what holds, against bounds."""
        operator = next((o for o in SCORING if o in node.entry), None)
        # Any bound but the lower one counts what does not hold, so the conditions are negated as well.
        negated = node.negated or operator not in ("at_least", "more_than")
        items = node.entry["points"]
        scored = []
        whole = True
        for index in range(len(items) if isinstance(items, list) else 0):
            item = self.reading.mapping(items[index])
            child = node.below("points", index, "when", negated=negated) if "when" in item else None
            given = self._number(item.get("points"), node.at("points", index, "points"), least=1)
            if child is None or given is None:
                whole = False
            else:
                scored.append((given, child))
        total = sum(given for given, _ in scored) if whole else None
        bounds = None if operator is None else self.bounds(node, operator, total=total)
        if operator is None or bounds is None or not whole:
            return None
        return Points(scored=tuple(scored), operator=operator, at_least=bounds[0], at_most=bounds[1], **node.common)

    def total(self, items: list[Any], path: Path) -> int:
        """All the points that a list of them, which stands at a path, can give together."""
        given = (
            self._number(item["points"], (*path, index, "points"), least=1)
            for index, item in enumerate(items)
            if isinstance(item, dict) and "points" in item
        )
        return sum(points for points in given if points is not None)

    def bounds(self, node: Node, operator: str, *, total: int | None) -> tuple[int | None, int | None] | None:
        """The least and the most that points may be; bounds that `total` points never or always meet are noted.

        A total that is None is not known.
        """
        found = self._bounds(node, operator)
        low = None if found is None else found[0]
        if total is not None and ((low is not None and low > total) or (operator == "at_least" and low == 0)):
            at = node.at(operator, 0) if operator == "between" else node.at(operator)
            self.reading.fault("points-range", at, total=points_text(total))
        return found

    def _bounds(self, node: Node, operator: str) -> tuple[int | None, int | None] | None:
        """The least and the most that the points may be."""
        value, here = node.entry[operator], node.at(operator)
        if operator == "between":
            if not isinstance(value, list) or len(value) != 2:
                self.reading.fault("between-two", here)
                return None
            low, high = (self._number(end, (*here, index), least=0) for index, end in enumerate(value))
            if low is None or high is None:
                return None
            if low > high:
                self.reading.fault("between-reversed", here)
                return None
            return low, high
        wanted = self._number(value, here, least=1 if operator == "less_than" else 0)
        if wanted is None:
            return None
        low = {"at_least": wanted, "more_than": wanted + 1}.get(operator)
        high = {"at_most": wanted, "less_than": wanted - 1}.get(operator)
        return low, high

    def _number(self, value: Any, at: Path, *, least: int) -> int | None:
        """A number of points in thousandths: `10`, `2.5`, with or without the unit, or a parameter."""
        text = self.operands.text(value, at)
        if text is None:
            return None
        number = None if isinstance(text, bool) else literals.number(text, self.unit, DECIMALS)
        if number is None or number < least:
            self.reading.fault("bad-points", at, value=literal_text(text), decimals=DECIMALS)
            return None
        return number


def points_text(points: int) -> str:
    """Points without the zeros behind the point."""
    scaled = Decimal(points).scaleb(-DECIMALS)
    whole = scaled.to_integral_value()
    return str(int(whole) if whole == scaled else scaled.normalize())
