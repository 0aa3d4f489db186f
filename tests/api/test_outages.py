"""Processes killed, databases gone, disks full: in short; the commands beside do it at length."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from kill_workers import kill_workers
from outages import database_restarts, disk_fills
from running import POLICY, Running

from service.api.server import ServeError, serve
from service.config import Settings
from service.decisions.entry import DECISIONS, Kind
from service.decisions.log import DecisionLog
from tests import cluster, databases

needs_postgres = pytest.mark.skipif(databases.unreachable() is not None, reason=databases.unreachable() or "")
needs_cluster = pytest.mark.skipif(cluster.missing() is not None, reason=cluster.missing() or "")


@pytest.fixture
def url() -> Iterator[str]:
    with databases.schema() as (_, url):
        yield url


@needs_postgres
def test_processes_killed_one_after_another_lose_no_answered_decision(tmp_path: Path, url: str) -> None:
    done = kill_workers(tmp_path, url, workers=3, seconds=2, every=0.2)
    assert done.killed > 3
    assert done.answered
    assert done.lost == 0


@needs_cluster
def test_a_database_that_dies_and_comes_back_loses_no_answered_decision(tmp_path: Path) -> None:
    with cluster.Cluster() as own:
        answered, found = database_restarts(tmp_path, own, rounds=1)
    assert answered
    assert found == answered


def test_a_full_disk_loses_no_answered_decision(tmp_path: Path) -> None:
    answered, found = disk_fills(tmp_path, rounds=1)
    assert answered
    assert found == answered


@needs_postgres
def test_the_same_request_to_several_processes_at_once_gets_one_answer(
    tmp_path: Path, url: str, application: dict[str, Any]
) -> None:
    body = json.dumps(application).encode()
    headers = {"Content-Type": "application/json", "Idempotency-Key": "key-1"}
    with Running(tmp_path, ELIGIBILITY_DATABASE_URL=url, ELIGIBILITY_WORKERS="3") as server:

        def ask(sent: bytes) -> tuple[int, bytes]:
            return server.request("POST", f"{POLICY}/decisions", sent, headers)

        with ThreadPoolExecutor(50) as pool:
            answers = set(pool.map(ask, [body] * 50))
        other = ask(json.dumps({**application, "unit": {**application["unit"], "name": "另一单位"}}).encode())
    assert len({reply for _, reply in answers}) == 1
    assert {status for status, _ in answers} <= {200, 201}
    assert other[0] == 409
    assert json.loads(other[1])["code"] == "idempotency-conflict"
    with DecisionLog.open(url, key_file=tmp_path / "master.key", read_only=True) as log:
        assert len(log.list(kinds=DECISIONS)) == 1
        # Three processes saw the same policies come into force.
        assert len(log.list(kinds=(Kind.POLICY_CHANGE,))) == 1


def test_several_processes_on_sqlite_are_refused_with_the_reason(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'log.db'}", key_file=tmp_path / "key", workers=2)
    with pytest.raises(ServeError) as fault:
        serve(settings)
    (problem,) = fault.value.problems
    assert problem.code == "serve-workers-sqlite"
    assert problem.hint is not None
    assert "PostgreSQL" in problem.hint
    assert not (tmp_path / "log.db").exists()
