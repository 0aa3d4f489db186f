"""The JSON Schema of policy, table and cases files: good files pass, files whose structure is at fault do not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from marshmallow import Schema, fields

from service.authoring.case_schema import CaseFileSchema
from service.authoring.json_schema import FILES, json_schema
from service.authoring.keys import described, schema_name
from service.authoring.translation import translate
from service.policy.bilingual import read_bilingual
from service.policy.fact_schema import Call
from service.policy.fields import ListOf, MapOf, StrictSchema
from service.policy.functions import FUNCTIONS
from service.policy.keywords import CHINESE, ENGLISH, Language, Role, chinese
from service.policy.source import read_bytes
from service.policy.structure import structure_problems

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data" / "policies"
TABLES = sorted([*ROOT.glob("policies/tables/*.yaml"), *DATA.glob("*/tables/*.yaml")])
POLICIES = sorted(
    path
    for path in [*ROOT.glob("policies/*/*.yaml"), DATA / "base/demo/2025.yaml", DATA / "warned/base/demo/2025.yaml"]
    if path.parent.name != "tables" and not path.name.endswith(".cases.yaml")
)  # fmt: skip

CASES = sorted([*ROOT.glob("policies/*/*.cases.yaml"), *ROOT.glob("tests/data/**/*.cases.yaml")])
BAD_CASES = ROOT / "tests" / "data" / "case_files" / "bad"


@cache
def validator(kind: str, language: Language = ENGLISH) -> Draft202012Validator:
    schema = json_schema(kind, language)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def data_of(path: Path) -> Any:
    document, problems = read_bytes(path.name, path.read_bytes())
    assert document is not None, problems
    return document.data


def faults(kind: str, data: Any, language: Language = ENGLISH) -> list[str]:
    return [error.message for error in validator(kind, language).iter_errors(data)]


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_sound_policy_fits(path: Path) -> None:
    assert faults("policy", data_of(path)) == []


@pytest.mark.parametrize("path", [path for path in TABLES if "bad" not in path.parts], ids=lambda path: path.stem)
def test_a_sound_table_fits(path: Path) -> None:
    assert faults("table", data_of(path)) == []


@pytest.mark.parametrize("language", [ENGLISH, CHINESE], ids=["en", "zh"])
@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}-{path.name.partition('.')[0]}")
def test_sound_cases_fit_in_either_language(path: Path, language: Language) -> None:
    made, problems = translate(path.name, path.read_bytes(), CaseFileSchema, language)
    assert made is not None, problems
    document, _ = read_bytes(path.name, made.raw)
    assert document is not None
    assert faults("cases", document.data, language) == []


def at_fault(pattern: str, kind: str, folder: Path = DATA / "bad") -> Iterator[Any]:
    for path in sorted(folder.glob(pattern)):
        document, _ = read_bilingual(path.name, path.read_bytes(), FILES[kind])
        if document is not None and structure_problems(document, FILES[kind]())[0]:
            yield pytest.param(path, id=path.stem)


@pytest.mark.parametrize("path", [*at_fault("*.yaml", "policy")])
def test_a_policy_whose_structure_is_at_fault_does_not_fit(path: Path) -> None:
    assert faults("policy", data_of(path))


@pytest.mark.parametrize("path", [*at_fault("tables/*.yaml", "table")])
def test_a_table_whose_structure_is_at_fault_does_not_fit(path: Path) -> None:
    assert faults("table", data_of(path))


@pytest.mark.parametrize("path", [*at_fault("*.yaml", "cases", BAD_CASES)])
def test_cases_whose_structure_is_at_fault_do_not_fit(path: Path) -> None:
    assert faults("cases", data_of(path))


def test_a_status_of_cases_is_one_of_the_whole_or_one_of_a_condition() -> None:
    head = {"language": 1, "policy": "x", "edition": "y"}
    for name, status, fits in (
        ("overall", "eligible", True),
        ("overall", "satisfied", False),
        ("a.b", "satisfied", True),
        ("a", "eligible", False),
    ):
        found = faults("cases", {**head, "cases": [{"name": "x", "expect": {name: status}}]})
        assert (found == []) is fits, (name, status)


def test_a_file_in_chinese_fits_the_schema_of_its_language_only() -> None:
    english = {"table": "x", "kind": "scale", "title": "x", "entries": [{"code": "a"}]}
    table = {CHINESE.word(key): value for key, value in english.items()}
    entries, kind = CHINESE.word("entries"), CHINESE.word("kind")
    table[entries] = [{CHINESE.word("code"): "a"}]
    table[kind] = json_schema("table", CHINESE)["$defs"]["table"]["properties"][kind]["enum"][1]
    assert faults("table", table, CHINESE) == []
    assert faults("table", english) == []
    assert faults("table", table)
    assert faults("table", english, CHINESE)


@pytest.mark.parametrize("kind", FILES)
def test_the_same_call_gives_the_same_json(kind: str) -> None:
    assert json.dumps(json_schema(kind)) == json.dumps(json_schema(kind))


# --- every key is explained ---


def schemas(found: dict[type[Schema], None], schema: type[Schema]) -> dict[type[Schema], None]:
    """The schemas of a file: one and those below it."""

    def below(field: Any) -> None:
        if isinstance(field, ListOf | MapOf):
            below(field.inner)
        elif isinstance(field, fields.Nested):
            schemas(found, type(field.schema))

    if schema not in found:
        found[schema] = None
        for field in schema().fields.values():
            below(field)
    return found


def every() -> list[type[Schema]]:
    found: dict[type[Schema], None] = {}
    for schema in FILES.values():
        schemas(found, schema)
    return [*found]


@pytest.mark.parametrize("schema", every(), ids=schema_name)
def test_every_key_is_explained(schema: type[StrictSchema]) -> None:
    assert described(schema_name(schema))
    for name, field in schema().fields.items():
        key = field.data_key or name
        assert described(schema_name(schema), key)
        if isinstance(field, MapOf):
            assert all(described("words", one) for one in field.keys)
        if isinstance(field, Call):
            declared = FUNCTIONS[field.function]
            assert all(described(field.function, one) for one in (*declared.required, *declared.optional))


def properties(schema: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict) and "additionalProperties" in schema:
            yield from schema["properties"].items()
        for value in schema.values():
            yield from properties(value)
    elif isinstance(schema, list):
        for item in schema:
            yield from properties(item)


@pytest.mark.parametrize("language", [ENGLISH, CHINESE], ids=["en", "zh"])
@pytest.mark.parametrize("kind", FILES)
def test_every_property_has_a_description(kind: str, language: Language) -> None:
    found = list(properties(json_schema(kind, language)))
    assert len(found) > 30
    assert [key for key, schema in found if not schema.get("description")] == []


@pytest.mark.parametrize("kind", FILES)
def test_descriptions_spell_keywords_as_the_language_of_the_schema_does(kind: str) -> None:
    english = {key.removesuffix("-") for role in (Role.KEY, Role.VALUE) for key in chinese(role)}
    spelled = {
        word
        for _, schema in properties(json_schema(kind, CHINESE))
        for word in re.findall(r"[a-z0-9_./\[\]-]+", schema["description"])
    }
    # Paths of files and facts are names, and no word of the language.
    assert spelled & english == set()
