"""Entries of the log as rows of a spreadsheet: public parts only, a row an entry, and a row for each condition."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from service import messages
from service.rounds.cells import neutral

if TYPE_CHECKING:
    from pathlib import Path

    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

    from service.decisions.reading import Summary

_say = messages.text
_ENTRY = (
    "sequence", "id", "kind", "time", "requested-by", "policy", "edition", "conclusion", "supersedes", "amiss", "seal",
)  # fmt: skip
_CONDITION = ("sequence", "id", "condition", "status", "machine-status", "deciding")
_WIDTHS = (8, 38, 12, 28, 20, 34, 8, 16, 38, 80, 22)


def csv_lines(entries: Iterable[Summary]) -> Iterator[str]:
    """The entries as CSV (RFC 4180), a head first; no cell begins a formula."""
    yield _csv_line(_heads(_ENTRY))
    for item in entries:
        yield _csv_line(_entry_row(item))


def write_workbook(entries: Iterable[Summary], path: Path) -> None:
    """Write entries and their conditions as two sheets, replacing a file of that name. Raises OSError."""
    from openpyxl import Workbook

    # Opened before anything is read: a workbook begun and never saved would complain of it.
    with path.open("wb") as target:
        book = Workbook(write_only=True)
        first, second = (book.create_sheet(_say(f"export.sheet.{name}")) for name in ("entries", "conditions"))
        _head(first, _ENTRY, _WIDTHS)
        _head(second, _CONDITION, (8, 38, 40, 14, 14, 10))
        for item in entries:
            first.append(_entry_row(item))
            for row in _condition_rows(item):
                second.append(row)
        book.save(target)


def _head(sheet: WriteOnlyWorksheet, names: tuple[str, ...], widths: tuple[int, ...]) -> None:
    for letter, width in zip("ABCDEFGHIJK", widths, strict=False):
        sheet.column_dimensions[letter].width = width  # type: ignore[attr-defined]  # not in the stubs
    sheet.freeze_panes = "A2"
    sheet.append(_heads(names))


def _heads(names: tuple[str, ...]) -> list[str]:
    return [_say(f"export.{name}") for name in names]


def _entry_row(item: Summary) -> list[str | int]:
    return [
        item.sequence,
        *(
            neutral(text)
            for text in (
                item.decision_id,
                _say(f"log.kind.{item.kind.value}"),
                item.decided_at.isoformat(),
                item.requested_by,
                item.policy_id or "",
                item.edition or "",
                _status(item.overall, "overall") if item.overall else "",
                item.supersedes or "",
                "；".join(_amiss(item)),
                _say("log.intact" if item.intact else "log.edited"),
            )
        ),
    ]


def _condition_rows(item: Summary) -> Iterator[list[str | int]]:
    for name, state in (item.public.get("conditions") or {}).items():
        told = (_status(state.get(key), "status") for key in ("status", "machine_status"))
        deciding = _say("value.true") if state.get("deciding") else ""
        yield [item.sequence, *map(neutral, (item.decision_id, name, *told, deciding))]


def _amiss(item: Summary) -> Iterator[str]:
    """What decided and is not satisfied."""
    for name, state in (item.public.get("conditions") or {}).items():
        if state.get("deciding") and state.get("status") != "satisfied":
            yield f"{name}：{_status(state.get('status'), 'status')}"


def _status(written: object, kind: str) -> str:
    """A status in words; in an entry that was tampered with, whatever stands there."""
    code = f"{'overall' if kind == 'overall' else 'view.status'}.{written}"
    return _say(code) if messages.has(code) else str(written)


def _csv_line(cells: Iterable[object]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue()
