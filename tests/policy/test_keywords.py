"""The Chinese words of the language: each keyword has one, and what is near to one is offered."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib import resources
from typing import Any

import pytest
from marshmallow import Schema, fields

from service import messages
from service.authoring.case_schema import CaseFileSchema
from service.policy.bilingual import ARGUMENTS, LAWS
from service.policy.conditions import SPECIAL_WORDS
from service.policy.fields import ByCondition, ListOf, MapOf, OneOf
from service.policy.functions import FUNCTIONS
from service.policy.keywords import CHINESE, ENGLISH, Role, chinese
from service.policy.operand_schema import Needed, Operand, OperandSchema, ParameterReferenceSchema, Shift
from service.policy.policy_schema import PolicySchema
from service.policy.table_schema import TableSchema


def schemas(schema: type[Schema], seen: set[type[Schema]]) -> Iterator[type[Schema]]:
    """A schema and all that its fields lead to, each once."""
    if schema in seen:
        return
    seen.add(schema)
    yield schema
    for field in schema._declared_fields.values():
        yield from _below(field, seen)


def _below(field: Any, seen: set[type[Schema]]) -> Iterator[type[Schema]]:
    if isinstance(field, fields.Nested):
        yield from schemas(type(field.schema), seen)
    elif isinstance(field, ListOf | MapOf):
        yield from _below(field.inner, seen)
    elif isinstance(field, Operand | Needed):
        yield from schemas(OperandSchema, seen)
    elif isinstance(field, Shift):
        yield from schemas(ParameterReferenceSchema, seen)


def all_fields() -> Iterator[tuple[str, Any]]:
    seen: set[type[Schema]] = set()
    for root in (PolicySchema, TableSchema, CaseFileSchema):
        for schema in schemas(root, seen):
            for name, field in schema._declared_fields.items():
                yield field.data_key or name, field


def keys() -> set[str]:
    found = {"", *FUNCTIONS}
    for key, field in all_fields():
        found |= {key, *(field.keys if isinstance(field, MapOf) else ())}
        found |= {*(field.special if isinstance(field, ByCondition) else ())}
    for function in FUNCTIONS.values():
        found |= {*function.required, *function.optional}
        for kind in (*function.required.values(), *function.optional.values()):
            inner = getattr(ARGUMENTS.get(kind.value), "inner", None)
            found |= {*getattr(inner, "keys", ())}
    return found - {""}


def values(role: Role) -> set[str]:
    """The fixed values of a role, of fields and of what mappings hold."""
    found = set()
    for _, field in all_fields():
        below = (field.values, *field.special.values()) if isinstance(field, ByCondition) else (field,)
        found |= {word for one in below if isinstance(one, OneOf) and one.role is role for word in one.allowed}
    return found


KEYWORDS = {
    Role.KEY: keys(),
    Role.VALUE: {*LAWS, *values(Role.VALUE)},
    Role.OVERALL: values(Role.OVERALL),
    Role.BRACE: set(SPECIAL_WORDS),
}


@pytest.mark.parametrize("role", Role)
def test_every_keyword_has_a_word_and_every_word_a_keyword(role: Role) -> None:
    assert KEYWORDS[role] == set(chinese(role))


@pytest.mark.parametrize("role", Role)
def test_no_two_keywords_share_a_word(role: Role) -> None:
    words = list(chinese(role).values())
    assert len(set(words)) == len(words)
    for keyword, word in chinese(role).items():
        assert CHINESE.word(keyword, role) == word
        assert CHINESE.meaning(word, role) == keyword
        assert ENGLISH.meaning(keyword, role) == keyword
        assert ENGLISH.meaning(word, role) is None


@pytest.mark.parametrize("role", Role)
def test_words_need_no_quotes_and_are_read_whole(role: Role) -> None:
    for word in chinese(role).values():
        assert re.fullmatch(r"[\u4e00-\u9fff]{1,8}", word), word


@pytest.mark.parametrize(
    ("typed", "known", "meant"),
    [
        ("不底于", ("is", "at_least", "at_most", "on_or_after"), "at_least"),  # one sound
        ("不搞于", ("is", "at_least", "at_most", "on_or_after"), "at_most"),
        ("依剧", ("id", "cite", "ruling"), "cite"),
        ("申报条", ("scope", "criteria", "materials"), "criteria"),  # a character left out
        ("不旱于", ("at_least", "at_most", "on_or_after"), None),  # as near to all of them
        ("依靠", ("id", "cite", "ruling"), None),
        ("燚", ("none", "every"), None),  # beyond the characters that are in the order of sound
        ("lable", ("title", "label"), "label"),  # of the other language
    ],
)
def test_a_mistyped_word_is_taken_for_the_one_that_is_nearest(
    typed: str, known: tuple[str, ...], meant: str | None
) -> None:
    assert CHINESE.nearest(typed, known) == meant


@pytest.mark.parametrize(
    ("typed", "known", "meant"),
    [
        ("不认可", ("upheld", "rejected"), "rejected"),
        ("未认可", ("upheld", "rejected"), None),
        ("无认可", ("upheld", "rejected"), None),
        ("认可的", ("upheld", "rejected"), "upheld"),
        ("不认可", ("satisfied", "unknown"), None),  # what it stands for is not known here
        ("末符合", ("satisfied", "unknown"), "satisfied"),
        ("未符合", ("satisfied", "unknown"), None),
        ("布符合", ("satisfied", "not_satisfied"), "not_satisfied"),  # one sound
    ],
)
def test_no_word_is_taken_for_the_opposite_of_what_it_says(
    typed: str, known: tuple[str, ...], meant: str | None
) -> None:
    assert CHINESE.nearest(typed, known, Role.VALUE) == meant


def test_an_english_file_is_offered_the_english_word_for_a_chinese_one() -> None:
    assert ENGLISH.nearest("不底于", ("at_least", "at_most")) == "at_least"


def test_sections_that_are_keywords_have_names_of_the_language() -> None:
    names = ("scope", "scope.kind", "materials.scope", "master.scope", "criteria")
    assert [CHINESE.section(name) for name in names] == [
        "申报范围", "申报范围.kind", "申报材料.scope", "master.scope", "criteria",
    ]  # fmt: skip
    assert [ENGLISH.section(name) for name in names] == [*names]


# Catalogues of sentences that are not about what stands in a policy, table or case file.
ELSEWHERE = (
    "access.toml", "api.toml", "change.toml", "cli.toml", "complaint.toml", "decisions.toml", "engine.toml",
    "keys.toml", "keywords.toml", "policy_source.toml", "reference.toml", "round.toml", "rounds.toml",
)  # fmt: skip


def test_no_sentence_about_a_file_spells_a_keyword_of_one_language() -> None:
    known = {*KEYWORDS[Role.KEY], *KEYWORDS[Role.VALUE]}
    strays = []
    for path in resources.files(messages).iterdir():
        if path.name.endswith(".toml") and path.name not in ELSEWHERE:
            for code, text in tomllib.loads(path.read_text("utf-8")).items():
                if code.startswith(("option.", "help.", "metavar.", "usage.")):
                    continue
                spelled = set(re.findall(r"(?<![\w.-])[a-z_]+(?![\w.[-])", re.sub(r"\{[^{}]*\}|policy test", "", text)))
                strays += [f"{path.name} {code}: {word}" for word in spelled & known]
    assert strays == [], "write {key-...} or {value-...} in its place"


def test_the_words_that_a_sentence_spells_are_keywords() -> None:
    for path in resources.files(messages).iterdir():
        if path.name.endswith(".toml"):
            for code in tomllib.loads(path.read_text("utf-8")):
                for field in messages.fields(code):
                    prefix, _, keyword = field.partition("-")
                    if prefix in ("key", "value") and keyword:
                        assert keyword in KEYWORDS[Role.KEY if prefix == "key" else Role.VALUE], f"{code}: {field}"
