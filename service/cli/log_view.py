"""Entries of the log, verification and replays as a person reads them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from service import messages
from service.cli.inputs import Outcome as Assessed
from service.cli.prose import Prose
from service.cli.reply_view import show_outcome
from service.cli.screen import bullets, heading, json_text, named

if TYPE_CHECKING:
    from datetime import datetime

    from service.decisions.opening import Opening
    from service.decisions.reading import Stored, Summary
    from service.decisions.replay import Replay
    from service.decisions.search import Found
    from service.decisions.verification import Report
    from service.problems import Problem

_say = messages.text
_LONGEST = 200


def show_list(found: Found, target: Console) -> None:
    """Entries, newest first; id, policy and edition share a column so that a line fits 80 columns."""
    if not found.entries:
        target.print(Prose(_say("log.none")))
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(_say("log.sequence"), justify="right", no_wrap=True)
    table.add_column(_say("log.time"), no_wrap=True)
    table.add_column(_say("view.conclusion"), no_wrap=True)
    table.add_column(_say("log.entry"))
    for item in found.entries:
        about = Table.grid()
        about.add_row(Text(item.decision_id))
        if item.policy_id is not None:
            about.add_row(Text(f"{item.policy_id} {item.edition}", "dim"))
        if not item.intact:
            about.add_row(Text(_say("log.edited"), "bold red"))
        table.add_row(str(item.sequence), _time(item.decided_at), _conclusion(item), about)
    target.print(table)
    if found.before is not None:
        target.print(Prose(_say("log.limited", count=len(found.entries), before=found.before), "dim"))


def show_entry(
    item: Summary, stored: Stored | None, target: Console, *, faults: Sequence[Problem], whole: bool = False
) -> None:
    """The public part of an entry, and with `stored` what was answered; before all, what does not stand of it.

    With `whole` the application and the findings follow as they were submitted.
    """
    target.print(heading(_say("log.title", sequence=item.sequence, kind=_say(f"log.kind.{item.kind.value}"))))
    if faults:
        target.print(Prose(_say("log.entry-unsound"), "bold red"))
        target.print(bullets(fault.message for fault in faults))
    head = {
        _say("log.id"): item.decision_id,
        _say("log.time"): item.decided_at.isoformat(timespec="seconds"),
        _say("log.requested-by"): item.requested_by,
    }
    if item.policy_id is not None:
        head[_say("log.policy")] = f"{item.policy_id} {item.edition}"
        head[_say("log.digest")] = str(item.public["policy"]["digest"])
        head[_say("view.conclusion")] = _conclusion(item)
    if item.kind.value in ("access_change", "key_change"):
        change = f"log.change.{item.public.get('change')}"
        head[_say("log.change")] = _say(change) if messages.has(change) else str(item.public.get("change"))
    if item.supersedes is not None:
        head[_say("log.supersedes")] = item.supersedes
    for name in ("engine", "service"):
        if name in item.public:
            head[_say(f"log.{name}")] = str(item.public[name])
    for name, code in (("read", "log.read"), ("reason", "log.reason")):
        if item.public.get(name):
            head[_say(code)] = str(item.public[name])
    for name in ("erased", "indexed"):
        if item.public.get(name):
            head[_say(f"log.{name}-ids")] = "、".join(map(str, item.public[name]))
    if item.public.get("old_keys"):
        head[_say("log.old-keys")] = "\n".join(map(str, item.public["old_keys"]))
    for name in ("new_key", "wrapped"):
        if name in item.public:
            head[_say(f"log.{name}")] = str(item.public[name])
    if item.public.get("dropped"):
        head[_say("log.dropped")] = "、".join(map(str, item.public["dropped"]))
    for name in ("added", "removed"):
        if name in item.public:
            head[_say(f"log.{name}")] = str(item.public[name])
    for name in ("old", "new"):
        if item.public.get(name):
            head[_say(f"log.{name}")] = str(item.public[name])
    for name in ("key", "previous"):
        if isinstance(item.public.get(name), dict):
            head[_say(f"log.{name}")] = _key(item.public[name])
    target.print(named(head))
    if "files" in item.public:
        target.print(heading(_say("log.files")))
        target.print(bullets(_say("log.file", **text) for text in item.public["files"]))
    conditions = item.public.get("conditions")
    if conditions:
        target.print(_conditions(conditions))
    if stored is not None:
        reply = {name: value for name, value in stored.reply.items() if name not in ("receipt",)}
        show_outcome(Assessed(item.decision_id, reply), target)
        if stored.findings and not whole:
            from service.rounds.complaint_pack import finding_told

            target.print(heading(_say("log.findings")))
            target.print(bullets(finding_told(one, stored.reply) for one in stored.findings))
        for code, value in (("application", stored.application), ("findings", stored.findings)) if whole else ():
            if value:
                target.print(heading(_say(f"log.{code}")))
                target.print(Text(json_text(value)))


def show_report(report: Report, target: Console, *, signed: bool, opening: Opening | None = None) -> None:
    """What verification saw; `signed` if there were public keys to verify signatures with."""
    private = (
        {}
        if opening is None
        else {_say(f"log.private.{name}"): n for name, n in opening.counted.items() if name != "erased"}
    )
    target.print(
        named(
            {
                _say("log.database"): report.database,
                _say("log.entries"): str(report.entries),
                _say("log.tree-size"): str(report.size),
                _say("log.root"): f"sha256:{report.root.hex()}",
                _say("log.trees"): str(report.trees),
                _say("log.signatures"): str(report.signatures) if signed else _say("log.signatures-none"),
                _say("log.witnesses"): str(report.witnesses),
                _say("log.erased"): str(report.erased),
                **{name: str(count) for name, count in private.items()},
            }
        )
    )
    if opening is not None and opening.index.never:
        target.print(Prose(_say("log.unindexed", count=opening.index.never), "yellow"))
    if report.sound:
        target.print(Prose(_say("log.sound"), "bold green"))
        if not report.witnesses:
            target.print(Prose(_say("log.no-witnesses"), "yellow"))
        return
    target.print(Prose(_say("log.faults", count=len(report.faults)), "bold red"))
    target.print(bullets(item.message for item in report.faults))


def show_replays(found: Sequence[tuple[Summary, Replay]], target: Console) -> None:
    """Every replay that is not the same, field by field, then how many came to what."""
    counted: dict[str, int] = {}
    for item, replay in found:
        outcome = replay.outcome.value
        counted[outcome] = counted.get(outcome, 0) + 1
        if outcome == "same":
            continue
        title = _say("log.replayed", sequence=item.sequence, id=item.decision_id, outcome=_say(f"log.replay.{outcome}"))
        target.print(heading(title))
        target.print(
            bullets([*(problem.message for problem in replay.problems), *map(_difference, replay.differences)])
        )
    parts = "，".join(
        _say("view.counted", label=_say(f"log.replay.{outcome}"), count=count) for outcome, count in counted.items()
    )
    bad = counted.keys() - {"same", "erased"}
    total = _say("log.replay-total", total=len(found), parts=parts) if found else _say("log.none")
    target.print(Prose(total, "bold red" if bad else "bold green"))


def counted(items: Iterable[Summary], console: Console) -> Iterator[Summary]:
    """The items, counted on a terminal while they pass."""
    if not console.is_terminal:
        yield from items
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        yield from progress.track(items, total=None, description=_say("log.progress"))


@contextmanager
def counting(console: Console) -> Iterator[Callable[[int, int], None] | None]:
    """What to tell how many of how many entries were looked at, shown on a terminal."""
    if not console.is_terminal:
        yield None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(_say("log.verifying"), total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _difference(item: Any) -> str:
    return _say("log.difference", pointer=item.pointer or "/", then=_value(item.then), now=_value(item.now))


def _value(value: Any) -> str:
    from service.decisions.replay import ABSENT

    if value is ABSENT:
        return _say("log.absent")
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _conditions(conditions: Mapping[str, Mapping[str, Any]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(_say("log.condition"), overflow="fold")
    for code in ("log.status", "log.machine-status", "log.deciding"):
        table.add_column(_say(code), no_wrap=True)
    for name, item in conditions.items():
        status, machine = (_status(item.get(key)) for key in ("status", "machine_status"))
        table.add_row(name, status, machine, _say("value.true") if item.get("deciding") else "")
    return table


def _key(known: Mapping[str, Any]) -> str:
    """What an entry tells of an access key, whatever stands there."""
    return "\n".join(f"{name} {text}" for name, text in known.items() if text is not None)


def _status(written: Any) -> str:
    """A status in words; in an entry that was tampered with, whatever stands there."""
    code = f"view.status.{written}"
    return _say(code) if messages.has(code) else str(written)


def _conclusion(item: Summary) -> str:
    return _say(f"overall.{item.overall}") if item.overall else _say(f"log.kind.{item.kind.value}")


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M")
