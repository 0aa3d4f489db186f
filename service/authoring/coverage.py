"""How much of a policy its cases exercise: for each condition, which outcomes some case brought about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, Decimal

from service.authoring.cases import Impossible
from service.authoring.outcomes import Outcome, outcome_of, possible
from service.authoring.subjects import Key, Subject, statuses, subjects
from service.engine.assess import Assessment
from service.policy.model import Policy

_WHOLE = Decimal(100)
_STEP = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Covered:
    """A condition: the statuses seen of it, the outcomes wanted, and those that nothing brings about, with why."""

    subject: Subject
    seen: frozenset[str]
    wanted: frozenset[Outcome]
    impossible: Mapping[Outcome, str] = field(default_factory=dict)

    @property
    def outcomes(self) -> frozenset[Outcome]:
        """The outcomes seen."""
        return frozenset(map(outcome_of, self.seen))

    @property
    def lacking(self) -> tuple[Outcome, ...]:
        """The outcomes wanted and not seen, in the order of `Outcome`."""
        return tuple(one for one in Outcome if one in self.wanted - self.outcomes)


@dataclass(frozen=True, slots=True)
class Coverage:
    """Every condition of a policy, in the order of the file."""

    conditions: tuple[Covered, ...]

    @property
    def wanted(self) -> int:
        """How many outcomes are wanted."""
        return sum(len(one.wanted) for one in self.conditions)

    @property
    def seen(self) -> int:
        """How many of those wanted were seen."""
        return self.wanted - sum(len(one.lacking) for one in self.conditions)

    @property
    def percentage(self) -> Decimal:
        """Seen of wanted, rounded down to a tenth, so that 100 means all."""
        if not self.wanted:
            return _WHOLE
        return (_WHOLE * self.seen / self.wanted).quantize(_STEP, ROUND_DOWN)

    @property
    def wrongly_impossible(self) -> tuple[tuple[Covered, Outcome], ...]:
        """The outcomes said to be impossible that were seen."""
        return tuple(
            (one, outcome) for one in self.conditions for outcome in Outcome
            if outcome in one.impossible and outcome in one.outcomes
        )  # fmt: skip


class Observed:
    """Collects what assessments under one policy came to."""

    def __init__(self, policy: Policy) -> None:
        self.subjects = subjects(policy)
        self._seen: dict[Key, set[str]] = {subject.key: set() for subject in self.subjects}

    def add(self, assessment: Assessment) -> None:
        """Note the status of every condition of an assessment."""
        for key, status in statuses(assessment):
            seen = self._seen.get(key)
            if seen is not None:
                seen.add(status)

    def coverage(self, impossible: Iterable[Impossible] = ()) -> Coverage:
        """What has been seen so far."""
        declared: dict[str, dict[Outcome, str]] = {}
        for one in impossible:
            declared.setdefault(one.condition, {})[one.outcome] = one.why
        return Coverage(
            tuple(
                Covered(
                    subject=subject,
                    seen=frozenset(self._seen[subject.key]),
                    wanted=possible(subject.condition) - frozenset(declared.get(subject.name, ())),
                    impossible=declared.get(subject.name, {}),
                )
                for subject in self.subjects
            )
        )
