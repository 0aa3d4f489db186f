"""What commands share that write to the log: opening it beside the service, who writes, and asking before it."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from service import messages
from service.cli import exits
from service.cli.framework import option
from service.cli.prose import plain
from service.problems import FilePlace, problem

if TYPE_CHECKING:
    from service.config import Settings
    from service.decisions.log import DecisionLog


@contextmanager
def log_to_write(settings: Settings, *, create: bool = False) -> Iterator[DecisionLog]:
    """The log, to write in beside a running service, made if it is missing and `create`.

    Stops with what keeps it from being opened or written.
    """
    from service.decisions.log import DecisionLog

    with (
        _stopping(),
        DecisionLog.open(
            settings.database_url,
            key_file=settings.key_file,
            signing_key=settings.signing_key_file,
            origin=settings.origin,
            create=create,
        ) as opened,
    ):
        yield opened


@contextmanager
def log_to_read(settings: Settings) -> Iterator[DecisionLog]:
    """The log, to read in; stops where it is missing or cannot be read."""
    from service.decisions.log import DecisionLog

    with (
        _stopping(),
        DecisionLog.open(settings.database_url, key_file=settings.key_file, create=False, read_only=True) as opened,
    ):
        yield opened


@contextmanager
def log_if_any(settings: Settings) -> Iterator[DecisionLog | None]:
    """The log, to read in for a dry run; None where it is yet to be made."""
    try:
        with log_to_read(settings) as opened:
            yield opened
    except exits.StopError as stop:
        if [item.code for item in stop.problems] != ["log-missing"]:
            raise
        yield None


@contextmanager
def _stopping() -> Iterator[None]:
    from service.decisions.faults import LogDamaged, LogFault

    try:
        yield
    except LogDamaged as fault:
        raise exits.StopError(exits.FOUND, fault.problems) from fault
    except LogFault as fault:
        raise exits.StopError(exits.UNREADABLE, fault.problems) from fault


def by_option(function: Any) -> Any:
    """`--by`, the name that the log gives to who runs the command; `operator` completes it."""
    return option("--by", "by", help="option.by", metavar="metavar.by")(function)


def operator(by: str | None) -> str:
    """The name given, else that of the account that runs the command."""
    if by is not None:
        return by
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # In a container an account may have no name.
        return f"uid {os.getuid()}"


def confirm(question: str, *, yes: bool) -> None:
    """Ask on a terminal, unless `yes`; what is not a clear yes ends the command, and nothing was done."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise exits.StopError(exits.UNREADABLE, [problem("confirm-unasked", FilePlace("--yes"))])
    # Not a paragraph: the answer stands on its line.
    sys.stderr.write(plain(question))
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in {"y", "yes", messages.text("value.true")}:
        raise click.Abort
