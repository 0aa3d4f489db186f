"""Derived facts read back as sentences: each function, every number, code, cap, table and label.

`ELIGIBILITY_KEEP=1 python -m pytest tests/policy/test_formulas.py` keeps the sentences anew, to be read in the diff.
"""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import pytest

from service.policy.facts import Fact, FactType
from service.policy.formulas import formula, formula_line, formulas, number_text, share_text
from service.policy.functions import FUNCTIONS
from service.policy.library import load_library
from service.policy.model import Policy
from service.policy.usage import computed_in_use

DATA = Path(__file__).parents[1] / "data" / "policies"
SETS = ("base", "values")


def policy_of(name: str) -> Policy:
    snapshot, problems = load_library(DATA / name)
    assert snapshot is not None, problems
    return snapshot.policies[-1]


@pytest.mark.parametrize("name", SETS)
def test_every_derived_fact_reads_back_as_written_down(name: str) -> None:
    text = "".join(f"{formula_line(fact, said)}\n" for fact, said in formulas(policy_of(name)))
    kept = DATA / f"{name}.formulas.txt"
    if os.environ.get("ELIGIBILITY_KEEP"):
        kept.write_text(text, "utf-8")
    assert text == kept.read_text("utf-8")


def test_every_function_has_a_sentence() -> None:
    said = {}
    for fact in (fact for name in SETS for fact in policy_of(name).derived):
        assert fact.derivation is not None
        said.setdefault(fact.derivation.function, formula(fact))
    assert said.keys() == FUNCTIONS.keys()
    assert all(said.values())


@pytest.mark.parametrize("name", SETS)
def test_a_formula_names_every_fact_it_is_computed_from(name: str) -> None:
    for fact in policy_of(name).derived:
        assert fact.derivation is not None
        given = fact.derivation.arguments
        of = given.get("of")
        if isinstance(of, Fact):
            assert f"“{of.label}”" in formula(fact), fact.path


def test_a_field_of_the_form_has_no_formula() -> None:
    assert formula(Fact(path="score", type=FactType.NUMBER, label="得分")) == ""


def changed(tmp_path: Path, old: str, new: str) -> dict[str, str]:
    """The formulas of the values policy with one text of it replaced."""
    for path in (DATA / "values").rglob("*.*"):
        target = tmp_path / path.relative_to(DATA / "values")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    file = tmp_path / "demo" / "2025.yaml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")
    snapshot, problems = load_library(tmp_path)
    assert snapshot is not None, problems
    return {fact.path: said for fact, said in formulas(snapshot.policies[-1])}


def test_one_band_for_all_is_said_to_be(tmp_path: Path) -> None:
    old = "bands: [{from: 90分, gives: 优秀}, {from: 80分, gives: 良好}, {gives: 一般}]"
    assert changed(tmp_path, old, "bands: [{gives: 一般}]")["class"] == "“得分”不论多少，均为一般"


@pytest.mark.parametrize(
    ("old", "new", "path", "said"),
    [
        (
            "amounts: {省级: 十万元, q: 5万元}, otherwise: 0万元", "amounts: {省级: 7万元, r: 1万元}, otherwise: 2万元",
            "by_level", "按“级别”：省级7万元、县级1万元、其他2万元",
        ),
        ("at_most: 5000元}", "at_most: 6万元}", "whole_third",
         "“费用”的1/3，不足1元的部分舍去，不少于0元，不超过6万元"),
        ("percent: 0%", "percent: 12.5%", "nothing_of_cost", "“费用”的12.5%，不足0.01元的部分舍去"),
        ("value: 二十万元", "value: 18万元", "bonus", "“年数”10年以上为18万元，5年以上不满10年为5万元，其余为0元"),
    ],
)  # fmt: skip
def test_a_changed_number_changes_the_sentence(tmp_path: Path, old: str, new: str, path: str, said: str) -> None:
    assert changed(tmp_path, old, new)[path] == said


@pytest.mark.parametrize(
    ("scaled", "unit", "precision", "said"),
    [
        (8000000, "元", 2, "8万元"),
        (15000, "元", 0, "1.5万元"),
        (12345, "元", 0, "12345元"),
        (1234567, "元", 2, "12345.67元"),
        (300000000, "元", 0, "3亿元"),
        (-20000, "元", 0, "-2万元"),
        (20000, "万元", 0, "20000万元"),
        (20000, None, 0, "2万"),
        (905, "分", 1, "90.5分"),
        (100, "分", 0, "100分"),
        (0, "元", 2, "0元"),
    ],
)
def test_a_number_is_written_as_a_notice_writes_it(scaled: int, unit: str | None, precision: int, said: str) -> None:
    fact = Fact(path="x", type=FactType.NUMBER, label="数", unit=unit, precision=precision)
    assert number_text(scaled, fact) == said


@pytest.mark.parametrize(
    ("share", "said"),
    [(Fraction(1, 4), "25%"), (Fraction(1), "100%"), (Fraction(1, 8), "12.5%"), (Fraction(1, 3), "1/3")],
)
def test_a_share_is_a_percentage_where_that_is_exact(share: Fraction, said: str) -> None:
    assert share_text(share) == said


def test_what_nothing_rests_on_is_not_in_use() -> None:
    assert computed_in_use(policy_of("base")) == {fact.path for fact in policy_of("base").derived}
    used = computed_in_use(policy_of("values"))
    assert {"class", "all_amounts", "projects[].size", "as_level_listed"} & used == {
        "class", "all_amounts", "projects[].size",
    }  # fmt: skip
    assert "projects[].days" in used  # by way of the size
