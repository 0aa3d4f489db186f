"""The arguments of the functions of derived facts, resolved: names to facts, literals to values."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from service.policy import literals
from service.policy.factbook import FactBook, scope_of
from service.policy.facts import IN_TIME, Fact, FactType
from service.policy.functions import ARGUMENT_TYPES, FUNCTIONS, Argument
from service.policy.kinds import LiteralOperand
from service.policy.operands import OperandReader
from service.policy.reading import Path
from service.policy.tables import Table
from service.policy.valued_arguments import ValuedArgumentReader

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_WIDTH = re.compile(r"(\d{1,2})-(\d{1,2})")
# Arguments that are one literal or name.
_WRITTEN = frozenset({Argument.TABLE, Argument.FORMAT, Argument.LAW, Argument.DURATION, Argument.CODE})
_ORDERED = (FactType.NUMBER, *IN_TIME)
_LAWS = ("in_force", "promulgated")


class ArgumentReader:
    """Reads arguments of the functions of one policy; every fault is noted."""

    def __init__(self, facts: FactBook, operands: OperandReader) -> None:
        self.facts = facts
        self.reading = facts.reading
        self._valued = ValuedArgumentReader(facts, operands)

    def read(self, function: str, data: Any, here: Path, result: Fact) -> dict[str, object] | None:
        """The arguments by name, resolved; None after a problem, once all of them have been looked at.

        `result` stands for the derived fact: its unit, decimals and vocabulary.
        """
        declared = FUNCTIONS[function]
        if declared.bare is not None:
            given: dict[str, Any] = {"": data}
            wanted = {"": declared.bare}
        elif isinstance(data, dict):
            given, wanted = data, {**declared.required, **declared.optional}
        else:
            self.reading.fault("wrong-type.mapping", here, key=function)
            return None
        unknown = [key for key in given if key not in wanted]
        for key in unknown:
            self.reading.fault(
                "unknown-key", (*here, key), at_key=True, near=key, known=wanted, key=key,
                allowed="、".join(wanted),
            )  # fmt: skip
        missing = [key for key in declared.required if key not in given]
        for key in missing[len(unknown) :]:  # a mistyped argument is missed as well: one fault
            self.reading.fault("argument-needed", here, at_key=True, argument=key, function=function)
        arguments: dict[str, object | None] = {}
        # What is typed by another argument comes after it.
        for key, kind in sorted(wanted.items(), key=lambda item: self._valued.reads(item[1])):
            if key not in given or kind is Argument.TERM:
                continue
            at = (*here, key) if key else here
            if self._valued.reads(kind):
                of = arguments.get("of")
                about = of if isinstance(of, Fact) else None
                arguments[key] = self._valued.read(kind, given[key], at, result=result, of=about)
            else:
                arguments[key] = self._argument(kind, given[key], at, (function, key), result)
        terms = {key: given[key] for key, kind in wanted.items() if kind is Argument.TERM and key in given}
        if terms and not missing:
            arguments |= self._valued.terms(terms, here, scope_of(result.path), function) or dict.fromkeys(terms)
        whole = not unknown and not missing and None not in arguments.values()
        return {**arguments} if whole and self._valued.fit(function, arguments, here) else None

    def _argument(self, kind: Argument, value: Any, at: Path, role: tuple[str, str], result: Fact) -> object | None:
        scope = scope_of(result.path)
        if kind in _WRITTEN and (isinstance(value, bool) or not isinstance(value, str | int | Decimal)):
            self.reading.fault("wrong-type.text", at, key=str(at[-1]))
            return None
        match kind:
            case Argument.FACT:
                return self._typed(self.facts.find(value, at, scope), at, role)
            case Argument.FACTS:
                return self._several(value, at, scope, role)
            case Argument.ALIKE:
                return self._valued.alike(value, at, scope, role[0])
            case Argument.NUMBERS:
                return self._valued.numbers(value, at, scope, role[0])
            case Argument.ROW:
                return self._valued.of_rows(value, at, scope, role)
            case Argument.LIST:
                return self._valued.rows(value, at, scope)
            case Argument.TEMPLATE | Argument.PATTERN:
                return self._template(value, at, scope, widths=kind is Argument.PATTERN)
            case Argument.TABLE:
                return self._law_table(value, at)
            case Argument.FORMAT:
                return self.facts.format(value, at)
            case Argument.CASES | Argument.CODES_BY_CODE:
                return self._cases(value, at, scope, result if kind is Argument.CASES else None)
            case Argument.LAW if value in _LAWS:
                return str(value)
            case Argument.LAW:
                listed = "、".join(_LAWS)
                self.reading.fault("not-allowed", at, value=str(value), allowed=listed, near=str(value), known=_LAWS)
            case Argument.WHOLE if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 100:
                return value
            case Argument.WHOLE:
                self.reading.fault("wrong-type.whole", at, key=str(at[-1]))
            case Argument.DURATION:
                duration = literals.duration(str(value))
                if duration is None:
                    self.reading.bad_duration(str(value), at)
                return duration
            case Argument.CODE:
                return str(value)
        return None

    def _typed(self, fact: Fact | None, at: Path, role: tuple[str, str]) -> Fact | None:
        allowed = ARGUMENT_TYPES.get(role)
        if fact is not None and allowed is not None and fact.type not in allowed:
            dated = fact.type is FactType.MOMENT and FactType.DATE in allowed
            self.reading.fault(
                "argument-type.moment" if dated else "argument-type", at, name=fact.path, function=role[0]
            )
            return None
        return fact

    def _law_table(self, name: Any, at: Path) -> Table | None:
        table = self.facts.tables.get(str(name))
        if table is not None and table.laws:
            return table
        self.facts.unknown_table(str(name), at, [t.id for t in self.facts.tables.values() if t.laws])
        return None

    def _several(
        self, value: Any, at: Path, scope: str, role: tuple[str, str]
    ) -> tuple[Fact | LiteralOperand | str, ...] | None:
        function = role[0]
        items = value if isinstance(value, list) else [value]
        facts: list[Fact | LiteralOperand | str] = []
        for index, item in enumerate(items):
            here = (*at, index) if isinstance(value, list) else at
            head = facts[0] if facts else None
            if function == "first_given" and isinstance(head, Fact) and index == len(items) - 1:
                # A value to fall back on stands for a fact at the end.
                if head.type is FactType.BOOLEAN and isinstance(item, bool):
                    facts.append("true" if item else "false")
                    continue
                if head.type is FactType.CODE and isinstance(item, str) and not self._is_name(item):
                    facts.append(item)
                    continue
                coded = head.type is FactType.CODE and isinstance(item, dict)
                if coded or (head.type in _ORDERED and self._valued.is_literal(item)):
                    literal = self._fallback(head, item, here)
                    if literal is None:
                        return None
                    facts.append(literal)
                    continue
            fact = self._typed(self.facts.find(item, here, scope), here, role)
            if fact is None:
                return None
            if function == "first_given" and isinstance(head, Fact) and not _alike(head, fact):
                self.reading.fault("argument-type", here, name=fact.path, function=function)
                return None
            facts.append(fact)
        if len(facts) < 2:
            self.reading.fault("arguments-two", at, at_key=True, function=function)
            return None
        if function == "same_text" and len(facts) > 2:
            self.reading.fault("argument-type", (*at, 2), name=str(items[2]), function=function)
            return None
        return tuple(facts)

    def _fallback(self, fact: Fact, item: Any, at: Path) -> LiteralOperand | str | None:
        """A number, a date or a parameter in place of a fact; None once it is noted as no such value."""
        if fact.type is FactType.CODE:
            return self._valued.operands.code(fact, item, at)
        return self._valued.typed_by(fact, item, at)

    def _is_name(self, text: str) -> bool:
        return text in self.facts.known or self.facts.has_failed(text)

    def _cases(self, value: Any, at: Path, scope: str, result: Fact | None) -> dict[str, object] | None:
        """Code -> fact, literal or codes; with a `result` a single name is a fact, and a literal is typed by it."""
        if not isinstance(value, dict) or not value:
            self.reading.fault("wrong-type.mapping", at, key=str(at[-1]))
            return None
        cases: dict[str, object] = {}
        model: Fact | None = None
        literals: list[str] = []
        for code, item in value.items():
            here = (*at, code)
            if result is not None and self._valued.is_literal(item) and not isinstance(item, list | bool | None):
                literals.append(code)
                continue
            if isinstance(item, list) or result is None:
                codes = item if isinstance(item, list) else [item]
                if not codes or any(isinstance(entry, dict | list | None) for entry in codes):
                    self.reading.fault("wrong-type.list", here, key=code)
                    return None
                cases[code] = tuple(str(entry) for entry in codes)
                continue
            fact = self.facts.find(item, here, scope)
            if fact is None:
                return None
            if model is not None and not _alike(model, fact):
                self.reading.fault("argument-type", here, name=fact.path, function="choose")
                return None
            model = fact
            cases[code] = fact
        for code in literals:
            found = None if result is None else self._valued.typed_by(model or result, value[code], (*at, code))
            if found is None:
                return None
            cases[code] = found
        cases = {code: cases[code] for code in value}
        if literals and any(isinstance(case, tuple) for case in cases.values()):
            self.reading.fault("cases-of-codes-and-numbers", at, at_key=True)
            return None
        if model is not None and model.type is not FactType.CODE and any(isinstance(c, tuple) for c in cases.values()):
            self.reading.fault("argument-type", at, name=model.path, function="choose")
            return None
        return cases

    def _template(self, value: Any, at: Path, scope: str, *, widths: bool) -> tuple[object, ...] | None:
        if not isinstance(value, str):
            self.reading.fault("wrong-type.text", at, key=str(at[-1]))
            return None
        parts: list[object] = []
        last = 0
        for match in PLACEHOLDER.finditer(value):
            if match.start() > last:
                parts.append(value[last : match.start()])
            last = match.end()
            width = _WIDTH.fullmatch(match[1]) if widths else None
            part = (int(width[1]), int(width[2])) if width else self.facts.find(match[1], at, scope)
            if part is None:
                return None
            parts.append(part)
        if last < len(value):
            parts.append(value[last:])
        return tuple(parts)


def _alike(first: Fact, second: Fact) -> bool:
    """Whether a value of one fact may stand for a value of the other."""
    return (first.type, first.precision, first.unit) == (second.type, second.precision, second.unit)
