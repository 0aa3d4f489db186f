"""Standard output and error: UTF-8 whatever the locale, colour only on a terminal, problems in one shape."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from service import messages
from service.cli import exits
from service.cli.prose import Prose
from service.problems import FilePlace, PointerPlace, Problem, Severity, problem

#: Tables and prose are not stretched beyond this, however wide the terminal.
_WIDEST = 120


class _Console(Console):
    """A console that leaves a closed pipe to the caller."""

    def on_broken_pipe(self) -> None:
        raise  # noqa: PLE0704 - rich calls this while it handles the BrokenPipeError, and would exit with 1


def use_utf8() -> None:
    """Write UTF-8 under any locale; a file name that is not UTF-8 is written with escapes."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def console(stream: TextIO) -> Console:
    """A console that takes text as it is: no markup, no highlighting, no emoji codes."""
    made = _Console(file=stream, markup=False, highlight=False, emoji=False)
    made.width = min(made.width, _WIDEST)
    return made


def out() -> Console:
    """Standard output."""
    return console(sys.stdout)


def err() -> Console:
    """Standard error."""
    return console(sys.stderr)


def rendered(show: Callable[[Console], None]) -> str:
    """What `show` prints on standard output, without the blanks rich fills lines up with."""
    target = out()
    with target.capture() as captured:
        show(target)
    return "\n".join(line.rstrip(" ") for line in captured.get().split("\n"))


def page(show: Callable[[Console], None]) -> None:
    """`rendered`, written."""
    sys.stdout.write(rendered(show))


def write_text(text: str, file: str | None) -> None:
    """Text on standard output, or in a file; stops (exit 2) at a file that cannot be written."""
    if file is None:
        sys.stdout.write(text)
        return
    try:
        Path(file).write_text(text, encoding="utf-8")
    except OSError as error:
        raise exits.StopError(
            exits.UNREADABLE, [problem("page-unwritable", FilePlace(file), why=error.strerror or "")]
        ) from error


def write_json(value: object) -> None:
    """One JSON value on standard output, readable, with a line feed at the end."""
    sys.stdout.write(json_text(value) + "\n")


def json_text(value: object) -> str:
    """JSON as scripts get it: characters as themselves, two spaces a level."""
    return json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False)


def problem_json(item: Problem) -> dict[str, Any]:
    """A problem of an input as data."""
    pointer = item.place.pointer if isinstance(item.place, PointerPlace) else ""
    return {"code": item.code, "message": item.message, "pointer": pointer, "hint": item.hint}


def show_problems(problems: Iterable[Problem], target: Console | None = None) -> None:
    """Each problem with its place, sentence and hint; on standard error if nothing else is said."""
    target = err() if target is None else target
    for item in problems:
        style = "yellow" if item.severity is Severity.WARNING else "red"
        head = messages.text("problem.warning" if item.severity is Severity.WARNING else "problem.error")
        # An input without a pointer is named already.
        where = "" if item.place == PointerPlace("") else f"{item.place}："
        target.print(Prose(f"{head}{where}{item.message}", style))
        if item.hint:
            target.print(Padding(Prose(item.hint), (0, 0, 0, 2), expand=False))


def heading(text: str) -> Prose:
    """The head of a part of a page."""
    return Prose(text, "bold")


def bullets(texts: Iterable[str], *, style: str = "") -> Padding:
    """Short texts one below the other, continued lines aligned."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column()
    for text in texts:
        grid.add_row("·", Prose(text, style))
    return Padding(grid, (0, 0, 0, 2), expand=False)


def named(pairs: Mapping[str, str]) -> Padding:
    """Names and what they stand for, in two columns."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True, style="dim")
    grid.add_column()
    for name, text in pairs.items():
        grid.add_row(name, Prose(text))
    return Padding(grid, (0, 0, 0, 2), expand=False)
