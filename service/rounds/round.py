"""A round in figures: how many stand where, what they fail by, who may be chosen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from service.policy.dependencies import conditions_in
from service.policy.model import Policy, Section, SectionKind
from service.rounds.alike import Unalike, unalike
from service.rounds.standing import Standing

#: Overall statuses as they are counted, the best first.
OVERALL = ("eligible", "needs_review", "incomplete", "ineligible")
#: Statuses of sections and conditions, the best first.
STATUSES = ("satisfied", "needs_review", "unknown", "not_satisfied")


@dataclass(frozen=True, slots=True)
class SectionCount:
    """How many applications came to which status in one section."""

    id: str
    label: str
    statuses: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Reason:
    """A condition that decided that a section is not satisfied, unknown or left to people, and for whom."""

    about: str
    section: str
    label: str
    status: str
    decisions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """The round of one edition, from the decision that stands for each application."""

    policy: Policy
    standings: tuple[Standing, ...]
    overall: Mapping[str, int]
    sections: tuple[SectionCount, ...]
    reasons: tuple[Reason, ...]
    unalike: tuple[Unalike, ...]

    @property
    def eligible(self) -> tuple[Standing, ...]:
        """Those that may be chosen, in the order of their submission."""
        return tuple(item for item in self.standings if item.summary.overall == OVERALL[0])

    @property
    def erased(self) -> int:
        """How many have no private part any more."""
        return sum(item.stored is None for item in self.standings)

    @property
    def replaced(self) -> int:
        """How many submissions were replaced by a later one of the same applicant."""
        return sum(len(item.earlier) for item in self.standings)


def round_of(policy: Policy, standings: tuple[Standing, ...]) -> Round:
    """The figures of a round; `standings` are of this edition."""
    overall = Counter(item.summary.overall for item in standings)
    return Round(
        policy=policy,
        standings=standings,
        overall={status: overall[status] for status in OVERALL},
        sections=tuple(_counted(section, standings) for section in policy.sections if _refuses(section)),
        reasons=tuple(_reasons(policy, standings)),
        unalike=unalike(policy, standings),
    )


def reasons_of(policy: Policy, standing: Standing) -> tuple[Reason, ...]:
    """Why one application is not satisfied in something, unknown or left to people."""
    return tuple(_reasons(policy, (standing,)))


def _refuses(section: Section) -> bool:
    """Whether who misses the section is refused or asked to correct; preferences and tiers refuse nobody."""
    return section.kind not in (SectionKind.TAG, SectionKind.TIER)


def _counted(section: Section, standings: Iterable[Standing]) -> SectionCount:
    found = Counter(_state(item, section.id).get("status") for item in standings)
    return SectionCount(section.id, section.label, {status: found[status] for status in STATUSES})


def _reasons(policy: Policy, standings: tuple[Standing, ...]) -> Iterator[Reason]:
    """The deepest named conditions that decided, the worst statuses first within a section."""
    for section in filter(_refuses, policy.sections):
        found: dict[tuple[int, str], tuple[str, list[str]]] = {}
        for standing in standings:
            for about, label, status in _deciding(section, standing):
                place = -STATUSES.index(status)
                found.setdefault((place, about), (label, []))[1].append(standing.summary.decision_id)
        for (place, about), (label, decisions) in sorted(found.items(), key=lambda item: item[0][0]):
            yield Reason(about, section.label, label, STATUSES[-place], tuple(decisions))


def _deciding(section: Section, standing: Standing) -> Iterator[tuple[str, str, str]]:
    """What decided a section that is not satisfied: name, label and status of each condition, the innermost."""
    whole = _state(standing, section.id)
    status = whole.get("status")
    if status not in STATUSES or status == STATUSES[0]:
        return
    names = [item for item in conditions_in(section.root) if item.id is not None]
    decided = {
        item.id: item
        for item in names
        if _decides(_state(standing, f"{section.id}.{item.id}"), str(status))
    }  # fmt: skip
    inner = [
        item
        for item in decided.values()
        if not any(below is not item and below.id in decided for below in conditions_in(item))
    ]
    if not inner:
        yield section.id, section.label, str(status)
    for item in inner:
        yield f"{section.id}.{item.id}", item.label or str(item.id), str(status)


def _decides(state: Mapping[str, Any], status: str) -> bool:
    return bool(state.get("deciding")) and state.get("status") == status


def _state(standing: Standing, about: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = standing.summary.public["conditions"].get(about, {})
    return found
