"""Years left over in titles and labels."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from service.policy.library import read_library
from service.policy.warnings import warnings_of

BASE = Path(__file__).parents[1] / "data" / "policies" / "warned" / "base"


@pytest.mark.parametrize(
    ("old", "new", "years"),
    [
        ("title: 柳溪县社区食堂扶持\n", "title: 柳溪县2025年社区食堂扶持\n", []),
        ("title: 柳溪县社区食堂扶持\n", "title: 柳溪县二〇二四年社区食堂扶持\n", ["2024"]),
        ("title: 关于开展2025年", "title: 关于开展2024年", ["2024"]),
        ("seats: {label: 餐位", "seats: {label: 2024年餐位", ["2024"]),
        ("from: 2025-03-01", "from: 2024-12-01, until: 2026-01-31", []),
        # What a field is about may lie in the past.
        ("label: 满意度", "label: 2024年满意度", []),
        # The archived text speaks of 2025 itself.
        ("effective: {from: 2025-03-01}", "effective: {from: 2026-03-01}", []),
    ],
)
def test_a_year_of_another_period_that_no_text_states_is_told(
    old: str, new: str, years: list[str], tmp_path: Path
) -> None:
    folder = shutil.copytree(BASE, tmp_path / "policies")
    file = folder / "demo" / "2025.yaml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")
    snapshot, problems, documents = read_library(folder)
    assert problems == ()
    assert snapshot is not None
    (policy,) = snapshot.policies
    found = [one for one in warnings_of(policy, documents[policy.file]) if one.code == "year-outside"]
    assert [dict(one.params)["year"] for one in found] == years
