"""Settings of the program: read once from the environment, frozen, explained one by one.

`read_settings` reports every wrong value at once. A command line option is the same setting: the caller
lays it over the environment under the variable's name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

from service.problems import FilePlace, Problem, Severity, nearest, problem, sort

PREFIX = "ELIGIBILITY_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the environment decides; the defaults run a service for one machine from its working directory."""

    #: Folder of the policies: `<policy>/<edition>.yaml`, `tables/*.yaml`.
    policies: Path = Path("policies")
    #: SQLAlchemy URL of the decision log: `sqlite:///file` or `postgresql+psycopg://user:password@host:5432/database`.
    database_url: str = "sqlite:///var/eligibility.db"
    #: File of the master keys under which private parts of decisions are encrypted; made if missing.
    key_file: Path = Path("var/master.key")
    #: File of the key that signs the log's trees, made if missing; without one, `signing.key` beside the key file.
    signing_key: Path | None = None
    #: Name a new signing key is made under, a schema-less URL that is this log's own; a key that is there keeps its.
    origin: str = "localhost/eligibility"
    #: Folder of the checkpoints kept outside the database; without one, `checkpoints` beside the key file.
    checkpoints: Path | None = None
    #: Seconds between two checkpoints written there while serving; 0 writes none.
    checkpoint_seconds: float = 600.0
    #: Days after which `eligibility log retention` erases private parts; 0 keeps them.
    retention_days: int = 0
    #: Largest request body in bytes, chunked or not.
    max_body_bytes: int = 1024 * 1024
    #: Seconds between two looks at the policy folder; 0 never looks again.
    reload_seconds: float = 2.0
    #: Address to listen on.
    host: str = "127.0.0.1"
    #: Port to listen on.
    port: int = 8000
    #: Processes that answer; more than one needs a PostgreSQL log.
    workers: int = 1
    #: Requests worked on at once in one process; the rest wait in the server's queue.
    threads: int = 8
    #: Zone in which times are written, as an offset from UTC.
    utc_offset: timezone = timezone(timedelta(hours=8))

    @property
    def signing_key_file(self) -> Path:
        """Where the signing key lies."""
        return self.signing_key or self.key_file.with_name("signing.key")

    @property
    def checkpoints_folder(self) -> Path:
        """Where checkpoints are kept."""
        return self.checkpoints or self.key_file.with_name("checkpoints")


def read_settings(environ: Mapping[str, str]) -> tuple[Settings | None, tuple[Problem, ...]]:
    """The settings that the `ELIGIBILITY_*` variables of `environ` give, and what is wrong with them.

    None where a value is wrong. An empty value counts as not set. An unknown variable with the prefix is a
    warning: it is likely a known one misspelt.
    """
    given: dict[str, Any] = {}
    problems: list[Problem] = []
    for variable, text in environ.items():
        if not variable.startswith(PREFIX) or not text.strip():
            continue
        name = variable.removeprefix(PREFIX).lower()
        if name not in _READERS:
            known = (f"{PREFIX}{item.upper()}" for item in _READERS)
            problems.append(
                problem(
                    "config-unknown",
                    FilePlace(variable),
                    suggestion=nearest(variable, known),
                    severity=Severity.WARNING,
                )
            )
            continue
        code, reader = _READERS[name]
        try:
            given[name] = reader(text.strip())
        except ValueError:
            problems.append(problem(code, FilePlace(variable)))
    failed = any(item.severity is Severity.ERROR for item in problems)
    return (None if failed else Settings(**given)), sort(problems)


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,12}", text) or not low <= int(text) <= high:
            raise ValueError
        return int(text)

    return read


def _seconds(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,5}(\.[0-9]{1,3})?", text):
        raise ValueError
    return float(text)


def _path(text: str) -> Path:
    if "\0" in text:
        raise ValueError
    return Path(text)


def _host(text: str) -> str:
    if not re.fullmatch(r"[0-9A-Za-z.:_-]{1,253}", text):
        raise ValueError
    return text


def _origin(text: str) -> str:
    # What may name a key in a signed note, and reads well as the first line of a checkpoint.
    if not re.fullmatch(r"[0-9A-Za-z._~:/-]{1,200}", text):
        raise ValueError
    return text


def _offset(text: str) -> timezone:
    found = re.fullmatch(r"([+-])([01][0-9]):([0-5][0-9])", text)
    if found is None:
        raise ValueError
    span = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return timezone(span if found[1] == "+" else -span)


# Setting -> (code of its problem, reader that raises ValueError).
_READERS: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "policies": ("config-path", _path),
    "database_url": ("config-path", str),
    "key_file": ("config-path", _path),
    "signing_key": ("config-path", _path),
    "origin": ("config-origin", _origin),
    "checkpoints": ("config-path", _path),
    "checkpoint_seconds": ("config-checkpoint-seconds", _seconds),
    "retention_days": ("config-days", _whole(0, 36500)),
    "max_body_bytes": ("config-max-body", _whole(1024, 64 * 1024 * 1024)),
    "reload_seconds": ("config-seconds", _seconds),
    "host": ("config-host", _host),
    "port": ("config-port", _whole(1, 65535)),
    "workers": ("config-threads", _whole(1, 256)),
    "threads": ("config-threads", _whole(1, 256)),
    "utc_offset": ("config-utc-offset", _offset),
}
