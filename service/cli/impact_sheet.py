"""The impact of an edition as a workbook: a sheet with the summary, one with a row for each application."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from openpyxl import Workbook

from service import messages
from service.cli.impact_view import Found, overall, reasons, summary_lines
from service.rounds.cells import add_row

if TYPE_CHECKING:
    pass

_say = messages.text
_WIDTHS = (48, 10, 16, 16, 12, 80, 40)


def write_sheet(found: Found, path: Path) -> None:
    """Write the workbook, replacing a file of that name. Raises OSError where it cannot be written."""
    book = Workbook()
    first = book.active
    assert first is not None  # noqa: S101 - a workbook is made with one sheet
    first.title = _say("impact.sheet.summary")
    first.column_dimensions["A"].width = 100
    add_row(first, [_say("impact.title", title=found.new.title, edition=found.new.edition)], bold=True)
    for line in summary_lines(found):
        add_row(first, [line])
    sheet = book.create_sheet(_say("impact.sheet.applications"))
    columns = ("application", "from", "before", "after", "direction", "reasons", "left-out")
    add_row(sheet, [_say(f"impact.{name}") for name in columns], bold=True)
    for item in found.impacts:
        left = [*item.dropped, *item.unread_before, *item.dropped_findings]
        direction = _say(f"impact.direction.{item.direction.value}")
        cells = [item.name, item.edition, overall(item.before), overall(item.after), direction]
        add_row(sheet, [*cells, "\n".join(reasons(item)), "、".join(left)])
    for number, width in enumerate(_WIDTHS):
        sheet.column_dimensions["ABCDEFG"[number]].width = width
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions
    book.save(path)
