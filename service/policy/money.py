"""Sums of money, or of anything else with a unit, without the scale between number and unit."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from service.policy.literals import SCALES, is_amount, number, unit_of

_DECIMALS = 4


def amount(text: str) -> tuple[Fraction, str] | None:
    """A number and its unit: 20000 and 元 of `2万元`; None for a text that is not both."""
    unit = unit_of(text)
    found = number(text, unit, _DECIMALS) if unit and is_amount(text) else None
    return None if found is None else (Fraction(found, 10**_DECIMALS), unit)


def written_like(value: Fraction, unit: str, like: str) -> str:
    """A sum as another is written: 31250000 元 like `3000万元` is `3125万元`; `value` has at most four decimals."""
    scale = next((char for char in SCALES if char and SCALES[char] > 1000 and char in like), "")
    told = value / SCALES[scale]
    exact = Decimal(told.numerator) / Decimal(told.denominator)
    return f"{exact.normalize():f}{scale}{unit}"
