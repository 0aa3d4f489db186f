"""What a product multiplies: numbers of any unit, each with what one of its unit counts."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from service.policy import literals
from service.policy.factbook import FactBook, scope_of
from service.policy.facts import Fact, FactType
from service.policy.kinds import Part
from service.policy.operands import OperandReader
from service.policy.reading import Path
from service.policy.scalars import literal_text

_DECIMALS = 6  # of a literal


def worth(unit: str | None) -> Fraction:
    """What one of a unit counts in a product: a percentage its hundredth, money in 万元 ten thousand of 元, else 1."""
    if unit is not None and "%" in literals.units_of(unit):
        return Fraction(1, 100)
    return Fraction(1 if unit is None else literals.money(unit) or 1)


def is_money(unit: str | None) -> bool:
    """Whether a unit is one of money, alone or for each of something."""
    return unit is not None and literals.money(unit) is not None


class FactorReader:
    """Reads the factors of products; every fault is noted."""

    def __init__(self, facts: FactBook, operands: OperandReader) -> None:
        self.facts = facts
        self.reading = facts.reading
        self.operands = operands

    def factors(self, value: Any, at: Path, result: Fact) -> tuple[Fact | Part, ...] | None:
        """Two or more: number facts, each once, and literals or parameters; one of them money where the result is."""
        if not isinstance(value, list) or len(value) < 2:
            self.reading.fault("factors-two", at, at_key=True)
            return None
        found: list[Fact | Part] = []
        money: list[str] = []
        for index, item in enumerate(value):
            here = (*at, index)
            factor = self._literal(item, here) if self._is_literal(item) else self._fact(item, here, result, found)
            if factor is None:
                return None
            unit = factor.unit if isinstance(factor, Fact) else literals.unit_of(factor.literal)
            money += [unit] if unit and is_money(unit) else []
            found.append(factor)
        if not any(isinstance(factor, Fact) for factor in found):
            self.reading.fault("literals-only", at, at_key=True, function="product")
            return None
        if len(money) != int(is_money(result.unit)):
            code = "product-of-money" if money else "product-without-money"
            self.reading.fault(code, at, at_key=True, name=result.path, unit=result.unit, count=len(money))
            return None
        return tuple(found)

    def _is_literal(self, item: Any) -> bool:
        if not isinstance(item, str):
            return True
        if item in self.facts.known or self.facts.has_failed(item):
            return False
        return item[:1].isdecimal() or literals.is_amount(item) or literals.fraction(item) is not None

    def _fact(self, item: Any, at: Path, result: Fact, before: list[Fact | Part]) -> Fact | None:
        fact = self.facts.find(item, at, scope_of(result.path))
        if fact is None:
            return None
        if fact.type is not FactType.NUMBER:
            self.reading.fault("argument-type", at, name=fact.path, function="product")
            return None
        if fact in before:
            # The product of a number with itself is no product of any two numbers between its ends.
            self.reading.fault("factor-twice", at, name=fact.path)
            return None
        return fact

    def _literal(self, item: Any, at: Path) -> Part | None:
        text = self.operands.text(item, at)
        if text is None:
            return None
        said = literal_text(text)
        value = None if isinstance(text, bool) else _exact(said)
        if value is None:
            self.reading.fault("bad-factor", at, value=said)
            return None
        return Part(literal=said, value=value)


def _exact(text: str) -> Fraction | None:
    """A number with or without a unit, 800元 or 36, or a part, 80% or 1.5倍."""
    part = literals.fraction(text)
    if part is not None:
        return part
    number = literals.number(text, literals.unit_of(text) or None, _DECIMALS)
    return None if number is None else Fraction(number, 10**_DECIMALS)
