"""The kind `points`: items that give points, in groups or not, and how many they must give together."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from math import inf
from typing import Any

from service.policy import literals
from service.policy.condition_schema import SCORING, item_kind
from service.policy.facts import Fact, FactType
from service.policy.kinds import Condition, LiteralOperand, Points
from service.policy.nodes import Node
from service.policy.operands import OperandReader
from service.policy.reading import Path
from service.policy.rows import RowReader
from service.policy.scalars import literal_text
from service.policy.scoring import DECIMALS, BestOf, Granted, PerRow, PerUnit, Rated, SumOf, Worth, spread
from service.policy.tables import Citation

ReadCitations = Callable[[Any, Path], tuple[Citation, ...]]


class PointsReader:
    """Reads sums of points of one policy; every fault is noted, None answers what it leaves unread."""

    def __init__(self, operands: OperandReader, rows: RowReader, cited: ReadCitations, unit: str) -> None:
        self.facts = operands.facts
        self.operands = operands
        self.rows = rows
        self.cited = cited
        self.reading = operands.reading
        self.unit = unit  # what may follow a number of points
        self._asked: list[tuple[Path, Node, str, int | None]] = []
        self._spreads: dict[Path, tuple[float, float]] = {}

    def points(self, node: Node) -> Condition | None:
        """The points of items, against bounds."""
        operator = next((o for o in SCORING if o in node.entry), None)
        # Any bound but the lower one counts what does not hold, so the conditions are negated as well.
        negated = node.negated or not (node.measured or operator in ("at_least", "more_than"))
        items = self.items(node, "points", negated=negated)
        if items is not None:
            self._spreads[node.path] = spread(SumOf(items=items))
        if operator is None:
            bounds: tuple[int | None, int | None] | None = (None, None) if node.measured else None
        else:
            bounds = self.bounds(node, operator, of=node.path)
        if bounds is None or items is None:
            return None
        return Points(items=items, operator=operator or "", at_least=bounds[0], at_most=bounds[1], **node.common)

    def items(self, node: Node, key: str, *, negated: bool) -> tuple[Condition, ...] | None:
        """The items of the list under a key; None where a fault leaves one of them unread."""
        listed = node.entry.get(key)
        read = [
            self._item(Node(self.reading.mapping(item), node.at(key, index), node.scope, negated, {}, node.read))
            for index, item in enumerate(listed if isinstance(listed, list) else ())
        ]
        found = tuple(item for item in read if item is not None)
        return found if found and len(found) == len(read) else None

    def bounds(self, node: Node, operator: str, *, of: Path) -> tuple[int | None, int | None] | None:
        """The least and the most that the points of the condition that stands at a path may be.

        `check` notes those that its points never or always meet.
        """
        found = self._bounds(node, operator)
        if found is not None:
            self._asked.append((of, node, operator, found[0]))
        return found

    def check(self) -> None:
        """Note every bound that the points it is for never reach, or always do."""
        for of, node, operator, low in self._asked:
            least, most = self._spreads.get(of, (-inf, inf))
            if low is None or (low <= most and (operator != "at_least" or low > least)):
                continue
            at = node.at(operator, 0) if operator == "between" else node.at(operator)
            if most == inf:
                self.reading.fault("points-always", at, least=points_text(least))
            else:
                self.reading.fault("points-range", at, total=points_text(most))

    # --- items ----------------------------------------------------------------------------------------------

    def _item(self, node: Node) -> Condition | None:
        kind = item_kind(node.entry)
        if kind is None or self.reading.is_broken(node.path):
            return None
        node.common.update(self._common(node))
        match kind:
            case "when":
                child, points = node.below("when"), self._number(node, "points")
                return None if child is None or points is None else Worth(when=child, points=points, **node.common)
            case "fact":
                return self._of_number(node)
            case "count":
                return self._of_rows(node)
            case "best_of" | "sum_of":
                return self._group(node, kind)
        points = self._number(node, "points")
        return None if points is None else Granted(points=points, **node.common)

    def _common(self, node: Node) -> dict[str, Any]:
        label = node.entry.get("label")
        return {
            "label": None if label is None else str(label),
            "citations": self.cited(node.entry.get("cite"), node.at("cite")),
            "position": self.reading.place(node.path),
        }

    def _group(self, node: Node, kind: str) -> Condition | None:
        items = self.items(node, kind, negated=node.negated)
        capped = self._cap(node)
        minus: tuple[Condition, ...] | None = ()
        if "minus" in node.entry:
            minus = self.items(node, "minus", negated=node.negated)
            for index, item in enumerate(minus or ()):
                if not isinstance(item, PerUnit | Rated):
                    self.reading.fault("minus-not-a-number", node.at("minus", index))
                    minus = None
                    break
        if items is None or capped is None or minus is None:
            return None
        if kind == "best_of":
            return BestOf(items=items, at_most=capped[0], **node.common)
        return SumOf(items=items, minus=minus, at_most=capped[0], **node.common)

    def _of_number(self, node: Node) -> Condition | None:
        fact = self.facts.find(node.entry["fact"], node.at("fact"), node.scope)
        if fact is not None and fact.type is not FactType.NUMBER:
            self.reading.fault("not-a-number", node.at("fact"), name=fact.path, type=fact.type.value)
            fact = None
        capped = self._cap(node)
        if "every" not in node.entry:
            return None if fact is None or capped is None else self._rated(node, fact, capped[0])
        points = self._number(node, "points")
        every = None if fact is None else self._literal(node, "every", fact)
        start = None if fact is None or "from" not in node.entry else self._literal(node, "from", fact)
        unread = "from" in node.entry and start is None
        if fact is None or capped is None or points is None or every is None or unread:
            return None
        if every.value < 1:
            self.reading.fault("every-of-nothing", node.at("every"), value=every.literal)
            return None
        return PerUnit(fact=fact, every=every, points=points, start=start, at_most=capped[0], **node.common)

    def _rated(self, node: Node, fact: Fact, at_most: int | None) -> Condition | None:
        item = Rated(fact=fact, at_most=at_most, **node.common)
        if "times" in node.entry:
            times = self.operands.times(fact, node.entry["times"], node.at("times"))
            if times is None:
                return None
            item = Rated(fact=fact, times=times[0], literal=times[1], at_most=at_most, **node.common)
        if item.factor.denominator != 1:
            at = node.at("times" if "times" in node.entry else "fact")
            self.reading.fault("points-not-exact", at, name=fact.label, precision=fact.precision, decimals=DECIMALS)
            return None
        return item

    def _literal(self, node: Node, key: str, fact: Fact) -> LiteralOperand | None:
        """A number of a fact, or the parameter that holds it."""
        value = node.entry[key]
        text = self.operands.text(value, node.at(key))
        number = None if text is None else self.operands.number(fact, value, node.at(key))
        return None if number is None else LiteralOperand(literal=literal_text(text), value=number)

    def _of_rows(self, node: Node) -> Condition | None:
        of = self.facts.find_list(node.entry["count"], node.at("count"), node.scope)
        rows = None if of is None else self.rows.rows(node, of, negated=node.negated)
        points, capped = self._number(node, "points"), self._cap(node)
        every = self.operands.count(node.entry["every"], node.at("every")) if "every" in node.entry else 1
        start = self.operands.count(node.entry["from"], node.at("from")) if "from" in node.entry else 0
        if rows is None or points is None or capped is None or every is None or start is None:
            return None
        if every < 1:
            self.reading.fault("every-of-nothing", node.at("every"), value=literal_text(node.entry["every"]))
            return None
        return PerRow(every=every, points=points, start=start, at_most=capped[0], **rows, **node.common)

    # --- numbers of points ----------------------------------------------------------------------------------

    def _bounds(self, node: Node, operator: str) -> tuple[int | None, int | None] | None:
        """The least and the most that the points may be."""
        value, here = node.entry[operator], node.at(operator)
        if operator == "between":
            if not isinstance(value, list) or len(value) != 2:
                self.reading.fault("between-two", here)
                return None
            low, high = (self._points(end, (*here, index), least=0) for index, end in enumerate(value))
            if low is None or high is None:
                return None
            if low > high:
                self.reading.fault("between-reversed", here)
                return None
            return low, high
        wanted = self._points(value, here, least=1 if operator == "less_than" else 0)
        if wanted is None:
            return None
        low = {"at_least": wanted, "more_than": wanted + 1}.get(operator)
        high = {"at_most": wanted, "less_than": wanted - 1}.get(operator)
        return low, high

    def _number(self, node: Node, key: str) -> int | None:
        """The points under a key that must be there."""
        return self._points(node.entry[key], node.at(key), least=1) if key in node.entry else None

    def _cap(self, node: Node) -> tuple[int | None] | None:
        """What is given at most, if anything is said of it; None where that is at fault."""
        if "at_most" not in node.entry:
            return (None,)
        most = self._number(node, "at_most")
        return None if most is None else (most,)

    def _points(self, value: Any, at: Path, *, least: int) -> int | None:
        """A number of points in thousandths: `10`, `2.5`, with or without the unit, or a parameter."""
        text = self.operands.text(value, at)
        if text is None:
            return None
        number = None if isinstance(text, bool) else literals.number(text, self.unit, DECIMALS)
        if number is None or number < least:
            self.reading.fault("bad-points", at, value=literal_text(text), decimals=DECIMALS)
            return None
        return number


def points_text(points: float) -> str:
    """Points that are known without the zeros behind the point."""
    scaled = Decimal(int(points)).scaleb(-DECIMALS)
    whole = scaled.to_integral_value()
    return str(int(whole) if whole == scaled else scaled.normalize())
