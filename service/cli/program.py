"""The whole command and its ways to end: every exit code leaves through `run`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from service import __version__
from service.cli import exits
from service.cli.framework import Group, option, usage_text
from service.cli.prose import Prose
from service.cli.screen import err, show_problems, use_utf8

NAME = "eligibility"


class _PipeClosedError(Exception):
    """Nobody reads our output any more; click would end with a code of its own."""


class _Program(Group):
    def invoke(self, ctx: click.Context) -> Any:
        try:
            code = super().invoke(ctx)
            sys.stdout.flush()
            return code
        except BrokenPipeError as fault:
            raise _PipeClosedError from fault


def _version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        click.echo(f"{NAME} {__version__}")
        ctx.exit()


_COMMANDS = {
    "serve": "service.cli.serve:serve",
    "assess": "service.cli.assess:assess",
    "panel-sheet": "service.cli.panel_sheet:panel_sheet",
    "decide": "service.cli.decide:decide",
    "policy": "service.cli.policy:policy",
    "log": "service.cli.log:log",
    "round": "service.cli.round:round_command",
    "complaint-pack": "service.cli.complaint_pack:complaint_pack",
    "keys": "service.cli.keys:keys",
}


@click.group(NAME, cls=_Program, topic="program", found_at=_COMMANDS)
@option("--version", help="option.version", is_flag=True, expose_value=False, is_eager=True, callback=_version)
def _program() -> None:
    pass


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command line; its exit code. Faults of programming are not caught."""
    use_utf8()
    try:
        code = _program.main(args=None if arguments is None else list(arguments), prog_name=NAME, standalone_mode=False)
    except exits.StopError as stop:
        show_problems(stop.problems)
        return stop.code
    except click.ClickException as fault:
        err().print(Prose(f"{NAME}：{usage_text(fault)}", "red"))
        return exits.UNREADABLE
    except (click.Abort, KeyboardInterrupt):
        return exits.INTERRUPTED
    except _PipeClosedError:
        # What is still buffered has nowhere to go; the interpreter would complain of it at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exits.PIPE_CLOSED
    return code if isinstance(code, int) else exits.OK
