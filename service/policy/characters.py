"""The characters of a policy file: its encoding, its lines, and characters that nobody sees."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from typing import Any, NamedTuple

BREAK = re.compile(r"\r\n|\r|\n")

_BIDIRECTIONAL = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Drawn as nothing although Unicode counts them as letters or marks: fillers, joiners, variation selectors.
_BLANK = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0") | {
    chr(code) for low, high in ((0x180B, 0x180F), (0xFE00, 0xFE0F), (0xE0100, 0xE01EF)) for code in range(low, high + 1)
}
_TAB_INDENT = re.compile(r"^ *\t", re.MULTILINE)


class Fault(NamedTuple):
    """What is wrong at a character: line and column from 1, a problem's code and params."""

    line: int
    column: int
    code: str
    params: tuple[tuple[str, Any], ...] = ()


def encoding_faults(raw: bytes) -> list[Fault]:
    """Bytes that are not UTF-8: at most one fault, at the first of them; a byte order mark is allowed."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or (len(raw) > 1 and 0 in raw[:2]):
        return [Fault(1, 1, "yaml-utf16")]
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = BREAK.split(raw[: error.start].decode("utf-8").removeprefix("\ufeff"))
        return [Fault(len(before), len(before[-1]) + 1, "yaml-not-utf8")]
    return []


def unseen(char: str) -> bool:
    """Whether nobody sees the character: controls, formats, odd line separators, fillers, non-characters."""
    return char not in "\t\n\r" and (
        unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp") or char in _BLANK or ord(char) & 0xFFFE == 0xFFFE
    )


def character_faults(text: str) -> list[Fault]:
    """Unseen characters (a run of them once) and tabs before the first word of a line, also in quotes."""
    starts = line_starts(text)

    def fault(offset: int, code: str, *params: tuple[str, Any]) -> Fault:
        line = bisect_right(starts, offset)
        return Fault(line, offset - starts[line - 1] + 1, code, params)

    faults = [fault(found.end() - 1, "yaml-tab") for found in _TAB_INDENT.finditer(text)]
    hidden = "".join(re.escape(char) for char in set(text) if unseen(char))
    for run in re.finditer(f"[{hidden}]+", text) if hidden else ():
        char = run[0][0]
        kind = "control" if unicodedata.category(char) == "Cc" else "invisible"
        kind = "bidirectional" if char in _BIDIRECTIONAL else kind
        faults.append(fault(run.start(), f"yaml-{kind}", ("char", f"U+{ord(char):04X}")))
    return faults


def line_starts(text: str) -> list[int]:
    """The offset of the first character of every line; CR, LF and CRLF end lines."""
    return [0, *(found.end() for found in BREAK.finditer(text))]
