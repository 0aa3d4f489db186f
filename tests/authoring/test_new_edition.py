"""Next year's edition from this year's file: what changes in its text, what is told, what is never touched."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from service.authoring.editions import Edition, read_edition
from service.authoring.new_edition import draft, is_edition, write

DATA = Path(__file__).parents[1] / "data" / "policies"
LINES = {
    "版本: '2024'   # 引号须保留": "版本: '2025'   # 引号须保留",
    "生效期间: {自: 2024年2月29日, 止: 2025.02.28}": "生效期间: {自: 2025-03-01, 止: 2026.02.28}",
    "通知: 通知2024": "通知: 通知2025",
    "  通知2024:": "  通知2025:",
    "    文本: documents/通知2024.txt": "    文本: documents/通知2025.txt",
    "  面积: {名称: 面积, 数值: 30平方米, 依据: {文件: 通知2024, 条款: 一, 原文: 面积不少于30平方米}}": (
        "  面积: {名称: 面积, 数值: 30平方米, 依据: {文件: 通知2025, 条款: 一, 原文: 面积不少于30平方米}}"
    ),
    "    依据: [{文件: 通知2024, 条款: 一, 原文: 申报单位应为企业}, {文件: 办法, 条款: 第一条}]": (
        "    依据: [{文件: 通知2025, 条款: 一, 原文: 申报单位应为企业}, {文件: 办法, 条款: 第一条}]"
    ),
}


def edition(path: Path) -> Edition:
    found, problems = read_edition(path)
    assert problems == ()
    assert found is not None
    return found


@pytest.fixture
def chinese(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA / "chinese", tmp_path / "policies")) / "样例" / "2024.yaml"


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA / "base", tmp_path / "policies")) / "demo" / "2025.yaml"


def test_only_what_a_year_changes_is_written_anew_comments_and_order_stay(chinese: Path) -> None:
    made = draft(edition(chinese), "2025")
    old = chinese.read_text("utf-8").split("\n")
    (path, raw), (text, archived) = made.files
    assert (path, text) == (chinese.with_name("2025.yaml"), chinese.parent / "documents" / "通知2025.txt")
    assert raw.decode().split("\n") == [LINES.get(line, line) for line in old]
    assert archived == (chinese.parent / "documents" / "通知2024.txt").read_bytes()
    assert [item.line for item in made.edits] == [
        number for number, line in enumerate(old, start=1) for _ in range(2 if "自:" in line else 1) if line in LINES
    ]


def test_the_new_edition_is_sound_until_its_text_is_replaced(chinese: Path) -> None:
    write(draft(edition(chinese), "2025").files)
    new = edition(chinese.with_name("2025.yaml"))
    assert (new.policy.edition, new.policy.effective_from.isoformat()) == ("2025", "2025-03-01")
    (chinese.parent / "documents" / "通知2025.txt").write_text("另一份通知，面积不少于30平方米。", "utf-8")
    _, problems = read_edition(chinese.with_name("2025.yaml"))
    assert {item.code.partition(".")[0] for item in problems} == {"quote-not-found"}
    assert {str(item.place).rpartition("yaml")[0] for item in problems} == {
        f"{chinese.with_suffix('')}".replace("2024", "2025") + "."
    }


def test_what_is_left_for_people_is_told_with_its_lines(chinese: Path) -> None:
    look = {item.code: item.places for item in draft(edition(chinese), "2025").look}
    assert set(look) == {
        "new.look.text",
        "new.look.quotes",
        "new.look.documents",
        "new.look.amounts",
        "new.look.numbers",
        "new.look.rulings",
        "new.look.old-year",
    }
    assert look["new.look.quotes"] == ((3, ""),)
    assert look["new.look.documents"] == ((12, "关于做好2024年样例补贴工作的通知"), (14, "某政〔2020〕1号"))
    assert look["new.look.amounts"] == ((18, "面积：30平方米（“面积不少于30平方米”）"),)
    assert look["new.look.rulings"] == ((15, "R1"),)
    assert [words for _, words in look["new.look.old-year"]] == ["标题: 关于做好2024年样例补贴工作的通知"]


def test_every_number_of_the_file_is_listed_with_the_quote_beside_it(base: Path) -> None:
    look = {item.code: [words for _, words in item.places] for item in draft(edition(base), "2026").look}
    for said in (
        "总名额·在此之间：20家（“全县不超过20家”）",
        "一档补贴·金额：2万元（“补贴标准为每家2万元”）",
        "个体作坊·不超过：三分之一（“个体作坊不超过入选者的三分之一”）",
        "投入资金：1.5万元（“投入资金高于1.5万元”）",
    ):
        assert said in look["new.look.amounts"]
    for said in (
        "按支出补贴·比例：30%",
        "年龄·不超过：60周岁（“年龄原则上不超过60周岁”）",
        "三项中至少两项·不少于：2项（“学徒作品、技艺传习、社会评价三项中至少两项有成效”）",
    ):
        assert said in look["new.look.numbers"]


def test_an_edition_that_is_no_year_keeps_the_period_and_says_so(base: Path) -> None:
    made = draft(edition(base), "2025-2")
    look = {item.code: item.places for item in made.look}
    assert look["new.look.period"] == ((7, ""),)
    assert look["new.look.until"] == ((7, "2025.yaml"),)
    assert [(item.before, item.after) for item in made.edits] == [
        ("2025", "2025-2"),
        ("documents/notice.txt", "documents/notice-2025-2.txt"),
    ]


def test_a_name_that_yaml_would_read_as_another_value_is_quoted(base: Path) -> None:
    path, raw = draft(edition(base), "0x1").files[0]
    assert path.name == "0x1.yaml"
    write(draft(edition(base), "null").files)
    assert edition(base.with_name("null.yaml")).policy.edition == "null"
    assert b"edition: 0x1\n" in raw


def test_a_notice_without_text_needs_none(base: Path) -> None:
    text = base.read_text("utf-8")
    base.write_text(text.replace("    text: documents/notice.txt\n", ""), "utf-8")
    made = draft(edition(base), "2026")
    assert [path.name for path, _ in made.files] == ["2026.yaml"]
    assert "new.look.text" not in {item.code for item in made.look}


@pytest.mark.parametrize("key", ["edition", "版本"])
def test_cases_go_with_it_under_the_new_name(base: Path, key: str) -> None:
    cases = base.with_name("2025.cases.yaml")
    cases.write_text(f"policy: demo\n{key}: 2025  # 用例\ncases: []\n", "utf-8")
    made = draft(edition(base), "2026")
    assert (
        dict(made.files)[base.with_name("2026.cases.yaml")]
        == f"policy: demo\n{key}: 2026  # 用例\ncases: []\n".encode()
    )
    assert made.look[-1].code == "new.look.cases"


def test_editors_help_with_the_cases_where_they_help_with_the_policy(base: Path) -> None:
    line = "# yaml-language-server: $schema=../policy.zh.schema.json\n"
    base.write_text(line + base.read_text("utf-8"), "utf-8")
    cases = base.with_name("2025.cases.yaml")
    own = line.replace("policy", "cases")
    for begun in ("", own):
        cases.write_text(f"{begun}policy: demo\nedition: 2025\n", "utf-8")
        written = dict(draft(edition(base), "2026").files)[base.with_name("2026.cases.yaml")]
        assert written.decode() == f"{own}policy: demo\nedition: 2026\n"


@pytest.mark.parametrize("text", ["cases: [", "edition: 2019\n", "- 2025\n"])
def test_cases_that_do_not_name_the_edition_are_copied_as_they_are(base: Path, text: str) -> None:
    cases = base.with_name("2025.cases.yaml")
    cases.write_text(text, "utf-8")
    assert dict(draft(edition(base), "2026").files)[base.with_name("2026.cases.yaml")] == text.encode()


def test_a_byte_order_mark_and_line_ends_stay(base: Path) -> None:
    raw = b"\xef\xbb\xbf" + base.read_bytes().replace(b"\n", b"\r\n")
    base.write_bytes(raw)
    _, written = draft(edition(base), "2026").files[0]
    expected = raw.replace(b"edition: 2025", b"edition: 2026").replace(b"from: 2025", b"from: 2026")
    assert written == expected.replace(b"documents/notice.txt", b"documents/notice-2026.txt")


def test_nothing_is_overwritten_and_one_failure_leaves_nothing(tmp_path: Path) -> None:
    there = tmp_path / "b"
    there.write_text("kept")
    with pytest.raises(FileExistsError):
        write(((tmp_path / "a", b"1"), (there, b"2")))
    assert [path.name for path in tmp_path.iterdir()] == ["b"]
    assert there.read_text() == "kept"


@pytest.mark.parametrize(
    ("name", "fits"),
    [("2025", True), ("二〇二五", True), ("2025-2", True), ("-1", False), ("a/b", False), ("..", False), ("", False)],
)
def test_an_edition_is_named_by_letters_digits_and_hyphens(name: str, fits: bool) -> None:
    assert is_edition(name) is fits
