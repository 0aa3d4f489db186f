"""The real server on a real socket: hostile bodies, broken-off bodies, one at a time, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kill_server import kill_under_load
from running import POLICY, Running

from service.api.server import ServeError, is_local, require_free, serve
from service.config import Settings
from service.decisions.faults import LogUnavailable
from service.decisions.log import DecisionLog

LIMIT = 64 * 1024
HEAD = f"POST {POLICY}/previews HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n".encode()
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with Running(
        tmp_path_factory.mktemp("server"), ELIGIBILITY_MAX_BODY_BYTES=str(LIMIT), ELIGIBILITY_THREADS="4"
    ) as running:
        yield running


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def _status(server: Running, sent: bytes, *, end: bool = False) -> int:
    """The status of the reply to raw bytes; with `end`, nothing more will come."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(sent)
        if end:
            connection.shutdown(socket.SHUT_WR)
        return int(connection.recv(64).split(b" ")[1])


def test_a_decision_is_made_and_read_again(server: Running, application: dict[str, Any]) -> None:
    status, body = server.post(f"{POLICY}/decisions", json.dumps(application).encode())
    assert status == 201
    assert server.request("GET", f"/v1/decisions/{json.loads(body)['decision_id']}") == (200, body)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"[" * 20_000, id="20000-levels"),
        pytest.param(b'{"a":' + b"9" * 5000 + b"}", id="5000-digits"),
        pytest.param(b'{"a": 1e999}', id="1e999"),
        pytest.param(b'{"a": "\\ud800"}', id="surrogate"),
        pytest.param('{"a": 1}'.encode("utf-16"), id="utf-16"),
        pytest.param(b"", id="empty"),
    ],
)
def test_a_hostile_body_leaves_the_worker_alive(server: Running, application: dict[str, Any], body: bytes) -> None:
    workers = server.workers()
    assert server.post(f"{POLICY}/decisions", body)[0] == 400
    assert server.post(f"{POLICY}/previews", json.dumps(application).encode())[0] == 200
    assert server.workers() == workers


def test_a_chunked_body_is_taken_to_the_byte(server: Running) -> None:
    whole = b'"' + b"x" * (LIMIT - 2) + b'"'
    assert _status(server, CHUNKED + _chunk(whole) + b"0\r\n\r\n") == 422
    assert _status(server, CHUNKED + _chunk(whole) + _chunk(b" ") + b"0\r\n\r\n") == 413
    assert _status(server, HEAD + b"Content-Length: %d\r\n\r\n" % (LIMIT + 1)) == 413


def test_an_endless_chunked_body_is_cut_off(server: Running) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(CHUNKED)
        # Reset or broken pipe, as the kernel has it; far more would fit into buffers that nobody bounds.
        with pytest.raises(OSError, match=r"reset|pipe"):
            connection.sendall(_chunk(b" " * 4096) * 20_000)
    assert server.request("GET", "/healthz")[0] == 200


def test_a_body_that_breaks_off_is_refused(server: Running) -> None:
    assert _status(server, HEAD + b'Content-Length: 500\r\n\r\n{"a"', end=True) == 400
    assert _status(server, CHUNKED + b'5\r\n{"a', end=True) == 400
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
            connection.sendall(HEAD + b"Content-Length: 500\r\n\r\n{")
    assert server.request("GET", "/healthz")[0] == 200


def test_the_access_log_names_no_query_and_no_person(server: Running, application: dict[str, Any]) -> None:
    server.post(f"{POLICY}/previews?edition=2024", json.dumps(application).encode())
    server.request("GET", "/v1/decisions?policy=visible-only-in-the-query")
    text = server.output.read_text(encoding="utf-8")
    assert f'"POST {POLICY}/previews" 200' in text
    assert "visible-only-in-the-query" not in text
    assert application["leader"]["id_number"] not in text


def test_a_second_server_on_the_port_or_the_log_says_so(server: Running, tmp_path: Path) -> None:
    with pytest.raises(ServeError, match="serve-port-taken"):
        require_free("127.0.0.1", server.port)
    with pytest.raises(LogUnavailable, match="log-locked"):
        DecisionLog.open(f"sqlite:///{server.folder / 'log.db'}", key_file=server.folder / "master.key", serving=True)
    with pytest.raises(ServeError, match="serve-not-local"):
        serve(Settings(database_url=f"sqlite:///{tmp_path / 'log.db'}"), host="0.0.0.0")  # noqa: S104 - to be refused
    assert not (tmp_path / "log.db").exists()


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104 - asked about, not bound
        ("::", False),
        ("example.org", False),
    ],
)
def test_which_addresses_are_local(host: str, local: bool) -> None:
    assert is_local(host) is local


def test_sigterm_finishes_requests_and_closes_the_log(tmp_path: Path, application: dict[str, Any]) -> None:
    body = json.dumps(application).encode()
    with Running(tmp_path) as server:
        replies: list[tuple[int, bytes]] = []
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
            connection.sendall(HEAD.replace(b"previews", b"decisions") + b"Content-Length: %d\r\n\r\n" % len(body))
            connection.sendall(body[:100])
            ending = threading.Thread(target=lambda: replies.append((server.terminate(), b"")))
            time.sleep(0.2)
            ending.start()
            time.sleep(0.2)
            connection.sendall(body[100:])
            assert connection.recv(64).startswith(b"HTTP/1.1 201")
        ending.join()
        assert replies == [(0, b"")]
    # A log that was closed has no write-ahead file left.
    assert not (tmp_path / "log.db-wal").exists()
    with DecisionLog.open(f"sqlite:///{tmp_path / 'log.db'}", key_file=tmp_path / "master.key") as log:
        assert len(log.list()) == 1


def test_a_worker_that_dies_is_replaced_and_one_without_parent_ends(
    tmp_path: Path, application: dict[str, Any]
) -> None:
    with Running(tmp_path) as server:
        (worker,) = server.workers()
        assert server.post(f"{POLICY}/decisions", json.dumps(application).encode())[0] == 201
        os.kill(worker, signal.SIGKILL)
        _until(lambda: worker not in server.workers() and server.request("GET", "/healthz")[0] == 200)
        assert server.post(f"{POLICY}/decisions", json.dumps(application).encode())[0] == 201
        (successor,) = server.workers()
        server.process.kill()
        _until(lambda: not Path(f"/proc/{successor}").exists())
    with DecisionLog.open(f"sqlite:///{tmp_path / 'log.db'}", key_file=tmp_path / "master.key") as log:
        assert len(log.list()) == 2


def test_kill_9_under_load_loses_no_answered_decision(tmp_path: Path) -> None:
    answered, found = kill_under_load(tmp_path, wait=0.5)
    assert answered
    assert found == answered


def _until(holds: Any) -> None:
    """Wait, for at most half a minute, until something holds."""
    for _ in range(600):
        try:
            if holds():
                return
        except OSError:
            pass
        time.sleep(0.05)
    pytest.fail("it never came to hold")
