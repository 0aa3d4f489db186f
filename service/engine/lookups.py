"""Derivations that look a value up: as a value of another vocabulary, on a list. See `derivations` for their shape."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from service.engine.figures import several
from service.engine.values import NOTHING, Interval, Other, Reader, Readers
from service.policy.facts import Fact
from service.policy.literals import normalise
from service.policy.tables import Table, Vocabulary

_ALWAYS: Interval = (1, dt.date.max.toordinal())


def recoded(arguments: dict[str, Any], reader: Readers, fact: Fact) -> Reader:
    """The value of the fact's own vocabulary that a code counts as, or that has its name; else none.

    People judge what the fact's vocabulary may hold where it is open: a code that counts as none is outside it,
    but one that states that there is none states so in any vocabulary.
    """
    code: Fact = arguments["of"]
    read = reader(code)
    codes: dict[str, str] = arguments["codes"]
    vocabulary, own = _vocabulary(code), _vocabulary(fact)
    otherwise: Callable[[str], str] = Other if own.open else lambda _: NOTHING
    found: dict[str, str] = {}
    for entry in vocabulary.entries:
        named = (own.by_name.get(normalise(name)) for name in (entry.code, entry.label, *entry.aliases))
        same = next((other.code for other in named if other is not None), None)
        found[entry.code] = codes.get(entry.code) or same or (NOTHING if entry.none else otherwise(entry.label))
    blank = None if vocabulary.open else several(found.values())

    def one_of(value: str) -> str | None:
        if not isinstance(value, Other):
            return found.get(value, NOTHING)
        same = own.by_name.get(normalise(value))
        return same.code if same is not None else value if own.open else None

    def compute(frame: Any) -> Any:
        value = read(frame)
        if value is None:
            return blank
        counted = [one_of(code) for code in (value if isinstance(value, tuple) else (value,))]
        known = [code for code in counted if code is not None]
        return several(known) if len(known) == len(counted) else None

    return compute


def _vocabulary(fact: Fact) -> Vocabulary:
    return Vocabulary(entries=()) if fact.vocabulary is None else fact.vocabulary


def listed(arguments: dict[str, Any], reader: Readers, _fact: Fact) -> Reader:
    """Whether a name stands in a table, on a day where its entries have their times; whole names only."""
    of: Fact = arguments["of"]
    read = reader(of)
    on = reader(arguments["on"]) if "on" in arguments else None
    times = _times(arguments["table"])

    def one(value: str, day: Interval) -> bool | None:
        spans = [span for name in _names(value, of.vocabulary) for span in times.get(name, ())]
        if any(start <= day[0] and day[1] <= end for start, end in spans):
            return True
        return None if any(start <= day[1] and day[0] <= end for start, end in spans) else False

    def compute(frame: Any) -> Any:
        value = read(frame)
        if value is None:
            return None
        day = _ALWAYS if on is None else on(frame) or _ALWAYS
        found = {one(each, day) for each in (value if isinstance(value, tuple) else (value,))}
        return found.pop() if len(found) == 1 else None

    return compute


def _names(value: str, vocabulary: Vocabulary | None) -> set[str]:
    """The names of a text, or of a code all those that its vocabulary knows it by."""
    if vocabulary is None or isinstance(value, Other):
        return {normalise(value)}
    entry = next((entry for entry in vocabulary.entries if entry.code == value), None)
    return set() if entry is None else {normalise(name) for name in (entry.code, entry.label, *entry.aliases)}


def _times(table: Table) -> dict[str, list[Interval]]:
    """The names that stand in a table, and from which day until which."""
    if table.vocabulary is not None:
        return {name: [_ALWAYS] for name in table.vocabulary.by_name}
    times: dict[str, list[Interval]] = {}
    for entry in table.listing or ():
        start = _ALWAYS[0] if entry.start is None else entry.start.toordinal()
        end = _ALWAYS[1] if entry.end is None else entry.end.toordinal()
        for name in (entry.name, *entry.aliases):
            times.setdefault(normalise(name), []).append((start, end))
    return times
