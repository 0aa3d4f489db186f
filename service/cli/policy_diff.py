"""`eligibility policy diff`: two editions compared, in sentences or as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import click
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from service import messages
from service.authoring.changes import Change, Part
from service.authoring.diff import diff
from service.authoring.editions import Edition
from service.authoring.effects import Sense
from service.authoring.told import key_name
from service.cli import exits
from service.cli.framework import Choice, Command, option
from service.cli.policy_names import edition_file, opened
from service.cli.prose import Prose, plain
from service.cli.screen import heading, page, write_json
from service.cli.settings import setting_options, settings_of

_say = messages.text
_STYLES = {
    Sense.STRICTER: "bold red",
    Sense.LOOSER: "bold green",
    Sense.REWRITTEN: "bold yellow",
    Sense.NEUTRAL: "dim",
    Sense.WORDING: "dim",
}


@click.command("diff", cls=Command, topic="policy.diff")
@click.argument("old", metavar="A")
@click.argument("new", metavar="B")
@option(
    "--format", "form", help="option.check-format", metavar="metavar.check-format",
    type=Choice("text", "json"), default="text",
)  # fmt: skip
@setting_options("policies")
def diff_command(*, old: str, new: str, form: str, **options: str | None) -> int:
    """Compare two editions."""
    folder = settings_of(options).policies
    first, second = edition_pair(old, new, folder)
    changes = diff(first, second)
    if form == "json":
        write_json(diff_json(first, second, changes))
    else:
        page(lambda target: show_diff(first, second, changes, target))
    return exits.FOUND if changes else exits.OK


def edition_pair(old: str, new: str, folder: Any) -> tuple[Edition, Edition]:
    """Two editions by name; where one names its policy and the other does not, they are of one policy."""
    named = [name.rpartition("/")[0] for name in (old, new) if not name.endswith(".yaml")]
    policy = next((name for name in named if name), None)
    files = [edition_file(name, folder, at=at, policy=policy) for name, at in ((old, "A"), (new, "B"))]
    first, second = (opened(path) for path in files)
    return first, second


def show_diff(old: Edition, new: Edition, changes: Sequence[Change], target: Console) -> None:
    """Changes for reading: by part and section, each with what was and what is."""
    target.print(heading(_say("diff.title", old=_edition(old), new=_edition(new))))
    if not changes:
        target.print(Prose(_say("diff.none"), "bold green"))
        return
    target.print(Prose(_counted(changes)))
    for title, group in groupby(changes, key=_group):
        target.print()
        target.print(heading(title))
        for change in group:
            _show(change, target)


def _group(change: Change) -> str:
    if change.part is Part.CONDITIONS:
        return _say("policy.section", label=change.section_label, id=change.section)
    return _say(f"diff.part.{change.part.value}")


def _show(change: Change, target: Console) -> None:
    sense, head = change_head(change)
    parts = [] if change.sense is None else [(f"{sense} ", _STYLES[change.sense])]
    target.print(Padding(Text.assemble(*parts, (plain(head), "bold")), (0, 0, 0, 2), expand=False))
    for line in change_lines(change):
        target.print(Padding(Prose(line), (0, 0, 0, 4), expand=False))


def change_head(change: Change) -> tuple[str, str]:
    """Whom a change favours, empty where it favours nobody by itself; and what happened to what."""
    kind = _say(f"diff.kind.{change.kind.value}")
    title = change.title or change.section_label
    sense = "" if change.sense is None else _say(f"diff.sense.{change.sense.value}")
    return sense, _say("diff.head", kind=kind, title=title) if title else kind


def change_lines(change: Change) -> Iterator[str]:
    """What was and is, a sentence a line."""
    if change.part is Part.COMMENTS:
        yield _say("diff.comments")
    if change.before is not None:
        yield _say("diff.before", text=change.before)
    if change.after is not None:
        yield _say("diff.after", text=change.after)
    for item in change.details:
        name = key_name(item.name)
        if item.before is None:
            yield _say("diff.detail-added", name=name, after=item.after)
        elif item.after is None:
            yield _say("diff.detail-dropped", name=name, before=item.before)
        else:
            yield _say("diff.detail", name=name, before=item.before, after=item.after)
    if change.portals:
        yield _say("diff.portals")


def _counted(changes: Sequence[Change]) -> str:
    counts = {sense: sum(change.sense is sense for change in changes) for sense in Sense}
    said = [
        _say("view.counted", label=_say(f"diff.sense.{sense.value}"), count=count)
        for sense, count in counts.items()
        if count
    ]
    rest = sum(change.sense is None for change in changes)
    if rest:
        said.append(_say("view.counted", label=_say("diff.sense.other"), count=rest))
    return _say("diff.counted", total=len(changes), parts="，".join(said))


def _edition(edition: Edition) -> str:
    return _say("diff.edition", policy=edition.policy.id, edition=edition.policy.edition, file=str(edition.path))


def diff_json(old: Edition, new: Edition, changes: Sequence[Change]) -> dict[str, Any]:
    """The changes as data; lines count from 1, null where there is none."""
    return {
        "before": _edition_json(old),
        "after": _edition_json(new),
        "changes": [change_json(change) for change in changes],
    }


def _edition_json(edition: Edition) -> dict[str, Any]:
    policy = edition.policy
    return {"policy": policy.id, "edition": policy.edition, "file": str(edition.path), "digest": policy.digest}


def change_json(change: Change) -> dict[str, Any]:
    """One change as data."""
    return {
        "part": change.part.value,
        "section": change.section or None,
        "kind": change.kind.value,
        "sense": None if change.sense is None else change.sense.value,
        "subject": change.subject,
        "title": change.title,
        "before": change.before,
        "after": change.after,
        "details": [{"name": item.name, "before": item.before, "after": item.after} for item in change.details],
        "portals": change.portals,
        "line_before": change.place_before.line or None,
        "line_after": change.place_after.line or None,
    }
