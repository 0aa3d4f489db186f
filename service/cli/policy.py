"""`eligibility policy check` and `eligibility policy show`."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from service import messages
from service.authoring.page import page_of
from service.authoring.page_html import page_html
from service.authoring.page_markdown import page_markdown
from service.cli import exits
from service.cli.framework import Choice, Command, Group, option
from service.cli.policy_check import Checked, check, found_json, readback_json, show_found, show_readback
from service.cli.policy_diff import diff_command
from service.cli.policy_impact import impact_command
from service.cli.policy_new import new_command
from service.cli.policy_schema import schema_command
from service.cli.policy_test import test
from service.cli.policy_translate import translate
from service.cli.policy_view import show_policy
from service.cli.prose import Prose
from service.cli.screen import page, rendered, write_json, write_text
from service.cli.settings import setting_options, settings_of
from service.policy.library import load_library
from service.problems import FilePlace, Severity, nearest, problem


@click.group("policy", cls=Group, topic="policy")
def policy() -> None:
    """What officers run."""


@policy.command("check", cls=Command, topic="policy.check")
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
def _check(*, paths: tuple[str, ...], form: str, quiet: bool, strict: bool, **options: str | None) -> int:
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


@policy.command("show", cls=Command, topic="policy.show")
@click.argument("name", metavar="POLICY")
@click.argument("edition", required=False, metavar="EDITION")
@option(
    "--format",
    "form",
    help="option.show-format",
    metavar="metavar.show-format",
    type=Choice("text", "markdown", "html"),
    default="text",
)
@option("--output", help="option.page-output", metavar="metavar.page-output")
@setting_options("policies")
def _show_policy(*, name: str, edition: str | None, form: str, output: str | None, **options: str | None) -> int:
    snapshot, problems = load_library(settings_of(options).policies)
    if snapshot is None:
        raise exits.StopError(exits.BAD_POLICY, (p for p in problems if p.severity is Severity.ERROR))
    editions = snapshot.editions(name)
    if not editions:
        known = snapshot.ids()
        raise exits.StopError(
            exits.UNREADABLE,
            [
                problem(
                    "policy-unknown",
                    FilePlace("POLICY"),
                    suggestion=nearest(name, known),
                    known="、".join(known),
                )
            ],
        )
    found = editions[-1] if edition is None else snapshot.find(name, edition)
    if found is None:
        listed = "、".join(item.edition for item in editions)
        raise exits.StopError(exits.UNREADABLE, [problem("input-edition-unknown", FilePlace("EDITION"), known=listed)])
    if form == "text":
        text = rendered(lambda target: show_policy(found, target))
    else:
        text = page_html(page_of(found)) if form == "html" else page_markdown(page_of(found))
    write_text(text, output)
    return exits.OK


policy.add_command(translate)
policy.add_command(test)
policy.add_command(diff_command)
policy.add_command(new_command)
policy.add_command(impact_command)
policy.add_command(schema_command)
