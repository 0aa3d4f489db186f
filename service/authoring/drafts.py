"""An application being made: what it began with, what it has become, and how the difference is said."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from service.authoring import case_paths
from service.authoring.case_paths import Steps
from service.policy.facts import Fact, FactGroup


@dataclass(frozen=True, slots=True)
class Draft:
    """An application begun with the base of that name (None: with nothing), and what people found."""

    base: str | None
    data: Mapping[str, Any] = field(repr=False)
    findings: tuple[Mapping[str, str], ...] = ()

    @property
    def key(self) -> str:
        """Equal for equal applications and findings."""
        return json.dumps([self.data, self.findings], ensure_ascii=False, sort_keys=True, default=str)

    def changed(self, *edits: tuple[Steps, Any]) -> Draft | None:
        """The draft with values put in places, or None where a row is missing."""
        data = copy.deepcopy(dict(self.data))
        try:
            for steps, value in edits:
                case_paths.change(data, steps, copy.deepcopy(value))
        except case_paths.MissingRowError:
            return None
        return Draft(self.base, data, self.findings)

    def without(self, steps: Steps) -> Draft:
        """The draft with nothing in a place, a row taken out of its list."""
        data = copy.deepcopy(dict(self.data))
        case_paths.remove(data, steps)
        return Draft(self.base, data, self.findings)

    def found(self, about: str, kind: str, *, upheld: bool) -> Draft:
        """The draft with one more finding."""
        result = "upheld" if upheld else "rejected"
        return Draft(self.base, self.data, (*self.findings, {"about": about, "kind": kind, "result": result}))


def value_at(data: Any, steps: Steps) -> Any:
    """The value at a place, None where there is none."""
    for step in steps:
        if isinstance(step, str):
            data = data.get(step) if isinstance(data, Mapping) else None
        else:
            data = data[step] if isinstance(data, list) and step is not None and step < len(data) else None
    return data


def places(data: Any, path: str, *, most: int = 2) -> list[Steps]:
    """Where a declared fact or list stands: once, or in each of the first rows of the lists it is in."""
    found: list[Steps] = [()]
    *heads, last = path.split("[]")
    for head in heads:
        keys = tuple(key for key in head.split(".") if key)
        rows = []
        for steps in found:
            held = value_at(data, (*steps, *keys))
            rows += [(*steps, *keys, number) for number in range(min(len(held), most) if isinstance(held, list) else 0)]
        found = rows
    keys = tuple(key for key in last.split(".") if key)
    return [(*steps, *keys) for steps in found]


@dataclass(slots=True)
class Difference:
    """What turns one application into another: values put, places removed, rows added."""

    change: dict[str, Any] = field(default_factory=dict)
    remove: list[str] = field(default_factory=list)
    add: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How much there is to read."""
        return len(self.change) + len(self.remove) + sum(map(len, self.add.values()))


def difference(before: Any, after: Any) -> Difference:
    """The difference between two applications, said place by place."""
    found = Difference()
    _compare(before, after, (), found)
    return found


def _compare(before: Any, after: Any, at: Steps, found: Difference) -> None:
    if _same(before, after):
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in before:
            if key not in after:
                found.remove.append(dotted((*at, key)))
        for key, value in after.items():
            if key in before:
                _compare(before[key], value, (*at, key), found)
            else:
                _put(value, (*at, key), found)
    elif _rows(before) and _rows(after):
        for number, (old, new) in enumerate(zip(before, after, strict=False)):
            _compare(old, new, (*at, number), found)
        found.remove += [dotted((*at, number)) for number in range(len(after), len(before))]
        if len(after) > len(before):
            found.add[dotted(at)] = list(after[len(before) :])
    else:
        found.change[dotted(at)] = after


def _put(value: Any, at: Steps, found: Difference) -> None:
    """Say what was not there at all, a group by what it holds."""
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            _put(item, (*at, key), found)
    else:
        found.change[dotted(at)] = value


def _rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, Mapping) for row in value)


def _same(first: Any, second: Any) -> bool:
    """Whether two values are one in JSON too, where 1 is not true."""
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        return first.keys() == second.keys() and all(_same(value, second[key]) for key, value in first.items())
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(map(_same, first, second))
    return type(first) is type(second) and bool(first == second)


def dotted(steps: Steps) -> str:
    """A place without brackets, which YAML takes for a list inside a list."""
    return ".".join(str(step) for step in steps)


def plain_groups(group: FactGroup) -> Iterator[FactGroup]:
    """The groups that are no lists and lie in none, outermost first."""
    for child in group.children:
        if isinstance(child, FactGroup) and not child.is_list:
            yield child
            yield from plain_groups(child)


def facts_in(group: FactGroup) -> Iterator[Fact]:
    """The fields of a group and of the groups in it, those of lists left out."""
    for child in group.children:
        if isinstance(child, Fact):
            yield child
        elif not child.is_list:
            yield from facts_in(child)
