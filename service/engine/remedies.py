"""The smallest changes that turn a failing criterion to satisfied, among what its policy marks remediable."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import inf

from service.engine.branches import Alternatives, Combine, Conditional
from service.engine.items import BestOfNode, NumberNode, PerRowNode, SumOfNode, WorthNode
from service.engine.leaves import Leaf
from service.engine.meeting import MeetsNode, met_by
from service.engine.points import PointsNode, points_had, points_wanting
from service.engine.rows import RowsNode, rows_condition
from service.engine.verdict import NOT, REVIEW, SATISFIED, UNKNOWN, Result
from service.policy.facts import Fact, FactGroup
from service.policy.kinds import Share, Sum
from service.policy.scoring import capped

# Combinations grow fast and nobody reads a dozen alternatives.
_MOST = 12

Flips = frozenset[object]
Ways = dict[float, list[Flips]]  # by the points they give


class Remedies:
    """Sets of what to flip; `by_key` finds a result of each again.

    Leaves that ask the same of the same facts are one change, however often a policy asks.
    """

    def __init__(self) -> None:
        self.by_key: dict[object, Result] = {}

    def of(self, result: Result) -> tuple[tuple[Result, ...], ...]:
        """The smallest sets of leaves (or counts) whose flip satisfies the result; else empty."""
        sets = self._sets(result)
        if not sets:
            return ()
        least = min(len(flips) for flips in sets)
        return tuple(
            tuple(self.by_key[key] for key in sorted(flips, key=self._order)) for flips in sets if len(flips) == least
        )

    def _order(self, key: object) -> int:
        return list(self.by_key).index(key)

    def _sets(self, result: Result) -> list[Flips]:
        if result.status == SATISFIED:
            return [frozenset()]
        node = result.node
        if node.exempt is not None:
            result = _without_exemption(result)
        if isinstance(node, Leaf):
            return [self._flip(result)] if any(_remediable(fact) for fact in node.facts) else []
        if isinstance(node, RowsNode):
            condition = rows_condition(node)
            if isinstance(condition, Sum | Share):
                # Rows may be added, or their numbers grow.
                grows = condition.fact is not None and _remediable(condition.fact)
                return [self._flip(result)] if grows or _remediable(condition.of) else []
            return [self._flip(result)] if _remediable(condition.of) or _fixable_rows(result) else []
        if isinstance(node, MeetsNode):
            return self._sets(met_by(result))
        if isinstance(node, PointsNode):
            return self._scored(result)
        if isinstance(node, Alternatives):
            return self._all([self._sets(child) for child in result.children])
        if isinstance(node, Conditional):
            when, then, *otherwise = result.children
            branch = otherwise[0] if otherwise and when.status == NOT else then
            # A branch that holds already is not what is lacking.
            return [flips for flips in self._sets(branch) if flips]
        if isinstance(node, Combine):
            gating = [child for child in result.children if child.node.gates]
            wanted = max(_wanted(n, len(gating)) for n in node.needed)
            done = sum(child.status == SATISFIED for child in gating)
            open_sets = [self._sets(child) for child in gating if child.status != SATISFIED]
            return self._some(open_sets, wanted - done)
        return []

    def _scored(self, result: Result) -> list[Flips]:
        """The smallest ways to the points that are wanting, by the points they give."""
        wanting = points_wanting(result)
        return self._together(result.children, wanting).get(wanting, []) if wanting else []

    def _together(self, items: Sequence[Result], wanting: float) -> Ways:
        """Ways to more points of several items, those that give more than is wanting as giving that."""
        ways: Ways = {0: [frozenset()]}
        for item in items:
            gains = self._gains(item, wanting)
            for had in sorted(ways, reverse=True):
                for gain, nearest in gains.items():
                    joined = [before | flips for before in ways[had] for flips in nearest]
                    reached = min(had + gain, wanting)
                    # A way that gives as much already may be as short.
                    ways[reached] = _shortest([*ways.get(reached, []), *joined])
        return ways

    def _gains(self, item: Result, wanting: float) -> Ways:
        """Ways to more points of one item, by the points they add to those that are certain."""
        node, (had, _) = item.node, points_had(item)
        if item.status == SATISFIED and not isinstance(node, NumberNode | PerRowNode | BestOfNode | SumOfNode):
            return {}
        match node:
            case WorthNode():
                nearest = _shortest(self._sets(item.children[0])) if node.when.gates else []
                return {node.points: nearest} if nearest else {}
            case NumberNode() if not node.denied and any(map(_remediable, node.facts)):
                return self._raised(item, node.given(inf) - had)
            case PerRowNode() if _remediable(rows_condition(node).of) or _fixable_rows(item):
                return self._raised(item, node.given(inf) - had)
            case SumOfNode():
                items = item.children[: len(node.items)]
                least = sum(points_had(one)[0] for one in items)
                least -= sum(points_had(one)[1] for one in item.children[len(node.items) :])
                added = self._together(items, wanting + had - least)
                return _gained({capped(least + gain, node.at_most) - had: ways for gain, ways in added.items()})
            case BestOfNode():
                gains: Ways = {}
                for one in item.children:
                    for gain, ways in self._gains(one, wanting + had - points_had(one)[0]).items():
                        more = capped(points_had(one)[0] + gain, node.at_most) - had
                        gains[more] = _shortest([*gains.get(more, []), *ways])
                return _gained(gains)
        return {}

    def _raised(self, item: Result, gain: float) -> Ways:
        """A number or list that can give more."""
        return {gain: [self._flip(item)]} if gain > 0 else {}

    def _flip(self, result: Result) -> Flips:
        key = (result.node.terms, result.node.either) if isinstance(result.node, Leaf) else id(result)
        self.by_key.setdefault(key, result)
        return frozenset({key})

    def _all(self, groups: list[list[Flips]]) -> list[Flips]:
        if any(not group for group in groups):
            return []
        least = [_shortest(group) for group in groups]
        return _shortest([frozenset().union(*chosen) for chosen in product(*least)][: _MOST * _MOST])

    def _some(self, groups: list[list[Flips]], wanted: int) -> list[Flips]:
        """The smallest ways to satisfy `wanted` of several conditions."""
        ways: dict[int, list[Flips]] = {0: [frozenset()]}
        for group in groups:
            if not group:
                continue
            nearest = _shortest(group)
            for count in sorted(ways, reverse=True):
                joined = [before | flips for before in ways[count] for flips in nearest]
                ways[count + 1] = _shortest([*ways.get(count + 1, []), *joined])
        return ways.get(max(wanted, 0), [])


def _shortest(sets: list[Flips]) -> list[Flips]:
    if not sets:
        return []
    least = min(len(flips) for flips in sets)
    return list(dict.fromkeys(flips for flips in sets if len(flips) == least))[:_MOST]


def _gained(gains: Ways) -> Ways:
    """Those ways that give anything."""
    return {gain: ways for gain, ways in gains.items() if gain > 0}


def _wanted(n: int, size: int) -> int:
    return size if n == 0 else n


def _remediable(fact: Fact | FactGroup) -> bool:
    return fact.remediable


def _fixable_rows(result: Result) -> bool:
    """Whether every row that fails does so by leaves that can be remedied."""
    failing = [row for row in result.children if row.status not in (SATISFIED, REVIEW, UNKNOWN)]
    return bool(failing) and all(Remedies()._sets(row) for row in failing)


def _without_exemption(result: Result) -> Result:
    """The result without its exemption, whose premise nobody remedies."""
    plain = Result(result.node, result.status, tuple(result.children)[:-1])
    plain.detail, plain.unseen = result.detail, result.unseen
    return plain
