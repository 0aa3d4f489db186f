"""Several that write one log, each with a tree of its own in mind, keep it one log."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from log_places import ON, Place

from service.decisions.entry import Kind
from service.decisions.log import DecisionLog
from service.decisions.verification import verify

WRITER = Path(__file__).with_name("kill_writer.py")


def test_two_that_take_turns_go_on_from_each_other(at: Place) -> None:
    service, command = at.open(serving=True), at.open()
    stored = [log.append(at.draft(log)) for log in (service, command, service, command)]
    assert [item.sequence for item in stored] == [1, 2, 3, 4]
    assert [item.reply["receipt"]["tree_size"] for item in stored] == [1, 2, 3, 4]
    assert verify(service).sound


def test_commands_write_beside_a_service_under_load(at: Place) -> None:
    service, stop = at.open(serving=True), threading.Event()
    draft = at.draft(service)

    def load() -> int:
        count = 0
        while not stop.is_set():
            service.append(draft)
            count += 1
        return count

    with ThreadPoolExecutor(8) as pool:
        clients = [pool.submit(load) for _ in range(8)]
        try:
            for _ in range(3):
                with DecisionLog.open(at.url, key_file=at.key_file) as command:
                    command.append(draft)
        finally:
            stop.set()
    assert at.count("entries") == sum(client.result() for client in clients) + 3
    assert verify(service).sound


def test_the_same_request_to_several_at_once_gets_one_answer(at: Place) -> None:
    logs = [at.open() for _ in range(5)]
    draft, barrier = at.draft(logs[0]), threading.Barrier(50)

    def request(number: int) -> Any:
        log = logs[number % len(logs)]
        barrier.wait()
        return log.append(draft, idempotency=("key-1", b"{}"))

    for log in logs:
        at.draft(log)
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(request, range(50)))
    assert at.count("entries") == 1
    assert [answer.replayed for answer in answers].count(False) == 1
    assert len({repr(answer.reply) for answer in answers}) == 1


def test_a_policy_change_that_several_see_is_logged_once(at: Place) -> None:
    logs = [at.open() for _ in range(4)]
    for revision in ("sha256:r1", "sha256:r2", "sha256:r1"):
        with ThreadPoolExecutor(len(logs)) as pool:
            made = [
                pool.submit(log.record_policy_change, new=revision, files={}, requested_by="service", at=ON)
                for log in logs
            ]
        assert sum(future.result() is not None for future in made) == 1
    changes = logs[0].list(kinds=(Kind.POLICY_CHANGE,))
    steps = [("sha256:r2", "sha256:r1"), ("sha256:r1", "sha256:r2"), (None, "sha256:r1")]
    assert [(item.public["old"], item.public["new"]) for item in changes] == steps


def test_processes_that_start_at_once_make_one_log(at: Place) -> None:
    command = [sys.executable, str(WRITER), at.url, str(at.key_file)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, encoding="ascii") for _ in range(3)]
    lines = []
    try:
        for process in processes:
            assert process.stdout is not None
            lines += [process.stdout.readline() for _ in range(5)]
    finally:
        for process in processes:
            process.kill()
            process.communicate()
    log = at.open()
    stored = {str(item.sequence): item.decision_id for item in log.list(limit=1_000_000)}
    assert dict(line.split() for line in lines).items() <= stored.items()
    assert verify(log).sound
