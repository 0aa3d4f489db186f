"""Numbers chosen by a code or a yes or no, and percentages that a fact holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from service.engine.application import read_application
from service.engine.values import HIGHEST, LOWEST
from tests.engine.written import Written, written

_BODY = """
parameters: {big: {label: 高额, value: 20万元}}
facts:
  day: {type: date, label: 申报日期}
  tier: {type: code, label: 档次, codes: [一档, 二档]}
  cost: {type: number, label: 费用, unit: 元, at_least: 0}
  free: {type: number, label: 自报比例, unit: '%', precision: 1}
  own: {type: number, label: 自筹, unit: 元}
derived:
  large: {label: 大额, holds: {fact: cost, at_least: 50万元}}
  cap: {label: 上限, unit: 元, choose: {by: large, cases: {true: {parameter: big}, false: 10万元}}}
  rate: {label: 比例, unit: '%', precision: 1, choose: {by: tier, cases: {一档: 50%, 二档: 33.5%}}}
  part: {label: 按比例, portion: {of: cost, percent: rate}}
  grant: {label: 补助, least_of: [part, cap]}
  said: {label: 按自报, portion: {of: own, percent: free, at_most: 1000元}}
  mixed: {label: 自筹或定额, choose: {by: tier, cases: {一档: own, 二档: 3万元}}}
  since: {label: 起算日, choose: {by: tier, cases: {一档: day, 二档: 2025-01-01}}}
scope: {cite: {clause: 一}, fact: grant, at_most: 20万元}
criteria: {}
"""


@pytest.fixture(scope="module")
def policy() -> Iterator[Written]:
    with written(_BODY) as made:
        yield made


@pytest.mark.parametrize(
    ("path", "given", "found"),
    [
        ("cap", {"cost": 500_000}, (200_000, 200_000)),
        ("cap", {"cost": 499_999}, (100_000, 100_000)),
        ("cap", {}, (100_000, 200_000)),
        ("rate", {"tier": "二档"}, (335, 335)),
        ("rate", {}, (335, 500)),
        ("part", {"tier": "二档", "cost": 1001}, (335, 335)),
        ("part", {"cost": 1000}, (335, 500)),
        ("part", {"tier": "一档"}, (0, HIGHEST)),
        ("grant", {"tier": "一档", "cost": 300_000}, (100_000, 100_000)),
        ("grant", {"tier": "一档", "cost": 600_000}, (200_000, 200_000)),
        ("grant", {"cost": 250_000}, (83_750, 100_000)),
        ("said", {"own": 200, "free": -10}, (-20, -20)),
        ("said", {"own": -200, "free": 10.5}, (-21, -21)),
        ("said", {"own": 200}, (LOWEST, 1000)),
        ("said", {"own": 0}, (0, 0)),
        ("mixed", {"tier": "二档", "own": 5}, (30_000, 30_000)),
        ("mixed", {"own": 5}, (5, 30_000)),
    ],
)
def test_a_number_is_chosen_or_a_part_taken(
    policy: Written, path: str, given: dict[str, Any], found: tuple[int, int]
) -> None:
    application, problems = read_application(policy.policy, {"day": "2025-07-01", **given})
    assert application is not None, problems
    fact = next(fact for fact in policy.policy.derived if fact.path == path)
    assert policy.compiled.readers.value(fact, policy.compiled.frame(application.values)) == found
