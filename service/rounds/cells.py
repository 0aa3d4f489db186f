"""Text as a cell of a spreadsheet that no program computes."""

from __future__ import annotations

import unicodedata

from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

# A spreadsheet takes a cell that begins so for a formula, in the file or in what is exported from it; some read
# the full-width forms alike.
_FORMULA = ("=", "+", "-", "@")
_BLANK = ("\t", "\r", "\n")
_LONGEST = 32_000


def neutral(text: str) -> str:
    """The text with an apostrophe before what would begin a formula, without what a cell cannot hold."""
    clean = ILLEGAL_CHARACTERS_RE.sub("?", text)[:_LONGEST]
    begins = unicodedata.normalize("NFKC", clean.lstrip())[:1]
    return f"'{clean}" if (begins in _FORMULA and begins) or clean.startswith(_BLANK) else clean
