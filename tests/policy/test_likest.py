"""The passage of an archived text that a misquoted sentence was meant to be, with what differs marked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.policy.likest import Likest, likest

TEXT = """关于开展食堂扶持的通知

一、条件

由企业或社会组织开办，餐位不少于20个。
等级为三级
以上。开办满一年，面积不少于60平方米；
"""


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        (
            "由企业和社会组织开办",
            Likest(5, "由企业【或】社会组织开办", "由企业【和】社会组织开办", False),
        ),
        (
            "面积不少60平方米",
            Likest(7, "面积不少【于】60平方米", "面积不少【】60平方米", False),
        ),
        (
            "餐位不少于２０个.",
            Likest(5, "餐位不少于【20】个【。】", "餐位不少于【２０】个【.】", True),
        ),
        # Lines broken for width are no difference.
        (
            "20个，等级为三级以上",
            Likest(5, "20个【。】等级为三级以上", "20个【，】等级为三级以上", True),
        ),
        (
            "面积不少于80平方米",
            Likest(7, "面积不少于【6】0平方米", "面积不少于【8】0平方米", False),
        ),
        ("申报表一式三份", None),
        ("企", None),
        ("", None),
    ],
)  # fmt: skip
def test_the_nearest_passage_is_shown_with_what_differs(quote: str, found: Likest | None) -> None:
    assert likest(quote, TEXT) == found


def test_of_a_long_quote_only_what_is_near_the_difference_is_shown() -> None:
    text = "".join(chr(0x4E00 + number) for number in range(300))
    found = likest(text[:150] + "X" + text[151:], text)
    assert found is not None
    assert found.archived == f"……{text[90:150]}【{text[150]}】{text[151:211]}……"


@given(
    st.text(st.sampled_from("甲乙丙丁，。,0０ \n"), max_size=30),
    st.text(st.sampled_from("甲乙丙丁，。,0０ \n"), max_size=60),
)
def test_what_is_unmarked_is_the_same_on_both_sides(quote: str, text: str) -> None:
    found = likest(quote, text)
    if found is not None:
        assert found.quoted.replace("【", "").replace("】", "") == "".join(quote.split())
        assert found.archived.replace("【", "").replace("】", "") in "".join(text.split())
        assert 1 <= found.line <= text.count("\n") + 1
