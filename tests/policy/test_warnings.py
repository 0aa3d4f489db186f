"""Warnings of a sound policy: each file of tests/data/policies/warned holds one cause, its warnings stand beside it.

`<cause>.yaml` is read in place of the policy of `base`, which gives no warning. `<cause>.expected` holds
`line:column: code`, and then ` -> n` where the warning names a line, of the file or of the archived text.
"""

from __future__ import annotations

import shutil
import tomllib
from importlib import resources
from pathlib import Path

import pytest

from service import messages
from service.policy.library import read_library
from service.policy.notice import Passage, PassageKind, passages
from service.policy.reading import squeeze
from service.policy.warnings import warnings_of
from service.problems import FilePlace, Problem, Severity

ROOT = Path(__file__).parents[2]
WARNED = ROOT / "tests" / "data" / "policies" / "warned"
CASES = sorted(WARNED.glob("*.yaml"))
NOTICES = sorted(
    path
    for path in [*ROOT.glob("policies/**/*.txt"), *ROOT.glob("tests/data/*/**/documents/*.txt")]
    if "bad" not in path.parts
)


def warnings(folder: Path) -> tuple[Problem, ...]:
    snapshot, problems, documents = read_library(folder)
    assert problems == ()
    assert snapshot is not None
    (policy,) = snapshot.policies
    return warnings_of(policy, documents[policy.file])


def written(warning: Problem) -> str:
    assert isinstance(warning.place, FilePlace)
    line = dict(warning.params).get("line")
    return f"{warning.place.line}:{warning.place.column}: {warning.code}" + (f" -> {line}" if line else "")


def test_a_policy_without_cause_gives_no_warning() -> None:
    assert warnings(WARNED / "base") == ()


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_a_cause_gives_these_warnings_here(case: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(WARNED / "base", tmp_path / "policies")
    shutil.copy(case, folder / "demo" / "2025.yaml")
    found = warnings(folder)
    assert [written(warning) for warning in found] == case.with_suffix(".expected").read_text("utf-8").splitlines()
    for warning in found:
        assert warning.severity is Severity.WARNING
        assert "None" not in warning.message
        assert warning.hint != ""


def test_every_warning_is_seen_in_a_file() -> None:
    catalogue = tomllib.loads((resources.files(messages) / "warnings.toml").read_text("utf-8"))
    codes = {code for code in catalogue if not code.endswith(".hint") and not code.startswith("option.")}
    lines = [line for case in CASES for line in case.with_suffix(".expected").read_text("utf-8").splitlines()]
    assert {line.split(": ")[1].split(" -> ")[0] for line in lines} == codes


def test_a_policy_without_archived_text_has_no_sentence_to_cover(tmp_path: Path) -> None:
    folder = shutil.copytree(WARNED / "base", tmp_path / "policies")
    file = folder / "demo" / "2025.yaml"
    file.write_text(file.read_text("utf-8").replace(", text: documents/notice.txt", ""), "utf-8")
    assert warnings(folder) == ()


@pytest.mark.parametrize(
    ("value", "quote", "warned"),
    [
        ("60周岁", "年龄不超过58周岁", True),
        ("58周岁", "年龄不超过五十八周岁", False),
        ("3年", "从业36个月以上", False),
        ("30天", "从业一个月以上", False),
        ("5万元", "给予50,000元资助", False),
        ("5万元", "给予五万元资助，名额三个", False),
        ("6万元", "给予五万元资助", True),
        ("60%", "占比不低于五分之三", False),
        ("60%", "占比不低于三分之一", True),
        ("2025-06-30", "截止日期为2025年6月30日", False),
        ("2025-07-30", "截止日期为2025年6月30日", True),
        ("3人", "年龄不超过58周岁", False),
        ("3人", "团队健全", False),
    ],
)
def test_a_number_is_held_against_its_own_quote(value: str, quote: str, warned: bool, tmp_path: Path) -> None:
    folder = shutil.copytree(WARNED / "base", tmp_path / "policies")
    notice, file = folder / "demo" / "documents" / "notice.txt", folder / "demo" / "2025.yaml"
    notice.write_text(notice.read_text("utf-8").replace("餐位不少于20个", f"餐位不少于20个。{quote}"), "utf-8")
    more = f"  x: {{label: 数, value: {value}, cite: {{clause: 一, quote: '{quote}'}}}}\n\nfacts:\n"
    file.write_text(file.read_text("utf-8").replace("\nfacts:\n", more, 1), "utf-8")
    codes = [warning.code for warning in warnings(folder) if warning.code != "parameter-unused"]
    assert codes == (["number-not-quoted"] if warned else [])


@pytest.mark.parametrize(
    ("times", "quote", "warned"),
    [
        ("110%", "餐位比上年增长10%以上", False),
        ("110%", "餐位达到上年的110%", False),
        ("1.1倍", "餐位比上年增长百分之十以上", False),
        ("115%", "餐位比上年增长10%以上", True),
        ("210%", "餐位达到上年的110%", True),
    ],
)
def test_a_multiple_may_be_quoted_as_the_growth_it_asks(times: str, quote: str, warned: bool, tmp_path: Path) -> None:
    folder = shutil.copytree(WARNED / "base", tmp_path / "policies")
    notice, file = folder / "demo" / "documents" / "notice.txt", folder / "demo" / "2025.yaml"
    notice.write_text(notice.read_text("utf-8").replace("餐位不少于20个", f"餐位不少于20个。{quote}"), "utf-8")
    old = "    - {fact: canteen.star, at_least: 三级,"
    asked = f"at_least: {{fact: canteen.rooms, times: {times}}}"
    more = f"    - {{fact: canteen.seats, {asked}, cite: {{clause: 一、（一）, quote: '{quote}'}}}}\n{old}"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, more, 1), "utf-8")
    assert [warning.code for warning in warnings(folder)] == (["number-not-quoted"] if warned else [])


