"""The databases that tests of the log run on, over real connections: SQLite always, PostgreSQL where there is one.

`TEST_POSTGRES_URL` names the PostgreSQL server and a database in it (every test makes a schema of its own there and
drops it); `none` leaves PostgreSQL out. Without it, a server on 127.0.0.1:5432 that lets `postgres` in is used.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import psycopg
import pytest
from sqlalchemy.engine import make_url

VARIABLE = "TEST_POSTGRES_URL"
KINDS = ("sqlite", "postgresql")
_DEFAULT = "postgresql://postgres@127.0.0.1:5432/postgres"
_numbers = itertools.count(1)


@cache
def unreachable() -> str | None:
    """Why no PostgreSQL can be used here; None if one can. One that was named must be there."""
    named = os.environ.get(VARIABLE, "")
    if named == "none":
        return f"{VARIABLE}=none"
    try:
        psycopg.connect(named or _DEFAULT, connect_timeout=5).close()
    except psycopg.OperationalError as fault:
        if named:
            raise
        return f"no PostgreSQL at {_DEFAULT} ({type(fault).__name__}); name one in {VARIABLE}"
    return None


def parametrise(metafunc: pytest.Metafunc) -> None:
    """Run tests that use the fixture `database` on both kinds, or on the one their marker names."""
    if "database" not in metafunc.fixturenames:
        return
    only = metafunc.definition.get_closest_marker("only")
    kinds = [pytest.param(kind, marks=_marks(kind)) for kind in (only.args if only else KINDS)]
    metafunc.parametrize("database", kinds, indirect=True, scope="session")


def _marks(kind: str) -> list[pytest.MarkDecorator]:
    why = unreachable() if kind == "postgresql" else None
    return [pytest.mark.skip(reason=why)] if why else []


def administrator() -> psycopg.Connection[Any]:
    """A connection that may make and drop schemas; every statement commits by itself."""
    return psycopg.connect(os.environ.get(VARIABLE) or _DEFAULT, autocommit=True)


@contextmanager
def schema() -> Iterator[tuple[str, str]]:
    """The name of a fresh schema and the URL of a log in it; dropped afterwards."""
    name = f"eligibility_test_{os.getpid()}_{next(_numbers)}"
    with administrator() as connection:
        connection.execute(f'CREATE SCHEMA "{name}"')
    try:
        url = make_url(os.environ.get(VARIABLE) or _DEFAULT).set(drivername="postgresql+psycopg")
        url = url.update_query_dict({"options": f"-csearch_path={name}"})
        yield name, url.render_as_string(hide_password=False)
    finally:
        with administrator() as connection:
            connection.execute(f'DROP SCHEMA "{name}" CASCADE')
