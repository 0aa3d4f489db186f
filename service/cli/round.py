"""`eligibility round`: the decisions of an edition as one round, and the list for 公示."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from service import messages
from service.cli import exits
from service.cli.framework import Choice, Command, UsageError, option
from service.cli.log import opened_log
from service.cli.policy_names import edition_file, opened
from service.cli.screen import page, write_json
from service.cli.settings import setting_options, settings_of
from service.problems import FilePlace, problem

if TYPE_CHECKING:
    from service.rounds.round import Round
    from service.rounds.standing import Standing

_LOG_OPTIONS = ("database_url", "key_file")
_LARGEST_LIST = 1024 * 1024


@click.command("round", cls=Command, topic="round")
@click.argument("edition", metavar="EDITION")
@option("--chosen", help="option.chosen", metavar="metavar.chosen")
@option(
    "--format", "form", help="option.format", metavar="metavar.format", type=Choice("table", "json"), default="table"
)
@option("--output", help="option.round-output", metavar="metavar.output")
@setting_options("policies", "database_url", "key_file")
@click.pass_context
def round_command(
    ctx: click.Context,
    /,
    *,
    edition: str,
    chosen: str | None,
    form: str,
    output: str | None,
    **options: str | None,
) -> int:
    """Count a round."""
    from service.cli.round_view import round_json, show_round

    if output is not None and not output.endswith(".xlsx"):
        raise UsageError(messages.text("usage.round-output"), ctx)
    settings = settings_of(options)
    policy = opened(edition_file(edition, settings.policies, at="EDITION")).policy
    with opened_log({name: options[name] for name in _LOG_OPTIONS}) as log:
        from service.rounds.round import round_of
        from service.rounds.standing import standings

        found = round_of(policy, standings(log, policy))
    selected = None if chosen is None else _chosen(found, chosen)
    if output is not None:
        _write(found, selected, Path(output))
    if form == "json":
        write_json(round_json(found, selected))
    else:
        page(lambda target: show_round(found, selected, target, output=output))
    return exits.FOUND if found.unalike else exits.OK


def _chosen(found: Round, name: str) -> tuple[Standing, ...]:
    """Those the file names; stops (exit 1) with everything that is wrong with them, (exit 2) if it cannot be read."""
    from service.rounds.publicity import chosen

    try:
        with sys.stdin.buffer if name == "-" else Path(name).open("rb") as stream:
            text = stream.read(_LARGEST_LIST).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as fault:
        raise exits.StopError(exits.UNREADABLE, [problem("round-chosen-unreadable", FilePlace(name))]) from fault
    lines = ((number, line.partition("#")[0].strip()) for number, line in enumerate(text.splitlines(), start=1))
    named = [(FilePlace(name, number, 1), line) for number, line in lines if line]
    selected, problems = chosen(found, named)
    if problems:
        raise exits.StopError(exits.FOUND, problems)
    return selected


def _write(found: Round, selected: tuple[Standing, ...] | None, path: Path) -> None:
    from service.cli.round_sheet import write_sheet

    try:
        write_sheet(found, selected, path)
    except OSError as fault:
        raise exits.StopError(exits.UNREADABLE, [problem("round-unwritable", FilePlace(str(path)))]) from fault
