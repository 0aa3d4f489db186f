"""What a condition that weighs rows found, and what its sum lacks, as a citizen reads them."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import ceil, floor, inf

from service import messages
from service.engine.encoders import interval_encoder
from service.engine.facts import FactReaders, Frame
from service.engine.formatting import amount
from service.engine.rows import RowsDetail, below
from service.engine.sums import SumNode
from service.engine.values import EVERYTHING
from service.engine.verdict import NOT, SATISFIED, Result
from service.policy.kinds import Extreme, PartBounds, Ratio, Share, Sum

_say = messages.text
_DECIMALS = 2  # of a percent, where these are enough


def told_sum(condition: Sum, detail: RowsDetail) -> str:
    """A sum, or what it lies between."""
    return _say("value.blank") if detail.amount is None else amount(condition.fact, *detail.amount)


def told_share(condition: Share, detail: RowsDetail) -> str:
    """A share in percent with both its numbers, or what these lie between."""
    part, whole = detail.amount, detail.whole
    if part is None or whole is None:
        return _say("value.blank")
    said = [str(int(end[0])) if end[0] == end[1] else None for end in (part, whole)]
    if condition.fact is not None:
        said = [amount(condition.fact, *end) for end in (part, whole)]
    words = {
        name: text if text is not None else f"{end[0]:.0f}{_say('value.to')}{end[1]:.0f}"
        for name, text, end in zip(("part", "whole"), said, (part, whole), strict=True)
    }
    if part[0] != part[1] or whole[0] != whole[1] or whole[0] <= 0:
        return _say("actual.share-open", **words)
    return _say("actual.share", percent=_percent(Fraction(int(part[0]), int(whole[0])), condition.bounds), **words)


def told_ratio(condition: Ratio, readers: FactReaders, frame: Frame) -> str | None:
    """A share of two known numbers in percent; None where one is not known, or the whole is not above zero."""
    fact, of = condition.fact, condition.of
    part, whole = (readers.value(one, frame) for one in (fact, of))
    if part is None or whole is None or part[0] != part[1] or whole[0] != whole[1] or whole[0] <= 0:
        return None
    exact = Fraction(part[0], 10**fact.precision) / Fraction(whole[0], 10**of.precision)
    percent = _percent(exact, condition.bounds)
    return _say("actual.share", percent=percent, part=amount(fact, *part), whole=amount(of, *whole))


def _percent(share: Fraction, bounds: PartBounds) -> str:
    """A share in percent to two decimals, or to as many as tell it from a bound that it does not equal."""
    exact = 100 * share
    asked = {100 * part.value for part in (bounds.at_least, bounds.at_most) if part is not None}
    decimals = _DECIMALS
    while (rounded := Fraction(floor(exact * 10**decimals + Fraction(1, 2)), 10**decimals)) in asked - {exact}:
        decimals += 1
    return f"{(Decimal(rounded.numerator) / Decimal(rounded.denominator)).normalize():f}"


def told_extreme(condition: Extreme, result: Result, frame: Frame, readers: FactReaders) -> tuple[Frame | None, int]:
    """The row with the highest (or lowest) value of those that may count, and how many values are not known."""
    detail: RowsDetail = result.detail
    best: tuple[int, Frame] | None = None
    lacking = 0
    sign = 1 if condition.highest else -1
    for child, at in below(result, frame):
        if at is frame or at in detail.groups.excluded or not _may_count(condition, result, child):
            continue
        bounds = interval_encoder(condition.fact, lambda row: readers.value(condition.fact, row))(at)
        if readers.value(condition.fact, at) is None or bounds == EVERYTHING:
            lacking += 1
            continue
        rank = sign * (bounds[0] if condition.highest else bounds[1])
        if best is None or rank > best[0]:
            best = rank, at
    return (None if best is None else best[1]), lacking


def _may_count(condition: Extreme, result: Result, row: Result) -> bool:
    """Whether a row may count: where it is asked, its first part is `where`, or what asks the opposite."""
    if condition.where is None or not row.children:
        return True
    first = row.children[0]
    every = any(kind == "all" for kind, _ in getattr(result.node, "constraints", ()))
    return first.status != (SATISFIED if every else NOT)


def lacking(result: Result, frame: Frame) -> str | None:
    """What a sum lacks to reach its bound, with its unit; None where it reaches it or nothing can be said."""
    node, detail = result.node, result.detail
    if not isinstance(node, SumNode) or not isinstance(node.condition, Sum) or detail.amount is None:
        return None
    lows = [bound for bound in node.bounds if bound.low]
    gaps = [bound.threshold(frame)[1] - detail.amount[0] for bound in lows]
    if not gaps or max(gaps) == inf or max(gaps) < 0:
        return None
    # More than is wanted where the bound itself is not enough.
    short = ceil(max(gaps)) or int(any(bound.strict for bound in lows))
    return amount(node.condition.fact, short, short) if short else None
