"""What of one condition is what of another: the parts of a slot, one thing beside several, counts."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from service.authoring.effects import Effect
from service.authoring.senses import WORDING
from service.policy.dependencies import conditions_in
from service.policy.kinds import AllOf, AnyOf, Condition, NOf, NoneOf
from service.policy.scoring import PerRow, PerUnit, Rated, Worth

COMBINATIONS = (AllOf, AnyOf, NOf, NoneOf)


@dataclass(frozen=True, slots=True)
class Item:
    """One of several conditions in a slot, by the name it has there."""

    condition: Condition
    name: str | None = None

    @property
    def id(self) -> str | None:
        """The id of the condition; an item of points goes by that of the condition that gives them."""
        return self.condition.when.id if isinstance(self.condition, Worth) else self.condition.id

    @property
    def label(self) -> str | None:
        """What it is called there; a number or rows that give points by what they are."""
        match self.condition:
            case Condition(label=str() as label):
                return self.name or label
            case Worth(when=when):
                return when.label
            case PerUnit(fact=fact) | Rated(fact=fact):
                return fact.path
            case PerRow(of=of):
                return of.path
        return self.name


def items_of(value: object) -> list[Item]:
    """The conditions of a slot; those in a list or mapping one by one."""
    items = []
    for item in value if isinstance(value, tuple) else (value,):
        if isinstance(item, Condition):
            items.append(Item(item))
        elif isinstance(item, tuple) and len(item) == 2 and isinstance(item[1], Condition):
            items.append(Item(item[1], item[0]))
    return items


def aligned(old: Condition, new: Condition) -> tuple[Condition, Condition]:
    """A single condition beside a combination of several as a combination of one."""
    if isinstance(new, AllOf | AnyOf) and not isinstance(old, COMBINATIONS):
        return _wrapped(old, new), new
    if isinstance(old, AllOf | AnyOf) and not isinstance(new, COMBINATIONS):
        return old, _wrapped(new, old)
    return old, new


def _wrapped(single: Condition, like: AllOf | AnyOf) -> Condition:
    kind = type(like)
    shared = {part.name: getattr(single, part.name) for part in fields(Condition)}
    if single.id != like.id or any(child.id is not None and child.id == single.id for child in like.children):
        named = {name: getattr(like, name) for name in shared if name in WORDING}
        return kind(children=(single,), position=single.position, **named)
    blank = Condition()
    bare = {name: getattr(blank, name) for name in shared if name != "position"}
    return kind(children=(replace(single, **bare),), **shared)


def counted(condition: Condition) -> bool:
    """Whether a combination asks so many of its conditions, by one number."""
    return isinstance(condition, AllOf | AnyOf) or (isinstance(condition, NOf) and len(condition.needed) == 1)


def _needed(condition: Condition) -> tuple[int, int]:
    """How many of how many a combination asks."""
    children = condition.children if isinstance(condition, AllOf | AnyOf | NOf) else ()
    if isinstance(condition, NOf):
        return condition.needed[0][1], len(children)
    return (len(children) if isinstance(condition, AllOf) else 1), len(children)


def other_count(old: Condition, new: Condition) -> Effect:
    """The effect of asking another share of the same conditions."""
    (before, of_before), (after, of_after) = _needed(old), _needed(new)
    if of_before != of_after:
        return Effect.REWRITTEN
    return Effect.STRICTER if after > before else Effect.LOOSER if after < before else Effect.NONE


def named_in(value: object) -> bool:
    """Whether a condition in a slot, or one below it, has a name or a source of its own."""
    return any(
        inner.id is not None or inner.label is not None or inner.citations
        for item in items_of(value)
        for inner in conditions_in(item.condition)
    )
