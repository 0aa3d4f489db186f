"""`eligibility log export`: the log written out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import click

from service.cli import exits
from service.cli.framework import Choice, Command, option
from service.cli.log import opened_log
from service.cli.settings import setting_options
from service.problems import FilePlace, problem

if TYPE_CHECKING:
    from service.decisions.reading import LogReader


def _jsonl(log: LogReader) -> Iterator[str]:
    from service.decisions.export import export_lines

    return export_lines(log)


# Format -> what gives its text, piece by piece.
_FORMATS: dict[str, Callable[[LogReader], Iterator[str]]] = {"jsonl": _jsonl}
_FORM = Choice(*_FORMATS)


@click.command("export", cls=Command, topic="log.export")
@option("--format", "form", help="option.log-export-format", metavar="metavar.format", type=_FORM, default="jsonl")
@option("--out", "file", help="option.log-export-out", metavar="metavar.file")
@setting_options("database_url", "key_file")
def export_command(*, form: str, file: str | None, **options: str | None) -> int:
    """Write the log out."""
    with opened_log(options) as opened:
        pieces = _FORMATS[form](opened)
        if file is None:
            sys.stdout.writelines(pieces)
            return exits.OK
        try:
            with open(file, "w", encoding="utf-8", newline="\n") as target:
                target.writelines(pieces)
        except OSError as error:
            where = FilePlace(file)
            raise exits.StopError(
                exits.UNREADABLE, [problem("page-unwritable", where, why=error.strerror or "")]
            ) from error
    return exits.OK
