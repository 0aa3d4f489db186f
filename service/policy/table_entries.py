"""Entries of a table: the values of a vocabulary, what counts as what; the names of a list, and when they stand."""

from __future__ import annotations

import datetime as dt
from typing import Any

from service.policy import literals
from service.policy.reading import Path, Reading
from service.policy.tables import CodeEntry, ListEntry, Vocabulary

_ALWAYS = (dt.date.min, dt.date.max)


def read_vocabulary(reading: Reading, items: Any, *, scale: bool) -> Vocabulary | None:
    """The values of a `codes` or `scale` table; None where there are no entries to read."""
    if not isinstance(items, list):
        return None
    entries = [reading.mapping(item) for item in items]
    names: dict[str, int] = {}
    for index, entry in enumerate(entries):
        for here, text in _written(entry, index, ("code", "label")):
            # An entry may name itself twice; two entries of one name could not be told apart.
            if names.setdefault(literals.normalise(text), index) != index:
                line = reading.place(("entries", names[literals.normalise(text)])).line
                reading.fault("name-twice", here, name=text, line=line)
    targets = [_targets(reading, entry, index, names) for index, entry in enumerate(entries)]
    closed = [_closed(reading, index, targets) for index in range(len(entries))]
    made = []
    for index, entry in enumerate(entries):
        code = str(entry.get("code", ""))
        made.append(
            CodeEntry(
                code=code,
                label=str(entry.get("label", code)),
                aliases=tuple(str(alias) for alias in _aliases(entry)),
                rank=_rank(reading, entries, index, closed[index], scale=scale),
                none=entry.get("none") is True,
                counts_as=tuple(str(entries[target].get("code")) for target in closed[index]),
            )
        )
    return literals.vocabulary_of(tuple(made), is_open=False)


def _rank(reading: Reading, entries: list[dict[str, Any]], index: int, closed: list[int], *, scale: bool) -> int | None:
    """The rank of an entry; one that has none takes the highest of those it counts as."""
    entry = entries[index]
    if "rank" in entry:
        return entry["rank"] if isinstance(entry["rank"], int) else None
    if scale and "counts_as" not in entry:
        reading.fault("required-key", ("entries", index), key="rank")
    return max((rank for at in closed if isinstance(rank := entries[at].get("rank"), int)), default=None)


def _targets(reading: Reading, entry: dict[str, Any], index: int, names: dict[str, int]) -> list[int]:
    """The entries that one counts as, directly."""
    written = entry.get("counts_as")
    found = []
    for number, name in enumerate(written if isinstance(written, list) else []):
        target = names.get(literals.normalise(str(name)))
        if target is None:
            here = ("entries", index, "counts_as", number)
            reading.fault("counts-as-unknown", here, name=str(name), near=str(name), known=names)
        else:
            found.append(target)
    return found


def _closed(reading: Reading, index: int, targets: list[list[int]]) -> list[int]:
    """The entries that one counts as, directly and through others; a circle is told at its first entry."""
    found = _reached(index, targets)
    if index in found and not any(other < index and index in _reached(other, targets) for other in found):
        reading.fault("counts-as-in-a-circle", ("entries", index, "counts_as"), at_key=True)
    return [other for other in found if other != index]


def _reached(index: int, targets: list[list[int]]) -> dict[int, None]:
    found: dict[int, None] = {}
    waiting = [*targets[index]]
    while waiting:
        at = waiting.pop(0)
        if at not in found:
            found[at] = None
            waiting.extend(targets[at])
    return found


def read_listing(reading: Reading, items: Any) -> tuple[ListEntry, ...]:
    """The names of a `list` table; one name may stand in it twice, at different times."""
    listed: list[ListEntry] = []
    seen: dict[str, list[tuple[ListEntry, int]]] = {}
    for index, item in enumerate(items if isinstance(items, list) else []):
        entry = reading.mapping(item)
        start, end = (
            reading.day(entry[key], ("entries", index, key)) if entry.get(key) is not None else None
            for key in ("from", "until")
        )
        if start is not None and end is not None and end < start:
            reading.fault("period-reversed", ("entries", index, "until"))
        made = ListEntry(
            name=str(entry.get("name", "")),
            aliases=tuple(str(alias) for alias in _aliases(entry)),
            start=start,
            end=end,
            note=None if entry.get("note") is None else str(entry["note"]),
        )
        for here, text in _written(entry, index, ("name",)):
            for other, first in seen.get(literals.normalise(text), []):
                if first != index and _overlap(made, other):
                    reading.fault("name-twice", here, name=text, line=reading.place(("entries", first)).line)
                    break
            seen.setdefault(literals.normalise(text), []).append((made, index))
        listed.append(made)
    return tuple(listed)


def _overlap(one: ListEntry, other: ListEntry) -> bool:
    (start, end), (first, last) = ((e.start or _ALWAYS[0], e.end or _ALWAYS[1]) for e in (one, other))
    return start <= last and first <= end


def _written(entry: dict[str, Any], index: int, keys: tuple[str, ...]) -> list[tuple[Path, str]]:
    """The names of an entry with where they stand."""
    found: list[tuple[Path, Any]] = [(("entries", index, key), entry.get(key)) for key in keys]
    found += [(("entries", index, "aliases", number), alias) for number, alias in enumerate(_aliases(entry))]
    return [(here, str(text)) for here, text in found if text is not None]


def _aliases(entry: dict[str, Any]) -> list[Any]:
    aliases = entry.get("aliases")
    return aliases if isinstance(aliases, list) else []
