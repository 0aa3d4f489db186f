"""The decision log: append, archive, read. An answer exists once its entry is durable, and not before."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from functools import partial
from pathlib import Path
from secrets import token_bytes
from typing import Self

from sqlalchemy import Connection, Engine, insert, select

from service.decisions import entry, jobs, merkle, schema, subjects
from service.decisions.database import Database
from service.decisions.entry import AccessChange, DecisionDraft, Made, Prepared, digest
from service.decisions.faults import (
    DATABASE_ERRORS,
    LogDamaged,
    LogUnavailable,
    database_failed,
    place,
    unavailable,
)
from service.decisions.notes import NoteError, Refusal, Verifier, read_checkpoint
from service.decisions.reading import LogReader, Stored, Summary, complete_reply, summary
from service.decisions.receipts import Receipt
from service.decisions.signing import ORIGIN, Signing, signing_key_beside
from service.decisions.vault import KEY_BYTES, Vault, WrappedKey
from service.decisions.writer import Head, Job, Placed, T, Writer
from service.problems import problem

_IDEMPOTENCY = "idempotency"
# Made with the log, each wrapped by the master key.
_SECRETS = (_IDEMPOTENCY, subjects.SECRET)
# /readyz must answer while a disk hangs.
_HEALTH_SECONDS = 5.0


class DecisionLog(LogReader):
    """The log of one database. Safe to use from any thread; `close` it, or use it as a context manager.

    Every method raises LogUnavailable where the database cannot be read or written.
    """

    def __init__(
        self,
        database: Database,
        key_file: Path,
        vault: Vault | None,
        verifiers: tuple[Verifier, ...] = (),
        *,
        writer: Writer | None = None,
        secrets: Mapping[str, bytes] | None = None,
        clock: Callable[[tzinfo | None], datetime] = datetime.now,
    ) -> None:
        super().__init__(database, key_file, vault, verifiers)
        self._writer = writer
        self._secrets = secrets or {}
        self._clock = clock
        # Digests known to be archived and durable; the archive never loses one.
        self._archived: set[str] = set()

    @classmethod
    def open(
        cls,
        url: str,
        *,
        key_file: Path,
        signing_key: Path | None = None,
        origin: str = ORIGIN,
        create: bool = True,
        read_only: bool = False,
        serving: bool = False,
        clock: Callable[[tzinfo | None], datetime] = datetime.now,
    ) -> Self:
        """The log at a SQLAlchemy `url`, its private parts under the master keys in `key_file`.

        Its trees are signed with the key in `signing_key`, beside the key file as `signing.key` if not given; a
        fresh one is named `origin`. With `create`, database and keys are made if missing, but never a new key for a
        log that has one.
        With `read_only` public parts can be read without the key file. `serving` is for the process that answers
        requests: of a SQLite file there is one, and whoever opens the log without it may write beside that one.
        `clock` tells the time in a zone. Raises LogUnavailable, or LogDamaged where tree and entries differ.
        """
        database = Database.open(url, create=create, read_only=read_only, serving=serving)
        try:
            if database.write is None:
                vault = Vault.open(key_file, create=False) if key_file.exists() else None
                return cls(database, key_file, vault)
            vault, secrets = _open_vault(database.write, database.name, key_file, create=create)
            signing = _open_signing(database, signing_key or signing_key_beside(key_file), origin)
            writer = Writer(database.write, database.name, signing.note)
            writer.start()
        except BaseException:
            database.close()
            raise
        return cls(database, key_file, vault, signing.verifiers, writer=writer, secrets=secrets, clock=clock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Write what waits, then close the database; anything written later raises LogUnavailable."""
        if self._writer is not None:
            self._writer.close()
        self.database.close()

    def archive(self, kind: str, name: str, raw: bytes) -> str:
        """Keep a policy text or table for good; its digest. Durable on return, harmless if repeated."""
        writer, value = self._writing(), digest(raw)
        if value not in self._archived:
            writer.submit(partial(jobs.archive_text, digest=value, kind=kind, name=name, raw=raw))
            self._archived.add(value)
        return value

    def append(self, draft: DecisionDraft, *, idempotency: tuple[str, bytes] | None = None) -> Stored:
        """Log a decision; it is durable on return, and only then may it be answered.

        `idempotency` is the client's key and the canonical request body: the same key, requester, policy and
        body give the stored decision again; another body raises IdempotencyConflict. Raises DecisionSuperseded
        where the decision it supersedes has a successor, ValueError where a digest in the draft was not
        archived.
        """
        writer = self._writing()
        made = self._prepared(draft)
        once = jobs.Once.of(self._secrets[_IDEMPOTENCY], draft, *idempotency) if idempotency is not None else None
        placed, head = writer.submit(partial(jobs.place_entry, prepared=made.prepared, once=once))
        if placed.replayed:
            return self._replayed(placed.decision_id)
        return _stored(draft, made, placed, head)

    def append_together(self, drafts: Sequence[DecisionDraft]) -> tuple[Stored, ...]:
        """Log several decisions, all or none; durable on return. No two of them may supersede the same decision.

        Raises DecisionSuperseded with every decision that another one supersedes already.
        """
        superseded = [draft.supersedes for draft in drafts if draft.supersedes is not None]
        if len({*superseded}) < len(superseded):
            raise ValueError("two drafts supersede the same decision")
        entries = [self._prepared(draft) for draft in drafts]
        places, head = self._writing().submit(partial(jobs.place_together, entries=[made.prepared for made in entries]))
        return tuple(
            _stored(draft, made, placed, head) for draft, made, placed in zip(drafts, entries, places, strict=True)
        )

    def record_policy_change(
        self, *, new: str, files: Mapping[str, str], requested_by: str, at: datetime
    ) -> Summary | None:
        """Log that the policies in force are now the revision with the digest `new`; None if that was logged last.

        So of several processes that see one change, one logs it. `files` gives the archived digest of every file
        of the new revision by name; `at` gives the zone times are written in.
        """
        writer = self._writing()
        self._require_archived(files.values())
        prepare = partial(
            entry.prepare_policy_change,
            decision_id=str(uuid.uuid4()),
            decided_at=self._now(at.tzinfo),
            requested_by=requested_by,
            new=new,
            files=files,
        )
        made, _ = writer.submit(partial(jobs.place_policy_change, new=new, prepare=prepare))
        if made is None:
            return None
        placed, raw = made
        return summary(raw, name=self.database.name, sequence=placed.sequence)

    def record_access_changes(
        self,
        write: Callable[[Connection], Sequence[AccessChange]],
        *,
        requested_by: str,
        at: datetime,
    ) -> None:
        """Change access keys by `write` and log each change, in one transaction.

        `write` raises before it has written anything, or returns what it changed; what it raises is raised
        here. `at` is when the changes are made.
        """

        def prepare(change: AccessChange) -> Prepared:
            return entry.prepare_access_change(
                change, decision_id=str(uuid.uuid4()), decided_at=at, requested_by=requested_by
            )

        self._writing().submit(partial(jobs.change_access, write=write, prepare=prepare))

    def record(self, job: Job[T]) -> T:
        """The result of a job of one transaction of the writer, once that is durable; raises what the job raised."""
        return self._writing().submit(job)[0]

    def _prepared(self, draft: DecisionDraft) -> Made:
        """The entry of a draft but for its place, and its reply without the receipt."""
        self._require_archived([draft.policy_digest, *(value for _, value in draft.tables)])
        return entry.prepare_decision(
            draft,
            decision_id=str(uuid.uuid4()),
            decided_at=self._now(draft.on.tzinfo),
            vault=self.opened_vault(),
            secret=self._secrets[subjects.SECRET],
        )

    def _now(self, zone: tzinfo | None) -> datetime:
        """The time as entries state it."""
        return self._clock(zone).replace(microsecond=0)

    def healthy(self) -> bool:
        """Whether a write commits now; tried, not guessed."""
        return self.fault() is None

    def fault(self) -> LogUnavailable | LogDamaged | None:
        """What keeps a write from committing now; tried, not guessed."""
        try:
            self._writing().submit(jobs.beat, wait=_HEALTH_SECONDS)
        except (LogUnavailable, LogDamaged) as fault:
            return fault
        return None

    def _writing(self) -> Writer:
        if self._writer is None:
            raise unavailable("log-read-only", self.database.name)
        return self._writer

    def _require_archived(self, digests: Iterable[str]) -> None:
        for value in digests:
            if value not in self._archived:
                if self.archived(value) is None:
                    raise ValueError(f"{value} is not archived: archive() the text before an entry names it")
                self._archived.add(value)

    def _replayed(self, decision_id: str) -> Stored:
        stored = self.get(decision_id)
        if stored is None:
            raise LogDamaged(problem("log-entry-lost", place(self.database.name), decision_id=decision_id))
        return replace(stored, replayed=True)


