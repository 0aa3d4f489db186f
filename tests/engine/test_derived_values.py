"""What each derived function gives: both ends of every interval, blanks, empty lists, edges of bands, caps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.engine.application import read_application
from service.engine.application_schema import json_schema
from service.engine.assess import assess
from service.engine.compiler import CompiledPolicy
from service.engine.explanation import explain
from service.engine.values import HIGHEST, LOWEST, NOTHING
from service.policy.dependencies import lists_of, sources_of
from service.policy.library import load_library
from tests.engine.written import written

FOLDER = Path(__file__).parents[1] / "data" / "policies" / "values"
ON = dt.datetime(2025, 7, 1, tzinfo=dt.UTC)
DAY = dt.date(2025, 3, 1).toordinal()


@pytest.fixture(scope="module")
def compiled() -> Iterator[CompiledPolicy]:
    snapshot, problems = load_library(FOLDER)
    assert problems == ()
    assert snapshot is not None
    made = CompiledPolicy(snapshot.policies[0])
    yield made
    made.close()


def value(compiled: CompiledPolicy, path: str, /, **given: Any) -> Any:
    application, problems = read_application(compiled.policy, given)
    assert application is not None, problems
    fact = next(fact for fact in compiled.policy.derived if fact.path == path)
    return compiled.readers.value(fact, compiled.frame(application.values))


def reply(compiled: CompiledPolicy, given: dict[str, Any]) -> dict[str, Any]:
    application, problems = read_application(compiled.policy, given)
    assert application is not None, problems
    return explain(assess(compiled, application, on=ON))


def status(compiled: CompiledPolicy, condition: str, /, **given: Any) -> str:
    found = next(c for c in reply(compiled, given)["scope"]["conditions"] if c["id"] == condition)
    assert isinstance(found["status"], str)
    return found["status"]


@pytest.mark.parametrize(
    ("score", "found"),
    [
        (100, "优秀"), (90, "优秀"), (89.9, "良好"), (80, "良好"), (79.9, "一般"), (0, "一般"),
        (None, ("优秀", "良好", "一般")),
    ],
)  # fmt: skip
def test_a_band_holds_its_lower_edge_and_not_its_upper(compiled: CompiledPolicy, score: Any, found: Any) -> None:
    assert value(compiled, "class", score=score) == found


def test_below_the_lowest_band_there_is_none(compiled: CompiledPolicy) -> None:
    assert value(compiled, "strict_class", score=79.9) is NOTHING
    assert value(compiled, "strict_class") == ("优秀", "良好", NOTHING)
    assert status(compiled, "strict", score=79.9) == "not_satisfied"
    assert status(compiled, "strict", score=80) == "satisfied"
    assert status(compiled, "strict") == "unknown"
    assert status(compiled, "strict-given", score=79.9) == "not_satisfied"
    assert status(compiled, "strict-given") == "unknown"
    assert status(compiled, "class-given") == "satisfied"


@pytest.mark.parametrize(
    ("years", "found"),
    [
        (10, (200_000, 200_000)), (9, (50_000, 50_000)), (5, (50_000, 50_000)), (4, (0, 0)), (-1, (0, 0)),
        (None, (0, 200_000)),
    ],
)  # fmt: skip
def test_a_band_gives_an_amount_and_nothing_below_the_lowest(compiled: CompiledPolicy, years: Any, found: Any) -> None:
    assert value(compiled, "bonus", years=years) == found


def test_an_amount_goes_by_the_code(compiled: CompiledPolicy) -> None:
    assert [value(compiled, "by_level", level=level) for level in ("省级", "q", "县级")] == [(10, 10), (5, 5), (0, 0)]
    assert value(compiled, "by_level") == (0, 10)


def test_an_amount_by_an_open_list_is_not_guessed(compiled: CompiledPolicy) -> None:
    assert value(compiled, "by_kind", kind="乙类") == (2, 2)
    assert value(compiled, "by_kind", kind="丙类") is None
    assert value(compiled, "by_kind") is None
    assert status(compiled, "by-kind", kind="丙类") == "unknown"


def test_an_amount_by_a_class_is_nothing_where_there_is_none(compiled: CompiledPolicy) -> None:
    assert [value(compiled, "by_class", score=score) for score in (95, 85, 10)] == [(300, 300), (100, 100), (0, 0)]
    assert value(compiled, "by_class") == (0, 300)


def test_an_amount_goes_by_what_a_code_counts_as(compiled: CompiledPolicy) -> None:
    grades = ("技师", "工程师", "高级工程师", "三级")
    # What a senior engineer counts as itself comes before what an engineer counts as.
    assert [value(compiled, "by_grade", grade=grade) for grade in grades] == [(20, 20), (20, 20), (30, 30), (1, 1)]


@pytest.mark.parametrize(
    ("cost", "exact", "whole"),
    [
        (100, (3333, 3333), (33, 33)), (0.02, (0, 0), (0, 0)), (0, (0, 0), (0, 0)), (-1, (-34, -34), (0, 0)),
        (15_000, (500_000, 500_000), (5000, 5000)), (15_003, (500_100, 500_100), (5000, 5000)),
        (14_999.99, (499_999, 499_999), (4999, 4999)), (None, None, (0, 5000)),
    ],
)  # fmt: skip
def test_a_portion_is_rounded_down_and_kept_within_its_limits(
    compiled: CompiledPolicy, cost: Any, exact: Any, whole: Any
) -> None:
    assert value(compiled, "third_of_cost", cost=cost) == exact
    assert value(compiled, "whole_third", cost=cost) == whole
    assert value(compiled, "nothing_of_cost", cost=cost) == (0, 0)


def test_a_total_of_facts_is_open_where_one_is(compiled: CompiledPolicy) -> None:
    assert value(compiled, "all_costs", cost=1.5, spent=2) == (350, 350)
    assert value(compiled, "all_costs", cost=1.5) == (150, HIGHEST)  # what was spent is at least 0
    assert value(compiled, "all_costs", spent=2) is None


def test_a_total_of_all_rows_counts_those_that_are_trusted(compiled: CompiledPolicy) -> None:
    rows = [{"amount": 60, "receipt": True}, {"amount": 40, "receipt": True}]
    assert value(compiled, "all_amounts", projects=rows) == (10_000, 10_000)
    assert value(compiled, "all_amounts", projects=[]) == (0, 0)
    assert value(compiled, "all_amounts") is None
    assert value(compiled, "all_amounts", projects=[*rows, {"amount": 1}]) is None
    assert status(compiled, "amounts", projects=rows) == "satisfied"
    assert status(compiled, "amounts", projects=[*rows, {"amount": 1, "receipt": False}]) == "unknown"


def test_rows_are_compared_with_a_total_of_trusted_rows(compiled: CompiledPolicy) -> None:
    rows = [{"amount": 60, "receipt": True}, {"amount": 40, "receipt": True}]
    assert status(compiled, "each", projects=rows) == "satisfied"
    assert status(compiled, "each", projects=[{"amount": 61, "receipt": True}, rows[1]]) == "not_satisfied"
    assert status(compiled, "each", projects=[rows[0], {"amount": 40, "receipt": None}]) == "unknown"


def test_blanks_of_a_total_lie_in_their_range(compiled: CompiledPolicy) -> None:
    rows = [{"plan": 50}, {}, {"plan": None}]
    assert value(compiled, "all_plans", projects=rows, spent=0) == (5_000, 25_000)
    assert status(compiled, "plans", projects=rows, spent=0) == "satisfied"
    assert status(compiled, "plans", projects=rows, spent=51) == "unknown"
    assert status(compiled, "plans", projects=rows, spent=251) == "not_satisfied"


def test_a_total_reaches_into_lists_of_lists(compiled: CompiledPolicy) -> None:
    rows = [{"stages": [{"days": 1}, {"days": 2}]}, {"stages": []}, {"stages": [{"days": 4}]}]
    assert value(compiled, "all_days", projects=rows) == (7, 7)
    assert value(compiled, "all_days", projects=[*rows, {}]) is None
    found, _ = read_application(compiled.policy, {"projects": rows, "cost": 2})
    assert found is not None
    row = (compiled.frame(found.values).below("projects") or [])[0]
    own = {fact.path: compiled.readers.value(fact, row) for fact in compiled.policy.derived if "[]" in fact.path}
    assert own == {"projects[].days": (3, 3), "projects[].size": "小", "projects[].beside": (200, 10_200)}


def test_differences_and_extremes_know_what_one_side_leaves_open(compiled: CompiledPolicy) -> None:
    assert value(compiled, "left", cost=5, spent=2) == (300, 300)
    assert value(compiled, "left", cost=5) == (LOWEST, 500)
    assert value(compiled, "left", spent=2) is None
    assert value(compiled, "least", cost=5, spent=2) == (200, 200)
    assert value(compiled, "least", cost=5) == (0, 500)
    assert value(compiled, "least", cost=-5) == (-500, -500)
    assert value(compiled, "least", spent=2) == (LOWEST, 200)
    assert value(compiled, "greatest", cost=5, spent=2) == (500, 500)
    assert value(compiled, "greatest", cost=5) == (500, HIGHEST)
    assert value(compiled, "greatest", spent=2) == (200, HIGHEST)


def test_of_dates_none_is_the_earlier_while_one_is_blank(compiled: CompiledPolicy) -> None:
    assert value(compiled, "first_day", day="2025-03-01", other_day="2025-03") == (DAY, DAY)
    assert value(compiled, "first_day", day="2025-03-05", other_day="2025-03") == (DAY, DAY + 4)
    assert value(compiled, "first_day", day="2025-03-01") is None


def test_rows_and_codes_are_counted(compiled: CompiledPolicy) -> None:
    assert [value(compiled, "project_count", projects=p) for p in ([], [{}, {}], None)] == [(0, 0), (2, 2), None]
    assert [value(compiled, "craft_count", crafts=c) for c in ([], ["竹", "木"], None)] == [(0, 0), (2, 2), None]


def test_a_code_is_recoded_to_what_it_counts_as(compiled: CompiledPolicy) -> None:
    assert [value(compiled, "as_level", level=level) for level in ("省级", "市级")] == ["L1", "L2"]
    assert value(compiled, "as_level", level="县级") is NOTHING
    assert value(compiled, "as_level") == ("L1", "L2", NOTHING)
    grades = ("一级", "二级", "三级", "工程师", "高级工程师")
    assert [value(compiled, "as_same", grade=grade) for grade in grades] == ["L2", "L3", "L3", "L3", "L2"]
    assert [value(compiled, "of_class", score=score) for score in (95, 85, 10)] == ["高", "低", NOTHING]
    assert value(compiled, "of_class") == ("高", "低", NOTHING)


def test_people_judge_what_an_open_list_leaves_outside(compiled: CompiledPolicy) -> None:
    assert value(compiled, "as_open", kind="甲类") == "L1"
    assert status(compiled, "as-open", kind="甲类") == "satisfied"
    assert value(compiled, "as_open", kind="技师") == "L2"  # it has the name of a level
    for other in ("乙类", "丙类"):
        assert value(compiled, "as_open", kind=other) == other
        assert status(compiled, "as-open", kind=other) == "needs_review"
    assert status(compiled, "as-open") == "unknown"


def test_a_code_that_states_none_states_none_in_an_open_list_too(compiled: CompiledPolicy) -> None:
    assert value(compiled, "as_kind", grade="无") is NOTHING
    assert [status(compiled, "as-kind", grade=grade) for grade in ("无", "三级")] == ["satisfied"] * 2
    assert status(compiled, "as-kind", grade="二级") == "needs_review"


def test_what_a_value_may_be_outside_its_list_stays_outside_the_next_list_too(compiled: CompiledPolicy) -> None:
    assert value(compiled, "as_craft", grade="三级") == "木"
    assert value(compiled, "as_craft", grade="二级") == value(compiled, "as_kind", grade="二级") == "二级"
    possible = value(compiled, "as_craft")
    assert NOTHING in possible
    assert set(possible) - {NOTHING} == set(value(compiled, "as_kind")) - {NOTHING, "乙类"} | {"木"}


def test_a_closed_list_takes_no_code_it_does_not_know(compiled: CompiledPolicy) -> None:
    assert value(compiled, "as_closed", kind="甲类") == "甲类"
    assert value(compiled, "as_closed", kind="乙类") == "高"
    assert value(compiled, "as_closed", kind="丙类") is None
    assert value(compiled, "as_closed") is None


@pytest.mark.parametrize(
    ("name", "day", "found"),
    [
        ("柳溪县甲工坊", "2023-12-31", False), ("柳溪县甲工坊", "2024-01-01", True), ("甲工坊", "2024-12-31", True),
        ("柳溪县甲工坊", "2025-01-01", False), ("柳溪县甲工坊", "2025-06-01", True), ("甲工坊", "2025-06-01", False),
        ("柳溪县甲工坊", "2025-06", True), ("柳溪县甲工坊", None, None), ("柳溪县乙商行", None, True),
        ("柳 溪 县乙商行", "2000-01-01", True), ("柳溪县丙", None, False), (None, "2025-06-01", None),
    ],
)  # fmt: skip
def test_a_name_is_listed_from_a_day_until_a_day(compiled: CompiledPolicy, name: Any, day: Any, found: Any) -> None:
    assert value(compiled, "dishonest", name=name, day=day) is found


def test_a_name_listed_on_some_days_of_a_month_may_be_listed(compiled: CompiledPolicy) -> None:
    entries = compiled.policy.tables[0].listing
    assert entries is not None
    assert [entry.note for entry in entries] == ["2024年第1号", None, None]
    assert value(compiled, "dishonest", name="柳溪县甲工坊", day="2024-12") is True
    assert value(compiled, "dishonest", name="甲工坊", day="2023-12") is False


def test_a_vocabulary_is_a_list_of_names(compiled: CompiledPolicy) -> None:
    assert [value(compiled, "is_level", name=name) for name in ("技师", "l1", "四级", None)] == [
        True, True, False, None,
    ]  # fmt: skip
    assert [value(compiled, "kind_is_level", kind=kind) for kind in ("甲类", "一级", None)] == [False, True, None]
    assert value(compiled, "as_level_listed", level="省级") is True
    assert value(compiled, "as_level_listed", level="县级") is False
    assert value(compiled, "as_level_listed") is None


def test_a_code_is_in_every_set_of_what_it_counts_as(compiled: CompiledPolicy) -> None:
    grades = ("技师", "工程师", "高级工程师", "一级", "三级")
    found = [status(compiled, "technician", grade=grade) for grade in grades]
    assert found == ["satisfied"] * 3 + ["not_satisfied"] * 2
    found = [status(compiled, "no-technician", grade=grade) for grade in grades]
    assert found == ["not_satisfied"] * 3 + ["satisfied"] * 2
    ranks = {
        entry.code: entry.rank
        for table in compiled.policy.tables
        if table.vocabulary
        for entry in table.vocabulary.entries
    }
    assert (ranks["engineer"], ranks["senior"]) == (2, 3)
    assert status(compiled, "above", grade="工程师") == "satisfied"


@pytest.mark.parametrize(("spent", "found"), [(33.33, "not_satisfied"), (33.34, "satisfied")])
def test_a_third_is_compared_exactly(compiled: CompiledPolicy, spent: float, found: str) -> None:
    assert status(compiled, "third", spent=spent, cost=100) == found


def test_what_no_blank_can_change_is_decided(compiled: CompiledPolicy) -> None:
    assert status(compiled, "score") == "satisfied"


def test_a_number_outside_its_range_is_a_fault_that_names_the_range(compiled: CompiledPolicy) -> None:
    rows = [{"plan": 100.01}, {"plan": -0.01}, {"plan": 100}]
    application, problems = read_application(
        compiled.policy, {"score": 101, "spent": -1, "years": 99.6, "projects": rows}
    )
    assert application is None
    assert [(str(p.place), p.code, p.message) for p in problems] == [
        ("/projects/0/plan", "fault-range", "“计划”应当在0元至100元之间（含）"),
        ("/projects/1/plan", "fault-range", "“计划”应当在0元至100元之间（含）"),
        ("/score", "fault-range", "“得分”应当在0分至100分之间（含）"),
        ("/spent", "fault-range", "“已付”应当不少于0元"),
        ("/years", "fault-range", "“年数”应当不超过99.5年"),
    ]
    assert read_application(compiled.policy, {"score": 100, "spent": 0})[1] == ()


def test_the_schema_of_an_application_states_the_ranges(compiled: CompiledPolicy) -> None:
    fields = json_schema(compiled.policy)["properties"]
    assert {key: fields["score"][key] for key in ("minimum", "maximum")} == {"minimum": 0, "maximum": 100}
    assert fields["spent"]["minimum"] == 0
    assert fields["years"]["maximum"] == 99.5
    assert not {"minimum", "maximum"} & {*fields["cost"]}
    assert "maximum" not in fields["spent"]


def test_what_is_missing_for_a_total_is_named_in_its_row(compiled: CompiledPolicy) -> None:
    def missing(condition: str, **given: Any) -> list[str]:
        return [m["pointer"] for m in reply(compiled, given)["missing"] if f"scope.{condition}" in m["blocks"]]

    assert missing("amounts") == ["/projects"]
    assert missing("amounts", projects=[{"receipt": True}, {"amount": 1}, {"amount": 1, "receipt": True}]) == [
        "/projects/0/amount", "/projects/1/receipt",
    ]  # fmt: skip
    rows = [{"stages": [{"days": None}]}, {"stages": None}]
    assert missing("days", projects=rows) == ["/projects/0/stages/0/days", "/projects/1/stages"]
    assert missing("dishonest", name="柳溪县甲工坊") == ["/day"]
    assert missing("dishonest", day="2025-06-01") == ["/name"]
    assert missing("by-kind", kind="丙类") == ["/kind"]


def test_the_lists_and_facts_a_derived_fact_rests_on_are_known(compiled: CompiledPolicy) -> None:
    facts = {fact.path: fact for fact in compiled.policy.derived}
    assert [fact.path for fact in sources_of(facts["all_plans"])] == ["projects[].plan", "spent"]
    assert [group.path for group in lists_of(facts["all_plans"])] == ["projects"]
    assert [group.path for group in lists_of(facts["all_days"])] == ["projects", "projects[].stages"]
    assert [group.path for group in lists_of(facts["project_count"])] == ["projects"]
    assert [fact.path for fact in sources_of(facts["craft_count"])] == ["crafts"]
    assert lists_of(facts["class"]) == ()


def test_rows_are_not_told_apart_by_a_class_that_is_not_certain(compiled: CompiledPolicy) -> None:
    rows = [{"stages": [{"days": 1}]}, {"stages": [{"days": 2}]}, {"stages": [{"days": 9}]}]
    assert status(compiled, "sizes", projects=rows) == "satisfied"
    assert status(compiled, "sizes", projects=rows[:2]) == "not_satisfied"
    assert status(compiled, "sizes", projects=[rows[2], {"stages": [{"days": None}]}]) == "unknown"


def test_literals_and_parameters_are_parts_of_extremes() -> None:
    body = """
