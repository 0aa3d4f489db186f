"""Derivations across the rows of a list: their number, the total of a number. See `derivations` for their shape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from service.engine.figures import bounds, summed, term
from service.engine.values import Interval, Reader, Readers
from service.policy.facts import Across, Fact, FactGroup


def total(arguments: dict[str, Any], reader: Readers, _fact: Fact) -> Reader:
    """The sum of numbers, of a list those of all its rows; 0 of none, blank where a list is."""
    parts = [
        _each(part, bounds(part.fact, reader)) if isinstance(part, Across) else _one(term(part, reader))
        for part in arguments[""]
    ]

    def compute(frame: Any) -> Any:
        found: list[Interval] = []
        for part in parts:
            some = part(frame)
            if some is None:
                return None
            found += some
        return summed(found)

    return compute


def _one(read: Callable[[Any], Interval]) -> Callable[[Any], list[Interval] | None]:
    return lambda frame: [read(frame)]


def _each(across: Across, read: Callable[[Any], Interval]) -> Callable[[Any], list[Interval] | None]:
    def of_rows(frame: Any) -> list[Interval] | None:
        rows = rows_below(across.lists, frame)
        return None if rows is None else [read(row) for row in rows]

    return of_rows


def rows_below(lists: Sequence[FactGroup], frame: Any) -> list[Any] | None:
    """The rows of a list of a frame, of a list in a list those of all its rows; None where one is blank."""
    rows = [frame]
    for one in lists:
        inside: list[Any] = []
        for row in rows:
            found = row.below(one.path)
            if found is None:
                return None
            inside += found
        rows = inside
    return rows


def row_count(arguments: dict[str, Any], reader: Readers, _fact: Fact) -> Reader:
    """How many rows a list has."""
    read = reader(arguments[""])

    def compute(frame: Any) -> Any:
        rows = read(frame)
        return None if rows is None else (len(rows), len(rows))

    return compute
