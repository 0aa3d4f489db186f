"""`eligibility log export`: the log written out, for checking it elsewhere or for reading."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from service import messages
from service.cli import exits
from service.cli.framework import Choice, Command, UsageError, option
from service.cli.log import opened_log, told_of_edited
from service.cli.log_filters import filters, is_narrowed, taken, tell_unknown
from service.cli.settings import setting_options
from service.problems import FilePlace, problem

if TYPE_CHECKING:
    from service.decisions.reading import LogReader, Summary
    from service.decisions.search import Sought

_AT_ONCE = 1000
_FORM = Choice("jsonl", "csv", "xlsx")


@click.command("export", cls=Command, topic="log.export")
@option("--format", "form", help="option.log-export-format", metavar="metavar.export-format", type=_FORM)
@option("--output", help="option.log-export-output", metavar="metavar.file")
@filters
@setting_options("database_url", "key_file")
@click.pass_context
def export_command(ctx: click.Context, /, *, form: str | None, output: str | None, **options: Any) -> int:
    """Write the log out."""
    suffix = "" if output is None else Path(output).suffix.lower().removeprefix(".")
    form = form or (suffix if suffix in ("csv", "xlsx") else "jsonl")
    if form == "jsonl" and is_narrowed(options):
        raise UsageError(messages.text("usage.export-whole"), ctx)
    if form == "xlsx" and output is None:
        raise UsageError(messages.text("usage.export-output"), ctx)
    sought, folder, places = taken(options)
    seen = _Seen()
    with opened_log(places) as opened:
        try:
            _write(opened, sought, form, output, seen)
        except OSError as error:
            where = FilePlace(str(output))
            raise exits.StopError(
                exits.UNREADABLE, [problem("page-unwritable", where, why=error.strerror or "")]
            ) from error
        if form != "jsonl" and not seen.count:
            tell_unknown(opened, sought, folder)
    return told_of_edited(seen.edited)


@dataclass(slots=True)
class _Seen:
    """What passed into a table: how many entries, and the sequences of those that are not as they were sealed."""

    count: int = 0
    edited: list[int] = field(default_factory=list)


def _write(log: LogReader, sought: Sought, form: str, output: str | None, seen: _Seen) -> None:
    from service.cli.log_table import Labels, csv_lines, write_workbook
    from service.decisions.export import export_lines

    if form == "xlsx":
        write_workbook(_found(log, sought, seen), Path(str(output)), Labels(log))
        return
    lines = export_lines(log) if form == "jsonl" else csv_lines(_found(log, sought, seen), Labels(log))
    if output is None:
        sys.stdout.writelines(lines)
        return
    # Spreadsheets take a CSV file for UTF-8 only if it begins with a mark.
    with open(output, "w", encoding="utf-8-sig" if form == "csv" else "utf-8", newline="") as target:
        target.writelines(lines)


def _found(log: LogReader, sought: Sought, seen: _Seen) -> Iterator[Summary]:
    """Every entry sought, newest first."""
    from service.decisions.search import search

    before: int | None = None
    while True:
        page = search(log, sought, limit=_AT_ONCE, before=before)
        seen.count += len(page.entries)
        seen.edited += [item.sequence for item in page.entries if not item.intact]
        yield from page.entries
        before = page.before
        if before is None:
            return
