"""Numbers of points, quotas, computed amounts and deadlines held against the sentences quoted for them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from service.policy.library import read_library
from service.policy.warnings import warnings_of

BASE = Path(__file__).parents[1] / "data" / "policies" / "warned" / "base"
QUOTE = "QUOTE"


def warned(folder: Path, before: str, more: str, quote: str, *, extra: str = "") -> list[str]:
    """What is said of numbers where `more` stands before a line of the base policy and quotes a sentence."""
    shutil.copytree(BASE, folder)
    notice, file = folder / "demo" / "documents" / "notice.txt", folder / "demo" / "2025.yaml"
    notice.write_text(notice.read_text("utf-8").replace("餐位不少于20个", f"餐位不少于20个。{quote}"), "utf-8")
    heated = "      heated:"
    cost = "      cost: {type: number, label: 投入, unit: 元, recorded: true}\n"
    text = file.read_text("utf-8").replace(heated, cost + heated, 1)
    assert before in text
    text = text.replace(before, more.replace(QUOTE, f"{{clause: 一, quote: '{quote}'}}") + before, 1)
    if extra:
        text = text.replace("\nscope:\n", f"{extra}\nscope:\n", 1)
    file.write_text(text, "utf-8")
    snapshot, problems, documents = read_library(folder)
    assert problems == ()
    assert snapshot is not None
    (policy,) = snapshot.policies
    found = warnings_of(policy, documents[policy.file])
    return [str(dict(one.params)["value"]) for one in found if one.code == "number-not-quoted"]


HEAD = "documents:\n"
RUNNING = "      - {fact: canteen.open_until, on_or_before: {fact: applied_on}}\n"


@pytest.mark.parametrize(
    ("quota", "quote", "numbers"),
    [
        ("at_most: 20家", "全县不超过20家", []),
        ("at_most: 30家", "全县不超过20家", ["30家"]),
        ("is: 30", "全县共二十家", ["30"]),
        ("between: [15家, 25家]", "全县15至20家，其中城区15家", ["25家"]),
        ("at_most: 3, per: canteen.opened_by", "各类主体不超过3家", []),
        ("per: canteen.opened_by, each: {企业: 5家, 社会组织: 2家}", "企业6家，社会组织2家", ["5家"]),
        ("per: canteen.opened_by, each: {企业: [5, 7]}", "企业5至6家，社会组织5家", ["7"]),
        ("per: canteen.opened_by, each: {企业: {at_most: 7家}}", "企业不超过6家", ["7家"]),
        ("at_most: 30家", "名额另行下达", []),
    ],
)
def test_of_a_quota(quota: str, quote: str, numbers: list[str], tmp_path: Path) -> None:
    more = f"award:\n  quotas:\n    - {{label: 名额, {quota}, cite: {QUOTE}}}\n"
    assert warned(tmp_path / "p", HEAD, more, quote) == numbers


@pytest.mark.parametrize(
    ("bound", "quote", "numbers"),
    [
        ("share: true, at_most: 30%", "企业不超过入选者的三成", []),
        ("share: true, at_most: 40%", "企业不超过入选者的三成", ["40%"]),
        ("at_most: 4", "企业不超过3家", ["4"]),
    ],
)
def test_of_a_limit_of_the_whole_round(bound: str, quote: str, numbers: list[str], tmp_path: Path) -> None:
    where = "where: {fact: canteen.opened_by, is: 企业}"
    more = f"limits:\n  - {{label: 企业, {where}, {bound}, cite: {QUOTE}}}\n"
    assert warned(tmp_path / "p", HEAD, more, quote) == numbers


@pytest.mark.parametrize(
    ("at", "quote", "numbers"),
    [
        ("2025-09-30 17:00", "截止时间为2025年9月30日17时", []),
        ("2025-09-30 17:00", "截止时间为2025年9月30日下午5点", []),
        ("2025-09-30 17:30", "截止时间为2025年9月30日下午5:30", []),
        ("2025-09-30 17:00", "截止时间为2025年9月30日12时", ["2025-09-30 17:00"]),
        ("2025-09-30", "截止时间为2025年9月30日17时", ["2025-09-30"]),
        ("2025-09-30", "截止时间为2025年9月30日24时", []),
        ("2025-09-30", "2025年9月30日截止，每日9:00至17:00受理", []),
        ("2025-10-01 17:00", "截止时间为2025年9月30日17时", ["2025-10-01"]),
    ],
)
def test_of_a_deadline(at: str, quote: str, numbers: list[str], tmp_path: Path) -> None:
    assert warned(tmp_path / "p", HEAD, f"deadline: {{at: {at}, cite: {QUOTE}}}\n", quote) == numbers


@pytest.mark.parametrize(
    ("bound", "given", "quote", "numbers"),
    [
        ("at_least: 60", (40, 30), "满意的得40分，有暖气的得30分，合计60分以上", []),
        ("at_least: 70", (40, 30), "满意的得40分，有暖气的得30分，合计60分以上", ["70分"]),
        ("at_least: 60", (40, 25), "满意的得40分，有暖气的得30分，合计60分以上", ["25分"]),
        ("more_than: 60", (40, 30), "满意的得40分，有暖气的得30分，合计超过60分", []),
        ("less_than: 60", (40, 30), "满意的得40分，有暖气的得30分，合计低于60分的", []),
        # What the items give is not in the sentence on the sum.
        ("at_least: 60", (40, 60), "满分100分，合计60分以上", []),
        ("at_least: 60", (40, 25), "满分65分，合计60分以上", []),
    ],
)
def test_of_points(bound: str, given: tuple[int, int], quote: str, numbers: list[str], tmp_path: Path) -> None:
    more = (
        f"      - {bound}\n        cite: {QUOTE}\n        points:\n"
        f"          - {{points: {given[0]}, when: {{fact: canteen.score, at_least: 0分}}}}\n"
        f"          - {{points: {given[1]}, when: {{fact: canteen.heated, is: true}}}}\n"
    )
    assert warned(tmp_path / "p", RUNNING, more, quote)[:1] == numbers


@pytest.mark.parametrize(("points", "numbers"), [(10, []), (15, ["15分"])])
def test_of_points_that_a_condition_quotes_itself(points: int, numbers: list[str], tmp_path: Path) -> None:
    more = (
        "      - at_least: 5\n        points:\n"
        f"          - {{points: {points}, when: {{fact: canteen.heated, is: true, cite: {QUOTE}}}}}\n"
    )
    assert warned(tmp_path / "p", RUNNING, more, "有暖气的，得10分") == numbers


BY_STAR = "amount_by: {of: canteen.star, amounts: {一级: 5万元, 二级: 2万元}, otherwise: 0元}"
AMOUNT = f"award:\n  amounts:\n    - {{label: 补贴, fact: canteen.grant, cite: {QUOTE}}}\n"


@pytest.mark.parametrize(
    ("function", "quote", "numbers"),
    [
        (BY_STAR.replace("5万元", "3万元"), "一级3万元，二级2万元", []),
        (BY_STAR, "一级3万元，二级2万元", ["5万元"]),
        (BY_STAR, "按等级补贴", []),
        ("portion: {of: canteen.cost, percent: 30%, at_most: 10万元}", "按投入的30%补贴，最高10万元", []),
        ("portion: {of: canteen.cost, percent: 20%, at_most: 10万元}", "按投入的30%补贴，最高10万元", ["20%"]),
        ("portion: {of: canteen.cost, percent: 30%, at_most: 20万元}", "按投入的30%补贴，最高10万元", ["20万元"]),
        (
            "band: {of: canteen.cost, bands: [{from: 50万元, gives: 5万元}, {gives: 1万元}]}",
            "投入50万元以上的补贴5万元，其他补贴1万元",
            [],
        ),
        (
            "band: {of: canteen.cost, bands: [{from: 60万元, gives: 5万元}, {gives: 2万元}]}",
            "投入50万元以上的补贴5万元，其他补贴1万元",
            ["60万元", "2万元"],
        ),
    ],
)  # fmt: skip
def test_of_what_is_computed(function: str, quote: str, numbers: list[str], tmp_path: Path) -> None:
    extra = f"  canteen.grant: {{label: 补贴, unit: 元, {function}}}\n"
    assert warned(tmp_path / "p", HEAD, AMOUNT, quote, extra=extra) == numbers


def test_of_who_gets_an_amount(tmp_path: Path) -> None:
    amount = "{label: 补贴, amount: 2万元, when: {fact: canteen.seats, at_least: 40个}, cite: QUOTE}"
    more = f"award:\n  amounts:\n    - {amount}\n"
    assert warned(tmp_path / "p", HEAD, more, "餐位30个以上的，给予2万元") == ["40个"]
