"""`eligibility policy show`."""

from __future__ import annotations

import click

from service.authoring.page import page_of
from service.authoring.page_markdown import page_markdown
from service.cli import exits
from service.cli.framework import Choice, Command, option
from service.cli.policy_view import show_policy
from service.cli.screen import rendered, write_text
from service.cli.settings import setting_options, settings_of
from service.policy.library import load_library
from service.policy.model import Policy
from service.problems import FilePlace, Severity, nearest, problem


@click.command("show", cls=Command, topic="policy.show")
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
def show_command(*, name: str, edition: str | None, form: str, output: str | None, **options: str | None) -> int:
    """Show a policy as text, Markdown or one page."""
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
    write_text(_text(found, form), output)
    return exits.OK


def _text(policy: Policy, form: str) -> str:
    if form == "html":
        # Templates are needed for this form alone.
        from service.authoring.page_html import page_html

        return page_html(page_of(policy))
    return (
        page_markdown(page_of(policy)) if form == "markdown" else rendered(lambda target: show_policy(policy, target))
    )
