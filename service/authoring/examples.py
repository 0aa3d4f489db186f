"""The examples that stand beside a condition, run: these values, that status."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from service.engine.application import read_application
from service.engine.assess import assess
from service.engine.compiler import CompiledPolicy
from service.engine.verdict import NAMES
from service.policy.dependencies import conditions_in
from service.policy.facts import Fact, FactGroup
from service.policy.keywords import Role
from service.policy.kinds import AllOf, Condition, Example, Meets, Rows, Some
from service.policy.model import Policy, Section, SectionKind
from service.problems import Problem, problem, sort

# Examples say all that matters in their values; the moment of an assessment enters no condition.
_ON = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_NOTHING = AllOf(children=())


@dataclass(frozen=True, slots=True)
class _Subject:
    """A condition with examples, and the lists it lies in, the outermost first."""

    condition: Condition
    within: tuple[FactGroup | Fact, ...]


def check_examples(policy: Policy) -> tuple[Problem, ...]:
    """A problem for every example whose condition, judged on an application of its values alone, differs.

    A condition about a row is judged on a list of one row; values are JSON as an application has them,
    lists written `list[].field: value` or whole under `list`. Modifiers of the condition count, those of
    what it stands in do not. Problems stand at the condition.
    """
    subjects = [found for section in policy.sections for found in _subjects(section.root, ())]
    if not subjects:
        return ()
    sections = tuple(_section(index, subject) for index, subject in enumerate(subjects))
    if any(isinstance(inner, Meets) for subject in subjects for inner in conditions_in(subject.condition)):
        judged = replace(policy, criteria=(*sections, *policy.criteria), amounts=())
    else:
        empty = replace(policy.scope, root=_NOTHING)
        judged = replace(
            policy,
            criteria=sections,
            tiers=(),
            amounts=(),
            scope=empty,
            materials=empty,
            formalities=empty,
            preferences=empty,
        )
    compiled = CompiledPolicy(judged)
    try:
        return sort(
            fault
            for index, subject in enumerate(subjects)
            for number, example in enumerate(subject.condition.examples, start=1)
            for fault in _run(compiled, subject, example, index=index, number=number)
        )
    finally:
        compiled.close()


def _run(
    compiled: CompiledPolicy, subject: _Subject, example: Example, *, index: int, number: int
) -> Iterator[Problem]:
    place = subject.condition.position
    application, faults = read_application(compiled.policy, _application(example.given))
    if application is None:
        for fault in faults:
            yield problem("example-unreadable", place, number=number, pointer=str(fault.place), why=fault.message)
        return
    assessment = assess(compiled, application, on=_ON)
    # The scope comes before the criteria.
    _, result = assessment.sections[1 + index]
    status = NAMES[result.status]
    if status != example.status:
        word = compiled.policy.language.word
        yield problem(
            "example-differs",
            place,
            number=number,
            expected=word(example.status, Role.VALUE),
            actual=word(status, Role.VALUE),
        )


def _subjects(condition: Condition, within: tuple[FactGroup | Fact, ...]) -> Iterator[_Subject]:
    """Every condition with examples, with the lists it lies in."""
    if condition.examples:
        yield _Subject(condition, within)
    for name in condition.__dataclass_fields__:
        value = getattr(condition, name)
        inside = (*within, condition.of) if isinstance(condition, Rows) and name in ("where", "that") else within
        for item in value if isinstance(value, tuple) else (value,):
            inner = item[1] if isinstance(item, tuple) and len(item) == 2 else item
            if isinstance(inner, Condition):
                yield from _subjects(inner, inside)


def _section(index: int, subject: _Subject) -> Section:
    root = subject.condition
    for rows in reversed(subject.within):
        # One row: the status of the row is that of the list.
        root = Some(of=rows, that=root)
    return Section(id=f"example-{index}", label="", kind=SectionKind.REFUSE, root=root)


def _application(given: Mapping[str, object]) -> dict[str, Any]:
    """Values by path as nested JSON; `list[]` is a list of one row."""
    data: dict[str, Any] = {}
    for path, value in given.items():
        *steps, last = path.split(".")
        here = data
        for step in steps:
            if step.endswith("[]"):
                rows = here.setdefault(step.removesuffix("[]"), [{}])
                # A list given whole as well, and empty, leaves no row to put this in.
                here = rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], dict) else {}
            else:
                here = here.setdefault(step, {})
        here[last] = value
    return data
