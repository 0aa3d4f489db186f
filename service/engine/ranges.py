"""The range of a number, as an applicant reads it and as the application's JSON Schema states it."""

from __future__ import annotations

from decimal import Decimal

from service import messages
from service.policy.facts import Fact
from service.policy.scalars import literal_text


def told(fact: Fact) -> str:
    """A declared range in words: `在0分至100分之间（含）`, `不少于0分`."""
    low, high = (
        None if end is None else f"{literal_text(_number(fact, end))}{fact.unit or ''}"
        for end in (fact.at_least, fact.at_most)
    )
    if low is None:
        return messages.text("read.number.at_most", value=high)
    if high is None:
        return messages.text("read.number.at_least", value=low)
    return messages.text("read.number.between", low=low, high=high)


def limits(fact: Fact) -> dict[str, int | float]:
    """`minimum` and `maximum` of a number, as far as they are declared."""
    ends = {"minimum": fact.at_least, "maximum": fact.at_most}
    numbers = {key: _number(fact, end) for key, end in ends.items() if end is not None}
    return {key: number if isinstance(number, int) else float(number) for key, number in numbers.items()}


def _number(fact: Fact, end: int) -> int | Decimal:
    scaled = Decimal(end).scaleb(-fact.precision)
    whole = int(scaled)
    return whole if whole == scaled else scaled.normalize()
