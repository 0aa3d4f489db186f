"""The fields that schemas of policy and table files are built of: names, flags, lists, mappings.

A field's messages are problem codes, or `Said` where the code needs more than the key: `structure` turns
them into Problems at the place of the fault.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from marshmallow import Schema, ValidationError, fields

from service.policy.keywords import Role
from service.policy.scalars import literal_text


class Said(NamedTuple):
    """A message with what its sentence needs besides the key: the kind it clashes with, the keys allowed.

    `fixed` says that the kind is a fixed value (a type of field, a kind of table) and no key; `role` is that of
    the words allowed where fixed values are.
    """

    code: str
    value: str = ""
    allowed: tuple[str, ...] = ()
    fixed: bool = False
    role: Role = Role.VALUE


FIELD_ERRORS: dict[str, str | list[Any] | dict[Any, Any]] = {
    "required": "required-key",
    "null": "empty-value",
    "invalid": "wrong-type",
    "type": "wrong-type",
    "unknown": "unknown-key",
    "validator_failed": "wrong-type",
}


class Text(fields.Field[str]):
    """A name or sentence; numbers and dates stay what the officer typed."""

    default_error_messages = {**FIELD_ERRORS, "invalid": "wrong-type.text"}

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
            raise self.make_error("invalid")
        text = literal_text(value)
        if not text.strip():
            raise self.make_error("null")
        return text


class Sentence(Text):
    """A sentence of the policy's own, which may hold facts, parameters and special words in braces."""


class Fixed(Text):
    """A fixed value in the words of the file's language; the reader of the file knows which are allowed."""


class ConditionName(Text):
    """The name of a section, or of a condition in one: some sections are keywords, what follows is a name."""


class Flag(fields.Field[bool]):
    """true or false, written so."""

    default_error_messages = {**FIELD_ERRORS, "invalid": "wrong-type.flag"}

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value


class Whole(fields.Field[int]):
    """A whole number."""

    default_error_messages = {**FIELD_ERRORS, "invalid": "wrong-type.whole"}

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.make_error("invalid")
        return value


class OneOf(Text):
    """One of a few words, which are keywords of a role."""

    def __init__(self, *allowed: str, role: Role = Role.VALUE, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.allowed, self.role = allowed, role

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, *args, **kwargs)
        if text not in self.allowed:
            raise ValidationError([Said("not-allowed", text, self.allowed, role=self.role)])
        return text


class Anything(fields.Field[Any]):
    """A literal, a list or a mapping whose meaning the checker reads."""

    default_error_messages = FIELD_ERRORS

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        return value


class ListOf(fields.Field[list[Any]]):
    """A list of one kind of thing; with `or_one`, a single thing stands for a list of it."""

    default_error_messages = {**FIELD_ERRORS, "invalid": "wrong-type.list"}

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

    default_error_messages = {**FIELD_ERRORS, "invalid": "wrong-type.mapping"}

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


class ByCondition(MapOf):
    """A mapping from names of sections and conditions to fixed values; `special` are keywords beside the names.

    Which of the values are allowed is left to the reader of the file, which knows the names.
    """

    def __init__(self, values: OneOf, *, special: Mapping[str, OneOf], **kwargs: Any) -> None:
        super().__init__(Text(), **kwargs)
        self.values, self.special = values, special

    def valued(self, name: str) -> OneOf:
        """The fixed values of a name."""
        return self.special.get(name, self.values)


class StrictSchema(Schema):
    """A mapping with known keys only."""

    error_messages = {"unknown": "unknown-key", "type": "wrong-type.mapping"}

    @classmethod
    def keys(cls) -> tuple[str, ...]:
        """The keys the schema knows, as written in the file."""
        return tuple(field.data_key or name for name, field in cls._declared_fields.items())


def nested(schema: type[Schema] | Callable[[], Schema], **kwargs: Any) -> fields.Nested:
    """A mapping read by another schema; a function makes one that is not yet defined, when it is needed."""
    return fields.Nested(schema, error_messages=FIELD_ERRORS, **kwargs)
