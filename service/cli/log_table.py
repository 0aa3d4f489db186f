"""Entries of the log as rows of a spreadsheet: public parts only, a row an entry, and a row for each condition."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from service import messages
from service.decisions.archived import ArchivedPolicies
from service.decisions.faults import LogDamaged
from service.rounds.cells import neutral
from service.rounds.unknown import condition_labels

if TYPE_CHECKING:
    from pathlib import Path

    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

    from service.decisions.reading import LogReader, Summary

_say = messages.text
_ENTRY = (
    "sequence", "id", "kind", "time", "requested-by", "policy", "edition", "conclusion", "supersedes", "amiss", "seal",
)  # fmt: skip
_CONDITION = ("sequence", "id", "condition", "label", "status", "machine-status", "deciding")
_WIDTHS = (8, 38, 12, 28, 20, 34, 8, 16, 38, 80, 22)


class Labels:
    """What the policy that an entry was decided with calls its sections and conditions, each read once."""

    def __init__(self, log: LogReader) -> None:
        self._policies = ArchivedPolicies(log)
        self._labels: dict[str, Mapping[str, str]] = {}

    def of(self, item: Summary) -> Mapping[str, str]:
        """Labels by the names of the public part; none where the archived policy cannot be read.

        Raises LogUnavailable.
        """
        if not item.public.get("conditions"):
            return {}
        # Archived texts never change; an edited entry may name anything.
        key = json.dumps([item.public.get("policy"), item.public.get("tables")], sort_keys=True)
        if key not in self._labels:
            try:
                self._labels[key] = condition_labels(self._policies.of(item.public, item.sequence))
            except (LogDamaged, KeyError, TypeError, AttributeError):
                self._labels[key] = {}
        return self._labels[key]


def csv_lines(entries: Iterable[Summary], labels: Labels) -> Iterator[str]:
    """The entries as CSV (RFC 4180), a head first; no cell begins a formula."""
    yield _csv_line(_heads(_ENTRY))
    for item in entries:
        yield _csv_line(_entry_row(item, labels.of(item)))


def write_workbook(entries: Iterable[Summary], path: Path, labels: Labels) -> None:
    """Write entries and their conditions as two sheets, replacing a file of that name. Raises OSError."""
    from openpyxl import Workbook

    # Opened before anything is read: a workbook begun and never saved would complain of it.
    with path.open("wb") as target:
        book = Workbook(write_only=True)
        first, second = (book.create_sheet(_say(f"export.sheet.{name}")) for name in ("entries", "conditions"))
        _head(first, _ENTRY, _WIDTHS)
        _head(second, _CONDITION, (8, 38, 40, 40, 14, 14, 10))
        for item in entries:
            called = labels.of(item)
            first.append(_entry_row(item, called))
            for row in _condition_rows(item, called):
                second.append(row)
        book.save(target)


def _head(sheet: WriteOnlyWorksheet, names: tuple[str, ...], widths: tuple[int, ...]) -> None:
    for letter, width in zip("ABCDEFGHIJK", widths, strict=False):
        sheet.column_dimensions[letter].width = width  # type: ignore[attr-defined]  # not in the stubs
    sheet.freeze_panes = "A2"
    sheet.append(_heads(names))


def _heads(names: tuple[str, ...]) -> list[str]:
    return [_say(f"export.{name}") for name in names]


def _entry_row(item: Summary, labels: Mapping[str, str]) -> list[str | int]:
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
                "；".join(_amiss(item, labels)),
                _say("log.intact" if item.intact else "log.edited"),
            )
        ),
    ]


def _condition_rows(item: Summary, labels: Mapping[str, str]) -> Iterator[list[str | int]]:
    for name, state in (item.public.get("conditions") or {}).items():
        told = (_status(state.get(key), "status") for key in ("status", "machine_status"))
        deciding = _say("value.true") if state.get("deciding") else ""
        yield [item.sequence, *map(neutral, (item.decision_id, name, labels.get(name, ""), *told, deciding))]


def _amiss(item: Summary, labels: Mapping[str, str]) -> Iterator[str]:
    """What decided and is not satisfied."""
    for name, state in (item.public.get("conditions") or {}).items():
        if state.get("deciding") and state.get("status") != "satisfied":
            called = _say("export.labelled", label=labels[name], name=name) if name in labels else name
            yield f"{called}：{_status(state.get('status'), 'status')}"


def _status(written: object, kind: str) -> str:
    """A status in words; in an entry that was tampered with, whatever stands there."""
    code = f"{'overall' if kind == 'overall' else 'view.status'}.{written}"
    return _say(code) if messages.has(code) else str(written)


def _csv_line(cells: Iterable[object]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue()
