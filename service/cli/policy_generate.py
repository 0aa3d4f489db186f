"""`eligibility policy test --generate`: cases proposed, shown or put behind those a file has."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from service import messages
from service.authoring.case_runs import Bench
from service.authoring.case_text import case_text, flow, unreached_text
from service.authoring.cases import CaseFile
from service.authoring.proposals import Proposer
from service.cli import exits
from service.cli.case_files import Asked, Subject
from service.cli.policy_check import show_found
from service.cli.screen import err, page
from service.problems import FilePlace, Problem, problem

_say = messages.text


def generate(found: Asked, output: Path | None) -> int:
    """Propose cases for the one policy asked about; written only where an output is named."""
    if found.found:
        page(lambda target: show_found(found.found, target))
        return exits.BAD_POLICY
    if len(found.subjects) != 1:
        raise _stop(problem("generate-one", FilePlace("PATH"), count=len(found.subjects)))
    (subject,) = found.subjects
    appended = output is not None and output.exists()
    before = _appendable(subject, output) if output is not None and appended else ""
    file = subject.file or CaseFile(subject.policy, str(subject.path))
    with Bench(subject.policy) as bench, _shown_steps() as (bar, step):
        proposer = Proposer(bench, file, step)
        bar(proposer.steps)
        proposals = proposer.propose()
    folder = subject.path.parent if output is None else output.parent
    text = case_text(proposals, file, _written(file, subject.path, folder), head=not appended)
    if output is None:
        sys.stdout.write(text)
    elif proposals.cases or not appended:
        output.write_text(before + text, encoding="utf-8")
    target = err()
    for one in proposals.unreached if appended else ():
        target.print(unreached_text(*one, file.language))
    target.print(_say("generate.done", count=len(proposals.cases), unreached=len(proposals.unreached)))
    if output is not None:
        target.print(_say("generate.written", file=output))
    return exits.OK


def _appendable(subject: Subject, output: Path) -> str:
    """The text of a file to which cases can be added at the end. Stops where they cannot."""
    document = None if subject.file is None else subject.file.document
    if output.resolve() != subject.path.resolve() or document is None:
        raise _stop(problem("generate-other", FilePlace(str(output))))
    text = output.read_text(encoding="utf-8")
    last = max(document.data, key=lambda key: document.place((key,), key=True))
    first = document.place(("cases", 0))
    # A list each of whose items begins a line, indented by two as those to come.
    listed = text.split("\n")[first.line - 1][: first.column - 1] if first.line else ""
    if last != "cases" or listed != "  - ":
        named: dict[str, Any] = document.language.named_in("generate-appends")
        raise _stop(problem("generate-appends", FilePlace(str(output)), **named))
    return text if text.endswith("\n") else f"{text}\n"


def _written(file: CaseFile, path: Path, folder: Path) -> Mapping[str, str]:
    """What the file at a path says of each base, files seen from another folder."""
    data = file.document.data if file.document is not None else {}
    found: dict[str, str] = {}
    declared: Any = data.get("bases")
    for name, entry in declared.items() if isinstance(declared, dict) else ():
        moved = dict(entry)
        if "file" in moved:
            moved["file"] = os.path.relpath(path.parent / moved["file"], folder)
        found[name] = flow({file.language.word(key): value for key, value in moved.items()})
    return found


@contextmanager
def _shown_steps() -> Iterator[tuple[Any, Any]]:
    """What takes the number of steps, and what is called at each; a bar on a terminal."""
    console = err()
    if not console.is_terminal:
        yield (lambda _total: None), (lambda: None)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(_say("generate.progress"), total=None)
        yield (lambda total: progress.update(task, total=total)), (lambda: progress.advance(task))


def _stop(fault: Problem) -> exits.StopError:
    return exits.StopError(exits.UNREADABLE, [fault])
