"""`eligibility serve`."""

from __future__ import annotations

import click

from service.cli import exits
from service.cli.framework import Command, option
from service.cli.settings import setting_options, settings_of


@click.command("serve", cls=Command, topic="serve")
@setting_options(
    "host",
    "port",
    "policies",
    "database_url",
    "key_file",
    "signing_key",
    "origin",
    "checkpoints",
    "checkpoint_seconds",
    "workers",
    "threads",
    "max_body_bytes",
    "reload_seconds",
    "utc_offset",
)
@option("--insecure", help="option.insecure", is_flag=True)
def serve(*, insecure: bool, **options: str | None) -> int:
    """Serve until told to stop."""
    from service.api import server
    from service.decisions.faults import LogFault

    settings = settings_of(options, whole=True)
    try:
        server.serve(settings, insecure=insecure)
    except (server.ServeError, LogFault) as fault:
        raise exits.StopError(exits.UNREADABLE, fault.problems) from fault
    return exits.OK
