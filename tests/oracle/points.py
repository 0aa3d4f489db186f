"""The second evaluator's points: what each item gives at each level of the statuses, and groups of items.

A total is at least so much at a level where what is sure at that level reaches it; it is at most so much where what
may still come at that level does not exceed it. Each item is asked by itself.
"""

from __future__ import annotations

from fractions import Fraction
from math import floor

from tests.oracle.amounts import ENDLESS, LINE, Amounts
from tests.oracle.leaves import NEEDS_REVIEW, NOT_SATISFIED, ORDERED, SATISFIED, UNKNOWN
from tests.oracle.values import PARTS, number

STEP = Fraction(1, 1000)  # points have three decimals at most
LEVELS = (SATISFIED, NEEDS_REVIEW, UNKNOWN)


class Scores(Amounts):
    """Conditions of points. `told_apart` and `elsewhere` are as the evaluator says."""

    elsewhere = 0

    def told_apart(self, c, listed, rows, negate, about):
        """The status of each row that is one of its own: the evaluator says."""
        raise NotImplementedError

    def range_of_points(self, c):
        """Points as low <= sum <= high, either None."""
        n = {key: number(self.dictionary.literal(c[key])) for key in ORDERED if key in c and key != "between"}
        if "between" in c:
            return tuple(number(self.dictionary.literal(x)) for x in c["between"])
        low = n["more_than"] + STEP if "more_than" in n else n.get("at_least")
        return low, n["less_than"] - STEP if "less_than" in n else n.get("at_most")

    def points(self, c, wanted, rows, negate, about):
        """At least so many points; negated, fewer.

        What is on record of each condition is whether it holds and so gives points, also where fewer are asked.
        """
        low = self.added(c["points"], rows, False, about)
        if not negate:
            return next((level for level, sure in zip(LEVELS, low, strict=True) if sure >= wanted), NOT_SATISFIED)
        self.elsewhere += 1
        high = self.added(c["points"], rows, True, about)
        self.elsewhere -= 1
        return next((level for level, most in zip(LEVELS, high, strict=True) if most < wanted), NOT_SATISFIED)

    def added(self, items, rows, high, about):
        each = [self.given(item, rows, high, about) for item in items]
        return [sum(level) for level in zip(*each, strict=True)]

    def given(self, item, rows, high, about):
        """What an item gives at each level: what is sure, or with `high` what may still come."""
        points = number(self.dictionary.literal(item["points"])) if "points" in item else None
        most = number(self.dictionary.literal(item["at_most"])) if "at_most" in item else ENDLESS
        if "when" in item:
            status = self.status(item["when"], rows, high, about, "any")
            if high:
                return [0 if status >= level else points for level in LEVELS]
            counts = item["when"].get("gates", True)
            return [points if status >= level and counts else 0 for level in LEVELS]
        if "best_of" in item:
            each = [self.given(inner, rows, high, about) for inner in item["best_of"]]
            return [within(max(level), most) for level in zip(*each, strict=True)]
        if "sum_of" in item:
            added = self.added(item["sum_of"], rows, high, about)
            taken = self.added(item["minus"], rows, not high, about) if "minus" in item else [0, 0, 0]
            return [within(a - t, most) for a, t in zip(added, taken, strict=True)]
        if "count" in item:
            ends = self.counted_ends(item, rows, high, about)
            every = self.dictionary.whole(item["every"]) if "every" in item else 1
            start = self.dictionary.whole(item["from"]) if "from" in item else 0
            return [within(full(n - start, every) * points, most) for n in ends]
        if "fact" not in item:
            return [points] * 3
        least, greatest = self.bounds(item["fact"], rows) or LINE
        if "every" in item:
            every = number(self.dictionary.literal(item["every"]))
            start = number(self.dictionary.literal(item["from"])) if "from" in item else 0
            least, greatest = (full(n - start, every) * points for n in (least, greatest))
        elif "times" in item:
            part = PARTS[self.dictionary.literal(item["times"])]
            least, greatest = least * part, greatest * part
        least, greatest = within(least, most), within(greatest, most)
        return [greatest, greatest, least] if high else [least, least, greatest]

    def counted_ends(self, item, rows, high, about):
        listed = self.rows(item["count"], rows)
        if listed is None:
            return [ENDLESS, ENDLESS, 0] if high else [0, 0, ENDLESS]
        statuses = self.told_apart(item, listed, rows, high, about)
        reached = [sum(status >= level for status in statuses) for level in LEVELS]
        return [len(statuses) - n for n in reached] if high else reached


def full(amount, every):
    return amount if abs(amount) == ENDLESS else floor(amount / every)


def within(points, most):
    return max(0, min(points, most))
