"""Places in an application as cases write them: read, found in what a policy declares, changed."""

from __future__ import annotations

import copy
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from service.authoring import case_paths
from service.authoring.case_values import as_submitted
from service.policy.facts import FactGroup
from service.policy.library import policy_from_texts

SMALL = (Path(__file__).parents[1] / "data" / "case_files" / "small.yaml").read_text(encoding="utf-8")
DATA: Any = {"a": {"b": 1}, "rows": [{"x": 1, "of": [{"y": 1}]}, {"x": 2}], "texts": ["p", "q"], "flat": 3}


def facts() -> FactGroup:
    more = "  unit:\n    label: 单位\n    fields:\n      size: {type: number, label: 规模, unit: 万元, precision: 2}\n"
    lists = "  uses: {type: texts, label: 用途}\n"
    found, problems = policy_from_texts(
        "small", "2024", SMALL.replace("derived:", f"{more}{lists}derived:", 1).encode(), {}
    )
    assert found is not None, [str(item) for item in problems]
    return found.facts


def changed(text: str, value: object) -> Any:
    data, steps = copy.deepcopy(DATA), case_paths.parse(text)
    assert steps is not None
    case_paths.change(data, steps, value)
    return data


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("a", ("a",)), ("a.b", ("a", "b")), ("a.0.b", ("a", 0, "b")), ("a[0].b", ("a", 0, "b")),
        ("a[].b", ("a", None, "b")), ("a[12]", ("a", 12)), ("0", ("0",)), ("a.²", ("a", "²")),
        ("a..b", None), ("", None), ("a[b]", None), ("a b", None), ("a[12345]", None),
    ],
)  # fmt: skip
def test_a_path_is_read(text: str, steps: case_paths.Steps | None) -> None:
    assert case_paths.parse(text) == steps


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("unit", "unit"), ("unit.size", "unit.size"), ("people", "people"), ("people[0]", "people"),
        ("people[].name", "people[].name"), ("uses", "uses"), ("uses[0]", "uses"),
        ("people.name", None), ("people[0][0]", None), ("people[].x", None), ("staff[0]", None), ("staff.x", None),
        ("uses[0].x", None), ("people.0.1", None), ("known", None),
    ],
)  # fmt: skip
def test_a_place_is_one_that_the_policy_declares(text: str, found: str | None) -> None:
    steps = case_paths.parse(text)
    declared = None if steps is None else case_paths.declared(facts(), steps)
    assert (None if declared is None else declared.path) == found


def test_what_a_policy_declares_is_listed_with_its_groups() -> None:
    known = list(case_paths.known(facts()))
    assert known[:2] == ["on", "staff"]
    assert {"people", "people[].name", "unit", "unit.size", "uses"} <= {*known}


def test_a_value_is_put_where_the_path_leads_and_groups_are_made_on_the_way() -> None:
    assert changed("a.b", 5)["a"] == {"b": 5}
    assert changed("new.c.d", 5)["new"] == {"c": {"d": 5}}
    assert changed("flat.x", 5)["flat"] == {"x": 5}
    assert changed("fresh[].x", 5)["fresh"] == []
    assert [row["x"] for row in changed("rows[].x", 5)["rows"]] == [5, 5]
    assert [row["x"] for row in changed("rows.1.x", 5)["rows"]] == [1, 5]
    assert changed("rows[]", {})["rows"] == [{}, {}]
    assert changed("rows.0", {})["rows"] == [{}, {"x": 2}]
    assert changed("texts[].x", 5)["texts"] == ["p", "q"]  # no groups to put it in
    assert changed("rows[].of[].y", 5)["rows"] == [{"x": 1, "of": [{"y": 5}]}, {"x": 2, "of": []}]


@pytest.mark.parametrize("path", ["rows.2.x", "rows[2]", "fresh[0].x"])
def test_a_row_that_is_not_there_is_told_with_how_many_there_are(path: str) -> None:
    with pytest.raises(case_paths.MissingRowError) as told:
        changed(path, 1)
    assert told.value.count == (0 if path.startswith("fresh") else 2)


def test_a_place_is_removed() -> None:
    def removed(*steps: case_paths.Step) -> Any:
        data = copy.deepcopy(DATA)
        case_paths.remove(data, steps)
        return data

    assert removed("a", "b")["a"] == {}
    assert removed("none") == DATA
    assert removed("rows", 0)["rows"] == [{"x": 2}]
    assert removed("rows", None)["rows"] == []
    assert removed("rows", None, "x")["rows"] == [{"of": [{"y": 1}]}, {}]
    assert removed("texts", None, "x") == DATA
    with pytest.raises(case_paths.MissingRowError):
        removed("rows", 2)


def test_rows_are_put_at_the_end() -> None:
    def added(*steps: case_paths.Step) -> Any:
        data = copy.deepcopy(DATA)
        case_paths.add(data, steps, [{"x": 9}])
        return data

    assert [row["x"] for row in added("rows")["rows"]] == [1, 2, 9]
    assert added("fresh")["fresh"] == [{"x": 9}]
    assert added("flat")["flat"] == [{"x": 9}]
    assert [row["of"] for row in added("rows", None, "of")["rows"]] == [[{"y": 1}, {"x": 9}], [{"x": 9}]]
    assert added("texts", None, "x")["texts"] == ["p", "q"]


@pytest.mark.parametrize(
    ("path", "value", "submitted"),
    [
        ("staff", "3人", 3), ("staff", "many", "many"), ("staff", 3, 3), ("staff", None, None), ("staff", True, True),
        ("phone", 139, "139"), ("uses", [1, "b"], ["1", "b"]), ("uses", 1, "1"),
        ("people", [{"name": 1, "x": 2}], [{"name": "1", "x": 2}]), ("people", "all", "all"), ("unit", "x", "x"),
        ("unit", {"size": "2万元"}, {"size": 2}),
    ],
)  # fmt: skip
def test_a_value_is_what_an_application_would_hold(path: str, value: object, submitted: object) -> None:
    declared = case_paths.declared(facts(), (path,))
    assert as_submitted(value, declared) == submitted
    assert as_submitted(value, None) == value


def test_a_number_with_decimals_stays_exact() -> None:
    assert as_submitted("2.5万元", case_paths.declared(facts(), ("unit", "size"))) == Decimal("2.5")
