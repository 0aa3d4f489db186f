"""Moments: a day with a time, in the application, in conditions and at the head of a policy, and time zones.

A moment is what a clock in the policy's zone shows, in whole seconds: the ordinal day times 86 400, plus the second
of the day. So days and moments convert by whole numbers, a notice's "17:00" is the same number wherever it is read,
and the greatest, 3.2e11, lies far inside what the rules may see.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from service.policy import quantities
from service.policy.literals import date_bounds

DEFAULT_ZONE = "Asia/Shanghai"
DAY = 86_400
_LONGEST = 64  # of a written moment; patterns on longer texts take their time
_CLOCK = r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?"
_TIMED = re.compile(rf"(.*?)(?:T|(?<=日)|\s+){_CLOCK}\s*(Z|[+-]\d{{2}}:?\d{{2}})?")
_OFFSET = re.compile(r"([+-])(\d{2}):?(\d{2})")


class _Written(NamedTuple):
    """First and last ordinal day, the second of the day if a time is written, the zone if one is."""

    first: int
    last: int
    second: int | None = None
    zone: dt.tzinfo | None = None


def bounds(text: str, local: dt.tzinfo | None = None) -> tuple[int, int] | None:
    """First and last second a written moment may mean, as a clock in the zone `local` shows them.

    `2024-06-30 17:00`, `2024-06-30T17:00:00+08:00`; a day or month without a time is as wide as it is, a time
    without seconds is the start of its minute, parts of a second are cut off, 24:00 is the last second of the day.
    A zone is understood only where `local` says into which it is turned. None if there is no such moment.
    """
    written = _read(text)
    if written is None or (written.zone is not None and local is None):
        return None
    if written.second is None:
        return written.first * DAY, written.last * DAY + DAY - 1
    at = written.first * DAY + min(written.second, DAY - 1)
    if written.zone is not None:
        try:
            there = dt.datetime.fromisoformat(_iso(at)).replace(tzinfo=written.zone).astimezone(local)
        except OverflowError:  # beyond the calendar
            return None
        at = there.toordinal() * DAY + there.hour * 3600 + there.minute * 60 + there.second
    return at, at


def days(text: str, local: dt.tzinfo) -> tuple[int, int] | None:
    """First and last ordinal day of a written date or moment; None if it is neither."""
    found = bounds(text, local)
    return None if found is None else (found[0] // DAY, found[1] // DAY)


def moment(text: str) -> tuple[dt.date, dt.time | None] | None:
    """`2024-06-30` or `2024-06-30 17:00` as a day and its time; None if the text is neither.

    24:00 is the whole day.
    """
    written = _read(text)
    if written is None or written.first != written.last or written.zone is not None:
        return None
    day = dt.date.fromordinal(written.first)
    if written.second is None or written.second == DAY:
        return day, None
    return day, dt.datetime.fromisoformat(_iso(written.first * DAY + written.second)).time()


def text(at: int) -> str:
    """A moment as it is read and told: `2024-06-30 17:00`, with seconds where there are any."""
    shown = _iso(at).replace("T", " ")
    return shown.removesuffix(":00") if at % 60 == 0 else shown


def ends_a_day(text: str) -> bool:
    """Whether a moment is written as 24:00."""
    written = _read(text)
    return written is not None and written.second == DAY


def suggestion(text: str) -> str | None:
    """What a time in words (`2025年6月30日下午5时半`) is written as; None where that is not clear."""
    if len(text) > _LONGEST:
        return None
    on, times = quantities.days_in(text), quantities.times_in(text)
    if len(on) != 1 or len(times) != 1:
        return None
    hour, minute = divmod(next(iter(times)), 60)
    return f"{dt.date.fromordinal(next(iter(on))).isoformat()} {hour:02d}:{minute:02d}"


def zone(text: str) -> dt.tzinfo | None:
    """A time zone by its name (`Asia/Shanghai`) or its offset (`+08:00`); None if there is none."""
    offset = _OFFSET.fullmatch(text.strip())
    if offset is not None:
        hours, minutes = int(offset[2]), int(offset[3])
        if hours > 14 or minutes > 59:
            return None
        span = dt.timedelta(hours=hours, minutes=minutes)
        return dt.timezone(span if offset[1] == "+" else -span)
    return ZoneInfo(text) if text in available_timezones() else None


def _read(text: str) -> _Written | None:
    written = unicodedata.normalize("NFKC", text).strip() if len(text) <= _LONGEST else ""
    timed = _TIMED.fullmatch(written)
    found = date_bounds(written if timed is None else timed[1])
    if timed is None or found is None:
        return None if found is None else _Written(*found)
    hour, minute, second = (int(part or 0) for part in timed.group(2, 3, 4))
    at = hour * 3600 + minute * 60 + second
    whole = found[0] == found[1] and (at == DAY or (hour < 24)) and minute < 60 and second < 60
    offset = None if timed[5] is None else dt.UTC if timed[5] == "Z" else zone(timed[5])
    if not whole or (timed[5] is not None and offset is None):
        return None
    return _Written(*found, at, offset)


def _iso(at: int) -> str:
    day, second = divmod(at, DAY)
    return f"{dt.date.fromordinal(day).isoformat()}T{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
