"""A file whose keywords are Chinese or English -> the same document with English keywords.

The schemas tell which keys and values are keywords; everything else is the officer's and stays. A file that
mixes both languages has a problem at each keyword of the other one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

from marshmallow import Schema, fields

from service.policy.fact_schema import Call
from service.policy.fields import ByCondition, ConditionName, Fixed, ListOf, MapOf, OneOf, Sentence, StrictSchema
from service.policy.functions import FUNCTIONS, Argument
from service.policy.keywords import CHINESE, ENGLISH, SECTIONS, Language, Role, chinese, head
from service.policy.operand_schema import Needed, Operand, OperandSchema, ParameterReferenceSchema, Shift, TimeBound
from service.policy.policy_schema import EachCount, EachSchema
from service.policy.source import read_bytes
from service.policy.source_text import SourceDocument, TextNode
from service.problems import FilePlace, Problem, problem

LAWS = ("in_force", "promulgated")
DEADLINE = "deadline"  # the one keyword that a bound in time may be
_BRACE = re.compile(r"\{([^{}]*)\}")
_Read = tuple[Any, TextNode]
_Fields = Mapping[str, Any]  # by key as written in English


class Keyword(NamedTuple):
    """A keyword of a file: the node it is (of braces, the text they stand in), and its English word."""

    node: TextNode
    role: Role
    english: str


class Bilingual(NamedTuple):
    """A document with English keywords, the keywords it had, and problems at those of the other language."""

    document: SourceDocument
    keywords: tuple[Keyword, ...]
    problems: tuple[Problem, ...]


def read_bilingual(
    file: str, raw: bytes, schema: type[StrictSchema]
) -> tuple[SourceDocument | None, tuple[Problem, ...]]:
    """As `source.read_bytes`, with English keywords whichever language the file is written in.

    The document is there although keywords of the other language are problems.
    """
    document, problems = read_bytes(file, raw)
    if document is None:
        return None, problems
    read = in_english(document, schema)
    return read.document, read.problems


def in_english(document: SourceDocument, schema: type[StrictSchema]) -> Bilingual:
    """The document as if it were written in English; places, text and digest are those of the file."""
    known = _fields_of(schema)
    language = _language(document.data, known)
    walk = _Walk(document.source.file, language)
    data, root = walk.mapping(known, document.data, document.root)
    return Bilingual(
        replace(document, data=data, root=root, language=language), tuple(walk.keywords), tuple(walk.problems)
    )


def _language(data: Any, known: _Fields) -> Language:
    """The language of most keys that are keywords; of as many in both, that of the key `language`."""
    keys = list(data) if isinstance(data, dict) else []
    counted = {language: sum(language.meaning(key) in known for key in keys) for language in (ENGLISH, CHINESE)}
    if counted[ENGLISH] != counted[CHINESE]:
        return max(counted, key=counted.__getitem__)
    return CHINESE if any(CHINESE.meaning(key) == "language" for key in keys) else ENGLISH


@cache
def _fields_of(schema: type[Schema]) -> _Fields:
    """The fields of a schema by the keys they have in a file."""
    return {field.data_key or name: field for name, field in schema._declared_fields.items()}


@cache
def _nested(reader: fields.Nested) -> _Fields:
    schema = reader.schema
    assert isinstance(schema, Schema)  # noqa: S101  # every field of a mapping is made with a schema of its own
    return _fields_of(type(schema))


class _Walk:
    """Goes through a file beside its schema; what does not fit the schema stays as it is."""

    def __init__(self, file: str, language: Language) -> None:
        self.file = file
        self.language = language
        self.keywords: list[Keyword] = []
        self.problems: list[Problem] = []

    def mapping(self, known: _Fields, data: Any, node: TextNode) -> _Read:
        """A mapping with the keys of a schema."""
        if not isinstance(data, dict) or not isinstance(node.inside, dict):
            return data, node
        values: dict[str, Any] = {}
        inside: dict[str, tuple[TextNode, TextNode]] = {}
        for written, item in data.items():
            at_key, below = node.inside[written]
            key = self._keyword(written, known, at_key, Role.KEY)
            if key in values:  # written in both languages: told at the one that is foreign here
                continue
            values[key], below = self.value(known.get(key), item, below)
            inside[key] = at_key, below
        return values, node._replace(inside=inside)

    def value(self, reader: Any, data: Any, node: TextNode) -> _Read:
        """A value as its field reads it."""
        if isinstance(data, str):
            return self._text(reader, data, node), node
        if isinstance(reader, ListOf):
            if isinstance(data, list):
                return self._items(reader.inner, data, node)
            return self.value(reader.inner, data, node) if reader.or_one else (data, node)
        if isinstance(reader, Call):
            return self._arguments(reader.function, data, node)
        if isinstance(reader, EachCount) and isinstance(data, list):
            return self._items(Operand(), data, node)
        if not isinstance(data, dict):
            return data, node
        if isinstance(reader, MapOf):
            return self._names(reader, data, node)
        if isinstance(reader, Needed) and not self._names_operand(data):
            return data, node
        if isinstance(reader, Operand | Needed):
            return self.mapping(_fields_of(OperandSchema), data, node)
        if isinstance(reader, Shift):
            return self.mapping(_fields_of(ParameterReferenceSchema), data, node)
        if isinstance(reader, EachCount):
            return self.mapping(_fields_of(EachSchema), data, node)
        return self.mapping(_nested(reader), data, node) if isinstance(reader, fields.Nested) else (data, node)

    def _keyword(self, written: str, known: Iterable[str], node: TextNode, role: Role) -> str:
        """The English keyword a word stands for; a word that is none, or not known here, stays."""
        meaning = self.language.meaning(written, role)
        if meaning is not None and meaning in known:
            self.keywords.append(Keyword(node, role, meaning))
            return meaning
        foreign = self.language.other.meaning(written, role)
        if foreign is None or foreign not in known:
            return written
        self._foreign(written, self.language.word(foreign, role), node)
        return foreign

    def _foreign(self, word: str, expected: str, node: TextNode) -> None:
        self.problems.append(
            problem(
                "foreign-keyword",
                FilePlace(self.file, node.line, node.column),
                suggestion=expected,
                language=self.language.label,
                expected=expected,
                word=word,
            )
        )

    def _text(self, reader: Any, text: str, node: TextNode) -> str:
        if isinstance(reader, OneOf):
            return self._keyword(text, reader.allowed, node, reader.role)
        if isinstance(reader, TimeBound):
            return self._keyword(text, (DEADLINE,), node, Role.KEY)
        if isinstance(reader, Fixed):
            return self._keyword(text, chinese(Role.VALUE), node, Role.VALUE)
        if isinstance(reader, ConditionName):
            return self._condition(text, SECTIONS, node)
        if isinstance(reader, Sentence):
            return _BRACE.sub(lambda found: f"{{{self._brace(found[1], node)}}}", text)
        return self._text(reader.inner, text, node) if isinstance(reader, ListOf) and reader.or_one else text

    def _brace(self, word: str, node: TextNode) -> str:
        """A word in braces; one that is special in Chinese alone may well be a fact of an English file."""
        special = chinese(Role.BRACE)
        return (
            word if self.language is ENGLISH and word not in special else self._keyword(word, special, node, Role.BRACE)
        )

    def _condition(self, name: str, sections: Iterable[str], node: TextNode) -> str:
        """The name of a condition; in an English file a Chinese word may well be the name of a criterion."""
        section = head(name)
        if self.language is ENGLISH and section not in sections:
            return name
        return self._keyword(section, sections, node, Role.KEY) + name[len(section) :]

    def _items(self, reader: Any, data: list[Any], node: TextNode) -> _Read:
        nodes = node.inside if isinstance(node.inside, list) else []
        read = [self.value(reader, item, below) for item, below in zip(data, nodes, strict=True)]
        return [item for item, _ in read], node._replace(inside=[below for _, below in read])

    def _names(self, reader: MapOf, data: dict[str, Any], node: TextNode) -> _Read:
        """A mapping from names of the officer's, or from a few keywords."""
        if isinstance(reader, ByCondition):
            return self._conditions(reader, data, node)
        if reader.keys:
            return self.mapping(dict.fromkeys(reader.keys, reader.inner), data, node)
        return self._valued(dict.fromkeys(data, reader.inner), data, node)

    def _conditions(self, reader: ByCondition, data: dict[str, Any], node: TextNode) -> _Read:
        nodes = node.inside if isinstance(node.inside, dict) else {}
        values: dict[str, Any] = {}
        inside: dict[str, tuple[TextNode, TextNode]] = {}
        for written, item in data.items():
            at_key, below = nodes[written]
            name = self._condition(written, (*SECTIONS, *reader.special), at_key)
            if name in values:  # written in both languages: told at the one that is foreign here
                continue
            values[name], below = self.value(reader.valued(name), item, below)
            inside[name] = at_key, below
        return values, node._replace(inside=inside)

    def _valued(self, readers: _Fields, data: dict[str, Any], node: TextNode) -> _Read:
        nodes = node.inside if isinstance(node.inside, dict) else {}
        values: dict[str, Any] = {}
        inside: dict[str, tuple[TextNode, TextNode]] = {}
        for name, item in data.items():
            at_key, below = nodes[name]
            values[name], below = self.value(readers[name], item, below)
            inside[name] = at_key, below
        return values, node._replace(inside=inside)

    def _names_operand(self, data: dict[str, Any]) -> bool:
        """Whether a number of n is a parameter or fact, and not readings by names of the officer's."""
        return any(self.language.nearest(key, ("parameter", "fact")) is not None for key in data)

    def _arguments(self, function: str, data: Any, node: TextNode) -> _Read:
        declared = FUNCTIONS[function]
        known = {**declared.required, **declared.optional}
        if declared.bare in (Argument.ALIKE, Argument.NUMBERS, Argument.FACTS):
            return self.value(ListOf(Shift(), or_one=True), data, node)
        if declared.bare is not None or not isinstance(data, dict):
            return data, node
        return self.mapping({key: ARGUMENTS.get(kind.value) for key, kind in known.items()}, data, node)


# The fields that read arguments in which keywords stand, by the kind of argument.
ARGUMENTS: dict[str, Any] = {
    "law": OneOf(*LAWS),
    "bands": ListOf(MapOf(Shift(), keys=("from", "gives"))),
    "amounts": MapOf(Shift()),
    "amount": Shift(),
    "code_map": MapOf(Shift()),
    "share": Shift(),
    "term": Shift(),
    "factors": ListOf(Shift()),
    "cases": MapOf(Shift()),
}
