"""Arithmetic of calendar days, held as ordinals, and of moments, held as seconds."""

from __future__ import annotations

import calendar
import datetime as dt

from service.engine.values import Interval
from service.policy.facts import Duration
from service.policy.moments import DAY

_LAST = dt.date.max


def add(days: int, duration: Duration, sign: int = 1) -> int:
    """The ordinal day a duration later; the day of the month is clipped to the end of the month reached."""
    return add_months(days, sign * duration.months, sign * duration.days)


def moved(date: Interval, duration: Duration) -> Interval:
    """The bounds of a date a duration later."""
    start = add(date[0], duration)
    return start, start if date[0] == date[1] else add(date[1], duration)


def moved_moment(moment: Interval, duration: Duration) -> Interval:
    """The bounds of a moment a duration later, at the same time of the day."""
    (first, early), (last, late) = divmod(moment[0], DAY), divmod(moment[1], DAY)
    low, high = add(first, duration) * DAY + early, add(last, duration) * DAY + late
    if first == last:
        return low, high
    # Days of a longer month fall together: one later in the interval may come out earlier in its day.
    return min(low, add(first + 1, duration) * DAY), max(high, add(last - 1, duration) * DAY + DAY - 1)


def day_of(moment: Interval) -> Interval:
    """The first and last day on which a moment may lie."""
    return moment[0] // DAY, moment[1] // DAY


def add_months(days: int, months: int, more: int = 0) -> int:
    """The ordinal day so many months and `more` days later or, negative, earlier, clipped as in `add`.

    A day beyond the calendar is its first or last one.
    """
    date = dt.date.fromordinal(days)
    year, index = divmod(date.year * 12 + date.month - 1 + months, 12)
    if not 1 <= year <= _LAST.year:
        return 1 if year < 1 else _LAST.toordinal()
    day = date.day
    if day > 28:
        day = min(day, calendar.monthrange(year, index + 1)[1])
    reached = dt.date(year, index + 1, day).toordinal()
    return reached if more == 0 else min(max(reached + more, 1), _LAST.toordinal())


def whole_months(start: int, end: int) -> int:
    """Whole months from one ordinal day to another, negative where the end comes first."""
    if end < start:
        return -whole_months(end, start)
    first, last = dt.date.fromordinal(start), dt.date.fromordinal(end)
    months = (last.year - first.year) * 12 + last.month - first.month
    return months - (add_months(start, months) > end)
