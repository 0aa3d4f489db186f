import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from log_places import DATA, Place, a_place

from service.decisions.log import DecisionLog
from tests import databases


@pytest.fixture(scope="session")
def application() -> dict[str, Any]:
    return json.loads((DATA / "application.json").read_text(encoding="utf-8"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    databases.parametrise(metafunc)


@pytest.fixture(scope="session")
def database(request: pytest.FixtureRequest) -> str:
    """The kind of database the test runs on."""
    kind: str = request.param
    return kind


@pytest.fixture
def at(database: str, tmp_path: Path, application: dict[str, Any]) -> Iterator[Place]:
    with a_place(database, tmp_path, application) as place:
        yield place


@pytest.fixture
def log(at: Place) -> DecisionLog:
    return at.open()


@pytest.fixture
def codes() -> Callable[[Any], list[str]]:
    """The codes of a fault's problems; every one of them has its sentence."""

    def read(fault: Any) -> list[str]:
        assert all(problem.message for problem in fault.problems)
        return [problem.code for problem in fault.problems]

    return read
