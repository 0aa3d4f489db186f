"""The second evaluator's statuses, and the conditions about one fact."""

from __future__ import annotations

import datetime as dt
import re

from tests.oracle.derived import Derived
from tests.oracle.values import NONE, all_moved, in_days, same

NOT_SATISFIED, UNKNOWN, NEEDS_REVIEW, SATISFIED = range(4)
STATUSES = ("not_satisfied", "unknown", "needs_review", "satisfied")
ORDERED = (
    "at_least",
    "at_most",
    "more_than",
    "less_than",
    "on_or_after",
    "on_or_before",
    "before",
    "after",
    "is",
    "is_not",
    "between",
)


def nth_best(statuses, n):
    return SATISFIED if n <= 0 else NOT_SATISFIED if n > len(statuses) else sorted(statuses, reverse=True)[n - 1]


def opposite(status):
    return {SATISFIED: NOT_SATISFIED, NOT_SATISFIED: SATISFIED}.get(status, status)


def at_least(value, threshold):
    """Bounds against bounds; None is the whole line, "outside" a code without a rank."""
    if "outside" in (value, threshold):
        return NEEDS_REVIEW
    if value is None or threshold is None:
        return UNKNOWN
    if {type(end) for end in (*value, *threshold)} == {dt.date, dt.datetime}:  # a day and a moment: by the day
        value, threshold = in_days(value), in_days(threshold)
    return SATISFIED if value[0] >= threshold[1] else NOT_SATISFIED if value[1] < threshold[0] else UNKNOWN


class Leaves(Derived):
    """Comparisons of one fact. `about` and `settle` are as the evaluator says."""

    def settle(self, status, about, kind="judgement"):
        """What findings make of a review: the evaluator says."""
        raise NotImplementedError

    def leaf(self, c, rows, negate, about):
        path, kind = c["fact"], self.dictionary.declared(c["fact"]).get("type")
        if "given" in c or "answered" in c:
            stated = self.stated(path, rows)
            status = UNKNOWN if stated is None else SATISFIED if stated or "answered" in c else NOT_SATISFIED
        elif "format" in c:
            text = self.value(path, rows)
            pattern = next(
                t["formats"][c["format"]]["pattern"] for t in self.dictionary.tables.values() if "formats" in t
            )
            status = UNKNOWN if text is None else SATISFIED if re.fullmatch(pattern, same(text)) else NOT_SATISFIED
        elif kind == "codes":
            each = [
                self.contains(path, name, rows, negate, about) for name in c.get("contains_any", c.get("contains_all"))
            ]
            return max(each) if ("contains_any" in c) != negate else min(each)
        elif kind in ("code", "boolean") and {"is", "is_not", "in", "not_in"} & {*c}:
            wanted = c["in"] if "in" in c else c["not_in"] if "not_in" in c else [c["is"] if "is" in c else c["is_not"]]
            return self.among(path, self.value(path, rows), wanted, negate != ("is_not" in c or "not_in" in c), about)
        elif "within" in c or "for_at_least" in c:
            return self.settle(self.spanned(c, self.bounds(path, rows), rows, negate), about)
        else:
            op = next(key for key in ORDERED if key in c)
            ends = c[op] if op == "between" else [c[op]] * 2
            low, high = (self.operand(x, path, rows, end) for end, x in enumerate(ends))
            value = self.bounds(path, rows)
            up, down = at_least(value, low), at_least(high, value)
            status = {"at_least": up, "on_or_after": up, "at_most": down, "on_or_before": down}.get(op, min(up, down))
            status = {
                "less_than": opposite(up), "before": opposite(up), "more_than": opposite(down),
                "after": opposite(down), "is_not": opposite(status),
            }.get(op, status)  # fmt: skip
            if op in ("is", "is_not", "between"):  # two leaves, each negated
                both = up, down
                if negate != (op == "is_not"):
                    return self.settle(max(opposite(s) for s in both), about)
                return self.settle(min(both), about)
        return self.settle(opposite(status) if negate else status, about)

    def spanned(self, c, value, rows, negate):
        """within: application date - span <= value <= application date; for_at_least: value + span <= that."""
        day, value = in_days(self.bounds(self.dictionary.policy["date"], rows)), in_days(value)
        span = self.dictionary.literal(c.get("within", c.get("for_at_least")))
        if "for_at_least" in c:
            parts = [at_least(day, value and all_moved(value, 1, span))]
        else:
            parts = [at_least(value, day and all_moved(day, -1, span)), at_least(day, value)]
        return max(opposite(s) for s in parts) if negate else min(parts)

    def among(self, path, value, wanted, negate, about):
        """A code or truth value in a set, or not in it."""
        if value is None:
            return UNKNOWN
        if value == NONE:
            return SATISFIED if negate else NOT_SATISFIED
        if isinstance(value, bool):
            return SATISFIED if (value in wanted) != negate else NOT_SATISFIED
        entry = self.dictionary.entry(path, value)
        if entry is None:
            return self.settle(NEEDS_REVIEW, about)
        wanted = {self.dictionary.entry(path, x)["code"] for x in wanted}
        within = wanted & {entry["code"], *self.dictionary.counted(path, entry["code"])}
        return SATISFIED if bool(within) != negate else NOT_SATISFIED

    def contains(self, path, wanted, rows, negate, about):
        """Some of a list of codes is the one wanted."""
        codes = self.value(path, rows)
        if codes is None:
            return UNKNOWN
        return nth_best([self.among(path, x, [wanted], negate, about) for x in codes], len(codes) if negate else 1)
