"""Arguments of functions that hold amounts, bands, shares, codes or lists, typed by the facts they are about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from service.policy.factbook import FactBook, scope_of
from service.policy.factors import FactorReader
from service.policy.facts import Across, Fact, FactGroup, FactType
from service.policy.functions import ARGUMENT_TYPES, Argument, Band
from service.policy.kinds import LiteralOperand
from service.policy.literals import is_amount, normalise, same_unit, units_of
from service.policy.operands import OperandReader
from service.policy.reading import Path
from service.policy.tables import Table, Vocabulary

_Value = TypeVar("_Value")
_Term = Fact | Across | LiteralOperand


class ValuedArgumentReader:
    """Reads such arguments of one policy; each method answers None once it has noted what is wrong.

    `result` stands for the derived fact: its unit, decimals and vocabulary; `of` is the fact the function is about.
    """

    def __init__(self, facts: FactBook, operands: OperandReader) -> None:
        self.facts = facts
        self.reading = facts.reading
        self.operands = operands
        self._factors = FactorReader(facts, operands)
        self._readers: dict[Argument, Callable[[Any, Path, Fact, Fact | None], object | None]] = {
            Argument.BANDS: self._bands,
            Argument.AMOUNTS: self._amounts,
            Argument.AMOUNT: lambda value, at, result, _: self.operands.number(result, value, at),
            Argument.SHARE: self._share,
            Argument.CODE_MAP: self._code_map,
            Argument.FACTORS: lambda value, at, result, _: self._factors.factors(value, at, result),
            Argument.NAMES: lambda value, at, _result, _of: self._names(value, at),
        }

    def reads(self, kind: Argument) -> bool:
        """Whether this reader is the one for a kind of argument that is typed by others."""
        return kind in self._readers

    def read(self, kind: Argument, value: Any, at: Path, *, result: Fact, of: Fact | None) -> object | None:
        """An argument typed by the result or by the fact the function is about."""
        return self._readers[kind](value, at, result, of)

    def fit(self, function: str, arguments: dict[str, Any], here: Path) -> bool:
        """Whether the arguments of a function fit each other; noted where not."""
        faults = len(self.reading.problems)
        if function == "amount_by" and "otherwise" not in arguments:
            entries = arguments["of"].vocabulary.entries
            lacking = "、".join(entry.label for entry in entries if entry.code not in arguments["amounts"])
            if lacking:
                self.reading.fault("codes-without-amount", (*here, "amounts"), at_key=True, codes=lacking)
        elif function == "pick":
            self._one_row(arguments, here)
        elif function == "listed" and "on" not in arguments and _is_dated(arguments["table"]):
            self.reading.fault("list-needs-day", here, at_key=True, name=arguments["table"].id)
        return len(self.reading.problems) == faults

    def _one_row(self, arguments: dict[str, Any], here: Path) -> None:
        """One field to go by, of the rows of the field that is picked."""
        by = [key for key in ("highest", "lowest") if key in arguments]
        if len(by) != 1:
            self.reading.fault("pick-by-one", here, at_key=True)
            return
        of, other = arguments["of"], arguments[by[0]]
        if of.lists != other.lists:
            name, list_name = other.fact.path, of.lists[-1].path
            self.reading.fault("pick-of-another-list", (*here, by[0]), name=name, list=list_name)

    # --- facts ----------------------------------------------------------------------------------------------

    def numbers(self, value: Any, at: Path, scope: str, function: str) -> tuple[_Term, ...] | None:
        """Number facts of one unit and precision or one that stands in every row of a list, and literals like them."""
        items = [(item, (*at, index)) for index, item in enumerate(value)] if isinstance(value, list) else [(value, at)]
        return self._parts(items, at, scope, function)

    def terms(self, value: Mapping[str, Any], at: Path, scope: str, function: str) -> dict[str, object] | None:
        """The numbers under the keys of a function, one of them at least a fact."""
        found = self._parts([(item, (*at, key)) for key, item in value.items()], at, scope, function)
        return None if found is None else dict(zip(value, found, strict=True))

    def alike(self, value: Any, at: Path, scope: str, function: str) -> tuple[_Term, ...] | None:
        """Two parts or more: facts of one type, unit and precision, and literals (or parameters) typed by these."""
        items = [(item, (*at, index)) for index, item in enumerate(value)] if isinstance(value, list) else [(value, at)]
        if len(items) < 2:
            self.reading.fault("arguments-two", at, at_key=True, function=function)
            return None
        return self._parts(items, at, scope, function)

    def _parts(self, items: list[tuple[Any, Path]], at: Path, scope: str, function: str) -> tuple[_Term, ...] | None:
        """Facts of one kind, and literals typed by them; one of them at least a fact."""
        across = function == "total"
        facts: dict[Path, Fact | Across] = {}
        kinds: list[Fact] = []
        for item, here in items:
            if self.is_literal(item):
                continue
            one = self._across(item, here, scope) if across else self.facts.find(item, here, scope)
            fact = one.fact if isinstance(one, Across) else one
            if one is None or fact is None or not self._fits(fact, kinds, here, function):
                return None
            facts[here] = one
            kinds.append(fact)
        if not facts:
            self.reading.fault("literals-only", at, at_key=True, function=function)
            return None
        model = next((fact for fact in kinds if fact.unit is not None), kinds[0])
        found = [facts.get(here) or self.typed_by(model, item, here) for item, here in items]
        return None if None in found else tuple(part for part in found if part is not None)

    def is_literal(self, item: Any) -> bool:
        """Whether a part is no name of a fact: a number, a parameter, a text that begins as a number or date does."""
        if not isinstance(item, str):
            return True
        named = item in self.facts.known or item in self.facts.failed
        return not named and (item[:1].isdecimal() or is_amount(item))

    def typed_by(self, fact: Fact, item: Any, at: Path) -> LiteralOperand | None:
        """A literal, or the parameter that holds it, as a value of a fact."""
        value = self.operands.number(fact, item, at)
        return None if value is None else LiteralOperand(literal=str(self.operands.text(item, at)), value=value)

    def of_rows(self, value: Any, at: Path, scope: str, role: tuple[str, str]) -> Across | None:
        """A fact of the rows of a list."""
        one = self._across(value, at, scope)
        fact = one.fact if isinstance(one, Across) else one
        if fact is not None and fact.type not in ARGUMENT_TYPES[role]:
            self.reading.fault("argument-type", at, name=fact.path, function=role[0])
            return None
        if isinstance(one, Fact):
            self.reading.fault("fact-of-no-row", at, name=one.path)
        return one if isinstance(one, Across) else None

    def rows(self, value: Any, at: Path, scope: str) -> Fact | FactGroup | None:
        """A list, or a fact of several codes."""
        return self.facts.find_list(value, at, scope)

    def _same_kind(self, one: Fact, other: Fact, at: Path) -> bool:
        same = one.unit is None or other.unit is None or same_unit(one.unit, other.unit)
        if same and (one.type, one.precision) == (other.type, other.precision):
            return True
        self.operands.not_alike("facts-not-alike", other, one, at)
        return False

    def _fits(self, fact: Fact, before: list[Fact], here: Path, function: str) -> bool:
        if fact.type not in ARGUMENT_TYPES[function, ""]:
            self.reading.fault("argument-type", here, name=fact.path, function=function)
            return False
        return self._same_kind(before[0] if before else fact, fact, here)

    def _across(self, name: Any, at: Path, scope: str) -> Fact | Across | None:
        """A fact, or one that stands in the rows of a list inside `scope`."""
        home = scope_of(name) if isinstance(name, str) else ""
        if home == scope or not home.startswith(scope) or not self._is_below(home, scope):
            return self.facts.find(name, at, scope)
        lists: list[FactGroup] = []
        while home != scope:
            group = self.facts.known.get(home.removesuffix("[]"))
            if isinstance(group, FactGroup) and group.is_list:
                lists.insert(0, group)
            home = scope_of(home.removesuffix("[]"))
        fact = self.facts.find(name, at, scope_of(str(name)))
        return None if fact is None else Across(lists=tuple(lists), fact=fact)

    def _is_below(self, home: str, scope: str) -> bool:
        while home and home != scope:
            home = scope_of(home.removesuffix("[]"))
        return home == scope

    # --- literals -------------------------------------------------------------------------------------------

    def _share(self, value: Any, at: Path, result: Fact, _of: Fact | None) -> object | None:
        """A part that is written, or a number in percent."""
        if isinstance(value, str) and (value in self.facts.known or self.facts.has_failed(value)):
            fact = self.facts.find(value, at, scope_of(result.path))
            if fact is not None and (
                fact.type is not FactType.NUMBER or fact.unit is None or "%" not in units_of(fact.unit)
            ):
                self.reading.fault("not-in-percent", at, name=fact.path)
                return None
            return fact
        share = self.operands.fraction(value, at)
        return None if share is None else share[0]

    def _bands(self, value: Any, at: Path, result: Fact, of: Fact | None) -> tuple[Band, ...] | None:
        """Half-open bands from the highest on; only the last may take all below."""
        if not isinstance(value, list) or not value:
            self.reading.fault("wrong-type.list", at, key=str(at[-1]))
            return None
        bands: list[Band] = []
        whole = of is not None
        for index, item in enumerate(value):
            here = (*at, index)
            entry = self._entry(item, here, ("from", "gives"), "gives")
            if entry is None:
                whole = False
                continue
            gives = self._gives(entry["gives"], (*here, "gives"), result)
            start = self.operands.number(of, entry["from"], (*here, "from")) if of and "from" in entry else None
            if gives is None or ("from" in entry and start is None):
                whole = False
                continue
            # A band after the one that takes all below, or not below the one before it.
            if bands and (bands[-1].start is None or (start is not None and start >= bands[-1].start)):
                self.reading.fault("bands-order", here, at_key=True)
                return None
            bands.append(Band(start, gives))
        return tuple(bands) if whole else None

    def _gives(self, value: Any, at: Path, result: Fact) -> str | int | None:
        coded = result.vocabulary is not None
        return self.operands.code(result, value, at) if coded else self.operands.number(result, value, at)

    def _entry(self, item: Any, here: Path, allowed: tuple[str, ...], needed: str) -> dict[str, Any] | None:
        if not isinstance(item, dict):
            self.reading.fault("wrong-type.mapping", here, key=str(here[-2]))
            return None
        unknown = [key for key in item if key not in allowed]
        for key in unknown:
            listed = "、".join(allowed)
            self.reading.fault(
                "unknown-key", (*here, key), at_key=True, near=key, known=allowed, key=key, allowed=listed
            )
        if needed not in item and not unknown:
            self.reading.fault("required-key", here, at_key=True, key=needed)
        return None if unknown or needed not in item else item

    def _by_code(self, value: Any, at: Path, of: Fact | None) -> dict[str, tuple[Any, Path]] | None:
        """What stands under each code of a fact, the codes written by any of their names."""
        if not isinstance(value, dict) or not value:
            self.reading.fault("wrong-type.mapping", at, key=str(at[-1]))
            return None
        if of is None or of.vocabulary is None:
            return None
        found: dict[str, tuple[Any, Path]] = {}
        entries = of.vocabulary.entries
        names = [name for entry in entries for name in (entry.code, entry.label, *entry.aliases)]
        for written, item in value.items():
            here = (*at, written)
            entry = of.vocabulary.by_name.get(normalise(written))
            if entry is None:
                listed = "、".join(entry.label for entry in entries[:20])
                self.reading.fault(
                    "unknown-code", here, at_key=True, value=written, fact=of.label,
                    near=written, known=names, allowed=listed,
                )  # fmt: skip
            elif entry.code in found:
                line = self.reading.place(found[entry.code][1], key=True).line
                self.reading.fault("name-twice", here, at_key=True, name=written, line=line)
            else:
                found[entry.code] = item, here
        return found if len(found) == len(value) else None

    def _amounts(self, value: Any, at: Path, result: Fact, of: Fact | None) -> dict[str, int] | None:
        """The amounts by code; a code without one has that of the first it counts as."""
        written = self._by_code(value, at, of)
        if written is None or of is None or of.vocabulary is None:
            return None
        read = {code: self.operands.number(result, item, here) for code, (item, here) in written.items()}
        amounts = {code: amount for code, amount in read.items() if amount is not None}
        return _filled(amounts, of.vocabulary) if len(amounts) == len(read) else None

    def _code_map(self, value: Any, at: Path, result: Fact, of: Fact | None) -> dict[str, str] | None:
        """The codes of one vocabulary by those of another; a code without one has that of the first it counts as."""
        written = self._by_code(value, at, of)
        if written is None or of is None or of.vocabulary is None or result.vocabulary is None:
            return None
        read = {code: self.operands.code(result, item, here) for code, (item, here) in written.items()}
        codes = {code: name for code, name in read.items() if name is not None}
        return _filled(codes, of.vocabulary) if len(codes) == len(read) else None

    def _names(self, value: Any, at: Path) -> Table | None:
        table = self.facts.tables.get(str(value)) if isinstance(value, str) else None
        if table is not None and (table.vocabulary is not None or table.listing is not None):
            return table
        known = [t.id for t in self.facts.tables.values() if t.vocabulary is not None or t.listing is not None]
        self.facts.unknown_table(str(value), at, known)
        return None


def _is_dated(table: Table) -> bool:
    """Whether some entry of a table stands in it for a time only."""
    return any(entry.start or entry.end for entry in table.listing or ())


def _filled(found: dict[str, _Value], vocabulary: Vocabulary) -> dict[str, _Value]:
    """What was found by code, for codes that count as others too."""
    filled = dict(found)
    for entry in vocabulary.entries:
        taken = next((found[code] for code in entry.counts_as if code in found), None)
        if entry.code not in filled and taken is not None:
            filled[entry.code] = taken
    return filled
