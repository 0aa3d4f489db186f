"""Findings as people filled them in, with the place of each part, and what a person who decides must state."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service import messages
from service.engine.findings import NO_CONFLICT, RECUSED
from service.policy.literals import date_bounds
from service.problems import Place, PointerPlace, Problem, problem

#: What is filled in, in the order of the sheet; the rest says what it is about.
FILLED = ("result", "reason", "by", "on", "conflict", "evidence")
ABOUT = ("decision_id", "about", "kind", "application_digest")
_FINDING = ("about", "kind", "result", "by", "on", "reason", "evidence", "conflict", "conflict_note")
# Who recuses judges nothing, so looked at nothing; why they recuse is the note or the reason.
_NOT_OF_RECUSED = ("result", "evidence", "reason")


@dataclass(frozen=True, slots=True)
class Filled:
    """One finding on one decision; `place` tells where a part of it stands, "" where the whole does."""

    decision_id: str
    finding: Mapping[str, Any]
    place: Callable[[str], Place]


def from_items(data: object, known: Sequence[str] = ()) -> tuple[tuple[Filled, ...], tuple[Problem, ...]]:
    """The findings in a JSON array, each with its `decision_id`, or every fault; what nobody filled in is passed over.

    Keys in `known` are taken as the sheet's own words and are not read.
    """
    if not isinstance(data, list):
        return (), (problem("panel-not-list", PointerPlace("")),)
    found, problems = [], []
    for index, item in enumerate(data):
        if not isinstance(item, dict):
            problems.append(problem("finding-not-object", PointerPlace(f"/{index}")))
            continue
        if all(_blank(item.get(key)) for key in (*FILLED, "conflict_note")):
            continue
        kept = {key: value for key, value in item.items() if key not in known and value is not None}
        decision = kept.pop("decision_id", None)
        place = _pointers(index)
        if not isinstance(decision, str):
            problems.append(problem("finding-needs", place(""), key="decision_id"))
            continue
        found.append(Filled(decision, kept, place))
    return tuple(found), tuple(problems)


def wanting(filled: Filled, today: dt.date) -> Iterator[Problem]:
    """What is not stated though whoever decides must state it, and days that are still to come."""
    given = filled.finding
    recused = given.get("conflict") == RECUSED
    for key in FILLED:
        if recused and key in _NOT_OF_RECUSED:
            continue
        if _blank(given.get(key)):
            yield problem("panel-needs", filled.place(key), name=heading(key))
    days = date_bounds(given["on"]) if isinstance(given.get("on"), str) else None
    if days is not None and days[0] > today.toordinal():
        yield problem("panel-ahead", filled.place("on"))


def finding_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """A finding with its keys in one order and nothing blank; of who recused the reason is the note."""
    parts = dict(given)
    if parts.get("conflict") == RECUSED and parts.get("conflict_note") is None:
        parts["conflict_note"] = parts.pop("reason", None)
    ordered = [*(key for key in _FINDING if key in parts), *(key for key in parts if key not in _FINDING)]
    return {key: parts[key] for key in ordered if not _blank(parts[key])}


def heading(key: str) -> str:
    """What a part of a finding is called on the sheet."""
    return messages.text(f"panel.column.{key}")


def results(kind: str) -> tuple[tuple[str, str], ...]:
    """The words for upheld and rejected of a kind of finding, with what each stands for."""
    return tuple((messages.text(f"panel.result.{kind}.{value}"), value) for value in ("upheld", "rejected"))


def conflicts() -> tuple[tuple[str, str], ...]:
    """The words of the declaration, with what each stands for."""
    return tuple((messages.text(f"panel.conflict.{value}"), value) for value in (NO_CONFLICT, RECUSED))


def _blank(value: object) -> bool:
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def _pointers(index: int) -> Callable[[str], Place]:
    return lambda key: PointerPlace(f"/{index}/{key}" if key else f"/{index}")
