"""Is the table of access keys what the log tells of it? A key put in, or given more, beside the log is found.

The sealed part of an entry tells a key when it is made, rotated or revoked, with the digest it is known by.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row, select

from service.decisions import schema
from service.decisions.entry import Kind, digest_text
from service.decisions.faults import place
from service.decisions.reading import blob
from service.problems import Problem, problem


def key_faults(connection: Connection, name: str) -> Iterator[Problem]:
    """Where the table differs from what the entries say."""
    told = _told(connection)
    for row in connection.execute(select(schema.api_keys).order_by(schema.api_keys.c.id)):
        key_id = str(row.id)
        known = told.pop(key_id, None)
        if known is None:
            yield problem("log-access-key-unlogged", place(name), key_id=key_id)
        elif known != _kept(row):
            yield problem("log-access-key-edited", place(name), key_id=key_id)
    for key_id in told:
        yield problem("log-access-key-lost", place(name), key_id=key_id)


def _told(connection: Connection) -> dict[str, dict[str, Any]]:
    """Every key as the entries leave it, by its id."""
    entries = schema.entries.c
    query = select(entries.public).where(entries.kind == Kind.ACCESS_CHANGE).order_by(entries.sequence)
    told: dict[str, dict[str, Any]] = {}
    for raw in connection.scalars(query):
        try:
            public = json.loads(raw)
            for key in filter(None, (public["previous"], public["key"])):
                told[str(key["id"])] = {**told.get(str(key["id"]), {}), **key}
        except (KeyError, TypeError, ValueError):
            continue  # Told as an entry that cannot be read.
    return told


def _kept(row: Row[Any]) -> dict[str, Any]:
    return {**row._mapping, "digest": digest_text(blob(row.digest))}
