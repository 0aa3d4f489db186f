"""Which files of cases `policy test` looks at, read beside their policies."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from service.authoring.case_reader import read_cases
from service.authoring.case_runs import Bench
from service.authoring.cases import CaseFile
from service.cli import exits
from service.cli.policy_check import Found
from service.policy.library import CASES, TABLES, Snapshot, load_library
from service.policy.model import Policy
from service.policy.source import read_file
from service.policy.source_text import SourceDocument, source_text
from service.problems import FilePlace, Problem, Severity, nearest, problem


@dataclass(frozen=True, slots=True)
class Subject:
    """A policy to be tested: where its cases lie or would, and the cases if there are any without fault."""

    policy: Policy
    path: Path
    file: CaseFile | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What paths name: the policies, and what is wrong with files of cases."""

    subjects: tuple[Subject, ...]
    found: tuple[Found, ...]


def asked(paths: Iterable[Path]) -> Asked:
    """The policies that paths name: a folder of policies, of one policy, a policy or its file of cases.

    Stops where a path is none of these (exit 2) or a policy is at fault (exit 3).
    """
    subjects: list[Subject] = []
    found: list[Found] = []
    snapshots: dict[Path, Snapshot] = {}
    seen: set[Path] = set()
    for path in paths:
        root, parts = _named(path)
        if root not in snapshots:
            snapshots[root] = _snapshot(root)
        for part in parts:
            if part not in seen:
                seen.add(part)
                _read(root, part, snapshots[root], subjects, found)
    return Asked(tuple(subjects), tuple(found))


def _named(path: Path) -> tuple[Path, list[Path]]:
    """The folder of policies, and the files of cases (there or not) of the policies that a path names."""
    path = path.resolve()
    if path.is_dir():
        alone = any(path.glob("*.yaml")) and not any(path.glob("*/*.yaml"))
        root, found = (path.parent, path.glob("*.yaml")) if alone else (path, path.glob("*/*.yaml"))
        return root, sorted({_beside(one) for one in found if one.parent.name != TABLES})
    if not path.exists():
        raise exits.StopError(exits.UNREADABLE, [problem("check-missing", FilePlace(str(path)))])
    if path.suffix != ".yaml" or path.parent.name == TABLES:
        raise exits.StopError(exits.UNREADABLE, [problem("test-not-cases", FilePlace(str(path)))])
    return path.parent.parent, [_beside(path)]


def _beside(path: Path) -> Path:
    """The file of cases of a policy, or of itself."""
    return path if path.name.endswith(CASES) else path.with_name(f"{path.stem}{CASES}")


def _snapshot(root: Path) -> Snapshot:
    snapshot, problems = load_library(root)
    if snapshot is None:
        raise exits.StopError(exits.BAD_POLICY, (p for p in problems if p.severity is Severity.ERROR))
    return snapshot


def _read(root: Path, path: Path, snapshot: Snapshot, subjects: list[Subject], found: list[Found]) -> None:
    shown = f"{root.name}/{path.relative_to(root).as_posix()}"
    name, edition = path.parent.name, path.name.removesuffix(CASES)
    policy = snapshot.find(name, edition)
    if policy is None:
        editions = [item.edition for item in snapshot.editions(name)]
        fault = problem("cases-no-policy", FilePlace(shown), suggestion=nearest(edition, editions), edition=edition)
        found.append(Found(fault, "", ""))
        return
    if not path.exists():
        subjects.append(Subject(policy, path, None))
        return
    document, problems = read_file(path, shown_as=shown)
    file = None
    if document is not None:
        with Bench(policy) as bench:
            file, problems = read_cases(document, path.parent, policy, bench.names())
    for item in problems:
        found.append(Found(item, *_excerpt(item, path, shown, document)))
    if file is not None:
        subjects.append(Subject(policy, path, file))


def _excerpt(item: Problem, path: Path, shown: str, document: SourceDocument | None) -> tuple[str, str]:
    place = item.place
    if not isinstance(place, FilePlace) or place.file != shown or not place.line:
        return "", ""
    if document is not None:
        return document.excerpt(place)
    return source_text(shown, path.read_bytes()).excerpt(place)
