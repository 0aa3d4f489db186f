"""The panel sheet as a workbook: written with the questions, read back with what people filled in.

A row is one question about one application; columns nobody sees say which decision, condition and application it is
about, so that a row is read surely wherever it was moved. Only the cells to fill in can be changed.
"""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from service import messages
from service.policy.literals import date_bounds
from service.problems import FilePlace, Place, Problem, nearest, problem
from service.rounds.cells import neutral
from service.rounds.filled import ABOUT, FILLED, Filled, conflicts, heading, results
from service.rounds.questions import Question

_say = messages.text
#: What the sheet tells, with the width of its column in characters of half a Chinese one.
_TOLD = {"unit": 20, "section": 10, "question": 36, "given": 44, "basis": 36, "status": 11, "gates": 9}
_WIDTHS = {"result": 10, "reason": 32, "by": 14, "on": 12, "conflict": 12, "evidence": 30}
COLUMNS = (*_TOLD, *FILLED, *ABOUT)
_HEADER = 3
_BAND, _OPEN = (PatternFill("solid", fgColor=color) for color in ("E7EAEE", "FFF9DB"))
_LINE = Border(*(Side("thin", color="B5B9BF"),) * 4)
_DATE = "yyyy-mm-dd"
# What a file may come to when unpacked: a sheet of a whole province has a hundredth of it.
_MOST_BYTES = 256 * 1024 * 1024
_MOST_ROWS = 100_000
_SEPARATORS = "；;\n"


