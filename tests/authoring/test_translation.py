"""Files in Chinese keywords say what those in English say; translating there and back changes nothing."""

from __future__ import annotations

import datetime as dt
import json
import random
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from service.authoring.translation import Translated, faults, schema_of, translate
from service.engine.application import read_application
from service.engine.assess import assess
from service.engine.compiler import CompiledPolicy
from service.engine.explanation import explain
from service.policy.bilingual import in_english
from service.policy.keywords import CHINESE, ENGLISH, Language, Role, chinese
from service.policy.kinds import AllOf
from service.policy.library import Snapshot, load_library, policy_from_texts, read_alone
from service.policy.model import Policy
from service.policy.policy_schema import PolicySchema
from service.policy.sentences import sentence
from service.policy.source import read_bytes
from service.problems import FilePlace, Problem

ROOT = Path(__file__).parents[2]
BASE = ROOT / "tests" / "data" / "policies" / "base"
BAD = ROOT / "tests" / "data" / "policies" / "bad"
APPLICATIONS = sorted((ROOT / "tests" / "data" / "applications").glob("*.json"))
CASES = ROOT / "tests" / "data" / "case_files"
FILES = sorted(
    (*(path for folder in (ROOT / "policies", BASE) for path in folder.glob("*/*.yaml")), CASES / "small.cases.yaml")
)
_ON = dt.datetime(2024, 7, 1, tzinfo=dt.UTC)


def made(path: Path, raw: bytes, to: Language | None = None) -> Translated:
    found, problems = translate(path.name, raw, schema_of(path), to)
    assert problems == ()
    assert found is not None
    return found


def in_chinese(folder: Path, into: Path, *, tables: bool = True) -> Path:
    """A folder of policies with every file in Chinese keywords."""
    shutil.copytree(folder, into)
    for path in into.glob("*/*.yaml"):
        if not path.name.endswith(".cases.yaml") and (tables or path.parent.name != "tables"):
            path.write_bytes(made(path, path.read_bytes()).raw)
    return into


def loaded(folder: Path) -> Snapshot:
    snapshot, problems = load_library(folder)
    assert [str(problem) for problem in problems] == []
    assert snapshot is not None
    return snapshot


def readback(policy: Policy) -> list[str]:
    conditions = [
        child for section in policy.sections
        for child in (section.root.children if isinstance(section.root, AllOf) else (section.root,))
    ]  # fmt: skip
    return [sentence(condition) for condition in (*conditions, *(condition for _, condition in policy.trust))]


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_there_and_back_gives_the_same_bytes(path: Path) -> None:
    raw = path.read_bytes()
    there = made(path, raw)
    assert (there.begun, there.language) == (ENGLISH, CHINESE)
    assert there.raw != raw
    back = made(path, there.raw)
    assert (back.begun, back.language, back.words, back.lines) == (CHINESE, ENGLISH, there.words, there.lines)
    assert back.raw == raw


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_nothing_but_keywords_changes(path: Path) -> None:
    raw = path.read_bytes()
    there = made(path, raw)
    before, after = raw.decode().split("\n"), there.raw.decode().split("\n")
    assert len(before) == len(after)
    assert sum(one != other for one, other in zip(before, after, strict=True)) == there.lines
    shape = re.compile(r"[a-z_-]+|[\u4e00-\u9fff]+")  # what is left of a line is marks and blanks
    for one, other in zip(before, after, strict=True):
        assert one.partition("#")[2] == other.partition("#")[2]
        assert len(one) - len(one.lstrip()) == len(other) - len(other.lstrip())
        if '"' not in one:
            assert shape.sub("", one) == shape.sub("", other)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_file_that_is_in_the_language_stays(path: Path) -> None:
    raw = path.read_bytes()
    assert made(path, raw, ENGLISH) == Translated(raw, ENGLISH, ENGLISH, 0, 0)


