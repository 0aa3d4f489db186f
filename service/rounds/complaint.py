"""What is gathered for a complaint: how a decision came about, whether it stands, whether it comes out again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from service.decisions.faults import DecisionErased, LogDamaged, LogFault
from service.decisions.reading import LogReader, Stored, Summary
from service.decisions.recompute import NotComputable, Recomputation
from service.decisions.replay import Replay, archived_texts
from service.decisions.subjects import subject_of
from service.decisions.verification import verify_entry
from service.decisions.views import MaskedViews
from service.engine.masking import Masked
from service.problems import Problem

# Decisions on what the same applicant submitted otherwise; nobody has more worth listing.
_MOST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One decision of the chain: what was answered, whether its entry stands, whether it comes out the same again.

    `shown` is None where the private part was erased or cannot be read; `faults` say why, or what does not stand.
    """

    summary: Summary
    shown: Masked | None
    erased: bool
    faults: tuple[Problem, ...]
    replay: Replay | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """All there is about one application: its decisions, the oldest first; other submissions of the same applicant.

    `texts` are the archived texts the decisions were made with, by name; personal values in the replies are masked.
    """

    steps: tuple[Step, ...]
    others: tuple[Summary, ...]
    texts: Mapping[str, bytes]

    @property
    def last(self) -> Step:
        """The decision that stands."""
        return self.steps[-1]

    @property
    def sound(self) -> bool:
        """Whether every entry stands as it was written."""
        return not any(step.faults for step in self.steps)


def gather(log: LogReader, decision_id: str, engine: Recomputation) -> Complaint | None:
    """Everything about the application that a decision is on; None where there is no such decision.

    Raises LogUnavailable where the log or the master key is not at hand.
    """
    chain = _chain(log, decision_id)
    if not chain:
        return None
    views = MaskedViews(log)
    steps: list[Step] = []
    texts: dict[str, bytes] = {}
    others: tuple[Summary, ...] = ()
    for summary in chain:
        stored, faults, erased = _stored(log, summary)
        steps.append(
            Step(
                summary=summary,
                shown=None if stored is None else views.of(stored),
                erased=erased,
                faults=(*faults, *verify_entry(log, summary)),
                replay=None if stored is None else _replayed(log, stored, engine, views),
            )
        )
        texts.update(_texts(log, summary))
        if stored is not None:
            others = _others(log, stored, engine, {item.decision_id for item in chain})
    return Complaint(steps=tuple(steps), others=others, texts=dict(sorted(texts.items())))


def _chain(log: LogReader, decision_id: str) -> tuple[Summary, ...]:
    """The decisions on one application, the oldest first."""
    found: list[Summary] = []
    at: str | None = log.newest(decision_id)
    while at is not None:
        item = log.public(at)
        if item is None or item.policy_id is None:
            break
        found.append(item)
        # What supersedes is newer: in a log that was not tampered with the walk goes back only.
        before = item.supersedes
        at = before if before not in {one.decision_id for one in found} else None
    return tuple(reversed(found))


def _stored(log: LogReader, summary: Summary) -> tuple[Stored | None, tuple[Problem, ...], bool]:
    try:
        return log.get(summary.decision_id), (), False
    except DecisionErased:
        return None, (), True
    except LogDamaged as fault:
        return None, fault.problems, False


def _replayed(log: LogReader, stored: Stored, engine: Recomputation, views: MaskedViews) -> Replay | None:
    found = engine.replay(log, stored.decision_id)
    if found is None or not found.differences:
        return found
    return Replay(found.decision_id, found.outcome, views.differences(stored, found.differences), found.problems)


def _texts(log: LogReader, summary: Summary) -> Mapping[str, bytes]:
    try:
        texts, _ = archived_texts(log, summary.public, summary.sequence)
    except LogDamaged:
        # The step's own faults tell.
        return {}
    if texts is None:
        return {}
    return {f"{texts.policy_id}/{texts.edition}.yaml": texts.policy, **texts.tables}


def _others(log: LogReader, stored: Stored, engine: Recomputation, chain: set[str]) -> tuple[Summary, ...]:
    """Decisions on what the same unit submitted for the same person otherwise, under any edition."""
    try:
        policy = engine.decided_with(log, stored).policy
    except (NotComputable, LogFault):
        return ()
    subject = subject_of(policy, stored.application)
    unit = subject.unit_code or subject.unit_name
    if unit is None and subject.person_number is None:
        return ()
    found = log.list(limit=_MOST, unit=unit, person=subject.person_number)
    return tuple(reversed([item for item in found if item.decision_id not in chain]))


def rest_of(step: Step) -> dict[str, Any]:
    """What a step holds beside its reply: the sealed public part; application and findings, masked."""
    value: dict[str, Any] = {"public": step.summary.public, "masked": True, "erased": step.erased}
    if step.shown is not None:
        value |= {"application": step.shown.application, "findings": [*step.shown.findings]}
    return value
