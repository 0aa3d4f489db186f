"""Reading the log: public parts need no key, decisions are decrypted one at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Row, Select, select

from service.decisions import entry, merkle, schema
from service.decisions.database import Database
from service.decisions.entry import DECISIONS, Kind, digest
from service.decisions.faults import (
    DATABASE_ERRORS,
    DecisionErased,
    LogDamaged,
    database_failed,
    place,
    unavailable,
)
from service.decisions.notes import NoteError, Verifier, read_checkpoint
from service.decisions.receipts import Receipt
from service.decisions.subjects import SECRET, Named, about, tagged
from service.decisions.succession import newest_of
from service.decisions.vault import Sealed, Vault, WrappedKey
from service.problems import problem

_FIRST_LINE = ("decision_id", "decided_at", "requested_by")


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The public part of one entry. Policy, edition and overall are None for entries that are no decision.

    `intact` is false where a listed entry is seen to differ from its leaf or its columns; `verify` says what else does.
    """

    sequence: int
    kind: Kind
    decision_id: str
    decided_at: datetime
    requested_by: str
    policy_id: str | None
    edition: str | None
    overall: str | None
    supersedes: str | None
    public: Mapping[str, Any] = field(repr=False)
    intact: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A decision as it stands in the log.

    `public` is the sealed part; `reply` is complete, its first line (decision_id, decided_at, requested_by,
    receipt) included; `replayed` is true if an earlier request with the same Idempotency-Key made it.
    """

    sequence: int
    decision_id: str
    decided_at: datetime
    requested_by: str
    public: Mapping[str, Any]
    reply: Mapping[str, Any] = field(repr=False)
    application: Mapping[str, Any] = field(repr=False)
    findings: tuple[Mapping[str, Any], ...] = field(repr=False)
    on: datetime
    replayed: bool = False


def blob(value: Any) -> bytes:
    """A stored value as bytes: SQLite lets a tamperer put any type into any column."""
    return value if isinstance(value, bytes) else repr(value).encode("utf-8")


def summary(raw: bytes, *, name: str, sequence: int) -> Summary:
    """The sealed bytes `raw` of the entry at `sequence` read; LogDamaged where they are no public part."""
    try:
        public = orjson.loads(raw)
        policy = public.get("policy") or {}
        return Summary(
            sequence=public["sequence"],
            kind=Kind(public["kind"]),
            decision_id=public["decision_id"],
            decided_at=datetime.fromisoformat(public["decided_at"]),
            requested_by=public["requested_by"],
            policy_id=policy.get("id"),
            edition=policy.get("edition"),
            overall=public.get("overall"),
            supersedes=public.get("supersedes"),
            public=public,
        )
    except (AttributeError, KeyError, TypeError, ValueError) as fault:
        raise LogDamaged(problem("log-entry-unreadable", place(name), sequence=sequence)) from fault


def _checked(row: Row[Any], name: str) -> Summary:
    """An entry with whether it is what was sealed, as far as its own row tells: one hash, no tree, no private part."""
    known = summary(row.public, name=name, sequence=row.sequence)
    written = (
        *(known.sequence, known.decision_id, known.kind, known.policy_id, known.edition, known.overall),
        merkle.leaf_hash(blob(row.public)),
    )
    held = (row.sequence, row.decision_id, row.kind, row.policy, row.edition, row.status, blob(row.leaf))
    return known if held == written else replace(known, intact=False)


def complete_reply(reply: Mapping[str, Any], receipt: Receipt) -> dict[str, Any]:
    """A stored reply with its receipt as fourth member: where the entry stands and in which tree."""
    return {**{name: reply[name] for name in _FIRST_LINE}, "receipt": receipt.to_json(), **reply}


class LogReader:
    """What can be read of a log; every method raises LogUnavailable where the database cannot be read."""

    def __init__(
        self, database: Database, key_file: Path, vault: Vault | None, verifiers: tuple[Verifier, ...] = ()
    ) -> None:
        self.database = database
        #: The public keys that the log's trees are signed with, where the signing key is at hand.
        self.verifiers = verifiers
        self._key_file = key_file
        self._vault = vault

    def get(self, decision_id: str) -> Stored | None:
        """The decision with its private part decrypted, or None.

        Raises DecisionErased where its key was destroyed, LogDamaged where the private part is not the one
        committed to or the entry is not in the tree its batch left, LogUnavailable where the master key is not at
        hand.
        """
        table, keys = schema.entries, schema.keys
        found = self._rows(
            select(table, keys.c.key_id, keys.c.wrapped)
            .outerjoin(keys, keys.c.decision_id == table.c.decision_id)
            .where(table.c.decision_id == decision_id, table.c.kind.in_(DECISIONS))
        )
        return self._stored(found[0]) if found else None

    def public(self, decision_id: str) -> Summary | None:
        """The public part of an entry of any kind, or None; needs no key.

        LogDamaged where what is kept under this id is another entry.
        """
        table, name = schema.entries, self.database.name
        for row in self._rows(select(table).where(table.c.decision_id == decision_id)):
            found = summary(row.public, name=name, sequence=row.sequence)
            if found.decision_id != decision_id:
                moved = {"sequence": row.sequence, "written": found.sequence}
                raise LogDamaged(problem("log-entry-moved", place(name), **moved))
            return found
        return None

    def newest(self, decision_id: str) -> str:
        """The id of the last decision of the chain that goes on from this one; itself where none supersedes it."""
        try:
            with self.database.read.connect() as connection:
                return newest_of(connection, decision_id)
        except DATABASE_ERRORS as fault:
            raise database_failed(fault, self.database.name) from fault

    def checkpoint(self) -> str | None:
        """The signed checkpoint of the newest tree, or None where none is signed."""
        tree = schema.tree.c
        newest = select(tree.note).where(tree.note.is_not(None)).order_by(tree.size.desc()).limit(1)
        return next((str(row.note) for row in self._rows(newest)), None)

    def leaves(self, size: int) -> tuple[bytes, ...]:
        """The stored leaf hashes of the first `size` entries; fewer where entries are missing."""
        entries = schema.entries.c
        return tuple(
            blob(row.leaf)
            for row in self._rows(select(entries.leaf).where(entries.sequence <= size).order_by(entries.sequence))
        )

    def policy_revision(self) -> str | None:
        """The revision digest of the last recorded policy change, or None."""
        last = self.list(limit=1, kinds=(Kind.POLICY_CHANGE,))
        return last[0].public["new"] if last else None

    def archived(self, value: str) -> bytes | None:
        """The text with this digest, or None; LogDamaged where what is kept has another."""
        rows = self._rows(select(schema.archive).where(schema.archive.c.digest == value))
        if not rows:
            return None
        raw = blob(rows[0].bytes)
        if digest(raw) != value:
            about = {"digest": value, "kind": rows[0].kind, "name": rows[0].name}
            raise LogDamaged(problem("log-archive-edited", place(self.database.name), **about))
        return raw

    def archived_names(self, kind: str) -> tuple[tuple[str, str], ...]:
        """Name and digest of every text of a kind that was ever archived, by name."""
        archive = schema.archive.c
        query = select(archive.name, archive.digest).where(archive.kind == kind).order_by(archive.name, archive.digest)
        return tuple((str(row.name), str(row.digest)) for row in self._rows(query))

    def list(
        self,
        *,
        limit: int = 50,
        before: int | None = None,
        policy: str | None = None,
        edition: str | None = None,
        status: str | None = None,
        kinds: tuple[Kind, ...] = DECISIONS,
        unit: str | None = None,
        person: str | None = None,
    ) -> tuple[Summary, ...]:
        """The public parts of at most `limit` entries, newest first, with sequences below `before`.

        `status` is the overall status. `unit` is the code or the name of the unit that applies, `person` the
        identity number of the person it applies for, however typed; looking for either needs the master key.
        """
        table = schema.entries
        query = select(table).where(table.c.kind.in_(kinds)).order_by(table.c.sequence.desc()).limit(limit)
        if before is not None:
            query = query.where(table.c.sequence < before)
        for column, wanted in (
            (table.c.policy, policy),
            (table.c.edition, edition),
            (table.c.status, status),
        ):
            if wanted is not None:
                query = query.where(column == wanted)
        for text, named in ((unit, (Named.UNIT_CODE, Named.UNIT_NAME)), (person, (Named.PERSON,))):
            if text is not None:
                secret = self.secret_named(SECRET)
                query = query.where(about([tag for kind in named for tag in tagged(secret, kind, text)]))
        return self._summaries(query)

    def secret_named(self, name: str) -> bytes:
        """A secret of the whole log."""
        rows = self._rows(select(schema.secrets).where(schema.secrets.c.name == name))
        if not rows:
            raise LogDamaged(problem("log-secret-missing", place(self.database.name), name=name))
        return self.opened_vault().unwrap(WrappedKey(rows[0].key_id, rows[0].wrapped))

    def opened_vault(self) -> Vault:
        """The master keys; LogUnavailable where they are not at hand."""
        if self._vault is None:
            raise unavailable("log-key-missing", self._key_file)
        return self._vault

    def _stored(self, row: Row[Any]) -> Stored:
        name, sequence = self.database.name, row.sequence
        known = summary(row.public, name=name, sequence=sequence)
        if row.wrapped is None:
            raise DecisionErased(problem("log-erased", place(name), sequence=sequence))
        if digest(blob(row.private)) != known.public["private_digest"]:
            raise LogDamaged(problem("log-private-edited", place(name), sequence=sequence))
        private = entry.read_private(
            Sealed(row.private, WrappedKey(row.key_id, row.wrapped)),
            decision_id=row.decision_id,
            vault=self.opened_vault(),
        )
        return Stored(
            sequence=sequence,
            decision_id=known.decision_id,
            decided_at=known.decided_at,
            requested_by=known.requested_by,
            public=known.public,
            reply=complete_reply(private.reply, self._receipt(sequence, blob(row.public), private.reply_salt)),
            application=private.application,
            findings=private.findings,
            on=private.on,
        )

    def _receipt(self, sequence: int, public: bytes, salt: bytes | None) -> Receipt:
        """The receipt as it was given: of the tree that the entry's batch left, whatever came later."""
        tree, leaves, name = schema.tree, schema.entries.c.leaf, self.database.name
        size, number = tree.c.size, schema.entries.c.sequence
        heads = self._rows(select(tree).where(size >= sequence).order_by(size).limit(1))
        if not heads:
            raise LogDamaged(problem("log-unsealed", place(name), first=sequence, last=sequence))
        head = heads[0]
        earlier = self._rows(select(tree).where(size < sequence).order_by(size.desc()).limit(1))
        first, frontier = (earlier[0].size, blob(earlier[0].frontier)) if earlier else (0, b"")
        batch = self._rows(select(leaves).where(number > first, number <= head.size).order_by(number))
        try:
            growth = merkle.Growth(merkle.Frontier.from_bytes(first, frontier), [blob(row.leaf) for row in batch])
            receipt = Receipt(sequence, head.size, blob(head.root), head.note, growth.proof(sequence - 1), public, salt)
        except ValueError:
            receipt = None
        if receipt is None or not receipt.included:
            raise LogDamaged(problem("log-root-differs", place(name), first=first + 1, last=head.size))
        if head.note is not None and self.verifiers and not self._signed(head):
            raise LogDamaged(problem("log-note-edited", place(name), size=head.size))
        return receipt

    def _signed(self, head: Row[Any]) -> bool:
        try:
            checkpoint = read_checkpoint(head.note, self.verifiers)
        except NoteError:
            return False
        return (checkpoint.size, checkpoint.root) == (head.size, head.root)

    def _summaries(self, query: Select[Any]) -> tuple[Summary, ...]:
        name = self.database.name
        return tuple(_checked(row, name) for row in self._rows(query))

    def _rows(self, query: Select[Any]) -> tuple[Row[Any], ...]:
        try:
            with self.database.read.connect() as connection:
                return tuple(connection.execute(query))
        except DATABASE_ERRORS as fault:
            raise database_failed(fault, self.database.name) from fault
