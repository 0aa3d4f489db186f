"""What a condition asks about, as a number: rows that count, their sum, share, highest and lowest, points.

Each reads its bounds from the node that decides the condition itself; what is open in a row is open in the number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from math import floor, inf, isinf
from typing import Any

from service.engine.facts import Frame
from service.engine.figures import known
from service.engine.points import points_had
from service.engine.rows import Over, RowsDetail, RowsNode
from service.engine.shares import ShareNode
from service.engine.sums import Ends, Number, weigh
from service.engine.values import HIGHEST, LOWEST, Interval
from service.engine.verdict import NOT, SATISFIED, About, Found, Node, Result
from service.policy.facts import IN_TIME, Fact
from service.policy.kinds import (
    Bounds,
    Condition,
    Count,
    Extreme,
    LiteralOperand,
    Part,
    PartBounds,
    Points,
    Rows,
    Share,
    Sum,
)
from service.policy.scoring import DECIMALS

# Of the result of a condition's node the number, None where it is not known.
Measure = Callable[[Result], Interval | None]


def with_bounds(condition: Condition) -> Condition:
    """The condition with bounds that are always met, so that the node which decides it says all it can."""
    match condition:
        case Count() | Points():
            return replace(condition, at_least=0)
        case Sum():
            return replace(condition, bounds=Bounds(at_least=LiteralOperand(literal="", value=LOWEST)))
        case Share():
            ends = Part(literal="", value=Fraction(0)), Part(literal="", value=Fraction(1))
            return replace(condition, bounds=PartBounds(at_least=ends[0], at_most=ends[1]))
    return condition


def measure(fact: Fact, condition: Condition) -> Measure:
    """What gives the number of a fact once its condition's node has come to a result."""
    empty = None if fact.derivation is None else fact.derivation.arguments.get("on_empty")
    otherwise = (empty, empty) if isinstance(empty, int) else None
    match condition:
        case Count():
            return lambda result: _unless_blank(result, _counted)
        case Sum():
            return lambda result: _unless_blank(result, _summed)
        case Extreme():
            return lambda result: _unless_blank(result, lambda one: _extreme(one, otherwise))
        case Share():
            whole = 100 * 10**fact.precision
            return lambda result: _unless_blank(result, lambda one: _share(one, whole, otherwise))
        case Points():
            step = Fraction(10**fact.precision, 10**DECIMALS)
            return lambda result: known(*(_rounded(points, step) for points in points_had(result)))
    raise TypeError(type(condition).__name__)


def _unless_blank(result: Result, told: Measure) -> Interval | None:
    return None if result.detail.blank else told(result)


def _counted(result: Result) -> Interval:
    return result.detail.counted, result.detail.possible


def _summed(result: Result) -> Interval | None:
    low, high = result.detail.amount
    return known(_end(low), _end(high))


def _rounded(points: float, step: Fraction) -> int:
    """Thousandths of a point in the decimals of a fact, rounded down."""
    return _end(points if isinf(points) else floor(int(points) * step))


def _end(end: float) -> int:
    return LOWEST if end == -inf else HIGHEST if end == inf else int(end)


# --- shares -------------------------------------------------------------------------------------------------


def _share(result: Result, whole: int, otherwise: Interval | None) -> Interval | None:
    """The share in parts of `whole`, rounded down; not known while it is not known whether there is a whole."""
    node: Node = result.node
    assert isinstance(node, ShareNode)  # noqa: S101  # what a share is compiled to
    status = node.at_least(result)
    some, none = node.having(result)
    if none == SATISFIED:
        return otherwise
    # Below nothing or above all a share is no part of anything: some of what is weighed may be below zero.
    if some != SATISFIED or status(Fraction(0)) != SATISFIED or status(Fraction(whole + 1, whole)) != NOT:
        return None
    return (
        _last(whole, lambda part: status(part) == SATISFIED),
        _last(whole, lambda part: status(part) != NOT),
    )


def _last(whole: int, holds: Callable[[Fraction], bool]) -> int:
    """The greatest number of parts of `whole` for which something holds that holds for none."""
    low, high = 0, whole
    while low < high:
        middle = (low + high + 1) // 2
        if holds(Fraction(middle, whole)):
            low = middle
        else:
            high = middle - 1
    return low


# --- the highest and the lowest -----------------------------------------------------------------------------


class ExtremeNode(RowsNode):
    """The highest or the lowest number of the rows that count, without anything asked of it."""

    __slots__ = ("highest", "row", "value")

    def __init__(self, condition: Rows, about: About, over: Over, *, row: Node, value: Number, highest: bool) -> None:
        super().__init__(condition, about, over)
        self.row, self.value, self.highest = row, value, highest

    def _over(self, frame: Frame, frames: list[Frame], found: Found) -> Result:
        results = [self.row.evaluate(row, found) for row in frames]
        groups = self._groups(frame, frames)
        result = Result(self, SATISFIED, results)
        result.detail = detail = RowsDetail(frames, groups)
        weigh(detail, groups, [self.value(row) for row in frames], [one.status for one in results])
        # Of several numbers of one thing the most extreme counts: nothing is to be corrected.
        detail.differing = ()
        return result


def _extreme(result: Result, otherwise: Interval | None) -> Interval | None:
    """Between what some row surely has and what any may have; not known while no row surely counts."""
    node, detail = result.node, result.detail
    assert isinstance(node, ExtremeNode)  # noqa: S101  # what an extreme is compiled to
    sign = 1 if node.highest else -1
    most: list[float] = []
    least: list[float] = []
    for members, keyed in detail.groups.members:
        rows = [index for index in members if result.children[index].status > NOT]
        spans = [_turned(node.value(detail.frames[index]), sign) for index in rows]
        most += [high for _, high in spans]
        sure = [low for (low, _), row in zip(spans, rows, strict=True) if result.children[row].status == SATISFIED]
        if sure and keyed:
            least.append(max(sure))
    if detail.groups.exclusion_blank and least:
        least.remove(max(least))  # the row left out may be the one with it
    if not most:
        return otherwise
    if not least:
        return None
    low, high = _turned((max(least), max(most)), sign)
    condition = node.condition
    dated = isinstance(condition, Extreme) and condition.fact.type in IN_TIME
    return None if dated and inf in (-low, high) else known(_end(low), _end(high))


def _turned(ends: Sequence[float], sign: int) -> Ends:
    low, high = ends
    return (low, high) if sign > 0 else (-high, -low)


def dates(read: Callable[[Any], Interval | None]) -> Number:
    """The reader of a date as what it lies between, endless where it is blank."""

    def ends(frame: Any) -> Ends:
        return read(frame) or (-inf, inf)

    return ends


# --- one number of another ----------------------------------------------------------------------------------


def quotient(part: Interval, whole: Interval, times: Fraction) -> Interval | None:
    """What `times` a part divided by a whole above zero lies between, rounded down."""
    (low, high), (least, most) = part, whole
    ends = [
        _divided(low, most if low >= 0 else least, times),
        _divided(high, least if high >= 0 else most, times),
    ]
    return known(*ends)


def _divided(number: int, by: int, times: Fraction) -> int:
    if number in (LOWEST, HIGHEST):
        return number
    if by >= HIGHEST:
        return 0 if number >= 0 else -1
    return int(number * times // by)
