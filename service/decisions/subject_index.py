"""Does the index of units and persons say what the applications say? Rows gone from it hide a decision from a search.

Which tags a decision is to have is computed again from its application and the policy it was made with, so looking
needs the master keys. The index is not sealed: making it anew changes nothing that is, and is an entry of its own.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from service import messages
from service.decisions import schema
from service.decisions.entry import DECISIONS, Kind, prepare_record
from service.decisions.faults import place
from service.decisions.log import DecisionLog
from service.decisions.reading import blob
from service.decisions.subjects import Named, Tag
from service.decisions.writer import Batch
from service.problems import Problem, problem

_TABLE = schema.subjects.c
# Decisions that one entry of the log tells the indexing of.
_TOGETHER = 500
_ORDER = (Named.UNIT_CODE, Named.UNIT_NAME, Named.PERSON)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the index as it is stored, whatever a tamperer put there."""

    kind: str
    tag: bytes
    decision_id: str


@dataclass(frozen=True, slots=True)
class Differing:
    """A decision whose rows are not what they should be: tags that are to come, rows that are to go."""

    sequence: int
    decision_id: str
    lacking: tuple[Tag, ...]
    surplus: tuple[Row, ...]
    #: Whether it was never indexed: a log from before the index holds such decisions.
    never: bool = False


@dataclass(slots=True)
class Comparison:
    """Compares decision after decision, oldest first, with the index; `differing` collects what does not agree."""

    #: Decisions that an entry of the log says were indexed afterwards.
    told: frozenset[str]
    differing: list[Differing] = field(default_factory=list)
    #: Whether a decision was indexed as it was made: so were all after it.
    _begun: bool = False

    def add(self, sequence: int, decision_id: str, tags: Iterable[Tag], rows: Iterable[Row]) -> None:
        """A decision that was opened: the tags it is to have, and the rows stored at its sequence."""
        wanted = {Row(tag.named.value, tag.digest, decision_id): tag for tag in tags}
        held = frozenset(rows)
        late = decision_id in self.told
        self._begun = self._begun or (bool(held) and not late)
        lacking = tuple(tag for row, tag in wanted.items() if row not in held)
        surplus = tuple(row for row in held if row not in wanted)
        if lacking or surplus:
            never = not held and not late and not self._begun
            self.differing.append(Differing(sequence, decision_id, lacking, surplus, never))

    def keep(self, connection: Connection) -> None:
        """Drop what was erased since it was looked at; add rows that point at what is no decision."""
        keys = schema.keys.c.decision_id
        here = {*connection.scalars(select(keys))} if self.differing else set()
        self.differing = [item for item in self.differing if item.decision_id in here]
        for sequence, rows in _rows_astray(connection).items():
            self.differing.append(Differing(sequence, rows[0].decision_id, (), tuple(rows)))

    @property
    def never(self) -> int:
        """How many decisions were never indexed."""
        return sum(item.never for item in self.differing)

    def faults(self, name: str) -> Iterator[Problem]:
        """What is missing, wrong and surplus, decision by decision."""
        for item in sorted(self.differing, key=lambda one: one.sequence):
            if item.never:
                continue
            lacking, surplus = {tag.named.value for tag in item.lacking}, {row.kind for row in item.surplus}
            for code, kinds in (
                ("log-subject-missing", lacking - surplus),
                ("log-subject-wrong", lacking & surplus),
                ("log-subject-surplus", surplus - lacking),
            ):
                if kinds:
                    yield problem(code, place(name), sequence=item.sequence, names=_names(kinds))


def rows_between(connection: Connection, first: int, last: int) -> dict[int, list[Row]]:
    """The rows of the index by the sequence they point at, from `first` to `last`."""
    found: dict[int, list[Row]] = {}
    query = select(schema.subjects).where(_TABLE.sequence.between(first, last))
    for row in connection.execute(query):
        found.setdefault(row.sequence, []).append(Row(str(row.kind), blob(row.tag), str(row.decision_id)))
    return found


