"""The data dictionary of a policy: declared and derived facts by path, and which list a path lies in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from service.policy import literals
from service.policy.functions import ARGUMENT_TYPES, FUNCTIONS, Argument
from service.policy.model import Derivation, Fact, FactGroup, FactType
from service.policy.reading import Path, Reading
from service.policy.tables import CodeEntry, Table, Vocabulary

_NAME = re.compile(r"[^\s.\[\]{}/#]+")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_WIDTH = re.compile(r"(\d{1,2})-(\d{1,2})")


class FactBook:
    """Facts by path; `find` resolves a name from inside a list and notes what is wrong with it."""

    def __init__(self, reading: Reading, tables: Mapping[str, Table]) -> None:
        self.reading = reading
        self.tables = tables
        self.known: dict[str, Fact | FactGroup] = {}
        self.trust: dict[str, tuple[Any, Path]] = {}
        self.derived: list[Fact] = []

    def declare(self, data: Any, path: Path) -> FactGroup:
        """Read the `facts` section."""
        root = FactGroup(path="", label="", children=self._children(data, path, ""))
        self.known[""] = root
        return root

    def _children(self, data: Any, path: Path, prefix: str) -> tuple[Fact | FactGroup, ...]:
        children = []
        for name, item in self.reading.mapping(data).items():
            here = (*path, name)
            if _NAME.fullmatch(name) is None:
                self.reading.fault("bad-name", here, key=True, name=name)
            entry = self.reading.mapping(item)
            full = f"{prefix}{name}"
            child = self._group(entry, here, full) if "fields" in entry else self._fact(entry, here, full)
            self.known[full] = child
            children.append(child)
        return tuple(children)

    def _group(self, entry: dict[str, Any], here: Path, full: str) -> FactGroup:
        is_list = entry.get("list") is True
        group = FactGroup(
            path=full,
            label=str(entry.get("label", full)),
            help=_text(entry.get("help")),
            is_list=is_list,
            who=_text(entry.get("who")),
            item=_text(entry.get("item")),
            absent_is_none=entry.get("absent_is_none") is True,
            remediable=entry.get("remediable") is True,
            children=self._children(entry.get("fields"), (*here, "fields"), f"{full}[]." if is_list else f"{full}."),
            position=self.reading.place(here, key=True),
        )
        names = {child.path.rpartition(".")[2] for child in group.children}
        for key in ("who", "item"):
            if entry.get(key) is not None and str(entry[key]) not in names:
                self.reading.fault("undeclared-fact", (*here, key), name=str(entry[key]), near=str(entry[key]), known=names)
        return group

    def _fact(self, entry: dict[str, Any], here: Path, full: str) -> Fact:
        kind = entry.get("type")
        fact_type = FactType(kind) if kind in set(FactType) else FactType.TEXT
        vocabulary = self.vocabulary(entry, here)
        if fact_type in (FactType.CODE, FactType.CODES) and vocabulary is None and (*here,) not in self.reading.broken:
            self.reading.fault("codes-missing", here, key=True, name=full)
        precision = entry.get("precision", 0)
        fact = Fact(
            path=full,
            type=fact_type,
            label=str(entry.get("label", full)),
            help=_text(entry.get("help")),
            unit=_text(entry.get("unit")),
            precision=precision if isinstance(precision, int) and 0 <= precision <= 6 else 0,
            vocabulary=vocabulary,
            personal=_text(entry.get("personal")),
            remediable=entry.get("remediable") is True,
            position=self.reading.place(here, key=True),
        )
        if precision != fact.precision:
            self.reading.fault("precision-range", (*here, "precision"))
        if "trusted_when" in entry:
            self.trust[full] = (entry["trusted_when"], (*here, "trusted_when"))
        return fact

    def vocabulary(self, entry: dict[str, Any], here: Path) -> Vocabulary | None:
        """The values of a code fact from its `codes` or its `table`."""
        codes, table_name = entry.get("codes"), entry.get("table")
        is_open = entry.get("open") is True
        if table_name is not None:
            table = self.tables.get(str(table_name))
            if table is None or table.vocabulary is None:
                self.reading.fault("unknown-table", (*here, "table"), name=str(table_name), near=str(table_name), known=self.tables)
                return literals.vocabulary_of((), is_open=True)
            return Vocabulary(entries=table.vocabulary.entries, open=is_open, by_name=table.vocabulary.by_name)
        if isinstance(codes, dict) and codes:
            entries = tuple(CodeEntry(code=str(code), label=str(label)) for code, label in codes.items())
        elif isinstance(codes, list) and codes:
            entries = tuple(CodeEntry(code=str(code), label=str(code)) for code in codes)
        else:
            if codes is not None:
                self.reading.fault("codes-missing", (*here, "codes"), name=str(here[-1]))
            return None
        return literals.vocabulary_of(entries, is_open=is_open)

    # --- names -----------------------------------------------------------------------------------------------

    def find(self, name: Any, path: Path, scope: str) -> Fact | None:
        """The fact of that name, seen from inside `scope` (a list's row prefix or ""); None after a problem."""
        found = self._look_up(name, path, scope)
        if isinstance(found, FactGroup):
            self.reading.fault("group-not-fact", path, name=str(name))
            return None
        return found

    def find_stated(self, name: Any, path: Path, scope: str) -> Fact | FactGroup | None:
        """The fact or list of that name; a plain group is refused."""
        found = self._look_up(name, path, scope)
        if isinstance(found, FactGroup) and not found.is_list:
            self.reading.fault("group-not-fact", path, name=str(name))
            return None
        return found

    def find_list(self, name: Any, path: Path, scope: str) -> FactGroup | Fact | None:
        """The list of that name (a list of groups, or a fact holding several codes)."""
        found = self._look_up(name, path, scope)
        if found is None:
            return None
        if isinstance(found, FactGroup) and found.is_list:
            return found
        if isinstance(found, Fact) and found.type is FactType.CODES:
            return found
        lists = [path for path, fact in self.known.items() if isinstance(fact, FactGroup) and fact.is_list]
        self.reading.fault("not-a-list", path, name=str(name), near=str(name), known=lists)
        return None

    def _look_up(self, name: Any, path: Path, scope: str) -> Fact | FactGroup | None:
        text = str(name) if isinstance(name, str) else ""
        found = self.known.get(text) if text else None
        if found is None and text.endswith("[]"):
            several = self.known.get(text[:-2])
            if isinstance(several, Fact) and several.type is FactType.CODES:
                found = Fact(
                    path=text, type=FactType.CODE, label=several.label, vocabulary=several.vocabulary, position=several.position
                )
        if found is None:
            self.reading.fault("undeclared-fact", path, name=text, near=text, known=[k for k in self.known if k])
            return None
        home = scope_of(found.path)
        if home and not (scope == home or scope.startswith(home)):
            self.reading.fault("fact-of-a-row", path, name=text, list=home[:-2])
            return None
        return found

    # --- derived facts ---------------------------------------------------------------------------------------

    def derive(self, data: Any, path: Path) -> None:
        """Read the `derived` section: names first, so that one may use another, then their functions."""
        entries = {str(name): self.reading.mapping(item) for name, item in self.reading.mapping(data).items()}
        for name, entry in entries.items():
            if name in self.known:
                self.reading.fault("fact-declared-twice", (*path, name), key=True, name=name)
            if (*path, name) in self.reading.broken:
                continue
            self._resolve(name, entries, path, ())
        self.derived = [fact for name in entries if isinstance(fact := self.known.get(name), Fact) and fact.derivation]

    def _resolve(self, name: str, entries: Mapping[str, dict[str, Any]], path: Path, within: tuple[str, ...]) -> None:
        if name in self.known or name not in entries:
            return
        here = (*path, name)
        if name in within:
            self.reading.fault("derived-in-a-circle", here, key=True, name=name)
            return
        entry = entries[name]
        function = next((f for f in FUNCTIONS if f in entry), None)
        if function is None:
            return
        for needed in names_in(entry[function]):
            self._resolve(needed, entries, path, (*within, name))
        scope = scope_of(name)
        vocabulary = self.vocabulary(entry, here)
        arguments, fact_type, inherited = self._arguments(function, entry[function], (*here, function), scope, vocabulary)
        if arguments is None:
            return
        fact = Fact(
            path=name,
            type=fact_type,
            label=str(entry.get("label", name)),
            help=_text(entry.get("help")),
            unit=_text(entry.get("unit")) or (inherited.unit if inherited else None),
            precision=inherited.precision if inherited else 0,
            vocabulary=vocabulary or (inherited.vocabulary if inherited else None),
            personal=_text(entry.get("personal")),
            derivation=Derivation(function=function, arguments=arguments),
            position=self.reading.place(here, key=True),
        )
        if fact.type is FactType.CODE and fact.vocabulary is None:
            self.reading.fault("codes-missing", here, key=True, name=name)
            return
        self.known[name] = fact
        if "trusted_when" in entry:
            self.trust[name] = (entry["trusted_when"], (*here, "trusted_when"))

    def _arguments(
        self, function: str, data: Any, here: Path, scope: str, vocabulary: Vocabulary | None
    ) -> tuple[dict[str, object] | None, FactType, Fact | None]:
        declared = FUNCTIONS[function]
        ok = True
        arguments: dict[str, object] = {}
        if declared.bare is not None:
            given: dict[str, Any] = {"": data}
            wanted = {"": declared.bare}
        else:
            given = self.reading.mapping(data)
            wanted = {**declared.required, **declared.optional}
            if not isinstance(data, dict):
                self.reading.fault("wrong-type.mapping", here, key=True)
                return None, FactType.TEXT, None
            for key in given:
                if key not in wanted:
                    self.reading.fault(
                        "unknown-key", (*here, key), key=True, near=key, known=wanted, allowed="、".join(wanted), **{}
                    )  # fmt: skip
                    ok = False
            for key in declared.required:
                if key not in given:
                    self.reading.fault("argument-needed", here, key=True, argument=key, function=function)
                    ok = False
        for key, kind in wanted.items():
            if key not in given:
                continue
            at = (*here, key) if key else here
            value = self._argument(kind, given[key], at, scope, vocabulary, function, key)
            if value is None:
                ok = False
            else:
                arguments[key] = value
        if not ok:
            return None, FactType.TEXT, None
        return arguments, *self._result(declared.result, arguments)

    def _result(self, result: FactType | None, arguments: dict[str, object]) -> tuple[FactType, Fact | None]:
        if result is not None:
            return result, None
        for value in (arguments.get(""), arguments.get("cases")):
            candidates: tuple[object, ...] = ()
            if isinstance(value, tuple):
                candidates = value
            elif isinstance(value, dict):
                candidates = tuple(value.values())
            for candidate in candidates:
                if isinstance(candidate, Fact):
                    return candidate.type, candidate
        return FactType.CODE, None

    def _argument(
        self, kind: Argument, value: Any, at: Path, scope: str, vocabulary: Vocabulary | None, function: str, key: str
    ) -> object | None:
        match kind:
            case Argument.FACT:
                fact = self.find(value, at, scope)
                return self._typed(fact, at, function, key)
            case Argument.FACTS:
                return self._facts(value, at, scope, function)
            case Argument.TEMPLATE | Argument.PATTERN:
                return self._template(value, at, scope, widths=kind is Argument.PATTERN)
            case Argument.TABLE:
                table = self.tables.get(str(value))
                if table is None or not table.laws:
                    self.reading.fault("unknown-table", at, name=str(value), near=str(value), known=self.tables)
                    return None
                return table
            case Argument.FORMAT:
                return self.format(value, at)
            case Argument.LAW:
                if value not in ("in_force", "promulgated"):
                    self.reading.fault("not-allowed", at, value=str(value), allowed="in_force、promulgated")
                    return None
                return str(value)
            case Argument.WHOLE:
                if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 100:
                    self.reading.fault("wrong-type.whole", at, key=str(at[-1]))
                    return None
                return value
            case Argument.DURATION:
                duration = literals.duration(str(value))
                if duration is None:
                    self.reading.fault("bad-duration", at, value=str(value))
                return duration
            case Argument.CASES:
                return self._cases(value, at, scope)
            case Argument.CODES_BY_CODE:
                mapping = self.reading.mapping(value)
                return {str(k): tuple(str(c) for c in (v if isinstance(v, list) else [v])) for k, v in mapping.items()} or None
            case _:
                return str(value)

    def _typed(self, fact: Fact | None, at: Path, function: str, key: str) -> Fact | None:
        allowed = ARGUMENT_TYPES.get((function, key))
        if fact is not None and allowed is not None and fact.type not in allowed:
            self.reading.fault("argument-type", at, name=fact.path, function=function)
            return None
        return fact

    def _facts(self, value: Any, at: Path, scope: str, function: str) -> tuple[Fact | str, ...] | None:
        items = value if isinstance(value, list) else [value]
        facts: list[Fact | str] = []
        for index, item in enumerate(items):
            here = (*at, index) if isinstance(value, list) else at
            last = function == "first_given" and index == len(items) - 1 and index > 0
            if last and (isinstance(item, bool) or (isinstance(item, str) and item not in self.known)):
                # A value to fall back on, of the vocabulary of the facts before it.
                head = facts[0] if facts else None
                if isinstance(head, Fact) and head.type is FactType.BOOLEAN and isinstance(item, bool):
                    facts.append("true" if item else "false")
                    continue
                if isinstance(head, Fact) and head.type is FactType.CODE and isinstance(item, str):
                    facts.append(item)
                    continue
            fact = self._typed(self.find(item, here, scope), here, function, "")
            if fact is None:
                return None
            if facts and isinstance(facts[0], Fact) and facts[0].type is not fact.type and function == "first_given":
                self.reading.fault("argument-type", here, name=fact.path, function=function)
                return None
            facts.append(fact)
        if function == "same_text" and len(facts) != 2:
            self.reading.fault("argument-needed", at, argument="2", function=function)
            return None
        return tuple(facts)

    def _cases(self, value: Any, at: Path, scope: str) -> dict[str, object] | None:
        cases: dict[str, object] = {}
        for code, item in self.reading.mapping(value).items():
            here = (*at, code)
            if isinstance(item, list):
                cases[str(code)] = tuple(str(entry) for entry in item)
                continue
            fact = self.find(item, here, scope)
            if fact is None:
                return None
            cases[str(code)] = fact
        if not cases:
            self.reading.fault("wrong-type.mapping", at)
        return cases or None

    def _template(self, value: Any, at: Path, scope: str, *, widths: bool) -> tuple[object, ...] | None:
        text = str(value)
        parts: list[object] = []
        last = 0
        for match in _PLACEHOLDER.finditer(text):
            if match.start() > last:
                parts.append(text[last : match.start()])
            last = match.end()
            width = _WIDTH.fullmatch(match[1])
            if widths and width:
                parts.append((int(width[1]), int(width[2])))
                continue
            fact = self.find(match[1], at, scope)
            if fact is None:
                return None
            parts.append(fact)
        if last < len(text):
            parts.append(text[last:])
        return tuple(parts)

    def format(self, name: Any, at: Path) -> tuple[Table, str] | None:
        """The table and name of a named format."""
        formats = {form: table for table in self.tables.values() for form in table.formats}
        table = formats.get(str(name))
        if table is None:
            self.reading.fault("unknown-format", at, name=str(name), near=str(name), known=formats)
            return None
        return table, str(name)


def scope_of(path: str) -> str:
    """The row prefix a path lies in: `members[]` of `members[].name`, "" at the root."""
    head, found, _ = path.rpartition("[]")
    return head + found


def names_in(value: Any) -> Iterator[str]:
    """Every text inside an argument that may be the name of a fact, placeholders of templates among them."""
    if isinstance(value, str):
        yield value
        yield from _PLACEHOLDER.findall(value)
    elif isinstance(value, list):
        for item in value:
            yield from names_in(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from names_in(item)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
