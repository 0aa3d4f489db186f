"""What is submitted is read as typed values, or every fault of it is told; and the form says the same.

The applications stand in `tests/data/engine/applications`, the policy with a field of every type beside them.
"""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from service.engine.application import application_date, read_application
from service.engine.application_schema import json_schema
from service.engine.findings import read_findings
from service.engine.values import Other
from service.policy.library import load_library
from service.policy.model import Policy
from service.policy.source import read_file

DATA = Path(__file__).parents[1] / "data"
ROOT = Path(__file__).parents[2]


def written(name: str) -> Any:
    document, problems = read_file(DATA / "engine" / "applications" / f"{name}.yaml")
    assert document is not None, problems
    return [pytest.param(each, id=each["it"]) for each in document.data]


@pytest.fixture(scope="module")
def policy() -> Policy:
    snapshot, problems = load_library(DATA / "engine" / "policies")
    assert snapshot is not None, problems
    (found,) = snapshot.editions("form")
    return found


@pytest.mark.parametrize("case", written("faults"))
def test_every_fault_is_told_with_its_place(case: Any, policy: Policy) -> None:
    application, problems = read_application(policy, case["given"])
    assert application is None
    assert [str(problem) for problem in problems] == case["faults"]


@pytest.mark.parametrize("case", written("values"))
def test_what_is_given_is_read_as(case: Any, policy: Policy) -> None:
    application, problems = read_application(policy, case["given"])
    assert problems == ()
    assert application is not None
    assert application.data is case["given"]
    assert {name: _plain(application.values[name]) for name in case["read"]} == case["read"]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, tuple) else value


@pytest.mark.parametrize("value", [Decimal("NaN"), float("inf"), Decimal("1e16"), 10**400])
def test_a_number_without_end_is_a_fault(value: Any, policy: Policy) -> None:
    _, problems = read_application(policy, {"staff": value})
    assert [problem.code for problem in problems] == ["fault-number-size"]


def test_what_an_open_vocabulary_does_not_name_is_no_code_of_it(policy: Policy) -> None:
    application, _ = read_application(policy, {"craft": "剪纸", "crafts": ["竹编", "剪纸"]})
    assert application is not None
    assert isinstance(application.values["craft"], Other)
    assert [isinstance(code, Other) for code in application.values["crafts"]] == [False, True]


@pytest.mark.parametrize(
    ("data", "day"),
    [
        ({"unit": {"applied_on": "2025-06-30"}}, dt.date(2025, 6, 30)),
        ({"unit": {"applied_on": "2025-06"}}, dt.date(2025, 6, 1)),
        ({"unit": {"applied_on": "2025-06-31"}}, None),
        ({"unit": {"applied_on": 20250630}}, None),
        ({"unit": {"applied_on": None}}, None),
        ({"unit": "2025-06-30"}, None),
        ({"unit": None}, None),
        ({}, None),
        ([], None),
        (None, None),
    ],
)
def test_the_day_of_an_application_is_found_in_what_is_not_yet_read(
    data: Any, day: dt.date | None, policy: Policy
) -> None:
    assert application_date(policy, data) == day


def test_the_form_is_described_as_written_down(policy: Policy) -> None:
    described = json.dumps(json_schema(policy), ensure_ascii=False, indent=1) + "\n"
    assert described == (DATA / "engine" / "applications" / "form.schema.json").read_text("utf-8")


@pytest.mark.parametrize("case", written("values"))
def test_the_form_admits_what_is_read(case: Any, policy: Policy) -> None:
    Draft202012Validator.check_schema(json_schema(policy))
    given = json.loads(json.dumps(case["given"], default=float))
    assert [*Draft202012Validator(json_schema(policy)).iter_errors(given)] == []


@pytest.mark.parametrize("path", sorted((DATA / "applications").glob("*.json")), ids=lambda path: path.stem)
def test_the_form_admits_the_sample_applications(path: Path) -> None:
    wrapper = json.loads(path.read_text(encoding="utf-8"))
    snapshot, _ = load_library(ROOT / "policies")
    assert snapshot is not None
    policy = snapshot.find("lucheng-skills-master-studio", wrapper["edition"])
    assert policy is not None
    assert [*Draft202012Validator(json_schema(policy)).iter_errors(wrapper["application"])] == []


@pytest.mark.parametrize("case", written("findings"))
def test_what_people_decided_is_read_or_every_fault_is_told(case: Any, policy: Policy) -> None:
    findings, problems = read_findings(policy, case["given"])
    told = [f"{p.place}: {p.code}" + (f" -> {p.suggestion}" if p.suggestion else "") for p in problems]
    assert told == case["faults"]
    given = [] if case["faults"] or case["given"] is None else case["given"]
    assert [{**finding.as_json(), "reason": finding.reason or None} for finding in findings] == given
