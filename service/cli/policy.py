"""`eligibility policy`: what officers run, each command in a module of its own."""

from __future__ import annotations

import click

from service.cli.framework import Group

_COMMANDS = {
    "check": "service.cli.policy_check_command:check_command",
    "diff": "service.cli.policy_diff:diff_command",
    "impact": "service.cli.policy_impact:impact_command",
    "new": "service.cli.policy_new:new_command",
    "schema": "service.cli.policy_schema:schema_command",
    "show": "service.cli.policy_show:show_command",
    "test": "service.cli.policy_test:test",
    "translate": "service.cli.policy_translate:translate",
}


@click.group("policy", cls=Group, topic="policy", found_at=_COMMANDS)
def policy() -> None:
    """What officers run."""
