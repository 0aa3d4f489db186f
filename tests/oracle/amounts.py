"""The second evaluator's sums and shares: what the rows of a list come to in every world that is left open.

At each level of the statuses some rows surely count and others perhaps; a row with a blank key is none, one of
its own, or the same as any row with a key; a blank excluded key leaves out the rows of one key, or none. A sum
lies between the least and the most of all those worlds.
"""

from __future__ import annotations

from itertools import product

from tests.oracle.leaves import (
    NEEDS_REVIEW,
    NOT_SATISFIED,
    ORDERED,
    SATISFIED,
    STATUSES,
    UNKNOWN,
    Leaves,
    opposite,
)
from tests.oracle.values import PARTS

ENDLESS = float("inf")
LINE = (-ENDLESS, ENDLESS)


class Amounts(Leaves):
    """Conditions that weigh rows. `status` is as the evaluator says."""

    def status(self, c, rows, negate, about, inside="all"):
        """The status of a condition: the evaluator says."""
        raise NotImplementedError

    def groups(self, c, listed, rows):
        """Each row with its key (None: blank), without those left out; and whether one more may be left out."""
        if "distinct_by" not in c:
            return [(number, row) for number, row in enumerate(listed)], False
        left_out = self.key(c["excluding"], rows) if "excluding" in c else None
        keyed = [(self.key(c["distinct_by"], row), row) for row in listed]
        kept = [(key, row) for key, row in keyed if key is None or key != left_out]
        return kept, "excluding" in c and left_out is None

    def merged(self, c, listed, rows, each, best):
        """Of rows that are one the best status, or the worst; a blank key leaves a row no better (no worse)."""
        kept, open_ = self.groups(c, listed, rows)
        choose, doubt = (max, min) if best else (min, max)
        statuses = [doubt(each(row), UNKNOWN) for key, row in kept if key is None]
        keys = {key for key, _ in kept if key is not None}
        statuses += [choose(each(row) for key, row in kept if key == one) for one in keys]
        if open_ and statuses:
            statuses.remove(chosen := choose(statuses))
            statuses.append(doubt(chosen, UNKNOWN))
        return choose([NOT_SATISFIED if best else SATISFIED, *statuses])

    def where(self, c, row, negate, about, key="where"):
        """Whether a row is meant; every row is where nothing says."""
        if key in c:
            return self.status(c[key], row, negate, about)
        return NOT_SATISFIED if negate else SATISFIED

    def or_empty(self, c, statuses, negate, about):
        """`statuses`: some row counts, none does, the condition. Where none does, on_empty says."""
        some, none, status = statuses
        default = "needs_review" if "share" in c else None
        if c.get("on_empty", default) is None:
            return status
        empty = STATUSES.index(c.get("on_empty", default))
        empty = self.settle(opposite(empty) if negate else empty, about)
        return max(min(some, status), min(none, empty), min(status, empty))

    def any_counts(self, c, listed, rows, about):
        some = self.merged(c, listed, rows, lambda row: self.where(c, row, False, about), True)
        none = self.merged(c, listed, rows, lambda row: self.where(c, row, True, about), False)
        return some, none

    def extreme(self, c, rows, negate, about):
        """The highest is at least t where some row is, at most t where every row is; the lowest the other way."""
        kind = "highest" if "highest" in c else "lowest"
        path = c[kind]
        listed = self.rows(path.rpartition("[]")[0], rows)
        if listed is None:
            return UNKNOWN
        parts = []
        for operator, value in sides(c):
            strict = operator in ("more_than", "less_than", "after", "before")
            end = {"more_than": "at_most", "less_than": "at_least", "after": "at_most", "before": "at_least"}.get(
                operator, operator
            )
            low = operator in ("at_least", "more_than", "on_or_after", "after")
            by_one = (low == (kind == "highest")) != negate
            leaf = {"fact": path, end: value}

            def each(row, leaf=leaf, strict=strict, by_one=by_one):
                held = self.leaf(leaf, row, negate != strict, about)
                meant = self.where(c, row, not by_one, about)
                return min(meant, held) if by_one else max(meant, held)

            parts.append(self.merged(c, listed, rows, each, by_one))
        status = max(parts) if negate else min(parts)
        if "on_empty" not in c:
            return status
        return self.or_empty(c, (*self.any_counts(c, listed, rows, about), status), negate, about)

    def total(self, c, rows, negate, about):
        path = c["sum"]
        listed = self.rows(path.rpartition("[]")[0], rows)
        if listed is None:
            return UNKNOWN
        kept, open_ = self.groups(c, listed, rows)
        parts = []
        for operator, value in sides(c):
            low = operator in ("at_least", "more_than")
            asked = low != negate
            strict = (operator in ("more_than", "less_than")) != negate
            threshold = self.operand(value, path, rows) or LINE
            weighed = [(key, self.where(c, row, not asked, about), self.bounds(path, row) or LINE) for key, row in kept]
            parts.append((counted if asked else left)(weighed, open_, threshold, strict))
        status = max(parts) if negate else min(parts)
        if "on_empty" not in c:
            return status
        return self.or_empty(c, (*self.any_counts(c, listed, rows, about), status), negate, about)

    def share(self, c, rows, negate, about):
        if "of" in c:
            return self.ratio(c, rows, negate, about)
        path = c["share"]
        counts = self.dictionary.many(path)
        listed = self.rows(path if counts else path.rpartition("[]")[0], rows)
        if listed is None:
            return UNKNOWN
        kept, open_ = self.groups(c, listed, rows)
        weigh = (lambda _: (1, 1)) if counts else (lambda row: self.bounds(path, row) or LINE)
        whole = [(key, self.where(c, row, False, about, "among"), weigh(row)) for key, row in kept]
        out = [(key, self.where(c, row, True, about, "among"), weigh(row)) for key, row in kept]
        some, none = counted(whole, open_, (0, 0), True), left(out, open_, (0, 0), False)
        parts = []
        for operator, value in sides(c):
            asked = (operator in ("at_least", "more_than")) != negate
            strict = (operator in ("more_than", "less_than")) != negate
            part = PARTS[self.dictionary.literal(value)]
            in_part = [self.where(c, row, not asked, about) for _, row in kept]
            table = [(k, p, w, o, v) for p, (k, w, v), (_, o, _) in zip(in_part, whole, out, strict=True)]
            parts.append(share_status(table, open_, asked, strict, part))
        return self.or_empty(c, (some, none, max(parts) if negate else min(parts)), negate, about)

    def ratio(self, c, rows, negate, about):
        """part / whole >= f where part - f * whole >= 0 and the whole is above zero."""
        part, whole = (self.bounds(c[key], rows) or LINE for key in ("share", "of"))
        some = SATISFIED if whole[0] > 0 else UNKNOWN if whole[1] > 0 else NOT_SATISFIED
        parts = []
        for operator, value in sides(c):
            f = PARTS[self.dictionary.literal(value)]
            ends = [p - (f * w if f else 0) if abs(p) != ENDLESS else p for p in part for w in whole]
            strict = operator in ("more_than", "less_than")
            held = meets(ends, strict) if operator in ("at_least", "more_than") else meets([-e for e in ends], strict)
            parts.append(opposite(held) if negate else held)
        return self.or_empty(c, (some, opposite(some), max(parts) if negate else min(parts)), negate, about)


