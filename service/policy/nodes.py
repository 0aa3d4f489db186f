"""One condition of a file where it stands, as the readers of the kinds are given it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from service.policy.kinds import Condition
from service.policy.reading import Path


class ReadCondition(Protocol):
    """Reads the condition that stands at a path; None where a fault leaves nothing to read."""

    def __call__(self, data: Any, path: Path, *, scope: str, negated: bool) -> Condition | None:
        """`scope` and `negated` as `Node` has them."""


@dataclass(frozen=True, slots=True)
class Node:
    """The data of one condition and where it stands.

    `scope` is the list whose rows it is about, `negated` that a negation stands above it; `common` is what
    every kind carries, as the arguments of its class. What is `measured` has no comparison.
    """

    entry: dict[str, Any]
    path: Path
    scope: str
    negated: bool
    common: dict[str, Any]
    read: ReadCondition
    measured: bool = False

    def at(self, *steps: str | int) -> Path:
        """The path of something below the condition."""
        return (*self.path, *steps)

    def below(self, *steps: str | int, negated: bool | None = None, scope: str | None = None) -> Condition | None:
        """The condition that stands at some steps below; None where a fault leaves nothing to read."""
        data: Any = self.entry
        for step in steps:
            data = data[step]
        return self.read(
            data,
            self.at(*steps),
            scope=self.scope if scope is None else scope,
            negated=self.negated if negated is None else negated,
        )

    def children(self, key: str, *, negated: bool | None = None) -> tuple[Condition, ...]:
        """The conditions of the list under a key, without those that a fault leaves unread."""
        items = self.entry[key]
        size = len(items) if isinstance(items, list) else 0
        read = (self.below(key, index, negated=negated) for index in range(size))
        return tuple(child for child in read if child is not None)


KindReader = Callable[[Node], Condition | None]
