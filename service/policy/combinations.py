"""The kinds that combine conditions or ask people: all, any, none, not, n_of, when, readings, judgement."""

from __future__ import annotations

from service.policy.factbook import FactBook
from service.policy.facts import Fact, FactGroup
from service.policy.kinds import AllOf, AnyOf, Condition, Judgement, NOf, NoneOf, Not, Readings, When
from service.policy.nodes import Node
from service.policy.operands import OperandReader


class CombinationReader:
    """Reads combinations of one policy; every fault is noted, None answers what it leaves unread."""

    def __init__(self, facts: FactBook, operands: OperandReader) -> None:
        self.reading = facts.reading
        self.facts = facts
        self.operands = operands

    def all_of(self, node: Node) -> Condition | None:
        """Every child holds."""
        return AllOf(children=node.children("all"), **node.common)

    def any_of(self, node: Node) -> Condition | None:
        """Some child holds."""
        return AnyOf(children=node.children("any"), **node.common)

    def none_of(self, node: Node) -> Condition | None:
        """No child holds."""
        return NoneOf(children=node.children("none", negated=True), **node.common)

    def negation(self, node: Node) -> Condition | None:
        """The child does not hold; a child with a `when` of its own would be both without effect and a miss."""
        child = node.below("not", negated=True)
        if isinstance(child, When):
            self.reading.fault("not-over-when", node.at("not"), at_key=True)
            return None
        return None if child is None else Not(child=child, **node.common)

    def n_of(self, node: Node) -> Condition | None:
        """So many of the children hold, by one number or by several readings of it."""
        children = node.children("n_of")
        wanted, here = node.entry.get("at_least"), node.at("at_least")
        if isinstance(wanted, dict) and not wanted.keys() & {"parameter", "fact"}:
            needed = tuple((str(name), count) for name, count in wanted.items() if isinstance(count, int))
            if len(wanted) < 2:
                self.reading.fault("one-reading", here, at_key=True)
        else:
            count = self.operands.count(wanted, here)
            if count is None:
                return None
            needed = (("", count),)
        items = node.entry["n_of"]
        size = len(items) if isinstance(items, list) else 0
        for name, count in needed:
            if not 0 < count <= size:
                self.reading.fault("n-of-range", (*here, name) if name else here, count=count, size=size)
        return NOf(children=children, needed=needed, **node.common)

    def when(self, node: Node) -> Condition | None:
        """One condition where another holds."""
        # Where `when` does not hold the whole does not apply, so that its negation counts as well.
        when = node.below("when", negated=True)
        then = node.below("then") if "then" in node.entry else None
        otherwise = node.below("else") if "else" in node.entry else None
        if when is None or then is None:
            return None
        return When(when=when, then=then, otherwise=otherwise, **node.common)

    def readings(self, node: Node) -> Condition | None:
        """Two readings or more, by name."""
        items = self.reading.mapping(node.entry["readings"])
        if len(items) < 2:
            self.reading.fault("one-reading", node.at("readings"), at_key=True)
        read = {name: node.below("readings", name) for name in items}
        readings = tuple((name, child) for name, child in read.items() if child is not None)
        return Readings(readings=readings, **node.common)

    def judgement(self, node: Node) -> Condition | None:
        """A question for people, and the facts that are its evidence."""
        value, here = node.entry.get("evidence"), node.at("evidence")
        many = isinstance(value, list)
        evidence: list[Fact | FactGroup] = []
        for index, name in enumerate(value if isinstance(value, list) else [] if value is None else [value]):
            fact = self.facts.find_stated(name, (*here, index) if many else here, node.scope)
            if fact is not None:
                evidence.append(fact)
        return Judgement(question=str(node.entry["judgement"]), evidence=tuple(evidence), **node.common)
