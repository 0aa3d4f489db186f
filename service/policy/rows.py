"""The kinds over the rows of a list: count, every, some."""

from __future__ import annotations

from typing import Any

from service.policy.condition_schema import COUNTING
from service.policy.factbook import FactBook
from service.policy.facts import Fact, FactGroup, FactType
from service.policy.kinds import Condition, Count, Every, Some
from service.policy.nodes import Node
from service.policy.operands import OperandReader
from service.policy.reading import Path

# Types of a fact that can tell rows apart.
_KEY_TYPES = (FactType.TEXT, FactType.IDENTITY_NUMBER, FactType.CODE, FactType.NUMBER)


class RowReader:
    """Reads conditions over lists of one policy; every fault is noted, None answers what it leaves unread."""

    def __init__(self, facts: FactBook, operands: OperandReader) -> None:
        self.reading = facts.reading
        self.facts = facts
        self.operands = operands

    def count(self, node: Node) -> Condition | None:
        """So many rows hold, each told apart by its key where one is named."""
        operator = next((o for o in COUNTING if o in node.entry), "")
        # Any bound but the lower one counts rows that do not hold, so `where` is negated as well.
        negated = node.negated or not (node.measured or operator in ("at_least", "more_than"))
        rows = self._listed(node, "count", negated=negated)
        bounds = self._counted(node, operator) if operator else (None, None) if node.measured else None
        if rows is None or bounds is None:
            return None
        low, high = bounds
        literal = str(node.entry[operator]) if operator else ""
        return Count(operator=operator, at_least=low, at_most=high, literal=literal, **rows, **node.common)

    def _counted(self, node: Node, operator: str) -> tuple[int | None, int | None] | None:
        """The least and the most that a count may be."""
        value, here = node.entry[operator], node.at(operator)
        if operator == "between":
            if not isinstance(value, list) or len(value) != 2:
                self.reading.fault("between-two", here)
                return None
            low, high = (self.operands.count(end, (*here, index)) for index, end in enumerate(value))
            if low is None or high is None:
                return None
            if low > high:
                self.reading.fault("between-reversed", here)
                return None
            return low, high
        wanted = self.operands.count(value, here)
        if wanted is None:
            return None
        if operator == "less_than" and wanted == 0:
            self.reading.fault("bad-count", here, value=str(value))
            return None
        low = {"at_least": wanted, "more_than": wanted + 1, "is": wanted}.get(operator)
        high = {"at_most": wanted, "less_than": wanted - 1, "is": wanted}.get(operator)
        return low, high

    def every(self, node: Node) -> Condition | None:
        """A condition holds in every row."""
        rows = self._listed(node, "every", negated=True)
        that = self._that(node, rows)
        if rows is None or that is None:
            return None
        return Every(that=that, on_blank=node.entry.get("on_blank"), **rows, **node.common)

    def some(self, node: Node) -> Condition | None:
        """A condition holds in some row."""
        # What is said of no row counting asks whether none does.
        rows = self._listed(node, "some", negated=node.negated or "on_empty" in node.entry)
        that = self._that(node, rows)
        return None if rows is None or that is None else Some(that=that, **rows, **node.common)

    def _that(self, node: Node, rows: dict[str, Any] | None) -> Condition | None:
        if rows is None or "that" not in node.entry:
            return None
        return node.below("that", scope=f"{rows['of'].path}[]")

    def _listed(self, node: Node, kind: str, *, negated: bool) -> dict[str, Any] | None:
        of = self.facts.find_list(node.entry[kind], node.at(kind), node.scope)
        return None if of is None else self.rows(node, of, negated=negated)

    def rows(self, node: Node, of: FactGroup | Fact, *, negated: bool) -> dict[str, Any]:
        """What the kinds over a list share, as arguments of their class; `negated` whether `where` is negated."""
        rows = f"{of.path}[]"
        found: dict[str, Any] = {"of": of}
        if "on_empty" in node.entry:
            found["on_empty"] = str(node.entry["on_empty"])
        if "where" in node.entry:
            found["where"] = node.below("where", scope=rows, negated=negated)
        if "distinct_by" in node.entry:
            found["distinct_by"] = self._key(node.entry["distinct_by"], node.at("distinct_by"), rows)
        if "excluding" in node.entry:
            found["excluding"] = self._key(node.entry["excluding"], node.at("excluding"), node.scope)
            if "distinct_by" not in node.entry and not self.reading.is_broken(node.at("distinct_by")):
                self.reading.fault("excluding-without-key", node.at("excluding"), at_key=True)
        return found

    def _key(self, name: Any, at: Path, scope: str) -> Fact | None:
        fact = self.facts.find(name, at, scope)
        if fact is not None and fact.type not in _KEY_TYPES:
            self.reading.fault("not-a-key", at, name=fact.path)
            return None
        return fact
