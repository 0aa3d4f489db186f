"""Intervals inside what the rules may see: differences keep their sign, open ends stay open."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.engine.values import EVERYTHING, HIGHEST, LOWEST, Interval, clamp, difference

INSIDE = st.integers(LOWEST + 1, HIGHEST - 1)
PARTS = st.fractions(min_value=0, max_value=10, max_denominator=10_000)


@given(value=INSIDE, other=INSIDE, times=PARTS, offset=st.integers(-(10**9), 10**9))
def test_a_difference_of_known_numbers_has_the_exact_sign(value: int, other: int, times: Fraction, offset: int) -> None:
    low, high = difference((value, value), (other, other), times, offset)
    exact = value - times * other - offset
    assert low == high
    assert (low > 0, low < 0) == (exact > 0, exact < 0)
    assert LOWEST <= low <= HIGHEST


@given(data=st.data(), times=PARTS, offset=st.integers(-(10**9), 10**9))
def test_a_difference_of_intervals_holds_that_of_every_number_in_them(
    data: st.DataObject, times: Fraction, offset: int
) -> None:
    ends = st.lists(INSIDE, min_size=3, max_size=3).map(sorted)
    (low, value, high), (start, other, end) = data.draw(ends), data.draw(ends)
    least, most = difference((low, high), (start, end), times, offset)
    inner = difference((value, value), (other, other), times, offset)
    assert least <= inner[0] <= inner[1] <= most


@pytest.mark.parametrize(
    ("value", "other", "expected"),
    [
        (EVERYTHING, (1, 1), EVERYTHING),
        ((5, HIGHEST), (1, 2), (3, HIGHEST)),
        ((LOWEST, 5), (1, 2), (LOWEST, 4)),
        ((5, 5), (LOWEST, 2), (3, HIGHEST)),
        ((5, 5), (0, HIGHEST), (LOWEST, 5)),
    ],
)
def test_an_open_end_leaves_the_difference_open(value: Interval, other: Interval, expected: Interval) -> None:
    assert difference(value, other) == expected


@pytest.mark.parametrize("far", [HIGHEST, HIGHEST + 1, HIGHEST * 10])
def test_what_lies_beyond_the_rules_is_kept_at_their_edge(far: int) -> None:
    assert clamp(far, far) == (HIGHEST, HIGHEST)
    assert clamp(-far, -far) == (LOWEST, LOWEST)
    assert clamp(-far, far) == EVERYTHING
