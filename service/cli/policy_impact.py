"""`eligibility policy impact`: who would be judged otherwise under another edition, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from datetime import date, datetime
from pathlib import Path

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from service import messages
from service.authoring.impact import Case, Impact, asked_anew, impact, summarise
from service.cli import exits
from service.cli.framework import Choice, Command, Day, UsageError, option
from service.cli.impact_sources import Editions, FileSource, LogSource, Unread
from service.cli.impact_view import Found, found_json, show_found
from service.cli.policy_names import edition_file, opened
from service.cli.screen import err, page, write_json
from service.cli.settings import setting_options, settings_of
from service.engine.compiler import CompiledPolicy
from service.policy.model import Policy
from service.problems import FilePlace, problem

_LOG = "log"
#: From this many on a terminal shows how far the work is.
_MANY = 20
_LOG_OPTIONS = ("database_url", "key_file")


@click.command("impact", cls=Command, topic="policy.impact")
@click.argument("new", metavar="NEW")
@click.argument("more", nargs=-1, metavar="PATH...")
@option("--against", help="option.against", metavar="metavar.against", multiple=True)
@option("--from", "origin", help="option.impact-from", metavar="metavar.edition")
@option("--date", "applied", help="option.impact-date", metavar="metavar.day", type=Day())
@option(
    "--format", "form", help="option.format", metavar="metavar.format", type=Choice("table", "json"), default="table"
)
@option("--output", help="option.output", metavar="metavar.output")
@setting_options("policies", "database_url", "key_file", "utc_offset")
@click.pass_context
def impact_command(
    ctx: click.Context,
    /,
    *,
    new: str,
    more: tuple[str, ...],
    against: tuple[str, ...],
    origin: str | None,
    applied: date | None,
    form: str,
    output: str | None,
    **options: str | None,
) -> int:
    """Assess applications under two editions and compare."""
    paths = (*against, *more)
    if not against or (_LOG in paths and len(paths) > 1):
        raise UsageError(messages.text("usage.against"), ctx)
    if output is not None and not output.endswith(".xlsx"):
        raise UsageError(messages.text("usage.output"), ctx)
    settings = settings_of(options)
    edition = opened(edition_file(new, settings.policies, at="NEW"))
    on = datetime.now(settings.utc_offset).replace(microsecond=0)
    with ExitStack() as stack:
        editions = stack.enter_context(Editions(edition, settings.policies, origin))
        source: FileSource | LogSource
        if paths == (_LOG,):
            places = {name: options[name] for name in _LOG_OPTIONS}
            source = stack.enter_context(LogSource(edition.policy.id, editions, places))
        else:
            source = FileSource(paths, editions)
        compiled = CompiledPolicy(edition.policy)
        stack.callback(compiled.close)
        found = _found(source, compiled, on, applied)
    if output is not None:
        _write(found, Path(output))
    if form == "json":
        write_json(found_json(found))
    else:
        page(lambda target: show_found(found, target, output=output))
    return exits.UNREADABLE if any(not item.erased for item in found.unread) else exits.OK


def _found(source: FileSource | LogSource, new: CompiledPolicy, on: datetime, applied: date | None) -> Found:
    impacts: list[Impact] = []
    unread: list[Unread] = []
    before: dict[str, Policy] = {}
    for item in _progress(source):
        if isinstance(item, Unread):
            unread.append(item)
            continue
        came = impact(item, new, on=on, applied=applied)
        if isinstance(came, Impact):
            impacts.append(came)
            before.setdefault(item.before.policy.digest, item.before.policy)
        else:
            unread.append(Unread(item.name, came))
    asked = asked_anew(before.values(), new.policy) if impacts else ()
    return Found(new.policy, tuple(impacts), tuple(unread), summarise(impacts), asked)


def _progress(source: FileSource | LogSource) -> Iterator[Case | Unread]:
    """The applications, with a progress bar on standard error where there are many and it is a terminal."""
    console = err()
    count = source.count() if console.is_terminal else 0
    items: Iterable[Case | Unread] = source
    if count <= _MANY:
        yield from items
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        yield from progress.track(items, total=count, description=messages.text("impact.progress"))


def _write(found: Found, path: Path) -> None:
    from service.cli.impact_sheet import write_sheet

    try:
        write_sheet(found, path)
    except OSError as fault:
        raise exits.StopError(exits.UNREADABLE, [problem("impact-unwritable", FilePlace(str(path)))]) from fault
