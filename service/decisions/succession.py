"""Which decision superseded which: every decision once at most, so that a chain of decisions has one end.

The sealed part of an entry says which decision it supersedes; the table `successors` is a copy to look it up
by, written in the transaction of the entry and held against the entries by verification.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, insert, select

from service.decisions import schema
from service.decisions.entry import Kind, Prepared
from service.decisions.faults import DecisionSuperseded, place
from service.decisions.writer import Batch
from service.problems import PointerPlace, Problem, problem

_AT_ONCE = 1000


def newest_of(connection: Connection, decision_id: str) -> str:
    """The last decision of the chain that goes on from this one; itself where none supersedes it."""
    table, seen = schema.successors.c, {decision_id}
    query = select(table.successor)
    while (later := connection.scalar(query.where(table.decision_id == decision_id))) and later not in seen:
        seen.add(later)
        decision_id = later
    return decision_id


def require_newest(batch: Batch, entries: Sequence[Prepared]) -> None:
    """DecisionSuperseded where an entry supersedes what another one supersedes already, with all of those.

    The transaction shuts out every other writer, so what holds here holds when it commits.
    """
    problems = []
    for prepared in entries:
        if prepared.supersedes is not None:
            newest = newest_of(batch.connection, prepared.supersedes)
            if newest != prepared.supersedes:
                problems.append(superseded(prepared.supersedes, newest))
    if problems:
        raise DecisionSuperseded(*problems)


def superseded(decision_id: str, newest: str) -> Problem:
    """That a decision is superseded, and by what in the end."""
    return problem("log-decision-superseded", PointerPlace(""), decision_id=decision_id, newest=newest)


def note_successor(batch: Batch, prepared: Prepared) -> None:
    """Note what the entry supersedes, for the jobs after this one in the batch too."""
    if prepared.supersedes is not None:
        row = {"decision_id": prepared.supersedes, "successor": prepared.decision_id}
        batch.connection.execute(insert(schema.successors), [row])


def succession_faults(connection: Connection, name: str) -> Iterator[Problem]:
    """Where the table differs from what the sealed parts say."""
    entries, table = schema.entries.c, schema.successors.c
    said: dict[str, dict[str, int]] = {}
    query = select(entries.sequence, entries.public).where(entries.kind == Kind.FINDING).order_by(entries.sequence)
    for row in connection.execution_options(yield_per=_AT_ONCE).execute(query):
        try:
            public = json.loads(row.public)
            said.setdefault(public["supersedes"], {})[public["decision_id"]] = row.sequence
        except (KeyError, TypeError, ValueError):
            continue  # Told as an entry that cannot be read.
    noted = select(schema.successors).order_by(table.decision_id)
    for row in connection.execution_options(yield_per=_AT_ONCE).execute(noted):
        if row.successor not in said.pop(row.decision_id, {}):
            yield problem("log-successor-edited", place(name), decision_id=row.decision_id)
    for decision_id, successors in said.items():
        yield problem("log-successor-missing", place(name), decision_id=decision_id, sequence=max(successors.values()))
