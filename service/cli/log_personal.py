"""`eligibility log erase`, `retention`, `reindex`, `rotate-key`: what is done to private parts and what finds them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from service import messages
from service.cli import exits, log_view
from service.cli.framework import Command, option
from service.cli.operating import by_option, confirm, log_to_read, log_to_write, operator
from service.cli.progress import tracked
from service.cli.prose import Prose
from service.cli.screen import bullets, err, page
from service.cli.settings import setting_options, settings_of
from service.problems import FilePlace, problem

if TYPE_CHECKING:
    from service.config import Settings
    from service.decisions.erasure import Erased, Held
    from service.decisions.log import DecisionLog
    from service.decisions.opening import Opening

_say = messages.text
_places = setting_options("database_url", "key_file", "utc_offset")
_dry = option("--dry-run", "dry", help="option.erase-dry-run", is_flag=True)
_yes = option("--yes", "yes", help="option.erase-yes", is_flag=True)


@click.command("erase", cls=Command, topic="log.erase")
@click.argument("entry", metavar="ID")
@option("--reason", help="option.reason", metavar="metavar.reason", required=True)
@_dry
@_yes
@by_option
@_places
def erase_command(*, entry: str, reason: str, dry: bool, yes: bool, by: str | None, **options: str | None) -> int:
    """Erase the private parts of all decisions on one application."""
    from service.decisions.erasure import erase, held_with

    settings = settings_of(options)
    with log_to_read(settings) if dry else log_to_write(settings) as log:
        require_reason(log, reason, entry)
        held = held_with(log, entry)
        if not held:
            raise exits.StopError(exits.UNREADABLE, [problem("log-no-decision-there", FilePlace(entry))])
        page(lambda target: _show_held([held], target))
        left = [one.decision_id for one in held if not one.erased]
        if dry or not left:
            return exits.OK
        confirm(_say("erase.question", count=len(left)), yes=yes)
        done = erase(log, left, reason=reason, requested_by=operator(by), at=now(settings))
    _tell(done)
    return exits.OK


@click.command("retention", cls=Command, topic="log.retention")
@_dry
@_yes
@by_option
@setting_options("retention_days")
@_places
def retention_command(*, dry: bool, yes: bool, by: str | None, **options: str | None) -> int:
    """Erase the private parts of applications whose last decision is older than the setting says."""
    from service.decisions.erasure import erase, expired

    settings = settings_of(options)
    days = settings.retention_days
    if not days:
        raise exits.StopError(exits.UNREADABLE, [problem("retention-off", FilePlace("--retention-days"))])
    with log_to_read(settings) if dry else log_to_write(settings) as log:
        found = [*expired(log, now=now(settings), days=days)]
        page(lambda target: _show_held(found, target))
        left = [one.decision_id for chain in found for one in chain if not one.erased]
        if dry or not left:
            return exits.OK
        confirm(_say("erase.question", count=len(left)), yes=yes)
        reason = _say("retention.reason", days=days)
        done = erase(log, left, reason=reason, requested_by=operator(by), at=now(settings))
    _tell(done)
    return exits.OK


@click.command("rotate-key", cls=Command, topic="log.rotate-key")
@option("--drop-old", "drop", help="option.drop-old", is_flag=True)
@option("--dry-run", "dry", help="option.rotate-dry-run", is_flag=True)
@by_option
@_places
def rotate_command(*, drop: bool, dry: bool, by: str | None, **options: str | None) -> int:
    """Wrap every key of the log by a new master key, or go on where that was broken off."""
    from service.decisions.key_changes import MASTER, record_key_change
    from service.decisions.rotation import rewrap, wrapped_by
    from service.decisions.vault import Vault, add_master_key, drop_master_keys

    settings = settings_of(options)
    with log_to_read(settings) if dry else log_to_write(settings) as log:
        vault = Vault.open(settings.key_file, create=False)
        before = wrapped_by(log)
        older = sum(count for key_id, count in before.items() if key_id != vault.current)
        # What an older key still wraps is a rotation to be finished, also one begun by hand with one more line.
        fresh = older == 0 and not (drop and len(vault.key_ids) > 1)
        if dry:
            code = "rotate.dry-new" if fresh else "rotate.dry-rest"
            click.echo(_say(code, count=sum(before.values()) if fresh else older, current=vault.current))
            return exits.OK
        if fresh:
            add_master_key(settings.key_file)
            vault = Vault.open(settings.key_file, create=False)
        total = sum(count for key_id, count in before.items() if key_id != vault.current)
        for _ in tracked(_one_by_one(rewrap(log, vault)), total=total, description="rotate.progress"):
            pass
        click.echo(_say("rotate.done", count=total, current=vault.current))
        dropped = drop_master_keys(settings.key_file, wrapped_by(log)) if drop else ()
        if total or dropped:
            old = sorted({*before, *dropped} - {vault.current})
            who, at, done = operator(by), now(settings), {"wrapped": total, "dropped": [*dropped]}
            record_key_change(log, MASTER, old=old, new=vault.current, requested_by=who, at=at, **done)
        if drop:
            click.echo(_say("rotate.dropped", keys="、".join(dropped)) if dropped else _say("rotate.none-dropped"))
    err().print(Prose(_say("rotate.keep", file=settings.key_file), "dim"))
    return exits.OK


@click.command("reindex", cls=Command, topic="log.reindex")
@option("--dry-run", "dry", help="option.reindex-dry-run", is_flag=True)
@by_option
@_places
def reindex_command(*, dry: bool, by: str | None, **options: str | None) -> int:
    """Make the index of units and persons say what the applications say."""
    from service.decisions.opening import open_all
    from service.decisions.subject_index import reindex

    settings = settings_of(options)
    with log_to_read(settings) if dry else log_to_write(settings) as log:
        with log_view.counting(err()) as progress:
            opening = open_all(log, progress)
        differing = opening.index.differing
        page(lambda target: _show_differing(opening, target))
        done = () if dry else reindex(log, differing, requested_by=operator(by), at=now(settings))
    for entry, count in done:
        click.echo(_say("reindex.done", count=count, entry=entry))
    return exits.OK


def require_reason(log: DecisionLog, reason: str, entry: str) -> None:
    """Stop where a reason cannot stand in the log for good: it is empty, or names somebody."""
    from service.decisions.disclosure import reason_faults
    from service.decisions.faults import DecisionErased
    from service.decisions.views import MaskedViews

    try:
        stored = log.get(entry)
    except DecisionErased:
        stored = None
    knows = None if stored is None else partial(MaskedViews(log).names_somebody, stored)
    faults = reason_faults(reason, FilePlace("--reason"), names_somebody=knows)
    if faults:
        raise exits.StopError(exits.UNREADABLE, faults)


def now(settings: Settings) -> datetime:
    """The time in the zone of the settings."""
    return datetime.now(settings.utc_offset)


def _show_held(chains: Sequence[Sequence[Held]], target: Console) -> None:
    if not chains:
        target.print(Prose(_say("erase.nothing")))
    for chain in chains:
        lines = (
            _say(
                "erase.held-erased" if one.erased else "erase.held",
                sequence=one.sequence,
                id=one.decision_id,
                time=one.decided_at.isoformat(timespec="seconds"),
            )
            for one in chain
        )
        target.print(bullets(lines))


def _show_differing(opening: Opening, target: Console) -> None:
    """The decisions whose rows are to be made anew, and how many could not be looked at."""
    differing = opening.index.differing
    if not differing:
        target.print(Prose(_say("reindex.nothing", count=opening.opened - opening.unread)))
    target.print(
        bullets(
            _say(
                "reindex.differing",
                sequence=item.sequence,
                id=item.decision_id,
                added=len(item.lacking),
                removed=len(item.surplus),
            )
            for item in differing
        )
    )
    if opening.closed or opening.unread:
        target.print(Prose(_say("reindex.unseen", count=opening.closed + opening.unread), "yellow"))


def _tell(done: Sequence[Erased]) -> None:
    for one in done:
        click.echo(_say("erase.done", count=len(one.decisions), entry=one.entry_id))
    if not all(one.gone for one in done):
        err().print(Prose(_say("erase.traces"), "yellow"))


def _one_by_one(batches: Any) -> Any:
    for done in batches:
        yield from range(done)
