"""What each kind of database hands over once it is connected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Engine

# Where problems with the URL stand: the URL itself may hold a password and is never repeated.
SETTING = "ELIGIBILITY_DATABASE_URL"


@dataclass(frozen=True, slots=True)
class Connections:
    """Engines of one database. `name` tells people which, without a password.

    A transaction of `read` sees one snapshot and cannot write. A transaction of `write` (None if read-only) shuts
    out every other one from its first statement on, in any process, and is durable once committed. `release`
    closes both.
    """

    name: str
    read: Engine
    write: Engine | None
    release: Callable[[], None]