parameters: {cap: {label: 上限, value: 5万元}}
facts:
  day: {type: date, label: 申报日期}
  cost: {type: number, label: 费用, unit: 元}
derived:
  paid: {label: 补助, least_of: [cost, {parameter: cap}]}
  floor: {label: 保底, greatest_of: [1000元, cost]}
  since: {label: 起算日, greatest_of: [day, 2025-03-01]}
scope: {cite: {clause: 一}, fact: day, given: true}
criteria: {}
"""
    with written(body) as policy:
        cases = {
            "paid": [({"cost": 60_000}, (50_000, 50_000)), ({"cost": 10}, (10, 10)), ({}, (LOWEST, 50_000))],
            "floor": [({"cost": 10}, (1000, 1000)), ({}, (1000, HIGHEST))],
            "since": [({"day": "2025-01-01"}, (DAY, DAY)), ({}, None)],
        }
        for path, found in cases.items():
            for given, expected in found:
                assert value(policy.compiled, path, **given) == expected


def test_literals_and_parameters_stand_for_facts() -> None:
    body = """
parameters:
  floor: {label: 起点, value: 1万元}
  first: {label: 起始日, value: 2025-03-01}
  low: {label: 最低档, value: 甲}
facts:
  day: {type: date, label: 申报日期}
  cost: {type: number, label: 费用, unit: 元, at_least: 0, precision: 2}
  kind: {type: code, label: 类别, codes: [甲, 乙]}
  rows: {label: 支出, list: true, fields: {n: {type: number, label: 金额, unit: 元, precision: 2}}}