@pytest.mark.parametrize(
    ("growth", "quote", "ruling", "warned"),
    [
        ("growth: 10%, years: 2", "餐位近三年年均增长率不低于10%", "", False),
        ("growth: 10%", "餐位达到上年的110%", "", False),
        ("growth: 21%", "餐位近三年年均增长率不低于10%", "", True),
        ("times: 121%", "餐位近三年年均增长率不低于10%", "", True),
        ("times: 121%", "餐位近三年年均增长率不低于10%", "按两年复合，即121%", False),
        ("times: 121%", "餐位近三年年均增长率不低于10%", "按两年复合，即120%", True),
    ],
)
def test_a_growth_is_quoted_as_it_is_written_or_as_the_ruling_computes_it(
    growth: str, quote: str, ruling: str, warned: bool, tmp_path: Path
) -> None:
    folder = shutil.copytree(WARNED / "base", tmp_path / "policies")
    notice, file = folder / "demo" / "documents" / "notice.txt", folder / "demo" / "2025.yaml"
    notice.write_text(notice.read_text("utf-8").replace("餐位不少于20个", f"餐位不少于20个。{quote}"), "utf-8")
    old = "    - {fact: canteen.star, at_least: 三级,"
    by_ruling = "ruling: R9, " if ruling else ""
    asked = f"{by_ruling}cite: {{clause: 一、（一）, quote: '{quote}'}}"
    more = f"    - {{fact: canteen.seats, at_least: {{fact: canteen.rooms, {growth}}}, {asked}}}\n{old}"
    text = file.read_text("utf-8").replace(old, more, 1)
    if ruling:
        text = text.replace("\nrulings:\n", f"\nrulings:\n  R9: {{text: '{ruling}', by: 县民政局}}\n", 1)
        assert "R9: {" in text
    file.write_text(text, "utf-8")
    assert [warning.code for warning in warnings(folder)] == (["number-not-quoted"] if warned else [])


# --- the passages of a notice ---


