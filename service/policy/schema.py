"""The structure of policy and table files as marshmallow schemas: keys, types, which keys go together.

A schema's messages are problem codes, or `Said` where the code needs more than the key: `structure` turns
them into Problems at the place of the fault. Names, literals and quotes are the checker's.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from marshmallow import Schema, ValidationError, fields, validates_schema

from service.policy.functions import FUNCTIONS
from service.policy.model import FactType
from service.policy.source import literal_text
from service.problems import nearest

COMPARISONS = (
    "is", "is_not", "in", "not_in", "at_least", "at_most", "more_than", "less_than", "between",
    "on_or_after", "on_or_before", "given", "answered", "contains_any", "contains_all", "format",
)  # fmt: skip
COUNTING = ("at_least", "at_most", "more_than", "less_than", "is", "between")
ROW_KEYS = ("where", "distinct_by", "excluding")
COMMON_KEYS = (
    "id", "label", "cite", "ruling", "words", "on_miss", "in_principle", "open_list", "exempt_when",
    "gates", "group", "suggestion", "examples",
)  # fmt: skip

# Each kind of condition by the key that names it: keys it needs, keys it needs one of, keys it may have.
KINDS: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "fact": ((), COMPARISONS, ()),
    "all": ((), (), ()),
    "any": ((), (), ()),
    "none": ((), (), ()),
    "not": ((), (), ()),
    "n_of": (("at_least",), (), ()),
    "when": (("then",), (), ("else",)),
    "readings": ((), (), ()),
    "judgement": ((), (), ("evidence",)),
    "count": ((), COUNTING, ROW_KEYS),
    "every": (("that",), (), ("where", "on_blank")),
    "some": (("that",), (), ("where",)),
}
WORDS = ("satisfied", "not_satisfied", "unknown", "needs_review", "expected", "actual", "remedy", "exempt")


class Said(NamedTuple):
    """A message with what its sentence needs besides the key: the kind it clashes with, the keys allowed."""

    code: str
    value: str = ""
    allowed: tuple[str, ...] = ()


_FIELD_ERRORS: dict[str, str | list[Any] | dict[Any, Any]] = {
    "required": "required-key",
    "null": "empty-value",
    "invalid": "wrong-type",
    "type": "wrong-type",
    "unknown": "unknown-key",
    "validator_failed": "wrong-type",
}


class Text(fields.Field[str]):
    """A name or sentence; numbers and dates stay what the officer typed."""

    default_error_messages = {**_FIELD_ERRORS, "invalid": "wrong-type.text"}

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
            raise self.make_error("invalid")
        text = literal_text(value)
        if not text.strip():
            raise self.make_error("null")
        return text


class Flag(fields.Field[bool]):
    """true or false, written so."""

    default_error_messages = {**_FIELD_ERRORS, "invalid": "wrong-type.flag"}

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value


class Whole(fields.Field[int]):
    """A whole number."""

    default_error_messages = {**_FIELD_ERRORS, "invalid": "wrong-type.whole"}

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.make_error("invalid")
        return value


class OneOf(Text):
    """One of a few words."""

    def __init__(self, *allowed: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.allowed = allowed

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, *args, **kwargs)
        if text not in self.allowed:
            raise ValidationError([Said("not-allowed", text, self.allowed)])
        return text


class Anything(fields.Field[Any]):
    """A literal, a list or a mapping whose meaning the checker reads."""

    default_error_messages = _FIELD_ERRORS

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        return value


class Operand(Anything):
    """A literal, or a mapping that names a parameter or a fact with a duration."""

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        if isinstance(value, dict):
            return fields.Nested(OperandSchema()).deserialize(value)
        if isinstance(value, list):
            raise self.make_error("invalid")
        return value


class ListOf(fields.Field[list[Any]]):
    """A list of one kind of thing; with `or_one`, a single thing stands for a list of it."""

    default_error_messages = {**_FIELD_ERRORS, "invalid": "wrong-type.list"}

    def __init__(self, inner: fields.Field[Any], *, or_one: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.inner, self.or_one = inner, or_one

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> list[Any]:
        if not isinstance(value, list):
            if not self.or_one:
                raise self.make_error("invalid")
            return [self.inner.deserialize(value)]
        if not value:
            raise ValidationError("empty-list")
        errors: dict[int, Any] = {}
        loaded = []
        for index, item in enumerate(value):
            try:
                loaded.append(self.inner.deserialize(item))
            except ValidationError as error:
                errors[index] = error.messages
        if errors:
            raise ValidationError(errors)
        return loaded


class MapOf(fields.Field[dict[str, Any]]):
    """A mapping from names to one kind of thing."""

    default_error_messages = {**_FIELD_ERRORS, "invalid": "wrong-type.mapping"}

    def __init__(self, inner: fields.Field[Any], *, keys: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.inner, self.keys = inner, keys

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.make_error("invalid")
        errors: dict[str, Any] = {}
        loaded = {}
        for key, item in value.items():
            if self.keys and key not in self.keys:
                errors[key] = [Said("unknown-key", key, self.keys)]
                continue
            try:
                loaded[key] = self.inner.deserialize(item)
            except ValidationError as error:
                errors[key] = error.messages
        if errors:
            raise ValidationError(errors)
        return loaded


class Codes(fields.Field[Any]):
    """A vocabulary written in place: a list of names, or names with their labels."""

    default_error_messages = {**_FIELD_ERRORS, "invalid": "wrong-type.list"}

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        return (MapOf if isinstance(value, dict) else ListOf)(Text()).deserialize(value)


class StrictSchema(Schema):
    """A mapping with known keys only."""

    error_messages = {"unknown": "unknown-key", "type": "wrong-type.mapping"}

    @classmethod
    def keys(cls) -> tuple[str, ...]:
        """The keys the schema knows, as written in the file."""
        return tuple(field.data_key or name for name, field in cls._declared_fields.items())


def nested(schema: type[Schema] | str, **kwargs: Any) -> fields.Nested:
    """A mapping read by another schema, made when it is needed since conditions hold conditions."""
    target = (lambda: globals()[schema]()) if isinstance(schema, str) else schema  # noqa: PLW0108  # not yet defined
    return fields.Nested(target, error_messages=_FIELD_ERRORS, **kwargs)


class CitationSchema(StrictSchema):
    """依据."""

    document = Text()
    clause = Text(required=True)
    quote = Text()


def cite() -> ListOf:
    """One citation or several."""
    return ListOf(nested(CitationSchema), or_one=True)


class ParameterReferenceSchema(StrictSchema):
    """A parameter by name."""

    parameter = Text(required=True)


class Shift(Anything):
    """A duration or number, or the parameter that holds it."""

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        if isinstance(value, dict):
            return fields.Nested(ParameterReferenceSchema()).deserialize(value)
        return Text().deserialize(value)


class OperandSchema(StrictSchema):
    """`{parameter: x}` or `{fact: x, plus: 3年}`."""

    parameter = Text()
    fact = Text()
    plus = Shift()
    minus = Shift()

    @validates_schema
    def one(self, data: Mapping[str, Any], **_kwargs: Any) -> None:
        """Either a parameter or a fact."""
        if ("parameter" in data) == ("fact" in data) or ("parameter" in data and len(data) > 1):
            raise ValidationError("operand-unclear")
        if "plus" in data and "minus" in data:
            raise ValidationError("operand-unclear")


class Needed(Anything):
    """How many of n: a number, or readings of how many."""

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        if isinstance(value, dict) and not any(nearest(key, ("parameter", "fact")) for key in value):
            return MapOf(Whole()).deserialize(value)
        return Operand().deserialize(value)


class ExampleSchema(StrictSchema):
    """Values and the status they give."""

    given = MapOf(Anything(allow_none=True), required=True)
    then = OneOf("satisfied", "not_satisfied", "unknown", "needs_review", required=True)


class ConditionSchema(StrictSchema):
    """One condition: common keys, and the keys of exactly one kind."""

    id = Text()
    label = Text()
    cite = cite()
    ruling = ListOf(Text(), or_one=True)
    words = MapOf(Text(), keys=WORDS)
    on_miss = OneOf("review")
    in_principle = Flag()
    open_list = Flag()
    exempt_when = nested("ConditionSchema")
    gates = Flag()
    group = Text()
    suggestion = Text()
    examples = ListOf(nested(ExampleSchema))

    fact = Text()
    is_ = Operand(data_key="is")
    is_not = Operand()
    in_ = ListOf(Operand(), or_one=True, data_key="in")
    not_in = ListOf(Operand(), or_one=True)
    at_least = Needed()
    at_most = Operand()
    more_than = Operand()
    less_than = Operand()
    between = ListOf(Operand())
    on_or_after = Operand()
    on_or_before = Operand()
    given = Flag()
    answered = Flag()
    contains_any = ListOf(Text(), or_one=True)
    contains_all = ListOf(Text(), or_one=True)
    format = Text()

    all = ListOf(nested("ConditionSchema"))
    any = ListOf(nested("ConditionSchema"))
    none = ListOf(nested("ConditionSchema"))
    not_ = nested("ConditionSchema", data_key="not")
    n_of = ListOf(nested("ConditionSchema"))
    when = nested("ConditionSchema")
    then = nested("ConditionSchema")
    else_ = nested("ConditionSchema", data_key="else")
    readings = MapOf(nested("ConditionSchema"))
    judgement = Text()
    evidence = ListOf(Text(), or_one=True)
    count = Text()
    every = Text()
    some = Text()
    where = nested("ConditionSchema")
    that = nested("ConditionSchema")
    distinct_by = Text()
    excluding = Text()
    on_blank = OneOf("satisfied", "not_satisfied", "unknown", "needs_review")

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def kind(self, _data: Any, original: Any, **_kwargs: Any) -> None:
        """Exactly one kind, with the keys that belong to it."""
        if not isinstance(original, dict):
            return
        present = [kind for kind in KINDS if kind in original]
        if not present:
            raise ValidationError("condition-without-kind")
        if len(present) > 1:
            raise ValidationError({present[1]: [Said("two-kinds", present[0])]})
        kind = present[0]
        needed, one_of, optional = KINDS[kind]
        allowed = {*COMMON_KEYS, kind, *needed, *one_of, *optional}
        errors: dict[str, Any] = {}
        for key in original:
            if key not in allowed and key in self.keys():
                errors[key] = [Said("key-not-with", kind)]
        for key in needed:
            if key not in original:
                errors[key] = [Said("key-needed", kind)]
        chosen = [key for key in one_of if key in original]
        if one_of and not chosen:
            raise ValidationError({**errors, kind: [Said("no-comparison", kind, one_of)]})
        if len(chosen) > 1:
            errors[chosen[1]] = [Said("two-kinds", chosen[0])]
        misses = [key for key in ("on_miss", "in_principle", "open_list") if original.get(key)]
        if len(misses) > 1:
            errors[misses[1]] = [Said("two-kinds", misses[0])]
        if errors:
            raise ValidationError(errors)


# Keys of a group of fields, keys of a field, and the types of field that some of these are for.
_GROUP_KEYS = ("list", "who", "item", "absent_is_none")
_FIELD_KEYS = ("unit", "precision", "codes", "table", "open", "personal", "trusted_when")
_KEYS_OF_TYPES = (
    (("unit", "precision"), (FactType.NUMBER,)),
    (("codes", "table", "open"), (FactType.CODE, FactType.CODES)),
)


class FactSchema(StrictSchema):
    """A field of the application form, or a group or list of fields."""

    label = Text(required=True)
    help = Text()
    type = OneOf(*FactType)
    unit = Text()
    precision = Whole()
    codes = Codes()
    table = Text()
    open = Flag()
    personal = Text()
    remediable = Flag()
    trusted_when = nested("ConditionSchema")
    fields_ = MapOf(nested("FactSchema"), data_key="fields")
    list = Flag()
    who = Text()
    item = Text()
    absent_is_none = Flag()

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def group_or_field(self, _data: Any, original: Any, **_kwargs: Any) -> None:
        """A group has fields, a field has a type."""
        if not isinstance(original, dict):
            return
        if ("fields" in original) == ("type" in original):
            raise ValidationError("field-or-group")
        kind = original.get("type")
        unfit = _GROUP_KEYS if "type" in original else _FIELD_KEYS
        named = "type" if "type" in original else "fields"
        errors: dict[str, Any] = {key: [Said("key-not-with", named)] for key in unfit if key in original}
        for keys, types in _KEYS_OF_TYPES:
            if isinstance(kind, str) and kind in set(FactType) and kind not in types:
                errors |= {key: [Said("key-not-with", kind)] for key in keys if key in original}
        if "codes" in original and "table" in original:
            errors["table"] = [Said("two-kinds", "codes")]
        if errors:
            raise ValidationError(errors)


class DerivedSchema(StrictSchema):
    """A named value computed by one of the functions."""

    label = Text(required=True)
    help = Text()
    unit = Text()
    codes = Codes()
    table = Text()
    open = Flag()
    personal = Text()
    trusted_when = nested("ConditionSchema")

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def one_function(self, _data: Any, original: Any, **_kwargs: Any) -> None:
        """Exactly one function."""
        if isinstance(original, dict) and sum(name in original for name in FUNCTIONS) != 1:
            raise ValidationError("derived-without-function")


# The functions are keys of a derived fact; their arguments are the checker's.
for _name in FUNCTIONS:
    DerivedSchema._declared_fields[_name] = Anything()


class DocumentSchema(StrictSchema):
    """A cited document."""

    title = Text(required=True)
    number = Text()
    issuer = Text()
    text = Text()


class RulingSchema(StrictSchema):
    """口径."""

    text = Text(required=True)
    by = Text()
    on = Text()
    reason = Text()


class ParameterSchema(StrictSchema):
    """A number an officer changes."""

    label = Text(required=True)
    value = Text(required=True)
    cite = cite()


class EffectiveSchema(StrictSchema):
    """The period an edition is in force, both days included."""

    from_ = Text(required=True, data_key="from")
    until = Text(allow_none=True)


class DeadlineSchema(StrictSchema):
    """A deadline, null while the notice leaves it open."""

    at = Text(required=True, allow_none=True)
    label = Text()
    cite = cite()


class QuotaSchema(StrictSchema):
    """How many may be chosen."""

    at_most = Text(required=True)
    cite = cite()


class GrantSchema(StrictSchema):
    """What a chosen applicant gets."""

    amount = Text(required=True)
    once = Flag()
    cite = cite()


class AwardSchema(StrictSchema):
    """Quota and grant, stated apart from eligibility."""

    quota = nested(QuotaSchema)
    grant = nested(GrantSchema)


class PolicySchema(StrictSchema):
    """A policy file."""

    language = Whole(required=True)
    policy = Text(required=True)
    edition = Text(required=True)
    title = Text(required=True)
    authority = Text(required=True)
    effective = nested(EffectiveSchema, required=True)
    date = Text(required=True)
    deadline = nested(DeadlineSchema)
    award = nested(AwardSchema)
    notice = Text(required=True)
    documents = MapOf(nested(DocumentSchema), required=True)
    rulings = MapOf(nested(RulingSchema))
    parameters = MapOf(nested(ParameterSchema))
    facts = MapOf(nested(FactSchema), required=True)
    derived = MapOf(nested(DerivedSchema))
    scope = nested(ConditionSchema, required=True)
    criteria = MapOf(nested(ConditionSchema), required=True)
    materials = nested(ConditionSchema)
    formalities = nested(ConditionSchema)
    preferences = nested(ConditionSchema)


class EntrySchema(StrictSchema):
    """One value of a vocabulary."""

    code = Text(required=True)
    label = Text()
    rank = Whole()
    none = Flag()
    aliases = ListOf(Text())


class FormatSchema(StrictSchema):
    """A named format."""

    label = Text(required=True)
    pattern = Text()
    check = OneOf("uscc", "identity-number")

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def one(self, _data: Any, original: Any, **_kwargs: Any) -> None:
        """A pattern or a check."""
        if isinstance(original, dict) and ("pattern" in original) == ("check" in original):
            raise ValidationError("format-unclear")


class DelaySchema(StrictSchema):
    """A stepped delay."""

    from_ = Text(required=True, data_key="from")
    every = Text(required=True)
    by = Text(required=True)
    at_most = Text(required=True)


class LawSchema(StrictSchema):
    """One law of a schedule."""

    id = Text(required=True)
    title = Text(required=True)
    promulgated = Text(required=True)
    in_force = Text(required=True)
    cite = cite()
    ages = MapOf(Text(), required=True)
    delays = MapOf(nested(DelaySchema))


# What each kind of table holds.
_TABLE_PARTS = {
    "codes": ("entries",),
    "scale": ("entries",),
    "schedule": ("laws", "categories"),
    "formats": ("formats",),
}


class TableSchema(StrictSchema):
    """A table file."""

    table = Text(required=True)
    kind = OneOf("codes", "scale", "schedule", "formats", required=True)
    title = Text(required=True)
    documents = MapOf(nested(DocumentSchema))
    cite = cite()
    entries = ListOf(nested(EntrySchema))
    categories = MapOf(Text())
    laws = ListOf(nested(LawSchema))
    formats = MapOf(nested(FormatSchema))

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def content(self, _data: Any, original: Any, **_kwargs: Any) -> None:
        """The part that its kind needs."""
        kind = original.get("kind") if isinstance(original, dict) else None
        parts = _TABLE_PARTS.get(kind) if isinstance(kind, str) else None
        if not isinstance(kind, str) or parts is None:
            return
        errors: dict[str, Any] = {part: [Said("key-needed", kind)] for part in parts if part not in original}
        others = {part for known in _TABLE_PARTS.values() for part in known} - {*parts}
        errors |= {part: [Said("key-not-with", kind)] for part in others if part in original}
        if errors:
            raise ValidationError(errors)
