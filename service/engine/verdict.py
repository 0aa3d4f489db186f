"""The four statuses and how they fold: one operator, readings, modifiers, findings; the tree of results.

Every node folds twice in one pass: the machine status, and the effective status after what people decided.
Negation has been compiled down to the leaves, so no folded status is ever negated.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Any

from service.engine.facts import Frame
from service.engine.findings import Finding
from service.policy.facts import Fact, FactGroup
from service.policy.kinds import Condition, OnMiss


class Status(IntEnum):
    """Ordered: the n-th best child decides."""

    NOT_SATISFIED = 0
    UNKNOWN = 1
    NEEDS_REVIEW = 2
    SATISFIED = 3


NOT, UNKNOWN, REVIEW, SATISFIED = 0, 1, 2, 3
NAMES = ("not_satisfied", "unknown", "needs_review", "satisfied")

# Outcomes of a leaf (fails, undecided, holds) as statuses.
AS_IS = (NOT, UNKNOWN, SATISFIED)
NEGATED = (SATISFIED, UNKNOWN, NOT)
QUESTION = (NOT, UNKNOWN, REVIEW)
HOLDS = 2

JUDGEMENT, EXCEPTION = "judgement", "exception"


class Result:
    """What a node came to on one frame; `folded` is its status before its own modifiers and findings."""

    # Most results keep these as they are: class attributes spare each its own.
    applies = True
    deciding = False
    origin: str | None = None
    finding: Finding | None = None
    detail: Any = None
    unseen: Sequence[Result] = ()  # negations folded beside the children, shown nowhere, asked about like them

    def __init__(self, node: Node, frame: Frame, status: int, children: Sequence[Result]) -> None:
        self.node = node
        self.frame = frame
        self.machine = self.status = self.folded = status
        self.children = children


class Node:
    """A compiled condition. Subclasses fold; this adds exemption, what a miss becomes, and findings."""

    __slots__ = ("about", "condition", "exempt", "gates", "miss")

    def __init__(self, condition: Condition, about: tuple[str, ...]) -> None:
        self.condition = condition
        self.about = about  # names a finding may use for this node, nearest first
        self.exempt: Node | None = None
        self.miss: str | None = None
        if condition.on_miss is not OnMiss.FAIL:
            self.miss = EXCEPTION if condition.on_miss is OnMiss.IN_PRINCIPLE else JUDGEMENT
        self.gates = condition.gates

    def evaluate(self, frame: Frame, found: dict[str, list[Finding]]) -> Result:
        """The result on a frame; `found` holds findings by what they are about, the later first."""
        result = self._fold(frame, found)
        if self.exempt is None and self.miss is None and not found:
            return result
        # What the condition itself left to people is settled first; what then misses may still be excused.
        self._settle(result, found)
        if self.miss is not None:
            if result.machine == NOT:
                result.machine = REVIEW
            if result.status == NOT:
                result.status = REVIEW
                result.origin = self.miss
                self._settle(result, found)
        if self.exempt is not None:
            relief = self.exempt.evaluate(frame, found)
            result.machine = max(result.machine, relief.machine)
            result.status = max(result.status, relief.status)
            result.applies = relief.status != SATISFIED
            result.children = (*result.children, relief)
        return result

    def _settle(self, result: Result, found: dict[str, list[Finding]]) -> None:
        if not found or result.origin is None or result.status != REVIEW:
            return
        finding = self.finding_about(result.origin, found)
        if finding is not None:
            result.status = SATISFIED if finding.upheld else NOT
            result.finding = finding

    def finding_about(self, kind: str, found: dict[str, list[Finding]]) -> Finding | None:
        """The finding of a kind about the nearest of this node's names; of several the later."""
        for name in self.about:
            for finding in found.get(name, ()):
                if finding.kind == kind:
                    return finding
        return None

    def _fold(self, frame: Frame, found: dict[str, list[Finding]]) -> Result:
        raise NotImplementedError


Term = tuple[int, tuple[int, int, int], tuple[int, ...]]


class Leaf(Node):
    """One comparison: terms decided by the rules, all of which (or with `either` one of which) must hold.

    A term is the number of a leaf, the status of each of its outcomes, and the numbers of leaves that hold where a
    code it compares lies outside its open vocabulary: people decide then.
    """

    __slots__ = ("either", "facts", "terms")

    def __init__(
        self, condition: Condition, about: tuple[str, ...], *, terms: tuple[Term, ...], either: bool,
        facts: tuple[Fact | FactGroup, ...],
    ) -> None:  # fmt: skip
        super().__init__(condition, about)
        self.terms = terms
        self.either = either
        self.facts = facts

    def _fold(self, frame: Frame, found: dict[str, list[Finding]]) -> Result:
        terms = self.terms
        if len(terms) == 1 and not terms[0][2]:
            return Result(self, frame, terms[0][1][frame.outcomes[terms[0][0]]], ())
        statuses = [_term(term, frame.outcomes) for term in terms]
        result = Result(self, frame, max(statuses) if self.either else min(statuses), ())
        if result.status == REVIEW:
            result.origin = JUDGEMENT
        return result


