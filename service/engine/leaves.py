"""Conditions that the rules decide: a comparison, and a question to people that asks for evidence first."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from service.engine.facts import Frame
from service.engine.verdict import JUDGEMENT, NAMES, NOT, REVIEW, SATISFIED, UNKNOWN, About, Found, Node, Result
from service.policy.facts import Fact, FactGroup
from service.policy.kinds import Condition

# Outcomes of a leaf (fails, undecided, holds) as statuses.
AS_IS = (NOT, UNKNOWN, SATISFIED)
NEGATED = (SATISFIED, UNKNOWN, NOT)
QUESTION = (NOT, UNKNOWN, REVIEW)
HOLDS = 2

Term = tuple[int, tuple[int, int, int], tuple[int, ...]]


class Leaf(Node):
    """One comparison: terms decided by the rules, all of which (or with `either` one of which) must hold.

    A term is the number of a leaf, the status of each of its outcomes, and the numbers of leaves that hold
    where a code it compares lies outside its open vocabulary: people decide then.
    """

    __slots__ = ("_decided", "_direct", "_ready", "either", "facts", "terms")

    def __init__(
        self, condition: Condition, about: About, *, terms: tuple[Term, ...], either: bool,
        facts: tuple[Fact | FactGroup, ...],
    ) -> None:  # fmt: skip
        super().__init__(condition, about)
        self.terms = terms
        self.either = either
        self.facts = facts
        # Without findings a leaf comes to one of four results, made here once; where it has a single term,
        # they are found by that term's outcome.
        self._ready = tuple(map(self._result, range(len(NAMES))))
        for result in self._ready:
            self._excuse(result, {})
        self._decided: Callable[[Frame], Sequence[int]] | None = None
        self._direct: tuple[int, tuple[Result, ...]] | None = None
        if len(terms) == 1 and not terms[0][2]:
            number, table, _ = terms[0]
            self._direct = number, tuple(self._ready[self._joined([status])] for status in table)

    def evaluate(self, frame: Frame, found: Found) -> Result:
        """The result on a frame, shared with other frames unless findings or an exemption bear on it."""
        if found or self.exempt is not None:
            return super().evaluate(frame, found)
        if self._direct is not None:
            number, results = self._direct
            return results[frame.outcomes[number]]
        return self._ready[self._status(frame.outcomes if self._decided is None else self._decided(frame))]

    def decide_by(self, outcomes: Callable[[Frame], Sequence[int]]) -> None:
        """Take the outcomes on a frame from here, and not those that the frame holds."""
        self._decided, self._direct = outcomes, None

    def _fold(self, frame: Frame, _found: Found) -> Result:
        return self._result(self._status(frame.outcomes if self._decided is None else self._decided(frame)))

    def _result(self, status: int) -> Result:
        result = Result(self, status)
        if status == REVIEW:
            result.origin = JUDGEMENT
        return result

    def _status(self, outcomes: Sequence[int]) -> int:
        statuses = []
        for number, table, outside in self.terms:
            status = table[outcomes[number]]
            for other in outside:
                if outcomes[other] == HOLDS:
                    status = REVIEW
            statuses.append(status)
        return self._joined(statuses)

    def _joined(self, statuses: list[int]) -> int:
        return max(statuses) if self.either else min(statuses)


class Question(Leaf):
    """A judgement: the best of its pieces of evidence; a question of people where some is given.

    Negated (`either` is False) it holds where all evidence is stated as none.
    """

    __slots__ = ()

    def _joined(self, statuses: list[int]) -> int:
        status = max(statuses, default=REVIEW)
        return SATISFIED if status == NOT and not self.either else status
