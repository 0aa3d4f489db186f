"""The structure of a table file: a vocabulary, a list of names, a schedule of laws, or formats."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, validates_schema

from service.policy.citation_schema import DocumentSchema, cite
from service.policy.fields import Flag, ListOf, MapOf, OneOf, Said, StrictSchema, Text, Whole, nested


class EntrySchema(StrictSchema):
    """One value of a vocabulary, or one name of a list."""

    code = Text()
    label = Text()
    rank = Whole()
    none = Flag()
    counts_as = ListOf(Text())
    name = Text()
    aliases = ListOf(Text())
    from_ = Text(data_key="from")
    until = Text(allow_none=True)
    note = Text()


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


def parts_of_kinds() -> dict[str, tuple[str, ...]]:
    """The keys that hold the content of a table, by its kind."""
    return dict(_TABLE_PARTS)


def keys_of_entries() -> dict[str, tuple[str, tuple[str, ...]]]:
    """The key that names an entry, and the keys it may not have, by the kind of its table."""
    return dict(_ENTRY_KEYS)


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
    "list": ("entries",),
    "schedule": ("laws", "categories"),
    "formats": ("formats",),
}
# What names an entry of each kind, and the keys that are for the other kinds.
_VALUES = ("code", ("name", "from", "until", "note"))
_ENTRY_KEYS = {"codes": _VALUES, "scale": _VALUES, "list": ("name", ("code", "label", "rank", "none", "counts_as"))}


class TableSchema(StrictSchema):
    """A table file."""

    table = Text(required=True)
    kind = OneOf("codes", "scale", "list", "schedule", "formats", required=True)
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
        errors: dict[str, Any] = {
            part: [Said("key-needed", kind, fixed=True)] for part in parts if part not in original
        }
        others = {part for known in _TABLE_PARTS.values() for part in known} - {*parts}
        errors |= {part: [Said("key-not-with", kind, fixed=True)] for part in others if part in original}
        if "entries" in parts and isinstance(original.get("entries"), list):
            errors |= _entry_errors(kind, original["entries"])
        if errors:
            raise ValidationError(errors)


def _entry_errors(kind: str, entries: list[Any]) -> dict[str, Any]:
    """What entries of the kind lack, and what is not for them."""
    named, others = _ENTRY_KEYS[kind]
    errors: dict[int, Any] = {}
    for index, entry in enumerate(entries):
        if isinstance(entry, dict):
            found: dict[str, Any] = {key: [Said("key-not-with", kind, fixed=True)] for key in others if key in entry}
            if named not in entry:
                found[named] = [Said("required-key")]
            if found:
                errors[index] = found
    return {"entries": errors} if errors else {}
