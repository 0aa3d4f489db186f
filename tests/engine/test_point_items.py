"""Items that give points: numbers by units, rows, groups that are capped, of which the best counts, or that lose."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from service.engine.explanation import explain
from service.engine.points import points_had
from service.engine.verdict import Result
from tests.engine.written import Written, written

BODY = """
facts:
  day: {type: date, label: 申报日期}
  homes: {type: number, label: 带动农户, unit: 户, remediable: true}
  grade: {type: code, label: 示范等级, codes: {nation: 国家级, province: 省级, city: 市级}, remediable: true}
  score: {type: number, label: 专家评分, unit: 分, precision: 1, at_least: 0, at_most: 100}
  faults: {type: number, label: 违规次数, unit: 次, at_least: 0}
  asked: {type: evidence, label: 特色}
  people:
    label: 成员
    list: true
    who: name
    remediable: true
    fields:
      name: {type: text, label: 姓名}
      level: {type: code, label: 等级, codes: {senior: 高级技师, plain: 技师}, open: true}
scope:
  cite: {clause: 一}
  all:
    - id: each
      label: 带动
      points: [{fact: homes, every: 10户, points: 2分, at_most: 10分}]
      at_least: 6
    - id: beyond
      points: [{fact: homes, every: 10户, from: 50户, points: 1分}]
      between: [1, 2]
    - id: best
      label: 等级
      points:
        - best_of:
            - {when: {fact: grade, is: 国家级}, points: 20分}
            - {when: {fact: grade, is: 省级}, points: 10分}
            - {when: {fact: grade, is: 市级}, points: 5分}
        - {points: 5}
      at_least: 15
    - id: rated
      points: [{fact: score, times: 60%}]
      more_than: 51
    - id: rows
      label: 人才
      points:
        - label: 人才队伍
          sum_of:
            - {label: 高级技师, count: people, where: {fact: 'people[].level', is: 高级技师}, points: 2分}
            - {label: 技师, count: people, where: {fact: 'people[].level', is: 技师}, every: 2人, points: 1分}
          at_most: 4分
      at_least: 3
    - id: lost
      points:
        - sum_of: [{points: 10}]
          minus: [{fact: faults, every: 1次, points: 4分}]
      at_most: 5
    - id: judged
      points:
        - best_of:
            - {when: {id: special, judgement: 是否有特色, evidence: asked}, points: 6}
            - {when: {fact: grade, is: 国家级}, points: 9}
      at_least: 6
