"""What is shown masked holds no personal value and nothing that gives one back; every status stays."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.engine.application import read_application
from service.engine.assess import assess
from service.engine.compiler import CompiledPolicy
from service.engine.explanation import explain
from service.engine.masking import Masked, mask, masked_name, masked_number, masked_phone
from service.engine.personal import Personal, PersonalFacts, Secrecy, declared_facts, personal_kind
from service.engine.values import EVERYTHING
from service.policy.facts import Fact, FactGroup, FactType
from service.policy.library import load_library
from tests.engine.written import ON, Written, written

ROOT = Path(__file__).parents[2]
SAMPLES = sorted((ROOT / "tests" / "data" / "applications").glob("*.json"))

BODY = """
parameters: {years: {label: 距退休年限, value: 3年}}
facts:
  day: {type: date, label: 申报日期}
  studio: {type: text, label: 工作室名称}
  profile: {type: evidence, label: 单位简介}
  leader:
    label: 领办人
    who: name
    fields:
      name: {type: text, label: 姓名, personal: name}
      number: {type: identity_number, label: 身份证号码}
      born: {type: date, label: 出生日期, personal: birth_date}
      mobile: {type: text, label: 手机, personal: phone}
      people: {type: code, label: 民族, personal: ethnicity, codes: [汉族, 畲族]}
      resume: {type: evidence, label: 工作简历, personal: other}
derived:
  birth: {label: 号码中的出生日期, identity_birth: {of: leader.number}}
  age: {label: 年龄, unit: 岁, years_between: {from: birth, to: day}}
  address: {label: 号码前六位, open: true, codes: {'330302': 鹿城}, text_part: {of: leader.number, from: 1, to: 6}}
scope:
  cite: {clause: 一}
  all:
    - {id: age, label: 年龄不超过60岁, fact: age, at_most: 60岁, words: {satisfied: '{leader.name}{age}，{birth}出生'}}
    - {id: stated, fact: leader.born, on_or_before: 2010-01-01}
    - {id: people, label: 少数民族, fact: leader.people, is: 畲族, gates: false}
    - {id: place, fact: address, given: true}
    - {id: studio, fact: studio, given: true}
criteria:
  resume:
    label: 经历
    cite: {clause: 二}
    all:
      - {id: resume, judgement: 经历是否丰富, evidence: leader.resume}
      - {id: profile, judgement: 单位是否合适, evidence: profile}
"""
COMPLETE: dict[str, Any] = {
    "day": "2025-06-01",
    "studio": "柳溪县张志强工作室",
    "profile": "负责人张志强（33030219760315997５，139 0000-0002），1976年3月15日出生，编号20240601",
    "leader": {
        "name": "张 志强",
        "number": " 330302１97603159975",
        "born": "1976年3月15日",
        "mobile": "13900000002",
        "people": "畲族",
        "resume": "1996年起从事钳工",
    },
}


@pytest.fixture(scope="module")
def compiled() -> Iterator[dict[str, CompiledPolicy]]:
    snapshot, problems = load_library(ROOT / "policies")
    assert snapshot is not None, problems
    made = {policy.edition: CompiledPolicy(policy) for policy in snapshot.policies}
    yield made
    for one in made.values():
        one.close()


@pytest.fixture(scope="module")
def policy() -> Iterator[Written]:
    with written(BODY) as made:
        yield made


def masked(policy: Written, **changed: Any) -> Masked:
    application = {**COMPLETE, **changed}
    return mask(policy.policy, application=application, reply=explain(policy.assess(application)))


def statuses(value: Any) -> Iterator[Any]:
    """Everything of a reply but its texts."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield item if key in ("status", "machine_status", "id", "pointer", "deciding") else [*statuses(item)]
    elif isinstance(value, list):
        yield from ([*statuses(item)] for item in value)


def given(group: FactGroup, data: Any) -> Iterator[tuple[Personal, str]]:
    for row in data if isinstance(data, list) else (data,):
        for child in group.children if isinstance(row, dict) else ():
            value = row.get(child.name)
            if isinstance(child, FactGroup):
                yield from given(child, value)
            elif (kind := personal_kind(child)) is not None and isinstance(value, str) and value:
                yield kind, value


def told(compiled: CompiledPolicy, root: Any) -> Iterator[str]:
    """Dates, spans and numbers computed from personal facts, in the words a reply has for them."""
    facts = PersonalFacts(compiled.policy)
    for fact in compiled.policy.derived:
        if facts.of_fact(fact) is Secrecy.OPEN:
            continue
        frames = [root] if "[]" not in fact.path else root.below(fact.path.partition("[]")[0]) or []
        for frame in frames:
            value = compiled.readers.value(fact, frame)
            if value is not None and value not in EVERYTHING:
                yield compiled.wording.fact(fact, frame)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_nothing_of_a_sample_gives_a_person_away(path: Path, compiled: dict[str, CompiledPolicy]) -> None:
    sample = json.loads(path.read_text("utf-8"))
    edition = compiled[sample["edition"]]
    application, _ = read_application(edition.policy, sample["application"])
    assert application is not None
    assessment = assess(edition, application, on=ON)
    reply = explain(assessment)
    shown = mask(edition.policy, application=application.data, reply=reply)
    text = json.dumps([shown.reply, shown.application], ensure_ascii=False)
    personal = [*given(edition.policy.facts, sample["application"])]
    assert personal
    for kind, value in personal:
        # A word of the language such as a people's name stands in no field of its own.
        assert value not in text or (kind is Personal.OTHER and len(value) < 4), kind
        if kind is Personal.IDENTITY_NUMBER and len(value) > 14:
            year, month, day = value[6:10], value[10:12], value[12:14]
            assert f"{year}{month}{day}" not in text
            assert f"{year}-{month}" not in text
    for value in told(edition, assessment.root):
        # A bare age is a number like any other: it is hidden where it is told, as the reply shows.
        assert value not in text or len(value) < 4, value
    assert [*statuses(shown.reply)] == [*statuses(reply)]


