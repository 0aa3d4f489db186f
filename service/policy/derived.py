"""The `derived` section: facts computed by the closed set of functions, their arguments resolved."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from service.policy.arguments import PLACEHOLDER, ArgumentReader
from service.policy.asking import DECIMALS_OF_SHARES, AskingReader, asks, measured, unit_of
from service.policy.factbook import FactBook, scope_of
from service.policy.facts import Across, Derivation, Fact, FactType
from service.policy.functions import FUNCTIONS, LITERALS, Argument
from service.policy.kinds import LiteralOperand
from service.policy.literals import same_unit
from service.policy.operands import OperandReader
from service.policy.reading import Path

_NAME = re.compile(r"[^\s.\[\]{}/#]+(\[\])?")
MAX_LEVELS = 40  # derived facts resting on derived facts; the engine reads them by calling one another

# Functions whose result is of the kind of what they are given: which argument says of which.
_MODELS = {
    "portion": ("of",),
    "pick": ("of",),
    "minus": ("of", "less"),
    "total": ("",),
    "least_of": ("",),
    "greatest_of": ("",),
}
# Arguments in which literals and parameters stand among the names of facts.
_MIXED = frozenset({Argument.ALIKE, Argument.NUMBERS, Argument.FACTS, Argument.FACTORS, Argument.TERM})


class DerivedReader:
    """Adds the derived facts of a policy to its fact book."""

    def __init__(self, facts: FactBook, operands: OperandReader, asking: AskingReader) -> None:
        self.facts = facts
        self._asking = asking
        self.reading = facts.reading
        self._entries: dict[str, dict[str, Any]] = {}
        self._path: Path = ()
        self._levels: dict[str, int] = {}
        self._arguments = ArgumentReader(facts, operands)

    def read(self, data: Any, path: Path) -> tuple[Fact, ...]:
        """The derived facts in the order of the file; each may use others wherever they stand."""
        self._path = path
        self._entries = {name: self.reading.mapping(item) for name, item in self.reading.mapping(data).items()}
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
        needed = () if function is None else tuple(dict.fromkeys(self._needed(function, entry)))
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

    def _needed(self, function: str, entry: dict[str, Any]) -> Iterator[str]:
        """What may be the names of the facts that an entry needs."""
        return self._asking.needed(entry, function) if asks(function) else _named(function, entry[function])

    def _fact(self, name: str, entry: dict[str, Any], function: str, here: Path) -> Fact | None:
        scope = scope_of(name)
        rows = scope.removesuffix("[]")
        if self.reading.is_broken(here) or (
            scope and self.facts.find_list(rows, here, scope_of(rows), at_key=True) is None
        ):
            return None
        shape = self._shape(name, entry, function, here)
        written = "codes" in entry or "table" in entry
        if shape.vocabulary is None and (function == "recoded" or (function == "band" and written)):
            if not written:
                self.reading.fault("codes-missing", here, at_key=True, name=name)
            return None
        at = (*here, function)
        arguments: dict[str, object] | None
        if asks(function):
            condition = self._asking.condition(entry, function, here, scope)
            arguments = None if condition is None else {"": condition}
        else:
            arguments = self._arguments.read(function, entry[function], at, shape)
        if arguments is None or name in self.facts.failed:
            return None
        if function == "choose" and "precision" in entry and not _of_literals(arguments["cases"]):
            self.reading.fault("key-not-with", (*here, "precision"), at_key=True, key="precision", kind=function)
            return None
        fact_type, model = _result(function, arguments, shape)
        own_unit = entry.get("unit") is not None
        own_decimals = FUNCTIONS[function].own_decimals or (function == "choose" and _of_literals(arguments["cases"]))
        unit = model.unit if model else unit_of(function)
        fixed = function in _MODELS or asks(function)
        if fixed and own_unit and unit and not same_unit(unit, str(entry["unit"])):
            self.reading.fault("unit-of-result", (*here, "unit"), name=name, unit=unit)
            return None
        fact = Fact(
            path=name,
            type=fact_type,
            label=shape.label,
            help=None if entry.get("help") is None else str(entry["help"]),
            unit=shape.unit if own_unit else unit,
            precision=shape.precision if own_decimals else model.precision if model else 0,
            vocabulary=shape.vocabulary or (model.vocabulary if model else None),
            personal=None if entry.get("personal") is None else str(entry["personal"]),
            derivation=Derivation(function=function, arguments=arguments),
            position=self.reading.place(here, key=True),
        )
        if fact.type is FactType.CODE and fact.vocabulary is None:
            self.reading.fault("codes-missing", here, at_key=True, name=name)
            return None
        faults = len(self.reading.problems)
        self._check_codes(fact, function, entry[function], at)
        if asks(function):
            fact = self._asking.completed(fact, entry, here)
        return fact if len(self.reading.problems) == faults else None

    def _shape(self, name: str, entry: dict[str, Any], function: str, here: Path) -> Fact:
        """What the entry says of its value before it is known how that is computed."""
        data = entry[function]
        of = self.facts.known.get(str(data.get("of"))) if function == "portion" and isinstance(data, dict) else None
        unit, precision = (of.unit, of.precision) if isinstance(of, Fact) else (None, 0)
        if function == "share":
            precision = DECIMALS_OF_SHARES
        if "precision" in entry:
            precision = self.facts.precision(entry, here, name)
        # Whether the cases are numbers of their own is known once they are read.
        decimals = FUNCTIONS[function].own_decimals or function == "choose"
        for key, fits in (("precision", decimals), ("open", function != "band")):
            if key in entry and not fits:
                self.reading.fault("key-not-with", (*here, key), at_key=True, key=key, kind=function)
                self.facts.failed.add(name)
        return Fact(
            path=name,
            type=FactType.NUMBER,
            label=str(entry.get("label", name)),
            unit=unit if entry.get("unit") is None else str(entry["unit"]),
            precision=precision,
            vocabulary=self.facts.vocabulary(entry, here, name),
        )

    # --- codes among the arguments --------------------------------------------------------------------------

    def _check_codes(self, fact: Fact, function: str, data: Any, at: Path) -> None:
        """Note every code among the arguments that the fact which gives or takes it does not know."""
        known = self.facts.known
        if function == "identity_sex":
            for key in ("odd", "even"):
                self._check_code(data[key], fact, (*at, key))
        elif function == "first_given":
            last = data[-1] if isinstance(data, list) else None
            if fact.type is FactType.CODE and isinstance(last, str) and last not in known:
                self._check_code(last, fact, (*at, len(data) - 1))
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


def _result(function: str, arguments: dict[str, object], shape: Fact) -> tuple[FactType, Fact | None]:
    """The type a function gives, with the fact it takes it from where it gives what it is given."""
    result = FUNCTIONS[function].result
    if function == "band":
        return FactType.NUMBER if shape.vocabulary is None else FactType.CODE, None
    if asks(function):
        return measured(function, arguments[""])
    if function in _MODELS:
        given = (arguments[key] for key in _MODELS[function])
        items = [item for one in given for item in (one if isinstance(one, tuple) else (one,))]
        facts = [item.fact if isinstance(item, Across) else item for item in items if isinstance(item, Fact | Across)]
        like = next((fact for fact in facts if fact.unit is not None), facts[0])
        return like.type, like
    if result is not None:
        return result, None
    several = arguments.get("", arguments.get("cases"))
    values = several.values() if isinstance(several, dict) else several
    assert values is not None  # noqa: S101  # the functions without a type have one of the two
    model = next((value for value in values if isinstance(value, Fact)), None)  # type: ignore[attr-defined]  # a tuple
    if model is not None:
        return model.type, model
    return (FactType.NUMBER if _of_literals(several) else FactType.CODE), None


def _of_literals(cases: Any) -> bool:
    """Whether cases are numbers, none of them a fact's."""
    return isinstance(cases, dict) and all(isinstance(case, LiteralOperand) for case in cases.values())


def _named(function: str, data: Any) -> Iterator[str]:
    """As `_names_in`, of the arguments of a function that name facts."""
    declared = FUNCTIONS[function]
    if declared.bare is None and isinstance(data, dict):
        kinds = {**declared.required, **declared.optional}
        for key, value in data.items():
            if kinds.get(key) not in LITERALS:
                yield from _names_in(_names_only(kinds.get(key), value))
            elif kinds.get(key) is Argument.SHARE and isinstance(value, str):
                yield value  # a percentage that is written, or the fact that holds it
        return
    yield from _names_in(_names_only(declared.bare, data))


def _names_only(kind: Argument | None, data: Any) -> Any:
    """The texts among facts and literals, without parameters, whose names are none of facts."""
    if kind not in _MIXED:
        return data
    return [item for item in (data if isinstance(data, list) else [data]) if isinstance(item, str)]


def _names_in(value: Any) -> Iterator[str]:
    """Every text inside an argument that may be the name of a fact, placeholders of templates among them."""
    if isinstance(value, str):
        yield value
        yield from PLACEHOLDER.findall(value)
    elif isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _names_in(item)
