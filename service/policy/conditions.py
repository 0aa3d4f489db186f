"""Condition data -> Condition: names resolved, literals typed by the fact they are compared with."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from service.policy.factbook import FactBook, scope_of
from service.policy.model import (
    AllOf,
    AnyOf,
    Bounds,
    Compare,
    Condition,
    Count,
    Every,
    Example,
    Fact,
    FactGroup,
    FactType,
    HasFormat,
    Judgement,
    LiteralOperand,
    Member,
    NOf,
    NoneOf,
    Not,
    OnMiss,
    Parameter,
    Readings,
    Ruling,
    Some,
    Stated,
    When,
)
from service.policy.operands import OperandReader
from service.policy.reading import Path, Reading
from service.policy.schema import COMPARISONS, COUNTING, KINDS
from service.policy.tables import Document

_ID = re.compile(r"[^\s./\[\]{}#]+")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
# Words that a sentence of the policy may hold beside facts and parameters.
SPECIAL_WORDS = ("count", "gap", "actual", "expected", "label")
_CHOICES = {"is": (False, "is"), "is_not": (True, "is_not"), "in": (False, "in"), "not_in": (True, "not_in")}
_DATE_OPERATORS = ("on_or_after", "on_or_before", "between", "is", "is_not")
_ORDER_OPERATORS = ("at_least", "at_most", "more_than", "less_than", "between", "is", "is_not")
_KEY_TYPES = (FactType.TEXT, FactType.IDENTITY_NUMBER, FactType.CODE, FactType.NUMBER)


@dataclass(frozen=True, slots=True)
class _Node:
    """The data of one condition and where it stands.

    `scope` is the list whose rows it is about, `negated` that a negation stands above it; `common` is what
    every kind carries.
    """

    entry: dict[str, Any]
    path: Path
    scope: str
    negated: bool
    common: dict[str, Any]

    def at(self, *steps: str | int) -> Path:
        """The path of something below the condition."""
        return (*self.path, *steps)


class ConditionReader:
    """Reads condition trees of one policy; every fault is noted and the rest is read on."""

    def __init__(
        self,
        reading: Reading,
        facts: FactBook,
        *,
        documents: Mapping[str, Document],
        notice: str | None,
        rulings: Mapping[str, Ruling],
        parameters: Mapping[str, Parameter],
    ) -> None:
        self.reading = reading
        self.facts = facts
        self.operands = OperandReader(facts, parameters)
        self.documents = dict(documents)
        self.notice = notice
        self.rulings = rulings
        self.parameters = parameters
        self.ids: dict[str, Path] = {}
        self._kinds: dict[str, Callable[[_Node], Condition | None]] = {
            "fact": self._fact,
            "all": self._all,
            "any": self._any,
            "none": self._none,
            "not": self._not,
            "n_of": self._n_of,
            "when": self._when,
            "readings": self._readings,
            "judgement": self._judgement,
            "count": self._count,
            "every": self._every,
            "some": self._some,
        }

    def section(self, data: Any, path: Path) -> Condition | None:
        """The condition tree of a section, whose condition ids start afresh."""
        self.ids = {}
        return self.read(data, path, cited=False)

    def read(
        self, data: Any, path: Path, *, scope: str = "", negated: bool = False, cited: bool = True
    ) -> Condition | None:
        """One condition and all below it; None where a fault leaves nothing to read.

        `scope` is the list whose rows the condition is about, `negated` that a negation stands above it,
        `cited` that something above it cites a document, or has been told to.
        """
        entry = self.reading.mapping(data)
        kind = next((k for k in KINDS if k in entry), None)
        if kind is None or self.reading.is_broken(path):
            return None
        if not cited and "cite" not in entry and not self.reading.is_broken((*path, "cite")):
            self.reading.fault("no-citation", path, at_key=True)
        common = self._common(entry, path, scope, negated=negated)
        return self._kinds[kind](_Node(entry, path, scope, negated, common))

    def _below(
        self, node: _Node, *steps: str | int, negated: bool | None = None, scope: str | None = None
    ) -> Condition | None:
        """The condition that stands at some steps below another."""
        data: Any = node.entry
        for step in steps:
            data = data[step]
        return self.read(
            data,
            node.at(*steps),
            scope=node.scope if scope is None else scope,
            negated=node.negated if negated is None else negated,
        )

    # --- what every kind carries ----------------------------------------------------------------------------

    def _common(self, entry: dict[str, Any], path: Path, scope: str, *, negated: bool) -> dict[str, Any]:
        name = None if entry.get("id") is None else str(entry["id"])
        if name is not None:
            if _ID.fullmatch(name) is None:
                self.reading.fault("bad-id", (*path, "id"), name=name)
            elif name in self.ids:
                first = self.reading.place((*self.ids[name], "id"))
                self.reading.fault("id-twice", (*path, "id"), name=name, line=first.line)
            else:
                self.ids[name] = path
        on_miss = _on_miss(entry)
        if negated and (on_miss is not OnMiss.FAIL or "exempt_when" in entry or entry.get("gates") is False):
            self.reading.fault("negated-modifier", path, at_key=True)
        exempt = entry.get("exempt_when")
        suggested = entry.get("suggestion")
        return {
            "id": name,
            "label": None if entry.get("label") is None else str(entry["label"]),
            "citations": self.reading.citations(
                entry.get("cite"), (*path, "cite"), self.documents, self.notice
            ),
            "rulings": self._rulings(entry.get("ruling"), (*path, "ruling")),
            "words": self._words(entry.get("words"), (*path, "words"), scope),
            "on_miss": on_miss,
            "exempt_when": None if exempt is None else self.read(exempt, (*path, "exempt_when"), scope=scope),
            "gates": entry.get("gates") is not False,
            "group": None if entry.get("group") is None else str(entry["group"]),
            "suggestion": None
            if suggested is None
            else self.facts.find(suggested, (*path, "suggestion"), scope),
            "examples": self._examples(entry.get("examples"), (*path, "examples")),
            "position": self.reading.place(path),
        }

    def _rulings(self, value: Any, path: Path) -> tuple[Ruling, ...]:
        found = []
        for index, name in enumerate(value if isinstance(value, list) else [value]):
            if name is None:
                continue
            ruling = self.rulings.get(str(name))
            if ruling is not None:
                found.append(ruling)
            elif not self.reading.is_broken(("rulings",)):
                here = (*path, index) if isinstance(value, list) else path
                self.reading.fault("unknown-ruling", here, name=str(name), near=str(name), known=self.rulings)
        return tuple(found)

    def _words(self, value: Any, path: Path, scope: str) -> dict[str, str]:
        words = {}
        for key, text in self.reading.mapping(value).items():
            for name in _PLACEHOLDER.findall(str(text)):
                if name in SPECIAL_WORDS or name in self.parameters:
                    continue
                self.facts.find(name, (*path, key), scope)
            words[key] = str(text)
        return words

    def _examples(self, value: Any, path: Path) -> tuple[Example, ...]:
        examples = []
        for index, item in enumerate(value if isinstance(value, list) else []):
            entry = self.reading.mapping(item)
            given = self.reading.mapping(entry.get("given"))
            for name in given:
                self.facts.find_stated(name, (*path, index, "given", name), scope_of(name), at_key=True)
            examples.append(Example(given=given, status=str(entry.get("then"))))
        return tuple(examples)

    # --- a fact compared ------------------------------------------------------------------------------------

    def _fact(self, node: _Node) -> Condition | None:
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
        if (operator in _DATE_OPERATORS and fact.type is FactType.DATE) or (
            operator in _ORDER_OPERATORS and (ranked or fact.type is FactType.NUMBER)
        ):
            return self._compare(fact, operator, operand, node)
        self.reading.fault(
            "operator-not-for-type", node.at(operator), at_key=True, operator=operator, fact=fact.path,
            type=fact.type.value,
        )  # fmt: skip
        return None

    def _stated(self, node: _Node, operator: str) -> Condition | None:
        fact = self.facts.find_stated(node.entry["fact"], node.at("fact"), node.scope)
        if node.entry[operator] is not True:
            self.reading.fault("only-true", node.at(operator), operator=operator)
            return None
        return None if fact is None else Stated(fact=fact, answered=operator == "answered", **node.common)

    def _format(self, fact: Fact, operand: Any, node: _Node) -> Condition | None:
        found = self.facts.format(operand, node.at("format"))
        if found is None:
            return None
        table, name = found
        label = table.formats[name].label
        return HasFormat(fact=fact, format=name, table=table, label_of_format=label, **node.common)

    def _contains(self, fact: Fact, operator: str, operand: Any, node: _Node) -> Condition | None:
        here = node.at(operator)
        element = self.facts.find(f"{fact.path}[]", here, f"{fact.path}[]")
        choice = None if element is None else self.operands.codes(element, operand, here)
        if element is None or choice is None:
            return None
        plain = {"position": node.common["position"]}
        codes, names = choice
        if operator == "contains_any":
            that = Member(fact=element, operator="in", codes=codes, literals=names, **plain)
            return Some(of=fact, that=that, **node.common)
        each = tuple(
            Some(
                of=fact,
                that=Member(fact=element, operator="is", codes=(code,), literals=(name,), **plain),
                **plain,
            )
            for code, name in zip(codes, names, strict=True)
        )
        return AllOf(children=each, **node.common)

    def _member(self, fact: Fact, operator: str, operand: Any, node: _Node) -> Condition | None:
        choice = self.operands.codes(fact, operand, node.at(operator))
        if choice is None:
            return None
        negated, name = _CHOICES[operator]
        codes, names = choice
        return Member(fact=fact, operator=name, codes=codes, literals=names, negated=negated, **node.common)

    def _compare(self, fact: Fact, operator: str, operand: Any, node: _Node) -> Condition | None:
        if operator == "between":
            bounds = self._between(fact, operand, node)
            return (
                None
                if bounds is None
                else Compare(fact=fact, operator=operator, bounds=bounds, **node.common)
            )
        value = self.operands.operand(fact, operand, node.at(operator), node.scope)
        if value is None:
            return None
        exactly = Bounds(at_least=value, at_most=value)
        if operator == "is_not":
            child = Compare(fact=fact, operator="is", bounds=exactly, position=node.common["position"])
            return Not(child=child, **node.common)
        if operator == "is":
            return Compare(fact=fact, operator=operator, bounds=exactly, **node.common)
        low_end = operator in ("at_least", "more_than", "on_or_after")
        bounds = Bounds(
            at_least=value if low_end else None,
            at_most=None if low_end else value,
            strict_low=operator == "more_than",
            strict_high=operator == "less_than",
        )
        return Compare(fact=fact, operator=operator, bounds=bounds, **node.common)

    def _between(self, fact: Fact, operand: Any, node: _Node) -> Bounds | None:
        here = node.at("between")
        if not isinstance(operand, list) or len(operand) != 2:
            self.reading.fault("between-two", here)
            return None
        low, high = (
            self.operands.operand(fact, end, (*here, index), node.scope) for index, end in enumerate(operand)
        )
        if low is None or high is None:
            return None
        if isinstance(low, LiteralOperand) and isinstance(high, LiteralOperand) and low.value > high.value:
            self.reading.fault("between-reversed", here)
            return None
        return Bounds(at_least=low, at_most=high)

    # --- combinations ---------------------------------------------------------------------------------------

    def _children(self, node: _Node, key: str, *, negated: bool | None = None) -> tuple[Condition, ...]:
        items = node.entry[key]
        size = len(items) if isinstance(items, list) else 0
        read = (self._below(node, key, index, negated=negated) for index in range(size))
        return tuple(child for child in read if child is not None)

    def _all(self, node: _Node) -> Condition | None:
        return AllOf(children=self._children(node, "all"), **node.common)

    def _any(self, node: _Node) -> Condition | None:
        return AnyOf(children=self._children(node, "any"), **node.common)

    def _none(self, node: _Node) -> Condition | None:
        return NoneOf(children=self._children(node, "none", negated=True), **node.common)

    def _not(self, node: _Node) -> Condition | None:
        child = self._below(node, "not", negated=True)
        return None if child is None else Not(child=child, **node.common)

    def _n_of(self, node: _Node) -> Condition | None:
        children = self._children(node, "n_of")
        wanted, here = node.entry.get("at_least"), node.at("at_least")
        if isinstance(wanted, dict) and not wanted.keys() & {"parameter", "fact"}:
            needed = tuple((str(name), count) for name, count in wanted.items() if isinstance(count, int))
            if len(wanted) < 2:
                self.reading.fault("one-reading", here, at_key=True)
        else:
            count = self.operands.count(wanted, here)
            if count is None:
                return None
            needed = (("", count),)
        items = node.entry["n_of"]
        size = len(items) if isinstance(items, list) else 0
        for name, count in needed:
            if not 0 < count <= size:
                self.reading.fault("n-of-range", (*here, name) if name else here, count=count, size=size)
        return NOf(children=children, needed=needed, **node.common)

    def _when(self, node: _Node) -> Condition | None:
        # Where `when` does not hold the whole does not apply, so that its negation counts as well.
        when = self._below(node, "when", negated=True)
        then = self._below(node, "then") if "then" in node.entry else None
        otherwise = self._below(node, "else") if "else" in node.entry else None
        if when is None or then is None:
            return None
        return When(when=when, then=then, otherwise=otherwise, **node.common)

    def _readings(self, node: _Node) -> Condition | None:
        items = self.reading.mapping(node.entry["readings"])
        if len(items) < 2:
            self.reading.fault("one-reading", node.at("readings"), at_key=True)
        read = {name: self._below(node, "readings", name) for name in items}
        readings = tuple((name, child) for name, child in read.items() if child is not None)
        return Readings(readings=readings, **node.common)

    def _judgement(self, node: _Node) -> Condition | None:
        value, here = node.entry.get("evidence"), node.at("evidence")
        many = isinstance(value, list)
        evidence: list[Fact | FactGroup] = []
        for index, name in enumerate(value if isinstance(value, list) else [] if value is None else [value]):
            fact = self.facts.find_stated(name, (*here, index) if many else here, node.scope)
            if fact is not None:
                evidence.append(fact)
        return Judgement(question=str(node.entry["judgement"]), evidence=tuple(evidence), **node.common)

    # --- lists ----------------------------------------------------------------------------------------------

    def _rows(self, node: _Node, kind: str, *, negated: bool) -> dict[str, Any] | None:
        """The list and what tells its rows apart; `negated` whether `where` is negated."""
        of = self.facts.find_list(node.entry[kind], node.at(kind), node.scope)
        if of is None:
            return None
        rows = f"{of.path}[]"
        found: dict[str, Any] = {"of": of}
        if "where" in node.entry:
            found["where"] = self._below(node, "where", scope=rows, negated=negated)
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

    def _count(self, node: _Node) -> Condition | None:
        operator = next((o for o in COUNTING if o in node.entry), "")
        # Any bound but the lower one counts rows that do not hold, so `where` is negated as well.
        negated = node.negated or operator not in ("at_least", "more_than")
        rows = self._rows(node, "count", negated=negated)
        bounds = self._counted(node, operator) if operator else None
        if rows is None or bounds is None:
            return None
        low, high = bounds
        literal = str(node.entry[operator])
        return Count(operator=operator, at_least=low, at_most=high, literal=literal, **rows, **node.common)

    def _counted(self, node: _Node, operator: str) -> tuple[int | None, int | None] | None:
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

    def _every(self, node: _Node) -> Condition | None:
        rows = self._rows(node, "every", negated=True)
        that = self._that(node, rows)
        if rows is None or that is None:
            return None
        return Every(that=that, on_blank=node.entry.get("on_blank"), **rows, **node.common)

    def _some(self, node: _Node) -> Condition | None:
        rows = self._rows(node, "some", negated=node.negated)
        that = self._that(node, rows)
        return None if rows is None or that is None else Some(that=that, **rows, **node.common)

    def _that(self, node: _Node, rows: dict[str, Any] | None) -> Condition | None:
        if rows is None or "that" not in node.entry:
            return None
        return self._below(node, "that", scope=f"{rows['of'].path}[]")


def _on_miss(entry: dict[str, Any]) -> OnMiss:
    if entry.get("in_principle") is True:
        return OnMiss.IN_PRINCIPLE
    if entry.get("open_list") is True:
        return OnMiss.OPEN_LIST
    return OnMiss.REVIEW if entry.get("on_miss") == "review" else OnMiss.FAIL
