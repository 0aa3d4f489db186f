"""Access keys as they are kept: read to tell who asks, and listed. Making and ending them is `changes`.

Nothing is remembered between two requests but that keys are configured, which never ends: a key that another
process revoked is refused from the next request on.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, Select, exists, or_, select

from service.access.roles import Principal, Role
from service.access.tokens import NO_DIGEST, is_token, key_id_of
from service.decisions import schema
from service.decisions.database import Database
from service.decisions.entry import Kind
from service.decisions.faults import DATABASE_ERRORS, database_failed


class State(StrEnum):
    """Whether a key opens anything."""

    IN_USE = "in_use"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessKey:
    """What is known of a key, but not the key. Times know their zone; `rotated_from` is the id of the one before."""

    key_id: str
    holder: str
    role: Role
    unit: str | None
    made_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    rotated_from: str | None = None

    def state(self, at: datetime) -> State:
        """What the key is worth at a time; at its `expires_at` it is expired."""
        if self.revoked_at is not None:
            return State.REVOKED
        return State.EXPIRED if self.expires_at is not None and self.expires_at <= at else State.IN_USE


@dataclass(frozen=True, slots=True)
class Seen:
    """What a key that was sent came to: whose it is; or None, with `state` where it was a key once.

    `key_id` is the public id it claims, or None where it is not written as a key is.
    """

    principal: Principal | None
    key_id: str | None
    state: State | None = None


class AccessKeys:
    """The keys kept in a log's database. Safe from any thread.

    Every method raises LogUnavailable where the database cannot be read.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._configured = False

    def configured(self) -> bool:
        """Whether a key was ever made. The last one revoked does not open the service to everybody again.

        Nor do rows taken out of the table: that one was made is in the log, too.
        """
        if not self._configured:
            told = select(schema.entries.c.sequence).where(schema.entries.c.kind == Kind.ACCESS_CHANGE)
            made = or_(exists(select(schema.api_keys.c.id)), exists(told))
            self._configured = bool(self._rows(select(made))[0][0])
        return self._configured

    def identify(self, token: str, at: datetime) -> Seen:
        """Whose key this is at a time; an unknown id takes the same way as a wrong secret."""
        key_id = key_id_of(token)
        if key_id is None:
            return Seen(None, None)
        rows = self._rows(select(schema.api_keys).where(schema.api_keys.c.id == key_id))
        if not is_token(token, rows[0].digest if rows else NO_DIGEST):
            return Seen(None, key_id)
        key = access_key(rows[0])
        state = key.state(at)
        if state is not State.IN_USE:
            return Seen(None, key_id, state)
        return Seen(Principal(key.holder, key.role, key.unit, key_id), key_id, state)

    def list(self) -> tuple[AccessKey, ...]:
        """Every key, whatever it is worth, oldest first."""
        columns = schema.api_keys.c
        return tuple(map(access_key, self._rows(select(schema.api_keys).order_by(columns.made_at, columns.id))))

    def _rows(self, query: Select[Any]) -> tuple[Row[Any], ...]:
        with reading(self._database) as connection:
            return tuple(connection.execute(query))


@contextmanager
def reading(database: Database) -> Iterator[Connection]:
    """A connection that reads; LogUnavailable where the database cannot be read."""
    try:
        with database.read.connect() as connection:
            yield connection
    except DATABASE_ERRORS as fault:
        raise database_failed(fault, database.name) from fault


def access_key(row: Row[Any]) -> AccessKey:
    """A row of the table as a key."""
    return AccessKey(
        key_id=row.id,
        holder=row.holder,
        role=Role(row.role),
        unit=row.unit,
        made_at=datetime.fromisoformat(row.made_at),
        expires_at=_moment(row.expires_at),
        revoked_at=_moment(row.revoked_at),
        rotated_from=row.rotated_from,
    )


def columns_of(key: AccessKey) -> dict[str, str | None]:
    """A key as the table keeps it, but for its digest; the log tells a change of keys in the same form."""
    return {
        "id": key.key_id,
        "holder": key.holder,
        "role": key.role.value,
        "unit": key.unit,
        "made_at": written(key.made_at),
        "expires_at": written(key.expires_at),
        "revoked_at": written(key.revoked_at),
        "rotated_from": key.rotated_from,
    }


def written(moment: datetime | None) -> str | None:
    """A time as the table keeps it: UTC, to the second, so that texts sort as times do."""
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="seconds")


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
