"""`eligibility assess`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from service import messages
from service.cli import exits
from service.cli.assessing import Assessor
from service.cli.framework import Choice, Command, option
from service.cli.inputs import Input, Inputs, Outcome
from service.cli.reply_view import digest, show_outcome, show_summary
from service.cli.screen import err, json_text, problem_json, rendered, show_problems
from service.cli.settings import setting_options, settings_of
from service.policy.library import Snapshot, load_library
from service.problems import Severity

#: From this many inputs on a terminal shows how far the work is.
_MANY = 20


@click.command("assess", cls=Command, topic="assess")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@option("--policy", help="option.assess-policy", metavar="metavar.policy")
@option("--edition", help="option.assess-edition", metavar="metavar.edition")
@option(
    "--format",
    "form",
    help="option.format",
    metavar="metavar.format",
    type=Choice("table", "json"),
    default="table",
)
@setting_options("policies", "utc_offset")
def assess(*, paths: tuple[str, ...], policy: str | None, edition: str | None, form: str, **options: str | None) -> int:
    """Assess applications from files; nothing is logged."""
    settings = settings_of(options)
    snapshot = _library(settings.policies)
    on = datetime.now(settings.utc_offset).replace(microsecond=0)
    with Assessor(snapshot, policy, edition, on=on) as assessor:
        inputs = Inputs(paths)
        screen = _JsonOutput(inputs.single) if form == "json" else _TableOutput(inputs.single)
        faulty = False
        with _progress(inputs, screen) as items:
            for item in items:
                outcome = assessor.assess(item)
                faulty |= outcome.reply is None
                screen.add(outcome)
        screen.end()
    return exits.UNREADABLE if faulty else exits.OK


def _library(folder: Path) -> Snapshot:
    snapshot, problems = load_library(folder)
    if snapshot is None:
        raise exits.StopError(exits.BAD_POLICY, (p for p in problems if p.severity is Severity.ERROR))
    show_problems(problems)
    return snapshot


class _Output:
    """Writes outcomes in order; `hold` keeps them back while a progress bar has the terminal."""

    def __init__(self, single: bool) -> None:
        self.single = single
        self._held: list[str] | None = None

    def hold(self) -> None:
        self._held = []

    def release(self) -> None:
        held, self._held = self._held or [], None
        for text in held:
            sys.stdout.write(text)

    def write(self, text: str) -> None:
        if self._held is None:
            sys.stdout.write(text)
        else:
            self._held.append(text)

    def add(self, outcome: Outcome) -> None:
        raise NotImplementedError

    def end(self) -> None:
        raise NotImplementedError


class _JsonOutput(_Output):
    """One object for one file, else an array, written as it grows."""

    def __init__(self, single: bool) -> None:
        super().__init__(single)
        self._begun = False

    def add(self, outcome: Outcome) -> None:
        value: object = outcome.reply
        if outcome.reply is None:
            value = {"file": outcome.name, "problems": [problem_json(item) for item in outcome.problems]}
        text = json_text(value)
        if not self.single:
            # Strings hold no line feed in JSON, so this indents the value and nothing else.
            text = ("," if self._begun else "[") + "\n  " + text.replace("\n", "\n  ")
        self._begun = True
        self.write(text)

    def end(self) -> None:
        if not self.single:
            self.write("\n]" if self._begun else "[]")
        self.write("\n")


class _TableOutput(_Output):
    """Each outcome for reading, and of several a summary at the end."""

    def __init__(self, single: bool) -> None:
        super().__init__(single)
        self._seen: list[Outcome] = []

    def add(self, outcome: Outcome) -> None:
        self._print(lambda console: show_outcome(outcome, console))
        self._seen.append(digest(outcome))

    def end(self) -> None:
        if not self.single and self._seen:
            self._print(lambda console: show_summary(self._seen, console))

    def _print(self, show: Callable[[Console], None]) -> None:
        self.write(rendered(show) + "\n")


@contextmanager
def _progress(inputs: Inputs, screen: _Output) -> Iterator[Iterator[Input]]:
    """The inputs, with a progress bar on standard error where there are many and it is a terminal."""
    console = err()
    count = inputs.count() if console.is_terminal else 0
    if count <= _MANY:
        yield iter(inputs)
        return
    if sys.stdout.isatty():
        screen.hold()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        yield iter(progress.track(inputs, total=count, description=messages.text("assess.progress")))
    screen.release()
