"""Shared tables and vocabularies of two editions compared: values, names on lists, laws, formats."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from service import messages
from service.authoring.changes import NOWHERE, Change, Detail, Part, details_of, kind_of
from service.authoring.effects import Sense
from service.authoring.told import key_name
from service.policy.model import Policy
from service.policy.tables import CodeEntry, Law, Table, Vocabulary
from service.problems import FilePlace

_say = messages.text


def diff_tables(old: Policy, new: Policy) -> Iterator[Change]:
    """Tables by id: values, laws and formats that came, went or changed."""
    before, after = ({table.id: table for table in side.tables} for side in (old, new))
    for name in dict.fromkeys((*after, *before)):
        then, now = before.get(name), after.get(name)
        held = now or then
        assert held is not None  # noqa: S101 - the name is of one of the two
        if then is not None and now is not None and then.digest == now.digest:
            continue
        details = () if then is None or now is None else tuple(_table(then, now))
        yield Change(
            part=Part.TABLES,
            kind=kind_of(then, now),
            subject=name,
            title=_say("policy.table", title=held.title, id=name),
            sense=Sense.WORDING if then is not None and now is not None and not details else None,
            details=details,
            place_before=NOWHERE if then is None else FilePlace(then.file),
            place_after=NOWHERE if now is None else FilePlace(now.file),
        )


def _table(then: Table, now: Table) -> Iterator[Detail]:
    yield from details_of([("title", then.title, now.title)])
    yield from (item for item in vocabulary_details(then.vocabulary, now.vocabulary) if item.name != "order")
    for name, parts in (
        ("list", (_listing(then), _listing(now))),
        ("law", (_laws(then), _laws(now))),
        ("format", (_formats(then), _formats(now))),
    ):
        for key in dict.fromkeys((*parts[0], *parts[1])):
            if parts[0].get(key) != parts[1].get(key):
                yield Detail(name, parts[0].get(key), parts[1].get(key))


def _listing(table: Table) -> dict[str, str]:
    """The names on a list, each with what is said of it."""
    return {entry.name: _described(entry.name, entry, {}) for entry in getattr(table, "listing", None) or ()}


def _laws(table: Table) -> dict[str, str]:
    return {law.id: _law(law) for law in table.laws}


def _law(law: Law) -> str:
    rules = "；".join(
        f"{name} {rule.age}" + (f" +{rule.delay.by}/{rule.delay.every}<={rule.delay.at_most}" if rule.delay else "")
        for name, rule in law.rules.items()
    )
    return _say("policy.law", title=law.title, start=law.in_force.isoformat(), rules=rules)


def _formats(table: Table) -> dict[str, str]:
    return {name: f"{found.label} {found.pattern or found.check}" for name, found in table.formats.items()}


def vocabulary_details(then: Vocabulary | None, now: Vocabulary | None) -> Iterator[Detail]:
    """Values that came, went or changed, and whether others are taken."""
    before, after = ({e.code: e for e in side.entries} if side else {} for side in (then, now))
    gone = [entry.label for code, entry in before.items() if code not in after]
    came = [entry.label for code, entry in after.items() if code not in before]
    if gone or came:
        yield Detail("codes", "、".join(gone) or None, "、".join(came) or None)
    names = {code: entry.label for code, entry in (*before.items(), *after.items())}
    for code, entry in after.items():
        if code in before and before[code] != entry:
            yield Detail("codes", _entry(before[code], names), _entry(entry, names))
    if then is not None and now is not None and then.open != now.open:
        yield Detail("open", shown(then.open), shown(now.open))
    elif not gone and not came and before == after:
        yield Detail("order", "、".join(e.label for e in before.values()), "、".join(e.label for e in after.values()))


def _entry(entry: CodeEntry, names: Mapping[str, str]) -> str:
    """A value of a vocabulary with all that is said of it beyond its label; `names` are the labels of codes."""
    return _described(entry.label, entry, names)


def _described(name: str, entry: Any, names: Mapping[str, str]) -> str:
    parts = [name]
    for part in fields(entry):
        value = getattr(entry, part.name)
        if part.name not in ("code", "label", "name") and value not in (None, False, (), ""):
            said = "、".join(names.get(item, str(item)) for item in value) if isinstance(value, tuple) else shown(value)
            parts.append(f"{key_name(part.name)}{said}")
    return "，".join(parts)


def shown(value: Any) -> str | None:
    """A plain value in words; None for none."""
    if isinstance(value, bool):
        return _say("value.true" if value else "value.false")
    return None if value is None else str(value)
