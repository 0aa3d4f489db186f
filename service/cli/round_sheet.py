"""A round as a workbook: summary, applications, reasons, like cases, and the list for 公示."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from openpyxl import Workbook

from service import messages
from service.cli.round_view import award_lines, person_name, summary_lines, unalike_title, unit_name
from service.rounds.cells import add_row
from service.rounds.round import STATUSES, Round, reasons_of
from service.rounds.standing import Standing

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

_say = messages.text


def write_sheet(found: Round, selected: Sequence[Standing] | None, path: Path) -> None:
    """Write the workbook, replacing a file of that name. Raises OSError where it cannot be written."""
    book = Workbook()
    first = book.active
    assert first is not None  # noqa: S101 - a workbook is made with one sheet
    first.title = _say("round.sheet.summary")
    first.column_dimensions["A"].width = 100
    add_row(first, [_say("round.title", title=found.policy.title, edition=found.policy.edition)], bold=True)
    for line in summary_lines(found):
        add_row(first, [line])
    _applications(found, book.create_sheet(_say("round.applications")))
    _sections(found, book.create_sheet(_say("round.sections")))
    _reasons(found, book.create_sheet(_say("round.reasons")))
    _unalike(found, book.create_sheet(_say("round.unalike")))
    if selected is not None:
        _public(found, selected, book.create_sheet(_say("round.public")))
    book.save(path)


def _applications(found: Round, sheet: Worksheet) -> None:
    _head(sheet, ("number", 6), ("unit", 36), ("person", 10), ("conclusion", 16), ("why", 70), ("award", 24),
          ("decided-at", 22), ("decision", 40))  # fmt: skip
    for number, standing in enumerate(found.standings, start=1):
        summary = standing.summary
        why = "\n".join(
            f"{item.label}：{_say(f'view.status.{item.status}')}" for item in reasons_of(found.policy, standing)
        )
        add_row(sheet, [
            number, unit_name(found, standing), person_name(standing), _say(f"overall.{summary.overall}"), why,
            "\n".join(award_lines(standing)), summary.decided_at.isoformat(" ", "minutes"), summary.decision_id,
        ])  # fmt: skip


def _sections(found: Round, sheet: Worksheet) -> None:
    add_row(sheet, [_say("round.section"), *(_say(f"view.status.{status}") for status in STATUSES)], bold=True)
    sheet.column_dimensions["A"].width = 24
    sheet.freeze_panes = "A2"
    for section in found.sections:
        if any(section.statuses.values()):
            add_row(sheet, [section.label, *(section.statuses[status] for status in STATUSES)])


def _reasons(found: Round, sheet: Worksheet) -> None:
    _head(sheet, ("section", 20), ("condition", 40), ("status", 20), ("count", 8), ("decisions", 80))
    for reason in found.reasons:
        status = _say(f"view.status.{reason.status}")
        add_row(sheet, [reason.section, reason.label, status, len(reason.decisions), "\n".join(reason.decisions)])


def _unalike(found: Round, sheet: Worksheet) -> None:
    _head(sheet, ("condition", 40), ("basis", 20), ("finding", 10), ("by", 16), ("reason", 60), ("decision", 40))
    for item in found.unalike:
        for one in item.found:
            basis = _say(f"round.basis.{'same' if item.same else 'like'}")
            result = _say("round.upheld" if one.upheld else "round.rejected")
            add_row(sheet, [unalike_title(item), basis, result, one.by, one.reason, one.standing.summary.decision_id])


def _public(found: Round, selected: Sequence[Standing], sheet: Worksheet) -> None:
    _head(sheet, ("number", 6), ("unit", 40), ("person", 12), ("award", 30))
    for number, standing in enumerate(selected, start=1):
        add_row(sheet, [number, unit_name(found, standing), person_name(standing), "\n".join(award_lines(standing))])


def _head(sheet: Worksheet, *columns: tuple[str, int]) -> None:
    add_row(sheet, [_say(f"round.{name}") for name, _ in columns], bold=True)
    for number, (_, width) in enumerate(columns):
        sheet.column_dimensions["ABCDEFGH"[number]].width = width
    sheet.freeze_panes = "A2"
