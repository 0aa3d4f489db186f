"""Decisions under a policy written in Chinese keywords are computed again from the bytes that were kept."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

from service.authoring.translation import schema_of, translate
from service.decisions.recompute import Recomputation
from service.decisions.replay import PolicyTexts

ROOT = Path(__file__).parents[2]
ON = dt.datetime(2024, 7, 1, tzinfo=dt.UTC)


def in_chinese(path: Path) -> bytes:
    made, problems = translate(path.name, path.read_bytes(), schema_of(path))
    assert problems == ()
    assert made is not None
    return made.raw


def test_a_chinese_policy_and_its_tables_give_the_same_decision() -> None:
    file = next((ROOT / "policies").glob("*/2024.yaml"))
    tables = sorted((ROOT / "policies" / "tables").glob("*.yaml"))
    texts = {f"documents/{path.name}": path.read_bytes() for path in (file.parent / "documents").iterdir()}
    english = PolicyTexts(
        file.parent.name,
        "2024",
        file.read_bytes(),
        texts | {f"tables/{path.name}": path.read_bytes() for path in tables},
    )
    chinese = PolicyTexts(
        file.parent.name, "2024", in_chinese(file), texts | {f"tables/{path.name}": in_chinese(path) for path in tables}
    )
    sample = next(iter(sorted((ROOT / "tests" / "data" / "applications").glob("*.json"))))
    data = json.loads(sample.read_text("utf-8"))
    with Recomputation() as again:
        replies = [again(texts, data.get("application", data), (), ON) for texts in (english, chinese)]
    pinned = [(reply["policy"], reply["tables"]) if "tables" in reply else reply["policy"] for reply in replies]
    assert pinned[0] != pinned[1]
    same = [{name: item for name, item in reply.items() if name not in ("policy", "tables")} for reply in replies]
    assert same[0] == same[1]
