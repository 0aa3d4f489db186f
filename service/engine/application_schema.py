"""The JSON Schema (2020-12) of an application: what a form, a portal or the interface's description offers."""

from __future__ import annotations

from typing import Any

from service.engine.ranges import limits
from service.policy.facts import Fact, FactGroup, FactType
from service.policy.model import Policy


def json_schema(policy: Policy) -> dict[str, Any]:
    """The JSON Schema (2020-12) of an application under a policy."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": policy.title,
        **_object(policy.facts),
    }


def _object(group: FactGroup) -> dict[str, Any]:
    return {
        "type": ["object", "null"] if group.path else "object",
        **({"title": group.label} if group.label else {}),
        "properties": {child.name: _property(child) for child in group.children},
        "additionalProperties": False,
    }


def _property(child: Fact | FactGroup) -> dict[str, Any]:
    if isinstance(child, FactGroup):
        if not child.is_list:
            return _object(child)
        row = {**_object(child), "type": "object"}
        row.pop("title", None)
        return {"type": ["array", "null", "boolean", "string"], "title": child.label, "items": row}
    described: dict[str, Any] = {"title": child.label, **({"description": child.help} if child.help else {})}
    vocabulary = child.vocabulary
    match child.type:
        case FactType.BOOLEAN:
            described["type"] = ["boolean", "null"]
        case FactType.EVIDENCE:
            described["type"] = ["string", "boolean", "null"]
        case FactType.NUMBER:
            described["type"] = ["number", "null"]
            if not child.precision:
                described["type"] = ["integer", "null"]
            described |= limits(child)
        case FactType.CODES | FactType.TEXTS:
            described["type"] = ["array", "null", "boolean", "string"]
            described["items"] = {"type": "string"}
        case FactType.MOMENT:
            described["type"] = ["string", "null"]
            described["examples"] = ["2024-06-28T17:00:00+08:00", "2024-06-28 17:00"]
        case _:
            described["type"] = ["string", "null"]
    if vocabulary is not None and child.type is FactType.CODE:
        described["examples"] = [entry.label for entry in vocabulary.entries]
    return described
