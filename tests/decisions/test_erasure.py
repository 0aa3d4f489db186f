"""What is erased is gone from the files, index and all; what was sealed stands, and an entry tells who did it."""

from __future__ import annotations

import random
import sqlite3
from datetime import timedelta
from typing import Any

import pytest
from log_places import ON, Place

from service.decisions.entry import Kind
from service.decisions.erasure import Erased, erase, expired, held_with
from service.decisions.faults import DecisionErased
from service.decisions.log import DecisionLog
from service.decisions.reading import Stored
from service.decisions.recompute import Recomputation
from service.decisions.replay import Outcome
from service.decisions.subjects import Subject
from service.decisions.verification import verify

NUMBER, UNIT = "330302197603159975", "温州示例阀门制造有限公司"


def decided(at: Place, log: DecisionLog, **changes: Any) -> Stored:
    key = changes.pop("key", None)
    draft = at.draft(log, subject=Subject("91330302PDY00001X5", UNIT, NUMBER), **changes)
    return log.append(draft, idempotency=None if key is None else (key, b"{}"))


def erased(log: DecisionLog, *decisions: str, reason: str = "保存期满") -> tuple[Erased, ...]:
    return erase(log, decisions, reason=reason, requested_by="cao", at=ON)


def wrapped(at: Place) -> dict[str, bytes]:
    with at.raw() as connection:
        return dict(connection.execute("SELECT decision_id, wrapped FROM keys"))


def every_byte(at: Place) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(at.folder.glob("log.db*")))


def test_the_private_part_is_gone_and_the_seal_stands(at: Place, log: DecisionLog) -> None:
    first, second = decided(at, log), decided(at, log)
    (done,) = erased(log, first.decision_id)
    assert done.decisions == (first.decision_id,)
    with pytest.raises(DecisionErased):
        log.get(first.decision_id)
    assert log.get(second.decision_id) is not None
    report = verify(log)
    assert (report.sound, report.erased) == (True, 1)
    with Recomputation() as engine:
        replay = engine.replay(log, first.decision_id)
    assert replay is not None
    assert replay.outcome is Outcome.ERASED


def test_an_entry_tells_who_erased_what_when_and_why(at: Place, log: DecisionLog) -> None:
    first = decided(at, log)
    (done,) = erased(log, first.decision_id, reason="本人申请删除")
    found = log.public(done.entry_id)
    assert found is not None
    assert (found.kind, found.requested_by, found.decided_at) == (Kind.ERASURE, "cao", ON)
    assert (found.public["erased"], found.public["reason"]) == ([first.decision_id], "本人申请删除")


@pytest.mark.only("sqlite")
def test_no_byte_of_a_destroyed_key_is_left_in_the_files(at: Place, log: DecisionLog) -> None:
    stored = [decided(at, log) for _ in range(400)]
    keys = wrapped(at)
    picked = random.Random(1).sample([one.decision_id for one in stored], 250)
    (done,) = erased(log, *picked)
    assert done.gone
    assert len(wrapped(at)) == 150
    left = every_byte(at)
    assert not [name for name in picked if keys[name] in left]
    assert all(keys[one.decision_id] in left for one in stored if one.decision_id not in picked)


@pytest.mark.only("sqlite")
def test_traces_that_a_reader_holds_back_are_told(at: Place, log: DecisionLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.decisions.erasure._MOVING_SECONDS", 0.0)
    first = decided(at, log)
    reader = sqlite3.connect(at.database, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM entries").fetchone()
    (done,) = erased(log, first.decision_id)
    reader.close()
    assert not done.gone


def test_decisions_on_one_application_are_told_together(at: Place, log: DecisionLog) -> None:
    first = decided(at, log)
    second = decided(at, log, supersedes=first.decision_id)
    third = decided(at, log, supersedes=second.decision_id)
    other = decided(at, log)
    chain = [first.decision_id, second.decision_id, third.decision_id]
    for asked in chain:
        assert [one.decision_id for one in held_with(log, asked)] == chain
    assert [one.decision_id for one in held_with(log, other.decision_id)] == [other.decision_id]
    erased(log, second.decision_id)
    assert [one.erased for one in held_with(log, first.decision_id)] == [False, True, False]
    assert held_with(log, "nothing") == ()


def test_what_finds_a_decision_goes_with_it(at: Place, log: DecisionLog) -> None:
    first, second = decided(at, log, key="a"), decided(at, log)
    assert len(log.list(person=NUMBER)) == 2
    erased(log, first.decision_id)
    assert [one.decision_id for one in log.list(person=NUMBER)] == [second.decision_id]
    assert (at.count("subjects"), at.count("idempotency")) == (3, 0)


def test_erasing_twice_makes_one_entry(at: Place, log: DecisionLog) -> None:
    first = decided(at, log)
    assert len(erased(log, first.decision_id)) == 1
    assert erased(log, first.decision_id) == ()
    assert len(log.list(kinds=(Kind.ERASURE,))) == 1


def test_many_are_erased_by_entries_of_at_most_500(
    at: Place, log: DecisionLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.decisions.erasure._TOGETHER", 2)
    names = [decided(at, log).decision_id for _ in range(5)]
    assert [one.decisions for one in erased(log, *names)] == [tuple(names[:2]), tuple(names[2:4]), tuple(names[4:])]


def test_an_application_expires_with_the_last_decision_on_it(at: Place) -> None:
    days = iter([0, 0, 10, 200, 200, 200])

    def clock(zone: Any) -> Any:
        return (ON + timedelta(days=next(days, 200))).astimezone(zone)

    log = at.open(clock=clock)
    old = decided(at, log)
    first = decided(at, log)
    decided(at, log, supersedes=first.decision_id)
    decided(at, log)
    now = ON + timedelta(days=205)

    def found(days: int) -> list[list[int]]:
        return [[one.sequence for one in chain] for chain in expired(log, now=now, days=days)]

    assert found(300) == []
    assert found(200) == [[1]]
    assert found(100) == [[1], [2, 3]]
    erased(log, old.decision_id)
    assert found(100) == [[2, 3]]


def test_nothing_is_erased_where_the_entry_cannot_be_written(at: Place, log: DecisionLog) -> None:
    first = decided(at, log)
    with pytest.raises(ValueError, match="zone"):
        erase(log, [first.decision_id], reason="x", requested_by="cao", at=ON.replace(tzinfo=None))
    assert log.get(first.decision_id) is not None