derived:
  above: {label: 超出, minus: {of: cost, less: {parameter: floor}}}
  short: {label: 差额, minus: {of: 1.5元, less: cost}}
  known: {label: 费用或零, first_given: [cost, 0元]}
  since: {label: 日期或起始日, first_given: [day, {parameter: first}]}
  class: {label: 类别或最低档, codes: [甲, 乙], first_given: [kind, {parameter: low}]}
  all: {label: 合计, total: ['rows[].n', 0.5元]}
scope: {cite: {clause: 一}, fact: day, given: true}
criteria: {}
"""
    with written(body) as policy:
        cases = {
            "above": [({"cost": 10_001.5}, (150, 150)), ({}, (-1_000_000, HIGHEST))],
            "short": [({"cost": 1}, (50, 50)), ({}, (LOWEST, 150))],
            "known": [({"cost": 1}, (100, 100)), ({}, (0, 0))],
            "since": [({"day": "2025-01-01"}, (DAY - 59, DAY - 59)), ({}, (DAY, DAY))],
            "class": [({"kind": "乙"}, "乙"), ({}, "甲")],
            "all": [({"rows": [{"n": 1}]}, (150, 150)), ({"rows": []}, (50, 50)), ({}, None)],
        }
        for path, found in cases.items():
            for given, expected in found:
                assert value(policy.compiled, path, **given) == expected, path


def test_a_product_is_exact_rounded_down_and_kept_within_its_limits() -> None:
    body = """
