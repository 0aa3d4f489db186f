"""What those chosen would get together, against what the policy says their sum may be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from service.policy.model import Policy
from service.policy.money import amount
from service.policy.terms import Limit
from service.rounds.standing import Standing


@dataclass(frozen=True, slots=True)
class Total:
    """The sum of the amounts of a limit, in its unit; `open` is how many applications have an amount not decided."""

    limit: Limit
    sum: Fraction
    open: int

    @property
    def over(self) -> Fraction:
        """By how much the sum is above what is allowed; 0 where it is not."""
        most = self.limit.at_most
        return Fraction(0) if most is None else max(self.sum - most, Fraction(0))

    @property
    def short(self) -> Fraction:
        """By how much the sum is below what is wanted; 0 where it is not."""
        least = self.limit.at_least
        return Fraction(0) if least is None else max(least - self.sum, Fraction(0))


def totals(policy: Policy, standings: Sequence[Standing]) -> tuple[Total, ...]:
    """Every limit on a sum, with what the decisions of these applications come to."""
    return tuple(_total(limit, standings) for limit in policy.limits if limit.sums)


def _total(limit: Limit, standings: Sequence[Standing]) -> Total:
    whole, undecided = Fraction(0), 0
    for standing in standings:
        found = None if standing.stored is None else _sum(limit, standing.stored.reply.get("award") or ())
        whole += found or 0
        undecided += found is None
    return Total(limit, whole, undecided)


def _sum(limit: Limit, award: Sequence[dict[str, object]]) -> Fraction | None:
    """What one application adds; None where an amount that may be due is not certain."""
    whole = Fraction(0)
    for item in award:
        if item["label"] not in limit.sums or item["value"] is None:
            continue
        told = amount(str(item["value"]))
        if told is None or item["status"] not in (None, "satisfied"):
            return None
        whole += told[0]
    return whole
