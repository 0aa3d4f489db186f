"""The engine agrees with the second evaluator, written apart from it, on every status of random policies."""

from __future__ import annotations

import pytest

from tests.oracle.comparison import Disagreement, disagreements, smallest

_EACH = 200  # applications a policy
_POLICIES = 20  # policies a test; five tests make 20 000 cases


@pytest.mark.parametrize("start", range(0, 5 * _POLICIES, _POLICIES))
def test_engine_and_oracle_give_the_same_statuses(start: int) -> None:
    cases = 0
    for found in disagreements(range(start, start + _POLICIES), _EACH):
        if isinstance(found, Disagreement):
            pytest.fail(str(smallest(found)), pytrace=False)
        cases += found
    assert cases == _POLICIES * _EACH
