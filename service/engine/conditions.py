"""Conditions -> nodes: negation carried down to the leaves, conditionals in the form their place asks for."""

from __future__ import annotations

from service.engine.books import Book, Scopes
from service.engine.branches import Alternatives, Combine, Conditional
from service.engine.comparisons import ComparisonCompiler
from service.engine.facts import FactReaders
from service.engine.item_compiler import ItemCompiler
from service.engine.leaves import Leaf
from service.engine.lists import ListCompiler
from service.engine.meeting import Meeting, MeetsNode
from service.engine.points import PointsNode
from service.engine.verdict import About, Node, Subject
from service.policy.kinds import (
    AllOf,
    AnyOf,
    Compare,
    Condition,
    HasFormat,
    Judgement,
    Meets,
    Member,
    NOf,
    NoneOf,
    Not,
    Points,
    Ratio,
    Readings,
    Rows,
    Stated,
    When,
)


class ConditionCompiler:
    """Compiles the conditions of one section, or without `section` those that say whether a fact is trusted.

    Leaves go into the books of `scopes`, or all into `book`; `meeting` holds what conditions may name. Unless the
    books are decided `at_once`, leaves ask them for each frame.
    """

    def __init__(
        self, readers: FactReaders, scopes: Scopes, *, section: str | None = None, book: Book | None = None,
        meeting: Meeting | None = None, at_once: bool = True,
    ) -> None:  # fmt: skip
        self._readers = readers
        self._scopes = scopes
        self._section = section
        self._meeting = Meeting() if meeting is None else meeting
        self._at_once = at_once
        self._comparisons = ComparisonCompiler(readers, scopes, book)
        self._lists = ListCompiler(readers, scopes, self.node)
        self._items = ItemCompiler(readers, self.node, self._lists.node)

    def node(
        self, condition: Condition, scope: str, *, negated: bool = False, loose: bool = True,
        about: About | None = None,
    ) -> Node:  # fmt: skip
        """The node of a condition. `loose`: a conditional here means "not w or t", as inside `all`."""
        if about is None:
            about = () if self._section is None else (Subject(self._section, opposed=False),)
        if condition.id is not None and self._section is not None:
            about = (Subject(f"{self._section}.{condition.id}", negated), *about)
        node = self._made(condition, scope, negated, loose, about)
        node.denied = negated
        if not self._at_once and isinstance(node, Leaf):
            node.decide_by(self._scopes.scope(scope).book.outcomes)
        if condition.exempt_when is not None:
            node.exempt = self.node(condition.exempt_when, scope, about=about)
        return node

    def _made(self, c: Condition, scope: str, negated: bool, loose: bool, about: About) -> Node:
        match c:
            case Compare():
                return self._comparisons.compare(c, scope, negated, about)
            case Member():
                return self._comparisons.member(c, scope, negated, about)
            case Stated():
                return self._comparisons.stated(c, scope, negated, about)
            case HasFormat():
                return self._comparisons.format(c, scope, negated, about)
            case Judgement():
                return self._comparisons.judgement(c, scope, negated, about)
            case AllOf(children=children):
                nodes = self._nodes(children, scope, negated, True, about)
                return Combine(c, about, nodes, (1,) if negated else (0,))
            case AnyOf(children=children):
                nodes = self._nodes(children, scope, negated, False, about)
                return Combine(c, about, nodes, (0,) if negated else (1,))
            case NoneOf(children=children):
                nodes = self._nodes(children, scope, not negated, False, about)
                return Combine(c, about, nodes, (1,) if negated else (0,))
            case Not(child=child):
                nodes = self._nodes((child,), scope, not negated, loose, about)
                return Combine(c, about, nodes, (0,))
            case NOf(children=children, needed=needed):
                nodes = self._nodes(children, scope, negated, False, about)
                wanted = tuple(n if not negated else len(children) - n + 1 for _, n in needed)
                return Combine(c, about, nodes, wanted)
            case Readings(readings=named):
                nodes = tuple(self.node(child, scope, negated=negated, about=about) for _, child in named)
                return Alternatives(c, about, nodes, tuple(name for name, _ in named))
            case Points():
                return self._points(c, scope, negated, about)
            case Meets():
                return self._meets(c, negated, about)
            case When():
                return self._when(c, scope, negated, loose, about)
            case Ratio():
                return self._comparisons.ratio(c, scope, negated, about)
            case Rows():
                return self._lists.node(c, scope, negated, about)
        raise TypeError(type(c).__name__)

    def _nodes(
        self, children: tuple[Condition, ...], scope: str, negated: bool, loose: bool, about: About
    ) -> tuple[Node, ...]:
        return tuple(self.node(child, scope, negated=negated, loose=loose, about=about) for child in children)

    def _points(self, c: Points, scope: str, negated: bool, about: About) -> Node:
        constraints = _constraints(c, negated)
        high = any(kind == "high" for kind, _ in constraints)
        return PointsNode(
            c, about, self._items.total(c.items, scope, about, denied=False),
            self._items.total(c.items, scope, about, denied=True) if high else None,
            constraints=constraints, either=negated,
        )  # fmt: skip

    def _meets(self, c: Meets, negated: bool, about: About) -> Node:
        target, nodes = self._meeting.targets[c.target], self._meeting.nodes
        key = (c.target, negated, c.operator, c.at_least, c.at_most)
        if key not in nodes:
            compiler = ConditionCompiler(self._readers, self._scopes, section=target.section, meeting=self._meeting)
            asked, around = target.condition, target.around(negated=negated)
            if c.operator and isinstance(asked, Points):
                # The same points as they are given in their own place, held against other bounds.
                name = Subject(c.target, negated)
                around = around if name in around else (name, *around)
                asked = Points(
                    items=asked.items, operator=c.operator, at_least=c.at_least, at_most=c.at_most,
                    label=asked.label, position=asked.position,
                )  # fmt: skip
            nodes[key] = compiler.node(asked, "", negated=negated, loose=target.loose, about=around)
        return MeetsNode(c, about, nodes[key], target.section)

    def _when(self, c: When, scope: str, negated: bool, loose: bool, about: About) -> Node:
        otherwise = None
        if c.otherwise is not None:
            otherwise = self.node(c.otherwise, scope, negated=negated, about=about)
        return Conditional(
            c, about,
            when=self.node(c.when, scope, about=about),
            unless=self.node(c.when, scope, negated=True, about=about),
            then=self.node(c.then, scope, negated=negated, about=about),
            otherwise=otherwise,
            loose=loose != negated,
        )  # fmt: skip


def _constraints(c: Points, negated: bool) -> tuple[tuple[str, int], ...]:
    """The bounds of points; negated, "at least n" is "at most n - 1" and either bound may be missed."""
    found = []
    if c.at_least is not None:
        found.append(("high", c.at_least - 1) if negated else ("low", c.at_least))
    if c.at_most is not None:
        found.append(("low", c.at_most + 1) if negated else ("high", c.at_most))
    return tuple(found)
