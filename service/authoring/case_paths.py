"""Places in an application as an officer writes them: `leader.birth_date`, `members[0].employer`, `members[].age`.

Rows count from 0, as in the pointers of a reply; `[]` is every row. `members.0.employer` says the same without
brackets, which YAML takes for a list inside a list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from service.policy.facts import Fact, FactGroup, FactType

#: A key, a row by number, or None for every row.
Step = str | int | None
Steps = tuple[Step, ...]

_PART = re.compile(r"([^.\[\]\s]+)(?:\[(\d{0,4})\])?")
_LISTS = (FactType.TEXTS, FactType.CODES)


class MissingRowError(Exception):
    """There is no such row; `count` rows there are."""

    def __init__(self, count: int) -> None:
        self.count = count
        super().__init__(count)


def parse(text: str) -> Steps | None:
    """The steps a path takes; None if it is no path."""
    steps: list[Step] = []
    for part in text.split("."):
        match = _PART.fullmatch(part)
        if match is None:
            return None
        steps.append(int(match[1]) if steps and match[1].isascii() and match[1].isdigit() else match[1])
        if match[2] is not None:
            steps.append(int(match[2]) if match[2] else None)
    return tuple(steps)


def declared(facts: FactGroup, steps: Steps) -> Fact | FactGroup | None:
    """What a policy declares at a place: a field, a group, a list, or for a row the list it is of."""
    here: Fact | FactGroup | None = facts
    listed = False
    for step in steps:
        if isinstance(step, str):
            # The fields of a list are those of its rows.
            if not isinstance(here, FactGroup) or (here.is_list and not listed):
                return None
            here = next((child for child in here.children if child.path.rpartition(".")[2] == step), None)
            listed = False
        else:
            if listed or not is_list(here):
                return None
            listed = True
    return here


def is_list(found: Fact | FactGroup | None) -> bool:
    """Whether what is declared holds rows, or texts or codes one after another."""
    return found.is_list if isinstance(found, FactGroup) else found is not None and found.type in _LISTS


def known(facts: FactGroup) -> Iterator[str]:
    """Every path a policy declares, lists of rows with `[]`."""
    for child in facts.children:
        yield child.path
        if isinstance(child, FactGroup):
            yield from known(child)


def change(data: Any, steps: Steps, value: object) -> None:
    """Put a value at a place of nested JSON, making the groups on the way. Raises MissingRowError."""
    for here in _above(data, steps):
        last = steps[-1]
        if isinstance(here, list):
            for index in range(len(here)) if last is None else [_row(here, last)]:
                here[index] = value
        elif isinstance(here, dict):
            here[last] = value


def remove(data: Any, steps: Steps) -> None:
    """Take away a key or a row. Raises MissingRowError."""
    for here in _above(data, steps):
        last = steps[-1]
        if isinstance(here, list):
            del here[slice(None) if last is None else _row(here, last)]
        elif isinstance(here, dict):
            here.pop(last, None)


def add(data: Any, steps: Steps, rows: list[Any]) -> None:
    """Put rows at the end of a list, which is made where there is none. Raises MissingRowError."""
    for here in _above(data, steps):
        last = steps[-1]
        if isinstance(here, dict):
            found = here.get(last)
            here[last] = [*(found if isinstance(found, list) else []), *rows]


def _above(data: Any, steps: Steps) -> list[Any]:
    """What holds a place, several where it takes every row."""
    reached = [data]
    for step, after in pairwise(steps):
        onward: Any = {} if isinstance(after, str) else []
        following: list[Any] = []
        for here in reached:
            if isinstance(here, list):
                following += here if step is None else [here[_row(here, step)]]
            elif isinstance(here, dict):
                if not isinstance(here.get(step), dict | list):
                    here[step] = type(onward)()
                following.append(here[step])
        reached = following
    return reached


def _row(rows: list[Any], step: Step) -> int:
    if not isinstance(step, int) or step >= len(rows):
        raise MissingRowError(len(rows))
    return step
