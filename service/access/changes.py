"""Making, rotating and revoking keys: each change and the entry of the log that tells it in one transaction."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Executable, insert, select, update

from service.access.keys import AccessKey, State, access_key, columns_of, reading, written
from service.access.roles import ANONYMOUS, Role
from service.access.tokens import new_token, token_digest
from service.decisions import schema
from service.decisions.entry import AccessChange, digest_text
from service.decisions.log import DecisionLog
from service.problems import FilePlace, Problem, problem

_LONGEST = 100
# What is at fault, as the command names it.
HOLDER, UNIT, EXPIRES, BY = "HOLDER", "--unit", "--expires", "--by"
# Names the log gives to those who have no key.
RESERVED = (ANONYMOUS.name, "service")
# Eleven digits are a telephone number, more an identity number: names of holders are sealed for good.
_NUMBER = re.compile(r"[0-9]{11}")


class AccessRefused(Exception):  # noqa: N818 - what was asked is refused, told to people as problems
    """A change of keys that is not made; `problems` say why."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(f"{item.place}: {item.code}" for item in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A key just made; `token` is the key itself, which nobody can read again."""

    key: AccessKey
    token: str = field(repr=False)


def make_key(
    log: DecisionLog | None,
    *,
    holder: str,
    role: Role,
    unit: str | None = None,
    expires_at: datetime | None = None,
    requested_by: str,
    at: datetime,
    dry_run: bool = False,
) -> MadeKey:
    """A key for a holder; with `dry_run` everything is checked and nothing kept, nor a log needed.

    Raises AccessRefused where the name or unit cannot be taken, the time is past, or the holder has another
    role or unit; LogUnavailable where nothing can be written.
    """
    named, faults = _text(holder, "access-holder", HOLDER)
    belongs, more = _text(unit, "access-unit", UNIT) if unit is not None else (None, ())
    if named.casefold() in RESERVED:
        faults = (*faults, problem("access-holder-reserved", FilePlace(HOLDER), known="、".join(RESERVED)))
    if _NUMBER.search(unicodedata.normalize("NFKC", named)):
        faults = (*faults, problem("access-holder-number", FilePlace(HOLDER)))
    faults = (*faults, *more, *_past(expires_at, at))
    if faults:
        raise AccessRefused(*faults)
    token, key_id = new_token()
    key = AccessKey(key_id=key_id, holder=named, role=role, unit=belongs, made_at=at, expires_at=expires_at)

    def plan(connection: Connection) -> Plan:
        _require_one_meaning(connection, key)
        row = insert(schema.api_keys).values(**columns_of(key), digest=token_digest(token))
        return Plan([row], [AccessChange("made", _told(key, token))])

    _carry_out(log, plan, requested_by=requested_by, at=at, dry_run=dry_run)
    return MadeKey(key, token)


def rotate_key(
    log: DecisionLog,
    key_id: str,
    *,
    overlap: timedelta,
    expires_at: datetime | None = None,
    requested_by: str,
    at: datetime,
    dry_run: bool = False,
) -> MadeKey:
    """A new key in place of one in use, which is still taken for the time of `overlap` and then expired.

    The new key lasts until `expires_at`; without, as long as the old one was made for. Raises as `make_key`,
    and AccessRefused where there is no such key or it is not in use.
    """
    faults = _past(expires_at, at)
    if faults:
        raise AccessRefused(*faults)
    token, new_id = new_token()
    made: list[AccessKey] = []

    def plan(connection: Connection) -> Plan:
        (old,) = _in_use(connection, [key_id], at)
        lasts = expires_at if expires_at is not None or old.expires_at is None else at + (old.expires_at - old.made_at)
        new = replace(old, key_id=new_id, made_at=at, expires_at=lasts, rotated_from=old.key_id)
        ends = min(at + overlap, old.expires_at or at + overlap)
        made[:] = [new]
        table = schema.api_keys
        return Plan(
            [
                update(table).where(table.c.id == old.key_id).values(expires_at=written(ends)),
                insert(table).values(**columns_of(new), digest=token_digest(token)),
            ],
            [AccessChange("rotated", _told(new, token), columns_of(replace(old, expires_at=ends)))],
        )

    _carry_out(log, plan, requested_by=requested_by, at=at, dry_run=dry_run)
    return MadeKey(made[0], token)


