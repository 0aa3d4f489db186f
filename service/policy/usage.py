"""What a policy declares and nothing uses: derived facts, fields that are only recorded, rulings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from service.policy.dependencies import conditions_in, sources_of
from service.policy.facts import Fact, FactGroup, FactType
from service.policy.kinds import HasFormat, Judgement, Ruling
from service.policy.model import Policy
from service.policy.source_text import SourceDocument
from service.policy.tables import CodeEntry, Table
from service.problems import FilePlace, Problem, Severity, problem

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
# Fields that people fill in to be read, not to be decided on.
_RECORDED = (FactType.TEXT, FactType.TEXTS, FactType.IDENTITY_NUMBER)
# Parts of a policy that declare; everything else of it uses.
_DECLARING = ("facts", "derived", "rulings", "documents", "tables", "parameters")


def computed_in_use(policy: Policy) -> frozenset[str]:
    """Paths of the derived facts that conditions, amounts or anything else the policy states rests on."""
    used = _used(policy)
    return frozenset(fact.path for fact in policy.derived if fact.path in used)


def tables_in_use(policy: Policy) -> tuple[Table, ...]:
    """The shared tables that a field, a computed fact or a condition of the policy takes something of."""
    named: set[str] = set()
    vocabularies: list[tuple[CodeEntry, ...]] = []
    for fact in _all_facts(policy):
        if isinstance(fact, Fact):
            vocabularies += [] if fact.vocabulary is None else [fact.vocabulary.entries]
            arguments = () if fact.derivation is None else fact.derivation.arguments.values()
            given = [part for value in arguments for part in (value if isinstance(value, tuple) else (value,))]
            named |= {part.id for part in given if isinstance(part, Table)}
    roots = (*(section.root for section in policy.sections), *policy.conditions_of_facts)
    named |= {c.table.id for root in roots for c in conditions_in(root) if isinstance(c, HasFormat)}
    return tuple(
        table
        for table in policy.tables
        if table.id in named or (table.vocabulary is not None and table.vocabulary.entries in vocabularies)
    )


def usage_warnings(policy: Policy, document: SourceDocument) -> Iterator[Problem]:
    """Warnings at derived facts, groups of fields and rulings that nothing uses, and at rulings nobody signed.

    Plain texts, numbers of persons, personal fields and those said to be recorded are on a form to be read and
    are not told; neither is a general ruling that no condition names.
    """
    used = _used(policy)
    for fact in policy.derived:
        if fact.path not in used and fact.position is not None:
            yield _warning("derived-unused", fact.position, label=fact.label)
    # What an unused derived fact is computed from has its use once that one has.
    used |= {source.path for fact in policy.derived for source in sources_of(fact)}
    yield from _recorded(policy.facts, used)
    yield from _rulings(policy, document)
    yield from _parameters(policy, document)


def _parameters(policy: Policy, document: SourceDocument) -> Iterator[Problem]:
    """Parameters that nothing refers to, in words or elsewhere."""
    named = {str(name) for name in _under("parameter", document.data)}
    for parameter in policy.parameters:
        if parameter.id not in named and f"{{{parameter.id}}}" not in document.source.text:
            place = document.place(("parameters", parameter.id), key=True)
            yield _warning("parameter-unused", place, label=parameter.label, name=parameter.id)


def _recorded(group: FactGroup, used: set[str]) -> Iterator[Problem]:
    """One warning for the fields of a group that could decide something and do not."""
    idle = [
        child
        for child in group.children
        if isinstance(child, Fact)
        and child.path not in used
        and child.type not in _RECORDED
        and child.personal is None
        and not child.recorded
    ]
    position = next((child.position for child in idle), None)
    if position is not None:
        yield _warning("facts-unused", position, labels="、".join(fact.label for fact in idle))
    for child in group.children:
        if isinstance(child, FactGroup):
            yield from _recorded(child, used)


def _rulings(policy: Policy, document: SourceDocument) -> Iterator[Problem]:
    named = {str(name) for name in _under("ruling", document.data)}
    unsigned = [ruling.id for ruling in policy.rulings if ruling.by is None]
    if unsigned:
        place = document.place(("rulings", unsigned[0]), key=True)
        yield _warning("ruling-unsigned", place, names="、".join(unsigned))
    for ruling in policy.rulings:
        if ruling.id not in named and not ruling.general:
            yield _warning("ruling-unused", document.place(("rulings", ruling.id), key=True), name=ruling.id)


def _used(policy: Policy) -> set[str]:
    """Paths of the facts that something uses, and of those they are computed from."""
    found: dict[str, Fact | FactGroup] = {}
    known = {fact.path: fact for fact in _all_facts(policy)}

    def visit(value: object) -> None:
        if isinstance(value, Fact | FactGroup):
            new = value.path not in found
            found[value.path] = value
            if new and isinstance(value, Fact):
                for source in sources_of(value):
                    visit(source)
        elif isinstance(value, Judgement):
            # Groups shown as evidence are read whole.
            visit(tuple(group.children for group in value.evidence if isinstance(group, FactGroup)))
            visit(_parts(value))
        elif isinstance(value, tuple):
            for item in value:
                visit(item)
        elif isinstance(value, Mapping):
            for item in value.values():
                visit(item)
        elif isinstance(value, str):
            for name in _PLACEHOLDER.findall(value):
                visit(known.get(name))
        elif is_dataclass(value) and not isinstance(value, Ruling):
            visit(_parts(value))

    visit(_parts(policy, without=_DECLARING))
    names = {
        f"{group.path}{'[]' if group.is_list else ''}.{name}"
        for group in _all_facts(policy)
        if isinstance(group, FactGroup)
        for name in (group.who, group.item)
        if name is not None
    }
    return names | set(found)


def _parts(value: Any, *, without: tuple[str, ...] = ()) -> tuple[object, ...]:
    """What the fields of a dataclass hold."""
    return tuple(getattr(value, part.name) for part in fields(value) if part.name not in without)


def _under(key: str, data: Any) -> Iterator[Any]:
    """Every value, one or in a list, under a key anywhere in the data."""
    for name, value in data.items() if isinstance(data, dict) else ():
        if name == key:
            yield from value if isinstance(value, list) else (value,)
        else:
            yield from _under(key, value)
    for item in data if isinstance(data, list) else ():
        yield from _under(key, item)


def _all_facts(policy: Policy) -> Iterator[Fact | FactGroup]:
    def below(group: FactGroup) -> Iterator[Fact | FactGroup]:
        for child in group.children:
            yield child
            if isinstance(child, FactGroup):
                yield from below(child)

    yield from below(policy.facts)
    yield from policy.derived


def _warning(code: str, place: FilePlace, **params: str) -> Problem:
    return problem(code, place, severity=Severity.WARNING, **params)
