"""Keys for tests of the HTTP room: made as the command makes them, sent as a portal sends them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from service.access.changes import make_key
from service.access.roles import Role
from service.decisions.log import DecisionLog


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def key_for(log: DecisionLog, role: str, holder: str | None = None, **more: Any) -> str:
    """A fresh key of a holder in this role."""
    given = {"at": now(), "requested_by": "tests", **more}
    return make_key(log, holder=holder or f"the {role}", role=Role(role), **given).token


def bearing(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
