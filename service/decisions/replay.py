"""An old decision computed again from what was stored, and every difference, field by field."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Protocol

from service.decisions.faults import DecisionErased, LogDamaged, place
from service.decisions.reading import LogReader
from service.problems import Problem, problem

# Given anew with every answer; everything else is a function of what was stored.
_FIRST_LINE = frozenset({"decision_id", "decided_at", "requested_by", "receipt"})


class Outcome(Enum):
    """How a replay ended. `UNREADABLE`: what it needs is missing or altered; `problems` says what."""

    SAME = "same"
    DIFFERENT = "different"
    ERASED = "erased"
    UNREADABLE = "unreadable"


class Absent(Enum):
    """Stands for a field that is not there, as opposed to one that is null."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT


@dataclass(frozen=True, slots=True)
class PolicyTexts:
    """The policy a decision was made with, as archived: its text, and the texts it was pinned to by name."""

    policy_id: str
    edition: str
    policy: bytes
    tables: Mapping[str, bytes]


class AssessAgain(Protocol):
    """What computes a reply from stored input; the same as the service did, with the engine of today."""

    def __call__(
        self,
        policy_texts: PolicyTexts,
        application: Mapping[str, Any],
        findings: tuple[Mapping[str, Any], ...],
        on: datetime,
    ) -> Mapping[str, Any]:
        """The reply without its first line."""
        ...


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that differs: its JSON pointer, its value then and now (ABSENT where it is not there)."""

    pointer: str
    then: Any
    now: Any


@dataclass(frozen=True, slots=True)
class Replay:
    """What came of replaying one decision."""

    decision_id: str
    outcome: Outcome
    differences: tuple[Difference, ...] = ()
    problems: tuple[Problem, ...] = ()


def replay(log: LogReader, decision_id: str, assess_again: AssessAgain) -> Replay | None:
    """The decision computed again and compared with what was answered; None for an unknown id.

    Raises LogUnavailable where the log or the master key is not at hand.
    """
    try:
        stored = log.get(decision_id)
        if stored is None:
            return None
        texts, problems = archived_texts(log, stored.public, stored.sequence)
    except DecisionErased as fault:
        return Replay(decision_id, Outcome.ERASED, problems=fault.problems)
    except LogDamaged as fault:
        return Replay(decision_id, Outcome.UNREADABLE, problems=fault.problems)
    if texts is None:
        return Replay(decision_id, Outcome.UNREADABLE, problems=problems)
    now = assess_again(texts, stored.application, stored.findings, stored.on)
    # Through JSON, so that both sides are what a client would have received.
    differences = compare(_answered(stored.reply), _answered(json.loads(json.dumps(now))))
    outcome = Outcome.DIFFERENT if differences else Outcome.SAME
    return Replay(decision_id, outcome, differences)


def compare(then: Any, now: Any) -> tuple[Difference, ...]:
    """Every place where two JSON values differ, in document order; 1, 1.0 and true are three values."""
    return tuple(_compare("", then, now))


def _compare(pointer: str, then: Any, now: Any) -> Iterator[Difference]:
    if isinstance(then, dict) and isinstance(now, dict):
        for name in dict.fromkeys((*then, *now)):
            escaped = name.replace("~", "~0").replace("/", "~1")
            yield from _compare(f"{pointer}/{escaped}", then.get(name, ABSENT), now.get(name, ABSENT))
    elif isinstance(then, list) and isinstance(now, list):
        for index in range(max(len(then), len(now))):
            old = then[index] if index < len(then) else ABSENT
            new = now[index] if index < len(now) else ABSENT
            yield from _compare(f"{pointer}/{index}", old, new)
    elif type(then) is not type(now) or then != now:
        yield Difference(pointer, then, now)


def _answered(reply: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in reply.items() if name not in _FIRST_LINE}


def archived_texts(
    log: LogReader, public: Mapping[str, Any], sequence: int
) -> tuple[PolicyTexts | None, tuple[Problem, ...]]:
    """The archived texts a decision names, or a problem for each that is gone. Raises LogDamaged."""
    policy = public["policy"]
    wanted = {name: log.archived(name) for name in [policy["digest"], *(t["digest"] for t in public["tables"])]}
    problems = tuple(
        problem("log-archive-missing", place(log.database.name), digest=value, sequence=sequence)
        for value, raw in wanted.items()
        if raw is None
    )
    held = {value: raw for value, raw in wanted.items() if raw is not None}
    if problems:
        return None, problems
    tables = {table["name"]: held[table["digest"]] for table in public["tables"]}
    return PolicyTexts(policy["id"], policy["edition"], held[policy["digest"]], tables), ()
