"""An application read by the dictionary of another edition: what both share is kept, what is dropped is told."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from service.engine.application import Application, read_application
from service.policy.model import Policy
from service.problems import PointerPlace, Problem


@dataclass(frozen=True, slots=True)
class Fitted:
    """An application as an edition reads it; `dropped` are the fields it does not know or does not take so.

    A field goes by its path with lists as `[]`, so that it holds nothing an applicant wrote.
    """

    application: Application
    dropped: tuple[str, ...] = ()


def fit(policy: Policy, data: Mapping[str, Any]) -> Fitted | None:
    """The application without what the policy does not take; None where nothing is left that could be read.

    A field unknown to the policy is left out; a value of another type, or outside its codes, counts as blank.
    Part of a list of texts or codes makes the whole list blank: a shorter list would be another statement.
    """
    kept: Any = data
    dropped: dict[str, None] = {}
    while True:
        application, faults = read_application(policy, kept)
        if application is not None:
            return Fitted(application, tuple(sorted(dropped)))
        if kept is data:
            kept = copy.deepcopy(dict(data))
        for path in _faulty(kept, faults):
            if not path:
                return None
            _remove(kept, path)
            dropped[_name(path)] = None


def dated(policy: Policy, data: Mapping[str, Any], day: date) -> dict[str, Any]:
    """The application as if it were submitted on a day: a copy with the policy's date fact set."""
    made = copy.deepcopy(dict(data))
    *groups, name = policy.date_fact.path.split(".")
    here = made
    for group in groups:
        inner = here.get(group)
        here[group] = here = inner if isinstance(inner, dict) else {}
    here[name] = day.isoformat()
    return made


_Path = tuple[str | int, ...]


def _faulty(data: Any, faults: tuple[Problem, ...]) -> list[_Path]:
    """What the faults are about, as keys and indexes that lead to it; of a list of scalars the list."""
    found: dict[_Path, None] = {}
    for fault in faults:
        assert isinstance(fault.place, PointerPlace)  # noqa: S101 - an application has no files
        path: list[str | int] = []
        here = data
        for step in fault.place.pointer.split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            if isinstance(here, list):
                if not isinstance(here[int(name)], dict):
                    break
                path.append(int(name))
                here = here[int(name)]
            else:
                path.append(name)
                here = here.get(name) if isinstance(here, dict) else None
        # A whole row is never at fault as an object alone; its list is.
        while path and isinstance(path[-1], int):
            path.pop()
        found[tuple(path)] = None
    return list(found)


def _remove(data: Any, path: _Path) -> None:
    for step in path[:-1]:
        data = data[step]
    data.pop(path[-1], None)


def _name(path: _Path) -> str:
    name = ""
    for step in path:
        name += "[]" if isinstance(step, int) else f".{step}" if name else step
    return name
