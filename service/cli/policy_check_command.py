"""`eligibility policy check`."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from service import messages
from service.cli import exits
from service.cli.framework import Choice, Command, option
from service.cli.policy_check import Checked, check, found_json, readback_json, show_found, show_readback
from service.cli.prose import Prose
from service.cli.screen import page, write_json
from service.cli.settings import setting_options, settings_of
from service.problems import Severity


@click.command("check", cls=Command, topic="policy.check")
@click.argument("paths", nargs=-1, metavar="PATH")
@option(
    "--format",
    "form",
    help="option.check-format",
    metavar="metavar.check-format",
    type=Choice("text", "json"),
    default="text",
)
@option("--quiet", help="option.quiet", is_flag=True)
@option("--strict", help="option.strict", is_flag=True)
@setting_options("policies")
def check_command(*, paths: tuple[str, ...], form: str, quiet: bool, strict: bool, **options: str | None) -> int:
    """Check policies and read them back."""
    checked = check([Path(path) for path in paths] or [settings_of(options).policies])
    if form == "json":
        problems = [found_json(item) for item in checked.found]
        readback = [] if quiet else [readback_json(policy) for policy in checked.policies]
        write_json({"sound": checked.sound, "problems": problems, "policies": readback})
    else:
        page(lambda target: _show(checked, target, quiet=quiet))
    return exits.OK if checked.passes(strict=strict) else exits.BAD_POLICY


def _show(checked: Checked, target: Console, *, quiet: bool) -> None:
    show_found(checked.found, target)
    if not quiet:
        for found in checked.policies:
            show_readback(found, target)
    errors = sum(item.problem.severity is Severity.ERROR for item in checked.found)
    warnings = len(checked.found) - errors
    if checked.elsewhere:
        target.print(Prose(messages.text("check.elsewhere", count=checked.elsewhere), "yellow"))
    if errors or warnings:
        target.print(
            Prose(
                messages.text("check.counted", errors=errors, warnings=warnings),
                "bold red" if errors else "bold",
            )
        )
    elif not quiet:
        target.print(Prose(messages.text("check.sound"), "bold green"))
