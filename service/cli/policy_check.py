"""Which files `policy check` looks at, what is wrong in them, and how that is shown."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from service import messages
from service.authoring.examples import check_examples
from service.authoring.page import citation_text
from service.authoring.readback import Line, section_lines
from service.cli import exits
from service.cli.prose import Prose
from service.cli.screen import bullets, heading
from service.policy.facts import Fact
from service.policy.formulas import formula_line, formulas
from service.policy.library import files_of, read_library
from service.policy.model import Policy
from service.policy.source_text import SourceDocument, source_text
from service.policy.usage import computed_in_use
from service.policy.warnings import warnings_of
from service.problems import FilePlace, Problem, Severity, problem, sort

_say = messages.text


@dataclass(frozen=True, slots=True)
class Found:
    """A problem with its line and the marks below it, both empty for a file as a whole."""

    problem: Problem
    line: str
    marks: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found in the files asked about; `elsewhere` counts errors in files beside them."""

    found: tuple[Found, ...]
    policies: tuple[Policy, ...]
    elsewhere: int

    @property
    def sound(self) -> bool:
        """Whether no error was found."""
        return not any(item.problem.severity is Severity.ERROR for item in self.found)

    def passes(self, *, strict: bool) -> bool:
        """Whether the check is passed: without errors, `strict` without warnings too."""
        return self.sound and not (strict and self.found)


@dataclass(frozen=True, slots=True)
class _Target:
    """A folder of policies, and the part of it that was asked about (the same if all)."""

    root: Path
    part: Path


def check(paths: Iterable[Path]) -> Checked:
    """Check folders of policies, of one policy, and files; stops (exit 2) at a path that is none of these."""
    targets: dict[Path, list[Path]] = {}
    for path in paths:
        target = _target(path)
        targets.setdefault(target.root, []).append(target.part)
    checked = [_check(root, parts) for root, parts in targets.items()]
    return Checked(
        tuple(item for one in checked for item in one.found),
        tuple(policy for one in checked for policy in one.policies),
        sum(one.elsewhere for one in checked),
    )


def _target(path: Path) -> _Target:
    # "." and ".." have no name to show.
    path = path if path.name not in ("", "..") else path.resolve()
    if path.is_dir():
        # Only a folder of policies has YAML files one level down.
        alone = any(path.glob("*.yaml")) and not any(path.glob("*/*.yaml"))
        return _Target(_parent(path), path) if alone else _Target(path, path)
    if not path.exists():
        raise exits.StopError(exits.UNREADABLE, [problem("check-missing", FilePlace(str(path)))])
    root = _parent(_parent(path))
    if path.suffix != ".yaml" or path.name.endswith(".cases.yaml"):
        raise exits.StopError(exits.UNREADABLE, [problem("check-not-policy", FilePlace(str(path)))])
    return _Target(root, path)


def _parent(path: Path) -> Path:
    return path.parent if path.parent.name else path.parent.resolve()


def _check(root: Path, parts: list[Path]) -> Checked:
    snapshot, problems, documents = read_library(root)
    policies = () if snapshot is None else snapshot.policies
    asked = tuple(_shown(root, part) for part in parts)
    policies = tuple(policy for policy in policies if _within(policy.file, asked))
    examples = [item for policy in policies for item in check_examples(policy)]
    warnings = [item for policy in policies for item in warnings_of(policy, documents[policy.file])]
    found, elsewhere = [], 0
    for item in sort((*problems, *examples, *warnings)):
        place = item.place
        if isinstance(place, FilePlace) and _within(place.file, asked):
            found.append(Found(item, *_excerpt(root, place, documents)))
        else:
            elsewhere += item.severity is Severity.ERROR
    return Checked(tuple(found), policies, elsewhere)


def _shown(root: Path, part: Path) -> str:
    """A path as the library names it in problems, which is from the parent of the folder."""
    if part == root:
        return root.name
    # A link inside the folder is called what it is called there, wherever it leads.
    written, folder = (Path(os.path.abspath(path)) for path in (part, root))
    inside = written.is_relative_to(folder)
    below = written.relative_to(folder) if inside else part.resolve().relative_to(root.resolve())
    return f"{root.name}/{below.as_posix()}"


def _within(file: str, asked: Iterable[str]) -> bool:
    return any(file == name or file.startswith(f"{name}/") for name in asked) or "/" not in file


