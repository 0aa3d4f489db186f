"""Access keys as a person and a script read them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from service import messages
from service.cli.prose import Prose, plain

if TYPE_CHECKING:
    from datetime import datetime

    from service.access.keys import AccessKey

_say = messages.text


def show_keys(found: Sequence[AccessKey], target: Console, *, now: datetime) -> None:
    """A line for each key; holder and unit share a column so that a line fits 80 columns."""
    if not found:
        target.print(Prose(_say("keys.none")))
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for code in ("keys.id", "keys.role", "keys.state", "keys.until"):
        table.add_column(_say(code), no_wrap=True)
    table.add_column(_say("keys.holder"), overflow="fold")
    for key in found:
        holder = Table.grid()
        holder.add_row(Text(plain(key.holder)))
        if key.unit is not None:
            holder.add_row(Text(plain(key.unit), "dim"))
        ends = key.revoked_at or key.expires_at
        until = "" if ends is None else f"{ends.astimezone(now.tzinfo):%Y-%m-%d %H:%M}"
        table.add_row(key.key_id, key.role.value, _say(f"keys.state.{key.state(now).value}"), until, holder)
    target.print(table)


def key_json(key: AccessKey, now: datetime) -> dict[str, Any]:
    """What is known of a key, times in the zone of `now`."""

    def stamp(moment: datetime | None) -> str | None:
        return None if moment is None else moment.astimezone(now.tzinfo).isoformat(timespec="seconds")

    return {
        "id": key.key_id,
        "holder": key.holder,
        "role": key.role.value,
        "unit": key.unit,
        "state": key.state(now).value,
        "made_at": stamp(key.made_at),
        "expires_at": stamp(key.expires_at),
        "revoked_at": stamp(key.revoked_at),
        "rotated_from": key.rotated_from,
    }
