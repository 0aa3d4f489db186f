"""Sets of numbers and of codes, by which conditions are held against each other: as sets of what they admit."""

from __future__ import annotations

from itertools import product

import pytest

from service.policy.admitted import Codes, Demand, Span

ENDS = (None, *range(-2, 3))
SPANS = [Span(low, high) for low, high in product(ENDS, ENDS)]
NUMBERS = range(-5, 6)
NAMES = ("a", "b", "c")
SETS = [Codes(frozenset(name for name, kept in zip(NAMES, flags, strict=True) if kept), negated)
        for flags in product((True, False), repeat=3) for negated in (True, False)]  # fmt: skip


def numbers(span: Span) -> set[int]:
    return {n for n in NUMBERS if (span.low is None or n >= span.low) and (span.high is None or n <= span.high)}


def names(codes: Codes) -> set[str]:
    """The codes of a set; `other` stands for every code without a name here."""
    return {name for name in (*NAMES, "other") if (name in codes.codes) != codes.negated}


@pytest.mark.parametrize("first", SPANS)
def test_spans_are_sets_of_numbers(first: Span) -> None:
    assert first.is_empty == (not numbers(first))
    for second in SPANS:
        assert numbers(first.meet(second)) == numbers(first) & numbers(second)
        if not first.is_empty:
            assert first.within(second) == (numbers(first) <= numbers(second))


@pytest.mark.parametrize("first", SETS)
def test_codes_are_sets_of_codes(first: Codes) -> None:
    assert first.is_empty == (not names(first))
    for second in SETS:
        assert names(first.meet(second)) == names(first) & names(second)
        assert first.within(second) == (names(first) <= names(second))


def test_demands_on_different_subjects_say_nothing_of_each_other() -> None:
    first, second = Demand({("a",): Span(5, None)}), Demand({("b",): Span(None, 3)})
    assert not first.clashes(second)
    assert not first.implies(second)
    assert first.clashes(Demand({("b",): Span(1, 2), ("a",): Span(None, 3)}))
    assert not first.clashes(Demand({("a",): Codes(frozenset())}))
    assert not first.implies(Demand({("a",): Codes(frozenset("x"), True)}))
