"""The program's own words: one Chinese catalogue, keyed by code, in TOML files beside this module.

A policy's words (labels, questions, quotes) come from its YAML and never stand here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from string import Formatter
from typing import Any


@cache
def _catalogue() -> Mapping[str, str]:
    """All texts of the `*.toml` files beside this module; a code defined twice is a programming error."""
    texts: dict[str, str] = {}
    for entry in sorted(resources.files(__name__).iterdir(), key=lambda item: item.name):
        if entry.name.endswith(".toml"):
            for code, text in tomllib.loads(entry.read_text(encoding="utf-8")).items():
                if code in texts:
                    raise KeyError(f"message code defined twice: {code}")
                texts[code] = text
    return texts


def text(code: str, **params: Any) -> str:
    """The text of `code` with `{name}` filled from `params`; an unknown code raises KeyError."""
    return _catalogue()[code].format_map(params)


def has(code: str) -> bool:
    """Whether the catalogue holds `code`."""
    return code in _catalogue()


def fields(code: str) -> frozenset[str]:
    """The names that the text of `code` is filled with; none where the catalogue does not hold it."""
    return frozenset(name for _, name, _, _ in Formatter().parse(_catalogue().get(code, "")) if name)


def under(prefix: str) -> Mapping[str, str]:
    """All texts whose code begins with `prefix`, by the rest of the code."""
    return {code.removeprefix(prefix): text for code, text in _catalogue().items() if code.startswith(prefix)}
