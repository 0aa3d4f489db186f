"""The servers measured, each a process of its own on loopback: the service, and Flask answering a constant.

As a command, `python servers.py service|bare <port> <policies> <folder>`, one such process.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from pathlib import Path

from client import Target
from flask import Flask, Response
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import Server

from service.api.server import serve
from service.config import Settings

_HOST = "127.0.0.1"
_STARTING_SECONDS = 30
_POLICY = "/v1/policies/lucheng-skills-master-studio"


class Servers:
    """Both servers running, from `with` to its end; the log lies in `folder`."""

    def __init__(self, policies: Path, folder: Path) -> None:
        self._policies, self._folder = policies, folder
        self._ports: dict[str, int] = {}
        self._running: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Servers:
        try:
            for kind in ("bare", "service"):
                port = self._ports[kind] = _free_port()
                command = [sys.executable, __file__, kind, str(port), self._policies, self._folder]
                log = (self._folder / f"{kind}.log").open("wb")
                with log:
                    self._running.append(subprocess.Popen(command, stdout=log, stderr=log))
            for kind, port in self._ports.items():
                self._wait(kind, port)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def targets(self, body: str) -> dict[str, Target]:
        """What to ask of them, the cheapest first."""
        service, bare = self._ports["service"], self._ports["bare"]
        return {
            "bare Flask, constant": Target(_HOST, bare, f"{_POLICY}/previews", body, 200),
            "preview": Target(_HOST, service, f"{_POLICY}/previews?edition=2024", body, 200),
            "decision, durable": Target(_HOST, service, f"{_POLICY}/decisions?edition=2024", body, 201),
        }

    def _wait(self, kind: str, port: int) -> None:
        end = time.monotonic() + _STARTING_SECONDS
        while time.monotonic() < end:
            try:
                socket.create_connection((_HOST, port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise SystemExit((self._folder / f"{kind}.log").read_text(encoding="utf-8", errors="replace"))

    def _end(self) -> None:
        for process in self._running:
            process.terminate()
        for process in self._running:
            process.wait(_STARTING_SECONDS)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        return int(probe.getsockname()[1])


def _bare() -> Flask:
    app = Flask("bare")

    @app.post(f"{_POLICY}/previews")
    def constant() -> Response:
        return Response(b"{}", mimetype="application/json")

    return app


def _run(kind: str, port: int, policies: Path, folder: Path) -> None:
    if kind == "service":
        settings = Settings(
            policies=policies,
            database_url=f"sqlite:///{folder / 'log.db'}",
            key_file=folder / "master.key",
            reload_seconds=0,
            host=_HOST,
            port=port,
        )
        serve(settings, access_log=False)
        return
    # As the service is served: one process, as many threads, HTTP/1.1.
    server = Server(
        "bare",
        address=_HOST,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=1,
        blocking_threads=Settings().threads,
        log_level=LogLevels.error,
    )
    server.serve(target_loader=_bare, wrap_loader=False)


if __name__ == "__main__":
    _run(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4]))
