"""What another edition would change for applications: assessed under both, status by status, by which conditions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from service.authoring.fitting import dated, fit
from service.authoring.impact_amounts import AmountTurn, amount_turns
from service.engine.application import read_application
from service.engine.assess import Assessment, assess
from service.engine.compiler import CompiledPolicy
from service.engine.findings import read_findings, subjects
from service.engine.verdict import NAMES
from service.policy.dependencies import conditions_in, facts_of, sources_of
from service.policy.facts import Fact, FactGroup
from service.policy.kinds import Condition
from service.policy.model import Policy, SectionKind
from service.problems import Problem

_OVERALL = ("ineligible", "incomplete", "needs_review", "eligible")


_GATING = (SectionKind.REFUSE, SectionKind.CORRECT)


class Direction(StrEnum):
    """Whether the whole became better or worse for the applicant, only parts of it differ, or nothing does."""

    BETTER = "better"
    WORSE = "worse"
    WITHIN = "within"  # the same conclusion, for other reasons or with other amounts
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Case:
    """An application to look at: how it is called, what was submitted, what people found, the edition so far."""

    name: str
    application: Any = field(repr=False)
    findings: Any = field(repr=False)
    before: CompiledPolicy = field(repr=False)


@dataclass(frozen=True, slots=True)
class Turn:
    """A section or condition whose status differs; None where an edition has no such thing."""

    id: str
    label: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Moved:
    """A section whose status differs, and the conditions that decide it there."""

    section: Turn
    by: tuple[Turn, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """What became of one application; `dropped` are fields and findings the other edition does not take."""

    name: str
    edition: str
    before: str
    after: str
    direction: Direction
    sections: tuple[Moved, ...]
    amounts: tuple[AmountTurn, ...] = ()
    dropped: tuple[str, ...] = ()
    unread_before: tuple[str, ...] = ()
    dropped_findings: tuple[str, ...] = ()


def impact(
    case: Case, new: CompiledPolicy, *, on: datetime, applied: date | None = None
) -> Impact | tuple[Problem, ...]:
    """One application under both editions, at the same moment; problems where neither can read it as it is.

    Read whole by one edition, it is assessed under the other on what that one knows; findings go with it as far
    as the other has what they are about. `applied` is the day on which it is taken to be submitted under the
    newer edition: law that changes by date tells only then.
    """
    old = case.before
    _, faults = read_application(old.policy, case.application)
    if faults:
        _, others = read_application(new.policy, case.application)
        if others:
            return faults
    submitted = case.application if applied is None else dated(new.policy, case.application, applied)
    before, after = fit(old.policy, case.application), fit(new.policy, submitted)
    found, more = read_findings(old.policy, case.findings)
    if more or before is None or after is None:
        return more
    known = frozenset(subjects(new.policy))
    kept = tuple(item for item in found if item.about in known)
    first = assess(old, before.application, found, on=on)
    second = assess(new, after.application, kept, on=on)
    sections, amounts = tuple(_sections(first, second)), tuple(amount_turns(first, second))
    order = _OVERALL.index(second.overall) - _OVERALL.index(first.overall)
    direction = Direction.BETTER if order > 0 else Direction.WORSE if order else Direction.SAME
    if not order and (sections or amounts):
        direction = Direction.WITHIN
    return Impact(
        name=case.name,
        edition=old.policy.edition,
        before=first.overall,
        after=second.overall,
        direction=direction,
        sections=sections,
        amounts=amounts,
        dropped=after.dropped,
        unread_before=before.dropped,
        dropped_findings=tuple(sorted({item.about for item in found} - known)),
    )


def _sections(first: Assessment, second: Assessment) -> Iterator[Moved]:
    """The sections that came to something else, in the order of the newer edition."""
    before, after = first.statuses, second.statuses
    labels = [{section.id: section for section, _ in side.sections} for side in (first, second)]
    for name in dict.fromkeys((*labels[1], *labels[0])):
        held = labels[1].get(name) or labels[0][name]
        then, now = (
            _status(side, name) if name in known else None for side, known in zip((before, after), labels, strict=True)
        )
        if then == now:
            continue
        # What pulls down now explains a loss, what pulled down before a gain.
        better = then is not None and now is not None and NAMES.index(now) > NAMES.index(then)
        by = tuple(_deciding(name, first, second, decided=first if better else second)) if then and now else ()
        yield Moved(Turn(name, held.label, then, now), by)


def _status(statuses: Mapping[str, Mapping[str, object]], name: str) -> str | None:
    return str(statuses[name]["status"]) if name in statuses else None


def _deciding(
    section: str,
    first: Assessment,
    second: Assessment,
    *,
    decided: Assessment,
) -> Iterator[Turn]:
    """The conditions with another status that decide in one of the two, the innermost that have a name."""
    before, after, deciding = first.statuses, second.statuses, decided.statuses
    shown: dict[str, Condition] = {}
    inside: dict[str, set[str]] = {}
    for assessment in (first, second):
        for part, result in assessment.sections:
            if part.id == section:
                _named(result.node.condition, section, shown, inside)
    turned = []
    for name in shown:
        then, now = _status(before, name), _status(after, name)
        if then != now and name in deciding and deciding[name]["deciding"]:
            turned.append(name)
    for name in turned:
        if not inside[name].intersection(turned):
            label = shown[name].label or name
            yield Turn(name, label, _status(before, name), _status(after, name))


def _named(root: Condition, section: str, shown: dict[str, Condition], inside: dict[str, set[str]]) -> None:
    for condition in conditions_in(root):
        if condition.id is None:
            continue
        name = f"{section}.{condition.id}"
        shown[name] = condition
        deeper = (inner.id for inner in conditions_in(condition) if inner is not condition)
        inside.setdefault(name, set()).update(f"{section}.{inner}" for inner in deeper if inner is not None)


# --- all of them --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Summary:
    """Of many impacts: how many in each direction, from what to what, and by which condition most.

    `turns` count applications by (before, after); `by` counts them by condition, the most first; `amounts` by the
    amount that differs; `dropped` and `unread_before` by field.
    """

    total: int
    directions: Mapping[Direction, int]
    turns: tuple[tuple[str, str, int], ...]
    by: tuple[tuple[str, str, int], ...]
    amounts: tuple[tuple[str, int], ...]
    dropped: tuple[tuple[str, int], ...]
    unread_before: tuple[tuple[str, int], ...]
    dropped_findings: tuple[tuple[str, int], ...]


def summarise(impacts: Sequence[Impact]) -> Summary:
    """The summary of the impacts, in an order that does not depend on theirs."""
    turns = Counter((item.before, item.after) for item in impacts if item.before != item.after)
    by: Counter[tuple[str, str]] = Counter()
    for item in impacts:
        named = {(turn.id, turn.label) for moved in item.sections for turn in moved.by or (moved.section,)}
        by.update(named)
    order = sorted(turns.items(), key=lambda pair: (-pair[1], [_OVERALL.index(status) for status in pair[0]]))
    return Summary(
        total=len(impacts),
        directions={direction: sum(item.direction is direction for item in impacts) for direction in Direction},
        turns=tuple((before, after, count) for (before, after), count in order),
        by=tuple((name, label, count) for (name, label), count in sorted(by.items(), key=lambda p: (-p[1], p[0]))),
        amounts=_counted(tuple(turn.label for turn in item.amounts) for item in impacts),
        dropped=_counted(item.dropped for item in impacts),
        unread_before=_counted(item.unread_before for item in impacts),
        dropped_findings=_counted(item.dropped_findings for item in impacts),
    )


def _counted(names: Iterable[tuple[str, ...]]) -> tuple[tuple[str, int], ...]:
    counts = Counter(name for found in names for name in found)
    return tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def asked_anew(olds: Iterable[Policy], new: Policy) -> tuple[Fact, ...]:
    """Facts that conditions of the newer edition rest on and none of the older editions knows.

    They are blank in every application that was made for those.
    """
    known = {fact.path for old in olds for fact in _declared(old.facts)}
    needed: dict[str, Fact] = {}
    waiting = [fact for section in new.sections if section.kind in _GATING for fact in facts_of(section.root)]
    while waiting:
        fact = waiting.pop()
        if fact.path not in needed:
            needed[fact.path] = fact
            waiting.extend(sources_of(fact))
    return tuple(fact for fact in _declared(new.facts) if fact.path in needed and fact.path not in known)


def _declared(group: FactGroup) -> Iterator[Fact]:
    for child in group.children:
        if isinstance(child, Fact):
            yield child
        else:
            yield from _declared(child)