@pytest.mark.parametrize("folder", [BASE, ROOT / "policies"], ids=["base", "policies"])
def test_a_chinese_policy_is_the_same_policy(folder: Path, tmp_path: Path) -> None:
    written = loaded(in_chinese(folder, tmp_path / folder.name, tables=False)).policies
    for policy, original in zip(written, loaded(folder).policies, strict=True):
        assert policy.language is CHINESE
        assert policy.digest != original.digest
        assert replace(policy, digest=original.digest) == original


@pytest.mark.parametrize("folder", [BASE, ROOT / "policies"], ids=["base", "policies"])
def test_a_policy_with_chinese_tables_reads_back_as_the_english_one(folder: Path, tmp_path: Path) -> None:
    written = loaded(in_chinese(folder, tmp_path / folder.name)).policies
    for policy, original in zip(written, loaded(folder).policies, strict=True):
        assert readback(policy) == readback(original)
        assert [replace(table, digest="") for table in policy.tables] == [
            replace(table, digest="") for table in original.tables
        ]
        assert all(table.raw != other.raw for table, other in zip(policy.tables, original.tables, strict=True))


def replies(policy: Policy) -> list[Any]:
    compiled = CompiledPolicy(policy)
    try:
        found = []
        for path in APPLICATIONS:
            data = json.loads(path.read_text("utf-8"))
            application, faults = read_application(policy, data.get("application", data))
            assert application is not None, faults
            found.append(json.dumps(explain(assess(compiled, application, on=_ON)), ensure_ascii=False))
        return found
    finally:
        compiled.close()


def test_the_replies_of_a_chinese_policy_are_those_of_the_english_one(tmp_path: Path) -> None:
    assert len(APPLICATIONS) >= 20
    (written,) = (
        p for p in loaded(in_chinese(ROOT / "policies", tmp_path / "policies")).policies if p.edition == "2024"
    )
    (original,) = (p for p in loaded(ROOT / "policies").policies if p.edition == "2024")
    digests = {original.digest: written.digest} | {
        one.digest: other.digest for one, other in zip(original.tables, written.tables, strict=True)
    }
    for reply, expected in zip(replies(written), replies(original), strict=True):
        for english, translated in digests.items():
            reply = reply.replace(translated, english)  # noqa: PLW2901  # the digests are all that may differ
        assert reply == expected


def test_a_policy_of_archived_chinese_texts_is_read(tmp_path: Path) -> None:
    (policy,) = loaded(in_chinese(BASE, tmp_path / "base")).policies
    texts = {f"tables/{table.id}.yaml": table.raw for table in policy.tables}
    texts["documents/notice.txt"] = (BASE / "demo" / "documents" / "notice.txt").read_bytes()
    again, problems = policy_from_texts("demo", "2025", policy.raw, texts)
    assert problems == ()
    assert again is not None
    assert (again.digest, again.scope, readback(again)) == (policy.digest, policy.scope, readback(policy))


def test_a_folder_may_hold_files_of_both_languages(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(BASE, tmp_path / "base"))
    path = folder / "tables" / "grades.yaml"
    path.write_bytes(made(path, path.read_bytes()).raw)
    assert [policy.language for policy in loaded(folder).policies] == [ENGLISH]


# --- what stays, what is refused ---


def policy_text(*lines: str) -> bytes:
    head = "language: 1\nscope:\n  label: 范围\n"
    return (head + "\n".join(lines) + "\n").encode()


def translated_lines(raw: bytes) -> list[str]:
    found, problems = translate("f", raw, PolicySchema)
    assert problems == ()
    assert found is not None
    return found.raw.decode().split("\n")[3:-1]


def test_names_of_the_officer_stay_though_they_are_words_of_the_language() -> None:
    raw = policy_text(
        "facts:", "  label: {type: text, label: all}", "  全部: {type: code, label: 名称, codes: {any: all, 任一: 类}}",
        "derived:", "  all: {label: 名称, template: '{label}{全部}'}",
        "parameters:", "  value: {label: 数值, value: all}",
    )  # fmt: skip
    assert translated_lines(raw) == [
        "申报字段:", "  label: {类型: 文字, 名称: all}", "  全部: {类型: 选项, 名称: 名称, 取值: {any: all, 任一: 类}}",
        "计算字段:", "  all: {名称: 名称, 模板: '{label}{全部}'}",
        "参数表:", "  value: {名称: 数值, 数值: all}",
    ]  # fmt: skip


