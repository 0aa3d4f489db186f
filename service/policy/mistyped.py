"""What a writer most likely meant where YAML reads something else: full-width marks, a forgotten space.

Lines and columns of marks count from 0, as libyaml gives them; those of faults from 1.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from service.policy.characters import Fault

WIDE_COLON, _WIDE_COMMA = "\uff1a", "\uff0c"
_WIDE_BRACKETS = "\uff5b\uff5d\uff3b\uff3d"
# Brackets, commas and quotes of another width where YAML's own were meant: quotes only around what needs them.
_WIDE_MARKS = (
    ("yaml-full-width-bracket", re.compile("(?:^\\s*|[:{\\[,-]\\s+|[{\\[])([\uff5b\uff3b\u3010\u3014])")),
    ("yaml-full-width-bracket", re.compile("([\uff5d\uff3d])\\s*,?\\s*$")),
    (
        "yaml-full-width-quote",
        re.compile("(?:^\\s*|[:{\\[,-]\\s+|[{\\[])([\u201c\u2018])(?=[^\u201d\u2019]*[:,#\\[\\]{}])"),
    ),
    ("yaml-full-width-comma", re.compile("[{,][^{}]*(\uff0c)\\s*\\w+:\\s")),
)
_WIDE_SPACES = "\u3000\u00a0"

# What a line looks like when its writer meant a key or a list item; the group is the character at fault.
_ITEMS, _KEY = r"\s*(?:- +)*", r"[^\s\"'#:\uff1a]{0,40}"
SUSPECTS = (
    ("yaml-full-width-colon", re.compile(_ITEMS + r"[^\s\"'#:\uff1a\[\]{}]" + _KEY + r" ?(\uff1a)")),
    ("yaml-missing-space", re.compile(_ITEMS + r"[^\s\"'#:\uff1a\[\]{}0-9]" + _KEY + r"(:)(?=[^\s:/])")),
    ("yaml-missing-space", re.compile(_ITEMS + r"(-)(?=[^\s-])")),
    ("yaml-wide-space", re.compile(_ITEMS + f"(?:{_KEY}:|-)([{_WIDE_SPACES}])")),
)
# A comparison where a value stands: > begins a text of several lines, or none at all.
COMPARISON = re.compile("(?:>=|>)(?=\\s*[\\d=])")
_ROWS = re.compile(r"[^\s\[\]{},:'\"]+(?:\[\](?:\.[^\s\[\]{},:'\"]+)?)+")
_BARE_KEY = re.compile(_ITEMS + r"([^\s\"'#:{}\[\],-][^\s\"'#:{}\[\],]*) +[{\[]")
# What stands for the character at fault when the text is read again to look past it: each is one longer.
REPAIRS = {
    ("yaml-full-width-colon", WIDE_COLON): ": ",
    ("yaml-missing-space", ":"): ": ",
    ("yaml-missing-space", "-"): "- ",
    **{("yaml-wide-space", space): "  " for space in _WIDE_SPACES},
}


class Mark(Protocol):
    """A place in a text as libyaml gives it, from 0."""

    @property
    def line(self) -> int:
        """The line."""

    @property
    def column(self) -> int:
        """The column on the line."""

    @property
    def index(self) -> int:
        """The offset in the text."""


def suspect(lines: Sequence[str], line: int) -> Fault | None:
    """A mistyped key or list item on that line (counted from 1)."""
    for code, pattern in SUSPECTS:
        found = pattern.match(lines[line - 1])
        if found:
            return Fault(line, found.start(1) + 1, code, (("char", found[1]),))
    return None


def plain_faults(
    lines: Sequence[str], text: str, start: Mark, end: Mark, *, in_brackets: bool, may_join: bool
) -> list[Fault]:
    """Faults of text without quotes that YAML accepts although its writer surely meant something else.

    `in_brackets` is whether it is an item of a list in brackets, `may_join` whether it may have swallowed a
    mistyped key or list item, which silently joins the text above it.
    """
    faults = []
    if text[:1] in _WIDE_BRACKETS and text:
        faults.append(Fault(start.line + 1, start.column + 1, "yaml-full-width-bracket", (("char", text[0]),)))
    if text[:1] in _WIDE_SPACES and text:
        faults.append(Fault(start.line + 1, start.column + 1, "yaml-wide-space"))
    elif text[-1:] in _WIDE_SPACES and text:
        faults.append(Fault(end.line + 1, end.column, "yaml-wide-space"))
    if in_brackets and _WIDE_COMMA in text:
        column = lines[start.line].find(_WIDE_COMMA, start.column)
        faults.append(Fault(start.line + 1, max(column, start.column) + 1, "yaml-full-width-comma"))
    if may_join:
        suspects = (suspect(lines, line) for line in range(start.line + 1, end.line + 2))
        faults += [fault for fault in suspects if fault]
    return faults


def field_of_rows(line: str, column: int) -> re.Match[str] | None:
    """The name of a field of rows, `members[].age`, whose brackets stand at that column (from 1) without quotes."""
    return next((found for found in _ROWS.finditer(line) if found.start() < column <= found.end()), None)


def bare_key(before: str) -> re.Match[str] | None:
    """A word that begins a line (group 1) and no colon but a bracket follows: 则 {字段: x}."""
    return _BARE_KEY.match(before)


def wide_mark(lines: Sequence[str], line: int) -> Fault | None:
    """A full-width bracket, comma or Chinese quote on that line (from 1) where YAML's own was meant."""
    for code, pattern in _WIDE_MARKS:
        found = pattern.search(lines[line - 1])
        if found:
            return Fault(line, found.start(1) + 1, code, (("char", found[1]),))
    return None


def missing_dash(lines: Sequence[str], line: int) -> Fault | None:
    """A line (from 1) that stands where the items of a list begin, or what they hold, and begins none itself."""
    indent = _indent(lines[line - 1])
    if lines[line - 1][indent:].startswith(("- ", "#")):
        return None
    for above in range(line - 1, 0, -1):
        words = lines[above - 1].strip()
        at = _indent(lines[above - 1])
        if not words or words.startswith("#") or at > indent:
            continue
        # After an item in braces nothing more of it can follow.
        beside = at == indent or (at < indent == at + 2 and words.endswith("}"))
        return Fault(line, indent + 1, "yaml-missing-dash") if beside and words.startswith("- ") else None
    return None


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def colonless_key(lines: Sequence[str], key: str, line: int, column: int, *, after: bool) -> Fault:
    """What is wrong with a key (which begins there, from 1) that no colon of YAML's follows.

    `after` is whether it comes after another one, whose text may hold the comma between them.
    """
    for char, code in ((WIDE_COLON, "yaml-full-width-colon"), (":", "yaml-missing-space")):
        if char in key:
            found = lines[line - 1].find(char, column - 1) + 1
            return Fault(line, found or column, code, (("char", char),))
    wide = wide_mark(lines, line)
    if wide is not None:
        return wide
    if after and not key.isascii():
        return Fault(line, column, "yaml-comma-in-text", (("text", key if len(key) <= 40 else f"{key[:40]}..."),))
    return Fault(line, column, "yaml-missing-colon")
