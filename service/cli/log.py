"""`eligibility log list`, `show` and `replay`: the log read beside the process that writes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from service import messages
from service.cli import exits, log_view
from service.cli.framework import Choice, Command, Group, UsageError, Whole, option
from service.cli.log_filters import filters, taken, tell_unknown
from service.cli.log_personal import now, require_reason
from service.cli.operating import by_option, log_to_read, log_to_write, operator
from service.cli.prose import Prose
from service.cli.screen import err, page, problem_json, show_problems, write_json
from service.cli.settings import setting_options, settings_of
from service.problems import FilePlace, PointerPlace, Problem, problem

if TYPE_CHECKING:
    from service.decisions.log import DecisionLog
    from service.decisions.reading import LogReader, Summary
    from service.decisions.replay import Replay

_AT_ONCE = 500
# Of a log edited throughout nobody reads every number.
_MOST_NAMED = 20
_places = setting_options("database_url", "key_file")


def form_option(function: Any) -> Any:
    """`--format`: for people or for scripts."""
    kind = Choice("table", "json")
    return option("--format", "form", help="option.format", metavar="metavar.format", type=kind, default="table")(
        function
    )


_COMMANDS = {
    "verify": "service.cli.log_seal:verify_command",
    "checkpoint": "service.cli.log_seal:checkpoint_command",
    "consistency": "service.cli.log_seal:consistency_command",
    "export": "service.cli.log_export:export_command",
    "rotate-signing-key": "service.cli.log_seal:rotate_command",
    "erase": "service.cli.log_personal:erase_command",
    "retention": "service.cli.log_personal:retention_command",
    "reindex": "service.cli.log_personal:reindex_command",
    "rotate-key": "service.cli.log_personal:rotate_command",
}


@click.group("log", cls=Group, topic="log", found_at=_COMMANDS)
def log() -> None:
    """What auditors run."""


@log.command("list", cls=Command, topic="log.list")
@filters
@option("--before", help="option.log-before", metavar="metavar.sequence", type=Whole())
@option("--limit", help="option.log-limit", metavar="metavar.number", type=Whole(), default="50")
@form_option
@_places
def _list(*, before: int | None, limit: int, form: str, **options: Any) -> int:
    from service.decisions.search import search

    sought, folder, places = taken(options)
    with opened_log(places) as opened:
        found = search(opened, sought, limit=limit, before=before)
        if not found.entries:
            tell_unknown(opened, sought, folder)

    if form == "json":
        write_json([{**summary.public, "intact": summary.intact} for summary in found.entries])
    else:
        page(lambda target: log_view.show_list(found, target))
    return told_of_edited([summary.sequence for summary in found.entries if not summary.intact])


def told_of_edited(sequences: Sequence[int]) -> int:
    """The exit code of a command that listed entries, after a word on those that are not as they were sealed."""
    if not sequences:
        return exits.OK
    listed = "、".join(map(str, sequences[:_MOST_NAMED]))
    code = "log-listed-edited" if len(sequences) <= _MOST_NAMED else "log-listed-edited-many"
    show_problems([problem(code, PointerPlace(""), sequences=listed, count=len(sequences))])
    return exits.FOUND


@log.command("show", cls=Command, topic="log.show")
@click.argument("entry", metavar="ID")
@option("--private", help="option.private", is_flag=True)
@option("--unmask", help="option.unmask", is_flag=True)
@option("--reason", help="option.reason", metavar="metavar.reason")
@by_option
@form_option
@setting_options("utc_offset")
@_places
@click.pass_context
def _show(
    ctx: click.Context,
    /,
    *,
    entry: str,
    private: bool,
    unmask: bool,
    reason: str | None,
    by: str | None,
    form: str,
    **options: str | None,
) -> int:
    from service.decisions.disclosure import record_reading
    from service.decisions.verification import verify_entry
    from service.decisions.views import MaskedViews

    if unmask != (reason is not None):
        raise UsageError(messages.text("usage.unmask"), ctx)
    settings = settings_of(options)
    with log_to_write(settings) if unmask else log_to_read(settings) as opened:
        summary = find_entry(opened, entry)
        faults = verify_entry(opened, summary)
        stored = opened.get(summary.decision_id) if private or unmask else None
        if stored is not None and reason is not None:
            require_reason(opened, reason, stored.decision_id)
            who, at = operator(by), now(settings)
            record_reading(opened, stored.decision_id, reason=reason, requested_by=who, at=at)
        elif stored is not None:
            masked = MaskedViews(opened).of(stored)
            stored = replace(stored, application=masked.application, findings=masked.findings, reply=masked.reply)
    if form == "json":
        value: dict[str, Any] = {"public": summary.public, "sound": not faults, "faults": faults_json(faults)}
        if stored is not None:
            held = {"reply": stored.reply, "application": stored.application, "findings": stored.findings}
            value |= {"masked": not unmask, **held}
        write_json(value)
    else:
        page(lambda target: log_view.show_entry(summary, stored, target, faults=faults, whole=unmask))
        if stored is not None and not unmask:
            err().print(Prose(messages.text("log.masked"), "dim"))
    return exits.FOUND if faults else exits.OK


@log.command("replay", cls=Command, topic="log.replay")
@click.argument("entry", required=False, metavar="ID")
@option("--all", "everything", help="option.replay-all", is_flag=True)
@form_option
@_places
@click.pass_context
def _replay(ctx: click.Context, /, *, entry: str | None, everything: bool, form: str, **options: str | None) -> int:
    from service.decisions.recompute import Recomputation
    from service.decisions.replay import Outcome
    from service.decisions.views import MaskedViews

    if (entry is None) != everything:
        raise UsageError(messages.text("usage.replay"), ctx)
    found: list[tuple[Summary, Replay]] = []
    with opened_log(options) as opened, Recomputation() as engine:
        views = MaskedViews(opened)
        wanted = every_decision(opened) if entry is None else iter([find_entry(opened, entry)])
        for summary in log_view.counted(wanted, err()):
            outcome = engine.replay(opened, summary.decision_id)
            if outcome is None:
                # An entry that is no decision: nothing was computed, so nothing is computed again.
                raise exits.StopError(exits.UNREADABLE, [problem("log-no-decision", FilePlace(str(entry)))])
            if outcome.differences and (stored := opened.get(summary.decision_id)) is not None:
                outcome = replace(outcome, differences=views.differences(stored, outcome.differences))
            found.append((summary, outcome))
    if form == "json":
        shown = [_replay_json(summary, outcome) for summary, outcome in found]
        write_json(shown if everything else shown[0])
    else:
        page(lambda target: log_view.show_replays(found, target))
    good = (Outcome.SAME, Outcome.ERASED)
    return exits.OK if all(outcome.outcome in good for _, outcome in found) else exits.FOUND


def faults_json(faults: Sequence[Problem]) -> list[dict[str, Any]]:
    """What does not stand, as data."""
    return [{"code": item.code, "message": item.message, "params": dict(item.params)} for item in faults]


def _replay_json(summary: Summary, found: Replay) -> dict[str, Any]:
    from service.decisions.replay import ABSENT

    return {
        "sequence": summary.sequence,
        "decision_id": found.decision_id,
        "outcome": found.outcome.value,
        "differences": [
            {
                "pointer": item.pointer,
                **({} if item.then is ABSENT else {"then": item.then}),
                **({} if item.now is ABSENT else {"now": item.now}),
            }
            for item in found.differences
        ],
        "problems": [problem_json(item) for item in found.problems],
    }


@contextmanager
def opened_log(options: Mapping[str, str | None]) -> Iterator[DecisionLog]:
    """The log, read only; stops with what keeps it from being read."""
    from service.decisions.faults import LogDamaged, LogFault
    from service.decisions.log import DecisionLog

    settings = settings_of(options)
    try:
        with DecisionLog.open(
            settings.database_url, key_file=settings.key_file, create=False, read_only=True
        ) as opened:
            yield opened
    except LogDamaged as fault:
        raise exits.StopError(exits.FOUND, fault.problems) from fault
    except LogFault as fault:
        raise exits.StopError(exits.UNREADABLE, fault.problems) from fault


def find_entry(opened: LogReader, name: str) -> Summary:
    """The entry with this id, or with this sequence number."""
    from service.decisions.entry import Kind

    found = opened.public(name)
    if found is None and name.isascii() and name.isdigit() and len(name) < 16:
        at_most = opened.list(limit=1, before=int(name) + 1, kinds=tuple(Kind))
        found = at_most[0] if at_most and at_most[0].sequence == int(name) else None
    if found is None:
        raise exits.StopError(exits.UNREADABLE, [problem("log-no-entry", FilePlace(name))])
    return found


def every_decision(opened: LogReader) -> Iterator[Summary]:
    """Every decision, newest first."""
    before: int | None = None
    while found := opened.list(limit=_AT_ONCE, before=before):
        yield from found
        before = found[-1].sequence
