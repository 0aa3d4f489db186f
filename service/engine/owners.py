"""Whose a field or a row is: the person or the thing that the nearest group around it names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from service.engine.facts import Frame, declared_reader, home
from service.engine.formatting import words
from service.engine.values import Reader
from service.policy.facts import Fact, FactGroup
from service.policy.model import Policy

# The key of the reply, the naming fact, and how its value is read where it stands.
_Naming = tuple[str, Fact, Reader]


class Owners:
    """The naming fields of one policy."""

    def __init__(self, policy: Policy) -> None:
        self._groups = tuple(_groups(policy.facts))
        self._rows = {f"{group.path}[]": _naming_field(group, f"{group.path}[].") for group in self._groups}
        self._namings: dict[str, _Naming | None] = {}

    def of(self, fact: Fact | FactGroup, frame: Frame) -> dict[str, Any]:
        """`who` the person or `of` the thing a field of a frame is about; empty where no group names one."""
        path = fact.path
        if path not in self._namings:
            self._namings[path] = self._naming(path)
        naming = self._namings[path]
        if naming is None:
            return {}
        key, fact, read = naming
        value = read(home(frame, fact))
        return {key: None if value is None else words(fact)(value)}

    def of_row(self, frame: Frame) -> dict[str, Any]:
        """As `of`, for the row of a list that a frame is."""
        naming = self._rows.get(frame.scope)
        return {} if naming is None else self.of(naming, frame)

    def row_name(self, frame: Frame) -> str:
        """The name of the person or thing a row is about, or of a list of codes the code."""
        named = self.of_row(frame)
        name = named.get("who") or named.get("of")
        return str(name) if name else ("" if isinstance(frame.values, dict) else str(frame.values))

    def _naming(self, path: str) -> _Naming | None:
        best: tuple[str, FactGroup] | None = None
        for group in self._groups:
            inside = f"{group.path}[]." if group.is_list else f"{group.path}."
            if group.path and path.startswith(inside) and (group.who or group.item):
                best = (inside, group)
        if best is None:
            return None
        inside, group = best
        naming = _naming_field(group, inside)
        if not isinstance(naming, Fact):
            return None
        # A name says whose a row is whether it is trusted or not.
        return "who" if group.who else "of", naming, declared_reader(naming)


def _naming_field(group: FactGroup, inside: str) -> Fact | FactGroup | None:
    """The field of a group, whose fields' paths begin with `inside`, that names what it is about."""
    name = group.who or group.item
    return next((child for child in group.children if child.path == f"{inside}{name}"), None)


def _groups(group: FactGroup) -> Iterator[FactGroup]:
    yield group
    for child in group.children:
        if isinstance(child, FactGroup):
            yield from _groups(child)
