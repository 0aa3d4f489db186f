"""The `derived` section: facts computed by the closed set of functions, their arguments resolved."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from service.policy import literals
from service.policy.factbook import FactBook, scope_of
from service.policy.functions import ARGUMENT_TYPES, FUNCTIONS, Argument
from service.policy.model import Derivation, Fact, FactType
from service.policy.reading import Path
from service.policy.tables import Table

_NAME = re.compile(r"[^\s.\[\]{}/#]+(\[\])?")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_WIDTH = re.compile(r"(\d{1,2})-(\d{1,2})")
# Arguments that are one literal or name.
_WRITTEN = frozenset({Argument.TABLE, Argument.FORMAT, Argument.LAW, Argument.DURATION, Argument.CODE})
_LAWS = ("in_force", "promulgated")
MAX_LEVELS = 40  # derived facts resting on derived facts; the engine reads them by calling one another


class DerivedReader:
    """Adds the derived facts of a policy to its fact book."""

    def __init__(self, facts: FactBook) -> None:
        self.facts = facts
        self.reading = facts.reading
        self._entries: dict[str, dict[str, Any]] = {}
        self._path: Path = ()
        self._levels: dict[str, int] = {}

    def read(self, data: Any, path: Path) -> tuple[Fact, ...]:
        """The derived facts in the order of the file; each may use others wherever they stand."""
        self._path = path
        self._entries = {
            name: self.reading.mapping(item) for name, item in self.reading.mapping(data).items()
        }
        for name in self._entries:
            at = (*path, name)
            if name in self.facts.known and name not in self._levels:
                self.reading.fault("fact-declared-twice", at, at_key=True, name=name)
            elif not all(_NAME.fullmatch(part) for part in name.split(".")):
                self.reading.fault("bad-name", at, at_key=True, name=name)
                self.facts.failed.add(name)
            else:
                self._resolve(name, ())
        found = (self.facts.known.get(name) for name in self._entries)
        return tuple(fact for fact in found if isinstance(fact, Fact) and fact.derivation is not None)

    def _resolve(self, name: str, within: tuple[str, ...]) -> None:
        """Read the fact after those it needs; `within` are the facts that wait for it."""
        failed = self.facts.failed
        if name in self.facts.known or name in failed or name not in self._entries:
            return
        here = (*self._path, name)
        if name in within:
            self.reading.fault("derived-in-a-circle", here, at_key=True, name=name)
            failed.update(within[within.index(name) :])
            return
        entry = self._entries[name]
        function = next((f for f in FUNCTIONS if f in entry), None)
        needed = () if function is None else tuple(dict.fromkeys(_names_in(entry[function])))
        if len(within) < MAX_LEVELS:
            for other in needed:
                self._resolve(other, (*within, name))
        level = 1 + max((self._levels.get(other, 0) for other in needed), default=0)
        if name in failed:
            return
        if level > MAX_LEVELS or len(within) == MAX_LEVELS:
            self.reading.fault("derived-too-deep", here, at_key=True, name=name, limit=MAX_LEVELS)
            failed.update((name, *within))
            return
        fact = None if function is None else self._fact(name, entry, function, here)
        if fact is None:
            failed.add(name)
            return
        self.facts.known[name] = fact
        self._levels[name] = level
        if "trusted_when" in entry:
            self.facts.trust[name] = (entry["trusted_when"], (*here, "trusted_when"))

    def _fact(self, name: str, entry: dict[str, Any], function: str, here: Path) -> Fact | None:
        scope = scope_of(name)
        rows = scope.removesuffix("[]")
        if self.reading.is_broken(here) or (
            scope and self.facts.find_list(rows, here, scope_of(rows), at_key=True) is None
        ):
            return None
        vocabulary = self.facts.vocabulary(entry, here, name)
        at = (*here, function)
        arguments = self._arguments(function, entry[function], at, scope)
        if arguments is None or name in self.facts.failed:
            return None
        fact_type, model = _result(FUNCTIONS[function].result, arguments)
        fact = Fact(
            path=name,
            type=fact_type,
            label=str(entry.get("label", name)),
            help=None if entry.get("help") is None else str(entry["help"]),
            unit=str(entry["unit"]) if entry.get("unit") is not None else model.unit if model else None,
            precision=model.precision if model else 0,
            vocabulary=vocabulary or (model.vocabulary if model else None),
            personal=None if entry.get("personal") is None else str(entry["personal"]),
            derivation=Derivation(function=function, arguments=arguments),
            position=self.reading.place(here, key=True),
        )
        if fact.type is FactType.CODE and fact.vocabulary is None:
            self.reading.fault("codes-missing", here, at_key=True, name=name)
            return None
        faults = len(self.reading.problems)
        self._check_codes(fact, function, entry[function], at)
        return fact if len(self.reading.problems) == faults else None

    # --- codes among the arguments --------------------------------------------------------------------------

    def _check_codes(self, fact: Fact, function: str, data: Any, at: Path) -> None:
        """Note every code among the arguments that the fact which gives or takes it does not know."""
        known = self.facts.known
        if function == "identity_sex":
            for key in ("odd", "even"):
                self._check_code(data[key], fact, (*at, key))
        elif function == "first_given":
            if fact.type is FactType.CODE and isinstance(data, list) and data[-1] not in known:
                self._check_code(data[-1], fact, (*at, len(data) - 1))
        elif function == "choose":
            self._check_cases(data["cases"], known[data["by"]], fact, (*at, "cases"))
        elif function == "identity_check" and "categories" in data:
            sex, category = known.get(data.get("sex", "")), known.get(data.get("category", ""))
            self._check_cases(data["categories"], sex, category, (*at, "categories"))

    def _check_cases(self, cases: dict[str, Any], by: Any, gives: Any, at: Path) -> None:
        for code, items in cases.items():
            if isinstance(by, Fact):
                self._check_code(code, by, (*at, code), at_key=True)
            for index, item in enumerate(items if isinstance(items, list) else []):
                if isinstance(gives, Fact):
                    self._check_code(item, gives, (*at, code, index))

    def _check_code(self, written: Any, fact: Fact, at: Path, *, at_key: bool = False) -> None:
        entries = () if fact.vocabulary is None else fact.vocabulary.entries
        known = ("true", "false") if fact.type is FactType.BOOLEAN else tuple(entry.code for entry in entries)
        if str(written) not in known:
            self.reading.fault(
                "unknown-code", at, at_key=at_key, value=str(written), fact=fact.label,
                near=str(written), known=known, allowed="、".join(known[:20]),
            )  # fmt: skip

    # --- arguments ------------------------------------------------------------------------------------------

    def _arguments(self, function: str, data: Any, here: Path, scope: str) -> dict[str, object] | None:
        """The arguments by name, resolved; None after a problem, once all of them have been looked at."""
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
        arguments = {
            key: self._argument(kind, given[key], (*here, key) if key else here, scope, (function, key))
            for key, kind in wanted.items()
            if key in given
        }
        whole = not unknown and not missing and None not in arguments.values()
        return {**arguments} if whole else None

    def _argument(
        self, kind: Argument, value: Any, at: Path, scope: str, role: tuple[str, str]
    ) -> object | None:
        if kind in _WRITTEN and (isinstance(value, bool) or not isinstance(value, str | int | Decimal)):
            self.reading.fault("wrong-type.text", at, key=str(at[-1]))
            return None
        match kind:
            case Argument.FACT:
                return self._typed(self.facts.find(value, at, scope), at, role)
            case Argument.FACTS:
                return self._several(value, at, scope, role)
            case Argument.TEMPLATE | Argument.PATTERN:
                return self._template(value, at, scope, widths=kind is Argument.PATTERN)
            case Argument.TABLE:
                return self._law_table(value, at)
            case Argument.FORMAT:
                return self.facts.format(value, at)
            case Argument.CASES | Argument.CODES_BY_CODE:
                return self._cases(value, at, scope, facts=kind is Argument.CASES)
            case Argument.LAW if value in _LAWS:
                return str(value)
            case Argument.LAW:
                listed = "、".join(_LAWS)
                self.reading.fault(
                    "not-allowed", at, value=str(value), allowed=listed, near=str(value), known=_LAWS
                )
            case Argument.WHOLE if (
                isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 100
            ):
                return value
            case Argument.WHOLE:
                self.reading.fault("wrong-type.whole", at, key=str(at[-1]))
            case Argument.DURATION:
                duration = literals.duration(str(value))
                if duration is None:
                    self.reading.fault("bad-duration", at, value=str(value))
                return duration
            case Argument.CODE:
                return str(value)
        return None

    def _typed(self, fact: Fact | None, at: Path, role: tuple[str, str]) -> Fact | None:
        allowed = ARGUMENT_TYPES.get(role)
        if fact is not None and allowed is not None and fact.type not in allowed:
            self.reading.fault("argument-type", at, name=fact.path, function=role[0])
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
    ) -> tuple[Fact | str, ...] | None:
        function = role[0]
        items = value if isinstance(value, list) else [value]
        facts: list[Fact | str] = []
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
            fact = self._typed(self.facts.find(item, here, scope), here, role)
            if fact is None:
                return None
            if function == "first_given" and isinstance(head, Fact) and not _alike(head, fact):
                self.reading.fault("argument-type", here, name=fact.path, function=function)
                return None
            facts.append(fact)
        if len(facts) < 2:
            self.reading.fault("argument-needed", at, at_key=True, argument="2", function=function)
            return None
        if function == "same_text" and len(facts) > 2:
            self.reading.fault("argument-type", (*at, 2), name=str(items[2]), function=function)
            return None
        return tuple(facts)

    def _is_name(self, text: str) -> bool:
        return text in self.facts.known or self.facts.has_failed(text)

    def _cases(self, value: Any, at: Path, scope: str, *, facts: bool) -> dict[str, object] | None:
        """Code -> fact or codes; `facts` whether a single name is a fact."""
        if not isinstance(value, dict) or not value:
            self.reading.fault("wrong-type.mapping", at, key=str(at[-1]))
            return None
        cases: dict[str, object] = {}
        model: Fact | None = None
        for code, item in value.items():
            here = (*at, code)
            if isinstance(item, list) or not facts:
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
        if (
            model is not None
            and model.type is not FactType.CODE
            and any(isinstance(c, tuple) for c in cases.values())
        ):
            self.reading.fault("argument-type", at, name=model.path, function="choose")
            return None
        return cases

    def _template(self, value: Any, at: Path, scope: str, *, widths: bool) -> tuple[object, ...] | None:
        if not isinstance(value, str):
            self.reading.fault("wrong-type.text", at, key=str(at[-1]))
            return None
        parts: list[object] = []
        last = 0
        for match in _PLACEHOLDER.finditer(value):
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


def _result(result: FactType | None, arguments: dict[str, object]) -> tuple[FactType, Fact | None]:
    """The type a function gives, with the fact it takes it from where it gives what it is given."""
    if result is not None:
        return result, None
    several = arguments.get("", arguments.get("cases"))
    values = several.values() if isinstance(several, dict) else several
    assert values is not None  # noqa: S101  # the functions without a type have one of the two
    model = next((value for value in values if isinstance(value, Fact)), None)  # type: ignore[attr-defined]  # a tuple
    return (FactType.CODE, None) if model is None else (model.type, model)


def _names_in(value: Any) -> Iterator[str]:
    """Every text inside an argument that may be the name of a fact, placeholders of templates among them."""
    if isinstance(value, str):
        yield value
        yield from _PLACEHOLDER.findall(value)
    elif isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _names_in(item)