def test_quotes_comments_and_blanks_stay() -> None:
    raw = policy_text(
        "  # all of these", "  'all' :   # all", '    - {"fact":  x, is : fact}   # fact', "", "    - fact: x",
        "      in: [ is,\tin ]", "      on_miss:   'review'", "\r",
    )  # fmt: skip
    assert translated_lines(raw) == [
        "  # all of these", "  '全部' :   # all", '    - {"字段":  x, 为 : fact}   # fact', "", "    - 字段: x",
        "      属于: [ is,\tin ]", "      未达到时:   '转评审'", "\r",
    ]  # fmt: skip


def test_special_words_of_sentences_are_translated_wherever_a_sentence_runs() -> None:
    raw = policy_text(
        "  fact: x", "  is: y", "  words:", "    satisfied: 共{count}名，{label}{x}{count}",
        "    remedy: >", "      尚差{gap}，", "      应{expected}", "    actual: '{actual}", "      {actual}'",
    )  # fmt: skip
    assert translated_lines(raw) == [
        "  字段: x", "  为: y", "  用语:", "    符合: 共{个数}名，{名称}{x}{个数}",
        "    补正: >", "      尚差{差数}，", "      应{要求}", "    实际: '{实际}", "      {实际}'",
    ]  # fmt: skip


def test_operands_and_readings_of_a_number_are_told_apart() -> None:
    raw = policy_text(
        "  n_of: [{fact: x, is: y}]", "  at_least: {甲: 1, 乙: 2}", "criteria:",
        "  a: {n_of: [{fact: x, is: y}], at_least: {parameter: count}}",
        "  b: {fact: x, at_least: {fact: y, plus: {parameter: plus}}}",
    )  # fmt: skip
    assert translated_lines(raw) == [
        "  若干项: [{字段: x, 为: y}]", "  不低于: {甲: 1, 乙: 2}", "申报条件:",
        "  a: {若干项: [{字段: x, 为: y}], 不低于: {参数: count}}",
        "  b: {字段: x, 不低于: {字段: y, 加: {参数: plus}}}",
    ]  # fmt: skip


def test_a_byte_order_mark_and_line_ends_stay() -> None:
    raw = "\ufefflanguage: 1\r\nscope: {fact: 𠮷, is: 𠮷}\r\npolicy: 1".encode()
    found, problems = translate("f", raw, PolicySchema)
    assert problems == ()
    assert found is not None
    assert found.raw == "\ufeff语言: 1\r\n申报范围: {字段: 𠮷, 为: 𠮷}\r\n政策: 1".encode()


@pytest.mark.parametrize(
    "raw",
    [
        policy_text("  fact: x", "  is: y", "  words: {satisfied: '{个数}'}"),
        policy_text('  fact: x', '  "\\u0069s": y'),  # a keyword that does not stand there as it reads
    ],
    ids=["a special word", "an escape"],
)  # fmt: skip
def test_a_name_that_would_become_a_keyword_is_refused(raw: bytes) -> None:
    found, problems = translate("f", raw, PolicySchema)
    assert found is None
    assert [problem.code for problem in problems] == ["translate-clash"]
    assert "中文" in problems[0].message


def test_a_file_of_both_languages_is_refused() -> None:
    found, problems = translate("f", "language: 1\n政策: x\n".encode(), PolicySchema)
    assert found is None
    assert [(str(p.place), p.code, p.suggestion) for p in problems] == [("f:2:1", "foreign-keyword", "policy")]


def test_a_file_that_is_no_yaml_is_refused() -> None:
    found, problems = translate("f", b"a: [", PolicySchema)
    assert found is None
    assert [problem.code for problem in problems] == ["yaml-unclosed-bracket"]


