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
from service.authoring.subjects import Subject, parts
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
        self._other: dict[tuple[str, str, Outcome], Boundaries | None] = {}

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
            self._thresholds(subject, boundaries, begun)
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

    def _thresholds(self, subject: Subject, boundaries: list[Boundaries], begun: list[Draft]) -> None:
        """The sides of a condition's thresholds, seen from where what a case expects differs between them.

        Beside another alternative that holds, or a blank, a wrong number would change nothing that is expected.
        """
        first: list[Side] = []
        for one in (*boundaries, *self._unmasked(subject, begun)):
            found = list(one.sides(subject))
            if self._tells(subject, found):
                for side in found:
                    self._add(side.tried, _threshold_name(subject, side), [subject])
                return
            first = first or found
        for side in first:
            name = _say("generate.masked", name=_threshold_name(subject, side))
            self._add(side.tried, name, [subject])

    def _tells(self, subject: Subject, sides: list[Side]) -> bool:
        """Whether what a case on one side expects differs from what one on another side does."""
        return len({tuple(self._statuses(side.tried, [subject])) for side in sides}) > 1

    def _unmasked(self, subject: Subject, begun: list[Draft]) -> Iterator[Boundaries]:
        """Other places to begin: where the nearest name a case may speak of fails, and where it holds."""
        own = subject.name.partition("/")[0]
        named = next((one for one in self._observed.subjects if one.name == own), None)
        if named is None or named is subject or not parts(named.condition):
            return
        for draft in begun:
            for outcome in (Outcome.NOT_SATISFIED, Outcome.SATISFIED):
                key = (draft.key, own, outcome)
                if key not in self._other:
                    tried = self._search.climb(draft, named, outcome)
                    self._other[key] = (
                        None if tried is None else Boundaries(self._search, self._observed.subjects, tried.draft)
                    )
                other = self._other[key]
                if other is not None:
                    yield other

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
