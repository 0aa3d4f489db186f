"""Shared tables as sentences: values with rank and other names, laws with their ages, formats."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from service import messages
from service.policy.tables import CodeEntry, Law, Table

_say = messages.text


def table_texts(tables: Iterable[Table]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each table's title with id, and what it holds, a sentence for each part."""
    for table in tables:
        yield _say("policy.table", title=table.title, id=table.id), tuple(_parts(table))


def _parts(table: Table) -> Iterator[str]:
    if table.vocabulary is not None:
        yield "；".join(entry_text(entry) for entry in table.vocabulary.entries)
    categories = dict(table.categories)
    for law in table.laws:
        yield law_text(law, categories)
    if table.formats:
        yield "；".join(found.label for found in table.formats.values())


def entry_text(entry: CodeEntry) -> str:
    """A value with its rank and its other names."""
    rank = "" if entry.rank is None else _say("policy.rank", rank=entry.rank)
    aliases = _say("policy.aliases", aliases="、".join(entry.aliases)) if entry.aliases else ""
    return f"{entry.label}{rank}{aliases}"


def law_text(law: Law, categories: Mapping[str, str]) -> str:
    """A law with the age, and the delay, of each category."""
    rules = []
    for rule in law.rules.values():
        years, months = divmod(rule.age, 12)
        age = _say("value.years", n=years) + (_say("value.months", n=months) if months else "")
        delay = ""
        if rule.delay is not None:
            delay = _say("policy.delay", every=rule.delay.every, by=rule.delay.by, most=rule.delay.at_most)
        rules.append(f"{categories.get(rule.category, rule.category)}{age}{delay}")
    return _say("policy.law", title=law.title, start=law.in_force.isoformat(), rules="；".join(rules))