def sides(c):
    """A condition's bounds, each by itself."""
    operator = next(key for key in ORDERED if key in c)
    if operator == "between":
        return [("at_least", c["between"][0]), ("at_most", c["between"][1])]
    return [("at_least", c["is"]), ("at_most", c["is"])] if operator == "is" else [(operator, c[operator])]


def reaches(amount, threshold, strict):
    return amount > threshold if strict else amount >= threshold


def meets(ends, strict):
    if reaches(min(ends), 0, strict):
        return SATISFIED
    return UNKNOWN if reaches(max(ends), 0, strict) else NOT_SATISFIED


def worlds(terms, open_):
    """The sums of every world; a term is (key, surely, number)."""
    keys = sorted({key for key, _, _ in terms if key is not None}, key=str)
    loose = [number for key, _, number in terms if key is None]
    for gone in [None, *keys] if open_ else [None]:
        for places in product([None, "own", *keys], repeat=len(loose)):
            total = sum(number for number, place in zip(loose, places, strict=True) if place == "own")
            for one in keys:
                if one == gone:
                    continue
                mine = [number for key, _, number in terms if key == one]
                mine += [number for number, place in zip(loose, places, strict=True) if place == one]
                # Any of the numbers may be the one that is right; where no row surely counts, none may be.
                low = min(mine)
                total += low if any(surely for key, surely, _ in terms if key == one) else min(0, low)
            yield total