def revoke_keys(
    log: DecisionLog, key_ids: Sequence[str], *, requested_by: str, at: datetime, dry_run: bool = False
) -> tuple[AccessKey, ...]:
    """End keys for good, all or none of them; returns them as they are now.

    Raises AccessRefused where one is not known or revoked already; LogUnavailable.
    """
    revoked: list[AccessKey] = []

    def plan(connection: Connection) -> Plan:
        revoked[:] = [replace(key, revoked_at=at) for key in _not_revoked(connection, key_ids, at)]
        table = schema.api_keys
        ids = [key.key_id for key in revoked]
        return Plan(
            [update(table).where(table.c.id.in_(ids)).values(revoked_at=written(at))],
            [AccessChange("revoked", columns_of(key)) for key in revoked],
        )

    _carry_out(log, plan, requested_by=requested_by, at=at, dry_run=dry_run)
    return tuple(revoked)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be written, once everything was checked: statements, and the entries that tell them."""

    statements: Sequence[Executable]
    changes: Sequence[AccessChange]


def _carry_out(
    log: DecisionLog | None,
    plan: Callable[[Connection], Plan],
    *,
    requested_by: str,
    at: datetime,
    dry_run: bool,
) -> None:
    _, faults = _text(requested_by, "access-by", BY)
    if faults:
        raise AccessRefused(*faults)
    if log is None:
        return
    if dry_run:
        with reading(log.database) as connection:
            plan(connection)
        return

    def write(connection: Connection) -> Sequence[AccessChange]:
        found = plan(connection)
        for statement in found.statements:
            connection.execute(statement)
        return found.changes

    log.record_access_changes(write, requested_by=requested_by, at=at)


def _told(key: AccessKey, token: str) -> dict[str, str | None]:
    """A key just made as the log tells it: with its digest, so that another one in its place is found."""
    return {**columns_of(key), "digest": digest_text(token_digest(token))}


def _require_one_meaning(connection: Connection, key: AccessKey) -> None:
    """A name in the log stands for one role for ever, and for one unit at a time."""
    for other in _keys(connection, schema.api_keys.c.holder == key.holder):
        if other.role is not key.role:
            raise AccessRefused(problem("access-other-role", FilePlace(key.holder), role=other.role.value))
        if other.unit != key.unit and other.state(key.made_at) is State.IN_USE:
            raise AccessRefused(problem("access-other-unit", FilePlace(key.holder), key_id=other.key_id))


def _in_use(connection: Connection, key_ids: Sequence[str], at: datetime) -> list[AccessKey]:
    """The keys with these ids, in this order; every id that is not that of a key in use is told at once."""
    return _wanted(connection, key_ids, at, (State.IN_USE,))


def _not_revoked(connection: Connection, key_ids: Sequence[str], at: datetime) -> list[AccessKey]:
    """The same, expired ones among them."""
    return _wanted(connection, key_ids, at, (State.IN_USE, State.EXPIRED))


def _wanted(connection: Connection, key_ids: Sequence[str], at: datetime, states: tuple[State, ...]) -> list[AccessKey]:
    wanted = list(dict.fromkeys(key_ids))
    known = {key.key_id: key for key in _keys(connection, schema.api_keys.c.id.in_(wanted))}
    faults = [
        problem(
            "access-unknown" if key_id not in known else f"access.state.{known[key_id].state(at)}", FilePlace(key_id)
        )
        for key_id in wanted
        if key_id not in known or known[key_id].state(at) not in states
    ]
    if faults:
        raise AccessRefused(*faults)
    return [known[key_id] for key_id in wanted]


def _keys(connection: Connection, which: ColumnElement[bool]) -> list[AccessKey]:
    return [access_key(row) for row in connection.execute(select(schema.api_keys).where(which))]


def _text(given: str, code: str, place: str) -> tuple[str, tuple[Problem, ...]]:
    """A name as it is kept, and what is wrong with it."""
    text = unicodedata.normalize("NFC", given).strip()
    if not text or len(text) > _LONGEST or not text.isprintable():
        return text, (problem(code, FilePlace(place), most=_LONGEST),)
    return text, ()


def _past(expires_at: datetime | None, at: datetime) -> tuple[Problem, ...]:
    return (problem("access-past", FilePlace(EXPIRES)),) if expires_at is not None and expires_at <= at else ()