@pytest.mark.parametrize("name", ["2025.yaml", "2025.cases.yaml"])
def test_what_is_wrong_with_a_file_is_told_with_its_document(name: str, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(BASE, tmp_path / "base"))
    path = folder / "demo" / name
    cases = "语言: 1\n政策: demo\n版本: 2025\n情形: [{名字: a, 预期: {总体: 待补正}}]\n"
    path.write_bytes(made(path, path.read_bytes()).raw if name == "2025.yaml" else cases.encode())
    document, problems = faults(path)
    assert document is not None
    assert (document.language, problems) == (CHINESE, ())
    text = path.read_text("utf-8").replace("政策:", "policy:", 1)
    path.write_text(f"{text}多余: 1\n", encoding="utf-8")
    document, problems = faults(path)
    assert document is not None
    assert [problem.code for problem in problems] == ["foreign-keyword", "unknown-key"]
    path.write_bytes(b"cases: [")
    assert [problem.code for problem in faults(path)[1]] == ["yaml-unclosed-bracket"]


# --- problems of Chinese files ---


def problems_of(path: Path, raw: bytes) -> tuple[Problem, ...]:
    path.write_bytes(raw)
    return read_alone(path)[1]


BROKEN = sorted(
    path
    for path in (*BAD.glob("*.yaml"), *BAD.glob("tables/*.yaml"))
    if read_bytes("f", path.read_bytes())[0] is not None
)


@pytest.mark.parametrize("case", BROKEN, ids=lambda path: path.stem)
def test_the_problems_of_a_broken_file_are_the_same_in_chinese_and_speak_it(case: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(BASE, tmp_path / "policies"))
    shutil.copytree(BAD / "beside", folder, dirs_exist_ok=True)
    raw = case.read_bytes()
    path = folder / "tables" / "extra.yaml" if case.parent.name == "tables" else folder / "demo" / "2025.yaml"
    translated, refused = translate("f", raw, schema_of(path), CHINESE)
    if translated is None or translated.begun is CHINESE:
        assert translated or {problem.code for problem in refused} <= {"foreign-keyword"}
        return
    expected, found = problems_of(path, raw), problems_of(path, translated.raw)

    def told(problem: Problem) -> tuple[Any, ...]:
        assert isinstance(problem.place, FilePlace)
        return problem.place.line, problem.code, problem.severity

    assert [told(problem) for problem in found] == [told(problem) for problem in expected]
    keywords = {*chinese(Role.KEY), *chinese(Role.VALUE)}
    written = set(re.findall(r"[a-z_]+", translated.raw.decode()))
    for problem in found:
        said = set(re.findall(r"[a-z_]+", f"{problem.message}{problem.hint}"))
        assert said & keywords - written - {"true", "false"} == set(), str(problem)


def test_chinese_text_changed_at_random_is_read_or_refused(tmp_path: Path) -> None:
    folder = in_chinese(BASE, tmp_path / "base")
    path = folder / "demo" / "2025.yaml"
    original = path.read_text("utf-8")
    words = [word for role in Role for word in chinese(role).values()]
    for run in range(60):
        draw, text = random.Random(f"chinese-{run}"), original
        for _ in range(draw.choice((1, 2, 4))):
            start = draw.randrange(len(text))
            text = text[:start] + draw.choice(("", draw.choice(words), ": ", "\n")) + text[start + draw.randrange(4) :]
        path.write_text(text, encoding="utf-8")
        for problem in read_alone(path)[1]:
            assert problem.message
            assert problem.hint != ""


def test_a_document_keeps_the_places_of_its_file() -> None:
    document, _ = read_bytes("f", "语言: 1\n申报范围:\n  全部:\n    - {字段: x, 为: y}\n".encode())
    assert document is not None
    read = in_english(document, PolicySchema).document
    assert read.data == {"language": 1, "scope": {"all": [{"fact": "x", "is": "y"}]}}
    assert str(read.place(("scope", "all", 0, "is"), key=True)) == "f:4:15"
    assert read.written(("scope", "all", 0, "is")) == "为"
    assert read.written(("scope", "all", 0)) == "0"
    assert read.written(("scope", "label")) == "名称"
    assert document.source == read.source
