"""An edition of a policy as plain JSON: what it asks, and where each condition stands in the text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import Any

from service.engine.application_schema import json_schema
from service.policy import kinds, scoring
from service.policy.facts import Fact
from service.policy.kinds import Condition
from service.policy.model import Policy, Section
from service.policy.points import points_text
from service.policy.statements import amount_sentence, limit_sentence, quota_sentence
from service.policy.tables import Document
from service.policy.terms import Amount, Limit, Quota

# Condition class -> its keyword in a policy file.
_KINDS: dict[type[Condition], str] = {
    kinds.Compare: "fact",
    kinds.Member: "fact",
    kinds.Stated: "fact",
    kinds.HasFormat: "fact",
    kinds.AllOf: "all",
    kinds.AnyOf: "any",
    kinds.NoneOf: "none",
    kinds.Not: "not",
    kinds.NOf: "n_of",
    kinds.Points: "points",
    scoring.Worth: "points",
    scoring.Granted: "points",
    scoring.PerUnit: "points",
    scoring.Rated: "points",
    scoring.PerRow: "points",
    scoring.BestOf: "best_of",
    scoring.SumOf: "sum_of",
    kinds.Meets: "meets",
    kinds.When: "when",
    kinds.Readings: "readings",
    kinds.Judgement: "judgement",
    kinds.Count: "count",
    kinds.Every: "every",
    kinds.Some: "some",
    kinds.Sum: "sum",
    kinds.Extreme: "highest",
    kinds.Share: "share",
    kinds.Ratio: "share",
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
        "applicant": {part.name: _path(getattr(policy.applicant, part.name)) for part in fields(policy.applicant)},
        "deadline": policy.deadline,
        "award": {
            **dict(policy.award),
            "quotas": [_stated(item, quota_sentence(item)) for item in policy.quotas],
            "amounts": [_stated(item, amount_sentence(item)) for item in policy.amounts],
        },
        "limits": [_stated(item, limit_sentence(item)) for item in policy.limits],
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
                "citations": [citation.as_json() for citation in item.citations],
            }
            for item in policy.parameters
        ],
        "sections": [_section(section) for section in policy.sections],
        "procedures": [
            {"label": item.label, "citations": [citation.as_json() for citation in item.citations]}
            for item in policy.procedures
        ],
        "application_schema": json_schema(policy),
    }


def _path(fact: Fact | None) -> str | None:
    return None if fact is None else fact.path


def _stated(item: Quota | Amount | Limit, text: str) -> dict[str, Any]:
    return {"label": item.label, "text": text, "citations": [citation.as_json() for citation in item.citations]}


def _section(section: Section) -> dict[str, Any]:
    return {
        "id": section.id,
        "label": section.label,
        "kind": section.kind.value,
        "citations": [item.as_json() for item in section.citations],
        "conditions": [_condition(section.root)],
    }


def _condition(condition: Condition, role: str | None = None) -> dict[str, Any]:
    """One condition and those below it; `role` says what a child is to its parent where that is not plain."""
    shown: dict[str, Any] = {
        "id": condition.id,
        "label": condition.label,
        "kind": _kind(condition),
        **({"role": role} if role else {}),
        "on_miss": condition.on_miss.value,
        "gates": condition.gates,
        "group": condition.group,
        "rulings": [ruling.id for ruling in condition.rulings],
        "citations": [item.as_json() for item in condition.citations],
        "facts": [*_facts(condition)],
    }
    if isinstance(condition, kinds.Judgement):
        shown["question"] = condition.question
    if isinstance(condition, kinds.Meets):
        shown["meets"] = condition.target
    shown["conditions"] = [_condition(child, of) for of, child in _children(condition)]
    return shown


def _kind(condition: Condition) -> str:
    if isinstance(condition, kinds.Extreme) and not condition.highest:
        return "lowest"
    return _KINDS[type(condition)]


def _facts(condition: Condition) -> Iterator[str]:
    match condition:
        case (
            kinds.Compare() | kinds.Member() | kinds.Stated() | kinds.HasFormat() | scoring.PerUnit() | scoring.Rated()
        ):
            yield condition.fact.path
        case kinds.Judgement():
            yield from (fact.path for fact in condition.evidence)
        case kinds.Ratio():
            yield from (condition.fact.path, condition.of.path)
        case kinds.Sum(fact=fact) | kinds.Extreme(fact=fact) | kinds.Share(fact=Fact() as fact):
            yield from (condition.of.path, fact.path)
        case kinds.Rows():
            yield condition.of.path
        case _:
            pass


def _children(condition: Condition) -> Iterator[tuple[str | None, Condition]]:
    match condition:
        case kinds.AllOf() | kinds.AnyOf() | kinds.NoneOf() | kinds.NOf():
            yield from _each(None, condition.children)
        case kinds.Points() | scoring.BestOf():
            yield from _items(condition.items)
        case scoring.SumOf():
            yield from _items(condition.items)
            yield from (("minus", item) for item in condition.minus)
        case kinds.Not():
            yield None, condition.child
        case scoring.Worth():
            yield None, condition.when
        case kinds.When():
            yield "when", condition.when
            yield "then", condition.then
            yield from _each("else", [condition.otherwise])
        case kinds.Readings():
            yield from condition.readings
        case kinds.Rows():
            yield from _each("where", [condition.where])
            if isinstance(condition, kinds.Every | kinds.Some):
                yield "that", condition.that
            if isinstance(condition, kinds.Share):
                yield from _each("among", [condition.among])
        case _:
            pass
    yield from _each("exempt_when", [condition.exempt_when])


def _items(items: Iterable[Condition]) -> Iterator[tuple[str | None, Condition]]:
    """Items of points; a condition goes by the points it gives."""
    for item in items:
        if isinstance(item, scoring.Worth):
            named = item.label or item.citations
            yield points_text(item.points), item if named else item.when
        else:
            yield None, item


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
