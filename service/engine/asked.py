"""Derived facts computed from conditions, which the rules decide when such a fact is first read on a frame."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from service.engine.books import Book, Scopes
from service.engine.conditions import ConditionCompiler
from service.engine.facts import FactReaders, Frame, home
from service.engine.values import Reader
from service.engine.verdict import NOT, SATISFIED, Node, Result
from service.policy.dependencies import condition_of
from service.policy.factbook import scope_of
from service.policy.facts import Fact
from service.policy.kinds import Condition

_TRUTHS: Mapping[int, bool] = {SATISFIED: True, NOT: False}


class _Asked(NamedTuple):
    """The node of one fact, the books its leaves lie in, the reader of its value."""

    node: Node
    scopes: Scopes
    read: Reader


class AskedFacts:
    """The facts of one policy that are computed from conditions, and the readers of all its facts.

    Each has books of its own: what it rests on is decided before it, and nothing else with it, so that even what
    says whether a fact is trusted may rest on one. `close` gives the rules back.
    """

    def __init__(self, doubted: Mapping[str, object]) -> None:
        self.readers = FactReaders(doubted, self._reader)
        self._made: dict[str, _Asked] = {}

    def result(self, fact: Fact, frame: Frame) -> Result | None:
        """What the condition of a fact comes to as a frame sees it; None where the fact has none."""
        asked = self._made.get(fact.path)
        return None if asked is None else asked.node.evaluate(home(frame, fact), {})

    def books(self) -> Iterator[Book]:
        """Every book."""
        for asked in self._made.values():
            yield from asked.scopes.books()

    def _reader(self, fact: Fact, condition: Condition) -> Reader:
        if fact.path not in self._made:
            scopes = Scopes()
            compiler = ConditionCompiler(self.readers, scopes, at_once=False)
            node = compiler.node(condition, scopes.scope(scope_of(fact.path)).name)
            scopes.close_books()
            self._made[fact.path] = _Asked(node, scopes, _holds(node))
        return self._made[fact.path].read


def _holds(node: Node) -> Reader:
    """Whether a condition holds; blank while that is open, or people would decide."""

    def read(frame: Any) -> bool | None:
        return _TRUTHS.get(node.evaluate(frame, {}).status)

    return read


def compile_asked(asked: AskedFacts, facts: tuple[Fact, ...]) -> None:
    """Make the rules of every fact that is computed from a condition, so that none waits for its first reader."""
    for fact in facts:
        if condition_of(fact) is not None:
            asked.readers.reader(fact, scope_of(fact.path))