def write_workbook(questions: Sequence[Question], title: str, path: Path, *, rows: int = 1) -> None:
    """Write the questions, `rows` rows for each, replacing a file of that name. Raises OSError."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)  # noqa: S101 - a workbook is made with one
    sheet.title = _say("panel.sheet")
    sheet.append([neutral(title)])
    sheet.append([_say("panel.instructions")])
    sheet.append([heading(name) for name in (*_TOLD, *FILLED)] + [*ABOUT])
    for question in questions:
        for _ in range(rows):
            _append(sheet, question)
    _lay_out(sheet)
    _restrict(sheet)
    book.save(path)


def read_workbook(path: Path) -> tuple[tuple[Filled, ...], tuple[Problem, ...]]:
    """The findings filled in, or every fault with sheet and cell; rows without any are passed over. Raises OSError."""
    try:
        with zipfile.ZipFile(path) as packed:
            if sum(item.file_size for item in packed.infolist()) > _MOST_BYTES:
                return (), (problem("panel-too-large", FilePlace(path.name)),)
        book = load_workbook(path, keep_links=False)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, TypeError, SyntaxError):
        # What openpyxl meets in files that are no workbooks; a SyntaxError is one of XML.
        return (), (problem("panel-unreadable", FilePlace(path.name)),)
    found: list[Filled] = []
    problems: list[Problem] = []
    headers = 0
    for sheet in book.worksheets:
        header = _header(sheet)
        if header is None:
            continue
        headers += 1
        row, columns = header
        lacking = [name for name in COLUMNS if name in (*FILLED, *ABOUT) and name not in columns]
        for name in lacking:
            problems.append(problem("panel-column", FilePlace(sheet.title), name=_shown(name)))
        if not lacking:
            for cells in sheet.iter_rows(min_row=row + 1, max_row=min(sheet.max_row, row + _MOST_ROWS)):
                read = _Row(sheet.title, {name: cells[place] for name, place in columns.items()})
                filled, faults = read.filled()
                problems += faults
                if filled is not None:
                    found.append(filled)
    if not headers:
        problems.append(problem("panel-no-sheet", FilePlace(path.name)))
    return (() if problems else tuple(found)), tuple(problems)


class _Row:
    """One row of a sheet, its cells by the names of their columns."""

    def __init__(self, sheet: str, cells: dict[str, Any]) -> None:
        self._sheet = sheet
        self._cells = cells
        self._faults: list[Problem] = []

    def filled(self) -> tuple[Filled | None, list[Problem]]:
        """What was filled in, None where nothing was, and the faults of single cells."""
        if all(_is_blank(self._cells[name]) for name in FILLED):
            return None, []
        about = {name: self._text(name) for name in ABOUT}
        if about["decision_id"] is None or about["about"] is None:
            self._faults.append(problem("panel-row-unknown", self.place("")))
            return None, self._faults
        kind = "exception" if about["kind"] == "exception" else "judgement"
        finding: dict[str, Any] = {
            **{name: about[name] for name in ABOUT[1:]},
            # The words of either kind are understood, whatever is asked.
            "result": self._choice("result", [*results(kind), *results("judgement"), *results("exception")], 2),
            "by": self._text("by"),
            "on": self._day(),
            "reason": self._text("reason"),
            "evidence": self._list(),
            "conflict": self._choice("conflict", [*conflicts()], 2),
        }
        return Filled(about["decision_id"], finding, self.place), self._faults

    def place(self, name: str) -> Place:
        """Where a column of this row is: `评审表!F12`; of a row as a whole its first cell to fill in."""
        cell = self._cells.get(name) or self._cells[FILLED[0]]
        return FilePlace(f"{self._sheet}!{cell.coordinate}")

    def _value(self, name: str) -> Any:
        cell = self._cells[name]
        if cell.data_type in ("f", "e") or not isinstance(
            cell.value, str | int | float | bool | dt.date | dt.time | None
        ):
            self._faults.append(problem("panel-formula", self.place(name), name=_shown(name)))
            return None
        return None if isinstance(cell.value, str) and not cell.value.strip() else cell.value

    def _text(self, name: str) -> str | None:
        value = self._value(name)
        return None if value is None else str(value).strip()

    def _choice(self, name: str, words: list[tuple[str, str]], shown: int) -> str | None:
        value = self._text(name)
        if value is None:
            return None
        known = dict(words)
        if value not in known:
            allowed = [word for word, _ in words[:shown]]
            self._faults.append(
                problem(
                    "panel-choice", self.place(name), name=_shown(name), allowed="、".join(allowed),
                    suggestion=nearest(value, known),
                )
            )  # fmt: skip
        return known.get(value)

    def _day(self) -> str | None:
        value = self._value("on")
        if value is None:
            return None
        if isinstance(value, dt.datetime):
            return value.date().isoformat()
        if isinstance(value, dt.date):
            return value.isoformat()
        days = date_bounds(value.strip()) if isinstance(value, str) else None
        if days is None or days[0] != days[1]:
            self._faults.append(problem("panel-day", self.place("on"), name=_shown("on")))
            return None
        return dt.date.fromordinal(days[0]).isoformat()

    def _list(self) -> list[str]:
        text = self._text("evidence") or ""
        for separator in _SEPARATORS:
            text = text.replace(separator, "\n")
        return [part.strip() for part in text.split("\n") if part.strip()]


def _append(sheet: Worksheet, question: Question) -> None:
    told = question.as_json()
    told["unit"] = question.unit or _say("panel.unit-blank", sequence=question.sequence)
    told["unit"] += _say("panel.replaced") if question.replaced else ""
    told["gates"] = _say("panel.gates" if question.gates else "panel.gates-not")
    blank = [None] * len(FILLED)
    sheet.append([*(neutral(told[name]) for name in _TOLD), *blank, *(told[name] for name in ABOUT)])


def _lay_out(sheet: Worksheet) -> None:
    shown = len(_TOLD) + len(FILLED)
    for number, name in enumerate(COLUMNS, start=1):
        dimension = sheet.column_dimensions[get_column_letter(number)]
        dimension.hidden = name in ABOUT
        dimension.width = _TOLD.get(name) or _WIDTHS.get(name) or 12
    for row in (1, 2):
        sheet.cell(row, 1).alignment = Alignment(wrap_text=True, vertical="center")
        sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=shown)
    sheet["A1"].font = Font(bold=True, size=14)
    sheet.row_dimensions[2].height = 48
    for row in range(_HEADER, sheet.max_row + 1):
        head = row == _HEADER
        for column in range(1, shown + 1):
            cell = sheet.cell(row, column)
            cell.alignment = Alignment(wrap_text=True, vertical="center" if head else "top")
            cell.border = _LINE
            cell.font = Font(bold=head)
            if head:
                cell.fill = _BAND
            elif column > len(_TOLD):
                cell.fill = _OPEN
                cell.protection = Protection(locked=False)
        if not head:
            sheet.row_dimensions[row].height = _height(sheet, row)
    first = f"{get_column_letter(2)}{_HEADER + 1}"
    sheet.freeze_panes = first
    sheet.print_title_rows = f"{_HEADER}:{_HEADER}"
    sheet.print_area = f"A1:{get_column_letter(shown)}{max(sheet.max_row, _HEADER)}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A3
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    if sheet.oddFooter is not None:
        sheet.oddFooter.center.text = "&P / &N"


def _height(sheet: Worksheet, row: int) -> float:
    """Room for the longest text of a row: programs do not fit the height of rows they did not make."""
    lines = 1
    for column, width in enumerate((*_TOLD.values(), *_WIDTHS.values()), start=1):
        texts = str(sheet.cell(row, column).value or "").split("\n")
        lines = max(lines, sum(1 + sum(2 if ord(char) > 0x2E7F else 1 for char in text) // width for text in texts))
    return min(15.0 * lines + 6, 400)


def _restrict(sheet: Worksheet) -> None:
    """Lists to choose from, dates, and no change where nothing is to be filled in."""
    last = max(sheet.max_row, _HEADER + 1)
    kinds = [str(sheet.cell(row, COLUMNS.index("kind") + 1).value) for row in range(_HEADER + 1, last + 1)]
    letter = {name: get_column_letter(COLUMNS.index(name) + 1) for name in FILLED}
    for kind in ("judgement", "exception"):
        chosen = _list_of([word for word, _ in results(kind)], heading("result"))
        for row, found in enumerate(kinds, start=_HEADER + 1):
            if found == kind:
                chosen.add(f"{letter['result']}{row}")
        if chosen.sqref:
            sheet.add_data_validation(chosen)
    declared = _list_of([word for word, _ in conflicts()], heading("conflict"))
    declared.add(f"{letter['conflict']}{_HEADER + 1}:{letter['conflict']}{last}")
    sheet.add_data_validation(declared)
    for row in range(_HEADER + 1, last + 1):
        sheet[f"{letter['on']}{row}"].number_format = _DATE
    protection = sheet.protection
    protection.sheet = True
    protection.formatColumns = protection.formatRows = protection.sort = protection.autoFilter = False


def _list_of(words: list[str], title: str) -> DataValidation:
    return DataValidation(
        type="list", formula1=f'"{",".join(words)}"', allow_blank=True, showErrorMessage=True,
        errorTitle=title, error=_say("panel.choose", allowed="、".join(words)),
    )  # fmt: skip


def _header(sheet: Worksheet) -> tuple[int, dict[str, int]] | None:
    """The row of the headings and where each column stands, from 0; None where it is another sheet."""
    names = {heading(name): name for name in FILLED} | {name: name for name in ABOUT}
    for row in sheet.iter_rows(min_row=1, max_row=20):
        found = {names[str(cell.value)]: place for place, cell in enumerate(row) if str(cell.value) in names}
        if "decision_id" in found:
            return row[0].row or 1, found
    return None


def _shown(name: str) -> str:
    return heading(name) if name in FILLED else name


def _is_blank(cell: Any) -> bool:
    return cell.value is None or (isinstance(cell.value, str) and not cell.value.strip())
