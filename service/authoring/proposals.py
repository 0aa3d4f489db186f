"""Cases proposed for what the cases of a policy leave out: every threshold, every outcome not yet seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from service import messages
from service.authoring.boundaries import Boundaries, Side
from service.authoring.candidates import Candidates
from service.authoring.case_runs import Bench
from service.authoring.cases import OVERALL, CaseFile
from service.authoring.coverage import Coverage, Observed
from service.authoring.drafts import Draft, difference
from service.authoring.outcomes import Outcome
from service.authoring.search import Goal, Search, Tried
from service.authoring.sources import SourceBook
from service.authoring.subjects import Subject
from service.policy.sentences import sentence

_say = messages.text
# Sections that say less than these are named once each.
_MOST_NAMED = 4


@dataclass(frozen=True, slots=True)
class Proposal:
    """A case for a person to confirm: what it is called, its application, and the statuses the engine gives."""

    name: str
    draft: Draft
    expected: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Proposals:
    """What is proposed, the base it needs where the file has none, and the outcomes that were not reached."""

    cases: tuple[Proposal, ...]
    base: Draft | None = None
    unreached: tuple[tuple[Subject, Outcome], ...] = field(default=())


class Proposer:
    """Goes through a policy's conditions with one file of cases; `step` is called for each of `steps`."""

    def __init__(self, bench: Bench, file: CaseFile, step: Callable[[], None] = lambda: None) -> None:
        self._bench = bench
        self._file = file
        self._step = step
        samples = [base.application for base in file.bases] + [dict(case.application.data) for case in file.cases]
        self._search = Search(bench, SourceBook(bench.policy), Candidates(bench.policy, samples))
        self._observed = Observed(bench.policy)
        self._known: set[str] = set()
        self._names = {case.name for case in file.cases}
        self._cases: list[Proposal] = []
        self._expected = bench.names().expected

    @property
    def steps(self) -> int:
        """How often `step` is called."""
        return 2 * len(self._observed.subjects)

    def propose(self) -> Proposals:
        """The proposals: thresholds first, then what is still unseen; the same for the same policy and file."""
        for case in self._file.cases:
            findings = tuple(finding.as_json() for finding in case.findings)
            self._known.add(Draft(None, case.application.data, findings).key)
            _, assessment = self._bench.run(case)
            self._observed.add(assessment)
        begun = [Draft(base.name, base.application) for base in self._file.bases]
        made = None
        if not begun:
            made = self._search.pruned(self._search.complete(Draft(None, {})))
            made = Draft(_say("generate.base"), made.data)
            begun = [made]
        boundaries = [Boundaries(self._search, self._observed.subjects, draft) for draft in begun]
        for subject in self._observed.subjects:
            self._thresholds(subject, boundaries)
            self._step()
        self._sweep(begun)
        unreached = []
        for subject in self._observed.subjects:
            for outcome in self._lacking().get(subject.name, ()):
                if not self._climb(subject, outcome, begun):
                    unreached.append((subject, outcome))
            self._step()
        lacking = self._goals()  # what was looked for in vain may have come of a later case
        left = tuple((subject, outcome) for subject, outcome in unreached if (subject.key, outcome) in lacking)
        return Proposals(tuple(self._cases), made, left)

    def _coverage(self) -> Coverage:
        return self._observed.coverage(self._file.impossible)

    def _lacking(self) -> dict[str, tuple[Outcome, ...]]:
        return {one.subject.name: one.lacking for one in self._coverage().conditions}

    def _goals(self) -> frozenset[Goal]:
        return frozenset((one.subject.key, outcome) for one in self._coverage().conditions for outcome in one.lacking)

    def _thresholds(self, subject: Subject, boundaries: list[Boundaries]) -> None:
        for one in boundaries:
            found = list(one.sides(subject))
            for side in found:
                self._add(side.tried, _threshold_name(subject, side), [subject])
            if found:
                return

    def _sweep(self, begun: list[Draft]) -> None:
        """Of all single changes those that bring about most, until none brings about anything more."""
        for draft in begun:
            wanted = self._goals()
            found = list(self._search.sweep(draft, self._observed.subjects, wanted))
            while wanted:
                best = max(found, key=lambda tried: _merit(tried, wanted, draft), default=None)
                if best is None or not best.reached & wanted:
                    break
                reached = best.reached & wanted
                subjects = [one for one in self._observed.subjects for goal in Outcome if (one.key, goal) in reached]
                self._add(best, _outcome_name(subjects), subjects)
                wanted -= reached

    def _climb(self, subject: Subject, outcome: Outcome, begun: list[Draft]) -> bool:
        for draft in begun:
            tried = self._search.climb(draft, subject, outcome)
            if tried is not None:
                self._add(tried, _outcome_name([subject]), [subject])
                return True
        return False

    def _add(self, tried: Tried, name: str, subjects: list[Subject]) -> None:
        self._observed.add(tried.assessment)
        if tried.draft.key in self._known:
            return
        self._known.add(tried.draft.key)
        unique, number = name, 1
        while unique in self._names:
            number += 1
            unique = _say("generate.again", name=name, number=number)
        self._names.add(unique)
        self._cases.append(Proposal(unique, tried.draft, dict(self._statuses(tried, subjects))))

    def _statuses(self, tried: Tried, subjects: list[Subject]) -> Iterator[tuple[str, str]]:
        """The whole, and for each condition its section and the nearest name a case may speak of."""
        yield OVERALL, tried.assessment.overall
        found = tried.assessment.statuses
        named: dict[str, None] = {}
        for subject in subjects:
            named[subject.section.id] = None
            own = subject.name.partition("/")[0]
            if own in self._expected:
                named[own] = None
        for name in sorted(named, key=list(found).index):
            yield name, str(found[name]["status"])


def _merit(tried: Tried, wanted: frozenset[Goal], begun: Draft) -> tuple[int, int]:
    """Much brought about, and little to read."""
    said = difference(begun.data, tried.draft.data).size + len(tried.draft.findings)
    return len(tried.reached & wanted), -said


def title(subject: Subject) -> str:
    """A condition in few words: its label, or what it says."""
    condition = subject.condition
    if condition is subject.section.root and condition.id is None:
        return subject.section.label
    return condition.label or sentence(condition)


def _threshold_name(subject: Subject, side: Side) -> str:
    return _say("generate.threshold", title=title(subject), label=side.axis.label, value=side.shown)


def _outcome_name(subjects: list[Subject]) -> str:
    titles = list(dict.fromkeys(title(subject) for subject in subjects))
    named = "、".join(titles[:_MOST_NAMED])
    return _say("generate.several", titles=named, count=len(titles)) if len(titles) > _MOST_NAMED else named
