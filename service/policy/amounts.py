"""The kinds that weigh the rows of a list: sum, highest, lowest, share; and the share of two numbers."""

from __future__ import annotations

from typing import Any

from service import messages
from service.policy.comparisons import DATE_OPERATORS, HIGH_ENDS, LOW_ENDS, ORDER_OPERATORS, ComparisonReader
from service.policy.condition_schema import COUNTING, EXTREMES, SHARES
from service.policy.factbook import FactBook, scope_of
from service.policy.facts import IN_TIME, Fact, FactGroup, FactType
from service.policy.kinds import Bounds, Condition, Extreme, FactOperand, Part, PartBounds, Ratio, Share, Sum
from service.policy.literals import same_unit
from service.policy.nodes import Node
from service.policy.operands import OperandReader
from service.policy.reading import Path
from service.policy.rows import RowReader

# Where a share says nothing of an empty whole, people decide.
_ON_EMPTY = "needs_review"


class AmountReader:
    """Reads conditions on amounts of one policy; every fault is noted, None answers what it leaves unread."""

    def __init__(
        self, facts: FactBook, operands: OperandReader, comparisons: ComparisonReader, rows: RowReader
    ) -> None:
        self.reading = facts.reading
        self.facts = facts
        self.operands = operands
        self.comparisons = comparisons
        self.rows = rows

    def total(self, node: Node) -> Condition | None:
        """The sum of a number of the rows."""
        operator = _operator(node, COUNTING)
        fact = self._of_a_row(node, "sum")
        of = None if fact is None else self._list(fact, node, "sum")
        if fact is None or of is None or not (operator or node.measured):
            return None
        # A bound from above asks which rows surely do not count, and so does what is said of none counting.
        negated = node.negated or not (node.measured or operator in LOW_ENDS) or "on_empty" in node.entry
        rows = self.rows.rows(node, of, negated=negated)
        if not self._is_number(fact, node, "sum"):
            return None
        bounds = self.comparisons.bounds(fact, operator, node) if operator else Bounds()
        return None if bounds is None else Sum(fact=fact, operator=operator or "", bounds=bounds, **rows, **node.common)

    def highest(self, node: Node) -> Condition | None:
        """The highest of a value of the rows."""
        return self._extreme(node, "highest", LOW_ENDS)

    def lowest(self, node: Node) -> Condition | None:
        """The lowest of a value of the rows."""
        return self._extreme(node, "lowest", HIGH_ENDS)

    def _extreme(self, node: Node, kind: str, by_one_row: tuple[str, ...]) -> Condition | None:
        """`by_one_row` are the operators that a single row can satisfy; the others ask something of every row."""
        operator = _operator(node, EXTREMES)
        fact = self._of_a_row(node, kind)
        of = None if fact is None else self._list(fact, node, kind)
        if fact is None or of is None or not (operator or node.measured):
            return None
        negated = node.negated or not (node.measured or operator in by_one_row) or "on_empty" in node.entry
        rows = self.rows.rows(node, of, negated=negated)
        ranked = fact.type is FactType.CODE and fact.vocabulary is not None and fact.vocabulary.ranked
        if fact.type not in (FactType.NUMBER, *IN_TIME) and not ranked:
            self.reading.fault("without-order", node.at(kind), name=fact.path, type=fact.type.value)
            return None
        highest = kind == "highest"
        if not operator:
            if fact.type is FactType.CODE:
                self.reading.fault("measure-of-codes", node.at(kind), name=fact.path)
                return None
            return Extreme(fact=fact, highest=highest, operator="", bounds=Bounds(), **rows, **node.common)
        allowed = DATE_OPERATORS if fact.type in IN_TIME else ORDER_OPERATORS
        if operator not in allowed:
            self.comparisons.not_for_type(fact, operator, node.at(operator), allowed)
            return None
        bounds = self.comparisons.bounds(fact, operator, node)
        if bounds is None or not self._seen_from_rows(bounds, of, node.at(operator)):
            return None
        return Extreme(fact=fact, highest=highest, operator=operator, bounds=bounds, **rows, **node.common)

    def _seen_from_rows(self, bounds: Bounds, of: FactGroup | Fact, at: Path) -> bool:
        """Whether what every row is compared with stands around the list, not in a row of it or of another."""
        for operand in (bounds.at_least, bounds.at_most):
            if not isinstance(operand, FactOperand):
                continue
            home = scope_of(operand.fact.path)
            if home and not of.path.startswith(f"{home}."):
                self.reading.fault("fact-of-a-row", at, name=operand.fact.path, list=home[:-2])
                return False
        return True

    def share(self, node: Node) -> Condition | None:
        """The part of the rows, or of the sum of a number of theirs, that lies with those `where` holds."""
        operator = _operator(node, SHARES)
        if "of" in node.entry:
            return self._ratio(node, operator)
        fact = self._of_a_row(node, "share", or_list=True)
        if fact is None or not (operator or node.measured):
            return None
        counted = isinstance(fact, FactGroup) or fact.type is FactType.CODES
        of = self._list(fact, node, "share")
        if of is None:
            return None
        low_end = operator in LOW_ENDS
        rows = {"on_empty": _ON_EMPTY, **self.rows.rows(node, of, negated=node.negated or not low_end)}
        if "among" in node.entry:
            rows["among"] = node.below("among", scope=f"{of.path}[]", negated=True)
        if "where" not in node.entry:
            self.reading.fault("share-without-where", node.at("share"), at_key=True)
        if isinstance(fact, Fact) and not counted:
            if not self._is_number(fact, node, "share"):
                return None
            rows["fact"] = fact
        bounds = self._parts(node, operator, of_whole=True) if operator else PartBounds()
        if bounds is None or rows.get("where") is None:
            return None
        return Share(operator=operator or "", bounds=bounds, **rows, **node.common)

    def _ratio(self, node: Node, operator: str | None) -> Condition | None:
        for key in ("where", "among", "distinct_by", "excluding"):
            if key in node.entry:
                self.reading.fault("share-of-facts", node.at(key), at_key=True, key=key)
        fact, of = (self.facts.find(node.entry[key], node.at(key), node.scope) for key in ("share", "of"))
        if fact is None or of is None or not (operator or node.measured):
            return None
        if not self._is_number(fact, node, "share") or not self._is_number(of, node, "of"):
            return None
        if fact.unit != of.unit and not (fact.unit and of.unit and same_unit(fact.unit, of.unit)):
            none = messages.text("value.none")
            reason = messages.text("unlike.unit", one=of.unit or none, other=fact.unit or none)
            self.reading.fault("facts-not-comparable", node.at("of"), name=of.path, fact=fact.path, reason=reason)
            return None
        bounds = self._parts(node, operator, of_whole=False) if operator else PartBounds()
        if bounds is None:
            return None
        on_empty = str(node.entry.get("on_empty", _ON_EMPTY))
        return Ratio(fact=fact, of=of, operator=operator or "", bounds=bounds, on_empty=on_empty, **node.common)

    # --- facts ----------------------------------------------------------------------------------------------

    def _of_a_row(self, node: Node, kind: str, *, or_list: bool = False) -> Any:
        """The fact of a row that a key names, or with `or_list` the list it names; of a list of codes its codes."""
        name, at = node.entry[kind], node.at(kind)
        find = self.facts.find_stated if or_list else self.facts.find
        found = find(name, at, scope_of(str(name)))
        if isinstance(found, Fact) and found.type is FactType.CODES:
            return found if or_list else self.facts.find(f"{found.path}[]", at, f"{found.path}[]")
        if isinstance(found, Fact) and not scope_of(found.path):
            self.reading.fault("share-needs-of" if or_list else "fact-of-no-row", at, name=found.path)
            return None
        return found

    def _list(self, fact: Fact | FactGroup, node: Node, kind: str) -> FactGroup | Fact | None:
        """The list whose rows hold the fact, or that it is; it must be seen from where the condition stands."""
        listed = isinstance(fact, FactGroup) or fact.type is FactType.CODES
        path = fact.path if listed else scope_of(fact.path)[:-2]
        return self.facts.find_list(path, node.at(kind), node.scope)

    def _is_number(self, fact: Fact, node: Node, key: str) -> bool:
        if fact.type is FactType.NUMBER:
            return True
        self.reading.fault("not-a-number", node.at(key), name=fact.path, type=fact.type.value)
        return False

    # --- parts ----------------------------------------------------------------------------------------------

    def _parts(self, node: Node, operator: str, *, of_whole: bool) -> PartBounds | None:
        """The parts that an operator names; `of_whole`: no part can be more than all."""
        value, here = node.entry[operator], node.at(operator)
        if operator == "between":
            if not isinstance(value, list) or len(value) != 2:
                self.reading.fault("between-two", here)
                return None
            low, high = (self._part(end, (*here, index), of_whole=of_whole) for index, end in enumerate(value))
            if low is None or high is None:
                return None
            if low.value > high.value:
                self.reading.fault("between-reversed", here)
                return None
            return PartBounds(at_least=low, at_most=high)
        part = self._part(value, here, of_whole=of_whole)
        if part is None:
            return None
        if operator in LOW_ENDS:
            return PartBounds(at_least=part, strict_low=operator == "more_than")
        return PartBounds(at_most=part, strict_high=operator == "less_than")

    def _part(self, value: Any, at: Path, *, of_whole: bool) -> Part | None:
        found = self.operands.fraction(value, at)
        if found is None:
            return None
        part = Part(value=found[0], literal=found[1])
        if of_whole and part.value > 1:
            self.reading.fault("share-above-all", at, value=part.literal)
            return None
        return part


def _operator(node: Node, operators: tuple[str, ...]) -> str | None:
    return next((operator for operator in operators if operator in node.entry), None)
