"""Conditions that ask what another section or condition comes to: one node for all who ask, decided once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from service.engine.facts import Frame
from service.engine.verdict import Found, Node, Result
from service.policy.kinds import AllOf, AnyOf, Condition, Meets, NOf, NoneOf, Not, Points, Rows
from service.policy.model import Section


@dataclass(frozen=True, slots=True)
class Target:
    """A section or a condition with an id as it stands in its place.

    `about` are the names a finding may use for what is around it, `loose` what a conditional means there.
    """

    section: str
    condition: Condition
    about: tuple[str, ...]
    loose: bool


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
    about = (section.id,)
    yield section.id, Target(section.id, section.root, about, True)
    yield from _within(section.id, section.root, about, True)


def _within(section: str, condition: Condition, about: tuple[str, ...], loose: bool) -> Iterator[tuple[str, Target]]:
    """The conditions with an id, those about rows left out: they have no status of their own."""
    if condition.id is not None:
        yield f"{section}.{condition.id}", Target(section, condition, about, loose)
        about = (f"{section}.{condition.id}", *about)
    for name in condition.__dataclass_fields__:
        if isinstance(condition, Rows) and name != "exempt_when":
            continue
        value = getattr(condition, name)
        for item in value if isinstance(value, tuple) else (value,):
            inner = item[1] if isinstance(item, tuple) and len(item) == 2 else item
            if isinstance(inner, Condition):
                yield from _within(section, inner, about, name == "exempt_when" or _loose(condition, loose))


def _loose(condition: Condition, loose: bool) -> bool:
    """Whether a conditional directly below means "not w or t"."""
    match condition:
        case Not():
            return loose
        case AnyOf() | NoneOf() | NOf() | Points():
            return False
        case AllOf() | _:
            return True


class MeetsNode(Node):
    """What a target comes to; its result stands beside the children, for it is shown in its own section."""

    __slots__ = ("met", "section")

    def __init__(self, condition: Meets, about: tuple[str, ...], met: Node, section: str) -> None:
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
