"""The log written out for checking elsewhere: what is sealed, the trees and their notes, digests of the rest.

A line of JSON each, in this order: a `log` line; the entries of a batch and then its `tree`, batch by batch; what
stands after the last tree; the `text` lines of the archive. Nothing private leaves: of the ciphertexts and texts there
are digests of what is stored.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from service.decisions import schema
from service.decisions.entry import digest
from service.decisions.faults import DATABASE_ERRORS, database_failed
from service.decisions.reading import LogReader, blob

#: The form of an export; whoever reads one looks here first.
FORMAT = "eligibility-log/1"
_AT_ONCE = 1000


def export_lines(log: LogReader) -> Iterator[str]:
    """The whole log as lines of JSON in one snapshot, as it is stored, sound or not.

    Raises LogUnavailable where the database cannot be read.
    """
    try:
        with log.database.read.connect() as connection:
            yield _line({"log": FORMAT})
            yield from _sealed(connection)
            for row in _stream(connection, select(schema.archive).order_by(schema.archive.c.digest)):
                stored = digest(blob(row.bytes))
                yield _line({"text": row.digest, "stored": stored, "kind": row.kind, "name": row.name})
    except DATABASE_ERRORS as fault:
        raise database_failed(fault, log.database.name) from fault


def _sealed(connection: Connection) -> Iterator[str]:
    entries, tree = schema.entries.c, schema.tree
    columns = (entries.sequence, entries.public, entries.leaf, entries.private)
    rows = _stream(connection, select(*columns).order_by(entries.sequence))
    row = next(rows, None)
    for head in _stream(connection, select(tree).order_by(tree.c.size)):
        while row is not None and row.sequence <= head.size:
            yield _entry(row)
            row = next(rows, None)
        root, frontier = _base64(blob(head.root)), _base64(blob(head.frontier))
        yield _line({"tree": head.size, "root": root, "frontier": frontier, "note": head.note})
    while row is not None:
        yield _entry(row)
        row = next(rows, None)


def _entry(row: Row[Any]) -> str:
    private = blob(row.private)
    return _line(
        {
            "entry": row.sequence,
            "public": _base64(blob(row.public)),
            "leaf": _base64(blob(row.leaf)),
            "private": digest(private) if private else None,
        }
    )


def _stream(connection: Connection, query: Select[Any]) -> Iterator[Row[Any]]:
    return iter(connection.execution_options(yield_per=_AT_ONCE).execute(query))


def _base64(raw: bytes) -> str:
    return b64encode(raw).decode("ascii")


def _line(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")) + "\n"
