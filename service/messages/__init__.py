"""The program's own words: one Chinese catalogue, keyed by code, in TOML files beside this module.

A policy's words (labels, questions, quotes) come from its YAML and never stand here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
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
