"""Where a condition turns: the values on both sides of each threshold, found on the engine itself.

A number, a date, a rank or the count of rows is moved along its whole range; where the status of the condition
turns, the range is halved until the two sides are neighbours. So a threshold is found wherever it comes from: a
literal, a parameter, another fact, a duration, a table.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from service import messages
from service.authoring.candidates import codes, day_text, identity_number, named, number_value, numbers
from service.authoring.case_paths import Steps
from service.authoring.drafts import Draft, places, value_at
from service.authoring.moves import alongside, born, longer
from service.authoring.search import Search, Tried
from service.authoring.sources import Sources, together
from service.authoring.subjects import Key, Subject, parts, statuses
from service.engine import identity
from service.engine.verdict import NAMES, SATISFIED, UNKNOWN
from service.policy import moments
from service.policy.dependencies import conditions_in
from service.policy.facts import Fact, FactGroup, FactType
from service.policy.kinds import Condition, Points, Rows
from service.policy.scoring import PerUnit, Rated

_MOST_TURNS = 3
_FIRST_ROW = 1
_MOST_ROWS = 12


@dataclass(frozen=True, slots=True)
class Axis:
    """One fact or list in one place, and how to put the n-th of its values there."""

    label: str
    low: int
    high: int
    grid: tuple[int, ...]
    put: Callable[[Draft, int], Draft | None]
    shown: Callable[[int], str]


@dataclass(frozen=True, slots=True)
class Side:
    """A draft at, or next to, a threshold of a condition: what was moved, and to where."""

    axis: Axis
    value: int
    tried: Tried

    @property
    def shown(self) -> str:
        """The value as it is written."""
        return self.axis.shown(self.value)


class Boundaries:
    """The thresholds of a policy's conditions as seen from one draft; what an axis shows is looked at once."""

    def __init__(self, search: Search, subjects: Iterable[Subject], begun: Draft) -> None:
        self._search = search
        self._begun = begun
        self._axes: dict[Steps, Axis | None] = {}
        self._seen: dict[tuple[Steps, int], Mapping[Key, str] | None] = {}
        self._all = together(search.book.of(one) for one in subjects if _has_threshold(one.condition))

    def sides(self, subject: Subject) -> Iterator[Side]:
        """The values around each threshold of a condition, from below to above: one before, at, one after.

        Nothing for a condition that has none, or that no change of one fact turns.
        """
        if not _has_threshold(subject.condition):
            return
        sources = self._search.book.of(subject)
        for fact in sources.facts:
            for steps in places(self._begun.data, fact.path, most=_FIRST_ROW):
                if steps not in self._axes:
                    self._axes[steps] = _axis(self._search, self._begun, fact, steps, self._all)
                yield from self._along(steps, subject)
        condition = subject.condition
        if isinstance(condition, Rows) and isinstance(condition.of, FactGroup):
            for steps in places(self._begun.data, condition.of.path, most=_FIRST_ROW):
                self._axes.setdefault(steps, _row_axis(condition.of, steps))
                yield from self._along(steps, subject)

    def _along(self, steps: Steps, subject: Subject) -> Iterator[Side]:
        axis = self._axes[steps]
        if axis is None:
            return
        key = subject.key

        def at(value: int) -> str:
            """The status of the condition, empty where it was not judged."""
            return (self._look(steps, axis, value) or {}).get(key, "")

        points = [value for value in axis.grid if at(value)]
        wanted: dict[int, None] = {}
        turns = [pair for pair in pairwise(points) if _turned(at(pair[0]), at(pair[1]))]
        for low, high in turns[:_MOST_TURNS]:
            below, above = _narrowed(low, high, at)
            wanted |= dict.fromkeys((below, above))
            # The third is on the side that holds: the threshold itself is the first value there.
            third = above + 1 if _holds(at(above)) else below - 1
            if axis.low <= third <= axis.high and at(third):
                wanted[third] = None
        for value in sorted(wanted):
            draft = axis.put(self._begun, value)
            tried = None if draft is None else self._search.tried(draft)
            if tried is not None:
                yield Side(axis, value, tried)

    def _look(self, steps: Steps, axis: Axis, value: int) -> Mapping[Key, str] | None:
        """The status of every condition with a value on an axis; of several rows that of the first."""
        if (steps, value) not in self._seen:
            draft = axis.put(self._begun, value)
            tried = None if draft is None else self._search.tried(draft)
            self._seen[steps, value] = None if tried is None else dict(statuses(tried.assessment))
        return self._seen[steps, value]


