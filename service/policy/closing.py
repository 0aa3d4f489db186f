"""The deadline at the head of a policy, and the zone by whose clock its moments are told.

They are read before the conditions, which may name the deadline.
"""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import available_timezones

from service.policy import moments
from service.policy.reading import Path, Reading
from service.policy.tables import Document
from service.policy.terms import Deadline


def read_zone(reading: Reading, data: Any, path: Path) -> dt.tzinfo:
    """The zone that the deadline names, the usual one where it names none or one that is not known, which is noted."""
    written = reading.mapping(data).get("zone")
    usual = moments.zone(moments.DEFAULT_ZONE)
    assert usual is not None  # noqa: S101  # it is in every collection of zones
    if written is None:
        return usual
    zone = moments.zone(str(written))
    if zone is None:
        near = str(written)
        reading.fault("unknown-zone", (*path, "zone"), value=near, near=near, known=available_timezones())
    return zone or usual


def read_deadline(
    reading: Reading, data: Any, path: Path, *, zone: dt.tzinfo, documents: dict[str, Document], notice: str
) -> Deadline | None:
    """The deadline; None where the policy leaves it open, or where it is no moment, which is noted."""
    entry = reading.mapping(data)
    cited = reading.citations(entry.get("cite"), (*path, "cite"), documents, notice)
    if entry.get("at") is None:
        return None
    written = str(entry["at"])
    found = moments.moment(written)
    if found is None:
        meant = moments.suggestion(written) or ""
        reading.fault("bad-moment", (*path, "at"), value=written, near=meant, known=(meant,))
        return None
    day, time = found
    named, label = (None if entry.get(key) is None else str(entry[key]) for key in ("zone", "label"))
    at = None if time is None else dt.datetime.combine(day, time, zone)
    return Deadline(day=day, at=at, zone=named, label=label, citations=cited)
