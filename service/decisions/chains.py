"""Decisions on one application: each made again supersedes one before it, and all of them hold the same data."""

from __future__ import annotations

import json
from collections.abc import Iterator

from sqlalchemy import Connection, select

from service.decisions import schema
from service.decisions.entry import DECISIONS, Kind

_AT_ONCE = 1000


def chain_of(connection: Connection, decision_id: str) -> tuple[str, ...]:
    """Every decision on the application of this one, oldest first; empty for what is no decision."""
    table = schema.entries.c
    here = connection.execute(
        select(table.public).where(table.decision_id == decision_id, table.kind.in_(DECISIONS))
    ).one_or_none()
    if here is None:
        return ()
    first, seen = decision_id, {decision_id}
    while (older := _superseded(connection, first)) is not None and older not in seen:
        seen.add(older)
        first = older
    later: dict[str, list[str]] = {}
    for made, superseded in _made_again(connection):
        later.setdefault(superseded, []).append(made)
    found = [first]
    for known in found:  # Grows while it is gone through.
        found.extend(made for made in later.get(known, ()) if made not in found)
    return tuple(found)


def chains(connection: Connection) -> Iterator[tuple[str, ...]]:
    """All decisions of the log, each application's together and oldest first."""
    table = schema.entries.c
    later: dict[str, list[str]] = {}
    for made, superseded in _made_again(connection):
        later.setdefault(superseded, []).append(made)
    first = select(table.decision_id).where(table.kind == Kind.DECISION.value).order_by(table.sequence)
    for row in connection.execution_options(yield_per=_AT_ONCE).execute(first):
        found = [row.decision_id]
        for known in found:  # Grows while it is gone through.
            found.extend(later.get(known, ()))
        yield tuple(found)


def _superseded(connection: Connection, decision_id: str) -> str | None:
    public = connection.scalar(select(schema.entries.c.public).where(schema.entries.c.decision_id == decision_id))
    return None if public is None else json.loads(public).get("supersedes")


def _made_again(connection: Connection) -> Iterator[tuple[str, str]]:
    """Every decision made again, and the one it supersedes, oldest first."""
    table = schema.entries.c
    query = select(table.public).where(table.kind == Kind.FINDING.value).order_by(table.sequence)
    for raw in connection.scalars(query):
        public = json.loads(raw)
        yield public["decision_id"], public["supersedes"]
