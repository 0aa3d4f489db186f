"""`eligibility complaint-pack`: all that a complaint about a decision is judged by, in one file."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from service import messages
from service.cli import exits
from service.cli.framework import Command, option
from service.cli.log import find_entry
from service.cli.log_seal import verifiers_at_hand
from service.cli.operating import log_to_read
from service.cli.screen import show_problems
from service.cli.settings import setting_options, settings_of
from service.problems import FilePlace, problem

_SHORT = 8


@click.command("complaint-pack", cls=Command, topic="complaint-pack")
@click.argument("decision", metavar="ID")
@option("--output", help="option.pack-output", metavar="metavar.pack")
@setting_options("database_url", "key_file", "signing_key", "checkpoints", "utc_offset")
def complaint_pack(*, decision: str, output: str | None, **options: str | None) -> int:
    """Write the pack."""
    from service.decisions.faults import LogFault
    from service.decisions.recompute import Recomputation
    from service.decisions.replay import Outcome
    from service.rounds.complaint import gather
    from service.rounds.complaint_pack import pack

    settings = settings_of(options)
    with log_to_read(settings) as log, Recomputation() as engine:
        found = gather(log, find_entry(log, decision).decision_id, engine)
        if found is None:
            raise exits.StopError(exits.UNREADABLE, [problem("log-no-decision-there", FilePlace(decision))])
        try:
            stored = None if found.last.erased else log.get(found.last.summary.decision_id)
            policy = None if stored is None else engine.decided_with(log, stored).policy
        except LogFault:
            # The page tells what is wrong with the entry.
            policy = None
        made_at = datetime.now(settings.utc_offset)
        raw = pack(found, policy=policy, verifiers=verifiers_at_hand(settings, None), made_at=made_at)
    path = Path(output or messages.text("complaint.default-name", id=found.last.summary.decision_id[:_SHORT]))
    _write(path, raw)
    click.echo(messages.text("complaint.written", path=path, count=len(found.steps)))
    show_problems(fault for step in found.steps for fault in step.faults)
    good = (Outcome.SAME, Outcome.ERASED)
    same = all(step.erased or (step.replay is not None and step.replay.outcome in good) for step in found.steps)
    return exits.OK if found.sound and same else exits.FOUND


def _write(path: Path, raw: bytes) -> None:
    """Write a new file; stops (exit 2) where there is one of the name, or none can be written."""
    try:
        with path.open("xb") as stream:
            stream.write(raw)
    except FileExistsError as fault:
        raise exits.StopError(exits.UNREADABLE, [problem("complaint-exists", FilePlace(str(path)))]) from fault
    except OSError as fault:
        raise exits.StopError(exits.UNREADABLE, [problem("complaint-unwritable", FilePlace(str(path)))]) from fault
