"""`eligibility keys`: who may ask the service for what. A key is shown once, when it is made."""

from __future__ import annotations

import datetime as dt
import os
import sys
from typing import TYPE_CHECKING, Any

import click

from service import messages
from service.cli import exits, keys_view
from service.cli.framework import Choice, Command, Day, Group, Whole, option
from service.cli.operating import by_option, confirm, log_if_any, log_to_read, log_to_write, operator
from service.cli.prose import Prose
from service.cli.screen import err, page, write_json
from service.cli.settings import setting_options, settings_of
from service.problems import FilePlace, problem

if TYPE_CHECKING:
    from service.access.changes import MadeKey
    from service.config import Settings

_say = messages.text
_ROLES = ("portal", "officer", "reviewer", "auditor")
_places = setting_options("database_url", "key_file", "utc_offset")
_expires = option("--expires", "last_day", help="option.key-expires", metavar="metavar.day", type=Day())
_dry = option("--dry-run", "dry", help="option.key-dry-run", is_flag=True)


def _form(function: Any) -> Any:
    kind = Choice("table", "json")
    return option("--format", "form", help="option.key-format", metavar="metavar.format", type=kind, default="table")(
        function
    )


@click.group("keys", cls=Group, topic="keys")
def keys() -> None:
    """What whoever runs the service does."""


@keys.command("new", cls=Command, topic="keys.new")
@click.argument("holder", metavar="HOLDER")
@option("--role", help="option.key-role", metavar="metavar.role", type=Choice(*_ROLES), required=True)
@option("--unit", help="option.key-unit", metavar="metavar.unit")
@_expires
@by_option
@_dry
@_form
@_places
def _new(
    *,
    holder: str,
    role: str,
    unit: str | None,
    last_day: dt.date | None,
    by: str | None,
    dry: bool,
    form: str,
    **options: str | None,
) -> int:
    from service.access.changes import AccessRefused, make_key
    from service.access.keys import AccessKeys
    from service.access.roles import Role

    settings = settings_of(options)
    opened = log_if_any(settings) if dry else log_to_write(settings, create=True)
    with opened as log:
        first = log is not None and not AccessKeys(log.database).configured()
        try:
            made = make_key(
                log,
                holder=holder,
                role=Role(role),
                unit=unit,
                expires_at=_end_of(last_day, settings),
                requested_by=operator(by),
                at=_now(settings),
                dry_run=dry,
            )
        except AccessRefused as fault:
            raise exits.StopError(exits.UNREADABLE, fault.problems) from fault
        database = "" if log is None else log.database.name
    _show_made(made, settings, form=form, dry=dry)
    if not dry:
        err().print(Prose(_say("keys.made", id=made.key.key_id, holder=made.key.holder, database=database), "dim"))
        if first:
            err().print(Prose(_say("keys.first"), "yellow"))
    return exits.OK


@keys.command("list", cls=Command, topic="keys.list")
@_form
@_places
def _list(*, form: str, **options: str | None) -> int:
    from service.access.keys import AccessKeys

    settings = settings_of(options)
    with log_to_read(settings) as log:
        found = AccessKeys(log.database).list()
    now = _now(settings)
    if form == "json":
        write_json([keys_view.key_json(key, now) for key in found])
    else:
        page(lambda target: keys_view.show_keys(found, target, now=now))
    return exits.OK


@keys.command("rotate", cls=Command, topic="keys.rotate")
@click.argument("key_id", metavar="ID")
@option("--overlap", help="option.key-overlap", metavar="metavar.hours", type=Whole(least=0), default="24")
@_expires
@by_option
@_dry
@_form
@_places
def _rotate(
    *,
    key_id: str,
    overlap: int,
    last_day: dt.date | None,
    by: str | None,
    dry: bool,
    form: str,
    **options: str | None,
) -> int:
    from service.access.changes import AccessRefused, rotate_key

    settings = settings_of(options)
    with log_to_read(settings) if dry else log_to_write(settings) as log:
        try:
            made = rotate_key(
                log,
                key_id,
                overlap=dt.timedelta(hours=overlap),
                expires_at=_end_of(last_day, settings),
                requested_by=operator(by),
                at=_now(settings),
                dry_run=dry,
            )
        except AccessRefused as fault:
            raise exits.StopError(exits.UNREADABLE, fault.problems) from fault
    _show_made(made, settings, form=form, dry=dry)
    if not dry:
        said = {"id": made.key.key_id, "holder": made.key.holder, "old": key_id, "hours": overlap}
        err().print(Prose(_say("keys.rotated", **said), "dim"))
    return exits.OK


@keys.command("revoke", cls=Command, topic="keys.revoke")
@click.argument("key_ids", metavar="ID...", nargs=-1, required=True)
@option("--yes", help="option.yes", is_flag=True)
@by_option
@_dry
@_form
@_places
def _revoke(*, key_ids: tuple[str, ...], yes: bool, by: str | None, dry: bool, form: str, **options: str | None) -> int:
    from service.access.changes import AccessRefused, revoke_keys

    settings = settings_of(options)
    now, name = _now(settings), operator(by)
    try:
        with log_to_read(settings) as log:
            found = revoke_keys(log, key_ids, requested_by=name, at=now, dry_run=True)
        if not dry:
            held = "、".join(_say("keys.held", id=key.key_id, holder=key.holder, role=key.role) for key in found)
            confirm(_say("keys.revoke-asked", keys=held), yes=yes)
            with log_to_write(settings) as log:
                found = revoke_keys(log, key_ids, requested_by=name, at=now)
    except AccessRefused as fault:
        raise exits.StopError(exits.UNREADABLE, fault.problems) from fault
    if form == "json":
        write_json([keys_view.key_json(key, now) for key in found])
    else:
        page(lambda target: keys_view.show_keys(found, target, now=now))
    if dry:
        err().print(Prose(_say("keys.dry"), "dim"))
    return exits.OK


def _show_made(made: MadeKey, settings: Settings, *, form: str, dry: bool) -> None:
    """The key alone, so that a script can take it; with `dry` there is none."""
    try:
        if form == "json":
            shown = keys_view.key_json(made.key, _now(settings))
            write_json(shown if dry else {"key": made.token, **shown})
        elif not dry:
            sys.stdout.write(f"{made.token}\n")
        sys.stdout.flush()
    except OSError as fault:
        # A key that nobody has seen opens the service all the same. What is still buffered has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        unseen = problem("access-unshown", FilePlace(made.key.key_id), key_id=made.key.key_id)
        raise exits.StopError(exits.UNREADABLE, [unseen]) from fault
    if dry:
        err().print(Prose(_say("keys.dry"), "dim"))


def _now(settings: Settings) -> dt.datetime:
    return dt.datetime.now(settings.utc_offset).replace(microsecond=0)


def _end_of(day: dt.date | None, settings: Settings) -> dt.datetime | None:
    """The moment a day is over."""
    if day is None:
        return None
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), settings.utc_offset)
