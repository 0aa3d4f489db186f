"""Conditions that ask what another section or condition comes to: one node for all who ask, decided once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from service.engine.facts import Frame
from service.engine.verdict import About, Found, Node, Result, Subject
from service.policy.kinds import AllOf, AnyOf, Condition, Meets, NOf, NoneOf, Not, Points, Rows
from service.policy.model import Section
from service.policy.scoring import BestOf, SumOf, Worth


@dataclass(frozen=True, slots=True)
class Target:
    """A section or a condition with an id as it stands in its place.

    `about` are the names a finding may use for what is around it, `loose` what a conditional means there,
    `negated` whether its opposite is asked for there.
    """

    section: str
    condition: Condition
    about: About
    loose: bool
    negated: bool

    def around(self, *, negated: bool) -> About:
        """The names of what is around it where it is asked for elsewhere, there negated or not."""
        if negated == self.negated:
            return self.about
        return tuple(Subject(name, not opposed) for name, opposed in self.about)


@dataclass(slots=True)
class Meeting:
    """What `meets` may name in a policy, and the nodes compiled for it by name, whether negated, and bounds."""

    targets: dict[str, Target] = field(default_factory=dict)
    nodes: dict[tuple[str, bool, str, int | None, int | None], Node] = field(default_factory=dict)

    @classmethod
    def of(cls, sections: Iterable[Section]) -> Meeting:
        """The targets of these sections."""
        return cls({name: target for section in sections for name, target in _of_section(section)})


def _of_section(section: Section) -> Iterator[tuple[str, Target]]:
    target = Target(section.id, section.root, (Subject(section.id, opposed=False),), loose=True, negated=False)
    yield section.id, target
    yield from _within(target)


def _within(target: Target) -> Iterator[tuple[str, Target]]:
    """The conditions with an id, those about rows left out: they have no status of their own."""
    section, condition, about = target.section, target.condition, target.about
    if condition.id is not None:
        name = f"{section}.{condition.id}"
        yield name, target
        about = (Subject(name, target.negated), *about)
    for name in condition.__dataclass_fields__:
        if isinstance(condition, Rows) and name != "exempt_when":
            continue
        value = getattr(condition, name)
        for item in value if isinstance(value, tuple) else (value,):
            inner = item[1] if isinstance(item, tuple) and len(item) == 2 else item
            if isinstance(inner, Condition):
                loose = name == "exempt_when" or _loose(condition, target.loose)
                yield from _within(Target(section, inner, about, loose, _negated(condition, name, target.negated)))


def _loose(condition: Condition, loose: bool) -> bool:
    """Whether a conditional directly below means "not w or t"."""
    match condition:
        case Not():
            return loose
        case AnyOf() | NoneOf() | NOf() | Points() | Worth() | BestOf() | SumOf():
            return False
        case AllOf() | _:
            return True


def _negated(condition: Condition, name: str, negated: bool) -> bool:
    """Whether the opposite of what stands under a key directly below is asked for."""
    if isinstance(condition, Points) or name in ("exempt_when", "when"):
        return False
    return negated != isinstance(condition, Not | NoneOf)


class MeetsNode(Node):
    """What a target comes to; its result stands beside the children, for it is shown in its own section."""

    __slots__ = ("met", "section")

    def __init__(self, condition: Meets, about: About, met: Node, section: str) -> None:
        super().__init__(condition, about)
        self.met = met
        self.section = section

    def _fold(self, frame: Frame, found: Found) -> Result:
        # Several may ask, and ask those who ask: each target is decided once a frame.
        name = ("meets", self.met)
        met: Result | None = frame.memo.get(name)
        if met is None:
            met = frame.memo[name] = self.met.evaluate(frame, found)
        result = Result(self, met.machine)
        result.status = result.folded = met.status
        result.unseen = (met,)
        return result


def met_by(result: Result) -> Result:
    """The result of the target of a MeetsNode's result."""
    return result.unseen[0]
