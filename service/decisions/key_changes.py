"""Changes of the master key and of the key that signs: each an entry that names key ids and no secret.

The entry of a new signing key is signed by the old one, so whoever trusts the old key may trust the new one by it.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, select

from service.decisions import schema
from service.decisions.entry import Kind, Prepared, prepare_record
from service.decisions.faults import place
from service.decisions.log import DecisionLog
from service.decisions.notes import NoteError, Verifier, read_checkpoint
from service.decisions.reading import blob
from service.decisions.writer import Batch
from service.problems import Problem, problem

SIGNING, MASTER = "signing", "master"


def record_key_change(
    log: DecisionLog, change: str, *, old: Sequence[str], new: str, requested_by: str, at: datetime, **more: Any
) -> str:
    """Log that the key or keys `old` were replaced by `new`, all by their public names; the entry's id.

    `more` says what was done with them. Raises LogUnavailable.
    """
    prepared = prepare_record(
        Kind.KEY_CHANGE,
        decision_id=str(uuid.uuid4()),
        decided_at=at.replace(microsecond=0),
        requested_by=requested_by,
        change=change,
        old_keys=[*old],
        new_key=new,
        **more,
    )
    return log.record(partial(_place, prepared=prepared))


def _place(batch: Batch, prepared: Prepared) -> str:
    return batch.add(prepared).decision_id


@dataclass(slots=True)
class _Told:
    """What entries tell: of each signing key the first entry that names it as new, and every master key named."""

    signing: dict[str, tuple[int, str]] = field(default_factory=dict)
    master: set[str] = field(default_factory=set)


def _told(connection: Connection) -> _Told:
    entries, told = schema.entries.c, _Told()
    query = select(entries.sequence, entries.public).where(entries.kind == Kind.KEY_CHANGE.value)
    for row in connection.execute(query.order_by(entries.sequence)):
        try:
            public = json.loads(blob(row.public))
            new, old = str(public["new_key"]), [str(name) for name in public["old_keys"]]
            if public["change"] == MASTER:
                told.master.update((new, *old))
            else:
                told.signing.setdefault(Verifier.parse(new).short, (row.sequence, new))
        except (KeyError, NoteError, TypeError, ValueError):
            continue  # Told as an entry that cannot be read.
    return told


def rotation_faults(connection: Connection, name: str, signers: Mapping[str, int]) -> Iterator[Problem]:
    """Keys in use that no entry tells of; `signers` gives, by the key, the size of the first tree it signed.

    The first key of a log is told of by nothing. Nor are those that came before rotations were entries.
    """
    told = _told(connection)
    for key, size in sorted(signers.items(), key=lambda item: item[1])[1:]:
        sequence, _ = told.signing.get(key, (size, ""))
        if sequence >= size and _of_now(connection, size):
            yield problem("log-signing-key-untold", place(name), size=size, key=key)
    used = {
        key_id
        for table in (schema.secrets, schema.keys)
        for key_id in connection.scalars(select(table.c.key_id).distinct())
    }
    untold = sorted(map(str, used - told.master))
    if untold and (told.master or len(untold) > 1):
        yield problem("log-master-key-untold", place(name), keys="、".join(untold))


def succession(connection: Connection, key: str, verifiers: Collection[Verifier]) -> tuple[int, str] | None:
    """The entry that tells of this signing key, and the key in full, where a known key signed that entry."""
    sequence, new = _told(connection).signing.get(key, (0, ""))
    tree = schema.tree.c
    head = select(tree.note).where(tree.size >= sequence).order_by(tree.size).limit(1)
    if not sequence:
        return None
    try:
        read_checkpoint(str(connection.scalar(head)), verifiers)
    except NoteError:
        return None
    return sequence, new


def _of_now(connection: Connection, sequence: int) -> bool:
    """Whether the entry is from when rotations were entries already: it names the tree its batch was added to."""
    raw = connection.scalar(select(schema.entries.c.public).where(schema.entries.c.sequence == sequence))
    try:
        return raw is not None and "tree_before" in json.loads(blob(raw))
    except (TypeError, ValueError):
        return False