@pytest.mark.parametrize("file", NOTICES, ids=lambda path: path.stem)
def test_passages_hold_the_whole_text_in_order(file: Path) -> None:
    text = file.read_text("utf-8")
    found = passages(text)
    whole, at = squeeze(text), 0
    for passage in found:
        assert passage.start == at
        assert squeeze(passage.text) == whole[passage.start : passage.end]
        at = passage.end
        first = squeeze(passage.text)[0]
        assert first in text.split("\n")[passage.line - 1]
    assert at == len(whole)


def speaking(text: str) -> list[str]:
    return [passage.text for passage in passages(text) if passage.speaks]


HEAD = "某某通知\n\n各单位：\n\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", []),
        ("某某通知\n某某局", []),
        (HEAD + "现将有关事项通知如下。\n\n一、条件\n\n满三年。", ["满三年。"]),
        (HEAD + "甲。乙！丙？丁；戊", ["甲。", "乙！", "丙？", "丁；", "戊"]),
        (HEAD + "格式为“县名。人名”的（含本数；下同）。乙。", ["格式为“县名。人名”的（含本数；下同）。", "乙。"]),
        (HEAD + "他说：“甲。”乙。", ["他说：“甲。”乙。"]),
        (HEAD + "未闭合的（括号。乙。", ["未闭合的（括号。", "乙。"]),
        # What leads to a list is said where it tells how the list is meant.
        (HEAD + "提交下列材料：\n1.表。\n2.执照。", ["1.表。", "2.执照。"]),
        (HEAD + "有下列情形之一的：\n1.失信。", ["1.失信。"]),
        (HEAD + "在下列五项指标中至少具备三项：\n1.专利。", ["在下列五项指标中至少具备三项：", "1.专利。"]),
        (HEAD + "（一）应同时具备下列条件：\n1.专利。", ["（一）应同时具备下列条件：", "1.专利。"]),
        (HEAD + "符合下列条件之一：\n1.专利。", ["符合下列条件之一：", "1.专利。"]),
        # Lines broken for width are one sentence.
        (
            HEAD + "申报单位应当在本行政区域内依法登记并连续经营三年以上\n，方可。",
            ["申报单位应当在本行政区域内依法登记并连续经营三年以上，方可。"],
        ),
        # A numbered line without punctuation is a heading where something deeper follows, else an item.
        (HEAD + "一、条件\n（一）年龄\n满三年。\n（二）材料\n1.表\n2.执照", ["满三年。", "1.表", "2.执照"]),
        (HEAD + "第一章 总则\n第一条 甲。\n第二条 乙。", ["第一条 甲。", "第二条 乙。"]),
        (HEAD + "甲。\n\n说明\n\n乙。", ["甲。", "乙。"]),
        # Signature and date, and what stands below them.
        (HEAD + "甲。\n\n某某局\n2024年6月1日\n（此件公开发布）", ["甲。"]),
        (HEAD + "甲。\n\n某某局\n\n二〇二四年六月一日", ["甲。"]),
        (HEAD + "甲。\n\n某某局", ["甲。"]),
        # Attachments.
        (HEAD + "甲。\n\n附件：申报表\n\n某某局\n2024年6月1日", ["甲。"]),
        (HEAD + "甲。\n\n附件\n申报表\n\n姓名\n\n性别", ["甲。", "附件 申报表 姓名 性别"]),
        (HEAD + "甲。\n附件1、2由单位填写。", ["甲。", "附件1、2由单位填写。"]),
        (HEAD + "甲。\n附件1：评分办法\n一、标准\n满分100分。", ["甲。", "附件1：评分办法 一、标准 满分100分。"]),
    ],
)  # fmt: skip
def test_what_a_notice_says(text: str, said: list[str]) -> None:
    assert speaking(text) == said


def test_a_windows_text_reads_the_same() -> None:
    text = (WARNED / "base" / "demo" / "documents" / "notice.txt").read_text("utf-8")
    assert passages(text.replace("\n", "\r\n")) == passages(text)


def test_only_frames_are_silent() -> None:
    for kind in PassageKind:
        passage = Passage(kind=kind, text="甲", line=1, start=0, end=1)
        assert passage.speaks == (kind is not PassageKind.FRAME)
