"""`eligibility panel-sheet`: what people must judge of an edition's applications, to fill in and to read back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from service import messages
from service.cli import exits
from service.cli.framework import Choice, Command, UsageError, Whole, option
from service.cli.log import opened_log
from service.cli.policy_names import edition_file, opened
from service.cli.progress import tracked
from service.cli.prose import Prose
from service.cli.screen import bullets, heading, page, show_problems, write_json
from service.cli.settings import setting_options, settings_of
from service.problems import FilePlace, problem

if TYPE_CHECKING:
    from service.policy.model import Policy
    from service.rounds.questions import Asked, Question

_say = messages.text
_WORKBOOK, _PAGE, _JSON = ".xlsx", ".html", ".json"


@click.command("panel-sheet", cls=Command, topic="panel-sheet")
@click.argument("edition", metavar="EDITION")
@option("--output", help="option.panel-output", metavar="metavar.panel-output")
@option("--unit", help="option.panel-unit", metavar="metavar.panel-unit")
@option("--all", "everything", help="option.panel-all", is_flag=True)
@option("--rows", help="option.panel-rows", metavar="metavar.panel-rows", type=Whole(), default="1")
@option("--overwrite", help="option.panel-overwrite", is_flag=True)
@option(
    "--format", "form", help="option.format", metavar="metavar.format", type=Choice("table", "json"), default="table"
)
@setting_options("policies", "database_url", "key_file")
@click.pass_context
def panel_sheet(
    ctx: click.Context,
    /,
    *,
    edition: str,
    output: str | None,
    unit: str | None,
    everything: bool,
    rows: int,
    overwrite: bool,
    form: str,
    **options: str | None,
) -> int:
    """Write the sheet, or show the questions."""
    if output is not None and not output.lower().endswith((_WORKBOOK, _PAGE)):
        raise UsageError(_say("usage.panel-output"), ctx)
    settings = settings_of(options)
    if output is not None and not overwrite and Path(output).exists():
        raise exits.StopError(exits.UNREADABLE, [problem("panel-exists", FilePlace(output))])
    named = opened(edition_file(edition, settings.policies, at="EDITION")).policy
    asked = _asked(named, unit, everything, options)
    if output is not None:
        _write(asked, _say("panel.title", title=named.title, edition=named.edition), Path(output), rows)
    if form == "json":
        write_json([question.as_json() for question in asked.questions])
    else:
        page(lambda target: _show(asked, target, output))
    show_problems(asked.unread)
    return exits.FOUND if asked.unread else exits.OK


def _asked(policy: Policy, unit: str | None, everything: bool, options: dict[str, str | None]) -> Asked:
    from service.rounds.questions import Asked, Questions, decisions_of

    asked = Asked()
    places = {name: options[name] for name in ("database_url", "key_file")}
    with opened_log(places) as log, Questions(log) as questions:
        found = decisions_of(log, policy)
        for item, replaced in tracked(found, total=len(found), description="panel.progress"):
            questions.add(asked, item, replaced=replaced, unit=unit, everything=everything)
    return asked


def _write(asked: Asked, title: str, path: Path, rows: int) -> None:
    try:
        if path.suffix.lower() == _PAGE:
            from service.rounds.sheet_html import sheet_html

            path.write_text(sheet_html(asked.questions, title), encoding="utf-8")
        else:
            from service.rounds.sheet import write_workbook

            write_workbook(asked.questions, title, path, rows=rows)
    except OSError as fault:
        unwritable = problem("page-unwritable", FilePlace(str(path)), why=fault.strerror or "")
        raise exits.StopError(exits.UNREADABLE, [unwritable]) from fault


def _show(asked: Asked, target: Console, output: str | None) -> None:
    applications = len({question.decision_id for question in asked.questions})
    for questions in _by_application(asked.questions) if output is None else ():
        first = questions[0]
        unit = first.unit or _say("decide.unit-blank")
        title = _say("decide.one", sequence=first.sequence, unit=unit)
        target.print(heading(title + (_say("panel.replaced") if first.replaced else "")))
        target.print(bullets(map(_line, questions)))
    target.print(Prose(_say("panel.counted", applications=applications, questions=len(asked.questions))))
    for status, count in asked.left_out.items():
        target.print(Prose(_say("panel.left-out", count=count, label=_say(f"overall.{status}")), "dim"))
    if asked.erased:
        target.print(Prose(_say("panel.erased", count=asked.erased), "dim"))
    if output is not None:
        target.print(Prose(_say("panel.written", file=output)))


def _by_application(questions: Sequence[Question]) -> Iterator[list[Question]]:
    for _, found in groupby(questions, key=lambda question: question.decision_id):
        yield [*found]


def _line(question: Question) -> str:
    line = "panel.line" if question.gates else "panel.line.not-gating"
    return _say(line, section=question.section, question=question.question, about=question.about, given=question.given)
