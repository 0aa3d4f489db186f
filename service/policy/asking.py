"""Derived facts computed from conditions: the condition read, and what only people answer refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from service import messages
from service.policy.arguments import PLACEHOLDER
from service.policy.bilingual import DEADLINE
from service.policy.comparisons import DEADLINES
from service.policy.conditions import ConditionReader
from service.policy.dependencies import condition_of
from service.policy.fact_schema import MEASURED_KEYS
from service.policy.facts import Fact, FactType
from service.policy.functions import FUNCTIONS, MEASURES, Argument
from service.policy.kinds import Condition, Extreme, Points, Sum
from service.policy.operands import OperandReader
from service.policy.reading import Path, Reading
from service.policy.scoring import DECIMALS, BestOf, SumOf

# Keys of a condition, at any depth, that name a fact or a list.
_NAMING = ("fact", "count", "every", "some", "sum", "highest", "lowest", "share", "of", "distinct_by", "excluding")
# Keys that hold no condition.
_NO_CONDITIONS = ("words", "examples", "cite")
_OF_PEOPLE = ("judgement", "readings", "on_miss", "in_principle", "open_list")
_SPANS = ("within", "for_at_least")


PERCENT = "%"
DECIMALS_OF_SHARES = 2  # of a percentage that does not say how many it has


def measured(function: str, condition: object) -> tuple[FactType, Fact | None]:
    """The type of what a function gives of a condition, with the fact it takes its unit and decimals from."""
    if function in MEASURES and isinstance(condition, Sum | Extreme):
        return condition.fact.type, condition.fact
    return FUNCTIONS[function].result or FactType.NUMBER, None


def unit_of(function: str) -> str | None:
    """The unit of what a function gives, where it is always the same."""
    return PERCENT if function == "share" else messages.text("points.unit") if function == "points" else None


def asks(function: str) -> bool:
    """Whether a function computes its value from a condition."""
    return FUNCTIONS[function].bare is Argument.CONDITION


class AskingReader:
    """Reads the conditions of derived facts; `date` is what the policy names as the day of the application."""

    def __init__(
        self, reading: Reading, conditions: ConditionReader, operands: OperandReader, date: Any
    ) -> None:  # fmt: skip
        self.reading = reading
        self._conditions = conditions
        self._operands = operands
        self._date = date
        deadline = reading.mapping(reading.document.data).get("deadline")
        self._deadline_open = isinstance(deadline, dict) and deadline.get("at") is None

    def condition(self, entry: dict[str, Any], function: str, here: Path, scope: str) -> Condition | None:
        """The condition that a derived fact is computed from, of a measure one without comparison; None if faulty."""
        measured = function in MEASURES
        data, at = (_parts(entry), here) if measured else (entry[function], (*here, function))
        faults = [*self._of_people(data, at)]
        for path in faults:
            self.reading.fault("derived-asks-people", path, at_key=True, key=str(path[-1]))
        if faults:
            return None
        if measured:
            return self._conditions.measure(function, data, at, scope=scope)
        return self._conditions.of_a_fact(data, at, scope=scope)

    def completed(self, fact: Fact, entry: dict[str, Any], here: Path) -> Fact:
        """The fact with what is said of no row counting; noted where that, or a number of points, does not fit it."""
        derivation = fact.derivation
        condition = condition_of(fact)
        if isinstance(condition, Points) and fact.type is FactType.NUMBER:
            step = 10 ** max(DECIMALS - fact.precision, 0)
            if any(points % step for points in _figures(condition.items)):
                self.reading.fault("points-of-decimals", (*here, "points"), at_key=True, name=fact.path)
        if "on_empty" not in entry or derivation is None:
            return fact
        value = self._operands.number(fact, entry["on_empty"], (*here, "on_empty"))
        arguments = {**derivation.arguments, "on_empty": value}
        return replace(fact, derivation=replace(derivation, arguments=arguments))

    def needed(self, entry: dict[str, Any], function: str) -> Iterator[str]:
        """Every fact that the condition of an entry names, as far as it is well formed."""
        return self.names(_parts(entry) if function in MEASURES else entry[function])

    def names(self, data: Any) -> Iterator[str]:
        """Every fact that a condition names, as far as it is well formed."""
        for key, value in data.items() if isinstance(data, dict) else ():
            if key in _NAMING and isinstance(value, str):
                yield value
            elif key in _SPANS and isinstance(self._date, str):
                yield self._date
            elif key == "words":
                yield from (name for text in self.reading.mapping(value).values() for name in _placed(text))
            elif key not in _NO_CONDITIONS:
                yield from self.names(value)
        for item in data if isinstance(data, list) else ():
            yield from self.names(item)

    def _of_people(self, data: Any, path: Path) -> Iterator[Path]:
        """Where a condition, at any depth, leaves something to people."""
        for key, value in data.items() if isinstance(data, dict) else ():
            # Readings of how many of several must hold.
            numbers = key == "at_least" and "n_of" in data and isinstance(value, dict) and "parameter" not in value
            undated = key in DEADLINES and value == DEADLINE and self._deadline_open
            if numbers or undated or (key in _OF_PEOPLE and value is not False):
                yield (*path, key)
            elif key not in _NO_CONDITIONS:
                yield from self._of_people(value, (*path, key))
        for index, item in enumerate(data if isinstance(data, list) else ()):
            yield from self._of_people(item, (*path, index))


def _parts(entry: dict[str, Any]) -> dict[str, Any]:
    """The keys of an entry that say what is measured."""
    return {key: entry[key] for key in (*MEASURES, *MEASURED_KEYS) if key in entry and key != "on_empty"}


def _figures(items: Iterable[Condition]) -> Iterator[int]:
    """Every number of points that items of points are given, or capped at."""
    for item in items:
        for key in ("points", "at_most"):
            written = getattr(item, key, None)
            if isinstance(written, int):
                yield written
        yield from _figures(item.items if isinstance(item, BestOf | SumOf) else ())


def _placed(text: Any) -> list[str]:
    return PLACEHOLDER.findall(text) if isinstance(text, str) else []
