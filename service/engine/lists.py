"""Conditions over lists -> nodes that fold their rows."""

from __future__ import annotations

from fractions import Fraction
from math import inf
from typing import Any, Protocol

from service.engine.books import Scopes
from service.engine.branches import Combine
from service.engine.encoders import interval_encoder
from service.engine.facts import FactReaders, level
from service.engine.items import PerRowNode
from service.engine.measures import ExtremeNode, dates
from service.engine.rows import Over, RowsNode, TallyNode
from service.engine.shares import ShareBound, ShareNode
from service.engine.sums import Ends, Number, SumBound, SumNode, ends
from service.engine.values import Reader, certain, constant
from service.engine.verdict import About, Node, named
from service.policy.factbook import scope_of
from service.policy.facts import IN_TIME, Fact
from service.policy.kinds import (
    AllOf,
    Bounds,
    Compare,
    Condition,
    Count,
    Every,
    Extreme,
    LiteralOperand,
    Operand,
    Rows,
    Share,
    Some,
    Sum,
)
from service.policy.scoring import PerRow


class CompileCondition(Protocol):
    """Compiles the condition of a row."""

    def __call__(
        self, condition: Condition, scope: str, *, negated: bool, about: About, loose: bool = True
    ) -> Node:  # fmt: skip
        """`negated` asks for the opposite; `about` are the names a finding may use; `loose` as inside `all`."""


class ListCompiler:
    """Compiles the conditions over lists of one section; `node` compiles those of their rows."""

    def __init__(self, readers: FactReaders, scopes: Scopes, node: CompileCondition) -> None:
        self._readers = readers
        self._scopes = scopes
        self._node = node

    def node(self, c: Rows, scope: str, negated: bool, about: About) -> RowsNode:
        """The node of a condition over a list, as seen from `scope`."""
        self._scopes.scope(f"{c.of.path}[]")
        row = _RowCompiler(c, scope, about, self._node)
        over = self._over(c, scope, negated, row)
        match c:
            case Count():
                constraints = _constraints(c, negated)
                high = any(kind == "high" for kind, _ in constraints)
                refused = row.asked(c.where, negated=True) if high else None
                counted = row.asked(c.where)
                return TallyNode(c, about, over, row=counted, negated=refused, constraints=constraints, either=negated)
            case Every(that=that) | Some(that=that):
                every = isinstance(c, Every) != negated
                asked = row.of_each(that, every=every, negated=negated)
                constraints = (("all", 0),) if every else (("low", 1),)
                return TallyNode(c, about, over, row=asked, negated=None, constraints=constraints, either=False)
            case Extreme():
                return self._extreme(c, over, negated, about, row)
            case Sum():
                return self._sum(c, over, negated, about, row)
            case Share():
                return self._share(c, over, negated, about, row)
            case PerRow():
                return PerRowNode(c, about, over, row.asked(c.where, negated=negated), denied=negated)
        raise TypeError(type(c).__name__)

    def _over(self, c: Rows, scope: str, negated: bool, row: _RowCompiler) -> Over:
        on_blank = c.on_blank if isinstance(c, Every) else None
        # The whole of a share is what it says itself.
        asked = c.on_empty is not None and not isinstance(c, Share)
        return Over(
            path=c.of.path,
            climb=level(scope) - level(scope_of(c.of.path)),
            key=None if c.distinct_by is None else self._key(c.distinct_by, row.scope),
            excluding=None if c.excluding is None else self._key(c.excluding, scope),
            on_blank=None if on_blank is None else named(on_blank, negated),
            on_empty=None if c.on_empty is None else named(c.on_empty, negated),
            counts=row.asked(c.where) if asked else None,
            lacks=row.asked(c.where, negated=True) if asked else None,
        )

    def _key(self, fact: Fact, scope: str) -> Reader:
        """The reader of what tells rows apart; a computed code that may be one of several is blank."""
        read = self._readers.reader(fact, scope)
        return read if fact.derivation is None else certain(read)

    def _extreme(
        self, c: Extreme, over: Over, negated: bool, about: About, row: _RowCompiler
    ) -> RowsNode:  # fmt: skip
        """The highest is at least a bound where some row is, at most a bound where every row is."""
        if not c.operator:
            value = self._number(c.fact, row.scope)
            if c.fact.type in IN_TIME:
                value = dates(self._readers.reader(c.fact, row.scope))
            return ExtremeNode(c, about, over, row=row.asked(c.where), value=value, highest=c.highest)
        some: Node | None = None
        every: Node | None = None
        low, high = c.bounds.at_least, c.bounds.at_most
        for bounds, by_one in (
            (Bounds(at_least=low, strict_low=c.bounds.strict_low), c.highest),
            (Bounds(at_most=high, strict_high=c.bounds.strict_high), not c.highest),
        ):
            if bounds.at_least is None and bounds.at_most is None:
                continue
            that = Compare(fact=c.fact, operator=c.operator, bounds=bounds, position=c.position)
            if by_one != negated:
                some = row.of_each(that, every=False, negated=negated)
            else:
                every = row.of_each(that, every=True, negated=negated)
        if some is not None and every is not None:
            constraints: tuple[tuple[str, int], ...] = (("low", 1), ("high", 0))
            return TallyNode(c, about, over, row=some, negated=every, constraints=constraints, either=negated)
        constraints = (("low", 1),) if every is None else (("all", 0),)
        asked = some or every
        if asked is None:
            raise TypeError(c.operator)
        return TallyNode(c, about, over, row=asked, negated=None, constraints=constraints, either=False)

    def _sum(
        self, c: Sum, over: Over, negated: bool, about: About, row: _RowCompiler
    ) -> SumNode:  # fmt: skip
        bounds = []
        for operand, low, strict in (
            (c.bounds.at_least, True, c.bounds.strict_low),
            (c.bounds.at_most, False, c.bounds.strict_high),
        ):
            if operand is not None:
                # Not at least t is less than t.
                bounds.append(SumBound(low != negated, strict != negated, self._threshold(operand, row.outer)))
        high = any(not bound.low for bound in bounds)
        return SumNode(
            c, about, over, row=row.asked(c.where), negated=row.asked(c.where, negated=True) if high else None,
            value=self._number(c.fact, row.scope), bounds=tuple(bounds), either=negated,
        )  # fmt: skip

    def _share(self, c: Share, over: Over, negated: bool, about: About, row: _RowCompiler) -> ShareNode:
        bounds = []
        for part, low, strict in (
            (c.bounds.at_least, True, c.bounds.strict_low),
            (c.bounds.at_most, False, c.bounds.strict_high),
        ):
            if part is not None:
                bounds.append(ShareBound(low != negated, part.value, strict != negated))
        high = any(not bound.low for bound in bounds)
        return ShareNode(
            c, about, over, row=row.asked(c.where), no_part=row.asked(c.where, negated=True) if high else None,
            whole=row.asked(c.among), no_whole=row.asked(c.among, negated=True),
            weight=constant((1, 1)) if c.fact is None else self._number(c.fact, row.scope),
            bounds=tuple(bounds), either=negated,
        )  # fmt: skip

    def _number(self, fact: Fact, scope: str) -> Number:
        encode = interval_encoder(fact, self._readers.reader(fact, scope))
        return lambda frame: ends(encode(frame))

    def _threshold(self, operand: Operand, scope: str) -> Number:
        if isinstance(operand, LiteralOperand):
            return constant((operand.value, operand.value))
        encode = self._number(operand.fact, scope)
        times, offset = operand.times, operand.offset

        def threshold(frame: Any) -> Ends:
            low, high = encode(frame)
            return _moved(low, times, offset), _moved(high, times, offset)

        return threshold


