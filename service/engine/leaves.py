"""Conditions that the rules decide: a comparison, and a question to people that asks for evidence first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from operator import itemgetter
from typing import Any

from service.engine.facts import Frame
from service.engine.verdict import JUDGEMENT, NAMES, NOT, REVIEW, SATISFIED, UNKNOWN, About, Found, Node, Result
from service.policy.facts import Fact, FactGroup
from service.policy.kinds import Condition

# Outcomes of a leaf (fails, undecided, holds) as statuses.
AS_IS = (NOT, UNKNOWN, SATISFIED)
NEGATED = (SATISFIED, UNKNOWN, NOT)
QUESTION = (NOT, UNKNOWN, REVIEW)
HOLDS = 2
_OUTCOMES = range(3)

# A leaf that asks more than so many leaves of the rules has no table of its results: each makes it three times as long.
_TABLED = 3

Term = tuple[int, tuple[int, int, int], tuple[int, ...]]


class Leaf(Node):
    """One comparison: terms decided by the rules, all of which (or with `either` one of which) must hold.

    A term is the number of a leaf, the status of each of its outcomes, and the numbers of leaves that hold
    where a code it compares lies outside its open vocabulary: people decide then. `direct` are the one number that
    it asks and its results by that leaf's outcome, None where it asks several.
    """

    __slots__ = ("_decided", "_pick", "_ready", "_table", "direct", "either", "facts", "terms")

    def __init__(
        self, condition: Condition, about: About, *, terms: tuple[Term, ...], either: bool,
        facts: tuple[Fact | FactGroup, ...],
    ) -> None:  # fmt: skip
        super().__init__(condition, about)
        self.terms = terms
        self.either = either
        self.facts = facts
        # Without findings a leaf comes to one of four results, made here once, and found by what it asks.
        self._ready = tuple(map(self._result, range(len(NAMES))))
        for result in self._ready:
            self._excuse(result, {})
        self._decided: Callable[[Frame], Sequence[int]] | None = None
        asked = tuple(dict.fromkeys(number for term, _, outside in terms for number in (term, *outside)))
        self.direct: tuple[int, tuple[Result, ...]] | None = None
        self._pick: Callable[[Sequence[int]], Any] | None = None
        self._table: Mapping[tuple[int, ...], Result] = {}
        if len(asked) == 1:
            self.direct = asked[0], tuple(self._ready[self._status({asked[0]: outcome})] for outcome in _OUTCOMES)
        elif 1 < len(asked) <= _TABLED:
            self._pick = itemgetter(*asked)
            self._table = {
                outcomes: self._ready[self._status(dict(zip(asked, outcomes, strict=True)))]
                for outcomes in product(_OUTCOMES, repeat=len(asked))
            }

    def evaluate(self, frame: Frame, found: Found) -> Result:
        """The result on a frame, shared with other frames unless findings or an exemption bear on it."""
        if found or self.exempt is not None:
            return super().evaluate(frame, found)
        if self.direct is not None:
            number, results = self.direct
            return results[frame.outcomes[number]]
        outcomes = frame.outcomes if self._decided is None else self._decided(frame)
        return self._ready[self._status(outcomes)] if self._pick is None else self._table[self._pick(outcomes)]

    @property
    def at_once(self) -> bool:
        """Whether its outcomes are those that the frame holds."""
        return self._decided is None

    def decide_by(self, outcomes: Callable[[Frame], Sequence[int]]) -> None:
        """Take the outcomes on a frame from here, and not those that the frame holds."""
        self._decided, self.direct = outcomes, None

    def _fold(self, frame: Frame, _found: Found) -> Result:
        return self._result(self._status(frame.outcomes if self._decided is None else self._decided(frame)))

    def _result(self, status: int) -> Result:
        result = Result(self, status)
        if status == REVIEW:
            result.origin = JUDGEMENT
        return result

    def _status(self, outcomes: Sequence[int] | Mapping[int, int]) -> int:
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


def direct(nodes: Sequence[Node]) -> tuple[tuple[int, tuple[Result, ...]], ...] | None:
    """Of each node the one leaf it asks and its results by that leaf's outcome; None where some node is not so simple.

    They are what `evaluate` looks up where nobody found anything, looked up without a call.
    """
    found = [node.direct for node in nodes if isinstance(node, Leaf) and node.exempt is None]
    simple = tuple(pair for pair in found if pair is not None)
    return simple if len(simple) == len(nodes) else None