parameters: {rate: {label: 每月标准, value: 800元}}
facts:
  day: {type: date, label: 申报日期}
  months: {type: number, label: 月数, unit: 个月, at_least: 0}
  area: {type: number, label: 面积, unit: 平方米, precision: 2, at_least: 0, at_most: 100}
  price: {type: number, label: 单价, unit: 万元/亩}
  part: {type: number, label: 比例, unit: '%', at_least: 0, at_most: 100}
  gain: {type: number, label: 增减}
derived:
  paid: {label: 补贴, unit: 元, product: {of: [months, {parameter: rate}], at_most: 28800元}}
  site: {label: 场地, unit: 元, precision: 2, product: {of: [area, 15.55元, 三分之一]}}
  land: {label: 土地, unit: 万元, precision: 1, product: {of: [price, part, 3]}}
  swing: {label: 增减额, unit: 元, product: {of: [gain, 3元, part], at_least: 0元}}
  none: {label: 零, product: {of: [gain, 0%]}}
scope: {cite: {clause: 一}, fact: day, given: true}
criteria: {}
"""
    with written(body) as policy:
        cases: dict[str, list[tuple[dict[str, Any], Any]]] = {
            "paid": [({"months": 3}, (2400, 2400)), ({"months": 40}, (28_800, 28_800)), ({}, (0, 28_800))],
            "site": [({"area": 0.01}, (5, 5)), ({"area": 30}, (15_550, 15_550)), ({}, (0, 51_833))],
            "land": [({"price": 2, "part": 50}, (30, 30)), ({"price": 2}, (0, 60)), ({"price": 0}, (0, 0)), ({}, None)],
            "swing": [({"gain": -2, "part": 50}, (0, 0)), ({"gain": 2}, (0, 6)), ({}, (0, HIGHEST))],
            "none": [({}, (0, 0)), ({"gain": 5}, (0, 0))],
        }
        for path, found in cases.items():
            for given, expected in found:
                assert value(policy.compiled, path, **given) == expected, (path, given)


def test_the_row_that_comes_first_is_picked_and_ties_leave_open_what_they_disagree_on() -> None:
    body = """
