"""Items of points -> nodes that say what each gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from service.engine.encoders import interval_encoder
from service.engine.facts import FactReaders
from service.engine.items import BestOfNode, GrantedNode, Items, NumberNode, PerRowNode, SumOfNode, WorthNode
from service.engine.lists import CompileCondition
from service.engine.rows import RowsNode
from service.engine.sums import Ends, Number, ends
from service.engine.verdict import About
from service.policy.facts import Fact
from service.policy.kinds import Condition, Rows
from service.policy.scoring import BestOf, Granted, PerRow, PerUnit, Rated, SumOf, Worth

CompileRows = Callable[[Rows, str, bool, About], RowsNode]


class ItemCompiler:
    """Compiles the items of one section; `condition` compiles the conditions in them, `rows` what counts rows."""

    def __init__(self, readers: FactReaders, condition: CompileCondition, rows: CompileRows) -> None:
        self._readers = readers
        self._condition = condition
        self._rows = rows

    def total(
        self, items: tuple[Condition, ...], scope: str, about: About, *, denied: bool
    ) -> SumOfNode:  # fmt: skip
        """All items of a condition as one sum; `denied` for bounds from above."""
        return SumOfNode(SumOf(items=items), about, self._each(items, scope, about, denied), (), denied=denied)

    def _each(
        self, items: tuple[Condition, ...], scope: str, about: About, denied: bool
    ) -> tuple[Items, ...]:  # fmt: skip
        return tuple(self._item(item, scope, about, denied) for item in items)

    def _item(self, item: Condition, scope: str, about: About, denied: bool) -> Items:
        match item:
            case Worth(when=when):
                child = self._condition(when, scope, negated=denied, about=about, loose=False)
                return WorthNode(item, about, child, denied=denied)
            case Granted():
                return GrantedNode(item, about, denied=denied)
            case PerUnit(fact=fact) | Rated(fact=fact):
                return NumberNode(item, about, self._number(fact, scope), denied=denied)
            case PerRow():
                node = self._rows(item, scope, denied, about)
                assert isinstance(node, PerRowNode)  # noqa: S101  # made of nothing else
                return node
            case BestOf(items=items):
                return BestOfNode(item, about, self._each(items, scope, about, denied), denied=denied)
            case SumOf(items=items, minus=minus):
                taken = self._each(minus, scope, about, not denied)
                return SumOfNode(item, about, self._each(items, scope, about, denied), taken, denied=denied)
        raise TypeError(type(item).__name__)

    def _number(self, fact: Fact, scope: str) -> Number:
        encode = interval_encoder(fact, self._readers.reader(fact, scope))

        def number(frame: Any) -> Ends:
            return ends(encode(frame))

        return number
