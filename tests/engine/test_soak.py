"""Many assessments in one process, and in 8 threads: no wrong answer, flat memory; at length by a command."""

import pytest

from tests.engine.soak import GROWTH_KB, soak


@pytest.mark.parametrize("threads", [1, 8])
def test_assessments_stay_right_and_flat(threads: int) -> None:
    wrong, growth = soak(10_000, threads)
    assert wrong == 0
    assert growth <= GROWTH_KB
