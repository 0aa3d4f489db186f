"""Chinese text in lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from service.cli.prose import lines_of, plain


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("一二三四五六", 8, ["一二三四", "五六"]),
        ("一二三四，五六", 8, ["一二三", "四，五六"]),
        ("一二三“四五”", 8, ["一二三", "“四五”"]),
        ("用 --edition 指明", 12, ["用 --edition", "指明"]),
        ("见 --utc-offset", 8, ["见", "--utc-of", "fset"]),
        ("甲\n乙", 8, ["甲", "乙"]),
        ("", 8, [""]),
    ],
)
def test_lines(text: str, width: int, lines: list[str]) -> None:
    assert list(lines_of(text, width)) == lines


@given(st.text(alphabet="一二，。“”（）ab -2\n", max_size=60), st.integers(min_value=8, max_value=40))
def test_nothing_but_blanks_is_lost_and_no_line_is_too_wide(text: str, width: int) -> None:
    lines = list(lines_of(text, width))
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert [line for line in lines if cell_len(line) > width] == []


def test_what_steers_a_terminal_is_not_printed() -> None:
    assert plain("a\x1b[31m\u202e\r\u3000b\tc") == "a?[31m??\u3000b c"
