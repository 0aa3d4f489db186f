"""Which findings count, and the application that one is bound to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from service.engine.findings import Finding, by_subject, digest_of, read_findings
from service.policy.library import load_library
from service.policy.model import Policy

POLICIES = Path(__file__).parents[1] / "data" / "engine" / "policies"
GIVEN = {"about": "only", "kind": "judgement", "result": "upheld", "by": "甲", "on": "2025-06-01"}


@pytest.fixture(scope="module")
def policy() -> Policy:
    snapshot, problems = load_library(POLICIES)
    assert snapshot is not None, problems
    (found,) = snapshot.editions("form")
    return found


def made(name: str, **more: Any) -> Finding:
    """`甲 master.years`: who found what, or with `!` recused."""
    by, about = name.removesuffix("!").split()
    away = {"conflict": "recused", "conflict_note": "亲属"} if name.endswith("!") else {}
    return Finding(
        **{"about": about, "kind": "judgement", "upheld": True, "by": by, "on": "2025-06-01", **away, **more}
    )


@pytest.mark.parametrize(
    ("given", "counts"),
    [
        pytest.param(["甲 master", "乙 master.years"], ["甲 master", "乙 master.years"], id="nobody recused"),
        pytest.param(["甲 master!", "乙 master"], ["乙 master"], id="another judges instead"),
        pytest.param(["甲 master", "甲 master!"], [], id="recused afterwards"),
        pytest.param(["甲 master!", "甲 master"], [], id="recused before"),
        pytest.param(["甲 master!", "甲 master.years"], [], id="recused from the whole section"),
        pytest.param(["甲 master.years!", "甲 master"], [], id="a finding on the section would settle it too"),
        pytest.param(["甲 master!", "甲 masters"], ["甲 masters"], id="another section that begins alike"),
        pytest.param(["甲 master!", "甲 project"], ["甲 project"], id="another section"),
    ],
)
def test_who_recuses_has_no_finding_that_counts(given: list[str], counts: list[str]) -> None:
    grouped = by_subject(tuple(made(name) for name in given))
    assert sorted(f"{item.by} {item.about}" for found in grouped.values() for item in found) == sorted(counts)


def test_the_later_finding_comes_first_by_day_then_by_place() -> None:
    days = ("2025-06-02", "2025-06-01", "2025-06-02")
    one, two, three = (made("甲 master", reason=str(place), on=day) for place, day in enumerate(days))
    assert by_subject((one, two, three)) == {"master": [three, one, two]}


def test_a_plain_digest_holds_a_finding_to_its_application(policy: Policy) -> None:
    application = {"b": [1, {"名": "甲"}], "a": None}
    bound = [{**GIVEN, "application_digest": digest_of(application)}]
    assert read_findings(policy, bound, dict(reversed(application.items())))[1] == ()
    assert read_findings(policy, bound)[1] == ()
    _, faults = read_findings(policy, bound, {**application, "a": 0})
    assert [(fault.code, str(fault.place)) for fault in faults] == [
        ("finding-other-application", "/0/application_digest")
    ]
