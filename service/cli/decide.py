"""`eligibility decide`: what people found about one decision, or on a filled panel sheet; a dry run first."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from service import messages
from service.cli import exits
from service.cli.framework import Choice, Command, Day, UsageError, option
from service.cli.log import find_entry
from service.cli.operating import confirm, log_to_read, log_to_write, operator
from service.cli.progress import tracked
from service.cli.screen import page, show_problems, write_json
from service.cli.settings import setting_options, settings_of
from service.config import Settings
from service.problems import FilePlace, Place, Problem, Severity, problem

if TYPE_CHECKING:
    from service.decisions.log import DecisionLog
    from service.engine.revisions import Revision
    from service.rounds.deciding import Decider
    from service.rounds.filled import Filled
    from service.rounds.recording import Plan

_say = messages.text
_LOG_OPTIONS = ("database_url", "key_file")
_ABOUT_ONE = ("about", "kind", "result", "by", "day", "reason", "evidence", "recused", "no_conflict")
# Where a part of a finding stands on the command line.
_OPTIONS = {"decision_id": "ID", "application_digest": "ID", "on": "--on", "conflict": "--no-conflict", "": "ID"}


@click.command("decide", cls=Command, topic="decide")
@click.argument("entry", required=False, metavar="ID")
@option("--from", "sheet", help="option.decide-from", metavar="metavar.sheet")
@option("--about", help="option.decide-about", metavar="metavar.about")
@option("--kind", help="option.decide-kind", metavar="metavar.kind", type=Choice("judgement", "exception"))
@option("--result", help="option.decide-result", metavar="metavar.result", type=Choice("upheld", "rejected"))
@option("--by", help="option.decide-by", metavar="metavar.reviewer")
@option("--on", "day", help="option.decide-on", metavar="metavar.day", type=Day())
@option("--reason", help="option.decide-reason", metavar="metavar.words")
@option("--evidence", help="option.decide-evidence", metavar="metavar.words", multiple=True)
@option("--no-conflict", help="option.decide-no-conflict", is_flag=True)
@option("--recused", help="option.decide-recused", metavar="metavar.words")
@option("--yes", help="option.decide-yes", is_flag=True)
@option(
    "--format", "form", help="option.format", metavar="metavar.format", type=Choice("table", "json"), default="table"
)
@setting_options("policies", *_LOG_OPTIONS, "utc_offset")
@click.pass_context
def decide(ctx: click.Context, /, *, entry: str | None, sheet: str | None, yes: bool, form: str, **options: Any) -> int:
    """Show what findings come to, and log them."""
    given = {name: options.pop(name) for name in _ABOUT_ONE}
    if (entry is None) == (sheet is None) or (sheet is not None and any(given.values())):
        raise UsageError(_say("usage.decide"), ctx)
    if given["no_conflict"] and given["recused"] is not None:
        raise UsageError(_say("usage.decide-conflict"), ctx)
    settings = settings_of(options)
    with _revision(settings) as revision:
        with log_to_read(settings) as log:
            filled = _of_sheet(sheet) if sheet is not None else (_of_options(log, str(entry), given, settings),)
            if not filled:
                raise exits.StopError(exits.UNREADABLE, [problem("panel-empty", FilePlace(str(sheet)))])
            planned = _planned(_decider(log, revision, settings), filled)
        return _carry_out(
            planned, settings, partial(_decider, revision=revision, settings=settings), yes=yes, form=form
        )


def _planned(decider: Decider, filled: tuple[Filled, ...]) -> Plan:
    from service.rounds.recording import plan

    planned, problems = plan(
        decider,
        filled,
        tracked=lambda chains: tracked(chains, total=len(chains), description="decide.progress"),
    )
    if planned is None:
        raise exits.StopError(exits.UNREADABLE, problems)
    return planned


def _carry_out(planned: Plan, settings: Settings, decider: Callable[..., Decider], *, yes: bool, form: str) -> int:
    """Show the plan, and log it where that was asked for."""
    from service.cli import decide_view
    from service.decisions.faults import DecisionSuperseded
    from service.rounds.recording import record

    asking = form == "table" and not yes and sys.stdin.isatty() and sys.stdout.isatty()
    if form == "table":
        page(lambda target: decide_view.show_plan(planned, target))
    written = None
    if planned.made and (yes or asking):
        confirm(_say("decide.confirm", count=len(planned.made)), yes=yes)
        with log_to_write(settings) as log:
            writing = decider(log)
            try:
                written = record(writing, planned, received_at=writing.clock())
            except DecisionSuperseded as fault:
                # Somebody was quicker than the confirmation.
                raise exits.StopError(exits.UNREADABLE, fault.problems) from fault
    if form == "json":
        write_json(decide_view.plan_json(planned, written))
    else:
        page(lambda target: decide_view.show_written(planned, written, target))
    return exits.OK


def _decider(log: DecisionLog, revision: Revision, settings: Settings) -> Decider:
    from service.rounds.archive import RevisionArchive
    from service.rounds.deciding import Decider

    return Decider(
        log=log,
        archive=RevisionArchive(log),
        revision=revision,
        requested_by=operator(None),
        clock=lambda: datetime.now(settings.utc_offset).replace(microsecond=0),
    )


@contextmanager
def _revision(settings: Settings) -> Iterator[Revision]:
    """The policies of the folder; stops (exit 3) where they are faulty."""
    from service.engine.revisions import Revisions

    revisions = Revisions(settings.policies)
    problems = revisions.reload()
    if not revisions.ready:
        raise exits.StopError(exits.BAD_POLICY, (item for item in problems if item.severity is Severity.ERROR))
    show_problems(problems)
    try:
        with revisions.hold() as revision:
            yield revision
    finally:
        revisions.close()


def _of_sheet(name: str) -> tuple[Filled, ...]:
    """The findings of a sheet; stops with every fault of it."""
    from service.rounds.filled import from_items
    from service.rounds.questions import Question
    from service.rounds.sheet import read_workbook

    path = Path(name)
    if path.suffix.lower() not in (".xlsx", ".json"):
        raise exits.StopError(exits.UNREADABLE, [problem("panel-kind", FilePlace(name))])
    try:
        if path.suffix.lower() == ".xlsx":
            filled, problems = read_workbook(path)
        else:
            data, problems = _json(path)
            if not problems:
                told = {*Question.__dataclass_fields__} - {"decision_id", "application_digest", "about", "kind"}
                filled, problems = from_items(data, [*told])
    except FileNotFoundError as fault:
        raise exits.StopError(exits.UNREADABLE, [problem("input-missing", FilePlace(name))]) from fault
    except OSError as fault:
        raise exits.StopError(exits.UNREADABLE, [problem("input-unreadable", FilePlace(name))]) from fault
    if problems:
        raise exits.StopError(exits.UNREADABLE, problems)
    return filled


def _json(path: Path) -> tuple[Any, tuple[Problem, ...]]:
    from service.api import strict_json

    return strict_json.loads(path.read_bytes())


def _of_options(log: DecisionLog, entry: str, given: Mapping[str, Any], settings: Settings) -> Filled:
    """The finding that the options say, on the entry named by id or sequence."""
    from service.rounds.filled import Filled

    summary = find_entry(log, entry)
    stored = log.get(summary.decision_id)
    if stored is None:
        raise exits.StopError(exits.UNREADABLE, [problem("panel-no-decision", FilePlace(entry))])
    waiting = {review["about"]: review["kind"] for review in stored.reply["reviews"]}
    if given["about"] is None:
        known = "、".join(waiting) or _say("decide.nothing-waits")
        raise exits.StopError(exits.UNREADABLE, [problem("decide-about", FilePlace("--about"), known=known)])
    day: date = given["day"] or datetime.now(settings.utc_offset).date()
    conflict = "recused" if given["recused"] is not None else "none" if given["no_conflict"] else None
    finding = {
        "about": given["about"],
        "kind": given["kind"] or waiting.get(given["about"], "judgement"),
        "result": given["result"],
        "by": given["by"],
        "on": day.isoformat(),
        "reason": given["reason"],
        "evidence": [*given["evidence"]],
        "conflict": conflict,
        "conflict_note": given["recused"],
    }
    return Filled(stored.decision_id, finding, _place)


def _place(part: str) -> Place:
    return FilePlace(_OPTIONS.get(part, f"--{part}"))
