"""The list for 公示: who was chosen, against what the policy says of how many may be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.policy.literals import normalise
from service.policy.model import Policy
from service.policy.terms import Quota
from service.problems import Place, PointerPlace, Problem, problem, sort
from service.rounds.round import Round
from service.rounds.standing import Standing

# An eight-digit beginning of an id is told apart in any round of a size people choose from.
_SHORTEST = 8


def chosen(of: Round, names: Sequence[tuple[Place, str]]) -> tuple[tuple[Standing, ...], tuple[Problem, ...]]:
    """The applications that the panel chose, named by decision id or its first eight or more characters.

    `names` come with the place they stand at. The problems name what is no decision of the round, what was
    replaced by a newer one, what is not eligible, what is named twice; and every quota that those chosen together
    exceed.
    """
    found: list[Standing] = []
    problems: list[Problem] = []
    for at, name in names:
        matches = [item for item in of.standings if _is_named(item, name)]
        if len(matches) != 1:
            problems.append(_unnamed(of, at, name, several=bool(matches)))
        elif matches[0] in found:
            problems.append(problem("round-chosen-twice", at, name=name[:40]))
        elif matches[0] not in of.eligible:
            problems.append(problem("round-chosen-not-eligible", at, name=name[:40]))
        else:
            found.append(matches[0])
    if not problems:
        problems.extend(_over(of.policy, found, names[0][0] if names else PointerPlace("")))
    return (() if problems else tuple(found)), sort(problems)


def _unnamed(of: Round, at: Place, name: str, *, several: bool) -> Problem:
    """Why a name is not that of one decision of the round."""
    if several:
        return problem("round-chosen-ambiguous", at, name=name[:40])
    newest = [item for item in of.standings if any(_begins(one, name) for one in item.earlier)]
    if not newest:
        return problem("round-chosen-unknown", at, name=name[:40])
    return problem("round-chosen-replaced", at, name=name[:40], newest=newest[0].summary.decision_id)


@dataclass(frozen=True, slots=True)
class Room:
    """What a quota allows of those counted under it; `least` and `most` are None where it says nothing."""

    label: str
    least: int | None
    most: int | None
    count: int


def rooms(policy: Policy, standings: Sequence[Standing]) -> tuple[Room, ...]:
    """Every quota, and how many of the applications count under it: in all, or of each value that has any."""
    return tuple(room for quota in policy.quotas for room in _rooms(quota, standings))


def _over(policy: Policy, found: Sequence[Standing], at: Place) -> Iterator[Problem]:
    for room in rooms(policy, found):
        if room.most is not None and room.count > room.most:
            yield problem("round-over-quota", at, label=room.label, most=room.most, count=room.count)


def _rooms(quota: Quota, standings: Sequence[Standing]) -> Iterator[Room]:
    if quota.per is None:
        yield Room(quota.label, quota.at_least, quota.at_most, len(standings))
        return
    own = {label: (least, most) for label, least, most in quota.each}
    counts: dict[str, int] = {}
    for standing in standings:
        value = _value(quota, standing)
        if value is not None:
            counts[value] = counts.get(value, 0) + 1
    for value, count in sorted(counts.items()):
        least, most = own.get(value, (quota.at_least, quota.at_most))
        yield Room(f"{quota.label}：{value}", least, most, count)


def _value(quota: Quota, standing: Standing) -> str | None:
    """What the fact a quota is counted by says in an application, by the vocabulary's label."""
    value: Any = {} if standing.stored is None else standing.stored.application
    for step in () if quota.per is None else quota.per.path.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    if not isinstance(value, str) or not value.strip():
        return None
    vocabulary = None if quota.per is None else quota.per.vocabulary
    entry = None if vocabulary is None else vocabulary.by_name.get(normalise(value))
    return value.strip() if entry is None else entry.label


def _is_named(standing: Standing, name: str) -> bool:
    return _begins(standing.summary.decision_id, name)


def _begins(decision_id: str, name: str) -> bool:
    return decision_id == name or (len(name) >= _SHORTEST and decision_id.startswith(name.lower()))