def _rows_astray(connection: Connection) -> dict[int, list[Row]]:
    """The rows that point at what is no decision."""
    entries = schema.entries.c
    decisions = select(entries.sequence).where(entries.kind.in_(DECISIONS))
    wrong = select(_TABLE.sequence).where(_TABLE.sequence.not_in(decisions)).distinct()
    found: dict[int, list[Row]] = {}
    for sequence in connection.scalars(wrong).all():
        found |= rows_between(connection, sequence, sequence)
    return found


def told_indexed(connection: Connection) -> frozenset[str]:
    """The decisions that entries of the log say were indexed afterwards."""
    entries = schema.entries.c
    told: set[str] = set()
    for raw in connection.scalars(select(entries.public).where(entries.kind == Kind.INDEXING.value)):
        try:
            told.update(map(str, json.loads(blob(raw))["indexed"]))
        except (KeyError, TypeError, ValueError):
            continue  # Told as an entry that cannot be read.
    return frozenset(told)


def left_faults(connection: Connection, name: str) -> Iterator[Problem]:
    """Rows of the index left behind by decisions whose private part was erased; looking needs no key."""
    entries, keys = schema.entries.c, schema.keys.c
    indexed = select(_TABLE.decision_id).distinct().subquery()
    query = (
        select(entries.sequence)
        .join(indexed, indexed.c.decision_id == entries.decision_id)
        .where(entries.decision_id.not_in(select(keys.decision_id)))
        .order_by(entries.sequence)
    )
    for sequence in connection.scalars(query):
        yield problem("log-subject-left", place(name), sequence=sequence)


def reindex(
    log: DecisionLog, differing: Sequence[Differing], *, requested_by: str, at: datetime
) -> tuple[tuple[str, int], ...]:
    """Make the rows of these decisions what they should be; the id of each entry that tells it, and of how many.

    An entry tells of 500 decisions at most. What was erased meanwhile is left without rows. Raises LogUnavailable.
    """
    done = []
    for start in range(0, len(differing), _TOGETHER):
        some = tuple(differing[start : start + _TOGETHER])
        entry_id = log.record(_Reindexing(some, requested_by, at.replace(microsecond=0)))
        done.append((entry_id, len(some)))
    return tuple(done)


@dataclass(frozen=True, slots=True)
class _Reindexing:
    """The job of one transaction."""

    differing: tuple[Differing, ...]
    requested_by: str
    at: datetime

    def __call__(self, batch: Batch) -> str:
        keys = schema.keys.c.decision_id
        ids = [item.decision_id for item in self.differing]
        there = {*batch.connection.scalars(select(keys).where(keys.in_(ids)))}
        rows = [
            {"kind": tag.named.value, "tag": tag.digest, "sequence": item.sequence, "decision_id": item.decision_id}
            for item in self.differing
            if item.decision_id in there
            for tag in item.lacking
        ]
        surplus = [(item.sequence, row) for item in self.differing for row in item.surplus]
        prepared = prepare_record(
            Kind.INDEXING,
            decision_id=str(uuid.uuid4()),
            decided_at=self.at,
            requested_by=self.requested_by,
            indexed=[item.decision_id for item in self.differing if item.decision_id in there],
            added=len(rows),
            removed=len(surplus),
        )
        prepared.public_bytes()  # What cannot be written fails here: a job that fails leaves nothing behind.
        for sequence, row in surplus:
            stored = (_TABLE.kind == row.kind, _TABLE.tag == row.tag, _TABLE.sequence == sequence)
            batch.connection.execute(delete(schema.subjects).where(*stored))
        if rows:
            batch.connection.execute(insert(schema.subjects), rows)
        return batch.add(prepared).decision_id


def _names(kinds: set[str]) -> str:
    """What rows are digests of, in words; whatever else a tamperer wrote there is told as such."""
    known = [messages.text(f"subject.{named.value}") for named in _ORDER if named.value in kinds]
    return "、".join([*known, *([messages.text("subject.other")] if kinds - {*_ORDER} else [])])
