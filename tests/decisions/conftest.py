import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from log_places import DATA, Place

from service.decisions.log import DecisionLog


@pytest.fixture(scope="session")
def application() -> dict[str, Any]:
    return json.loads((DATA / "application.json").read_text(encoding="utf-8"))


@pytest.fixture
def at(tmp_path: Path, application: dict[str, Any]) -> Iterator[Place]:
    place = Place(tmp_path, application)
    yield place
    for log in place.opened:
        log.close()


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
