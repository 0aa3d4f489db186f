"""The four statuses and how they fold: one operator, readings, modifiers, findings; the tree of results.

Every node folds twice in one pass: the machine status, and the effective status after what people decided.
Negation has been compiled down to the leaves, so no folded status is ever negated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from enum import IntEnum
from typing import Any, NamedTuple

from service.engine.facts import Frame
from service.engine.findings import Finding
from service.policy.kinds import Condition, OnMiss


class Status(IntEnum):
    """Ordered: the n-th best child decides."""

    NOT_SATISFIED = 0
    UNKNOWN = 1
    NEEDS_REVIEW = 2
    SATISFIED = 3


NOT, UNKNOWN, REVIEW, SATISFIED = 0, 1, 2, 3
NAMES = ("not_satisfied", "unknown", "needs_review", "satisfied")

JUDGEMENT, EXCEPTION = "judgement", "exception"

# Findings by what they are about, the later first.
Found = Mapping[str, Sequence[Finding]]


class Subject(NamedTuple):
    """A name a finding may use for a node; `opposed` where what bears the name is asked for its opposite."""

    name: str
    opposed: bool


About = tuple[Subject, ...]


class Result:
    """What a node came to; `folded` is its status before its own modifiers and findings.

    A result knows no frame: leaves hand out the same few again and again, so whoever walks down carries the
    frame (`below`). It is not changed once the node that made it has returned it.
    """

    # Most results keep these as they are: class attributes spare each its own.
    applies = True
    origin: str | None = None
    finding: Finding | None = None
    detail: Any = None
    unseen: Sequence[Result] = ()  # negations folded beside the children, shown nowhere, asked about like them

    def __init__(self, node: Node, status: int, children: Sequence[Result] = ()) -> None:
        self.node = node
        self.machine = self.status = self.folded = status
        self.children = children

    def applying(self, applies: bool) -> Result:
        """This result, or where it says otherwise of whether it applies, a copy that says so."""
        if self.applies == applies:
            return self
        other = copy(self)
        other.applies = applies
        return other


class Node:
    """A compiled condition. Subclasses fold; this adds exemption, what a miss becomes, and findings."""

    __slots__ = ("about", "condition", "denied", "exempt", "gates", "miss")

    def __init__(self, condition: Condition, about: About) -> None:
        self.condition = condition
        self.about = about  # nearest first
        self.denied = False  # compiled as the opposite of its condition
        self.exempt: Node | None = None
        self.miss: str | None = None
        if condition.on_miss is not OnMiss.FAIL:
            self.miss = EXCEPTION if condition.on_miss is OnMiss.IN_PRINCIPLE else JUDGEMENT
        self.gates = condition.gates

    def evaluate(self, frame: Frame, found: Found) -> Result:
        """The result on a frame; `found` holds findings by what they are about, the later first."""
        result = self._fold(frame, found)
        if self.exempt is None and self.miss is None and not found:
            return result
        # What the condition itself left to people is settled first; what then misses may still be excused.
        self._settle(result, found)
        self._excuse(result, found)
        if self.exempt is not None:
            relief = self.exempt.evaluate(frame, found)
            result.machine = max(result.machine, relief.machine)
            result.status = max(result.status, relief.status)
            result.applies = relief.status != SATISFIED
            result.children = (*result.children, relief)
        return result

    def _excuse(self, result: Result, found: Found) -> None:
        """Turn a miss into what the condition makes of it."""
        if self.miss is None:
            return
        if result.machine == NOT:
            result.machine = REVIEW
        if result.status == NOT:
            result.status = REVIEW
            result.origin = self.miss
            self._settle(result, found)

    def _settle(self, result: Result, found: Found) -> None:
        if not found or result.origin is None or result.status != REVIEW:
            return
        decided = self.decided(result.origin, found)
        if decided is not None:
            result.finding, result.status = decided

    def decided(self, kind: str, found: Found) -> tuple[Finding, int] | None:
        """The finding of a kind about the nearest of this node's names, of several the later, and what it makes
        of a review here.

        What bears the name holds if the finding upholds it; where its opposite is asked for, that fails then.
        """
        for name, opposed in self.about:
            for finding in found.get(name, ()):
                if finding.kind == kind:
                    return finding, SATISFIED if finding.upheld != opposed else NOT
        return None

    def _fold(self, frame: Frame, found: Found) -> Result:
        """A result of its own to go on with."""
        raise NotImplementedError


def nth_best(statuses: list[int], n: int) -> int:
    """The n-th best; 0 means the worst of all, so that all of nothing holds; below 0 all but -n must hold."""
    if n == 0:
        return min(statuses, default=SATISFIED)
    if n == 1:
        return max(statuses, default=NOT)
    place = n if n > 0 else len(statuses) + n
    if place <= 0:
        return SATISFIED
    return sorted(statuses, reverse=True)[place - 1] if place <= len(statuses) else NOT


def named(status: str, negated: bool) -> int:
    """The status of that name; negated, the opposite of one that is settled."""
    found = NAMES.index(status)
    return SATISFIED - found if negated and found in (NOT, SATISFIED) else found


def readings(statuses: list[int]) -> tuple[int, bool]:
    """Readings that agree give that, unknown if any is, else people decide; and whether they differ."""
    first = statuses[0]
    if all(status == first for status in statuses):
        return first, False
    if UNKNOWN in statuses:
        return UNKNOWN, False
    return REVIEW, True
