"""From findings that people filled in to decisions made again: planned whole, then logged together or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from service.decisions.faults import DecisionErased
from service.decisions.reading import LogReader, Stored
from service.problems import PointerPlace, Problem, problem
from service.rounds.deciding import Decider, Redecision
from service.rounds.faults import NotDecided
from service.rounds.filled import FILLED, Filled, finding_of, wanting

Tracked = Callable[[Sequence["_Chain"]], Iterable["_Chain"]]


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be logged, in the order of the sheet, and how many findings are in the log already."""

    made: tuple[Redecision, ...]
    recorded: int


@dataclass(slots=True)
class _Chain:
    """The findings on decisions of one chain; `end` is its newest decision."""

    end: Stored
    given: list[tuple[Filled, dict[str, Any], Stored]] = field(default_factory=list)


def plan(
    decider: Decider, filled: Sequence[Filled], *, tracked: Tracked = iter
) -> tuple[Plan | None, tuple[Problem, ...]]:
    """What the findings would come to, or every fault of them where it stands; nothing is logged.

    A finding that is in the log already is counted and not made again. A decision that was superseded since it was
    looked at takes no finding, unless all that was found since stands among these. Raises what `Decider.again` does
    but for NotDecided, and LogUnavailable or LogDamaged.
    """
    today = decider.clock().date()
    problems = [fault for item in filled for fault in wanting(item, today)]
    chains, faults = _chains(decider.log, filled)
    problems += faults
    made: list[Redecision] = []
    recorded = 0
    for chain in tracked(chains):
        problems += _contradictions(chain)
        fresh = [pair for pair in chain.given if pair[1] not in chain.end.findings]
        recorded += len(chain.given) - len(fresh)
        if not fresh:
            continue
        superseded = [*_superseded(chain, fresh)]
        if superseded:
            problems += superseded
            continue
        try:
            made.append(decider.again(chain.end, [finding for _, finding, _ in fresh]))
        except NotDecided as fault:
            problems += _placed(fault, [item for item, _, _ in fresh])
    problems = [*dict.fromkeys(problems)]
    return (None if problems else Plan(tuple(made), recorded)), tuple(problems)


def record(decider: Decider, planned: Plan, *, received_at: datetime) -> tuple[Stored, ...]:
    """Log all of a plan, in one transaction. Raises what `DecisionLog.append_together` does."""
    return decider.record_together(planned.made, received_at=received_at) if planned.made else ()


def _chains(log: LogReader, filled: Sequence[Filled]) -> tuple[list[_Chain], list[Problem]]:
    """The findings by the chain of decisions they belong to, each said once, bound to their application."""
    chains: dict[str, _Chain] = {}
    read: dict[str, Stored | None] = {}
    problems = []

    def stored(decision_id: str) -> Stored | None:
        if decision_id not in read:
            read[decision_id] = log.get(decision_id)
        return read[decision_id]

    for item in filled:
        try:
            seen = stored(item.decision_id)
            end = None if seen is None else stored(log.newest(seen.decision_id))
        except DecisionErased:
            problems.append(problem("panel-erased", item.place("decision_id")))
            continue
        if seen is None or end is None:
            problems.append(problem("panel-no-decision", item.place("decision_id")))
            continue
        finding = finding_of(item.finding)
        finding.setdefault("application_digest", seen.public["application_digest"])
        chain = chains.setdefault(end.decision_id, _Chain(end))
        if all(finding != other for _, other, _ in chain.given):
            chain.given.append((item, finding, seen))
    return [*chains.values()], problems


def _superseded(chain: _Chain, fresh: Sequence[tuple[Filled, Mapping[str, Any], Stored]]) -> Iterator[Problem]:
    """Findings on a decision that others went on from: people judged it without knowing what was found since."""
    ours = [finding for _, finding, _ in chain.given]
    for item, _, seen in fresh:
        since = chain.end.findings[len(seen.findings) :]
        if seen.decision_id != chain.end.decision_id and any(finding not in ours for finding in since):
            newest = chain.end.decision_id
            yield problem("panel-superseded", item.place("decision_id"), decision_id=seen.decision_id, newest=newest)


def _contradictions(chain: _Chain) -> Iterator[Problem]:
    """The same question answered in two ways at once: which of them is the panel's nobody can tell."""
    said: dict[tuple[Any, Any], Any] = {}
    for item, finding, _ in chain.given:
        result = finding.get("result")
        if result is not None and said.setdefault((finding.get("about"), finding.get("kind")), result) != result:
            yield problem("panel-contradicts", item.place("result"))


def _placed(fault: NotDecided, items: Sequence[Filled]) -> Iterator[Problem]:
    """The faults of a refusal where the findings stand that met it."""
    if fault.code != "findings-invalid":
        known = fault.params.get("known", "")
        yield problem("panel-outdated", items[0].place("decision_id"), known=known)
    for found in fault.problems if fault.code == "findings-invalid" else ():
        pointer = found.place.pointer if isinstance(found.place, PointerPlace) else ""
        index, _, key = pointer.lstrip("/").partition("/")
        item = items[int(index)] if index.isdigit() and int(index) < len(items) else items[0]
        part = "reason" if found.code == "finding-recused-note" else key.partition("/")[0]
        # What is not stated at all was told as such.
        if found.code != "finding-needs" or dict(found.params)["key"] not in FILLED:
            yield Problem(found.code, item.place(part), found.params, found.suggestion)
