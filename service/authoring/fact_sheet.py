"""The fields of the application form in rows, as people read them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from service import messages
from service.policy.facts import Fact, FactGroup
from service.policy.model import Policy
from service.policy.tables import Vocabulary

_say = messages.text
_MOST = 40  # values listed in full; longer vocabularies stand with the tables


@dataclass(frozen=True, slots=True)
class FactRow:
    """A field or a group of fields: how deep it lies, label, path, kind of value, values, help, whether personal."""

    depth: int
    label: str
    path: str
    is_group: bool
    kind: str
    values: str
    help: str
    personal: bool


def fact_rows(policy: Policy) -> Iterator[FactRow]:
    """Every group and field of the form in its order."""
    for child in policy.facts.children:
        yield from _rows(child, 0)


def _rows(item: Fact | FactGroup, depth: int) -> Iterator[FactRow]:
    if isinstance(item, Fact):
        yield FactRow(
            depth=depth,
            label=item.label,
            path=item.path,
            is_group=False,
            kind=_kind(item),
            values="" if item.vocabulary is None else _values(item.vocabulary),
            help=item.help or "",
            personal=item.personal is not None,
        )
        return
    kind = _say("page.fact.list") if item.is_list else ""
    yield FactRow(depth, item.label, item.path, True, kind, "", item.help or "", False)
    for child in item.children:
        yield from _rows(child, depth + 1)


def _kind(fact: Fact) -> str:
    kind = _say(f"page.fact.{fact.type.value}")
    return _say("page.fact.unit", kind=kind, unit=fact.unit) if fact.unit else kind


def _values(vocabulary: Vocabulary) -> str:
    shown = "、".join(entry.label for entry in vocabulary.entries[:_MOST])
    if len(vocabulary.entries) > _MOST:
        shown = _say("page.fact.more", shown=shown, count=len(vocabulary.entries))
    return _say("page.fact.open", shown=shown) if vocabulary.open else shown
