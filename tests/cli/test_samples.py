"""The sample applications give what they say is expected of them. Nothing here knows what they hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from command import APPLICATIONS, eligibility

FILES = sorted(APPLICATIONS.glob("*.json"))


@pytest.fixture(scope="module")
def replies() -> dict[str, Any]:
    ended = eligibility("assess", *FILES, "--format", "json")
    assert (ended.code, ended.err) == (0, "")
    return dict(zip([path.name for path in FILES], ended.json, strict=True))


def test_there_are_samples() -> None:
    assert FILES


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_sample_gives_what_it_expects(path: Path, replies: dict[str, Any]) -> None:
    expected = json.loads(path.read_text(encoding="utf-8"))["expected"]
    reply = replies[path.name]
    assert reply["overall"]["status"] == expected["overall"]
    assert reply["scope"]["status"] == expected["scope"]
    assert {name: item["status"] for name, item in reply["criteria"].items()} == expected["criteria"]
    assert reply["materials"]["status"] == expected["materials"]["status"]
    assert _papers(item for item in reply["missing"] if "group" in item) == _papers(expected["materials"]["missing"])
    formalities = {item["id"]: item["status"] for item in reply["formalities"]["conditions"]}
    assert expected["formalities"].items() <= formalities.items()


def _papers(items: Any) -> set[tuple[str, str | None, str | None, str]]:
    return {(item["group"], item.get("who"), item.get("of"), item["code"]) for item in items}
