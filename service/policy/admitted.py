"""Sets of the values that a condition admits, so that two conditions can be held against each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Span:
    """The whole numbers from `low` to `high`, either end open.

    Of parts of a whole, and of months between two days, the ends are pairs: the number, and 1 or -1 for what
    lies just above or below it, else 0.
    """

    low: Any  # None, or of one type with `high`
    high: Any

    @property
    def is_empty(self) -> bool:
        """Whether no number lies in it."""
        return self.low is not None and self.high is not None and self.low > self.high

    def meet(self, other: Span) -> Span:
        """What lies in both."""
        lows = [low for low in (self.low, other.low) if low is not None]
        highs = [high for high in (self.high, other.high) if high is not None]
        return Span(max(lows, default=None), min(highs, default=None))

    def within(self, other: Span) -> bool:
        """Whether all of it lies in the other."""
        return self.meet(other) == self


@dataclass(frozen=True, slots=True)
class Codes:
    """Some codes or, with `negated`, all but them."""

    codes: frozenset[str]
    negated: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether no code is left."""
        return not self.codes and not self.negated

    def meet(self, other: Codes) -> Codes:
        """The codes of both."""
        if self.negated and other.negated:
            return Codes(self.codes | other.codes, True)
        if self.negated:
            return Codes(other.codes - self.codes)
        return Codes(self.codes - other.codes if other.negated else self.codes & other.codes)

    def within(self, other: Codes) -> bool:
        """Whether all of them are among the others."""
        return self.meet(other) == self


Subject = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Demand:
    """One thing asked: the same set under each subject it can be told of."""

    values: Mapping[Subject, Span | Codes]
    whole: Span | Codes | None = None  # every value its subject can have, where that is known

    @property
    def is_impossible(self) -> bool:
        """Whether no value meets it."""
        whole = self.whole
        return any(values.is_empty or _meet(values, whole) for values in self.values.values())

    @property
    def is_empty_talk(self) -> bool:
        """Whether every value meets it."""
        return self.whole is not None and any(_within(self.whole, values) for values in self.values.values())

    def clashes(self, other: Demand) -> bool:
        """Whether no value meets both."""
        return any(_meet(values, other.values.get(subject)) for subject, values in self.values.items())

    def implies(self, other: Demand) -> bool:
        """Whether every value that meets it meets the other too."""
        return any(_within(values, other.values.get(subject)) for subject, values in self.values.items())


def _meet(values: Span | Codes, other: Span | Codes | None) -> bool:
    """Whether both are possible by themselves and not together."""
    if isinstance(values, Span) and isinstance(other, Span):
        return not values.is_empty and not other.is_empty and values.meet(other).is_empty
    if isinstance(values, Codes) and isinstance(other, Codes):
        return not values.is_empty and not other.is_empty and values.meet(other).is_empty
    return False


def _within(values: Span | Codes, other: Span | Codes | None) -> bool:
    if isinstance(values, Span) and isinstance(other, Span):
        return values.within(other)
    return isinstance(values, Codes) and isinstance(other, Codes) and values.within(other)