def _term(term: Term, outcomes: Sequence[int]) -> int:
    index, table, outside = term
    if any(outcomes[number] == HOLDS for number in outside):
        return REVIEW
    return table[outcomes[index]]


class Question(Leaf):
    """A judgement: the best of its pieces of evidence; a question of people where some is given.

    Negated (`either` is False) it holds where all evidence is stated as none.
    """

    __slots__ = ()

    def _fold(self, frame: Frame, found: dict[str, list[Finding]]) -> Result:
        outcomes = frame.outcomes
        status = max((table[outcomes[index]] for index, table, _ in self.terms), default=REVIEW)
        if not self.either and status == NOT:
            status = SATISFIED
        result = Result(self, frame, status, ())
        if status == REVIEW:
            result.origin = JUDGEMENT
        return result


class Combine(Node):
    """The n-th best of the children that gate; several n are readings of how many the text asks."""

    __slots__ = ("children", "needed")

    # How many children must hold: counted from the best (n >= 1), or with n <= 0 all but -n of them.
    def __init__(
        self, condition: Condition, about: tuple[str, ...], children: tuple[Node, ...], needed: tuple[int, ...]
    ) -> None:
        super().__init__(condition, about)
        self.children = children
        self.needed = needed

    def _fold(self, frame: Frame, found: dict[str, list[Finding]]) -> Result:
        results = [child.evaluate(frame, found) for child in self.children]
        result = Result(self, frame, NOT, results)
        machine, differ = _counted([r.machine for r in results if r.node.gates], self.needed)
        status = machine
        if found:
            gating = [r.status for r in results if r.node.gates or _rejected(r)]
            status, differ = _counted(gating, self.needed)
        result.machine = machine
        result.status = result.folded = status
        if differ:
            result.origin = JUDGEMENT
        return result


def _rejected(result: Result) -> bool:
    """A judgement that does not gate counts once people have rejected it."""
    return isinstance(result.node, Question) and result.finding is not None and not result.finding.upheld


def _counted(statuses: list[int], needed: tuple[int, ...]) -> tuple[int, bool]:
    if len(needed) == 1:
        return nth_best(statuses, needed[0]), False
    return readings([nth_best(statuses, n) for n in needed])


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


def readings(statuses: list[int]) -> tuple[int, bool]:
    """Readings that agree give that, unknown if any is, else people decide; and whether they differ."""
    first = statuses[0]
    if all(status == first for status in statuses):
        return first, False
    if UNKNOWN in statuses:
        return UNKNOWN, False
    return REVIEW, True


class Alternatives(Node):
    """Readings of the text or the law."""

    __slots__ = ("children", "names")

    def __init__(
        self, condition: Condition, about: tuple[str, ...], children: tuple[Node, ...], names: tuple[str, ...]
    ) -> None:
        super().__init__(condition, about)
        self.children = children
        self.names = names

    def _fold(self, frame: Frame, found: dict[str, list[Finding]]) -> Result:
        results = [child.evaluate(frame, found) for child in self.children]
        result = Result(self, frame, NOT, results)
        result.machine, _ = readings([r.machine for r in results])
        result.status, differ = readings([r.status for r in results])
        result.folded = result.status
        if differ:
            result.origin = JUDGEMENT
        return result


class Conditional(Node):
    """when / then / else. `loose` is the form "not w or t", else "w and t"; with an else both branches count."""

    __slots__ = ("loose", "otherwise", "then", "unless", "when")

    def __init__(
        self, condition: Condition, about: tuple[str, ...], *, when: Node, unless: Node, then: Node,
        otherwise: Node | None, loose: bool,
    ) -> None:  # fmt: skip
        super().__init__(condition, about)
        self.when, self.unless, self.then, self.otherwise, self.loose = when, unless, then, otherwise, loose

    def _fold(self, frame: Frame, found: dict[str, list[Finding]]) -> Result:
        when = self.when.evaluate(frame, found)
        unless = self.unless.evaluate(frame, found)
        then = self.then.evaluate(frame, found)
        if self.otherwise is None:
            result = Result(self, frame, NOT, (when, then))
            fold = max if self.loose else min
            result.machine = fold(unless.machine if self.loose else when.machine, then.machine)
            result.status = result.folded = fold(unless.status if self.loose else when.status, then.status)
            then.applies = when.status != NOT
            result.applies = then.applies
            result.unseen = (unless,)
            return result
        other = self.otherwise.evaluate(frame, found)
        result = Result(self, frame, NOT, (when, then, other))
        result.machine = _branches(when.machine, unless.machine, then.machine, other.machine)
        result.status = result.folded = _branches(when.status, unless.status, then.status, other.status)
        then.applies = when.status != NOT
        other.applies = when.status != SATISFIED
        result.unseen = (unless,)
        return result


def _branches(when: int, unless: int, then: int, otherwise: int) -> int:
    """One branch with its premise, or both branches whatever the premise."""
    return max(min(when, then), min(unless, otherwise), min(then, otherwise))
