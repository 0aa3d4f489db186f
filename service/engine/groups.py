"""Rows of a list told apart: those with one key are one row, the best of them.

Any other rule would let a number filled in later worsen what was already satisfied. A row with a blank key may
be any other, so it counts as unknown; a blank excluded key may be that of one row, so one counted row becomes
unknown.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from service.engine.facts import Frame
from service.engine.verdict import NOT, UNKNOWN
from service.policy.literals import normalise


class Groups:
    """Rows that are one by their key, as indices with whether that key is known; and what is said of them."""

    exclusion_blank = False
    # Where every key is known and its own, as nearly always: the one row of each group.
    alone: list[int] | None = None

    def __init__(self) -> None:
        self.members: list[tuple[list[int], bool]] = []
        self.duplicates: list[Frame] = []
        self.excluded: list[Frame] = []
        self.keyless: list[Frame] = []

    def holding(self, statuses: list[int]) -> list[int]:
        """A status for each group by those of its rows: it holds if one of them does."""
        if self.alone is not None:
            holding = [statuses[index] for index in self.alone]
        else:
            holding = [_best(members, keyed, statuses) for members, keyed in self.members]
        if self.exclusion_blank and holding:
            best = max(range(len(holding)), key=holding.__getitem__)
            holding[best] = min(holding[best], UNKNOWN)
        return holding

    def failing(self, refused: list[int]) -> list[int]:
        """A status for each group by the negated ones of its rows: it does not hold only if none of them does."""
        failing = [_worst(members, keyed, refused) for members, keyed in self.members]
        if self.exclusion_blank and NOT in failing:
            failing[failing.index(NOT)] = UNKNOWN
        return failing


UNGROUPED = Groups()


def grouped(
    frames: list[Frame], key: Callable[[Any], Any] | None, excluding: Callable[[Any], Any] | None, frame: Frame
) -> Groups:
    """The groups of `frames` by `key`, without those whose key is what `excluding` reads from `frame`."""
    groups = Groups()
    if key is None:
        groups.members = [([index], True) for index in range(len(frames))]
        groups.alone = [*range(len(frames))]
        return groups
    excluded = None
    if excluding is not None:
        value = excluding(frame)
        groups.exclusion_blank = value is None
        excluded = None if value is None else _same(value)
    by_key: dict[Any, list[int]] = {}
    for index, row in enumerate(frames):
        value = key(row)
        if value is None:
            groups.keyless.append(row)
            groups.members.append(([index], False))
            continue
        own = _same(value)
        if own == excluded:
            groups.excluded.append(row)
        elif own in by_key:
            by_key[own].append(index)
            groups.duplicates.append(row)
        else:
            by_key[own] = [index]
            groups.members.append((by_key[own], True))
    if not groups.keyless and not groups.duplicates:
        groups.alone = [members[0] for members, _ in groups.members]
    return groups


def _best(members: list[int], keyed: bool, statuses: list[int]) -> int:
    best = max(statuses[index] for index in members)
    return best if keyed else min(best, UNKNOWN)


def _worst(members: list[int], keyed: bool, refused: list[int]) -> int:
    worst = min(refused[index] for index in members)
    return worst if keyed else max(worst, UNKNOWN)


def _same(value: Any) -> Any:
    return normalise(value) if isinstance(value, str) else value