def _excerpt(root: Path, place: FilePlace, documents: Mapping[str, SourceDocument]) -> tuple[str, str]:
    if not place.line:
        return "", ""
    if place.file in documents:
        return documents[place.file].excerpt(place)
    # A file at fault in its writing has no document; its text is read again for the line.
    for path in files_of(root):
        if _shown(root, path) == place.file:
            return source_text(place.file, path.read_bytes()).excerpt(place)
    return "", ""


# --- for reading ---


def show_found(found: Iterable[Found], target: Console) -> None:
    """Each problem: place, code, sentence; what to do; the line with the words underlined."""
    for item in found:
        fault = item.problem
        warning = fault.severity is Severity.WARNING
        style = "yellow" if warning else "red"
        head = _say("check.warning") if warning else ""
        text = Text.assemble((f"{fault.place}: ", "bold"), (f"{fault.code}: ", style), f"{head}{fault.message}")
        target.print(text, soft_wrap=True)
        if fault.hint:
            target.print(Text(_say("check.hint", hint=fault.hint)), soft_wrap=True)
        if item.line:
            # Wrapped, the marks would stand below other words.
            number = str(fault.place.line) if isinstance(fault.place, FilePlace) else ""
            target.print(Text(f"  {number} | {item.line}"), soft_wrap=True)
            target.print(Text.assemble(f"  {' ' * len(number)} | ", (item.marks, style)), soft_wrap=True)
        target.print()


def show_readback(policy: Policy, target: Console) -> None:
    """Every condition as it was understood, beside the words it comes from, section by section; then the formulas."""
    target.print(heading(_say("check.readback", title=policy.title, edition=policy.edition, file=policy.file)))
    for section in policy.sections:
        table = Table(box=box.SIMPLE, pad_edge=False, show_lines=False, title_justify="left", expand=True)
        table.title = Text(_say("policy.section", label=section.label, id=section.id), "bold")
        table.add_column(_say("check.understood"), ratio=5)
        table.add_column(_say("check.written"), ratio=4)
        for number, line in enumerate(section_lines(section)):
            if number:
                table.add_section()
            quotes = "\n".join(citation_text(citation) for citation in line.citations)
            table.add_row(_understood(line), Prose(quotes, "dim"))
        target.print(table)
    computed = _computed(policy)
    if computed:
        target.print(heading(_say("formula.heading")))
        target.print(bullets(formula_line(fact, said) for fact, said in computed))
        target.print()


def _computed(policy: Policy) -> list[tuple[Fact, str]]:
    """The derived facts that the policy rests on, with their formulas."""
    used = computed_in_use(policy)
    return [(fact, said) for fact, said in formulas(policy) if fact.path in used]


def _understood(line: Line) -> Table:
    grid = Table.grid(padding=0)
    grid.add_column(no_wrap=True)
    grid.add_column()
    indent = "  " * line.depth
    if line.title:
        grid.add_row(indent, Prose(line.title, "cyan"))
    grid.add_row(indent, Prose(line.sentence))
    return grid


# --- for scripts ---


def found_json(item: Found) -> dict[str, Any]:
    """A problem of a policy file as data; line and column count from 1, null for a file as a whole."""
    fault = item.problem
    place = fault.place if isinstance(fault.place, FilePlace) else FilePlace(str(fault.place))
    return {
        "file": place.file,
        "line": place.line or None,
        "column": place.column or None,
        "severity": fault.severity.value,
        "code": fault.code,
        "message": fault.message,
        "hint": fault.hint,
        "excerpt": item.line,
        "marks": item.marks,
    }


def readback_json(policy: Policy) -> dict[str, Any]:
    """The conditions of a policy as they were understood, and how the facts they rest on are computed."""
    return {
        "policy": policy.id,
        "edition": policy.edition,
        "file": policy.file,
        "digest": policy.digest,
        "conditions": [
            {
                "section": section.id,
                "id": line.id,
                "label": line.label,
                "depth": line.depth,
                "sentence": line.sentence,
                "citations": [citation.as_json() for citation in line.citations],
                "rulings": list(line.rulings),
            }
            for section in policy.sections
            for line in section_lines(section)
        ],
        "formulas": [{"fact": fact.path, "label": fact.label, "sentence": said} for fact, said in _computed(policy)],
    }
