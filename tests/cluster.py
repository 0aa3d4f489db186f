"""A PostgreSQL server of a test's own, to be killed, started again and starved."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg

_START_SECONDS = 60
# Servers refuse to run as root: whom they run as instead, the first there is.
_ACCOUNTS = ("postgres", "nobody")


@cache
def missing() -> str | None:
    """Why no server can be made here; None if one can."""
    if _program("initdb") is None:
        return "no initdb of PostgreSQL on this machine"
    if os.getuid() == 0 and _account() is None:
        return "a PostgreSQL server does not run as root, and there is no other account"
    return None


def _program(name: str) -> str | None:
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), *map(str, places)]))


def _account() -> pwd.struct_passwd | None:
    for name in _ACCOUNTS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return None


class Cluster:
    """A server with an empty database on a port of its own; its files are removed at the end."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="eligibility-cluster-"))
        self._as: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": self.folder}
        account = _account()
        if os.getuid() == 0 and account is not None:
            os.chown(self.folder, account.pw_uid, account.pw_gid)
            self._as |= {"user": account.pw_uid, "group": account.pw_gid}
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.url = f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def __enter__(self) -> Self:
        data = str(self.folder / "data")
        initdb = [str(_program("initdb")), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale"]
        try:
            subprocess.run([*initdb, "--no-sync"], check=True, **self._as)
            self.start()
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(_START_SECONDS)
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        """Start the server, after a crash too, and wait until it lets somebody in."""
        deadline = time.monotonic() + _START_SECONDS
        command = [str(_program("postgres")), "-D", str(self.folder / "data"), "-p", str(self.port)]
        command += ["-k", str(self.folder), "-c", "listen_addresses=127.0.0.1"]
        self.process = subprocess.Popen(command, **self._as)
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                # Processes of the one before are still on their way out.
                self.process = subprocess.Popen(command, **self._as)
            try:
                psycopg.connect(self.url, connect_timeout=2).close()
                return
            except psycopg.OperationalError:
                time.sleep(0.1)
        raise AssertionError("PostgreSQL did not start")

    def kill(self) -> None:
        """`kill -9`: nothing is said to anybody, nothing is put in order."""
        self.process.kill()
        self.process.wait(_START_SECONDS)

    @contextmanager
    def files_at_most(self, size: int) -> Iterator[None]:
        """No file of the server grows beyond `size` bytes: to the server, a disk that is full."""
        self._limit(str(size))
        try:
            yield
        finally:
            self._limit("unlimited")

    def _limit(self, size: str) -> None:
        main = self.process.pid
        children = Path(f"/proc/{main}/task/{main}/children").read_text(encoding="ascii").split()
        for process in (str(main), *children):
            # As the account the server runs as: root in a container need not be allowed to. A child may be gone.
            command = ["prlimit", f"--fsize={size}:", "--pid", process]
            subprocess.run(command, check=process == str(main), **self._as)
