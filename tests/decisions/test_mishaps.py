"""The world around the log gone wrong: a database that turns read-only, a disk that is full, a clock set back."""

import secrets
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
from log_places import PostgresPlace

from service.decisions.faults import LogUnavailable
from service.decisions.jobs import place_entry
from service.decisions.verification import verify
from tests import cluster

READ_ONLY = {"sqlite": "PRAGMA query_only = ON", "postgresql": "SET TRANSACTION READ ONLY"}


def test_a_clock_set_back_a_day_leaves_a_sound_log_in_the_order_of_writing(at):
    now = datetime(2024, 7, 1, 9, 30, tzinfo=UTC)
    times = iter([now, now - timedelta(days=1), now])
    log = at.open(clock=lambda zone: next(times).astimezone(zone))
    stored = [log.append(at.draft(log)) for _ in range(3)]
    assert [item.sequence for item in stored] == [1, 2, 3]
    assert stored[1].decided_at < stored[0].decided_at
    assert [item.decision_id for item in log.list()] == [item.decision_id for item in reversed(stored)]
    assert [log.get(item.decision_id) for item in stored] == stored
    assert verify(log).sound


def test_a_database_that_turns_read_only_is_unavailable_until_it_no_longer_is(at, log, database, codes):
    draft = at.draft(log)

    def turn(batch):
        batch.connection.exec_driver_sql(READ_ONLY[database])
        place_entry(batch, prepared, None)
        batch.flush()

    prepared = log._prepared(draft).prepared
    with pytest.raises(LogUnavailable) as fault:
        log._writer.submit(turn)
    assert codes(fault.value) == ["log-database-failed"]
    assert "ReadOnly" in str(fault.value.problems[0].params) or "READONLY" in str(fault.value.problems[0].params)
    assert log.append(draft).sequence == 1
    assert log.healthy()
    assert verify(log).sound


@pytest.mark.skipif(cluster.missing() is not None, reason=cluster.missing() or "")
def test_a_postgresql_with_a_full_disk_is_unavailable_and_leaves_no_trace(tmp_path, application, codes):
    with cluster.Cluster() as own, ExitStack() as stack:
        at = PostgresPlace(tmp_path, application, schema="public", address=own.url)
        stack.callback(at.close)
        log = at.open()
        first = log.append(at.draft(log))
        # A segment of its own log, made in advance, is 16 MB: what is to grow beyond is a table.
        with own.files_at_most(20 << 20), pytest.raises(LogUnavailable) as fault:
            log.append(at.draft(log, application={"resume": secrets.token_hex(30 << 20)}))
        assert codes(fault.value) == ["log-database-failed"]
        assert log.append(at.draft(log)).sequence == first.sequence + 1
        assert verify(log).sound