def _moved(end: float, times: Fraction, offset: int) -> float:
    """An end multiplied and moved, exactly: a fraction compares as any number does."""
    return end if abs(end) == inf else times * int(end) + offset  # type: ignore[return-value]


class _RowCompiler:
    """Compiles what is asked of the rows of one condition."""

    def __init__(self, c: Rows, outer: str, about: About, node: CompileCondition) -> None:
        self._where, self._about, self._node = c.where, about, node
        self.outer, self.scope = outer, f"{c.of.path}[]"
        # What joins the conditions of a row has none of the modifiers of the whole.
        self._plain = AllOf(children=(), position=c.position)

    def asked(self, condition: Condition | None, *, negated: bool = False) -> Node:
        """A condition of a row; without one every row is meant."""
        if condition is None:
            return Combine(self._plain, self._about, (), (1,) if negated else (0,))
        return self._node(condition, self.scope, negated=negated, about=self._about)

    def of_each(self, that: Condition, *, every: bool, negated: bool) -> Node:
        """What must hold of every row, not `where` or `that`, or of some, `where` and `that`."""
        parts = [self.asked(that, negated=negated)]
        if self._where is not None:
            parts.insert(0, self.asked(self._where, negated=every))
        return parts[0] if len(parts) == 1 else Combine(self._plain, self._about, tuple(parts), (1,) if every else (0,))


def _constraints(c: Count, negated: bool) -> tuple[tuple[str, int], ...]:
    """The bounds of a count; negated, "at least n" is "at most n - 1" and either bound may be missed."""
    found = []
    if c.at_least is not None:
        found.append(("high", c.at_least - 1) if negated else ("low", c.at_least))
    if c.at_most is not None:
        found.append(("low", c.at_most + 1) if negated else ("high", c.at_most))
    return tuple(found)
