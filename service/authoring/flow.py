"""Data of a policy file as short text, and as leaves by path, to be compared and shown."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from service import messages
from service.policy.scalars import literal_text


def flow(value: Any) -> str:
    """A value as a file writes it on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(item) for item in value) + "]"
    if value is None:
        return "null"
    return literal_text(value) if isinstance(value, str | bool | int | Decimal) else str(value)


def leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every scalar below a value by the keys that lead to it; items of a list go by their label, else number.

    A citation is one text, and so is a list of scalars; a null is left out.
    """
    if value is None:
        return
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(_citations(item) if key == "cite" else item, (*path, str(key)))
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        for number, item in enumerate(value, start=1):
            label = item.get("label") if isinstance(item, dict) else None
            yield from leaves(item, (*path, str(number) if label is None else flow(label)))
    elif isinstance(value, list):
        yield path, "、".join(flow(item) for item in value)
    else:
        yield path, flow(value)


def _citations(value: Any) -> str:
    items = value if isinstance(value, list) else [value]
    return "；".join(_citation(item) if isinstance(item, dict) else flow(item) for item in items)


def _citation(item: dict[str, Any]) -> str:
    clause = flow(item.get("clause", ""))
    if item.get("quote") is None:
        return f"{flow(item['document'])} {clause}" if "document" in item else clause
    return messages.text("policy.quoted", clause=clause, quote=flow(item["quote"]))
