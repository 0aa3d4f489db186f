"""Sentences that soften what they ask, and conditions that do or do not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from service.policy.library import read_library
from service.policy.warnings import warnings_of

BASE = Path(__file__).parents[1] / "data" / "policies" / "warned" / "base"
AREA = "fact: canteen.area, at_least: 61平方米"
BY = "fact: canteen.opened_by, in: [企业, 社会组织]"


def told(folder: Path, condition: str, quote: str) -> list[tuple[str, str]]:
    """The keys suggested, and the words they are suggested for, where a condition quotes a sentence."""
    shutil.copytree(BASE, folder)
    notice, file = folder / "demo" / "documents" / "notice.txt", folder / "demo" / "2025.yaml"
    notice.write_text(f"{notice.read_text('utf-8')}{quote}\n", "utf-8")
    before = "      - {fact: canteen.open_until, on_or_before: {fact: applied_on}}\n"
    text = file.read_text("utf-8")
    assert before in text
    more = f"      - {{{condition}, cite: {{clause: 附件2, quote: '{quote}'}}}}\n"
    file.write_text(text.replace(before, more + before, 1), "utf-8")
    snapshot, problems, documents = read_library(folder)
    assert problems == ()
    assert snapshot is not None
    (policy,) = snapshot.policies
    found = [one for one in warnings_of(policy, documents[policy.file]) if one.code.startswith("hedge-unanswered.")]
    return [(one.code.partition(".")[2], str(dict(one.params)["words"])) for one in found]


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        ("面积一般应达到61平方米", [("in_principle", "一般应")]),
        ("面积原则上达到61平方米", [("in_principle", "原则上")]),
        ("面积达到61平方米，社会组织不受此限", [("exempt_when", "不受此限")]),
        ("面积达到61平方米，获奖的不受面积限制", [("exempt_when", "不受面积限")]),
        ("面积达到61平方米，特别优秀的可适当放宽", [("exempt_when", "可适当放宽")]),
        ("面积达到61平方米，享有一般纳税人资格", []),
        ("面积达到61平方米，不受理逾期的", []),
    ],
)
def test_a_softened_demand_is_told_with_the_word_that_softens_a_condition(
    quote: str, found: list[tuple[str, str]], tmp_path: Path
) -> None:
    assert told(tmp_path / "p", AREA, quote) == found


@pytest.mark.parametrize(
    "answer",
    [
        "in_principle: true",
        "on_miss: review",
        "ruling: R1",
        "exempt_when: {fact: canteen.heated, is: true}",
    ],
)
def test_a_condition_that_answers_the_words_is_not_told(answer: str, tmp_path: Path) -> None:
    words = "不受此限" if answer.startswith("exempt") else "原则上从严"
    assert told(tmp_path / "p", f"{AREA}, {answer}", f"面积达到61平方米，有暖气的{words}") == []


def test_an_exemption_does_not_answer_in_principle(tmp_path: Path) -> None:
    exempt = "exempt_when: {fact: canteen.heated, is: true}"
    assert told(tmp_path / "p", f"{AREA}, {exempt}", "面积原则上达到61平方米") == [("in_principle", "原则上")]


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        ("企业、社会组织等均可申报", [("open_list", "企业、社会组织等")]),
        ("企业、社会组织等两类主体均可申报", []),
        ("企业、社会组织等级以上的均可申报", []),
        ("企业、社会组织同等对待", []),
        ("企业和社会组织均可申报", []),
        ("一、二、三等奖均可申报", []),
    ],
)
def test_an_enumeration_left_open_is_told(quote: str, found: list[tuple[str, str]], tmp_path: Path) -> None:
    assert told(tmp_path / "p", BY, quote) == found


def test_an_enumeration_where_nothing_is_listed_is_not_told(tmp_path: Path) -> None:
    assert told(tmp_path / "p", AREA, "厨房、餐厅等面积达到61平方米") == []


def test_an_open_list_answers_an_enumeration(tmp_path: Path) -> None:
    assert told(tmp_path / "p", f"{BY}, open_list: true", "企业、社会组织等均可申报") == []
