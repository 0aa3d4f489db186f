"""What a case changes in the application it begins with: values put, places removed, rows added."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from service.authoring import case_paths
from service.authoring.case_values import as_submitted
from service.policy.model import Policy
from service.policy.reading import Path as Keys
from service.policy.reading import Reading


def edited_in(reading: Reading, policy: Policy, data: dict[str, Any], entry: Mapping[str, Any], here: Keys) -> bool:
    """Make the changes of an entry at `here` in an application; False after a fault, which is noted."""
    before = len(reading.problems)
    editor = _Editor(reading, policy, data)
    for path, value in reading.mapping(entry.get("change")).items():
        editor.change(path, value, (*here, "change", path))
    editor.remove(entry.get("remove"), (*here, "remove"))
    for path, rows in reading.mapping(entry.get("add")).items():
        editor.add(path, rows, (*here, "add", path))
    broken = any(path[: len(here)] == here for path in reading.broken)
    return len(reading.problems) == before and not broken


def removed_in(value: Any) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The places to be removed, with the steps to each in the file: one, or a list of them."""
    if isinstance(value, list):
        yield from ((str(path), (index,)) for index, path in enumerate(value))
    elif value is not None:
        yield str(value), ()


class _Editor:
    """Changes one application; every fault is noted and the change left out."""

    def __init__(self, reading: Reading, policy: Policy, data: dict[str, Any]) -> None:
        self._reading, self._policy, self._data = reading, policy, data

    def change(self, path: str, value: Any, at: Keys) -> None:
        steps = self._steps(path, at, at_key=True)
        if steps is None:
            return
        declared = case_paths.declared(self._policy.facts, steps)
        row = not isinstance(steps[-1], str)
        edit = partial(case_paths.change, self._data, steps, as_submitted(value, declared, row=row))
        self._edit(edit, at, at_key=True)

    def remove(self, value: Any, here: Keys) -> None:
        found = [(self._steps(path, (*here, *more)), (*here, *more)) for path, more in removed_in(value)]
        known = [(steps, at) for steps, at in found if steps is not None]
        # From the last row on, so that the rows before keep their numbers.
        for steps, at in sorted(known, key=lambda pair: _from_the_end(pair[0])):
            self._edit(partial(case_paths.remove, self._data, steps), at)

    def add(self, path: str, rows: Any, at: Keys) -> None:
        steps = self._steps(path.removesuffix("[]"), at, at_key=True)
        if steps is None:
            return
        declared = case_paths.declared(self._policy.facts, steps)
        if not case_paths.is_list(declared) or not isinstance(steps[-1], str):
            self._reading.fault("not-a-list", at, at_key=True, name=path)
            return
        given = as_submitted(rows if isinstance(rows, list) else [rows], declared)
        self._edit(partial(case_paths.add, self._data, steps, given), at, at_key=True)

    def _steps(self, path: str, at: Keys, *, at_key: bool = False) -> case_paths.Steps | None:
        steps = case_paths.parse(path)
        if steps is None:
            self._reading.fault("cases-path", at, at_key=at_key, written=path)
            return None
        if case_paths.declared(self._policy.facts, steps) is not None:
            return steps
        plain = "".join(f".{step}" if isinstance(step, str) else "[]" for step in steps).lstrip(".")
        if any(fact.path == plain for fact in self._policy.derived):
            self._reading.fault("cases-derived", at, at_key=at_key, name=plain)
        else:
            known = tuple(case_paths.known(self._policy.facts))
            self._reading.fault("cases-unknown-path", at, at_key=at_key, name=path, near=plain, known=known)
        return None

    def _edit(self, edit: Callable[[], None], at: Keys, *, at_key: bool = False) -> None:
        try:
            edit()
        except case_paths.MissingRowError as missing:
            self._reading.fault("cases-no-row", at, at_key=at_key, count=missing.count)


def _from_the_end(steps: case_paths.Steps) -> tuple[tuple[bool, str, int], ...]:
    """Sorts places so that the later of two rows of a list comes first."""
    return tuple((False, step, 0) if isinstance(step, str) else (True, "", -(step or 0)) for step in steps)
