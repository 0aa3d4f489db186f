"""The share that one number has of another: leaves that the rules decide, and what is said of an empty whole."""

from __future__ import annotations

from service.engine.branches import branched
from service.engine.facts import Frame
from service.engine.leaves import AS_IS, NEGATED, Leaf, Term
from service.engine.verdict import JUDGEMENT, REVIEW, About, Found, Result
from service.policy.facts import Fact
from service.policy.kinds import Ratio


class RatioLeaf(Leaf):
    """A share against bounds: the first term is that there is a whole, the others are the bounds.

    `on_empty` is the status where there is none; where there may be none both must agree.
    """

    __slots__ = ("on_empty",)

    def __init__(
        self, condition: Ratio, about: About, *, whole: int, terms: tuple[Term, ...], either: bool,
        facts: tuple[Fact, ...], on_empty: int,
    ) -> None:  # fmt: skip
        self.on_empty = on_empty
        super().__init__(condition, about, terms=((whole, AS_IS, ()), *terms), either=either, facts=facts)

    def _fold(self, frame: Frame, found: Found) -> Result:
        result = super()._fold(frame, found)
        # Only what is said of an empty whole waits for people; settled, it may agree with what a whole would give.
        decided = self.decided(JUDGEMENT, found) if found and self.on_empty == REVIEW else None
        if decided is None:
            return result
        finding, on_empty = decided
        statuses = [table[frame.outcomes[number]] for number, table, _ in self.terms]
        settled = self._branched(statuses, on_empty)
        if settled != result.status:
            result.status = result.folded = settled
            result.finding = finding
        return result

    def _joined(self, statuses: list[int]) -> int:
        return self._branched(statuses, self.on_empty)

    def _branched(self, statuses: list[int], on_empty: int) -> int:
        some, *met = statuses
        return branched(some, NEGATED[AS_IS.index(some)], max(met) if self.either else min(met), on_empty)
