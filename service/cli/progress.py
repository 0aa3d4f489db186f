"""A progress bar on standard error, where there is a terminal to show it and enough to wait for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from service import messages
from service.cli.screen import err

_Item = TypeVar("_Item")
#: From this many items on progress is worth showing.
MANY = 20


def tracked(items: Iterable[_Item], *, total: int, description: str) -> Iterator[_Item]:
    """The items as they come; `description` is a code of the catalogue."""
    console = err()
    if total < MANY or not console.is_terminal:
        yield from items
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        yield from progress.track(items, total=total, description=messages.text(description))
