"""Derived facts computed from conditions, which the rules decide when such a fact is first read on a frame."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from service.engine.books import Book, Scopes
from service.engine.conditions import ConditionCompiler
from service.engine.facts import FactReaders, Frame, home
from service.engine.figures import bounds
from service.engine.measures import Measure, measure, quotient, with_bounds
from service.engine.values import Reader, precise
from service.engine.verdict import NOT, SATISFIED, UNKNOWN, Node, Result
from service.policy.dependencies import condition_of
from service.policy.factbook import scope_of
from service.policy.facts import Fact, FactType
from service.policy.kinds import Condition, Ratio

_TRUTHS: Mapping[int, bool] = {SATISFIED: True, NOT: False}


class _Asked(NamedTuple):
    """The node of one fact, the books its leaves lie in, the reader of its value."""

    node: Node | None
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
        if asked is None or asked.node is None:
            return None
        at = home(frame, fact)
        result = asked.node.evaluate(at, {})
        if fact.type is FactType.BOOLEAN:
            return result
        # What is measured of a condition is not whether it holds: it is open where the number is.
        result.status = SATISFIED if precise(asked.read(at)) else UNKNOWN
        return result

    def books(self) -> Iterator[Book]:
        """Every book."""
        for asked in self._made.values():
            yield from asked.scopes.books()

    def _reader(self, fact: Fact, condition: Condition) -> Reader:
        if fact.path not in self._made:
            self._made[fact.path] = self._ratio(fact, condition) if isinstance(condition, Ratio) and (
                fact.type is FactType.NUMBER
            ) else self._decided(fact, condition)  # fmt: skip
        return self._made[fact.path].read

    def _decided(self, fact: Fact, condition: Condition) -> _Asked:
        """What the rules decide the conditions of."""
        scopes = Scopes()
        compiler = ConditionCompiler(self.readers, scopes, at_once=False)
        holds = fact.type is FactType.BOOLEAN
        node = compiler.node(condition if holds else with_bounds(condition), scopes.scope(scope_of(fact.path)).name)
        scopes.close_books()
        return _Asked(node, scopes, _holds(node) if holds else _measured(node, measure(fact, condition)))

    def _ratio(self, fact: Fact, condition: Ratio) -> _Asked:
        """The share one number has of another, in percent."""
        scope = scope_of(fact.path)
        part, whole = (bounds(one, lambda f: self.readers.reader(f, scope)) for one in (condition.fact, condition.of))
        times = Fraction(10) ** (2 + fact.precision + condition.of.precision - condition.fact.precision)
        empty = {} if fact.derivation is None else fact.derivation.arguments
        otherwise = empty.get("on_empty")

        def read(frame: Any) -> Any:
            base = whole(frame)
            if base[0] > 0:
                return quotient(part(frame), base, times)
            return (otherwise, otherwise) if base[1] <= 0 and isinstance(otherwise, int) else None

        return _Asked(None, Scopes(), read)


def _holds(node: Node) -> Reader:
    """Whether a condition holds; blank while that is open, or people would decide."""

    def read(frame: Any) -> bool | None:
        return _TRUTHS.get(node.evaluate(frame, {}).status)

    return read


def _measured(node: Node, number: Measure) -> Reader:
    """What a condition asks about, as a number."""
    return lambda frame: number(node.evaluate(frame, {}))


def compile_asked(asked: AskedFacts, facts: tuple[Fact, ...]) -> None:
    """Make the rules of every fact that is computed from a condition, so that none waits for its first reader."""
    for fact in facts:
        if condition_of(fact) is not None:
            asked.readers.reader(fact, scope_of(fact.path))
