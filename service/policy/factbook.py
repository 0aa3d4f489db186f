"""The data dictionary of a policy: its facts by path, and which list a path lies in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from service.policy import literals
from service.policy.facts import Fact, FactGroup, FactType
from service.policy.reading import Path, Reading
from service.policy.scalars import literal_text
from service.policy.tables import CodeEntry, Table, Vocabulary

_NAME = re.compile(r"[^\s.\[\]{}/#]+")
# What a fact cannot be compared without; the empty one is the fact itself.
_VITAL: tuple[Path, ...] = (
    (),
    *((key,) for key in ("type", "codes", "table", "unit", "precision", "fields", "list")),
)


class FactBook:
    """Facts by path; `find` resolves a name from inside a list and notes what is wrong with it."""

    def __init__(self, reading: Reading, tables: Mapping[str, Table], *, unread: frozenset[str] = frozenset()) -> None:
        self.reading = reading
        self.tables = tables
        self.unread = unread  # tables whose files are at fault: what names them is not at fault as well
        self.known: dict[str, Fact | FactGroup] = {}
        self.trust: dict[str, tuple[Any, Path]] = {}
        # Facts that are named but could not be read: told where they stand, their use is no second fault.
        self.failed: set[str] = set()

    def declare(self, data: Any, path: Path) -> FactGroup:
        """Read the `facts` section."""
        return FactGroup(path="", label="", children=self._children(data, path, ""))

    def _children(self, data: Any, path: Path, prefix: str) -> tuple[Fact | FactGroup, ...]:
        children = []
        for name, item in self.reading.mapping(data).items():
            here = (*path, name)
            if _NAME.fullmatch(name) is None:
                self.reading.fault("bad-name", here, at_key=True, name=name)
            entry = self.reading.mapping(item)
            full = f"{prefix}{name}"
            if any(self.reading.is_broken((*here, *key)) for key in _VITAL):
                self.failed.add(full)
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
        names = {child.name for child in group.children}
        for key in ("who", "item"):
            if entry.get(key) is not None and str(entry[key]) not in names:
                self.reading.fault(
                    "undeclared-fact", (*here, key), name=str(entry[key]), near=str(entry[key]), known=names
                )
        return group

    def _fact(self, entry: dict[str, Any], here: Path, full: str) -> Fact:
        kind = entry.get("type")
        fact_type = FactType(kind) if isinstance(kind, str) and kind in set(FactType) else FactType.TEXT
        coded = fact_type in (FactType.CODE, FactType.CODES)
        vocabulary = self.vocabulary(entry, here, full)
        if coded and vocabulary is None and full not in self.failed:
            self.reading.fault("codes-missing", here, at_key=True, name=full)
            self.failed.add(full)
        precision = self.precision(entry, here, full)
        low, high = self._range(entry, here, full, precision)
        fact = Fact(
            path=full,
            type=fact_type,
            label=str(entry.get("label", full)),
            help=_text(entry.get("help")),
            unit=_text(entry.get("unit")),
            precision=precision,
            vocabulary=vocabulary,
            at_least=low,
            at_most=high,
            personal=_text(entry.get("personal")),
            remediable=entry.get("remediable") is True,
            recorded=entry.get("recorded") is True,
            position=self.reading.place(here, key=True),
        )
        if "trusted_when" in entry:
            self.trust[full] = (entry["trusted_when"], (*here, "trusted_when"))
        return fact

    def precision(self, entry: dict[str, Any], here: Path, full: str) -> int:
        """The decimals of a number; the fact has failed where they cannot be had."""
        precision = entry.get("precision", 0)
        if isinstance(precision, int) and 0 <= precision <= 6:
            return precision
        self.reading.fault("precision-range", (*here, "precision"))
        self.failed.add(full)
        return 0

    def _range(self, entry: dict[str, Any], here: Path, full: str, precision: int) -> tuple[int | None, int | None]:
        """What a number lies between; a fact whose range is at fault has failed."""
        ends: list[int | None] = []
        for key in ("at_least", "at_most"):
            written = entry.get(key)
            end = None
            if isinstance(written, str | int | Decimal) and not isinstance(written, bool):
                text, unit = literal_text(written), _text(entry.get("unit"))
                end = literals.number(text, unit, precision)
                if end is None:
                    code, label = "bad-number" if unit else "bad-number.no-unit", str(entry.get("label", full))
                    self.reading.fault(code, (*here, key), value=text, fact=label, unit=unit, precision=precision)
                    self.failed.add(full)
            ends.append(end)
        low, high = ends
        if low is not None and high is not None and low > high:
            self.reading.fault("between-reversed", (*here, "at_least"))
            self.failed.add(full)
        return low, high

    def vocabulary(self, entry: dict[str, Any], here: Path, full: str) -> Vocabulary | None:
        """The values of a code fact from its `codes` or its `table`; a fact without them has failed.

        `ordered` codes are ranked as they stand, the lowest first.
        """
        codes, table_name = entry.get("codes"), entry.get("table")
        is_open = entry.get("open") is True
        if table_name is not None:
            table = self.tables.get(str(table_name))
            if table is None or table.vocabulary is None:
                with_values = [table.id for table in self.tables.values() if table.vocabulary]
                self.unknown_table(str(table_name), (*here, "table"), with_values)
                self.failed.add(full)
                return None
            return Vocabulary(entries=table.vocabulary.entries, open=is_open, by_name=table.vocabulary.by_name)
        if not isinstance(codes, dict | list) or self.reading.is_broken((*here, "codes")):
            return None
        written = codes.values() if isinstance(codes, dict) else codes
        if any(item is None or isinstance(item, bool | dict | list) for item in written):
            self.failed.add(full)  # the structure is at fault
            return None
        labels = codes if isinstance(codes, dict) else {str(code): code for code in codes}
        if len(labels) < len(codes):
            self._repeated(codes, (*here, "codes"))
        ordered = entry.get("ordered") is True
        entries = tuple(
            CodeEntry(code=code, label=str(label), rank=rank if ordered else None)
            for rank, (code, label) in enumerate(labels.items(), start=1)
        )
        return literals.vocabulary_of(entries, is_open=is_open)

    def _repeated(self, codes: Any, here: Path) -> None:
        first: dict[str, int] = {}
        for index, code in enumerate(codes):
            if first.setdefault(str(code), index) != index:
                line = self.reading.place((*here, first[str(code)])).line
                self.reading.fault("name-twice", (*here, index), name=str(code), line=line)

    def unknown_table(self, name: str, path: Path, known: Iterable[str]) -> None:
        """Note that there is no table of that name with what is needed of it."""
        if name not in self.unread:
            self.reading.fault("unknown-table", path, name=name, near=name, known=known)

    # --- names ----------------------------------------------------------------------------------------------

    def find(self, name: Any, path: Path, scope: str) -> Fact | None:
        """The fact of that name as seen from `scope` (a list's row prefix or ""); None after a problem."""
        found = self._look_up(name, path, scope)
        if isinstance(found, FactGroup):
            self.reading.fault("group-not-fact", path, name=str(name))
            return None
        return found

    def find_stated(self, name: Any, path: Path, scope: str, *, at_key: bool = False) -> Fact | FactGroup | None:
        """The fact or list of that name; a plain group is refused."""
        found = self._look_up(name, path, scope, at_key=at_key)
        if isinstance(found, FactGroup) and not found.is_list:
            self.reading.fault("group-not-fact", path, at_key=at_key, name=str(name))
            return None
        return found

    def find_list(self, name: Any, path: Path, scope: str, *, at_key: bool = False) -> FactGroup | Fact | None:
        """The list of that name (a list of groups, or a fact holding several codes)."""
        found = self._look_up(name, path, scope, at_key=at_key)
        if found is None:
            return None
        if isinstance(found, FactGroup) and found.is_list:
            return found
        if isinstance(found, Fact) and found.type is FactType.CODES:
            return found
        lists = [path for path, fact in self.known.items() if isinstance(fact, FactGroup) and fact.is_list]
        self.reading.fault("not-a-list", path, at_key=at_key, name=str(name), near=str(name), known=lists)
        return None

    def _look_up(self, name: Any, path: Path, scope: str, *, at_key: bool = False) -> Fact | FactGroup | None:
        if isinstance(name, int | Decimal) and not isinstance(name, bool):
            name = literal_text(name)
        if not isinstance(name, str):
            self.reading.fault("wrong-type.text", path, key=str(path[-1]))
            return None
        if self.has_failed(name):
            return None
        found = self.known.get(name)
        several = self.known.get(name.removesuffix("[]"))
        if found is None and isinstance(several, Fact) and several.type is FactType.CODES:
            # One of the several codes that a field holds.
            found = Fact(
                path=name,
                type=FactType.CODE,
                label=several.label,
                vocabulary=several.vocabulary,
                position=several.position,
            )
        if found is None:
            self.reading.fault("undeclared-fact", path, at_key=at_key, name=name, near=name, known=self.known)
            return None
        home = scope_of(found.path)
        if home and not (scope == home or scope.startswith(home)):
            self.reading.fault("fact-of-a-row", path, at_key=at_key, name=name, list=home[:-2])
            return None
        return found

    def has_failed(self, name: str) -> bool:
        """Whether the fact, or a group above it, is at fault where it is declared."""
        if self.reading.is_broken(("facts",)):
            return True
        if name not in self.known and self.reading.is_broken(("derived",)):
            return True
        return any(name == path or name.startswith((f"{path}.", f"{path}[")) for path in self.failed)

    def format(self, name: Any, at: Path) -> tuple[Table, str] | None:
        """The table and name of a named format."""
        formats = {form: table for table in self.tables.values() for form in table.formats}
        table = formats.get(str(name))
        if table is None and self.unread:
            return None  # it may stand in a table that could not be read
        if table is None:
            self.reading.fault("unknown-format", at, name=str(name), near=str(name), known=formats)
            return None
        return table, str(name)


def scope_of(path: str) -> str:
    """The row prefix a path lies in: `members[]` of `members[].name`, "" at the root."""
    head, found, _ = path.rpartition("[]")
    return head + found


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
