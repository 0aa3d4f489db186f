"""The impact of an edition for reading and for scripts: the summary first, then who is judged otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from service import messages
from service.authoring.impact import Direction, Impact, Summary, Turn
from service.cli.impact_sources import Unread
from service.cli.prose import Prose, plain
from service.cli.reply_view import shared_folder
from service.cli.screen import bullets, heading, problem_json
from service.policy.facts import Fact
from service.policy.model import Policy

_say = messages.text
_STYLES = {Direction.BETTER: "green", Direction.WORSE: "red", Direction.WITHIN: "yellow", Direction.SAME: "dim"}


@dataclass(frozen=True, slots=True)
class Found:
    """All that was found: the newer edition, the impacts, what could not be looked at, what is asked anew."""

    new: Policy
    impacts: tuple[Impact, ...]
    unread: tuple[Unread, ...]
    summary: Summary
    asked: tuple[Fact, ...]


def show_found(found: Found, target: Console, *, output: str | None) -> None:
    """The summary, then a line for every application that is judged otherwise."""
    target.print(heading(_say("impact.title", title=found.new.title, edition=found.new.edition)))
    target.print(bullets(summary_lines(found)))
    changed = [item for item in found.impacts if item.direction is not Direction.SAME]
    if changed:
        folder = shared_folder([item.name for item in changed])
        target.print()
        if folder:
            target.print(Prose(_say("view.folder", folder=folder)))
        target.print(_table(changed, folder))
    for item in found.unread:
        if not item.erased:
            target.print(Text(plain(item.name), "bold"))
            target.print(bullets([f"{fault.place}：{fault.message}" for fault in item.problems], style="red"))
    if output is not None:
        target.print(Prose(_say("impact.output", path=output)))


def summary_lines(found: Found) -> Iterator[str]:
    """The summary in sentences."""
    summary = found.summary
    counts = summary.directions
    yield _say(
        "impact.counted", total=summary.total, better=counts[Direction.BETTER], worse=counts[Direction.WORSE],
        within=counts[Direction.WITHIN], same=counts[Direction.SAME],
    )  # fmt: skip
    for before, after, count in summary.turns:
        yield _say("impact.turn", before=overall(before), after=overall(after), count=count)
    for name, label, count in summary.by:
        yield _say("impact.by", label=label, id=name, count=count)
    for label, count in summary.amounts:
        yield _say("impact.amounts", label=label, count=count)
    if found.asked:
        yield _say("impact.asked", fields="、".join(f"{fact.label}（{fact.path}）" for fact in found.asked))
    for code, counted in (("dropped", summary.dropped), ("unread", summary.unread_before)):
        if counted:
            yield _say(f"impact.{code}", fields="、".join(_say("impact.field", name=n, count=c) for n, c in counted))
    if summary.dropped_findings:
        named = "、".join(_say("impact.field", name=n, count=c) for n, c in summary.dropped_findings)
        yield _say("impact.findings", names=named)
    erased = sum(item.erased for item in found.unread)
    if erased:
        yield _say("impact.erased", count=erased)
    unread = len(found.unread) - erased
    if unread:
        yield _say("impact.unreadable", count=unread)


def _table(changed: list[Impact], folder: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(_say("impact.application"), overflow="fold")
    table.add_column(_say("impact.conclusion"), no_wrap=True)
    table.add_column(_say("impact.reasons"))
    for item in changed:
        table.add_row(
            Text(plain(item.name.removeprefix(folder))),
            Text(_turned(overall(item.before), overall(item.after)), _STYLES[item.direction]),
            Prose("\n".join(reasons(item))),
        )
    return table


def reasons(item: Impact) -> Iterator[str]:
    """Every section that came to something else and the conditions that decide it, every amount, a line each."""
    for moved in item.sections:
        yield turn_text(moved.section)
        for turn in moved.by:
            yield _say("impact.condition", turn=turn_text(turn))
    for amount in item.amounts:
        before, after = (_say("impact.absent") if text is None else text for text in (amount.before, amount.after))
        yield _say("impact.status", label=amount.label, before=before, after=after)


def turn_text(turn: Turn) -> str:
    """A section or condition with its status before and after."""
    before, after = (
        _say("impact.absent") if status is None else _say(f"view.status.{status}")
        for status in (turn.before, turn.after)
    )
    return _say("impact.status", label=turn.label, before=before, after=after)


def overall(status: str) -> str:
    """The words of an overall status."""
    return _say(f"overall.{status}")


def _turned(before: str, after: str) -> str:
    return before if before == after else f"{before} →\n{after}"


# --- for scripts ---


def found_json(found: Found) -> dict[str, Any]:
    """Everything as data, applications in the order they were read; names only, nothing an applicant wrote."""
    summary = found.summary
    return {
        "policy": found.new.id,
        "edition": found.new.edition,
        "digest": found.new.digest,
        "summary": {
            "total": summary.total,
            "directions": {direction.value: count for direction, count in summary.directions.items()},
            "turns": [{"before": b, "after": a, "count": count} for b, a, count in summary.turns],
            "conditions": [{"id": name, "label": label, "count": count} for name, label, count in summary.by],
            "amounts": [{"label": label, "count": count} for label, count in summary.amounts],
            "asked_anew": [{"fact": fact.path, "label": fact.label} for fact in found.asked],
            "dropped": [{"fact": name, "count": count} for name, count in summary.dropped],
            "unread_before": [{"fact": name, "count": count} for name, count in summary.unread_before],
            "dropped_findings": [{"about": name, "count": count} for name, count in summary.dropped_findings],
            "erased": sum(item.erased for item in found.unread),
            "unreadable": sum(not item.erased for item in found.unread),
        },
        "applications": [_impact_json(item) for item in found.impacts],
        "unreadable": [
            {"name": item.name, "problems": [problem_json(fault) for fault in item.problems]}
            for item in found.unread
            if not item.erased
        ],
    }


def _impact_json(item: Impact) -> dict[str, Any]:
    return {
        "name": item.name,
        "edition": item.edition,
        "before": item.before,
        "after": item.after,
        "direction": item.direction.value,
        "sections": [
            {**_turn_json(moved.section), "conditions": [_turn_json(turn) for turn in moved.by]}
            for moved in item.sections
        ],
        "amounts": [{"label": amount.label, "before": amount.before, "after": amount.after} for amount in item.amounts],
        "dropped": list(item.dropped),
        "unread_before": list(item.unread_before),
        "dropped_findings": list(item.dropped_findings),
    }


def _turn_json(turn: Turn) -> dict[str, str | None]:
    return {"id": turn.id, "label": turn.label, "before": turn.before, "after": turn.after}
