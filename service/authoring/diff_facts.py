"""The data dictionary of two editions compared: fields of the application form, derived facts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from service import messages
from service.authoring.changes import NOWHERE, Change, Detail, Part, details_of, kind_of
from service.authoring.diff_tables import shown, vocabulary_details
from service.authoring.editions import Edition
from service.authoring.effects import Sense, plain
from service.authoring.flow import flow, leaves
from service.authoring.told import key_name
from service.policy.facts import Fact, FactGroup
from service.policy.formulas import formulas
from service.policy.kinds import Condition
from service.policy.model import Policy
from service.policy.sentences import sentence

_say = messages.text
# What an application form is built from.
_PORTALS = frozenset(("type", "is_list", "unit", "precision", "vocabulary", "absent_is_none"))


def diff_facts(old: Policy, new: Policy) -> Iterator[Change]:
    """Fields of the application form by path; `portals` where the form has to change."""
    before, after = ({item.path: item for item in _flat(side.facts)} for side in (old, new))
    trusted = [{fact.path: condition for fact, condition in side.trust} for side in (old, new)]
    for path in dict.fromkeys((*after, *before)):
        then, now = before.get(path), after.get(path)
        held = now or then
        assert held is not None  # noqa: S101 - the path is of one of the two
        details: tuple[Detail, ...] = ()
        changed: set[str] = set()
        if then is not None and now is not None:
            changed = _differing(then, now)
            details = (*_fact_details(then, now, changed), *_trust(trusted[0].get(path), trusted[1].get(path)))
            if not details:
                continue
        alone = then is None or now is None
        yield Change(
            part=Part.FACTS,
            kind=kind_of(then, now),
            subject=path,
            title=_say("read.title", label=held.label, id=path),
            sense=Sense.WORDING if changed and changed <= {"label", "help"} and len(details) == len(changed) else None,
            before=None if now is not None or then is None else _said(then),
            after=None if then is not None or now is None else _said(now),
            details=details,
            portals=alone or bool(changed & _PORTALS),
            place_before=(then and then.position) or NOWHERE,
            place_after=(now and now.position) or NOWHERE,
        )


def _flat(group: FactGroup) -> Iterator[Fact | FactGroup]:
    for child in group.children:
        yield child
        if isinstance(child, FactGroup):
            yield from _flat(child)


def _said(item: Fact | FactGroup) -> str:
    if isinstance(item, FactGroup):
        return _say("diff.type.list" if item.is_list else "diff.type.group")
    said = _say(f"diff.type.{item.type.value}")
    return f"{said}（{item.unit}）" if item.unit else said


def _differing(then: Fact | FactGroup, now: Fact | FactGroup) -> set[str]:
    if type(then) is not type(now):
        return {"type"}
    names = (part.name for part in fields(then) if part.name not in ("path", "position", "children", "derivation"))
    return {name for name in names if getattr(then, name) != getattr(now, name)}


def _fact_details(then: Fact | FactGroup, now: Fact | FactGroup, changed: set[str]) -> tuple[Detail, ...]:
    found: list[Detail] = []
    for name in (part.name for part in fields(now)):
        if name == "vocabulary" and name in changed:
            found += vocabulary_details(getattr(then, name), getattr(now, name))
        elif name in changed and name != "type":
            found.append(Detail(name, shown(getattr(then, name)), shown(getattr(now, name))))
    if "type" in changed:
        found.insert(0, Detail("type", _said(then), _said(now)))
    return tuple(found)


def _trust(then: Condition | None, now: Condition | None) -> Iterator[Detail]:
    if plain(then) != plain(now):
        yield Detail("trusted_when", None if then is None else sentence(then), None if now is None else sentence(now))


def diff_derived(old: Edition, new: Edition) -> Iterator[Change]:
    """Derived facts by name: the formula of each, or where only its numbers and names differ, these alone."""
    before, after = (_mapping(side.document.data.get("derived")) for side in (old, new))
    said = [{fact.path: text for fact, text in formulas(side.policy)} for side in (old, new)]
    for name in dict.fromkeys((*after, *before)):
        then, now = before.get(name), after.get(name)
        # A parameter that it names may have changed.
        moved = then is not None and now is not None and said[0].get(name) != said[1].get(name)
        if then == now and not moved:
            continue
        wording = ("label", "help")
        parts = [{k: v for k, v in _mapping(side).items() if k not in wording} for side in (then, now)]
        changed = parts[0] != parts[1] or then == now
        label = flow(_mapping(now if now is not None else then).get("label", name))
        both = then is not None and now is not None
        texts = [(key, _flow(_mapping(then).get(key)), _flow(_mapping(now).get(key))) for key in wording]
        # Computed in the same way as before, it is told by what differs in that.
        alike = then != now and both and parts[0].keys() == parts[1].keys()
        if alike:
            texts += _leaves(parts[0], parts[1])
        yield Change(
            part=Part.DERIVED,
            kind=kind_of(then, now),
            subject=name,
            title=_say("read.title", label=label, id=name),
            sense=None if changed else Sense.WORDING,
            before=said[0].get(name) if changed and then is not None and not alike else None,
            after=said[1].get(name) if changed and now is not None and not alike else None,
            details=details_of(texts) if both else (),
            place_before=NOWHERE if then is None else old.document.place(("derived", name), key=True),
            place_after=NOWHERE if now is None else new.document.place(("derived", name), key=True),
        )


def recomputed(old: Policy, new: Policy) -> dict[str, tuple[str, str]]:
    """The derived facts of both editions that are computed otherwise: path -> formula before and after."""
    before, after = ({fact.path: text for fact, text in formulas(side)} for side in (old, new))
    return {path: (before[path], after[path]) for path in before if path in after and before[path] != after[path]}


def _leaves(then: dict[str, Any], now: dict[str, Any]) -> Iterator[tuple[str, str | None, str | None]]:
    """Every scalar that differs, by the keys that lead to it in words."""
    before, after = (dict(leaves(side)) for side in (then, now))
    for path in dict.fromkeys((*after, *before)):
        yield "·".join(key_name(step) for step in path), before.get(path), after.get(path)


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _flow(value: Any) -> str | None:
    return None if value is None else flow(value)
