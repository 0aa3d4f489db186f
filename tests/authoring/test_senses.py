"""Stricter, looser or rewritten: what the small policies of test_diff cannot say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import pytest

from service.authoring.diff_conditions import diff_sections
from service.authoring.effects import Effect, Place, Sense, below, sense_of
from service.authoring.matching import likeness, match, moved
from service.authoring.senses import own_effect
from service.policy import literals
from service.policy.facts import Duration, Fact, FactType
from service.policy.kinds import (
    AllOf,
    AnyOf,
    Bounds,
    Compare,
    Condition,
    Count,
    Every,
    FactOperand,
    LiteralOperand,
    Member,
    NOf,
    OnMiss,
    Operand,
    Some,
    When,
)
from service.policy.model import Section, SectionKind
from service.policy.tables import CodeEntry

DAY = Fact(path="day", type=FactType.DATE, label="日期")
SUM = Fact(path="sum", type=FactType.NUMBER, label="金额", unit="元", precision=2)
LIST = Fact(path="codes", type=FactType.CODES, label="多项")
HOLDS = Member(
    fact=Fact(path="yes", type=FactType.BOOLEAN, label="是"), operator="is", codes=("true",), literals=("true",)
)


def scale(*labels: str) -> Fact:
    entries = tuple(CodeEntry(code=label, label=label, rank=rank) for rank, label in enumerate(labels))
    vocabulary = literals.vocabulary_of(entries, is_open=False)
    return Fact(path="level", type=FactType.CODE, label="等级", vocabulary=vocabulary)


def at_least(fact: Fact, operand: Operand, **more: Any) -> Compare:
    return Compare(fact=fact, operator="at_least", bounds=Bounds(at_least=operand), **more)


def literal(text: str, value: int) -> LiteralOperand:
    return LiteralOperand(literal=text, value=value)


def effect(old: Condition, new: Condition, sign: int = 1) -> Effect:
    return own_effect(old, new, Place(sign), {})


MOVED = FactOperand(fact=DAY)
NUMBER = FactOperand(fact=SUM)


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        (MOVED, replace(MOVED, plus=Duration(12, 0)), Effect.STRICTER),
        (MOVED, replace(MOVED, plus=Duration(0, -1)), Effect.LOOSER),
        (MOVED, replace(MOVED, plus=Duration(1, -31)), Effect.REWRITTEN),
        (NUMBER, replace(NUMBER, offset=5), Effect.STRICTER),
        (NUMBER, replace(NUMBER, times=Fraction(1, 2)), Effect.LOOSER),
        (NUMBER, replace(NUMBER, times=Fraction(2), offset=-5), Effect.REWRITTEN),
        (NUMBER, replace(NUMBER, fact=DAY), Effect.REWRITTEN),
        (NUMBER, literal("1", 1), Effect.REWRITTEN),
    ],
)
def test_a_bound_that_is_another_fact_rises_and_falls_with_what_moves_it(
    old: Operand, new: Operand, found: Effect
) -> None:
    assert effect(at_least(SUM, old), at_least(SUM, new)) & Effect.REWRITTEN == found


def test_numbers_are_compared_as_what_they_mean_and_not_across_units() -> None:
    old = at_least(SUM, literal("1元", 100))
    finer = at_least(replace(SUM, precision=3), literal("1元", 1000))
    assert effect(old, finer) == Effect.NONE
    assert effect(old, at_least(replace(SUM, precision=3), literal("0.5元", 500))) & Effect.REWRITTEN == Effect.LOOSER
    assert (
        effect(old, at_least(replace(SUM, unit="万元"), literal("1万元", 100))) & Effect.REWRITTEN == Effect.REWRITTEN
    )


def test_ranks_are_compared_where_both_scales_agree() -> None:
    old = at_least(scale("低", "中", "高"), literal("中", 1))
    wider = scale("无", "低", "中", "高")
    assert effect(old, at_least(wider, literal("中", 2))) & Effect.REWRITTEN == Effect.NONE
    assert effect(old, at_least(wider, literal("高", 3))) & Effect.REWRITTEN == Effect.STRICTER
    turned = scale("高", "中", "低")
    assert effect(old, at_least(turned, literal("高", 0))) & Effect.REWRITTEN == Effect.REWRITTEN
    assert effect(old, at_least(wider, literal("无", 0))) & Effect.REWRITTEN == Effect.REWRITTEN


def test_a_span_since_a_day_asks_more_the_longer_it_is() -> None:
    def held(months: int) -> Compare:
        return Compare(fact=DAY, operator="for_at_least", bounds=Bounds(at_most=MOVED), plus=Duration(months, 0))

    assert effect(held(12), held(24)) == Effect.STRICTER
    assert effect(held(24), held(12)) == Effect.LOOSER
    assert effect(held(12), replace(held(11), plus=Duration(11, 30))) == Effect.REWRITTEN
    # 40 days are longer than any month, and 730 days shorter than three years.
    assert effect(held(12), replace(held(11), plus=Duration(11, 40))) == Effect.STRICTER
    assert effect(replace(held(0), plus=Duration(0, 730)), held(36)) == Effect.STRICTER
    assert effect(held(36), replace(held(0), plus=Duration(0, 730))) == Effect.LOOSER
    assert effect(held(12), replace(held(0), plus=Duration(0, 365))) == Effect.REWRITTEN


TWO = NOf(children=(HOLDS,), needed=(("甲", 1), ("乙", 2)))
COUNT = Count(of=LIST, operator="at_least", at_least=1)
MOST = Count(of=LIST, operator="at_most", at_most=1)
SOME = Some(of=LIST, that=HOLDS)
EVERY = Every(of=LIST, that=HOLDS)


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        (HOLDS, replace(HOLDS, negated=True), Effect.REWRITTEN),
        (HOLDS, replace(HOLDS, on_miss=OnMiss.REVIEW), Effect.LOOSER),
        (replace(HOLDS, on_miss=OnMiss.REVIEW), HOLDS, Effect.STRICTER),
        (replace(HOLDS, on_miss=OnMiss.REVIEW), replace(HOLDS, on_miss=OnMiss.OPEN_LIST), Effect.REWRITTEN),
        (replace(HOLDS, exempt_when=HOLDS), HOLDS, Effect.STRICTER),
        (TWO, replace(TWO, needed=(("", 1),)), Effect.REWRITTEN),
        (TWO, replace(TWO, needed=(("甲", 2), ("乙", 2))), Effect.STRICTER),
        (COUNT, replace(COUNT, at_most=2), Effect.STRICTER),
        (COUNT, replace(COUNT, distinct_by=SUM), Effect.STRICTER),
        (MOST, replace(MOST, at_most=2), Effect.LOOSER),
        (MOST, replace(MOST, distinct_by=SUM), Effect.LOOSER),
        (replace(MOST, distinct_by=SUM), replace(MOST, distinct_by=DAY), Effect.REWRITTEN),
        (SOME, replace(SOME, distinct_by=SUM), Effect.REWRITTEN),
        (SOME, replace(SOME, where=HOLDS), Effect.STRICTER),
        (EVERY, replace(EVERY, where=HOLDS), Effect.LOOSER),
        (EVERY, replace(EVERY, on_blank="unknown"), Effect.REWRITTEN),
        (replace(EVERY, where=HOLDS), EVERY, Effect.STRICTER),
    ],
)
def test_each_field_has_its_sense(old: Condition, new: Condition, found: Effect) -> None:
    assert effect(old, new) == found
    assert effect(old, new, sign=-1) == found.under(-1)


def test_a_premise_helps_among_alternatives_and_harms_among_requirements() -> None:
    when = When(when=HOLDS, then=HOLDS)
    assert below(when, "when", Place()).sign == -1
    assert below(when, "when", below(AnyOf(children=(when,)), "children", Place())).sign == 1
    assert below(replace(when, otherwise=HOLDS), "when", Place()).sign == 0


def test_what_may_do_either_is_rewritten() -> None:
    assert Effect.STRICTER.under(0) == Effect.REWRITTEN
    assert (Effect.LOOSER | Effect.WORDS).under(-1) == Effect.STRICTER | Effect.WORDS
    assert sense_of(Effect.REWRITTEN) is Sense.REWRITTEN
    assert sense_of(Effect.NONE) is Sense.NEUTRAL


# --- kinds nobody told of -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Part:
    literal: str
    value: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion(Condition):
    fact: Fact
    bounds: Bounds
    among: Condition | None = None
    colour: str = ""


def portion(percent: int, **more: Any) -> Portion:
    part: Any = Part(f"{percent}%", Fraction(percent, 100))
    return Portion(fact=SUM, bounds=Bounds(at_least=part), **more)


def test_a_kind_nobody_told_of_is_rewritten_save_where_its_bounds_tell() -> None:
    assert effect(portion(50), portion(60)) == Effect.STRICTER
    assert effect(portion(50), portion(50, colour="red")) == Effect.REWRITTEN
    assert effect(portion(50), portion(50, among=HOLDS)) == Effect.REWRITTEN
    assert below(portion(50, among=HOLDS), "among", Place()).sign == 0


# --- matching -----------------------------------------------------------------------------------------------


def test_names_come_before_likeness_and_two_names_ask_for_more_of_it() -> None:
    old = [("a", "面积不少于三十平方米"), (None, "资金不少于一百元"), ("c", "人员不少于三人")]
    new = [("d", "人员不少于五人"), (None, "资金不少于二百元"), ("a", "别的")]
    found = match(old, new, (lambda item: item[0],), lambda item: item[1])
    assert found == (((1, 1), (0, 2)), (2,), (0,))


def test_likeness_is_the_same_from_either_side() -> None:
    assert likeness("面积不少于30平方米", "资金不少于30元") == likeness("资金不少于30元", "面积不少于30平方米")
    assert likeness("甲", "乙", 0.5) == 0.0


def test_the_fewest_that_left_the_order_have_moved() -> None:
    assert moved([(1, 0), (2, 1), (0, 2), (3, 3)]) == {2}
    assert moved([]) == frozenset()


def test_the_trees_of_a_section_that_is_empty_on_one_side_are_told_once() -> None:
    empty = Section(id="s", label="S", kind=SectionKind.CORRECT, root=AllOf(children=()))
    (found,) = diff_sections((empty,), (replace(empty, root=AllOf(children=(HOLDS,))),), {})
    assert found.sense is Sense.STRICTER
    assert list(diff_sections((), (empty,), {})) == []
