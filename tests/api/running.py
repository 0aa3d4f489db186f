"""The service as a process of its own, for tests that need a real server, a real socket and a real death."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).parent.parent.parent
POLICY = "/v1/policies/lucheng-skills-master-studio"
_START_SECONDS = 30
_PROGRAM = """
import os
from service.api.server import serve
from service.config import read_settings
serve(read_settings(os.environ)[0])
"""


class Running:
    """`serve` in a process group of its own, its files in `folder`; killed at the end if it still runs."""

    def __init__(self, folder: Path, **settings: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.folder = folder
        self.environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("ELIGIBILITY_")},
            "PYTHONPATH": str(ROOT),
            "ELIGIBILITY_POLICIES": str(ROOT / "policies"),
            "ELIGIBILITY_DATABASE_URL": f"sqlite:///{folder / 'log.db'}",
            "ELIGIBILITY_KEY_FILE": str(folder / "master.key"),
            "ELIGIBILITY_PORT": str(self.port),
            **settings,
        }
        self.database_url = self.environ["ELIGIBILITY_DATABASE_URL"]
        self.output = folder / "server.txt"

    def __enter__(self) -> Self:
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-c", _PROGRAM],
                env=self.environ,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(OSError):
                if self.request("GET", "/healthz")[0] == 200:
                    return self
            time.sleep(0.02)
        self.kill()
        raise AssertionError(f"the server did not start:\n{self.output.read_text(encoding='utf-8')}")

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        """One request over a connection of its own: status and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, headers or {})
            reply = connection.getresponse()
            return reply.status, reply.read()
        finally:
            connection.close()

    def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """POST a JSON body."""
        return self.request("POST", path, body, {"Content-Type": "application/json"})

    def workers(self) -> list[int]:
        """The ids of the processes that the parent started."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(item) for item in children.read_text(encoding="ascii").split()]

    def terminate(self) -> int:
        """End it as an operator would; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(_START_SECONDS)

    def kill(self) -> None:
        """`kill -9` on every process of it at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(_START_SECONDS)
