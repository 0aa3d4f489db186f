import secrets
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager

import pytest
from sqlalchemy.exc import OperationalError

from service.decisions import postgres, sqlite, writer
from service.decisions.faults import IdempotencyConflict, LogDamaged, LogUnavailable
from service.decisions.verification import verify
from service.decisions.writer import Batch, Writer


@contextmanager
def held(log):
    """The writer kept busy by a job, so that what is handed in meanwhile waits for it together."""
    busy, go = threading.Event(), threading.Event()

    def job(batch):
        busy.set()
        go.wait()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(log._writer.submit, job)
        busy.wait()
        try:
            yield
        finally:
            go.set()


@contextmanager
def together(log, *calls):
    """The futures of calls that all stand in the queue when the writer comes round."""
    with ThreadPoolExecutor(len(calls)) as pool, held(log):
        futures = [pool.submit(call) for call in calls]
        while log._writer._queue.qsize() < len(calls):
            wait(futures, timeout=0.01)
        yield futures


def test_nothing_is_answered_before_the_commit_and_all_is_durable_after(at, log, monkeypatch):
    answered, seen = [], []
    commit = Writer._commit

    def watched(self, transaction):
        seen.append((list(answered), at.count("entries")))
        commit(self, transaction)

    draft = at.draft(log)
    monkeypatch.setattr(Writer, "_commit", watched)
    for count in (1, 2):
        answered.append(log.append(draft).decision_id)
        assert at.count("entries") == count
    assert [(len(ids), count) for ids, count in seen] == [(0, 0), (1, 1)]


def test_all_that_wait_go_into_one_transaction(at, log):
    draft = at.draft(log)
    with together(log, *[lambda: log.append(draft)] * 20) as futures:
        pass
    stored = [future.result() for future in futures]
    assert sorted(item.sequence for item in stored) == list(range(1, 21))
    assert {item.reply["receipt"]["tree_size"] for item in stored} == {20}
    assert at.count("tree") == 1
    assert verify(log).sound


def test_many_threads_get_every_sequence_once(at, log):
    draft = at.draft(log)
    with ThreadPoolExecutor(16) as pool:
        stored = list(pool.map(lambda _: log.append(draft), range(200)))
    assert sorted(item.sequence for item in stored) == list(range(1, 201))
    assert all(log.get(item.decision_id) == item for item in stored[::20])
    assert verify(log).sound


def test_the_same_request_fifty_times_at_once_gets_one_answer(at, log):
    draft, barrier = at.draft(log), threading.Barrier(50)

    def request(_):
        barrier.wait()
        return log.append(draft, idempotency=("key-1", b"{}"))

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(request, range(50)))
    assert at.count("entries") == 1
    assert [answer.replayed for answer in answers].count(False) == 1
    assert len({repr(answer.reply) for answer in answers}) == 1
    log.close()
    again = at.open().append(draft, idempotency=("key-1", b"{}"))
    assert again.replayed
    assert again.reply == answers[0].reply


def test_the_same_request_twice_in_one_batch_is_one_entry(at, log):
    draft = at.draft(log)
    with together(log, *[lambda: log.append(draft, idempotency=("key-1", b"{}"))] * 5) as futures:
        pass
    assert len({future.result().decision_id for future in futures}) == 1
    assert at.count("entries") == at.count("idempotency") == 1


def test_a_key_used_for_another_body_is_a_conflict(at, log, codes):
    draft = at.draft(log)
    log.append(draft, idempotency=("key-1", b"{}"))
    with pytest.raises(IdempotencyConflict) as fault:
        log.append(draft, idempotency=("key-1", b"[]"))
    assert codes(fault.value) == ["log-idempotency-conflict"]
    with together(
        log,
        lambda: log.append(draft, idempotency=("key-2", b"1")),
        lambda: log.append(draft, idempotency=("key-2", b"2")),
    ) as futures:
        pass
    assert sorted(type(future.exception()).__name__ for future in futures) == [
        "IdempotencyConflict",
        "NoneType",
    ]
    assert at.count("entries") == 2


def test_a_key_belongs_to_its_requester_and_policy(at, log):
    for changes in ({}, {"requested_by": "officer"}, {"policy_id": "other"}):
        assert not log.append(at.draft(log, **changes), idempotency=("key-1", b"{}")).replayed
    assert at.count("entries") == 3


def test_an_answer_whose_entry_is_gone_is_damage(at, log, codes):
    draft = at.draft(log)
    log.append(draft, idempotency=("key-1", b"{}"))
    log.append(draft)
    at.tamper("DELETE FROM entries WHERE sequence = 1")
    with pytest.raises(LogDamaged) as fault:
        log.append(draft, idempotency=("key-1", b"{}"))
    assert codes(fault.value) == ["log-entry-lost"]


def failing(*_):
    raise OperationalError("COMMIT", {}, sqlite3.OperationalError("disk I/O error"))


def test_a_commit_that_fails_fails_all_who_wait_and_the_next_works(at, log, monkeypatch, codes):
    draft = at.draft(log)
    log.append(draft)
    with monkeypatch.context() as patch:
        patch.setattr(Writer, "_commit", failing)
        with together(log, *[lambda: log.append(draft)] * 5) as futures:
            pass
        assert not log.healthy()
    faults = [future.exception() for future in futures]
    assert all(isinstance(fault, LogUnavailable) for fault in faults)
    assert len(set(map(id, faults))) == 5
    assert codes(faults[0]) == ["log-database-failed"]
    assert log.append(draft).sequence == 2
    assert verify(log).sound


