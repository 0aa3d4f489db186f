"""Days and moments as the head of a policy writes them, with their time zones."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from zoneinfo import ZoneInfo, available_timezones

from service.policy.literals import date_bounds

DEFAULT_ZONE = "Asia/Shanghai"
_TIMED = re.compile(r"(.*?)(?:T|\s+)(\d{1,2}):(\d{2})")
_OFFSET = re.compile(r"([+-])(\d{2}):(\d{2})")


def moment(text: str) -> tuple[dt.date, dt.time | None] | None:
    """`2024-06-30` or `2024-06-30 17:00` as a day and its time; None if the text is neither.

    24:00 is the whole day.
    """
    written = unicodedata.normalize("NFKC", text).strip()
    timed = _TIMED.fullmatch(written)
    days = date_bounds(written if timed is None else timed[1])
    if days is None or days[0] != days[1]:
        return None
    day = dt.date.fromordinal(days[0])
    if timed is None or (timed[2], timed[3]) == ("24", "00"):
        return day, None
    try:
        return day, dt.time(int(timed[2]), int(timed[3]))
    except ValueError:
        return None


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
