"""Like cases treated alike: applications with the same facts on which people found differently."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from service.engine.findings import by_subject, read_findings
from service.engine.masking import mask
from service.policy.dependencies import conditions_in, facts_of, lists_of, sources_of
from service.policy.facts import Fact, FactGroup, FactType
from service.policy.kinds import Condition
from service.policy.model import Policy, Section
from service.rounds.standing import Standing


@dataclass(frozen=True, slots=True)
class Found:
    """What people last found about one thing in one application, personal values in the reason masked."""

    standing: Standing
    upheld: bool
    by: str
    reason: str
    declared: bool


@dataclass(frozen=True, slots=True)
class Unalike:
    """Findings about the same condition that differ though the facts it rests on are the same.

    `same` tells whether every word and figure is the same too; else only codes, yes and no, what is given and
    what is blank, and what the machine said.
    """

    about: str
    label: str
    same: bool
    found: tuple[Found, ...]


def unalike(policy: Policy, standings: Iterable[Standing]) -> tuple[Unalike, ...]:
    """Every group of like cases that people judged differently, in the order of the policy."""
    last = [_last(policy, standing) for standing in standings]
    differing: list[Unalike] = []
    for section in policy.sections:
        for name, label, condition in _subjects(section):
            found = [items[name] for items in last if name in items]
            facts = _read_by(condition)
            for same in (True, False):
                told = {frozenset(_ids(group.found)) for group in differing if group.about == name}
                for alike in _groups(found, facts, name, same=same):
                    # What is the same to the word is like in kind as well and is told once.
                    if len({item.upheld for item in alike}) == 2 and frozenset(_ids(alike)) not in told:
                        differing.append(Unalike(name, label, same, tuple(alike)))
    return tuple(differing)


def _ids(found: Iterable[Found]) -> Iterator[str]:
    return (item.standing.summary.decision_id for item in found)


def _subjects(section: Section) -> Iterator[tuple[str, str, Condition]]:
    """What a finding may be about in a section, as `subjects` of findings has it, with its label."""
    yield section.id, section.label, section.root
    for condition in conditions_in(section.root):
        if condition.id is not None:
            yield f"{section.id}.{condition.id}", condition.label or condition.id, condition


def _last(policy: Policy, standing: Standing) -> Mapping[str, Found]:
    """What people last found about each thing in an application; nothing where the edition no longer knows it."""
    if standing.stored is None or not standing.stored.findings:
        return {}
    masked = mask(policy, application=standing.stored.application, findings=standing.stored.findings, reply={})
    findings, _ = read_findings(policy, [*masked.findings])
    latest = {about: items[0] for about, items in by_subject(findings).items()}
    return {
        about: Found(standing, item.upheld, item.by, item.reason, item.conflict is not None)
        for about, item in latest.items()
    }


def _groups(
    found: list[Found], facts: tuple[Fact | FactGroup, ...], about: str, *, same: bool
) -> Iterator[list[Found]]:
    groups: dict[Any, list[Found]] = {}
    for item in found:
        groups.setdefault(_facts_seen(item.standing, facts, about, same=same), []).append(item)
    return iter(groups.values())


def _facts_seen(standing: Standing, read: tuple[Fact | FactGroup, ...], about: str, *, same: bool) -> Any:
    """What the condition saw in one application, as something that can be compared."""
    application = {} if standing.stored is None else standing.stored.application
    machine = standing.summary.public["conditions"].get(about, {}).get("machine_status")
    seen = tuple(_seen(fact, _at(application, fact.path.split(".")), same=same) for fact in read)
    return machine, seen


def _seen(fact: Fact | FactGroup, value: Any, *, same: bool) -> Any:
    if isinstance(value, list):
        rows = [_seen(fact, item, same=same) for item in value]
        return tuple(sorted(map(repr, rows)))
    if isinstance(value, Mapping):
        return repr(sorted((key, repr(item)) for key, item in value.items())) if same else "given"
    if isinstance(value, str):
        value = "".join(unicodedata.normalize("NFKC", value).split()) or None
    if same or value is None or value is False:
        return repr(value)
    coded = isinstance(fact, Fact) and fact.type in (FactType.CODE, FactType.CODES, FactType.BOOLEAN)
    return repr(value) if coded else "given"


def _at(value: Any, steps: list[str]) -> Any:
    """The values at a path; of a list every row's."""
    for number, step in enumerate(steps):
        if not isinstance(value, Mapping):
            return None
        value = value.get(step.removesuffix("[]"))
        if step.endswith("[]"):
            rest = steps[number + 1 :]
            return [_at(row, rest) for row in value] if isinstance(value, list) else value
    return value


def _read_by(condition: Condition) -> tuple[Fact | FactGroup, ...]:
    """The declared fields a condition rests on, derived facts resolved to what they are computed from."""
    found: dict[str, Fact | FactGroup] = {item.path: item for item in _groups_in(condition)}
    waiting = list(facts_of(condition))
    seen: set[str] = set()
    while waiting:
        fact = waiting.pop(0)
        if fact.path in seen:
            continue
        seen.add(fact.path)
        if fact.derivation is None:
            found[fact.path] = fact
        waiting.extend(sources_of(fact))
        found.update((one.path, one) for one in lists_of(fact))
    return tuple(found[path] for path in sorted(found))


def _groups_in(condition: Condition) -> Iterator[FactGroup]:
    """The lists and groups that a condition and those below it name themselves."""
    for inner in conditions_in(condition):
        for part in fields(inner):
            value = getattr(inner, part.name)
            for item in value if isinstance(value, tuple) else (value,):
                if isinstance(item, FactGroup):
                    yield item