facts:
  day: {type: date, label: 申报日期}
  ratings:
    label: 评估
    list: true
    fields:
      year: {type: number, label: 年度}
      on: {type: date, label: 日期}
      grade: {type: code, label: 等级, codes: [丙, 乙, 甲], ordered: true}
      score: {type: number, label: 得分, at_least: 0, at_most: 100}
      good: {type: boolean, label: 合格}
derived:
  grade: {label: 最近一次等级, pick: {of: 'ratings[].grade', highest: 'ratings[].year'}}
  first: {label: 最早一次得分, pick: {of: 'ratings[].score', lowest: 'ratings[].on'}}
  good: {label: 最近一次合格, pick: {of: 'ratings[].good', highest: 'ratings[].on'}}
scope: {cite: {clause: 一}, fact: day, given: true}
criteria: {}
"""
    with written(body) as policy:
        rows = [{"year": 2023, "grade": "甲"}, {"year": 2024, "grade": "乙"}]
        cases: list[tuple[str, list[dict[str, Any]] | None, Any]] = [
            ("grade", rows, "乙"),
            ("grade", [*rows, {"year": 2024, "grade": "乙"}], "乙"),
            ("grade", [*rows, {"year": 2024, "grade": "丙"}], ("乙", "丙")),
            ("grade", [*rows, {"grade": "甲"}], ("乙", "甲")),  # a year not given may be any
            ("grade", [*rows, {"year": 2025}], None),
            ("grade", [], NOTHING),
            ("grade", None, None),
            ("first", [{"on": "2024-03", "score": 5}, {"on": "2024-03-31", "score": 7}], (5, 7)),
            ("first", [{"on": "2024-03", "score": 5}, {"on": "2024-04-01", "score": 7}], (5, 5)),
            ("first", [{"on": "2024-03-01"}, {"on": "2024-04-01", "score": 7}], (0, 100)),
            ("first", [], None),
            ("good", [{"on": "2024-03-01", "good": False}, {"on": "2024-04-01", "good": True}], True),
            ("good", [{"on": "2024-03-01", "good": False}, {"good": True}], None),
        ]
        for path, given, expected in cases:
            assert value(policy.compiled, path, ratings=given) == expected, (path, given)
