"""Logs of decisions on a small policy and on samples, written as the service writes them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.api.app import create_app
from service.config import Settings
from service.decisions.log import DecisionLog
from service.engine.revisions import Revisions
from service.policy.model import Policy
from tests.rounds.places import ROOT, Place, made

POLICIES = Path(__file__).parents[1] / "data" / "policies" / "rounds"


class Office:
    """An office that takes applications and records findings; applications are complete but for what is said."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(
            policies=POLICIES, database_url=f"sqlite:///{folder / 'log.db'}", key_file=folder / "master.key",
            reload_seconds=0,
        )  # fmt: skip
        self.revisions = Revisions(POLICIES)
        self.revisions.reload()
        self.log = DecisionLog.open(self.settings.database_url, key_file=self.settings.key_file)
        self._client = create_app(self.settings, self.revisions, self.log).test_client()

    @property
    def policy(self) -> Policy:
        with self.revisions.hold() as revision:
            return revision.snapshot.policies[0]

    def apply(self, unit: str | None, /, **given: Any) -> str:
        """The id of the decision on an application of this unit."""
        application: dict[str, Any] = {
            "day": "2025-03-01",
            "unit": {"name": unit, "town": given.pop("town", "东镇"), "code": given.pop("code", None)},
            "head": {"name": given.pop("name", None), "number": given.pop("number", None)},
            "grade": "二级", "cost": 200_000, "works": "有作品", **given,
        }  # fmt: skip
        answer = self._client.post("/v1/policies/small/decisions", json=application)
        assert answer.status_code == 201, answer.get_json()
        return str(answer.get_json()["decision_id"])

    def find(self, decision_id: str, result: str, **more: Any) -> str:
        """The id of the decision made again with this finding about the fame of the works."""
        finding = {
            "about": "skill.fame", "kind": "judgement", "result": result, "by": "评委甲", "on": "2025-04-01",
            "reason": "看过作品", **more,
        }  # fmt: skip
        answer = self._client.post(f"/v1/decisions/{decision_id}/findings", json=[finding])
        assert answer.status_code == 201, answer.get_json()
        return str(answer.get_json()["decision_id"])

    def close(self) -> None:
        self.log.close()
        self.revisions.close()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="session")
def revisions() -> Iterator[Revisions]:
    """The policies of this repository."""
    loaded = Revisions(ROOT / "policies")
    loaded.reload()
    assert loaded.ready
    yield loaded
    loaded.close()


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory, revisions: Revisions) -> Place:
    """A log to copy, made once."""
    return made(tmp_path_factory.mktemp("round"), revisions)


@pytest.fixture
def place(kept: Place, tmp_path: Path) -> Place:
    """A log of its own with a decision on each sample."""
    shutil.copytree(kept.folder, tmp_path, dirs_exist_ok=True)
    return Place(tmp_path)