def counted(weighed, open_, threshold, strict):
    """A sum is at least a threshold: rows count by the status of being meant."""
    for level in (SATISFIED, NEEDS_REVIEW):
        terms = [(key, status >= level, value[0]) for key, status, value in weighed if status != NOT_SATISFIED]
        if reaches(min(worlds(terms, open_)), threshold[1], strict):
            return level
    terms = [(key, status == SATISFIED, -value[1]) for key, status, value in weighed if status != NOT_SATISFIED]
    return UNKNOWN if reaches(-min(worlds(terms, open_)), threshold[0], strict) else NOT_SATISFIED


def left(weighed, open_, threshold, strict):
    """A sum is at most a threshold: rows count by the status of not being meant."""
    for level in (SATISFIED, NEEDS_REVIEW):
        terms = [(key, status == NOT_SATISFIED, -value[1]) for key, status, value in weighed if status < level]
        if reaches(min(worlds(terms, open_)), -threshold[0], strict):
            return level
    terms = [(key, status == NOT_SATISFIED, value[0]) for key, status, value in weighed if status < SATISFIED]
    return UNKNOWN if reaches(-min(worlds(terms, open_)), -threshold[1], strict) else NOT_SATISFIED


def share_status(table, open_, low, strict, part):
    """Rows are (key, in the part, in the whole, not in the whole, weight); a bound from above asks "not in"."""
    table = [row for row in table if row[2] != NOT_SATISFIED]
    if table and (open_ or any(row[0] is None for row in table)):
        return UNKNOWN
    groups = [[row for row in table if row[0] == key] for key in {row[0] for row in table}]
    for level in (SATISFIED, NEEDS_REVIEW):
        total = 0
        for group in groups:
            inside = min(added(group, low, part, level))
            forced = [inside] if any(whole >= level for _, _, whole, _, _ in group) else []
            forced += [0] if all(out >= level for _, _, _, out, _ in group) else []
            total += max(forced) if forced else min(inside, 0)
        if reaches(total, 0, strict):
            return level
    total = 0
    for group in groups:
        inside = max(added(group, low, part, SATISFIED))
        total += inside if any(whole == SATISFIED for _, _, whole, _, _ in group) else max(inside, 0)
    return UNKNOWN if reaches(total, 0, strict) else NOT_SATISFIED


def added(group, low, part, level):
    """What rows that are one, being in the whole, may add to part - share * whole, or to its opposite."""
    if low:
        sure = any(status >= level and whole >= level for _, status, whole, _, _ in group)
        may = any(status != NOT_SATISFIED for _, status, _, _, _ in group)
    else:  # statuses of not being in the part
        sure = any(status == NOT_SATISFIED and whole == SATISFIED for _, status, whole, _, _ in group)
        may = any(status < level and out < level for _, status, _, out, _ in group)
    factors = ([1 - part] if sure or may else []) + ([] if sure else [-part])
    weights = (min(v[0] for *_, v in group), max(v[1] for *_, v in group))
    return [(1 if low else -1) * (factor * w if factor else 0) for factor in factors for w in weights]
