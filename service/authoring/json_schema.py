"""JSON Schema (draft 2020-12) of the files officers write, made from the schemas that read them.

Editors with YAML support complete and explain keys by it. It holds the structure; what names and values mean
is checked by `policy check` alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Any

from marshmallow import Schema, fields

from service import messages
from service.authoring.case_schema import BaseSchema, CaseFileSchema, CaseSchema, Percentage
from service.authoring.keys import described, schema_name
from service.policy.bilingual import DEADLINE
from service.policy.condition_schema import (
    COMMON_KEYS,
    ITEM_KEYS,
    ITEM_PAIRS,
    ITEMS,
    KINDS,
    SCORING,
    ConditionSchema,
    ScoredSchema,
)
from service.policy.fact_schema import MEASURED_KEYS, Call, Codes, DerivedSchema, FactSchema, unfit_keys
from service.policy.fields import Anything, ByCondition, Flag, ListOf, MapOf, OneOf, StrictSchema, Text, Whole
from service.policy.functions import FUNCTIONS, Argument
from service.policy.keywords import ENGLISH, SECTIONS, Language, Role
from service.policy.operand_schema import (
    Needed,
    Operand,
    OperandSchema,
    ParameterReferenceSchema,
    Shift,
    TimeBound,
)
from service.policy.policy_schema import AmountSchema, EachCount, EachSchema, LimitSchema, PolicySchema
from service.policy.table_schema import FormatSchema, TableSchema, keys_of_entries, parts_of_kinds

Json = dict[str, Any]

#: The kinds of file there is a schema for.
FILES: Mapping[str, type[StrictSchema]] = {
    "policy": PolicySchema,
    "table": TableSchema,
    "cases": CaseFileSchema,
}
_MISSES = {"on_miss": None, "in_principle": True, "open_list": True}  # the value that counts, None any


def json_schema(kind: str, language: Language = ENGLISH) -> Json:
    """The schema of a kind of file (`FILES`) with the keywords of a language; the same call gives the same JSON."""
    maker = _Maker(language)
    root = maker.ref(FILES[kind])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": messages.text(f"key.file.{kind}"),
        **root,
        "$defs": dict(sorted(maker.defs.items())),
    }


class _Maker:
    """Makes the schemas of one language; `defs` holds one for each mapping with keys of its own."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self.defs: dict[str, Json] = {}

    def key(self, keyword: str) -> str:
        """The word of a key."""
        return self.language.word(keyword, Role.KEY)

    def told(self, mapping: str, key: str | None = None) -> str:
        """What a mapping, or a key of it, means."""
        return described(mapping, key, self.language)

    def ref(self, schema: type[Schema]) -> Json:
        """A reference to the definition of a mapping, which is made where it is not there."""
        name = schema_name(schema)
        if name not in self.defs:
            self.defs[name] = {}  # it may lead to itself
            self.defs[name] = self._mapping(schema)
        return {"$ref": f"#/$defs/{name}"}

    def _mapping(self, schema: type[Schema]) -> Json:
        read = schema().fields
        by_key = {field.data_key or name: field for name, field in read.items()}
        made: Json = {
            "type": "object",
            "description": self.told(schema_name(schema)),
            "properties": {
                self.key(key): {"description": self.told(schema_name(schema), key), **self.value(field)}
                for key, field in by_key.items()
            },
            "additionalProperties": False,
        }
        required = [self.key(key) for key, field in by_key.items() if field.required]
        if required:
            made["required"] = required
        return {**made, **self._rules(schema)}

    def value(self, field: Any) -> Json:
        """What a field takes."""
        made = self._value(field)
        return {"anyOf": [made, {"type": "null"}]} if field.allow_none and made else made

    def _value(self, field: Any) -> Json:
        match field:
            case fields.Nested():
                return self.ref(type(field.schema))
            case Codes():
                return {"anyOf": [_list(_TEXT), {"type": "object", "additionalProperties": _TEXT}]}
            case ListOf():
                inner = self.value(field.inner)
                return {"anyOf": [inner, _list(inner)]} if field.or_one else _list(inner)
            case ByCondition():
                return self._by_condition(field)
            case MapOf(keys=()):
                return {"type": "object", "additionalProperties": self.value(field.inner)}
            case MapOf():
                inner = self.value(field.inner)
                known = {self.key(key): {"description": self.told("words", key), **inner} for key in field.keys}
                return {"type": "object", "properties": known, "additionalProperties": False}
            case Call():
                return self._call(field.function)
            case TimeBound():
                said = {"const": self.key(DEADLINE), "description": self.told("bound", DEADLINE)}
                return {"anyOf": [said, _LITERAL, self.ref(OperandSchema)]}
            case Operand():
                return {"anyOf": [_LITERAL, self.ref(OperandSchema)]}
            case Needed():
                readings = {"type": "object", "additionalProperties": {"type": "integer"}}
                return {"anyOf": [_LITERAL, self.ref(OperandSchema), readings]}
            case Shift():
                return {"anyOf": [_TEXT, self.ref(ParameterReferenceSchema)]}
            case EachCount():
                return {"anyOf": [_LITERAL, {**_list(_LITERAL), "minItems": 2, "maxItems": 2}, self.ref(EachSchema)]}
            case OneOf():
                return {"enum": [self.language.word(word, field.role) for word in field.allowed]}
            case Percentage():
                return {"type": "string", "pattern": _PERCENTAGE}
            case Text():
                return _TEXT
            case Flag():
                return {"type": "boolean"}
            case Whole():
                return {"type": "integer"}
            case Anything():
                return {}
        raise TypeError(type(field).__name__)

    def _by_condition(self, field: ByCondition) -> Json:
        """Statuses by the names of sections and conditions; the names that are keywords are listed."""
        special = {
            self.key(name): {"description": self.told("expect", name), **self.value(one)}
            for name, one in field.special.items()
        }
        status = self.value(field.values)
        sections = {self.key(name): {"description": self.told("expect", "section"), **status} for name in SECTIONS}
        return {
            "type": "object",
            "properties": special | sections,
            "additionalProperties": status,
        }

    def _call(self, function: str) -> Json:
        """The arguments of a function."""
        declared = FUNCTIONS[function]
        part = {"anyOf": [_TEXT, self.ref(ParameterReferenceSchema)]}
        if declared.bare is Argument.ALIKE:
            return {"type": "array", "items": part, "minItems": 2}
        if declared.bare is Argument.NUMBERS:
            return {"anyOf": [_TEXT, _list(part)]}
        if declared.bare is Argument.FACTS:
            return {"anyOf": [_TEXT, _list({"anyOf": [*part["anyOf"], {"type": "boolean"}]})]}
        if declared.bare is not None:
            return _ARGUMENTS[declared.bare.value]
        known = {**declared.required, **declared.optional}
        return {
            "type": "object",
            "properties": {
                self.key(key): {"description": self.told(function, key), **self._argument(kind)}
                for key, kind in known.items()
            },
            "required": [self.key(key) for key in declared.required],
            "additionalProperties": False,
        }

    def _argument(self, kind: Argument) -> Json:
        if kind is Argument.LAW:
            return {"enum": [self.language.word(word, Role.VALUE) for word in ("in_force", "promulgated")]}
        amount = {"anyOf": [_TEXT, self.ref(ParameterReferenceSchema)]}
        if kind.value in ("amount", "share", "term"):
            return amount
        if kind is Argument.ROW:
            return _TEXT
        if kind.value == "factors":
            return {"type": "array", "items": amount, "minItems": 2}
        if kind.value == "cases":
            return {**_ARGUMENTS["cases"], "additionalProperties": {"anyOf": [*_NAMES["anyOf"], amount]}}
        if kind.value == "amounts":
            return {**_MAP, "additionalProperties": amount}
        if kind.value == "bands":
            band = {self.key(key): {"description": self.told("band", key), **amount} for key in ("from", "gives")}
            return _list(
                {
                    "type": "object",
                    "properties": band,
                    "required": [self.key("gives")],
                    "additionalProperties": False,
                }
            )
        return _ARGUMENTS[kind.value]

    # --- what the schemas ask of a mapping as a whole ---

    def _rules(self, schema: type[Schema]) -> Json:
        if issubclass(schema, ConditionSchema):
            return self._condition()
        if issubclass(schema, ScoredSchema):
            return self._scored()
        if issubclass(schema, FactSchema):
            return self._fact()
        if issubclass(schema, DerivedSchema):
            return {"oneOf": self._each(FUNCTIONS), "allOf": self._derived()}
        if issubclass(schema, FormatSchema):
            return {"oneOf": self._each(("pattern", "check"))}
        if issubclass(schema, TableSchema):
            return self._table()
        if issubclass(schema, AmountSchema):
            return {"oneOf": self._each(("fact", "amount"))}
        if issubclass(schema, LimitSchema):
            return {"oneOf": self._each(("where", "sum")), **self._without(("share", "sum"))}
        if issubclass(schema, EachSchema):
            return {"minProperties": 1, **self._without(("parameter", "at_least"), ("parameter", "at_most"))}
        if issubclass(schema, BaseSchema):
            return self._without(*combinations(("file", "application", "base"), 2))
        if issubclass(schema, CaseSchema):
            said = {"anyOf": self._each(("expect", "deciding"))}
            return said | self._without(("application", "base"))
        if issubclass(schema, OperandSchema):
            apart = [("parameter", key) for key in ("fact", "plus", "minus", "growth")]
            apart += [("plus", "minus"), ("times", "growth")]
            grown = {self.key("years"): [self.key("growth")]}
            return {
                "anyOf": self._each(("parameter", "fact")),
                "dependentRequired": grown,
                **self._without(*apart),
            }
        return {}

    def _condition(self) -> Json:
        rules = []
        for kind, (needed, one_of, optional) in KINDS.items():
            then: Json = {
                "propertyNames": {"enum": [self.key(key) for key in (kind, *needed, *one_of, *optional, *COMMON_KEYS)]}
            }
            if needed:
                then["required"] = [self.key(key) for key in needed]
            if one_of:
                then["oneOf"] = self._each(one_of)
            rules.append({"if": {"required": [self.key(kind)]}, "then": then})
        rules += [{"not": self._both(pair)} for pair in combinations(_MISSES.items(), 2)]
        rules += [{"not": self._both(dict.fromkeys(("meets", *pair)).items())} for pair in combinations(SCORING, 2)]
        return {"oneOf": self._each(KINDS), "allOf": rules}

    def _scored(self) -> Json:
        """Items of points: one kind of `ITEMS`, points beside it or alone."""
        kinds = [kind for kind in ITEMS if kind != "points"]
        rules: list[Json] = []
        for kind in kinds:
            needed, _, optional = ITEMS[kind]
            known = {"enum": [self.key(key) for key in (*ITEM_KEYS, kind, *needed, *optional)]}
            then: Json = {"propertyNames": known}
            if needed:
                then["required"] = [self.key(key) for key in needed]
            rules.append({"if": {"required": [self.key(kind)]}, "then": then})
        pairs = {self.key(key): [self.key(other)] for key, other in ITEM_PAIRS}
        rules.append({"if": {"required": [self.key("fact")]}, "then": {"dependentRequired": pairs}})
        alone = {
            "required": [self.key("points")],
            "propertyNames": {"enum": [self.key(key) for key in (*ITEM_KEYS, "points")]},
        }
        return {"oneOf": [*self._each(kinds), alone], "allOf": [*rules, *self._without(("times", "every"))["allOf"]]}

    def _both(self, pair: Iterable[tuple[str, Any]]) -> Json:
        """Two keys, each with the value that counts."""
        held = dict(pair)
        consts = {self.key(key): {"const": value} for key, value in held.items() if value is not None}
        return {"required": [self.key(key) for key in held], "properties": consts}

    def _derived(self) -> list[Json]:
        """What stands beside functions, and which of them each key is for."""
        narrowing = [
            {"if": {"required": [self.key(key)]}, "then": {"anyOf": self._each(functions)}}
            for key, functions in MEASURED_KEYS.items()
        ]
        apart: list[Json] = self._without(("table", "codes"), ("table", "ordered"))["allOf"]
        return [*apart, *narrowing]

    def _fact(self) -> Json:
        rules: list[Json] = []
        for types, keys in unfit_keys():
            condition: Json = {"required": [self.key("fields")]}
            if types is not None:
                named = {"enum": [self.language.word(word, Role.VALUE) for word in types]}
                condition = {"required": [self.key("type")], "properties": {self.key("type"): named}}
            rules.append({"if": condition, "then": {"not": {"anyOf": self._each(keys)}}})
        return {
            "oneOf": self._each(("type", "fields")),
            "allOf": [*rules, *self._without(("codes", "table"), ("ordered", "table"))["allOf"]],
        }

    def _table(self) -> Json:
        rules = []
        kinds = parts_of_kinds()
        every = {part for parts in kinds.values() for part in parts}
        for kind, parts in kinds.items():
            word = self.language.word(kind, Role.VALUE)
            others = self._each(sorted(every - {*parts}))
            rules.append(
                {
                    "if": {"properties": {self.key("kind"): {"const": word}}, "required": [self.key("kind")]},
                    "then": {
                        "required": [self.key(part) for part in parts],
                        "not": {"anyOf": others},
                        **(self._entries(kind) if "entries" in parts else {}),
                    },
                }
            )
        return {"allOf": rules}

    def _entries(self, kind: str) -> Json:
        """What names an entry of a kind of table, and the keys that are for other kinds."""
        named, others = keys_of_entries()[kind]
        entry = {"required": [self.key(named)], "not": {"anyOf": self._each(others)}}
        return {"properties": {self.key("entries"): {"items": entry}}}

    def _each(self, keys: Iterable[str]) -> list[Json]:
        return [{"required": [self.key(key)]} for key in keys]

    def _without(self, *pairs: tuple[str, str]) -> Json:
        return {"allOf": [{"not": {"required": [self.key(key) for key in pair]}} for pair in pairs]}


def _list(inner: Json) -> Json:
    return {"type": "array", "items": inner, "minItems": 1}


_TEXT: Json = {"type": ["string", "number"], "pattern": r"\S"}
_PERCENTAGE = r"^\s*(100([.．]00?)?|\d{1,2}([.．]\d{1,2})?)\s*[%％]\s*$"
_LITERAL: Json = {"type": ["string", "number", "boolean"]}
_NAMES: Json = {"anyOf": [_TEXT, _list(_TEXT)]}
_MAP: Json = {"type": "object", "additionalProperties": _TEXT, "minProperties": 1}
# By kind of argument; a name is text, and so is a literal.
_ARGUMENTS: dict[str, Json] = {
    **dict.fromkeys(("fact", "template", "pattern", "duration", "table", "format", "code"), _TEXT),
    **dict.fromkeys(("list", "names"), _TEXT),
    "facts": {"type": "array", "items": _LITERAL, "minItems": 2},
    "numbers": _NAMES,
    "whole": {"type": "integer", "minimum": 1, "maximum": 100},
    "cases": {"type": "object", "additionalProperties": _NAMES, "minProperties": 1},
    "codes_by_code": {"type": "object", "additionalProperties": _NAMES, "minProperties": 1},
    "code_map": _MAP,
}
