"""Derived facts computed from conditions: the condition read, and what only people answer refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from service.policy.arguments import PLACEHOLDER
from service.policy.bilingual import DEADLINE
from service.policy.comparisons import DEADLINES
from service.policy.conditions import ConditionReader
from service.policy.functions import FUNCTIONS, Argument
from service.policy.kinds import Condition
from service.policy.reading import Path, Reading

# Keys of a condition, at any depth, that name a fact or a list.
_NAMING = ("fact", "count", "every", "some", "sum", "highest", "lowest", "share", "of", "distinct_by", "excluding")
# Keys that hold no condition.
_NO_CONDITIONS = ("words", "examples", "cite")
_OF_PEOPLE = ("judgement", "readings", "on_miss", "in_principle", "open_list")
_SPANS = ("within", "for_at_least")


def asks(function: str) -> bool:
    """Whether a function computes its value from a condition."""
    return FUNCTIONS[function].bare is Argument.CONDITION


class AskingReader:
    """Reads the conditions of derived facts; `date` is what the policy names as the day of the application."""

    def __init__(self, reading: Reading, conditions: ConditionReader, date: Any) -> None:
        self.reading = reading
        self._conditions = conditions
        self._date = date
        deadline = reading.mapping(reading.document.data).get("deadline")
        self._deadline_open = isinstance(deadline, dict) and deadline.get("at") is None

    def condition(self, entry: dict[str, Any], function: str, here: Path, scope: str) -> Condition | None:
        """The condition that a derived fact is computed from; None after a problem."""
        at = (*here, function)
        faults = [*self._of_people(entry[function], at)]
        for path in faults:
            self.reading.fault("derived-asks-people", path, at_key=True, key=str(path[-1]))
        return None if faults else self._conditions.of_a_fact(entry[function], at, scope=scope)

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


def _placed(text: Any) -> list[str]:
    return PLACEHOLDER.findall(text) if isinstance(text, str) else []
