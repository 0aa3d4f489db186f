"""The conditions of a policy that cases must exercise: sections, conditions with an id, and comparisons without.

The walk knows no kind of condition: whatever holds conditions is gone through by its fields.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass

from service.engine.assess import Assessment
from service.engine.verdict import EXCEPTION, JUDGEMENT, NAMES, NOT, SATISFIED, Result
from service.policy.dependencies import conditions_in
from service.policy.facts import Fact, FactGroup
from service.policy.kinds import Condition, Judgement, NOf, OnMiss, Readings
from service.policy.model import Policy, Section
from service.policy.tables import Citation, Table
from service.problems import FilePlace

#: What a condition is known by in results: the compiler adds some of its own, but none of another place.
Key = tuple[str, FilePlace]

_LEAVES_OF_A_POLICY = (type, Fact, FactGroup, Citation, Table, Section, FilePlace)


@dataclass(frozen=True, slots=True)
class Subject:
    """A condition as it is named to people: `section.id`, or the name above it and its number there."""

    name: str
    section: Section
    condition: Condition

    @property
    def key(self) -> Key:
        """What finds the condition in the results of an assessment."""
        return key_of(self.condition)


def key_of(condition: Condition) -> Key:
    """What a condition is known by."""
    return type(condition).__name__, condition.position


def parts(condition: Condition) -> list[Condition]:
    """The conditions directly below a condition, in the order of its fields."""
    found: list[Condition] = []

    def visit(value: object) -> None:
        if isinstance(value, Condition):
            found.append(value)
        elif isinstance(value, tuple | list):
            for item in value:
                visit(item)
        elif isinstance(value, dict):
            for item in value.values():
                visit(item)
        elif is_dataclass(value) and not isinstance(value, _LEAVES_OF_A_POLICY):
            for part in fields(value):
                visit(getattr(value, part.name))

    for part in fields(condition):
        visit(getattr(condition, part.name))
    return found


def subjects(policy: Policy) -> tuple[Subject, ...]:
    """What is covered: the root of each section, conditions with an id, conditions without parts."""
    return tuple(found for section in policy.sections for found in _below(section, section.root, section.id))


def finding_kind(policy: Policy, about: str) -> str:
    """The kind of finding that a section or a condition, `section.id`, waits for: an exception where it leaves
    nothing else to people, a judgement otherwise."""
    name, _, condition_id = about.partition(".")
    inside = [
        part
        for section in policy.sections if section.id == name
        for condition in conditions_in(section.root) if not condition_id or condition.id == condition_id
        for part in conditions_in(condition)
    ]  # fmt: skip
    excused = any(part.on_miss is OnMiss.IN_PRINCIPLE for part in inside)
    return EXCEPTION if excused and not any(map(_judged, inside)) else JUDGEMENT


def _judged(condition: Condition) -> bool:
    """Whether people may be asked to judge a condition itself."""
    if condition.on_miss is not OnMiss.FAIL:
        return condition.on_miss is not OnMiss.IN_PRINCIPLE or isinstance(condition, Judgement | Readings)
    read_twice = isinstance(condition, NOf) and len(condition.needed) > 1
    open_when_empty = getattr(condition, "on_empty", None) == "needs_review"
    return read_twice or open_when_empty or isinstance(condition, Judgement | Readings)


def _below(section: Section, condition: Condition, name: str) -> Iterator[Subject]:
    own = name if condition.id is None else f"{section.id}.{condition.id}"
    below = parts(condition)
    empty = not below and "children" in condition.__dataclass_fields__
    if (condition is section.root or condition.id is not None or not below) and not empty:
        yield Subject(own, section, condition)
    for number, part in enumerate(below, start=1):
        yield from _below(section, part, f"{own}/{number}")


def statuses(assessment: Assessment) -> Iterator[tuple[Key, str]]:
    """The status of every condition wherever it was judged, once for each row, as the condition reads."""
    for _, root in assessment.sections:
        waiting: list[Result] = [root]
        while waiting:
            result = waiting.pop()
            node = result.node
            status = result.status
            if node.denied and status in (NOT, SATISFIED):
                status = SATISFIED - status
            yield key_of(node.condition), NAMES[status]
            waiting.extend(result.children)
