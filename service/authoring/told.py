"""Conditions, their fields and the keys of the language in words, as differences show them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from service import messages
from service.policy.facts import Fact, FactGroup
from service.policy.kinds import AllOf, AnyOf, Condition, NOf, NoneOf
from service.policy.scoring import Worth
from service.policy.sentences import sentence
from service.policy.tables import Citation

_say = messages.text


def title_of(condition: Condition) -> str:
    """What names a condition: label and id, or nothing; a condition that gives points names its item."""
    if isinstance(condition, Worth) and condition.label is None:
        return title_of(condition.when)
    if condition.id is None:
        return condition.label or ""
    if condition.label is None:
        return condition.id
    return _say("read.title", label=condition.label, id=condition.id)


def heading_of(condition: Condition) -> str:
    """The sentence of a combination without its parts, what becomes of a miss included."""
    if isinstance(condition, AllOf):
        return _say("read.head-all") + sentence(replace(condition, children=()))
    if isinstance(condition, AnyOf):
        return _say("read.head-any") + sentence(replace(condition, children=()))
    if isinstance(condition, NOf | NoneOf):
        return sentence(replace(condition, children=())).replace("：", "", 1)
    return sentence(condition)


def text_of(name: str, value: Any) -> str | None:
    """The value of a field in words; None where it is empty."""
    if name == "gates":
        return _say("value.true" if value else "value.false")
    if value is None or value in ((), {}):
        return None
    match name:
        case "citations":
            return "；".join(cited(citation) for citation in value)
        case "rulings":
            return "、".join(ruling.id for ruling in value)
        case "words":
            return "；".join(f"{key}: {text}" for key, text in sorted(value.items()))
        case "suggestion":
            return str(value.path)
        case "on_blank" | "on_empty":
            return _say(f"view.status.{value}")
        case "examples":
            return "；".join(f"{dict(example.given)} -> {example.status}" for example in value)
    if isinstance(value, tuple):
        return "、".join(text_of("", item) or "" for item in value)
    return str(value.path if isinstance(value, Fact | FactGroup) else value)


def cited(citation: Citation) -> str:
    """A citation in a line: its document where it quotes nothing, else clause and quote."""
    if citation.quote is None:
        return _say("policy.cited", title=citation.document.title, clause=citation.clause)
    return _say("policy.quoted", clause=citation.clause, quote=citation.quote)


def key_name(name: str) -> str:
    """A key of the language in words, or the name as it is."""
    codes = (f"diff.key.{name}", f"keyword.{name}")
    return next((_say(code) for code in codes if messages.has(code)), name)
