"""What each key of a file means, in Chinese: for editors and for the reference of the language.

The words stand in `messages/keys.toml` under `key.<mapping>.<key>`, or `key.<key>` where a key means the same
everywhere; those of a mapping as a whole under `key.of.<mapping>`.
"""

from __future__ import annotations

import re

from marshmallow import Schema

from service import messages


def schema_name(schema: type[Schema]) -> str:
    """The name of the mapping that a schema reads: `ParameterReferenceSchema` is `parameter-reference`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", schema.__name__.removesuffix("Schema")).lower()


def described(mapping: str, key: str | None = None) -> str:
    """What a key of a mapping means, or the mapping itself. Raises KeyError where the catalogue does not say."""
    if key is None:
        return messages.text(f"key.of.{mapping}")
    code = f"key.{mapping}.{key}"
    return messages.text(code if messages.has(code) else f"key.{key}")
