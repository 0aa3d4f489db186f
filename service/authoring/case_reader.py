"""A file of cases read as strictly as a policy: every fault is a Problem at its file, line and column."""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from service import messages
from service.authoring import case_paths
from service.authoring.case_edits import edited_in, removed_in
from service.authoring.case_schema import LANGUAGE, CaseFileSchema, percentage
from service.authoring.case_values import as_submitted
from service.authoring.cases import OVERALL, STATUSES, Base, Case, CaseFile, Expected, Impossible, Names, named
from service.authoring.outcomes import Outcome
from service.authoring.subjects import finding_kind
from service.engine.application import read_application
from service.engine.findings import Finding, read_findings, subjects
from service.engine.verdict import NAMES
from service.policy.bilingual import in_english
from service.policy.keywords import CHINESE, ENGLISH, SECTIONS, Role, head
from service.policy.model import Policy
from service.policy.reading import Path as Keys
from service.policy.reading import Reading
from service.policy.scalars import literal_text
from service.policy.source import read_file
from service.policy.source_text import SourceDocument
from service.policy.structure import structure_problems
from service.problems import FilePlace, PointerPlace, Problem, Severity, problem, sort

_WRAPPED = "application"
#: The day of a finding of a case that names none.
_FOUND_ON = "2000-01-01"


def read_cases(
    document: SourceDocument, folder: Path, policy: Policy, names: Names
) -> tuple[CaseFile | None, tuple[Problem, ...]]:
    """The cases in a document that lies in `folder`, or every fault of them; only an error withholds them.

    The document is as it was read from its file, in either language of keywords.
    """
    read = in_english(document, CaseFileSchema)
    problems, broken = structure_problems(read.document, CaseFileSchema())
    reading = Reading(read.document, broken)
    if not isinstance(document.data, dict):
        return None, problems
    reader = _CaseReader(reading, folder, policy, names)
    found = reader.file()
    ordered = sort((*read.problems, *problems, *reading.problems, *reader.elsewhere))
    return (None if any(item.severity is Severity.ERROR for item in ordered) else found), ordered


class _CaseReader:
    """Reads one file; faults in the files of bases stand in `elsewhere`."""

    def __init__(self, reading: Reading, folder: Path, policy: Policy, names: Names) -> None:
        self.reading = reading
        self.language = reading.document.language
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
            document=self.reading.document,
        )

    def _impossible(self, value: Any, path: Keys) -> Iterator[Impossible]:
        for index, item in enumerate(value if isinstance(value, list) else []):
            entry, here = self.reading.mapping(item), (*path, index)
            name, outcome = str(entry.get("condition")), str(entry.get("outcome"))
            if name not in self.names.covered:
                self._unknown("cases-not-covered", name, (*here, "condition"), self.names.covered)
            elif outcome in tuple(Outcome):
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
        edited = edited_in(self.reading, self.policy, data, entry, here)
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
        data: Any = document.data
        prefix: Keys = ()
        if isinstance(data, dict) and _WRAPPED in data and case_paths.declared(self.policy.facts, (_WRAPPED,)) is None:
            data, prefix = data[_WRAPPED], (_WRAPPED,)
        application, faults = read_application(self.policy, data)
        self.elsewhere.extend(_placed(document, prefix, fault) for fault in faults)
        return None if application is None else dict(application.data)

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
            says = [key for key in ("expect", "deciding") if key in entry or self.reading.is_broken((*here, key))]
            if not says:
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
            allowed, role = (STATUSES, Role.OVERALL) if name == OVERALL else (NAMES, Role.VALUE)
            if name != OVERALL and not self._is_known(name, at, at_key=True):
                continue
            if status not in allowed:
                self._not_allowed(status, at, allowed, role)
                continue
            yield Expected(name, status, self.reading.place(at, key=True))

    def _not_allowed(self, status: str, at: Keys, allowed: Collection[str], role: Role) -> None:
        if self.reading.is_broken(at):
            return
        near = self.language.nearest(status, allowed, role)
        self.reading.problems.append(
            problem(
                "not-allowed",
                self.reading.place(at),
                suggestion=None if near is None else self.language.word(near, role),
                value=status,
                allowed=self.language.listed(allowed, role),
            )
        )

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
            self.reading.fault("cases-condition-of-rows", at, at_key=at_key, name=named(name, self.language))
        else:
            known = (OVERALL, *self.names.expected) if at_key else self.names.expected
            self._unknown("cases-unknown-condition", name, at, known, at_key=at_key)
        return False

    def _unknown(self, code: str, name: str, at: Keys, known: Iterable[str], *, at_key: bool = False) -> None:
        """Note a name that is none of those known, told as the file writes names."""
        near = name
        section = CHINESE.meaning(head(name))
        if self.language is ENGLISH and section in (*SECTIONS, OVERALL):
            near = section + name[len(head(name)) :]
        self.reading.fault(
            code, at, at_key=at_key, name=named(name, self.language), near=named(near, self.language),
            known=[named(one, self.language) for one in known],
        )  # fmt: skip

    def _findings(self, value: Any, here: Keys) -> tuple[Finding, ...]:
        """The findings of a case that are without fault."""
        default = {"on": _FOUND_ON, "by": messages.text("cases.finding-by")}
        found: list[Finding] = []
        for index, item in enumerate(value if isinstance(value, list) else []):
            at: Keys = (*here, index)
            if any(path[: len(at)] == at for path in self.reading.broken):
                continue
            said = {key: literal_text(given) for key, given in item.items()}
            filled = {"kind": finding_kind(self.policy, said.get("about", "")), **default, **said}
            findings, faults = read_findings(self.policy, [filled])
            found += findings
            for fault in faults:
                pointer = fault.place.pointer if isinstance(fault.place, PointerPlace) else ""
                self._finding_fault(fault, (*at, pointer.rpartition("/")[2]), filled)
        return tuple(found)

    def _finding_fault(self, fault: Problem, at: Keys, filled: Mapping[str, str]) -> None:
        if at[-1] == "about":
            self._unknown(fault.code, filled["about"], at, subjects(self.policy))
        else:
            self.reading.fault(fault.code, at, **dict(fault.params))


def _changed(entry: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """What a case changes, by path, removed places with None."""
    change, added = entry.get("change"), entry.get("add")
    if isinstance(change, dict):
        yield from change.items()
    yield from ((path, None) for path, _ in removed_in(entry.get("remove")))
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
