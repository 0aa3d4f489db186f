"""A large policy is reloaded again and again; the long form is a command of its own."""

from __future__ import annotations

from tests.engine.reloads import reload
from tests.engine.soak import GROWTH_KB


def test_memory_is_flat_over_reloads_of_three_hundred_conditions() -> None:
    assert reload(20) <= GROWTH_KB
