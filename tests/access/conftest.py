"""A log of its own for each test, on every kind of database, and the database as its owner has it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from key_places import Owned

from service.access.keys import AccessKeys
from service.decisions.log import DecisionLog
from tests import databases


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    databases.parametrise(metafunc)


@pytest.fixture(scope="session")
def database(request: pytest.FixtureRequest) -> str:
    """The kind of database the test runs on."""
    kind: str = request.param
    return kind


@pytest.fixture
def owned(database: str, tmp_path: Path) -> Iterator[Owned]:
    if database == "sqlite":
        path = tmp_path / "log.db"
        yield Owned(f"sqlite:///{path}", lambda: closing(sqlite3.connect(path, isolation_level=None)), postgres=False)
        return
    with databases.schema() as (name, url):

        @contextmanager
        def opened() -> Iterator[Any]:
            with databases.administrator() as connection:
                connection.execute(f'SET search_path = "{name}"')
                yield connection

        yield Owned(url, opened, postgres=True)


@pytest.fixture
def log(owned: Owned, tmp_path: Path) -> Iterator[DecisionLog]:
    with DecisionLog.open(owned.url, key_file=tmp_path / "master.key") as opened:
        yield opened


@pytest.fixture
def keys(log: DecisionLog) -> AccessKeys:
    return AccessKeys(log.database)
