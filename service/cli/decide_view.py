"""What findings would come to, or came to: for reading and for scripts. No name of an applicant but the unit's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from service import messages
from service.cli.prose import Prose
from service.cli.screen import bullets, heading
from service.decisions.subjects import text_given

if TYPE_CHECKING:
    from service.decisions.reading import Stored
    from service.rounds.deciding import Redecision
    from service.rounds.recording import Plan

_say = messages.text


def show_plan(planned: Plan, target: Console) -> None:
    """Every decision that would be made, with what changes of it."""
    for made in planned.made:
        target.print(heading(_say("decide.one", sequence=made.stored.sequence, unit=_unit(made))))
        before, after = _overall(made)
        turned = _say("decide.turned", before=_say(f"overall.{before}"), after=_say(f"overall.{after}"))
        target.print(Padding(Prose(turned), (0, 0, 0, 2), expand=False))
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for code in ("decide.about", "decide.result", "decide.before", "decide.after", "panel.column.by"):
            table.add_column(_say(code))
        for item in _findings(made):
            result = _say(f"panel.conflict.{item['conflict']}") if item["result"] is None else _result(item)
            states = (Text(_say(f"view.status.{item[name]}")) for name in ("before", "after"))
            table.add_row(Text(item["about"]), Text(result), *states, Text(item["by"]))
        target.print(table)
        notes = [*_without_effect(made)]
        if notes:
            target.print(bullets(notes, style="yellow"))


def show_written(planned: Plan, written: Sequence[Stored] | None, target: Console) -> None:
    """What was logged, or that nothing was."""
    if planned.recorded:
        target.print(Prose(_say("decide.recorded", count=planned.recorded)))
    if not planned.made:
        target.print(Prose(_say("decide.nothing-new")))
    elif written is None:
        target.print(Prose(_say("decide.dry", count=len(planned.made)), "bold"))
    else:
        target.print(Prose(_say("decide.written", count=len(written)), "bold green"))
        target.print(
            bullets(_say("decide.entry", sequence=one.sequence, decision_id=one.decision_id) for one in written)
        )


def plan_json(planned: Plan, written: Sequence[Stored] | None) -> dict[str, Any]:
    """The same as data; `decision_id` of what was not written is null."""
    made = []
    for place, one in enumerate(planned.made):
        before, after = _overall(one)
        stored = None if written is None else written[place]
        made.append(
            {
                "supersedes": one.stored.decision_id,
                "decision_id": None if stored is None else stored.decision_id,
                "sequence": None if stored is None else stored.sequence,
                "unit": _unit(one),
                "before": before,
                "after": after,
                "findings": [*_findings(one)],
                "notes": [*_without_effect(one)],
            }
        )
    return {"written": written is not None, "recorded_before": planned.recorded, "decisions": made}


def _findings(made: Redecision) -> Iterator[dict[str, Any]]:
    before, after = made.stored.public["conditions"], made.assessment.statuses
    for finding in made.added:
        about = finding["about"]
        now = after[about]["status"]
        yield {
            "about": about,
            "kind": finding["kind"],
            "result": finding.get("result"),
            "conflict": finding.get("conflict"),
            "by": finding["by"],
            "before": before.get(about, {}).get("status", now),
            "after": now,
        }


def _without_effect(made: Redecision) -> Iterator[str]:
    new = {finding["about"] for finding in made.added}
    for note in made.reply["notes"]:
        if note["code"] == "finding-without-effect" and note["about"] in new:
            yield note["text"]


def _overall(made: Redecision) -> tuple[str, str]:
    return made.stored.reply["overall"]["status"], made.assessment.overall


def _result(item: dict[str, Any]) -> str:
    return _say(f"panel.result.{item['kind']}.{item['result']}")


def _unit(made: Redecision) -> str:
    return text_given(made.stored.application, made.policy.applicant.unit_name) or _say("decide.unit-blank")
