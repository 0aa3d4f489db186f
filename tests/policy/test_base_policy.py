"""The example policy of tests/data/policies/base loads, uses the whole language and reads back."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from service.policy.condition_schema import COMPARISONS, COUNTING, KINDS, SCORING, SHARES
from service.policy.facts import Duration, Fact, FactGroup, FactType
from service.policy.functions import FUNCTIONS
from service.policy.kinds import AllOf, Compare, Condition, Count, FactOperand, LiteralOperand, Member, OnMiss
from service.policy.library import Snapshot, files_of, load_library, policy_from_texts, read_library
from service.policy.model import Policy, SectionKind
from service.policy.sentences import expected, sentence
from service.policy.statements import amount_sentence, applicant_sentence, limit_sentence, quota_sentence

DATA = Path(__file__).parents[1] / "data" / "policies"
BASE = DATA / "base"


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    loaded, problems = load_library(BASE)
    assert problems == ()
    assert loaded is not None
    return loaded


@pytest.fixture(scope="module")
def policy(snapshot: Snapshot) -> Policy:
    found = snapshot.find("demo", "2025")
    assert found is not None
    return found


def named(policy: Policy, section: str, name: str) -> Condition:
    root = next(s.root for s in policy.sections if s.id == section)
    assert isinstance(root, AllOf)
    return next(child for child in root.children if child.id == name)


def mappings(data: Any) -> Iterator[dict[str, Any]]:
    if isinstance(data, dict):
        yield data
    for item in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
        yield from mappings(item)


def test_the_example_uses_every_kind_comparison_and_function() -> None:
    _, _, documents = read_library(BASE)
    data = documents["base/demo/2025.yaml"].data
    seen = {key for mapping in mappings(data) for key in mapping}
    assert seen >= {*KINDS, *COMPARISONS, *COUNTING, *SCORING, *SHARES, *FUNCTIONS}
    assert seen >= {"parameter", "plus", "minus", "times", "on_miss", "in_principle", "open_list", "exempt_when"}


def test_every_condition_of_the_example_reads_back_as_written_down(policy: Policy) -> None:
    lines = []
    for section in policy.sections:
        lines.append(f"{section.id} {section.label}")
        root = section.root
        lines += [f"  {sentence(child)}" for child in (root.children if isinstance(root, AllOf) else (root,))]
    lines.append("trusted_when")
    lines += [f"  {fact.path}：{sentence(condition)}" for fact, condition in policy.trust]
    assert lines == (DATA / "base.readback.txt").read_text("utf-8").splitlines()


def test_the_head_is_read(policy: Policy) -> None:
    assert (policy.title, policy.deadline) == ("柳溪县手工艺学徒培养补贴", None)
    applicant = policy.applicant
    assert applicant_sentence(applicant) == (
        "单位代码“统一社会信用代码”（workshop.code）、单位名称“单位名称”（workshop.name）、"
        "个人号码“师傅身份证号码”（master.number）、个人姓名“师傅姓名”（master.name）"
    )
    assert applicant.person_number is not None
    assert applicant.person_number.path == "master.number"
    assert policy.award == (("quota", "20家"), ("grant", "2万元"))
    assert [(item.at_least, item.at_most, item.each) for item in policy.quotas] == [
        (15, 20, ()), (None, 3, (("企业", 12, 12), ("个体作坊", 1, 2), ("合作社", None, 4))),
    ]  # fmt: skip
    assert [item.id for item in policy.quotas[1].rulings] == ["R1"]
    assert [(item.share, item.at_most) for item in policy.limits] == [(True, Fraction(1, 3))]
    assert [(item.label, item.citations[0].quote) for item in policy.procedures] == [
        ("目的", "为支持竹编、木雕、陶艺等传统手工艺传承")
    ]
    assert policy.date_fact.path == "applied_on"
    assert [policy.in_force(dt.date(*day)) for day in ((2025, 2, 28), (2025, 3, 1), (2999, 1, 1))] == [
        False, True, True,
    ]  # fmt: skip
    assert [section.kind for section in policy.sections] == [
        *[SectionKind.REFUSE] * 6, *[SectionKind.TIER] * 2, SectionKind.CORRECT, SectionKind.CORRECT, SectionKind.TAG,
    ]  # fmt: skip


def test_what_is_stated_of_award_and_round_reads_back(policy: Policy) -> None:
    assert [quota_sentence(item) for item in policy.quotas] == [
        "15 至 20 个", "每个“单位性质”不超过 3 个，其中企业 12 个、个体作坊 1 至 2 个、合作社 不超过 4 个",
    ]  # fmt: skip
    assert [amount_sentence(item) for item in policy.amounts] == [
        "“投入资金”超过5万元，且达到“二档”的要求的，按“投入资金”计算",
        "达到“一档”的要求的，2万元",
    ]
    assert [limit_sentence(item) for item in policy.limits] == ["入选者中，“单位性质”为个体作坊的占比不超过 三分之一"]


def test_a_section_without_a_label_has_the_usual_one(policy: Policy) -> None:
    assert policy.formalities.label == "形式审查"


def test_a_section_left_out_asks_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "base"
    shutil.copytree(BASE, folder)
    file = folder / "demo" / "2025.yaml"
    file.write_text(file.read_text("utf-8").partition("\nmaterials:")[0], encoding="utf-8")
    loaded, problems = load_library(folder)
    assert problems == ()
    assert loaded is not None
    left = loaded.policies[0].materials
    assert (left.label, left.root) == ("申报材料", AllOf(children=()))


def test_literals_are_typed_by_the_fact_they_are_compared_with(policy: Policy) -> None:
    area = named(policy, "place", "area")
    assert isinstance(area, Compare)
    assert area.bounds.at_least == LiteralOperand(literal="30平方米", value=3000)  # two decimals
    grade = named(policy, "master", "grade")
    assert isinstance(grade, Compare)
    assert grade.bounds.at_least == LiteralOperand(literal="三级", value=1)  # the rank of its alias
    practice = named(policy, "master", "practice")
    assert isinstance(practice, Compare)
    assert isinstance(practice.bounds.at_most, FactOperand)
    assert practice.bounds.at_most.plus == Duration(months=-60)
    assert practice.bounds.at_most.literal == "-5年"  # from the parameter


def test_aliases_name_their_code(policy: Policy) -> None:
    kind = named(policy, "scope", "kind")
    assert isinstance(kind, Member)
    assert kind.codes == ("company", "cooperative", "school")
    assert kind.on_miss is OnMiss.OPEN_LIST
    assert [example.status for example in kind.examples] == ["satisfied", "needs_review"]


def test_counts_take_their_number_from_a_parameter(policy: Policy) -> None:
    count = named(policy, "training", "number")
    assert isinstance(count, Count)
    assert (count.at_least, count.at_most) == (2, None)
    assert count.distinct_by is not None
    assert count.excluding is not None
    assert (count.distinct_by.path, count.excluding.path) == ("apprentices[].number", "master.number")


def test_facts_have_their_path_type_and_vocabulary(policy: Policy) -> None:
    apprentices = next(child for child in policy.facts.children if child.path == "apprentices")
    assert isinstance(apprentices, FactGroup)
    assert apprentices.is_list
    assert apprentices.absent_is_none
    assert [child.path for child in apprentices.children][:2] == [
        "apprentices[].name",
        "apprentices[].number",
    ]
    derived = {fact.path: fact for fact in policy.derived}
    assert derived["apprentices[].months"].type is FactType.NUMBER
    assert derived["master.counted_from"].type is FactType.DATE  # that of its cases
    office = derived["workshop.office"].vocabulary
    assert office is not None
    assert (office.open, [entry.label for entry in office.entries]) == (True, ["市场监管", "民政"])


def test_citations_of_a_condition_name_the_notice_or_another_document(policy: Policy) -> None:
    cited = named(policy, "materials", "registration").citations
    assert [(citation.document.id, citation.quote) for citation in cited] == [
        ("notice", "代码有效的免交登记证书"),
        ("measures", None),
    ]


def test_what_a_comparison_asks_for_is_said_without_its_subject(policy: Policy) -> None:
    said = {
        name: expected(named(policy, section, name))
        for section, name in (
            ("master", "grade"), ("place", "address"), ("formalities", "phone"), ("training", "number"),
            ("scope", "once"), ("master", "to-retirement"), ("results", "overall"),
        )
    }  # fmt: skip
    assert said == {
        "grade": "不低于三级",
        "address": "有",
        "phone": "为11位手机号码",
        "number": "不少于 2 个",
        "once": "为否",
        "to-retirement": None,
        "overall": "总体成效是否突出",
    }


def test_the_digest_covers_every_file(tmp_path: Path, snapshot: Snapshot) -> None:
    folder = tmp_path / "base"
    shutil.copytree(BASE, folder)
    files = files_of(folder)
    assert [file.relative_to(folder).as_posix() for file in files] == [
        "demo/2025.yaml", "demo/documents/notice.txt", "tables/ages.yaml", "tables/crafts.yaml",
        "tables/dishonest.yaml",
        "tables/formats.yaml", "tables/grades.yaml",
    ]  # fmt: skip
    again, _ = load_library(folder)
    assert again is not None
    assert again.digest == snapshot.digest
    digests = {again.digest}
    for file in files:
        file.write_bytes(file.read_bytes() + b"\n")
        changed, problems = load_library(folder)
        assert problems == ()
        assert changed is not None
        digests.add(changed.digest)
    assert len(digests) == len(files) + 1


def test_a_policy_kept_elsewhere_is_read_from_its_texts(policy: Policy) -> None:
    texts = {f"tables/{table.id}.yaml": table.raw for table in policy.tables}
    texts["documents/notice.txt"] = (BASE / "demo" / "documents" / "notice.txt").read_bytes()
    again, problems = policy_from_texts("demo", "2025", policy.raw, texts)
    assert problems == ()
    assert again is not None
    assert (again.digest, again.scope, again.tables[0].digest) == (
        policy.digest, policy.scope, policy.tables[0].digest,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("documents/notice.txt", b"\xff", "document-text-not-utf8"),
        ("tables/grades.yaml", b"table: [", "yaml-unclosed-bracket"),
        ("tables/grades.yaml", b"table: grades", "required-key"),
    ],
)
def test_a_text_at_fault_withholds_a_policy_kept_elsewhere(
    policy: Policy, name: str, content: bytes, code: str
) -> None:
    texts = {f"tables/{table.id}.yaml": table.raw for table in policy.tables}
    texts["documents/notice.txt"] = (BASE / "demo" / "documents" / "notice.txt").read_bytes()
    again, problems = policy_from_texts("demo", "2025", policy.raw, {**texts, name: content})
    assert again is None
    assert code in {problem.code for problem in problems}


def test_bytes_that_are_no_policy_are_refused() -> None:
    again, problems = policy_from_texts("demo", "2025", b"", {})
    assert again is None
    assert [problem.code for problem in problems] == ["yaml-empty"]


def test_a_table_in_a_file_of_another_name_hides_no_fault(tmp_path: Path) -> None:
    folder = tmp_path / "base"
    shutil.copytree(BASE, folder)
    (folder / "tables" / "formats.yaml").rename(folder / "tables" / "common.yaml")
    assert load_library(folder)[1] == ()
    file = folder / "demo" / "2025.yaml"
    file.write_text(file.read_text("utf-8").replace("format: mobile", "format: mobiles"), "utf-8")
    assert [problem.code for problem in load_library(folder)[1]] == ["unknown-format"]


def test_editions_are_found_by_name_and_by_day(tmp_path: Path) -> None:
    folder = tmp_path / "base"
    shutil.copytree(BASE, folder)
    text = (folder / "demo" / "2025.yaml").read_text("utf-8")
    (folder / "demo" / "2025.yaml").write_text(text.replace("until: null", "until: 2025-12-31"), "utf-8")
    later = text.replace("edition: 2025", "edition: 2026").replace("from: 2025-03-01", "from: 2026-01-01")
    (folder / "demo" / "2026.yaml").write_text(later, "utf-8")
    (folder / "demo" / "2025.cases.yaml").write_text("not: a policy\n", "utf-8")
    snapshot, problems = load_library(folder)
    assert problems == ()
    assert snapshot is not None
    assert snapshot.ids() == ("demo",)
    assert [policy.edition for policy in snapshot.editions("demo")] == ["2025", "2026"]
    assert snapshot.find("demo", "2027") is None
    days = [dt.date(2025, 2, 1), dt.date(2025, 12, 31), dt.date(2026, 1, 1)]
    found = [snapshot.in_force("demo", day) for day in days]
    assert [policy and policy.edition for policy in found] == [None, "2025", "2026"]


def test_a_fact_of_the_example_is_the_same_wherever_it_is_read(policy: Policy) -> None:
    grade = named(policy, "master", "grade")
    assert isinstance(grade, Compare)
    master = next(child for child in policy.facts.children if child.path == "master")
    assert isinstance(master, FactGroup)
    assert any(isinstance(child, Fact) and child is grade.fact for child in master.children)
