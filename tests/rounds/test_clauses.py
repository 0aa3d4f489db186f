"""The conditions that rest on a clause, however its number is written."""

from __future__ import annotations

import pytest

from service.policy.model import Policy
from service.rounds.clauses import citing, clauses_of
from tests.rounds.conftest import Office


@pytest.fixture
def policy(office: Office) -> Policy:
    return office.policy


@pytest.mark.parametrize("clause", ["二", " 二、", "第二条", "（二）"])
def test_a_condition_rests_on_what_is_cited_around_it(policy: Policy, clause: str) -> None:
    names = {name for _, _, name in citing([policy], clause)}
    assert names == {"skill", "skill.grade", "skill.fame", "skill.money", "skill.much", "skill.top"}


@pytest.mark.parametrize("clause", ["", "、", "九"])
def test_a_clause_that_nothing_cites_finds_nothing(policy: Policy, clause: str) -> None:
    assert citing([policy], clause) == frozenset()


def test_every_clause_is_told_once(policy: Policy) -> None:
    assert clauses_of([policy]) == ("一", "二", "三", "四", "五")
