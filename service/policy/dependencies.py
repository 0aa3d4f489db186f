"""What lies in what: conditions below a condition, facts a condition reads, facts a fact is computed from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass

from service.policy.facts import IN_TIME, Across, Fact, FactGroup, FactType
from service.policy.kinds import Bounds, Condition, FactOperand


def conditions_below(condition: Condition) -> Iterator[Condition]:
    """The conditions directly below a condition, in the order of the file."""
    for name in condition.__dataclass_fields__:
        value = getattr(condition, name)
        for item in value if isinstance(value, tuple) else (value,):
            inner = item[1] if isinstance(item, tuple) and len(item) == 2 else item
            if isinstance(inner, Condition):
                yield inner


def conditions_in(condition: Condition) -> Iterator[Condition]:
    """A condition and every condition below it, in the order of the file."""
    yield condition
    for inner in conditions_below(condition):
        yield from conditions_in(inner)


def facts_of(condition: Condition) -> tuple[Fact, ...]:
    """Every fact a condition and the conditions below it read, each once, in order of first use."""
    return _facts(condition, (Condition, Bounds, FactOperand))


def read_by(condition: Condition) -> tuple[Fact, ...]:
    """Every fact a condition reads itself, each once, in order of first use."""
    parts = (getattr(condition, part.name) for part in fields(condition))
    return _facts(tuple(parts), (Bounds, FactOperand))


def _facts(found_in: object, opened: tuple[type, ...]) -> tuple[Fact, ...]:
    found: dict[str, Fact] = {}

    def visit(value: object) -> None:
        if isinstance(value, Fact):
            found.setdefault(value.path, value)
        elif isinstance(value, tuple):
            for item in value:
                visit(item)
        elif isinstance(value, opened) and is_dataclass(value):
            for part in fields(value):
                visit(getattr(value, part.name))

    visit(found_in)
    return tuple(found.values())


def condition_of(fact: Fact) -> Condition | None:
    """The condition that a derived fact is computed from; None where it is computed from facts."""
    found = None if fact.derivation is None else fact.derivation.arguments.get("")
    return found if isinstance(found, Condition) else None


def sources_of(fact: Fact) -> tuple[Fact, ...]:
    """The facts a derived fact is computed from, directly."""
    found: list[Fact] = []

    def visit(value: object) -> None:
        if isinstance(value, Fact):
            found.append(value)
        elif isinstance(value, Across):
            found.append(value.fact)
        elif isinstance(value, Condition):
            found.extend(facts_of(value))
        elif isinstance(value, tuple):
            for item in value:
                visit(item)
        elif isinstance(value, dict):
            for item in value.values():
                visit(item)

    if fact.derivation is not None:
        visit(dict(fact.derivation.arguments))
    return tuple(found)


def told_by(fact: Fact) -> tuple[Fact, ...]:
    """The facts whose values show in that of a derived fact: of a condition the numbers it weighs, else all it uses."""
    condition = condition_of(fact)
    if condition is None:
        return sources_of(fact)
    weighed = (getattr(condition, key, None) for key in ("fact", "of"))
    numbers = fact.type in (FactType.NUMBER, *IN_TIME)
    return tuple(one for one in weighed if numbers and isinstance(one, Fact) and one.type is not FactType.CODES)


def lists_of(fact: Fact) -> tuple[FactGroup, ...]:
    """The lists whose rows a derived fact is computed from, directly."""
    found: dict[str, FactGroup] = {}
    condition = condition_of(fact)
    if condition is not None:
        named = (getattr(inner, key, None) for inner in conditions_in(condition) for key in ("of", "fact"))
        found.update((one.path, one) for one in named if isinstance(one, FactGroup))
    for argument in () if fact.derivation is None else fact.derivation.arguments.values():
        for value in argument if isinstance(argument, tuple) else (argument,):
            lists = value.lists if isinstance(value, Across) else (value,)
            found.update((one.path, one) for one in lists if isinstance(one, FactGroup))
    return tuple(found.values())


def rests_on(fact: Fact, doubted: Mapping[str, object]) -> bool:
    """Whether a fact or one it is computed from is among the doubted; each is looked at once."""
    seen: set[str] = set()
    waiting = [fact]
    while waiting:
        at = waiting.pop()
        if at.path in doubted:
            return True
        if at.path not in seen:
            seen.add(at.path)
            waiting.extend(sources_of(at))
    return False
