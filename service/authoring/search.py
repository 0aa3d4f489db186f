"""Applications that bring about what no case has: single changes first, then climbing towards each outcome left.

Nothing is drawn at random: the same policy and cases give the same applications.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from service.authoring.candidates import Candidates
from service.authoring.case_paths import Steps
from service.authoring.case_runs import Bench
from service.authoring.drafts import Draft, places, value_at
from service.authoring.moves import findings, moves, sweeping
from service.authoring.outcomes import Outcome, outcome_of
from service.authoring.sources import SourceBook, Sources, only, together
from service.authoring.subjects import Key, Subject, key_of, parts, statuses
from service.engine.application import read_application
from service.engine.assess import Assessment
from service.engine.findings import read_findings
from service.engine.rows import RowsDetail
from service.engine.verdict import NOT, REVIEW, SATISFIED, UNKNOWN, Result
from service.policy.facts import FactType
from service.policy.model import SectionKind

#: An outcome of a condition.
Goal = tuple[Key, Outcome]

# Applications judged for all cases together: a large policy may have more outcomes than are worth the wait.
_MOST_JUDGED = 12_000
_MOST_TRIED = 250
_MOST_PAIRS = 400
_MOST_COUNTED = 121
_FAVOUR = 1 << 20
_ENOUGH = 12
_AGAINST = (SATISFIED, UNKNOWN, REVIEW, NOT)
_GATING = (SectionKind.REFUSE, SectionKind.CORRECT)


@dataclass(frozen=True, slots=True)
class Tried:
    """A draft that can be read, what came of it, and of the goals it was tried for those it reaches."""

    draft: Draft
    assessment: Assessment
    reached: frozenset[Goal]


class Search:
    """Tries drafts under one policy."""

    def __init__(self, bench: Bench, book: SourceBook, candidates: Candidates) -> None:
        self._bench = bench
        self.book = book
        self.candidates = candidates
        self._left = _MOST_JUDGED

    @property
    def exhausted(self) -> bool:
        """Whether as many applications were judged as may be."""
        return self._left <= 0

    def tried(self, draft: Draft, wanted: frozenset[Goal] = frozenset()) -> Tried | None:
        """What comes of a draft; None if it is no application under the policy."""
        application, faults = read_application(self._bench.policy, dict(draft.data))
        default = {"kind": "judgement", "by": "-", "on": "2000-01-01"}
        filled = [{**default, **finding} for finding in draft.findings]
        found, more = read_findings(self._bench.policy, filled) if filled else ((), ())
        if application is None or faults or more:
            return None
        self._left -= 1
        assessment = self._bench.assess(application, found)
        reached = frozenset(
            (key, outcome_of(status)) for key, status in statuses(assessment)
            if (key, outcome_of(status)) in wanted
        )  # fmt: skip
        return Tried(draft, assessment, reached)

    def sweep(self, begun: Draft, subjects: Iterable[Subject], wanted: frozenset[Goal]) -> Iterator[Tried]:
        """Every single change to a draft that reaches something wanted."""
        for draft in self._singles(begun, subjects):
            tried = self.tried(draft, wanted)
            if tried is not None and tried.reached:
                yield tried

    def _singles(self, begun: Draft, subjects: Iterable[Subject]) -> Iterator[Draft]:
        yield begun
        yield from sweeping(begun, self._bench.policy)
        now = self.tried(begun)
        if now is not None:
            yield from findings(begun, now.assessment)
        for sources in self._by_source(subjects):
            yield from moves(begun, sources, self.candidates)

    def _by_source(self, subjects: Iterable[Subject]) -> Iterator[Sources]:
        """Each fact and list once, with the literals of the conditions that it matters to most directly."""
        direct = [self.book.of(subject) for subject in subjects if not parts(subject.condition)]
        whole = together(self.book.of(subject) for subject in subjects)
        for fact in whole.facts:
            yield only(together(one for one in direct if fact in one.facts), fact)
        for group in whole.lists:
            yield only(whole, group)

    def climb(self, begun: Draft, subject: Subject, outcome: Outcome) -> Tried | None:
        """A draft that reaches one outcome, each change on the way a step nearer; None if none was found."""
        goal = (subject.key, outcome)
        wanted = frozenset({goal})
        sources = self.book.of(subject)
        best = self.tried(begun, wanted)
        if best is None or goal in best.reached:
            return best
        score, left = _nearness(best.assessment, subject, outcome), _MOST_TRIED
        while left > 0 and not self.exhausted:
            for draft in self._onward(best, sources, subject):
                left -= 1
                tried = self.tried(draft, wanted)
                if tried is None:
                    continue
                if goal in tried.reached:
                    return tried
                nearness = _nearness(tried.assessment, subject, outcome)
                if nearness > score:
                    best, score = tried, nearness
                    break
            else:
                # No one step leads nearer; two together may, or a number that nothing suggests.
                onward = self._beyond(best, sources, subject, outcome) or self._counted(best, sources, wanted)
                if onward is None or goal in onward.reached:
                    return onward
                best, score = onward, _nearness(onward.assessment, subject, outcome)
                left -= _MOST_TRIED // 3
        return None

    def _beyond(self, best: Tried, sources: Sources, subject: Subject, outcome: Outcome) -> Tried | None:
        """The first two steps at once that lead nearer."""
        score = _nearness(best.assessment, subject, outcome)
        wanted = frozenset({(subject.key, outcome)})
        left = _MOST_PAIRS
        for first in list(self._onward(best, sources, subject)):
            once = self.tried(first)
            if once is None:
                continue
            for second in self._onward(once, sources, subject):
                left -= 1
                if left <= 0 or self.exhausted:
                    return None
                tried = self.tried(second, wanted)
                if tried is not None and (tried.reached or _nearness(tried.assessment, subject, outcome) > score):
                    return tried
        return None

    def _counted(self, best: Tried, sources: Sources, wanted: frozenset[Goal]) -> Tried | None:
        """A small whole number that reaches the goal: an age, a year since, a count of people."""
        for fact in sources.facts:
            for steps in places(best.draft.data, fact.path) if fact.type is FactType.NUMBER else ():
                for number in range(0 if self.exhausted else _MOST_COUNTED):
                    draft = best.draft.changed((steps, number))
                    tried = None if draft is None else self.tried(draft, wanted)
                    if tried is not None and tried.reached:
                        return tried
        return None

    def _onward(self, at: Tried, sources: Sources, subject: Subject) -> Iterator[Draft]:
        yield from findings(at.draft, at.assessment, subject.key)
        yield from moves(at.draft, sources, self.candidates)

    def complete(self, begun: Draft) -> Draft:
        """The draft filled in, fact by fact, as far as each brings sections nearer to what is asked of them."""
        dated = (tuple(self._bench.policy.date_fact.path.split(".")), self._bench.policy.effective_from.isoformat())
        best = self.tried(begun.changed(dated) or begun)
        if best is None:
            return begun
        score = _favour(best.assessment)
        for _ in range(2):
            before = score
            for section in self._bench.policy.sections:
                if section.kind not in _GATING:
                    continue
                sources = self.book.of_condition(section.root)
                for source in (*sources.lists, *sources.facts):
                    best, score = self._settled(best, score, only(sources, source))
            if score == before:
                break
        return best.draft

    def pruned(self, begun: Draft) -> Draft:
        """The draft without what changes no outcome: whole groups and lists first, then rows, then single values."""
        now = self.tried(begun)
        if now is None:
            return begun
        draft, wanted = begun, _outcomes(now.assessment)
        dated = tuple(self._bench.policy.date_fact.path.split("."))
        for steps in _removable(begun.data):
            # The day of the application says which edition it falls under.
            if steps == dated[: len(steps)]:
                continue
            if value_at(draft.data, steps) is None:
                continue
            fewer = draft.without(steps)
            tried = self.tried(fewer)
            if tried is not None and _outcomes(tried.assessment) == wanted:
                draft = fewer
        return draft

    def _settled(self, best: Tried, score: int, sources: Sources) -> tuple[Tried, int]:
        """The best of the values of one fact, or of rows added while that helps."""
        while True:
            nearer = None
            for draft in moves(best.draft, sources, self.candidates):
                tried = self.tried(draft)
                favour = score if tried is None else _favour(tried.assessment)
                if tried is not None and favour > score:
                    nearer, score = tried, favour
            if nearer is None:
                return best, score
            best = nearer
            if not sources.lists:
                return best, score


def _outcomes(assessment: Assessment) -> frozenset[tuple[Key, str]]:
    """What every condition comes to, wherever it is judged."""
    return frozenset(statuses(assessment))


def _removable(data: Any, at: Steps = ()) -> Iterator[Steps]:
    """The places in an application, what holds others before what it holds, the last row of a list first."""
    items = list(data.items()) if isinstance(data, Mapping) else list(enumerate(data)) if isinstance(data, list) else []
    for key, value in reversed(items) if isinstance(data, list) else items:
        yield (*at, key)
        yield from _removable(value, (*at, key))


def _favour(assessment: Assessment) -> int:
    """How much of what gates is in favour."""
    return sum(_favoured(root) for section, root in assessment.sections if section.kind in _GATING)


def _favoured(result: Result) -> int:
    """A condition in favour outweighs its parts; rows that hold count until there are enough of them."""
    below = [_favoured(child) for child in result.children]
    if isinstance(result.detail, RowsDetail):
        holding = _ENOUGH if result.status == SATISFIED else min(result.detail.counted, _ENOUGH - 1)
        return _FAVOUR * result.status + max(below, default=0) // 2 + _FAVOUR // _ENOUGH * holding
    mean = sum(below) // len(below) if below else _FAVOUR * result.status
    return _FAVOUR * result.status + mean // 2


def _nearness(assessment: Assessment, subject: Subject, outcome: Outcome) -> int:
    """How near the best place where a condition was judged is to an outcome; below 0 where it was nowhere."""
    best = -1
    waiting: list[Result] = [root for _, root in assessment.sections]
    while waiting:
        result = waiting.pop()
        waiting.extend(result.children)
        if key_of(result.node.condition) == subject.key:
            best = max(best, _within(result, outcome, denied=result.node.denied))
    return best


def _within(result: Result, outcome: Outcome, *, denied: bool) -> int:
    """The worth of what a condition came to and, less and less, of what is below it."""
    total = 0
    waiting: list[tuple[Result, int]] = [(result, 256)]
    while waiting:
        one, weight = waiting.pop()
        total += weight * _worth(one.status, outcome, denied=denied)
        waiting.extend((child, max(weight // 4, 1)) for child in one.children)
    return total


def _worth(status: int, outcome: Outcome, *, denied: bool) -> int:
    if outcome is Outcome.OPEN:
        return 3 if status in (UNKNOWN, REVIEW) else 0
    favour = (outcome is Outcome.SATISFIED) != denied
    # What people are asked they may also refuse: nearer to a miss than what is not known.
    return status if favour else _AGAINST.index(status)
