"""A client that costs little: kept connections, one request after the other on each, answers read by length."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

_TIMEOUT_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Target:
    """A POST and the status it must be answered with."""

    host: str
    port: int
    path: str
    body: str
    status: int

    def request(self) -> bytes:
        """The request as sent."""
        body = self.body.encode()
        head = (
            f"POST {self.path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode("ascii") + body


@dataclass(slots=True)
class Answers:
    """Microseconds of each answer, and the seconds in which they came."""

    latencies: list[float] = field(default_factory=list)
    seconds: float = 0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds

    def quantile(self, share: float) -> float:
        """The latency that this share of the answers did not exceed."""
        ordered = sorted(self.latencies)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def measure_requests(
    targets: Mapping[str, Target], connections: Iterable[int], rounds: int, seconds: float
) -> dict[tuple[str, int], Answers]:
    """Every target at every number of connections, in rounds of about `seconds`.

    Raises RuntimeError on an answer of another status.
    """
    cells = [(name, number) for name in targets for number in connections]
    found = {cell: Answers() for cell in cells}
    for name, number in cells:
        _load(targets[name], number, 0.2)
    for _ in range(rounds):
        for name, number in cells:
            one = _load(targets[name], number, seconds / len(cells))
            found[name, number].latencies += one.latencies
            found[name, number].seconds += one.seconds
    return found


def _load(target: Target, connections: int, seconds: float) -> Answers:
    """Answers to as many requests as the connections take in the time."""
    answers = Answers()
    failures: list[BaseException] = []
    request = target.request()
    end = time.perf_counter() + seconds

    def ask() -> None:
        try:
            with _Connection(target) as connection:
                while time.perf_counter() < end:
                    start = time.perf_counter_ns()
                    connection.ask(request)
                    answers.latencies.append((time.perf_counter_ns() - start) / 1000)
        except (OSError, RuntimeError) as failure:
            failures.append(failure)

    threads = [threading.Thread(target=ask) for _ in range(connections)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answers.seconds = time.perf_counter() - start
    if failures:
        raise failures[0]
    return answers


class _Connection:
    def __init__(self, target: Target) -> None:
        self._socket = socket.create_connection((target.host, target.port), timeout=_TIMEOUT_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._expected = f"HTTP/1.1 {target.status} ".encode()

    def __enter__(self) -> _Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def ask(self, request: bytes) -> None:
        """Send a request and read its whole answer. Raises RuntimeError if it is not the one expected."""
        self._socket.sendall(request)
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._piece()
        head, _, rest = received.partition(b"\r\n\r\n")
        if not head.startswith(self._expected):
            raise RuntimeError(head.decode("latin-1"))
        lengths = [line[15:] for line in head.split(b"\r\n") if line[:15].lower() == b"content-length:"]
        missing = int(lengths[0]) - len(rest)
        while missing > 0:
            missing -= len(self._piece())

    def _piece(self) -> bytes:
        piece = self._socket.recv(1 << 16)
        if not piece:
            raise RuntimeError("the server closed the connection")
        return piece