def _stored(draft: DecisionDraft, made: Made, placed: Placed, head: Head) -> Stored:
    growth = head.growth or merkle.Growth(merkle.Frontier(), ())
    proof = growth.proof(placed.sequence - 1)
    receipt = Receipt(placed.sequence, head.size, head.root, head.note, proof, placed.public, made.salt)
    return Stored(
        sequence=placed.sequence,
        decision_id=made.prepared.decision_id,
        decided_at=made.prepared.decided_at,
        requested_by=draft.requested_by,
        public=json.loads(placed.public),
        reply=complete_reply(made.reply, receipt),
        application=draft.application,
        findings=draft.findings,
        on=draft.on,
    )


def _open_vault(engine: Engine, name: str, key_file: Path, *, create: bool) -> tuple[Vault, dict[str, bytes]]:
    """The vault and the log's secrets; the oldest, made with a new log, shows that the key file fits."""
    table = schema.secrets
    try:
        with engine.begin() as connection:
            rows = {row.name: WrappedKey(row.key_id, row.wrapped) for row in connection.execute(select(table))}
            vault = Vault.open(key_file, create=create and _IDEMPOTENCY not in rows)
            made = {purpose: token_bytes(KEY_BYTES) for purpose in _SECRETS if purpose not in rows}
            for purpose, secret in made.items():
                key = vault.wrap(secret)
                connection.execute(insert(table), [{"name": purpose, "key_id": key.key_id, "wrapped": key.wrapped}])
            return vault, made | {purpose: vault.unwrap(rows[purpose]) for purpose in _SECRETS if purpose in rows}
    except DATABASE_ERRORS as fault:
        raise database_failed(fault, name) from fault


def _open_signing(database: Database, path: Path, origin: str) -> Signing:
    """The signing key, made for a log without a signed tree; for one that has it, a key file that fits."""
    tree = schema.tree.c
    newest = select(tree.size, tree.note).where(tree.note.is_not(None)).order_by(tree.size.desc()).limit(1)
    try:
        with database.read.connect() as connection:
            head = connection.execute(newest).one_or_none()
    except DATABASE_ERRORS as fault:
        raise database_failed(fault, database.name) from fault
    signing = Signing.open(path, create=head is None, origin=origin)
    if head is not None:
        try:
            read_checkpoint(head.note, signing.verifiers)
        except NoteError as fault:
            if fault.refusal is Refusal.UNKNOWN:
                raise unavailable("log-signing-key-unknown", path, size=head.size) from fault
            raise LogDamaged(problem("log-note-edited", place(database.name), size=head.size)) from fault
    return signing