def test_what_is_shown_is_the_same_for_two_people_who_come_to_the_same(policy: Written) -> None:
    other = {
        "name": "张丽",
        "number": "330302198011119974",
        "born": "1980-11-11",
        "mobile": "13911110002",
        "people": "畲族",
        "resume": "2001年起从事木雕",
    }
    first, second = masked(policy), masked(policy, leader=other, studio="柳溪县张丽工作室", profile="张丽")
    left, right = (
        json.dumps({**one.reply, "reviews": []}, ensure_ascii=False).replace("张**", "张*") for one in (first, second)
    )
    assert left == right


def test_free_text_is_searched_for_numbers_names_and_birth_dates(policy: Written) -> None:
    shown = masked(policy)
    profile = "负责人张**（330**************5，139****0002），****-**-**出生，编号20240601"
    assert shown.application["profile"] == profile
    assert {item["about"]: item["evidence"] for item in shown.reply["reviews"]} == {
        "resume.resume": "（已遮蔽）",
        "resume.profile": profile,
    }
    assert shown.application["studio"] == "柳溪县张**工作室"


def test_figures_computed_from_a_birth_date_are_hidden_and_those_of_the_policy_are_not(policy: Written) -> None:
    conditions = {item["id"]: item for item in masked(policy).reply["scope"]["conditions"]}
    assert (conditions["age"]["expected"], conditions["age"]["actual"]) == ("不超过60岁", "*岁")
    assert conditions["age"]["label"] == "年龄不超过60岁"
    assert (conditions["people"]["actual"], conditions["place"]["actual"]) == ("（已遮蔽）", "鹿城")
    assert conditions["stated"]["actual"] == "****-**-**"
    assert conditions["studio"]["actual"] == "柳溪县张**工作室"


def test_findings_are_searched_too(policy: Written) -> None:
    finding = {"about": "resume.resume", "kind": "judgement", "result": "upheld", "reason": "与张志强面谈"}
    application = {**COMPLETE}
    reply = explain(policy.assess(application, finding))
    shown = mask(policy.policy, application=application, findings=[finding], reply=reply)
    assert shown.findings == ({**finding, "reason": "与张**面谈"},)
    assert "张志强" not in json.dumps(shown.reply, ensure_ascii=False)


def test_blanks_stay_blank_and_what_is_no_text_is_hidden(policy: Written) -> None:
    blank = {"name": None, "number": None, "born": None, "mobile": "", "resume": True}
    shown = masked(policy, leader=blank).application["leader"]
    assert shown == {"name": None, "number": None, "born": None, "mobile": "", "resume": "（已遮蔽）"}


def test_masking_changes_nothing_that_it_is_given(policy: Written) -> None:
    application = json.loads(json.dumps(COMPLETE))
    reply = explain(policy.assess(application))
    before = json.dumps([application, reply])
    mask(policy.policy, application=application, reply=reply)
    assert json.dumps([application, reply]) == before


@pytest.mark.parametrize(
    ("given_number", "shown"),
    [
        ("330302197603159975", "330**************5"),
        ("11010519491231002x", "110**************X"),
        ("330302760315997", "330***********7"),
        ("3303021976", "**********"),
        ("1", "***"),
    ],
)
def test_an_identity_number_shows_its_province_and_check_character(given_number: str, shown: str) -> None:
    assert masked_number(given_number) == shown


def test_names_and_phones_show_what_tells_them_apart() -> None:
    assert [masked_name(name) for name in ("张", "张强", "张志强", "阿不都·热合曼")] == ["张*", "张*", "张**", "阿**"]
    phones = ("13800005678", "138-0000-5678", "0577-88880002", "110")
    assert [masked_phone(phone) for phone in phones] == ["138****5678", "138****5678", "******02", "******"]


def test_a_number_of_a_person_and_an_unknown_kind_are_personal_undeclared(policy: Written) -> None:
    kinds = {fact.path: personal_kind(fact) for fact in declared_facts(policy.policy.facts)}
    assert (kinds["leader.number"], kinds["leader.people"]) == (Personal.IDENTITY_NUMBER, Personal.OTHER)
    assert kinds["studio"] is None


def test_every_field_of_the_editions_that_looks_personal_is_declared(compiled: dict[str, CompiledPolicy]) -> None:
    for edition in compiled.values():
        for fact in declared_facts(edition.policy.facts):
            if fact.name in ("name", "id_number", "birth_date", "mobile", "office_phone") and fact.path != "unit.name":
                assert isinstance(fact, Fact)
                assert personal_kind(fact) is not None or fact.type is FactType.CODE, fact.path
