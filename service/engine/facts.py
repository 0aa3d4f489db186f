"""The facts of an application, row by row.

A Frame is the application as seen from one row: the root, or a row of a list with the row or root it lies in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from service.engine.derivations import derive
from service.engine.values import Reader
from service.policy.dependencies import condition_of
from service.policy.factbook import scope_of
from service.policy.facts import Derivation, Fact, FactGroup
from service.policy.kinds import Condition


class Frame:
    """One row of an application: its values, where it stands, the rows inside it, what was decided of it."""

    __slots__ = ("index", "memo", "outcomes", "parent", "pointer", "rows", "scope", "untrusted", "values")

    def __init__(self, values: Any, parent: Frame | None, scope: str, pointer: str, index: int) -> None:
        self.values = values
        self.parent = parent
        self.scope = scope
        self.pointer = pointer
        self.index = index
        self.memo: dict[Any, Any] = {}
        self.untrusted: frozenset[str] = frozenset()
        self.rows: dict[str, list[Frame] | None] = {}
        self.outcomes: Sequence[int] = ()

    def below(self, path: str) -> list[Frame] | None:
        """The rows of a list of this frame, None where it is blank or not trusted, as far as that is settled."""
        if path not in self.rows:
            rows = None if path in self.untrusted else rows_of(self.values, path, self.scope)
            self.rows[path] = None if rows is None else self.framed(rows, path)
        return self.rows[path]

    def framed(self, rows: Sequence[Any], path: str) -> list[Frame]:
        """The rows of a list of this frame as frames."""
        base = f"{self.pointer}/{path[len(self.scope) :].lstrip('.').replace('.', '/')}"
        return [Frame(row, self, f"{path}[]", f"{base}/{index}", index) for index, row in enumerate(rows)]


def level(scope: str) -> int:
    """How many lists a scope lies in: 0 at the root."""
    return scope.count("[]")


def home(frame: Frame, fact: Fact | FactGroup) -> Frame:
    """The frame that holds a fact's value: this one or one it lies in."""
    for _ in range(level(frame.scope) - level(scope_of(fact.path))):
        if frame.parent is not None:
            frame = frame.parent
    return frame


class FactReaders:
    """Readers of facts by the scope of a frame; a derived value is computed once a frame."""

    def __init__(
        self, trusted_only_if: Mapping[str, object], asked: Callable[[Fact, Condition], Reader]
    ) -> None:  # fmt: skip
        self._doubted = frozenset(trusted_only_if)
        self._asked = asked  # makes the reader of a fact that is computed from a condition
        self._made: dict[tuple[str, str], Reader] = {}

    def reader(self, fact: Fact | FactGroup, scope: str) -> Reader:
        """The function that reads a fact from a frame of `scope`."""
        key = (fact.path, scope)
        if key not in self._made:
            self._made[key] = self._make(fact, scope)
        return self._made[key]

    def value(self, fact: Fact | FactGroup, frame: Frame) -> Any:
        """A fact's value as a frame sees it."""
        return self.reader(fact, frame.scope)(frame)

    def doubted(self, fact: Fact | FactGroup) -> bool:
        """Whether a fact counts only if it is trusted."""
        return fact.path in self._doubted

    def field(self, fact: Fact | FactGroup, scope: str) -> tuple[str, ...]:
        """The keys of a declared fact within the values of every frame of `scope`.

        Empty where these do not hold it, or where the fact counts only if trusted.
        """
        derived = isinstance(fact, Fact) and fact.derivation is not None
        return () if derived or fact.path in self._doubted or scope_of(fact.path) != scope else _keys(fact)

    def _make(self, fact: Fact | FactGroup, scope: str) -> Reader:
        fact_scope = scope_of(fact.path)
        climb = level(scope) - level(fact_scope)
        local = self._local(fact, fact_scope)
        if climb == 0:
            return local
        if climb == 1:
            return lambda frame: local(frame.parent)

        def climbing(frame: Any) -> Any:
            for _ in range(climb):
                frame = frame.parent
            return local(frame)

        return climbing

    def _computed(self, fact: Fact, derivation: Derivation, scope: str) -> Reader:
        condition = condition_of(fact)
        if condition is not None:
            return self._asked(fact, condition)
        # What is computed across the rows of a list reads its arguments from the rows.
        return derive(
            fact, derivation, lambda argument: self.reader(argument, max(scope, scope_of(argument.path), key=level))
        )

    def _local(self, fact: Fact | FactGroup, scope: str) -> Reader:
        path = fact.path
        if isinstance(fact, Fact) and fact.derivation is not None:
            compute = self._computed(fact, fact.derivation, scope)

            def remembered(frame: Any) -> Any:
                memo = frame.memo
                if path in memo:
                    return memo[path]
                value = memo[path] = compute(frame)
                return value

            read: Reader = remembered
        else:
            read = declared_reader(fact)
        if path not in self._doubted:
            return read
        return lambda frame: None if path in frame.untrusted else read(frame)


def declared_reader(fact: Fact | FactGroup) -> Reader:
    """The reader of a declared fact from the frame that holds it, whether it is trusted or not."""
    return _walk(_keys(fact))


def _keys(fact: Fact | FactGroup) -> tuple[str, ...]:
    scope = scope_of(fact.path)
    return tuple(fact.path[len(scope) :].lstrip(".").split(".")) if fact.path != scope else ()


def _walk(keys: tuple[str, ...]) -> Reader:
    match keys:
        case ():
            return lambda frame: frame.values
        case (one,):
            return lambda frame: frame.values[one]
        case (one, two):
            return lambda frame: frame.values[one][two]
    head, *rest = keys

    def deep(frame: Any) -> Any:
        value = frame.values[head]
        for key in rest:
            value = value[key]
        return value

    return deep


def rows_of(values: Any, path: str, scope: str) -> Any:
    """The rows of a list seen from the values of its scope: a tuple, or None where it is blank."""
    for key in path[len(scope) :].lstrip(".").split("."):
        values = values[key]
    return values
