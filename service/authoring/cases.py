"""The file of cases beside a policy: applications, or changes to a named one, and what must come of each.

Read as strictly as a policy: every fault is a Problem at its file, line and column.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from service import messages
from service.authoring import case_paths
from service.authoring.case_schema import LANGUAGE, CaseFileSchema, percentage
from service.authoring.case_values import as_submitted
from service.authoring.outcomes import Outcome
from service.engine import assess
from service.engine.application import Application, read_application
from service.engine.findings import Finding, read_findings
from service.engine.verdict import NAMES
from service.policy.model import Policy
from service.policy.reading import Reading
from service.policy.reading import Path as Keys
from service.policy.source import read_file
from service.policy.source_text import SourceDocument
from service.policy.structure import structure_problems
from service.problems import FilePlace, PointerPlace, Problem, Severity, problem, sort

OVERALL = "overall"
_OVERALL = (assess.ELIGIBLE, assess.NEEDS_REVIEW, assess.INCOMPLETE, assess.INELIGIBLE)
_WRAPPED = "application"
#: What a finding of a case says unless it says otherwise.
_FINDING = {"kind": "judgement", "on": "2000-01-01"}


@dataclass(frozen=True, slots=True)
class Base:
    """An application that cases begin with; `file` is where it lies, as written."""

    name: str
    application: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Expected:
    """The status that something must have, and where that is written."""

    name: str
    status: str
    place: FilePlace


@dataclass(frozen=True, slots=True)
class Case:
    """One application and what must come of it; `changed` is what it changes, by path, as written."""

    name: str
    place: FilePlace
    application: Application = field(repr=False)
    changed: tuple[tuple[str, object], ...] = ()
    findings: tuple[Finding, ...] = ()
    expected: tuple[Expected, ...] = ()
    deciding: tuple[tuple[str, FilePlace], ...] = ()
    proposed: bool = False


@dataclass(frozen=True, slots=True)
class Impossible:
    """An outcome of a condition that an officer has found nothing can bring about."""

    condition: str
    outcome: Outcome
    why: str
    place: FilePlace


@dataclass(frozen=True, slots=True)
class CaseFile:
    """The cases of one edition; `required` is the percentage of outcomes they must bring about, if any."""

    policy: Policy
    file: str
    bases: tuple[Base, ...] = ()
    cases: tuple[Case, ...] = ()
    required: Decimal | None = None
    impossible: tuple[Impossible, ...] = ()


@dataclass(frozen=True, slots=True)
class Names:
    """What a case may speak of: `expected` have a status of their own, `in_rows` one for each row of a list,
    `covered` count for coverage."""

    expected: Collection[str]
    in_rows: Collection[str]
    covered: Collection[str]


def cases_problems(document: SourceDocument) -> tuple[tuple[Problem, ...], frozenset[Keys]]:
    """What is wrong with the structure of a file of cases, and where."""
    return structure_problems(document, CaseFileSchema())


def read_cases(
    document: SourceDocument, folder: Path, policy: Policy, names: Names
) -> tuple[CaseFile | None, tuple[Problem, ...]]:
    """The cases in a document that lies in `folder`, or every fault of them; only an error withholds them."""
    problems, broken = cases_problems(document)
    reading = Reading(document, broken)
    if not isinstance(document.data, dict):
        return None, problems
    reader = _CaseReader(reading, folder, policy, names)
    found = reader.file()
    ordered = sort((*problems, *reading.problems, *reader.elsewhere))
    return (None if any(item.severity is Severity.ERROR for item in ordered) else found), ordered


class _CaseReader:
    """Reads one file; faults in the files of bases stand in `elsewhere`."""

    def __init__(self, reading: Reading, folder: Path, policy: Policy, names: Names) -> None:
        self.reading = reading
        self.folder = folder
        self.policy = policy
        self.names = names
        self.elsewhere: list[Problem] = []
        self.written: Mapping[str, Any] = {}
        # None for a base that is at fault, which has been told.
        self.bases: dict[str, dict[str, Any] | None] = {}
        self._under_way: list[str] = []

    def file(self) -> CaseFile:
        data = self.reading.document.data
        if data.get("language") not in (None, LANGUAGE):
            self.reading.fault(
                "cases-language", ("language",), version=data.get("language"), known_version=LANGUAGE
            )  # fmt: skip
        for key, mine in (("policy", self.policy.id), ("edition", self.policy.edition)):
            if str(data.get(key)) != mine:
                self.reading.fault("cases-elsewhere", (key,), value=str(data.get(key)), expected=self.policy.file)
        coverage = self.reading.mapping(data.get("coverage"))
        self.written = self.reading.mapping(data.get("bases"))
        for name in self.written:
            self._base(name)
        cases = tuple(self._cases(data.get("cases")))
        return CaseFile(
            policy=self.policy,
            file=self.reading.document.source.file,
            bases=tuple(Base(name, data) for name, data in self.bases.items() if data is not None),
            cases=cases,
            required=percentage(str(coverage.get("required"))) if "required" in coverage else None,
            impossible=tuple(self._impossible(coverage.get("impossible"), ("coverage", "impossible"))),
        )

    def _impossible(self, value: Any, path: Keys) -> Iterator[Impossible]:
        for index, item in enumerate(value if isinstance(value, list) else []):
            entry, here = self.reading.mapping(item), (*path, index)
            name, outcome = str(entry.get("condition")), str(entry.get("outcome"))
            if name not in self.names.covered:
                self.reading.fault(
                    "cases-not-covered", (*here, "condition"), name=name, near=name, known=self.names.covered
                )  # fmt: skip
            elif outcome not in tuple(Outcome):
                self._not_allowed(outcome, (*here, "outcome"), tuple(Outcome))
            else:
                yield Impossible(name, Outcome(outcome), str(entry.get("why")), self.reading.place(here))

    # --- applications ---

    def _base(self, name: str) -> dict[str, Any] | None:
        """The application of a base, read when first asked for."""
        if name in self.bases:
            return self.bases[name]
        here: Keys = ("bases", name)
        self._under_way.append(name)
        self.bases[name] = found = self._application(self.reading.mapping(self.written[name]), here, ("file",))
        self._under_way.pop()
        return found

    def _application(self, entry: Mapping[str, Any], here: Keys, more: tuple[str, ...] = ()) -> dict[str, Any] | None:
        """What a base or case holds, sound under the policy; None after a fault."""
        sources = [key for key in (*more, "application", "base") if key in entry]
        if len(sources) > 1:
            self.reading.fault("two-kinds", (*here, sources[1]), at_key=True, key=sources[1], kind=sources[0])
            return None
        begun: Any = {}
        match sources:
            case ["file"]:
                begun = self._from_file(str(entry["file"]), (*here, "file"))
            case ["application"]:
                begun = as_submitted(entry["application"], self.policy.facts)
            case ["base"]:
                begun = self._named(str(entry["base"]), (*here, "base"))
        if begun is None:
            return None
        data = copy.deepcopy(begun)
        edited = self._edited(data, entry, here)
        # Whatever else is wrong is told in the same run.
        return data if self._sound(data, entry, here) and edited else None

    def _named(self, name: str, here: Keys) -> dict[str, Any] | None:
        if name not in self.written:
            if not self.reading.is_broken(("bases",)):
                self.reading.fault("cases-no-base", here, name=name, near=name, known=self.written)
            return None
        if name in self._under_way:
            self.reading.fault("cases-base-circle", here, name=name)
            return None
        return self._base(name)

    def _from_file(self, name: str, here: Keys) -> dict[str, Any] | None:
        """The application in a file beside the policy, bare or wrapped as `assess` takes it."""
        document, problems = read_file(self.folder / name, shown_as=name)
        if document is None:
            if any(isinstance(p.place, FilePlace) and p.place.line for p in problems):
                self.elsewhere.extend(problems)
            else:
                self.reading.fault("cases-file", here, file=name, why=problems[0].message)
            return None
        data, prefix = document.data, ()
        if isinstance(data, dict) and _WRAPPED in data and case_paths.declared(self.policy.facts, (_WRAPPED,)) is None:
            data, prefix = data[_WRAPPED], (_WRAPPED,)
        application, faults = read_application(self.policy, data)
        self.elsewhere.extend(_placed(document, prefix, fault) for fault in faults)
        return None if application is None else dict(application.data)

    def _edited(self, data: dict[str, Any], entry: Mapping[str, Any], here: Keys) -> bool:
        """Make the changes of an entry; False after a fault."""
        before = len(self.reading.problems)
        for path, value in self.reading.mapping(entry.get("change")).items():
            at = (*here, "change", path)
            steps = self._steps(path, at, at_key=True)
            if steps is not None:
                fact = case_paths.declared(self.policy.facts, steps)
                one = steps[-1] is None or isinstance(steps[-1], int)
                self._edit(lambda: case_paths.change(data, steps, as_submitted(value, fact, row=one)), at, at_key=True)
        removed = entry.get("remove")
        listed = removed if isinstance(removed, list) else [] if removed is None else [removed]
        steps_removed = []
        for index, path in enumerate(listed):
            at = (*here, "remove", index) if isinstance(removed, list) else (*here, "remove")
            steps = self._steps(str(path), at)
            if steps is not None:
                steps_removed.append((steps, at))
        # From the last row on, so that the rows before keep their numbers.
        for steps, at in sorted(steps_removed, key=lambda pair: _from_the_end(pair[0])):
            self._edit(lambda: case_paths.remove(data, steps), at)
        for path, rows in self.reading.mapping(entry.get("add")).items():
            at = (*here, "add", path)
            steps = self._steps(path.removesuffix("[]"), at, at_key=True)
            if steps is not None:
                fact = case_paths.declared(self.policy.facts, steps)
                if not case_paths.is_list(fact) or not isinstance(steps[-1], str):
                    self.reading.fault("not-a-list", at, at_key=True, name=path)
                    continue
                given = rows if isinstance(rows, list) else [rows]
                self._edit(lambda: case_paths.add(data, steps, as_submitted(given, fact)), at, at_key=True)
        return len(self.reading.problems) == before and not self._broken_edits(here)

    def _broken_edits(self, here: Keys) -> bool:
        return any(path[: len(here)] == here for path in self.reading.broken)

    def _steps(self, path: str, at: Keys, *, at_key: bool = False) -> case_paths.Steps | None:
        steps = case_paths.parse(path)
        if steps is None:
            self.reading.fault("cases-path", at, at_key=at_key, written=path)
            return None
        if case_paths.declared(self.policy.facts, steps) is not None:
            return steps
        plain = "".join(f".{step}" if isinstance(step, str) else "[]" for step in steps).lstrip(".")
        if any(fact.path == plain for fact in self.policy.derived):
            self.reading.fault("cases-derived", at, at_key=at_key, name=plain)
        else:
            known = tuple(case_paths.known(self.policy.facts))
            self.reading.fault("cases-unknown-path", at, at_key=at_key, name=path, near=plain, known=known)
        return None

    def _edit(self, edit: Any, at: Keys, *, at_key: bool = False) -> None:
        try:
            edit()
        except case_paths.MissingRowError as missing:
            self.reading.fault("cases-no-row", at, at_key=at_key, count=missing.count)

    def _sound(self, data: dict[str, Any], entry: Mapping[str, Any], here: Keys) -> bool:
        """Whether the application can be read under the policy; its faults stand where they come from."""
        _, faults = read_application(self.policy, data)
        for fault in faults:
            pointer = fault.place.pointer if isinstance(fault.place, PointerPlace) else ""
            self.reading.problems.append(
                problem(
                    "cases-application",
                    self.reading.place((*here, *self._origin(pointer, entry))),
                    suggestion=fault.suggestion,
                    pointer=pointer or "/",
                    why=fault.message,
                )
            )
        return not faults

    def _origin(self, pointer: str, entry: Mapping[str, Any]) -> Keys:
        """Where in a base or case the value at a pointer is written."""
        wanted = tuple(pointer.split("/")[1:])
        for path in self.reading.mapping(entry.get("change")):
            steps = case_paths.parse(path) or ()
            if all(step is None or str(step) == part for step, part in zip(steps, wanted, strict=False)):
                return ("change", path)
        for path in self.reading.mapping(entry.get("add")):
            steps = case_paths.parse(path.removesuffix("[]")) or ()
            if tuple(map(str, steps)) == wanted[: len(steps)]:
                return ("add", path)
        if "application" in entry:
            return ("application", *(int(part) if part.isdigit() else part for part in wanted))
        return ()

    # --- cases ---

    def _cases(self, value: Any) -> Iterator[Case]:
        first: dict[str, FilePlace] = {}
        for index, item in enumerate(value if isinstance(value, list) else []):
            here: Keys = ("cases", index)
            entry = self.reading.mapping(item)
            name = str(entry.get("name"))
            if name in first:
                self.reading.fault("cases-name-twice", (*here, "name"), name=name, line=first[name].line)
            first.setdefault(name, self.reading.place((*here, "name")))
            data = self._application(entry, here)
            expected = tuple(self._expected(entry, here))
            deciding = tuple(self._deciding(entry.get("deciding"), (*here, "deciding")))
            findings = self._findings(entry.get("findings"), (*here, "findings"))
            if not expected and not deciding and "expect" not in entry:
                self.reading.fault("cases-expects-nothing", here)
            application = None if data is None else read_application(self.policy, data)[0]
            if application is not None:
                yield Case(
                    name=name,
                    place=self.reading.place((*here, "name")),
                    application=application,
                    changed=tuple(_changed(entry)),
                    findings=findings,
                    expected=expected,
                    deciding=deciding,
                    proposed=entry.get("proposed") is True,
                )

    def _expected(self, entry: Mapping[str, Any], here: Keys) -> Iterator[Expected]:
        for name, value in self.reading.mapping(entry.get("expect")).items():
            at = (*here, "expect", name)
            status = str(value)
            allowed = _OVERALL if name == OVERALL else NAMES
            if name != OVERALL and not self._is_known(name, at, at_key=True):
                continue
            if status not in allowed:
                self._not_allowed(status, at, allowed)
                continue
            yield Expected(name, status, self.reading.place(at, key=True))

    def _deciding(self, value: Any, here: Keys) -> Iterator[tuple[str, FilePlace]]:
        many = isinstance(value, list)
        for index, item in enumerate(value if many else [] if value is None else [value]):
            at = (*here, index) if many else here
            if self._is_known(str(item), at):
                yield str(item), self.reading.place(at)

    def _is_known(self, name: str, at: Keys, *, at_key: bool = False) -> bool:
        if name in self.names.expected:
            return True
        if name in self.names.in_rows:
            self.reading.fault("cases-condition-of-rows", at, at_key=at_key, name=name)
        else:
            known = (OVERALL, *self.names.expected) if at_key else self.names.expected
            self.reading.fault("cases-unknown-condition", at, at_key=at_key, name=name, near=name, known=known)
        return False

    def _findings(self, value: Any, here: Keys) -> tuple[Finding, ...]:
        default = {**_FINDING, "by": messages.text("cases.finding-by")}
        listed = value if isinstance(value, list) else []
        filled = [{**default, **item} if isinstance(item, dict) else item for item in listed]
        findings, faults = read_findings(self.policy, filled)
        for fault in faults:
            pointer = fault.place.pointer if isinstance(fault.place, PointerPlace) else ""
            row, _, key = pointer.removeprefix("/").partition("/")
            path: Keys = (*here, int(row), *((key,) if key else ()))
            if not self.reading.is_broken(path):
                place = self.reading.place(path)
                self.reading.problems.append(Problem(fault.code, place, fault.params, fault.suggestion))
        return findings

    def _not_allowed(self, value: str, at: Keys, allowed: Collection[str]) -> None:
        self.reading.fault("not-allowed", at, value=value, allowed="、".join(allowed), near=value, known=allowed)


def _from_the_end(steps: case_paths.Steps) -> tuple[tuple[bool, str, int], ...]:
    """Sorts places so that the later of two rows of a list comes first."""
    return tuple((False, step, 0) if isinstance(step, str) else (True, "", -(step or 0)) for step in steps)


def _changed(entry: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """What a case changes, by path, removed places with None."""
    change, removed, added = entry.get("change"), entry.get("remove"), entry.get("add")
    if isinstance(change, dict):
        yield from change.items()
    for path in removed if isinstance(removed, list) else [] if removed is None else [removed]:
        yield str(path), None
    if isinstance(added, dict):
        yield from ((f"{path}[+]", rows) for path, rows in added.items())


def _placed(document: SourceDocument, prefix: Keys, fault: Problem) -> Problem:
    """A fault of an application where it stands in a file."""
    pointer = fault.place.pointer if isinstance(fault.place, PointerPlace) else ""
    steps = (int(part) if part.isdigit() else part for part in pointer.split("/")[1:])
    return problem(
        "cases-application",
        document.place((*prefix, *steps)),
        suggestion=fault.suggestion,
        pointer=pointer or "/",
        why=fault.message,
    )
