"""What each key of a file means, in Chinese: for editors and for the reference of the language.

The words stand in `messages/keys.toml` under `key.<mapping>.<key>`, or `key.<key>` where a key means the same
everywhere; those of a mapping as a whole under `key.of.<mapping>`.
"""

from __future__ import annotations

import re

from marshmallow import Schema

from service import messages
from service.policy.keywords import ENGLISH, Language


def schema_name(schema: type[Schema]) -> str:
    """The name of the mapping that a schema reads: `ParameterReferenceSchema` is `parameter-reference`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", schema.__name__.removesuffix("Schema")).lower()


def described(mapping: str, key: str | None = None, language: Language = ENGLISH) -> str:
    """What a key of a mapping means, or the mapping itself, with the keywords of a language.

    Raises KeyError where the catalogue does not say.
    """
    code = f"key.of.{mapping}" if key is None else f"key.{mapping}.{key}"
    if key is not None and not messages.has(code):
        code = f"key.{key}"
    return messages.text(code, **language.named_in(code))
