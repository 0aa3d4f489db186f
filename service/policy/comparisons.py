"""The kind `fact`: a fact and an operator -> the class of the comparison, its operand typed by the fact."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from service import messages
from service.policy import literals
from service.policy.bilingual import DEADLINE
from service.policy.condition_schema import COMPARISONS
from service.policy.factbook import FactBook
from service.policy.facts import IN_TIME, Duration, Fact, FactType
from service.policy.kinds import (
    AllOf,
    Bounds,
    Compare,
    Condition,
    FactOperand,
    HasFormat,
    Judgement,
    LiteralOperand,
    Member,
    Not,
    Some,
    Stated,
)
from service.policy.nodes import Node
from service.policy.operands import OperandReader
from service.policy.reading import Path
from service.policy.scalars import literal_text
from service.policy.terms import Deadline

_CHOICES = {"is": (False, "is"), "is_not": (True, "is_not"), "in": (False, "in"), "not_in": (True, "not_in")}
# A span of time that ends on the day of the application.
_SPANS = ("within", "for_at_least")
DATE_OPERATORS = ("on_or_after", "on_or_before", "before", "after", "between", "is", "is_not")
# Which end of what it asks an operator gives, and those that leave the end itself out.
LOW_ENDS = ("at_least", "more_than", "on_or_after", "after")
HIGH_ENDS = ("at_most", "less_than", "on_or_before", "before")
STRICT = ("more_than", "less_than", "after", "before")
# Operators whose bound may be the deadline that the head states.
DEADLINES = ("on_or_after", "on_or_before", "before", "after")
ORDER_OPERATORS = ("at_least", "at_most", "more_than", "less_than", "between", "is", "is_not")

# What says of facts of another type what an operator says.
_LIKE = {
    "in": ("contains_any", "is"),
    "is": ("contains_any",),
    "contains_any": ("in",),
    "contains_all": ("in",),
    "at_least": ("on_or_after",),
    "more_than": ("after",),
    "at_most": ("on_or_before",),
    "less_than": ("before",),
    "on_or_after": ("at_least",),
    "on_or_before": ("at_most",),
    "after": ("more_than",),
    "before": ("less_than",),
}


class ComparisonReader:
    """Reads comparisons of one policy; every fault is noted, None answers what it leaves unread."""

    def __init__(
        self, facts: FactBook, operands: OperandReader, *, date: Callable[[], Fact | None], closing: Deadline | None
    ) -> None:  # fmt: skip
        self.reading = facts.reading
        self.facts = facts
        self.operands = operands
        self._date = date  # the day of the application; None where the file does not say
        self.closing = closing  # the deadline at the head; None where it is not known

    def fact(self, node: Node) -> Condition | None:
        """A fact with one operator; a fault where its type does not know the operator."""
        operator = next((o for o in COMPARISONS if o in node.entry), None)
        if operator is None:
            return None
        operand = node.entry[operator]
        if operator in ("given", "answered"):
            return self._stated(node, operator)
        fact = self.facts.find(node.entry["fact"], node.at("fact"), node.scope)
        if fact is None:
            return None
        ranked = fact.type is FactType.CODE and fact.vocabulary is not None and fact.vocabulary.ranked
        if operator == "format" and fact.type in (FactType.TEXT, FactType.IDENTITY_NUMBER):
            return self._format(fact, operand, node)
        if operator in ("contains_any", "contains_all") and fact.type is FactType.CODES:
            return self._contains(fact, operator, operand, node)
        if operator in _CHOICES and fact.type in (FactType.CODE, FactType.BOOLEAN):
            return self._member(fact, operator, operand, node)
        if (operator in DATE_OPERATORS and fact.type in IN_TIME) or (
            operator in ORDER_OPERATORS and (ranked or fact.type is FactType.NUMBER)
        ):
            return self._compare(fact, operator, operand, node)
        if operator in _SPANS and fact.type in IN_TIME:
            return self._span(fact, operator, operand, node)
        spans = operator in LOW_ENDS and self._is_span(operand)
        meant = "for_at_least" if spans and fact.type is FactType.DATE else ""
        self.not_for_type(fact, operator, node.at(operator), _operators_for(fact, ranked=ranked), meant)
        return None

    def _is_span(self, operand: Any) -> bool:
        """Whether what is compared with is a length of time, or the parameter that holds one."""
        name = operand.get("parameter") if isinstance(operand, dict) else None
        known = self.operands.parameters.get(str(name))
        text = operand if known is None else known.literal
        return isinstance(text, str) and literals.duration(text) is not None

    def not_for_type(self, fact: Fact, operator: str, at: Path, allowed: tuple[str, ...], meant: str = "") -> None:
        """Note an operator that facts of a type do not know, and the one that says the same of them."""
        meant = meant or next((one for one in _LIKE.get(operator, ()) if one in allowed), "")
        self.reading.fault(
            "operator-not-for-type", at, at_key=True, operator=operator, fact=fact.path, type=fact.type.value,
            allowed="、".join(allowed), near=meant, known=(meant,),
        )  # fmt: skip

    def _stated(self, node: Node, operator: str) -> Condition | None:
        fact = self.facts.find_stated(node.entry["fact"], node.at("fact"), node.scope)
        if node.entry[operator] is not True:
            self.reading.fault("only-true", node.at(operator), operator=operator)
            return None
        return None if fact is None else Stated(fact=fact, answered=operator == "answered", **node.common)

    def _format(self, fact: Fact, operand: Any, node: Node) -> Condition | None:
        found = self.facts.format(operand, node.at("format"))
        if found is None:
            return None
        table, name = found
        label = table.formats[name].label
        return HasFormat(fact=fact, format=name, table=table, label_of_format=label, **node.common)

    def _contains(self, fact: Fact, operator: str, operand: Any, node: Node) -> Condition | None:
        here = node.at(operator)
        element = self.facts.find(f"{fact.path}[]", here, f"{fact.path}[]")
        choice = None if element is None else self.operands.codes(element, operand, here)
        if element is None or choice is None:
            return None
        plain = {"position": node.common["position"]}
        codes, names = choice
        if operator == "contains_any":
            taken = _taken_in(fact, codes)
            that = Member(fact=element, operator="in", codes=taken, literals=names, **plain)
            return Some(of=fact, that=that, **node.common)
        each = tuple(
            Some(
                of=fact,
                that=Member(fact=element, operator="is", codes=_taken_in(fact, (code,)), literals=(name,), **plain),
                **plain,
            )
            for code, name in zip(codes, names, strict=True)
        )
        return AllOf(children=each, **node.common)

    def _member(self, fact: Fact, operator: str, operand: Any, node: Node) -> Condition | None:
        choice = self.operands.codes(fact, operand, node.at(operator))
        if choice is None:
            return None
        negated, name = _CHOICES[operator]
        codes, names = _taken_in(fact, choice[0]), choice[1]
        return Member(fact=fact, operator=name, codes=codes, literals=names, negated=negated, **node.common)

    def _compare(self, fact: Fact, operator: str, operand: Any, node: Node) -> Condition | None:
        if operator == "is_not":
            exactly = self._exactly(fact, operand, node.at(operator), node.scope)
            if exactly is None:
                return None
            child = Compare(fact=fact, operator="is", bounds=exactly, position=node.common["position"])
            return Not(child=child, **node.common)
        if operand == DEADLINE and operator in DEADLINES and self.closing is None and self._has_deadline():
            # The notice has a last moment that nobody knows yet: people know of each application whether it was in
            # time, and nothing that an applicant could give would settle it.
            question = messages.text(f"read.deadline-open.{operator}", fact=fact.label)
            return Judgement(question=question, evidence=(fact,), **node.common)
        bounds = self.bounds(fact, operator, node)
        return None if bounds is None else Compare(fact=fact, operator=operator, bounds=bounds, **node.common)

    def bounds(self, fact: Fact, operator: str, node: Node) -> Bounds | None:
        """The bounds that an order operator sets, its operands typed by the fact and seen from the condition."""
        operand = node.entry[operator]
        if operator == "between":
            return self._between(fact, operand, node)
        if operator == "is":
            return self._exactly(fact, operand, node.at(operator), node.scope)
        strict = operator in STRICT
        if operand == DEADLINE and operator in DEADLINES:
            operand = self._deadline(fact, node.at(operator))
        value = self.operands.operand(
            fact, operand, node.at(operator), node.scope, last=strict == (operator in LOW_ENDS)
        )
        if value is None:
            return None
        if operator in LOW_ENDS:
            return Bounds(at_least=value, strict_low=strict)
        return Bounds(at_most=value, strict_high=strict)

    def _exactly(self, fact: Fact, operand: Any, at: Path, scope: str) -> Bounds | None:
        """One value; of a day among moments both ends."""
        value = self.operands.operand(fact, operand, at, scope)
        end = value
        if fact.type is FactType.MOMENT and isinstance(value, LiteralOperand):
            end = self.operands.operand(fact, operand, at, scope, last=True)
            if isinstance(end, LiteralOperand) and end.value < value.value:  # 24:00 is between two days
                self.reading.fault("bad-literal.moment", at, value=value.literal)
                return None
        return None if value is None or end is None else Bounds(at_least=value, at_most=end)

    def _has_deadline(self) -> bool:
        """Whether the head speaks of a deadline, be it known or not."""
        return "deadline" in self.reading.mapping(self.reading.document.data)

    def _deadline(self, fact: Fact, at: Path) -> str | None:
        """The deadline of the head as a literal for a fact; None where it has none, noted."""
        closing = self.closing
        if closing is None:
            self.reading.fault("deadline-open" if self._has_deadline() else "deadline-not-stated", at)
            return None
        if closing.at is None:
            return closing.day.isoformat()
        if fact.type is FactType.DATE:
            self.reading.fault("deadline-timed", at, name=fact.path, deadline=closing.text)
            return None
        return closing.literal

    def _span(self, fact: Fact, operator: str, operand: Any, node: Node) -> Condition | None:
        """`within`: day of application - span <= fact <= that day; `for_at_least`: fact + span <= that day."""
        here = node.at(operator)
        text = self.operands.text(operand, here)
        if text is None:
            return None
        span = None if isinstance(text, bool) else literals.duration(text)
        if span is None:
            self.reading.bad_duration(literal_text(text), here)
            return None
        date = self._date()
        if date is None:  # told where the policy names it
            return None
        if fact == date:
            self.reading.fault("span-of-the-date", node.at("fact"), name=fact.path, operator=operator)
            return None
        until = FactOperand(fact=date)
        if operator == "for_at_least":
            bounds, plus = Bounds(at_most=until), span
        else:
            back = Duration(-span.months, -span.days)
            bounds, plus = Bounds(at_least=replace(until, plus=back, literal=f"-{text}"), at_most=until), Duration()
        return Compare(fact=fact, operator=operator, bounds=bounds, plus=plus, literal=str(text), **node.common)

    def _between(self, fact: Fact, operand: Any, node: Node) -> Bounds | None:
        here = node.at("between")
        if not isinstance(operand, list) or len(operand) != 2:
            self.reading.fault("between-two", here)
            return None
        low, high = (
            self.operands.operand(fact, end, (*here, index), node.scope, last=index > 0)
            for index, end in enumerate(operand)
        )
        if low is None or high is None:
            return None
        if isinstance(low, LiteralOperand) and isinstance(high, LiteralOperand) and low.value > high.value:
            self.reading.fault("between-reversed", here)
            return None
        return Bounds(at_least=low, at_most=high)


def _operators_for(fact: Fact, *, ranked: bool) -> tuple[str, ...]:
    """The operators that facts of a type know."""
    own: dict[FactType, tuple[str, ...]] = {
        FactType.TEXT: ("format",),
        FactType.IDENTITY_NUMBER: ("format",),
        FactType.BOOLEAN: tuple(_CHOICES),
        FactType.CODE: (*_CHOICES, *(o for o in ORDER_OPERATORS if ranked and o not in _CHOICES)),
        FactType.CODES: ("contains_any", "contains_all"),
        FactType.DATE: (*DATE_OPERATORS, *_SPANS),
        FactType.MOMENT: (*DATE_OPERATORS, *_SPANS),
        FactType.NUMBER: ORDER_OPERATORS,
    }
    return (*own.get(fact.type, ()), "given", "answered")


def _taken_in(fact: Fact, codes: tuple[str, ...]) -> tuple[str, ...]:
    """The codes, and those that its table says count as one of them."""
    return codes if fact.vocabulary is None else fact.vocabulary.taken_in(codes)