def _has_threshold(condition: Condition) -> bool:
    """Comparisons themselves, what counts or sums rows, and points of numbers; what only combines others turns
    where they do."""
    return not parts(condition) or isinstance(condition, Rows) or _counts_units(condition)


def _counts_units(condition: Condition) -> bool:
    """Whether points turn inside the range of a number, by its units, its parts or a cap."""
    return isinstance(condition, Points) and any(
        isinstance(inner, PerUnit | Rated) for item in condition.items for inner in conditions_in(item)
    )


def _axis(search: Search, begun: Draft, fact: Fact, steps: Steps, sources: Sources) -> Axis | None:
    def put(draft: Draft, value: Any) -> Draft | None:
        return draft.changed((steps, value))

    match fact.type:
        case FactType.NUMBER:
            grid = tuple(sorted(numbers(fact, sources)))
            return Axis(
                fact.label, grid[0], grid[-1], grid,
                lambda draft, n: put(draft, number_value(n, fact)),
                lambda n: f"{number_value(n, fact)}{fact.unit or ''}",
            )  # fmt: skip
        case FactType.DATE:
            days = sorted(
                search.candidates.days(fact, sources, lambda other: value_at(begun.data, alongside(steps, other.path)))
            )
            return Axis(
                fact.label, days[0], days[-1], tuple(days),
                lambda draft, n: draft.changed(*born(draft, fact, steps, n, sources)), day_text,
            )  # fmt: skip
        case FactType.MOMENT:
            seconds = sorted(
                search.candidates.moments(
                    fact, sources, lambda other: value_at(begun.data, alongside(steps, other.path))
                )
            )
            return Axis(
                fact.label, seconds[0], seconds[-1], tuple(seconds),
                lambda draft, n: put(draft, moments.text(n)), moments.text,
            )  # fmt: skip
        case FactType.IDENTITY_NUMBER:
            return _birth_axis(search, begun, fact, steps)
        case FactType.CODE if fact.vocabulary is not None and fact.vocabulary.ranked:
            ranked = sorted((e for e in codes(fact, sources) if e.rank is not None), key=lambda e: e.rank or 0)
            return Axis(
                fact.label, 0, len(ranked) - 1, tuple(range(len(ranked))),
                lambda draft, n: put(draft, named(ranked[n], fact)), lambda n: ranked[n].label,
            )  # fmt: skip
    return None


def _birth_axis(search: Search, begun: Draft, fact: Fact, steps: Steps) -> Axis | None:
    """An identity number by the birth date in it, all else of the number as it is; None where there is no such."""
    held = value_at(begun.data, steps)
    number = identity.compact(held) if isinstance(held, str) else ""
    if identity.parse(number)[0] is not None:
        return None
    days = sorted(search.candidates.births(lambda other: value_at(begun.data, alongside(steps, other.path))))
    serial = int(number[14:17])
    return Axis(
        fact.label, days[0], days[-1], tuple(days),
        lambda draft, n: draft.changed((steps, identity_number(dt.date.fromordinal(n), serial))),
        lambda n: messages.text("generate.born", day=day_text(n)),
    )  # fmt: skip


def _row_axis(group: FactGroup, steps: Steps) -> Axis:
    def put(draft: Draft, count: int) -> Draft | None:
        held = value_at(draft.data, steps)
        rows = held if isinstance(held, list) else []
        while len(rows) < count:
            rows = longer(rows, group)
        return draft.changed((steps, rows[:count]))

    return Axis(group.label, 0, _MOST_ROWS, tuple(range(_MOST_ROWS + 1)), put, str)


def _narrowed(low: int, high: int, at: Callable[[int], str]) -> tuple[int, int]:
    """The two neighbours between which the condition turns."""
    while high - low > 1:
        middle = (low + high) // 2
        if _holds(at(middle)) == _holds(at(low)):
            low = middle
        else:
            high = middle
    return low, high


def _turned(low: str, high: str) -> bool:
    """Whether the condition holds on one side and misses, whatever becomes of the miss, on the other."""
    return NAMES[UNKNOWN] not in (low, high) and _holds(low) != _holds(high)


def _holds(status: str) -> bool:
    return status == NAMES[SATISFIED]
