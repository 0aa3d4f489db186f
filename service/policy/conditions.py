"""Condition data -> Condition: names resolved, literals typed by the fact they are compared with."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from service.policy import literals
from service.policy.factbook import FactBook, scope_of
from service.policy.model import (
    AllOf,
    AnyOf,
    Bounds,
    Compare,
    Condition,
    Count,
    Duration,
    Every,
    Example,
    Fact,
    FactGroup,
    FactOperand,
    FactType,
    HasFormat,
    Judgement,
    LiteralOperand,
    Member,
    NOf,
    NoneOf,
    Not,
    OnMiss,
    Operand,
    Parameter,
    Readings,
    Ruling,
    Some,
    Stated,
    When,
)
from service.policy.reading import Path, Reading
from service.policy.schema import COMPARISONS, COUNTING, KINDS
from service.policy.tables import Citation, Document

_ID = re.compile(r"[^\s./\[\]{}#]+")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_COUNT = re.compile(r"\s*(\d{1,6})\s*\D{0,4}")
# Words that a sentence of the policy may hold beside facts and parameters.
SPECIAL_WORDS = ("count", "gap", "actual", "expected", "label")
_CHOICES = {
    "is": (False, "is"), "is_not": (True, "is_not"), "in": (False, "in"), "not_in": (True, "not_in"),
}  # fmt: skip


class ConditionReader:
    """Reads condition trees of one policy; every fault is noted and the rest is read on."""

    def __init__(
        self,
        reading: Reading,
        facts: FactBook,
        documents: Mapping[str, Document],
        notice: str | None,
        rulings: Mapping[str, Ruling],
        parameters: Mapping[str, Parameter],
    ) -> None:
        self.reading = reading
        self.facts = facts
        self.documents = dict(documents)
        self.notice = notice
        self.rulings = rulings
        self.parameters = parameters
        self.ids: dict[str, Path] = {}
        self._kinds: dict[str, Callable[..., Condition | None]] = {
            "fact": self._fact,
            "all": self._children(AllOf),
            "any": self._children(AnyOf),
            "none": self._children(NoneOf, negates=True),
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
        `cited` that something above it cites a document.
        """
        entry = self.reading.mapping(data)
        kind = next((k for k in KINDS if k in entry), None)
        if kind is None or path in self.reading.broken:
            return None
        common = self._common(entry, path, scope, negated, cited=cited)
        cited = cited or bool(common["citations"])
        return self._kinds[kind](entry, path, scope, negated, cited, common)

    # --- what every kind carries -----------------------------------------------------------------------------

    def _common(
        self, entry: dict[str, Any], path: Path, scope: str, negated: bool, *, cited: bool
    ) -> dict[str, Any]:
        name = None if entry.get("id") is None else str(entry["id"])
        if name is not None:
            if _ID.fullmatch(name) is None:
                self.reading.fault("bad-id", (*path, "id"), name=name)
            elif name in self.ids:
                first = self.reading.place((*self.ids[name], "id"))
                self.reading.fault("id-twice", (*path, "id"), name=name, line=first.line)
            else:
                self.ids[name] = path
        citations = self.reading.citations(entry.get("cite"), (*path, "cite"), self.documents, self.notice)
        if not cited and not citations and "cite" not in entry:
            self.reading.fault("no-citation", path, key=True)
        on_miss = self._on_miss(entry)
        if negated and (on_miss is not OnMiss.FAIL or "exempt_when" in entry or entry.get("gates") is False):
            self.reading.fault("negated-modifier", path, key=True)
        return {
            "id": name,
            "label": None if entry.get("label") is None else str(entry["label"]),
            "citations": citations,
            "rulings": self._rulings(entry.get("ruling"), (*path, "ruling")),
            "words": self._words(entry.get("words"), (*path, "words"), scope),
            "on_miss": on_miss,
            "exempt_when": self.read(entry["exempt_when"], (*path, "exempt_when"), scope=scope)
            if "exempt_when" in entry
            else None,
            "gates": entry.get("gates") is not False,
            "group": None if entry.get("group") is None else str(entry["group"]),
            "suggestion": self.facts.find(entry["suggestion"], (*path, "suggestion"), scope)
            if "suggestion" in entry
            else None,
            "examples": self._examples(entry.get("examples"), (*path, "examples")),
            "position": self.reading.place(path),
        }

    @staticmethod
    def _on_miss(entry: dict[str, Any]) -> OnMiss:
        if entry.get("in_principle") is True:
            return OnMiss.IN_PRINCIPLE
        if entry.get("open_list") is True:
            return OnMiss.OPEN_LIST
        return OnMiss.REVIEW if entry.get("on_miss") == "review" else OnMiss.FAIL

    def _rulings(self, value: Any, path: Path) -> tuple[Ruling, ...]:
        found = []
        for index, name in enumerate(value if isinstance(value, list) else [value]):
            if name is None:
                continue
            ruling = self.rulings.get(str(name))
            if ruling is None:
                here = (*path, index) if isinstance(value, list) else path
                self.reading.fault("unknown-ruling", here, name=str(name), near=str(name), known=self.rulings)
            else:
                found.append(ruling)
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
                self.facts.find_stated(name, (*path, index, "given", name), scope_of(name))
            examples.append(Example(given=given, status=str(entry.get("then"))))
        return tuple(examples)

    # --- a fact compared -------------------------------------------------------------------------------------

    def _fact(
        self, entry: dict[str, Any], path: Path, scope: str, negated: bool, _cited: bool, common: dict[str, Any]
    ) -> Condition | None:
        operator = next((o for o in COMPARISONS if o in entry), None)
        at = (*path, "fact")
        if operator is None:
            return None
        operand, here = entry[operator], (*path, operator)
        if operator in ("given", "answered"):
            return self._stated(entry, path, scope, operator, common)
        fact = self.facts.find(entry["fact"], at, scope)
        if fact is None:
            return None
        if operator == "format":
            return self._format(fact, operand, path, common)
        if operator in ("contains_any", "contains_all"):
            return self._contains(fact, operator, operand, path, common)
        if fact.type in (FactType.CODE, FactType.BOOLEAN) and operator in _CHOICES:
            return self._member(fact, operator, operand, here, common)
        if fact.type in (FactType.NUMBER, FactType.DATE) or (
            fact.type is FactType.CODE and fact.vocabulary is not None and fact.vocabulary.ranked
        ):
            return self._compare(fact, operator, operand, path, scope, negated, common)
        self.reading.fault("operator-not-for-type", here, key=True, operator=operator, fact=fact.path, type=fact.type.value)
        return None

    def _stated(
        self, entry: dict[str, Any], path: Path, scope: str, operator: str, common: dict[str, Any]
    ) -> Condition | None:
        fact = self.facts.find_stated(entry["fact"], (*path, "fact"), scope)
        if entry[operator] is not True:
            self.reading.fault("only-true", (*path, operator), operator=operator)
            return None
        return None if fact is None else Stated(fact=fact, answered=operator == "answered", **common)

    def _format(self, fact: Fact, operand: Any, path: Path, common: dict[str, Any]) -> Condition | None:
        here = (*path, "format")
        if fact.type not in (FactType.TEXT, FactType.IDENTITY_NUMBER):
            self.reading.fault("operator-not-for-type", here, key=True, operator="format", fact=fact.path, type=fact.type.value)
            return None
        found = self.facts.format(operand, here)
        if found is None:
            return None
        table, name = found
        return HasFormat(fact=fact, format=name, table=table, label_of_format=table.formats[name].label, **common)

    def _contains(
        self, fact: Fact, operator: str, operand: Any, path: Path, common: dict[str, Any]
    ) -> Condition | None:
        here = (*path, operator)
        if fact.type is not FactType.CODES:
            self.reading.fault("operator-not-for-type", here, key=True, operator=operator, fact=fact.path, type=fact.type.value)
            return None
        element = self.facts.find(f"{fact.path}[]", here, f"{fact.path}[]")
        choice = None if element is None else self._choice(element, operand, here)
        if element is None or choice is None:
            return None
        plain = {"position": common["position"]}
        codes, names = choice
        if operator == "contains_any":
            that = Member(fact=element, operator="in", codes=codes, literals=names, **plain)
            return Some(of=fact, that=that, **common)
        each = tuple(
            Some(of=fact, that=Member(fact=element, operator="is", codes=(code,), literals=(name,), **plain), **plain)
            for code, name in zip(codes, names, strict=True)
        )
        return AllOf(children=each, **common)

    def _member(
        self, fact: Fact, operator: str, operand: Any, here: Path, common: dict[str, Any]
    ) -> Condition | None:
        choice = self._choice(fact, operand, here)
        if choice is None:
            return None
        negated, name = _CHOICES[operator]
        codes, names = choice
        return Member(fact=fact, operator=name, codes=codes, literals=names, negated=negated, **common)

    def _choice(self, fact: Fact, operand: Any, here: Path) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
        """The codes and labels an operand names."""
        many = isinstance(operand, list)
        codes, names = [], []
        for index, item in enumerate(operand if many else [operand]):
            at = (*here, index) if many else here
            text = item
            if isinstance(item, dict):
                parameter = self._parameter(item, at)
                if parameter is None:
                    return None
                text = parameter.literal
            if fact.type is FactType.BOOLEAN:
                if not isinstance(text, bool):
                    self.reading.fault("wrong-type.flag", at, key=str(here[-1]))
                    return None
                codes.append("true" if text else "false")
                names.append(codes[-1])
                continue
            vocabulary = fact.vocabulary or literals.vocabulary_of((), is_open=True)
            entry = None if isinstance(text, bool) else literals.code(str(text), vocabulary)
            if entry is None:
                known = [e.label for e in vocabulary.entries] + [a for e in vocabulary.entries for a in e.aliases]
                self.reading.fault(
                    "unknown-code", at, value=str(text), fact=fact.label, near=str(text), known=known,
                    allowed="、".join(e.label for e in vocabulary.entries[:20]),
                )  # fmt: skip
                return None
            if entry.code not in codes:
                codes.append(entry.code)
                names.append(entry.label)
        return tuple(codes), tuple(names)

    # --- bounds ----------------------------------------------------------------------------------------------

    def _compare(
        self, fact: Fact, operator: str, operand: Any, path: Path, scope: str, negated: bool, common: dict[str, Any]
    ) -> Condition | None:
        here = (*path, operator)
        dates = fact.type is FactType.DATE
        allowed = ("on_or_after", "on_or_before", "between", "is", "is_not") if dates else (
            "at_least", "at_most", "more_than", "less_than", "between", "is", "is_not",
        )  # fmt: skip
        if operator not in allowed:
            self.reading.fault(
                "operator-not-for-type", here, key=True, operator=operator, fact=fact.path, type=fact.type.value
            )
            return None
        if operator == "between":
            ends = operand if isinstance(operand, list) else []
            if len(ends) != 2:
                self.reading.fault("between-two", here)
                return None
            low = self._operand(fact, ends[0], (*here, 0), scope)
            high = self._operand(fact, ends[1], (*here, 1), scope)
            if low is None or high is None:
                return None
            if isinstance(low, LiteralOperand) and isinstance(high, LiteralOperand) and low.value > high.value:
                self.reading.fault("between-reversed", here)
                return None
            return Compare(fact=fact, operator=operator, bounds=Bounds(at_least=low, at_most=high), **common)
        value = self._operand(fact, operand, here, scope)
        if value is None:
            return None
        if operator == "is_not":
            plain = {"position": common["position"]}
            child = Compare(fact=fact, operator="is", bounds=Bounds(at_least=value, at_most=value), **plain)
            return Not(child=child, **common)
        if operator == "is":
            return Compare(fact=fact, operator=operator, bounds=Bounds(at_least=value, at_most=value), **common)
        low_end = operator in ("at_least", "more_than", "on_or_after")
        bounds = Bounds(
            at_least=value if low_end else None,
            at_most=None if low_end else value,
            strict_low=operator == "more_than",
            strict_high=operator == "less_than",
        )
        return Compare(fact=fact, operator=operator, bounds=bounds, **common)

    def _operand(self, fact: Fact, value: Any, at: Path, scope: str) -> Operand | None:
        if isinstance(value, dict) and "fact" in value:
            return self._fact_operand(fact, value, at, scope)
        if isinstance(value, dict):
            parameter = self._parameter(value, at)
            if parameter is None:
                return None
            value = parameter.literal
        if isinstance(value, bool) or value is None:
            self.reading.fault("bad-literal", at, value=str(value), fact=fact.label)
            return None
        number = self._literal(fact, str(value), at)
        return None if number is None else LiteralOperand(literal=str(value), value=number)

    def _literal(self, fact: Fact, text: str, at: Path) -> int | None:
        if fact.type is FactType.DATE:
            days = literals.date_bounds(text)
            if days is None or days[0] != days[1]:
                self.reading.fault("bad-date", at, value=text)
                return None
            return days[0]
        if fact.type is FactType.NUMBER:
            number = literals.number(text, fact.unit, fact.precision)
            if number is None:
                self.reading.fault(
                    "bad-number", at, value=text, fact=fact.label, unit=fact.unit or "", precision=fact.precision
                )
            return number
        choice = self._choice(fact, text, at)
        if choice is None or fact.vocabulary is None:
            return None
        rank = fact.vocabulary.by_name[literals.normalise(choice[0][0])].rank
        if rank is None:
            self.reading.fault("code-without-rank", at, value=text, fact=fact.label)
        return rank

    def _fact_operand(self, fact: Fact, value: dict[str, Any], at: Path, scope: str) -> FactOperand | None:
        other = self.facts.find(value["fact"], (*at, "fact"), scope)
        if other is None:
            return None
        if other.type is not fact.type or other.precision != fact.precision or (
            fact.type is FactType.CODE and other.vocabulary != fact.vocabulary
        ):
            self.reading.fault("facts-not-comparable", (*at, "fact"), name=other.path, fact=fact.path)
            return None
        sign, key = (-1, "minus") if "minus" in value else (1, "plus")
        if key not in value:
            return FactOperand(fact=other)
        shift, here = value[key], (*at, key)
        if isinstance(shift, dict):
            parameter = self._parameter(shift, here)
            if parameter is None:
                return None
            shift = parameter.literal
        text = str(shift)
        if fact.type is FactType.DATE:
            duration = literals.duration(text)
            if duration is None:
                self.reading.fault("bad-duration", here, value=text)
                return None
            moved = Duration(sign * duration.months, sign * duration.days)
            return FactOperand(fact=other, plus=moved, literal=text if sign > 0 else f"-{text}")
        number = self._literal(fact, text, here) if fact.type is FactType.NUMBER else None
        if number is None:
            if fact.type is not FactType.NUMBER:
                self.reading.fault("bad-literal", here, value=text, fact=fact.label)
            return None
        return FactOperand(fact=other, offset=sign * number, literal=text if sign > 0 else f"-{text}")

    def _parameter(self, value: dict[str, Any], at: Path) -> Parameter | None:
        name = str(value.get("parameter"))
        found = self.parameters.get(name)
        if found is None:
            self.reading.fault(
                "unknown-parameter", (*at, "parameter"), name=name, near=name, known=self.parameters
            )
        return found

    # --- combinations ----------------------------------------------------------------------------------------

    def _list(self, items: Any, path: Path, scope: str, negated: bool, cited: bool) -> tuple[Condition, ...]:
        read = (
            self.read(item, (*path, index), scope=scope, negated=negated, cited=cited)
            for index, item in enumerate(items if isinstance(items, list) else [])
        )
        return tuple(child for child in read if child is not None)

    def _children(
        self, made: type[AllOf] | type[AnyOf] | type[NoneOf], *, negates: bool = False
    ) -> Callable[..., Condition | None]:
        key = {AllOf: "all", AnyOf: "any", NoneOf: "none"}[made]

        def read(
            entry: dict[str, Any], path: Path, scope: str, negated: bool, cited: bool, common: dict[str, Any]
        ) -> Condition | None:
            children = self._list(entry[key], (*path, key), scope, negated or negates, cited)
            return made(children=children, **common)

        return read

    def _not(
        self, entry: dict[str, Any], path: Path, scope: str, _negated: bool, cited: bool, common: dict[str, Any]
    ) -> Condition | None:
        child = self.read(entry["not"], (*path, "not"), scope=scope, negated=True, cited=cited)
        return None if child is None else Not(child=child, **common)

    def _n_of(
        self, entry: dict[str, Any], path: Path, scope: str, negated: bool, cited: bool, common: dict[str, Any]
    ) -> Condition | None:
        children = self._list(entry["n_of"], (*path, "n_of"), scope, negated, cited)
        wanted, here = entry["at_least"], (*path, "at_least")
        if isinstance(wanted, dict) and "parameter" not in wanted:
            needed = tuple((str(name), count) for name, count in wanted.items() if isinstance(count, int))
        else:
            count = self._whole(wanted, here)
            if count is None:
                return None
            needed = (("", count),)
        size = len(entry["n_of"]) if isinstance(entry["n_of"], list) else 0
        for name, count in needed:
            if not 0 < count <= size:
                at = (*here, name) if name else here
                self.reading.fault("n-of-range", at, count=count, size=size)
        return NOf(children=children, needed=needed, **common)

    def _whole(self, value: Any, at: Path) -> int | None:
        """A count: `3`, `3人`, or the parameter that holds it."""
        if isinstance(value, dict):
            parameter = self._parameter(value, at)
            if parameter is None:
                return None
            value = parameter.literal
        match = None if isinstance(value, bool) else _COUNT.fullmatch(str(value))
        if match is None:
            self.reading.fault("bad-count", at, value=str(value))
            return None
        return int(match[1])

    def _when(
        self, entry: dict[str, Any], path: Path, scope: str, negated: bool, cited: bool, common: dict[str, Any]
    ) -> Condition | None:
        when = self.read(entry["when"], (*path, "when"), scope=scope, negated=True, cited=cited)
        then = self.read(entry["then"], (*path, "then"), scope=scope, negated=negated, cited=cited)
        otherwise = None
        if "else" in entry:
            otherwise = self.read(entry["else"], (*path, "else"), scope=scope, negated=negated, cited=cited)
        return None if when is None or then is None else When(when=when, then=then, otherwise=otherwise, **common)

    def _readings(
        self, entry: dict[str, Any], path: Path, scope: str, negated: bool, cited: bool, common: dict[str, Any]
    ) -> Condition | None:
        here = (*path, "readings")
        items = self.reading.mapping(entry["readings"])
        if len(items) < 2:
            self.reading.fault("one-reading", here)
        read = {
            name: self.read(item, (*here, name), scope=scope, negated=negated, cited=cited)
            for name, item in items.items()
        }
        readings = tuple((name, child) for name, child in read.items() if child is not None)
        return Readings(readings=readings, **common)

    def _judgement(
        self, entry: dict[str, Any], path: Path, scope: str, _negated: bool, _cited: bool, common: dict[str, Any]
    ) -> Condition | None:
        value, here = entry.get("evidence"), (*path, "evidence")
        many = isinstance(value, list)
        evidence: list[Fact | FactGroup] = []
        for index, name in enumerate(value if isinstance(value, list) else [] if value is None else [value]):
            fact = self.facts.find_stated(name, (*here, index) if many else here, scope)
            if fact is not None:
                evidence.append(fact)
        return Judgement(question=str(entry["judgement"]), evidence=tuple(evidence), **common)

    # --- lists -----------------------------------------------------------------------------------------------

    def _rows(
        self, entry: dict[str, Any], kind: str, path: Path, scope: str, negated: bool, cited: bool
    ) -> dict[str, Any] | None:
        of = self.facts.find_list(entry[kind], (*path, kind), scope)
        if of is None:
            return None
        rows = f"{of.path}[]"
        found: dict[str, Any] = {"of": of}
        if "where" in entry:
            found["where"] = self.read(entry["where"], (*path, "where"), scope=rows, negated=negated, cited=cited)
        if "distinct_by" in entry:
            found["distinct_by"] = self._key(entry["distinct_by"], (*path, "distinct_by"), rows)
        if "excluding" in entry:
            found["excluding"] = self._key(entry["excluding"], (*path, "excluding"), scope)
            if "distinct_by" not in entry:
                self.reading.fault("excluding-without-key", (*path, "excluding"), key=True)
        return found

    def _key(self, name: Any, at: Path, scope: str) -> Fact | None:
        fact = self.facts.find(name, at, scope)
        if fact is not None and fact.type not in (FactType.TEXT, FactType.IDENTITY_NUMBER, FactType.CODE, FactType.NUMBER):
            self.reading.fault("not-a-key", at, name=fact.path)
            return None
        return fact

    def _count(
        self, entry: dict[str, Any], path: Path, scope: str, negated: bool, cited: bool, common: dict[str, Any]
    ) -> Condition | None:
        operator = next((o for o in COUNTING if o in entry), "")
        # Any bound but the lower one counts rows that do not hold, so `where` is negated as well.
        both = negated or operator not in ("at_least", "more_than")
        rows = self._rows(entry, "count", path, scope, both, cited)
        if rows is None or not operator:
            return None
        here = (*path, operator)
        if operator == "between":
            ends = entry[operator] if isinstance(entry[operator], list) else []
            if len(ends) != 2:
                self.reading.fault("between-two", here)
                return None
            low, high = self._whole(ends[0], (*here, 0)), self._whole(ends[1], (*here, 1))
            if low is None or high is None:
                return None
            if low > high:
                self.reading.fault("between-reversed", here)
                return None
        else:
            wanted = self._whole(entry[operator], here)
            if wanted is None:
                return None
            low = {"at_least": wanted, "more_than": wanted + 1, "is": wanted}.get(operator)
            high = {"at_most": wanted, "less_than": wanted - 1, "is": wanted}.get(operator)
            if high is not None and high < 0:
                self.reading.fault("bad-count", here, value=str(entry[operator]))
                return None
        return Count(operator=operator, at_least=low, at_most=high, literal=str(entry[operator]), **rows, **common)

    def _every(
        self, entry: dict[str, Any], path: Path, scope: str, negated: bool, cited: bool, common: dict[str, Any]
    ) -> Condition | None:
        rows = self._rows(entry, "every", path, scope, True, cited)
        if rows is None:
            return None
        that = self.read(entry["that"], (*path, "that"), scope=f"{rows['of'].path}[]", negated=negated, cited=cited)
        on_blank = entry.get("on_blank")
        return None if that is None else Every(that=that, on_blank=on_blank, **rows, **common)

    def _some(
        self, entry: dict[str, Any], path: Path, scope: str, negated: bool, cited: bool, common: dict[str, Any]
    ) -> Condition | None:
        rows = self._rows(entry, "some", path, scope, negated, cited)
        if rows is None:
            return None
        that = self.read(entry["that"], (*path, "that"), scope=f"{rows['of'].path}[]", negated=negated, cited=cited)
        return None if that is None else Some(that=that, **rows, **common)
