"""The structure of facts: fields of the application form, groups and lists of them, derived values."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from service.policy.condition_schema import KINDS, ScoredSchema, condition
from service.policy.facts import FactType
from service.policy.fields import (
    FIELD_ERRORS,
    Anything,
    Flag,
    ListOf,
    MapOf,
    OneOf,
    Said,
    StrictSchema,
    Text,
    Whole,
    nested,
)
from service.policy.functions import EMPTY, FUNCTIONS, MEASURES
from service.policy.operand_schema import Operand

# Keys of a group of fields, keys of a field, and the types of field that some of these are for.
_GROUP_KEYS = ("list", "who", "item", "absent_is_none")
_NUMBER_KEYS = ("unit", "precision", "at_least", "at_most")
_CODE_KEYS = ("codes", "table", "open", "ordered")
_FIELD_KEYS = (*_NUMBER_KEYS, *_CODE_KEYS, "personal", "recorded", "trusted_when")
_KEYS_OF_TYPES = (
    (_NUMBER_KEYS, (FactType.NUMBER,)),
    (_CODE_KEYS, (FactType.CODE, FactType.CODES)),
)
# Keys that narrow what a function measures, and the functions each is for.
MEASURED_KEYS: dict[str, tuple[str, ...]] = {
    **{
        key: tuple(name for name in MEASURES if key in KINDS[name].optional)
        for key in ("where", "among", "of", "distinct_by", "excluding")
    },
    "on_empty": EMPTY,
}


class Codes(fields.Field[Any]):
    """A vocabulary written in place: a list of names, or names with their labels."""

    default_error_messages = {**FIELD_ERRORS, "invalid": "wrong-type.list"}

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        return (MapOf if isinstance(value, dict) else ListOf)(Text()).deserialize(value)


class Call(Anything):
    """The arguments of a function."""

    def __init__(self, function: str) -> None:
        super().__init__()
        self.function = function


def _fact() -> FactSchema:
    return FactSchema()


class FactSchema(StrictSchema):
    """A field of the application form, or a group or list of fields."""

    label = Text(required=True)
    help = Text()
    type = OneOf(*FactType)
    unit = Text()
    precision = Whole()
    at_least = Text()
    at_most = Text()
    codes = Codes()
    table = Text()
    open = Flag()
    ordered = Flag()
    personal = Text()
    remediable = Flag()
    recorded = Flag()
    trusted_when = condition()
    fields_ = MapOf(nested(_fact), data_key="fields")
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
                errors |= {key: [Said("key-not-with", kind, fixed=True)] for key in keys if key in original}
        if "codes" in original and "table" in original:
            errors["table"] = [Said("two-kinds", "codes")]
        if "ordered" in original and "table" in original:
            errors["ordered"] = [Said("key-not-with", "table")]
        if errors:
            raise ValidationError(errors)


class DerivedSchema(StrictSchema):
    """A named value computed by one of the functions."""

    label = Text(required=True)
    help = Text()
    unit = Text()
    precision = Whole()
    codes = Codes()
    table = Text()
    open = Flag()
    ordered = Flag()
    personal = Text()
    trusted_when = condition()
    holds = condition()
    count = Text()
    sum = Text()
    highest = Text()
    lowest = Text()
    share = Text()
    points = ListOf(nested(ScoredSchema))
    where = condition()
    among = condition()
    of = Text()
    distinct_by = Text()
    excluding = Text()
    on_empty = Operand()

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def ranks(self, _data: Any, original: Any, **_kwargs: Any) -> None:
        """A table has its own order."""
        if isinstance(original, dict) and "ordered" in original and "table" in original:
            raise ValidationError({"ordered": [Said("key-not-with", "table")]})

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def measure(self, _data: Any, original: Any, **_kwargs: Any) -> None:
        """What narrows a measure stands beside one."""
        functions = [name for name in FUNCTIONS if isinstance(original, dict) and name in original]
        if len(functions) == 1:
            errors = {
                key: [Said("key-not-with", functions[0])]
                for key, fits in MEASURED_KEYS.items()
                if key in original and functions[0] not in fits
            }
            if errors:
                raise ValidationError(errors)

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def one_function(self, _data: Any, original: Any, **_kwargs: Any) -> None:
        """Exactly one function."""
        if isinstance(original, dict) and sum(name in original for name in FUNCTIONS) != 1:
            raise ValidationError("derived-without-function")


# The functions are keys of a derived fact; the arguments of those that take no condition are the checker's.
for _name in FUNCTIONS:
    DerivedSchema._declared_fields.setdefault(_name, Call(_name))


def unfit_keys() -> tuple[tuple[tuple[str, ...] | None, tuple[str, ...]], ...]:
    """Keys that some facts may not have: types of field (None for a group of fields), and the keys not for them."""
    of_types = (
        (tuple(str(one) for one in FactType if one not in types), tuple(keys)) for keys, types in _KEYS_OF_TYPES
    )
    return ((None, _FIELD_KEYS), (tuple(map(str, FactType)), _GROUP_KEYS), *of_types)
