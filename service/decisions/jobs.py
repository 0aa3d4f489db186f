"""What the writer does inside a transaction: place an entry at most once, change keys, archive a text, beat."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Self

from sqlalchemy import Connection, insert, select, update

from service.decisions import schema
from service.decisions.entry import AccessChange, DecisionDraft, Kind, Prepared, keyed_digest
from service.decisions.faults import IdempotencyConflict
from service.decisions.succession import note_successor, require_newest
from service.decisions.writer import Batch, Placed
from service.problems import PointerPlace, problem


@dataclass(frozen=True, slots=True)
class Once:
    """A request that must have one answer: keyed digests of who asked with which key, and of the body.

    Keyed, because a plain digest of a body full of guessable personal data would give it away.
    """

    slot: bytes
    body: bytes
    requester: str
    policy: str

    @classmethod
    def of(cls, secret: bytes, draft: DecisionDraft, key: str, body: bytes) -> Self:
        """The request with this key and canonical body, digests keyed with the log's `secret`."""
        who = (draft.policy_id.encode("utf-8"), draft.requested_by.encode("utf-8"), key.encode("utf-8"))
        return cls(
            keyed_digest(secret, b"slot", *who),
            keyed_digest(secret, b"body", body),
            draft.requested_by,
            draft.policy_id,
        )


def place_entry(batch: Batch, prepared: Prepared, once: Once | None) -> Placed:
    """The new entry's place, or the place of the one that answered `once` before.

    Raises IdempotencyConflict where that one had another body, DecisionSuperseded where the decision that the
    new entry supersedes has a successor.
    """
    if once is None:
        return _add(batch, prepared)
    known = batch.answered.get(once.slot) or _answered(batch, once)
    if known is not None:
        body, placed = known
        if body != once.body:
            raise IdempotencyConflict(problem("log-idempotency-conflict", PointerPlace("")))
        return replace(placed, replayed=True)
    placed = _add(batch, prepared)
    batch.answered[once.slot] = (once.body, placed)
    row = {
        "slot": once.slot,
        "requester": once.requester,
        "policy": once.policy,
        "body": once.body,
        "decision_id": placed.decision_id,
    }
    batch.connection.execute(insert(schema.idempotency), [row])
    return placed


def place_together(batch: Batch, entries: Sequence[Prepared]) -> tuple[Placed, ...]:
    """The places of the new entries, all or none.

    Raises DecisionSuperseded with every decision to be superseded that has a successor.
    """
    require_newest(batch, entries)
    return tuple(_add(batch, prepared) for prepared in entries)


def _add(batch: Batch, prepared: Prepared) -> Placed:
    # What can refuse the entry comes first: a job that fails leaves nothing in the transaction.
    require_newest(batch, [prepared])
    note_successor(batch, prepared)
    return batch.add(prepared)


def _answered(batch: Batch, once: Once) -> tuple[bytes, Placed] | None:
    table = schema.idempotency
    row = batch.connection.execute(
        select(table.c.body, table.c.decision_id).where(table.c.slot == once.slot)
    ).one_or_none()
    return (row.body, Placed(row.decision_id)) if row else None


def place_policy_change(batch: Batch, new: str, prepare: Callable[..., Prepared]) -> tuple[Placed, bytes] | None:
    """Where the change to the revision `new` stands, and its sealed bytes; None if it is the one logged last.

    `prepare` makes the entry once the digest it takes as `old` is known.
    """
    old = _revision(batch)
    if old == new:
        return None
    prepared = prepare(old=old)
    placed = batch.add(prepared)
    return placed, placed.public


def _revision(batch: Batch) -> str | None:
    """The digest of the revision logged last, the entries of the batch included."""
    kind = Kind.POLICY_CHANGE.value
    changes = [row["public"] for row in batch.rows if row["kind"] == kind]
    if not changes:
        table = schema.entries.c
        newest = select(table.public).where(table.kind == kind).order_by(table.sequence.desc()).limit(1)
        changes = [*batch.connection.scalars(newest)]
    return str(json.loads(changes[-1])["new"]) if changes else None


def change_access(
    batch: Batch,
    write: Callable[[Connection], Sequence[AccessChange]],
    prepare: Callable[[AccessChange], Prepared],
) -> tuple[Placed, ...]:
    """Change access keys, and place an entry for each change; `write` raises before it has written anything."""
    return tuple(batch.add(prepare(change)) for change in write(batch.connection))


def archive_text(batch: Batch, digest: str, kind: str, name: str, raw: bytes) -> None:
    """Keep a text under its digest; one that is there stays as it is."""
    table = schema.archive
    if batch.connection.scalar(select(table.c.digest).where(table.c.digest == digest)) is None:
        row = {"digest": digest, "kind": kind, "name": name, "bytes": raw}
        batch.connection.execute(insert(table), [row])


def beat(batch: Batch) -> None:
    """Change the one row that exists to be changed."""
    table = schema.heartbeat
    batch.connection.execute(update(table).values(beats=table.c.beats + 1))