criteria: {}
"""
Y, N, U, R = "satisfied", "not_satisfied", "unknown", "needs_review"


@pytest.fixture(scope="module")
def policy() -> Iterator[Written]:
    with written(BODY) as made:
        yield made


def members(senior: int, plain: int, blank: int = 0) -> list[dict[str, Any]]:
    levels = ["高级技师"] * senior + ["技师"] * plain + [None] * blank
    return [{"name": f"员{place}", "level": level} for place, level in enumerate(levels)]


@pytest.mark.parametrize(
    ("name", "given", "status"),
    [
        ("each", {"homes": 29}, N),
        ("each", {"homes": 30}, Y),
        ("each", {"homes": None}, U),
        ("beyond", {"homes": 59}, N),
        ("beyond", {"homes": 60}, Y),
        ("beyond", {"homes": 79}, Y),
        ("beyond", {"homes": 80}, N),
        ("beyond", {"homes": 0}, N),
        ("best", {"grade": "省级"}, Y),
        ("best", {"grade": "市级"}, N),
        ("best", {"grade": None}, U),
        ("rated", {"score": 85}, N),
        ("rated", {"score": 85.1}, Y),
        ("rated", {"score": None}, U),
        ("rows", {"people": members(1, 1)}, N),
        ("rows", {"people": members(1, 2)}, Y),
        ("rows", {"people": members(9, 9)}, Y),
        ("rows", {"people": members(0, 3)}, N),
        ("rows", {"people": members(0, 0, 1)}, N),
        ("rows", {"people": members(1, 0, 1)}, U),
        ("rows", {"people": None}, U),
        ("rows", {"people": []}, N),
        ("lost", {"faults": 1}, N),
        ("lost", {"faults": 2}, Y),
        ("lost", {"faults": 9}, Y),
        ("lost", {"faults": None}, U),
        ("judged", {"asked": "有", "grade": None}, R),
        ("judged", {"asked": None, "grade": None}, U),
        ("judged", {"asked": False, "grade": "国家级"}, Y),
        ("judged", {"asked": False, "grade": "省级"}, N),
    ],
)
def test_items_give_points_by_what_is_known(policy: Written, name: str, given: dict[str, Any], status: str) -> None:
    assert policy.status(f"scope.{name}", {"day": "2025-06-30", **given}) == status


@pytest.mark.parametrize(("together", "status"), [(False, U), (True, N)])
def test_of_items_that_exclude_each_other_a_blank_field_can_give_only_the_best(together: bool, status: str) -> None:
    items = "[{when: {fact: grade, is: 国家级}, points: 20}, {when: {fact: grade, is: 省级}, points: 15}]"
    points = f"[{{best_of: {items}}}, {{fact: homes, at_most: 9}}]" if together else items
    facts = BODY.partition("scope:")[0]
    with written(f"{facts}scope: {{cite: {{clause: 一}}, points: {points}, at_least: 25}}\ncriteria: {{}}\n") as made:
        assert made.status("scope", {"day": "2025-06-30", "homes": 4}) == status


def _shown(policy: Written, name: str, given: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    reply = explain(policy.assess({"day": "2025-06-30", **given}))
    return next(item for item in reply["scope"]["conditions"] if item["id"] == name), reply


def test_the_reply_shows_the_points_of_every_item_and_group(policy: Written) -> None:
    rows, reply = _shown(policy, "rows", {"people": members(1, 1)})
    assert rows["points"] == {"least": "2", "most": "2", "of": "4"}
    (group,) = rows["conditions"]
    assert (group["label"], group["expected"], group["actual"]) == ("人才队伍", "各项合计，最高4分", "2分")
    assert [(item["label"], item["points"]["most"], item["actual"]) for item in group["conditions"]] == [
        ("高级技师", "2", "1（共 2），计2分"), ("技师", "0", "1（共 2），计0分"),
    ]  # fmt: skip
    assert "人才：2分（人才队伍2分，满分4分），应不少于3分" in reply["scope"]["explanation"]
    best, _ = _shown(policy, "best", {"grade": None})
    assert [item["points"] for item in best["conditions"]] == [
        {"least": "0", "most": "20", "of": "20"}, {"least": "5", "most": "5", "of": "5"},
    ]  # fmt: skip
    assert best["conditions"][0]["conditions"][1]["points"] == {"least": "0", "most": "10", "of": "10"}
    each, _ = _shown(policy, "each", {"homes": 25})
    assert (each["conditions"][0]["actual"], each["conditions"][0]["expected"]) == (
        "25户，计4分", "每满10户计2分，最高10分",
    )  # fmt: skip
    lost, _ = _shown(policy, "lost", {"faults": 1})
    assert lost["conditions"][0]["conditions"][1]["points"] == {"least": "-4", "most": "-4", "of": None}


def test_the_points_of_a_result_lie_between_a_least_and_a_most(policy: Written) -> None:
    def had(name: str, given: dict[str, Any]) -> tuple[float, float]:
        waiting: list[Result] = [policy.assess({"day": "2025-06-30", **given}).sections[0][1]]
        while waiting:
            result = waiting.pop()
            if result.node.condition.id == name:
                return points_had(result)
            waiting += result.children
        raise AssertionError(name)

    assert had("each", {"homes": 25}) == (4000, 4000)
    assert had("each", {}) == (0, 10_000)
    assert had("beyond", {}) == (0, float("inf"))
    assert had("best", {}) == (5000, 25_000)
    assert had("lost", {}) == (0, 10_000)
    assert had("rated", {"score": 88.5}) == (53_100, 53_100)


def test_what_is_missing_and_what_people_judge_is_found_inside_groups(policy: Written) -> None:
    _, reply = _shown(policy, "each", {})
    named = {item["pointer"] for item in reply["missing"]}
    assert {"/homes", "/grade", "/score", "/people", "/faults", "/asked"} <= named
    with written(BODY[: BODY.index("    - id: each")] + BODY[BODY.index("    - id: judged") :]) as alone:
        reply = explain(alone.assess({"day": "2025-06-30", "asked": "有"}))
        assert [(item["about"], item["gates"]) for item in reply["reviews"]] == [("scope.special", True)]
        assert [(item["pointer"], item["effect"]) for item in reply["missing"]] == [("/grade", "avoids_review")]


def test_what_another_item_of_a_group_gives_already_is_not_asked_for() -> None:
    items = "[{when: {fact: grade, is: 国家级}, points: 9}, {fact: faults, at_most: 8}]"
    points = f"[{{best_of: {items}}}, {{fact: homes, every: 1户, points: 1}}]"
    facts = BODY.partition("scope:")[0]
    with written(f"{facts}scope: {{cite: {{clause: 一}}, points: {points}, at_least: 12}}\ncriteria: {{}}\n") as made:
        missing = explain(made.assess({"day": "2025-06-30", "grade": "国家级"}))["missing"]
        assert [item["pointer"] for item in missing] == ["/homes"]


def _only(name: str, following: str) -> str:
    head = BODY[: BODY.index("scope:")] + "scope: {cite: {clause: 一}, fact: day, given: true}\ncriteria:\n  it:\n"
    items = BODY[BODY.index(f"    - id: {name}") : BODY.index(f"    - id: {following}")]
    lines = items.replace("    - id", "      id", 1).splitlines()
    return head + "    label: 得分\n    cite: {clause: 一}\n" + "\n".join(line[2:] for line in lines) + "\n"


@pytest.mark.parametrize(
    ("body", "given", "texts"),
    [
        (("each", "beyond"), {"homes": 5}, ["带动农户：每满10户计2分，最高10分，现计0分"]),
        (("best", "rated"), {"grade": "市级"}, ["示范等级：须为国家级", "示范等级：须为省级"]),
        (("rows", "lost"), {"people": members(0, 1)}, ["高级技师：每个计2分，现计0分", "技师：每 2 个计1分，现计0分"]),
    ],
)
def test_a_remedy_says_what_would_bring_more_points(body: tuple[str, str], given: Any, texts: list[str]) -> None:
    with written(_only(*body).replace("    label: 得分\n    cite", "    cite")) as made:
        remedies = explain(made.assess({"day": "2025-06-30", **given}))["remedies"]
        assert sorted(item["text"] for item in remedies) == sorted(texts)