def test_a_commit_that_fails_after_it_happened_leaves_a_sound_log(at, log, monkeypatch):
    draft = at.draft(log)

    def commit_then_fail(self, transaction):
        transaction.commit()
        failing()

    with monkeypatch.context() as patch:
        patch.setattr(Writer, "_commit", commit_then_fail)
        with pytest.raises(LogUnavailable):
            log.append(draft)
    assert log.append(draft).sequence == 2
    assert verify(log).sound


@pytest.mark.only("sqlite")
def test_a_full_disk_is_unavailable_and_leaves_no_trace(at, log, codes):
    draft = at.draft(log, application={"resume": secrets.token_hex(100_000)})

    def full_disk(batch):
        pages = batch.connection.exec_driver_sql("PRAGMA page_count").scalar()
        batch.connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    log._writer.submit(full_disk)
    with pytest.raises(LogUnavailable) as fault:
        log.append(draft)
    assert "SQLITE_FULL" in fault.value.problems[0].message
    assert at.count("entries") == at.count("keys") == 0
    assert log.append(draft).sequence == 1


def test_a_database_somebody_else_holds_is_unavailable_until_they_let_go(at, monkeypatch):
    for kind in (sqlite, postgres):
        monkeypatch.setattr(kind, "_BUSY_SECONDS", 0.05)
    log = at.open()
    draft = at.draft(log)
    with at.held():
        with pytest.raises(LogUnavailable):
            log.append(draft)
        assert not log.healthy()
    assert log.append(draft).sequence == 1


def test_a_statement_that_fails_is_unavailable_for_all_who_wait(at, log):
    draft = at.draft(log)
    with at.raw() as connection:
        connection.execute("ALTER TABLE idempotency RENAME TO elsewhere")
    with together(log, lambda: log.append(draft), lambda: log.append(draft, idempotency=("key-1", b"{}"))) as futures:
        pass
    assert [type(future.exception()) for future in futures] == [LogUnavailable] * 2
    assert log.append(draft).sequence == 1


def test_a_read_that_fails_is_unavailable(at, log, codes):
    log.append(at.draft(log))
    with at.raw() as connection:
        connection.execute("ALTER TABLE entries RENAME TO elsewhere")
    with pytest.raises(LogUnavailable) as fault:
        log.list()
    assert codes(fault.value) == ["log-database-failed"]
    with pytest.raises(LogUnavailable):
        verify(log)


def test_who_waited_too_long_is_told_and_not_written(at, log, monkeypatch, codes):
    draft = at.draft(log)
    with held(log):
        monkeypatch.setattr(writer, "_WAIT_SECONDS", 0.01)
        with pytest.raises(LogUnavailable) as fault:
            log.append(draft)
        monkeypatch.undo()
    assert codes(fault.value) == ["log-slow"]
    assert log.append(draft).sequence == 1


def test_an_entry_that_cannot_be_written_fails_alone(at, log):
    draft = at.draft(log)
    odd = at.draft(log, requested_by="\ud800")
    with together(log, lambda: log.append(odd), lambda: log.append(draft), lambda: log.append(draft)) as futures:
        pass
    assert isinstance(futures[0].exception(), UnicodeEncodeError)
    assert sorted(future.result().sequence for future in futures[1:]) == [1, 2]
    assert verify(log).sound


def test_a_fault_of_our_own_reaches_the_caller_and_the_writer_lives(at, log, monkeypatch):
    draft = at.draft(log)

    def wrong(self):
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(Batch, "flush", wrong)
        with pytest.raises(ZeroDivisionError):
            log.append(draft)
    assert log.append(draft).sequence == 1


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM tree",
        "UPDATE tree SET root = x'00'",
        "UPDATE tree SET frontier = x'00'",
        "DELETE FROM entries",
    ],
)
def test_a_tree_that_does_not_fit_the_entries_stops_writing(at, log, codes, statement):
    draft = at.draft(log)
    log.append(draft)
    at.tamper(statement)
    for _ in range(2):
        with pytest.raises(LogDamaged) as fault:
            log.append(draft)
        assert codes(fault.value) == ["log-head-differs"]
    assert not log.healthy()
    log.close()
    with pytest.raises(LogDamaged):
        at.open()
    assert not verify(at.open(read_only=True)).sound


def test_a_log_that_cannot_be_read_at_the_start_is_unavailable(at, log, codes):
    log.close()
    for table in ("tree", "secrets"):
        with at.raw() as connection:
            connection.execute(f"ALTER TABLE {table} RENAME TO elsewhere_{table}")
        with pytest.raises(LogUnavailable) as fault:
            at.open()
        assert codes(fault.value) == ["log-database-failed"]


def test_closing_writes_what_waits(at, log):
    draft = at.draft(log)
    with ThreadPoolExecutor(1) as closer, together(log, *[lambda: log.append(draft)] * 3) as futures:
        closer.submit(log.close)
        while not log._writer._closed:
            wait(futures, timeout=0.01)
    assert sorted(future.result().sequence for future in futures) == [1, 2, 3]
    assert at.count("entries") == 3
