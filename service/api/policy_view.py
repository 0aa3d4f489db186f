"""An edition of a policy as plain JSON: what it asks, and where each condition stands in the text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from service.engine.application import json_schema
from service.policy import model
from service.policy.model import Condition, Policy, Section
from service.policy.tables import Citation, Document

# Condition class -> its keyword in a policy file.
_KINDS: dict[type[Condition], str] = {
    model.Compare: "fact",
    model.Member: "fact",
    model.Stated: "fact",
    model.HasFormat: "fact",
    model.AllOf: "all",
    model.AnyOf: "any",
    model.NoneOf: "none",
    model.Not: "not",
    model.NOf: "n_of",
    model.When: "when",
    model.Readings: "readings",
    model.Judgement: "judgement",
    model.Count: "count",
    model.Every: "every",
    model.Some: "some",
}


def edition_summary(policy: Policy, url: str) -> dict[str, Any]:
    """The edition in short."""
    return {
        "edition": policy.edition,
        "title": policy.title,
        "authority": policy.authority,
        "effective_from": policy.effective_from.isoformat(),
        "effective_until": policy.effective_until.isoformat() if policy.effective_until else None,
        "digest": policy.digest,
        "url": url,
    }


def edition_json(policy: Policy, url: str) -> dict[str, Any]:
    """The edition whole: conditions with citations, documents, rulings, parameters, application schema."""
    return {
        "id": policy.id,
        **edition_summary(policy, url),
        "deadline": policy.deadline,
        "documents": [_document(document) for document in policy.documents],
        "tables": [{"id": table.id, "title": table.title, "digest": table.digest} for table in policy.tables],
        "rulings": [
            {"id": item.id, "text": item.text, "by": item.by, "on": item.on, "reason": item.reason}
            for item in policy.rulings
        ],
        "parameters": [
            {
                "id": item.id,
                "label": item.label,
                "value": item.literal,
                "citations": [_citation(citation) for citation in item.citations],
            }
            for item in policy.parameters
        ],
        "sections": [_section(section) for section in policy.sections],
        "application_schema": json_schema(policy),
    }


def _section(section: Section) -> dict[str, Any]:
    return {
        "id": section.id,
        "label": section.label,
        "kind": section.kind.value,
        "citations": [_citation(item) for item in section.citations],
        "conditions": [_condition(section.root)],
    }


def _condition(condition: Condition, role: str | None = None) -> dict[str, Any]:
    """One condition and those below it; `role` says what a child is to its parent where that is not plain."""
    shown: dict[str, Any] = {
        "id": condition.id,
        "label": condition.label,
        "kind": _KINDS[type(condition)],
        **({"role": role} if role else {}),
        "on_miss": condition.on_miss.value,
        "gates": condition.gates,
        "group": condition.group,
        "rulings": [ruling.id for ruling in condition.rulings],
        "citations": [_citation(item) for item in condition.citations],
        "facts": [*_facts(condition)],
    }
    if isinstance(condition, model.Judgement):
        shown["question"] = condition.question
    shown["conditions"] = [_condition(child, of) for of, child in _children(condition)]
    return shown


def _facts(condition: Condition) -> Iterator[str]:
    match condition:
        case model.Compare() | model.Member() | model.Stated() | model.HasFormat():
            yield condition.fact.path
        case model.Judgement():
            yield from (fact.path for fact in condition.evidence)
        case model.Rows():
            yield condition.of.path
        case _:
            pass


def _children(condition: Condition) -> Iterator[tuple[str | None, Condition]]:
    match condition:
        case model.AllOf() | model.AnyOf() | model.NoneOf() | model.NOf():
            yield from _each(None, condition.children)
        case model.Not():
            yield None, condition.child
        case model.When():
            yield "when", condition.when
            yield "then", condition.then
            yield from _each("else", [condition.otherwise])
        case model.Readings():
            yield from condition.readings
        case model.Rows():
            yield from _each("where", [condition.where])
            if isinstance(condition, model.Every | model.Some):
                yield "that", condition.that
        case _:
            pass
    yield from _each("exempt_when", [condition.exempt_when])


def _each(role: str | None, conditions: Iterable[Condition | None]) -> Iterator[tuple[str | None, Condition]]:
    yield from ((role, condition) for condition in conditions if condition is not None)


def _document(document: Document) -> dict[str, Any]:
    return {
        "id": document.id,
        "title": document.title,
        "number": document.number,
        "issuer": document.issuer,
        "digest": document.digest,
        "text": document.text,
    }


def _citation(citation: Citation) -> dict[str, Any]:
    return {
        "document": citation.document.id,
        "title": citation.document.title,
        "clause": citation.clause,
        "quote": citation.quote,
    }
