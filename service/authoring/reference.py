"""The reference of the language: every key, kind of condition and function, made from the schemas that read them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from marshmallow import Schema, fields

from service import messages
from service.authoring.excerpts import excerpt, nodes
from service.authoring.keys import described, schema_name
from service.policy.bilingual import read_bilingual
from service.policy.citation_schema import CitationSchema, DocumentSchema, RulingSchema
from service.policy.condition_schema import COMMON_KEYS, COMPARISONS, KINDS, WORDS, ConditionSchema, ExampleSchema
from service.policy.dependencies import conditions_in
from service.policy.fact_schema import Codes, DerivedSchema, FactSchema
from service.policy.fields import Flag, ListOf, MapOf, OneOf, Whole
from service.policy.functions import FUNCTIONS
from service.policy.keywords import CHINESE, Role
from service.policy.kinds import Condition
from service.policy.model import Policy
from service.policy.operand_schema import Needed, Operand, OperandSchema, Shift
from service.policy.policy_schema import EachCount, PolicySchema
from service.policy.reading import Path
from service.policy.sentences import sentence
from service.policy.table_schema import TableSchema
from service.problems import FilePlace

_say = messages.text
_PARTS_OF_THE_FILE = (DocumentSchema, CitationSchema, RulingSchema)
_OWN_PARTS = (ConditionSchema, FactSchema, DerivedSchema)


def reference_markdown(example: Policy) -> str:
    """The reference in Markdown, headings from the second level; the same policy gives the same text.

    `example` is a policy that uses every key worth showing: the shortest use of each is its example.
    """
    return "\n".join(_Reference(example).lines()).rstrip("\n") + "\n"


class _Reference:
    def __init__(self, policy: Policy) -> None:
        document = read_bilingual(policy.file, policy.raw, PolicySchema)[0]
        assert document is not None  # noqa: S101  # a policy was read from it
        self.document = document
        self.nodes = tuple(nodes(document.data))
        self.tables = [
            found
            for table in policy.tables
            for found in (read_bilingual(table.file, table.raw, TableSchema)[0],)
            if found is not None
        ]
        roots = (*(section.root for section in policy.sections), *policy.conditions_of_facts)
        self.conditions: dict[FilePlace, Condition] = {
            condition.position: condition for root in roots for condition in conditions_in(root)
        }

    def lines(self) -> Iterator[str]:
        yield from _heading(2, _say("reference.policy"))
        yield from self._keys(PolicySchema)
        for schema in _below(PolicySchema):
            if schema not in _OWN_PARTS:
                yield from self._part(schema)
        yield from self._part(FactSchema)
        yield from self._functions()
        yield from self._conditions()
        yield from _heading(2, _say("key.file.table"))
        yield from self._keys(TableSchema)
        for table in self.tables:
            yield from _example(table.source.text.rstrip("\n"))
        for schema in _below(TableSchema):
            if schema not in _PARTS_OF_THE_FILE:
                yield from self._part(schema, level=3, example=False)

    # --- mappings ---

    def _part(self, schema: type[Schema], *, level: int = 3, example: bool = True) -> Iterator[str]:
        name = schema_name(schema)
        whole = described(name)
        yield from _heading(level, _head(whole))
        if _head(whole) != whole:
            yield f"{whole}。"
            yield ""
        yield from self._keys(schema)
        found = self._shortest(self._paths_of(schema)) if example else None
        if found is not None:
            yield from _example(excerpt(self.document, found, key=isinstance(found[-1], str)))

    def _keys(self, schema: type[Schema], only: Iterable[str] | None = None) -> Iterator[str]:
        read = {field.data_key or name: field for name, field in schema().fields.items()}
        name = schema_name(schema)
        yield from _table(
            (key, described(name, key), _value(field), field.required)
            for key, field in read.items()
            if only is None or key in only
        )

    def _paths_of(self, schema: type[Schema]) -> Iterator[Path]:
        """Where the example file holds mappings that a schema reads."""
        yield from _paths(PolicySchema, self.document.data, schema, ())

    # --- functions ---

    def _functions(self) -> Iterator[str]:
        yield from _heading(2, _say("reference.derived"))
        keys = [field.data_key or name for name, field in DerivedSchema().fields.items() if name not in FUNCTIONS]
        yield from self._keys(DerivedSchema, keys)
        for function, declared in FUNCTIONS.items():
            yield from _heading(3, _both(function))
            yield described("derived", function)
            arguments = {**declared.required, **declared.optional}
            if arguments:
                yield ""
                yield from _table(
                    (key, described(function, key), _say(f"reference.argument.{kind.value}"), key in declared.required)
                    for key, kind in arguments.items()
                )
            derived = self.document.data.get("derived") or {}
            found = self._shortest(("derived", name) for name, entry in derived.items() if function in entry)
            if found is not None:
                yield from _example(excerpt(self.document, found, key=True))

    # --- conditions ---

    def _conditions(self) -> Iterator[str]:
        yield from _heading(2, _say("reference.conditions"))
        yield from _heading(3, _say("reference.common"))
        yield from self._keys(ConditionSchema, COMMON_KEYS)
        yield from _heading(4, _both("words"))
        yield from _table((word, described("words", word), _say("reference.value.text"), False) for word in WORDS)
        yield from self._part(ExampleSchema, level=4)
        yield from self._part(OperandSchema, level=3, example=False)
        for kind, keys in KINDS.items():
            yield from _heading(3, _both(kind))
            yield described("condition", kind)
            for code, names in zip(("needed", "one-of", "optional"), keys, strict=True):
                if names and kind != "fact":
                    yield ""
                    yield _say(f"reference.{code}", keys="、".join(_word(name) for name in names))
            yield from self._shown(kind)
            if kind == "fact":
                for comparison in COMPARISONS:
                    yield from _heading(4, _both(comparison))
                    yield described("condition", comparison)
                    yield from self._shown(kind, comparison)
        others = [key for key in _of_kinds() if key not in KINDS and key not in COMPARISONS]
        yield from _heading(3, _say("reference.other-keys"))
        yield from self._keys(ConditionSchema, others)

    def _shown(self, kind: str, comparison: str | None = None) -> Iterator[str]:
        """The shortest use of a kind of condition, and how it is read back."""
        used = (
            path
            for path, entry in self.nodes
            if kind in entry and (comparison is None or comparison in entry) and self._condition(path) is not None
        )
        found = self._shortest(used)
        if found is None:
            return
        yield from _example(excerpt(self.document, found))
        condition = self._condition(found)
        assert condition is not None  # noqa: S101  # only such were looked at
        yield ""
        yield _say("reference.read-as", sentence=sentence(condition))

    def _condition(self, path: Path) -> Condition | None:
        return self.conditions.get(self.document.place(path))

    def _shortest(self, paths: Iterable[Path]) -> Path | None:
        """The path to the shortest text; of several the first."""
        return min(paths, key=lambda path: len(excerpt(self.document, path)), default=None)


def _paths(schema: type[Schema], data: Any, wanted: type[Schema], path: Path) -> Iterator[Path]:
    """Paths of the mappings below one that a wanted schema reads."""
    for name, field in schema().fields.items():
        key = field.data_key or name
        if isinstance(data, dict) and key in data:
            yield from _below_field(field, data[key], wanted, (*path, key))


def _below_field(field: Any, data: Any, wanted: type[Schema], path: Path) -> Iterator[Path]:
    match field:
        case ListOf() if isinstance(data, list):
            for index, item in enumerate(data):
                yield from _below_field(field.inner, item, wanted, (*path, index))
        case ListOf():
            yield from _below_field(field.inner, data, wanted, path)
        case MapOf() if isinstance(data, dict):
            for name, item in data.items():
                yield from _below_field(field.inner, item, wanted, (*path, name))
        case fields.Nested() if isinstance(data, dict):
            if type(field.schema) is wanted:
                yield path
            yield from _paths(type(field.schema), data, wanted, path)


def _below(schema: type[Schema], found: dict[type[Schema], None] | None = None) -> tuple[type[Schema], ...]:
    """The schemas below one, in the order of their first use; those of conditions are not looked into."""
    seen: dict[type[Schema], None] = {} if found is None else found

    def visit(field: Any) -> None:
        if isinstance(field, ListOf | MapOf):
            visit(field.inner)
        elif isinstance(field, fields.Nested) and type(field.schema) not in seen:
            seen[type(field.schema)] = None
            if type(field.schema) is not ConditionSchema:
                _below(type(field.schema), seen)

    for field in schema().fields.values():
        visit(field)
    return tuple(seen)


def _of_kinds() -> Mapping[str, None]:
    return dict.fromkeys(key for keys in KINDS.values() for part in keys for key in part)


# --- writing ---


def _heading(level: int, text: str) -> Iterator[str]:
    yield ""
    yield f"{'#' * level} {text}"
    yield ""


def _table(rows: Iterable[tuple[str, str, str, bool]]) -> Iterator[str]:
    names = (_say(f"reference.{name}") for name in ("key", "chinese", "meaning", "value"))
    yield f"| {' | '.join(names)} |"
    yield "|---|---|---|---|"
    for key, meaning, value, required in rows:
        must = _say("reference.required") if required else ""
        yield f"| `{key}` | {CHINESE.word(key, Role.KEY)} | {meaning.replace('|', '&#124;')}{must} | {value} |"


def _example(text: str) -> Iterator[str]:
    yield ""
    yield "```yaml"
    yield text
    yield "```"


def _head(text: str) -> str:
    """What a description begins with: the name of the thing."""
    return re.split("[：，]", text)[0]


def _both(keyword: str) -> str:
    """A keyword with its Chinese word."""
    return _say("reference.both", keyword=keyword, word=CHINESE.word(keyword, Role.KEY))


def _word(keyword: str) -> str:
    return f"`{keyword}`（{CHINESE.word(keyword, Role.KEY)}）"


def _value(field: Any) -> str:
    """What a field takes, in words."""
    match field:
        case fields.Nested():
            return _head(described(schema_name(type(field.schema))))
        case ListOf(or_one=True):
            return _say("reference.value.one-or-more", of=_value(field.inner))
        case ListOf():
            return _say("reference.value.list", of=_value(field.inner))
        case MapOf():
            return _say("reference.value.mapping", of=_value(field.inner))
        case OneOf():
            return "、".join(f"`{word}` {CHINESE.word(word, Role.VALUE)}" for word in field.allowed)
        case Flag():
            return _say("reference.value.flag")
        case Whole():
            return _say("reference.value.whole")
        case Operand() | Needed():
            return _say("reference.value.operand")
        case Shift():
            return _say("reference.value.shift")
        case EachCount():
            return _say("reference.value.each")
        case Codes():
            return _say("reference.value.codes")
    return _say("reference.value.text")
