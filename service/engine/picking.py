"""The value of one field in the row where another is highest or lowest. See `derivations` for its shape."""

from __future__ import annotations

from typing import Any

from service.engine.across import rows_below
from service.engine.figures import bounds, known, several
from service.engine.values import EVERYTHING, HIGHEST, LOWEST, NOTHING, Interval, Reader, Readers
from service.policy.facts import Across, Fact, FactType


def pick(arguments: dict[str, Any], reader: Readers, fact: Fact) -> Reader:
    """What the row may hold that comes first: of every row that may be it, ties among them, the values together.

    Of no rows a code is stated as none, all else is blank; so it is where a row that may be it is blank.
    """
    of: Across = arguments["of"]
    low = "lowest" in arguments
    by: Fact = arguments["lowest" if low else "highest"].fact
    read = bounds(of.fact, reader) if fact.type is FactType.NUMBER else reader(of.fact)
    place = reader(by) if by.type is FactType.DATE else bounds(by, reader)

    def standing(row: Any) -> Interval:
        """The higher, the nearer to what is picked."""
        start, end = place(row) or EVERYTHING
        return (-end, -start) if low else (start, end)

    def compute(frame: Any) -> Any:
        rows = rows_below(of.lists, frame)
        if not rows:
            return NOTHING if rows is not None and fact.type is FactType.CODE else None
        places = [standing(row) for row in rows]
        sure = max(start for start, _ in places)
        return _together(fact.type, [read(row) for row, (_, end) in zip(rows, places, strict=True) if end >= sure])

    return compute


def _together(kind: FactType, values: list[Any]) -> Any:
    """What is known of a value that is one of several."""
    if None in values:
        return None
    if kind is FactType.CODE:
        return several(code for value in values for code in (value if isinstance(value, tuple) else (value,)))
    if kind in (FactType.NUMBER, FactType.DATE):
        return known(max(min(one[0] for one in values), LOWEST), min(max(one[1] for one in values), HIGHEST))
    return values[0] if all(value == values[0] for value in values) else None
