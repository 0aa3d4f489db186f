"""Cells of a spreadsheet: text that no program computes, rows that are read by people."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING

from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

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


def add_row(sheet: Worksheet, cells: Iterable[str | int], *, bold: bool = False) -> None:
    """A row at the end of the sheet, its texts neutral and wrapped."""
    sheet.append([neutral(cell) if isinstance(cell, str) else cell for cell in cells])
    for cell in sheet[sheet.max_row]:
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        cell.font = Font(bold=bold)
