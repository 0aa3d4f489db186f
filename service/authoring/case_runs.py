"""Cases run: each assessed, what came compared with what must come, the coverage of all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from service.authoring.cases import OVERALL, Case, CaseFile, Names
from service.authoring.coverage import Coverage, Covered, Observed
from service.authoring.outcomes import Outcome
from service.authoring.subjects import subjects
from service.engine.application import Application, application_date, read_application
from service.engine.assess import Assessment, assess
from service.engine.compiler import CompiledPolicy
from service.engine.explanation import explain
from service.engine.findings import Finding
from service.engine.findings import subjects as subjects_of_findings
from service.policy.model import Policy
from service.problems import FilePlace

# The moment of an assessment enters no condition.
_ON = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One expectation that was not met: the statuses, or with `deciding` that something did not decide.

    `why` are the sentences of the reply about it.
    """

    name: str
    place: FilePlace
    actual: str
    expected: str = ""
    deciding: bool = False
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ran:
    """A case and what of it was not met."""

    case: Case
    mismatches: tuple[Mismatch, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """All cases of a file, what they cover together, and what they would with those that nobody has looked at.

    A proposed case expects what the engine says, whether or not that is right: until a person has confirmed it,
    it covers nothing.
    """

    file: CaseFile
    ran: tuple[Ran, ...] = field(repr=False)
    coverage: Coverage = field(repr=False)
    with_proposed: Coverage = field(repr=False)

    @property
    def failed(self) -> tuple[Ran, ...]:
        """The cases that were not met."""
        return tuple(one for one in self.ran if one.mismatches)

    @property
    def outside(self) -> tuple[tuple[Case, dt.date], ...]:
        """The cases dated on a day on which the edition is not in force, and that day."""
        policy = self.file.policy
        dated = ((ran.case, application_date(policy, ran.case.application.data)) for ran in self.ran)
        return tuple((case, day) for case, day in dated if day is not None and not policy.in_force(day))

    @property
    def wrongly_impossible(self) -> tuple[tuple[Covered, Outcome], ...]:
        """The outcomes said to be impossible that some case brought about, a proposed one too."""
        return self.with_proposed.wrongly_impossible

    @property
    def only_proposed(self) -> int:
        """How many of the outcomes wanted only proposed cases bring about."""
        return self.with_proposed.seen - self.coverage.seen


class Bench:
    """One policy compiled to run cases on; a context manager."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._compiled = CompiledPolicy(policy)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._compiled.close()

    def names(self) -> Names:
        """What cases under this policy may speak of."""
        nothing, _ = read_application(self.policy, {})
        assert nothing is not None  # noqa: S101  # blanks are no fault
        expected = tuple(self.assess(nothing).statuses)
        in_rows = tuple(name for name in subjects_of_findings(self.policy) if name not in expected)
        return Names(expected, in_rows, tuple(subject.name for subject in subjects(self.policy)))

    def assess(self, application: Application, findings: tuple[Finding, ...] = ()) -> Assessment:
        """What an application comes to."""
        return assess(self._compiled, application, findings, on=_ON)

    def run(self, case: Case) -> tuple[Ran, Assessment]:
        """A case held against what it expects."""
        assessment = self.assess(case.application, case.findings)
        return Ran(case, tuple(_mismatches(case, assessment))), assessment

    def series(self, file: CaseFile) -> Series:
        """The cases of a file, to be run one by one."""
        return Series(self, file)


class Series:
    """Runs the cases of a file while it is gone through; `report` then says what came of them."""

    def __init__(self, bench: Bench, file: CaseFile) -> None:
        self._bench = bench
        self._file = file
        self._ran: list[Ran] = []
        self._confirmed = Observed(bench.policy)
        self._all = Observed(bench.policy)

    def __iter__(self) -> Iterator[Ran]:
        for case in self._file.cases:
            ran, assessment = self._bench.run(case)
            self._all.add(assessment)
            if not case.proposed:
                self._confirmed.add(assessment)
            self._ran.append(ran)
            yield ran

    def report(self) -> Report:
        """What came of the cases run."""
        confirmed, every = (one.coverage(self._file.impossible) for one in (self._confirmed, self._all))
        return Report(self._file, tuple(self._ran), confirmed, every)


def _mismatches(case: Case, assessment: Assessment) -> Iterator[Mismatch]:
    statuses = assessment.statuses
    for one in case.expected:
        actual = assessment.overall if one.name == OVERALL else str(statuses[one.name]["status"])
        if actual != one.status:
            yield Mismatch(one.name, one.place, actual, one.status, why=tuple(_why(assessment, one.name)))
    for name, place in case.deciding:
        if not statuses[name]["deciding"]:
            actual = str(statuses[name]["status"])
            yield Mismatch(name, place, actual, deciding=True, why=tuple(_why(assessment, name)))


def _why(assessment: Assessment, name: str) -> Iterator[str]:
    """What the reply says of a section, or of a condition and its section."""
    if name == OVERALL:
        yield explain(assessment)["overall"]["explanation"]
        return
    of, _, condition = name.partition(".")
    for section, result in assessment.sections:
        if section.id == of:
            shown = assessment.compiled.tree.section(section, result, assessment.root)
            yield shown["explanation"]
            found = _find(shown["conditions"], condition) if condition else None
            if found is not None:
                yield from (str(found[key]) for key in ("expected", "actual") if found[key])


def _find(conditions: list[dict[str, Any]], name: str) -> dict[str, Any] | None:
    waiting = list(conditions)
    while waiting:
        one = waiting.pop(0)
        if one["id"] == name:
            return one
        waiting.extend(one["conditions"])
    return None
