"""What the tests of the HTTP room share: the policies of this repository, a log of its own for each test."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.api.app import create_app
from service.config import Settings
from service.decisions.log import DecisionLog
from service.engine.revisions import Revisions
from tests import databases

ROOT = Path(__file__).parent.parent.parent
APPLICATIONS = ROOT / "tests" / "data" / "applications"
POLICY = "lucheng-skills-master-studio"


@pytest.fixture(scope="session")
def revisions() -> Revisions:
    """The policies of this repository; not to be reloaded by a test."""
    loaded = Revisions(ROOT / "policies")
    loaded.reload()
    assert loaded.ready
    return loaded


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    databases.parametrise(metafunc)


@pytest.fixture(scope="session")
def database(request: pytest.FixtureRequest) -> str:
    """The kind of database the log is in."""
    kind: str = request.param
    return kind


@pytest.fixture
def database_url(database: str, tmp_path: Path) -> Iterator[str]:
    """Where this test's log is; nothing is there yet."""
    if database == "sqlite":
        yield f"sqlite:///{tmp_path / 'log.db'}"
    else:
        with databases.schema() as (_, url):
            yield url


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return Settings(
        policies=ROOT / "policies",
        database_url=database_url,
        key_file=tmp_path / "master.key",
        max_body_bytes=256 * 1024,
        reload_seconds=0,
    )


@pytest.fixture(scope="session")
def fresh_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a SQLite log nobody has written to, made once: its migrations take longer than most tests."""
    folder = tmp_path_factory.mktemp("fresh")
    DecisionLog.open(f"sqlite:///{folder / 'log.db'}", key_file=folder / "master.key").close()
    return folder


@pytest.fixture
def log(database: str, settings: Settings, fresh_log: Path) -> Iterator[DecisionLog]:
    if database == "sqlite":
        shutil.copy(fresh_log / "log.db", settings.key_file.parent)
        shutil.copy(fresh_log / "master.key", settings.key_file)
    with DecisionLog.open(settings.database_url, key_file=settings.key_file) as opened:
        yield opened


@pytest.fixture
def app(settings: Settings, revisions: Revisions, log: DecisionLog) -> Flask:
    return create_app(settings, revisions, log)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="session")
def sample() -> dict[str, Any]:
    """A sample file whole: application, findings, expectations."""
    held: dict[str, Any] = json.loads((APPLICATIONS / "G01.json").read_text(encoding="utf-8"))
    return held


@pytest.fixture(scope="session")
def application(sample: dict[str, Any]) -> dict[str, Any]:
    held: dict[str, Any] = sample["application"]
    return held
