"""The second evaluator's measures: what a condition asks about as a number, from what that condition comes to.

A number is at least what the condition "at least" it surely has, and at most what that may have.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from fractions import Fraction

from tests.oracle.amounts import LINE, counted, left, share_status, worlds
from tests.oracle.leaves import NOT_SATISFIED, SATISFIED, UNKNOWN
from tests.oracle.points import Scores
from tests.oracle.values import days, number


class Measures(Scores):
    """`_<function>` of each measure, as the functions of derived facts are called."""

    def counted(self, c, n, rows, negate, about):
        """The status of so many rows being meant: the evaluator says."""
        raise NotImplementedError

    def entry(self, path):
        return self.dictionary.declared(path)

    def empty(self, path):
        """What is said of no row counting."""
        c = self.entry(path)
        if "on_empty" not in c:
            return None
        literal = self.dictionary.literal(c["on_empty"])
        return days(literal) if c["type"] in ("date", "moment") else (number(literal),) * 2

    def _count(self, name, path, rows):
        listed = self.rows(name, rows)
        if listed is None:
            return None
        came = [self.counted(self.entry(path), n, rows, False, ()) for n in range(1, len(listed) + 1)]
        return came.count(SATISFIED), sum(status != NOT_SATISFIED for status in came)

    def _sum(self, name, path, rows):
        c = self.entry(path)
        listed = self.rows(name.rpartition("[]")[0], rows)
        if listed is None:
            return None
        kept, open_ = self.groups(c, listed, rows)
        weighed = [(key, self.where(c, row, False, ()), self.bounds(name, row) or LINE) for key, row in kept]
        weighed = [one for one in weighed if one[1] != NOT_SATISFIED]
        low = min(worlds([(key, status == SATISFIED, value[0]) for key, status, value in weighed], open_))
        high = -min(worlds([(key, status == SATISFIED, -value[1]) for key, status, value in weighed], open_))
        return low, high

    def _highest(self, name, path, rows, up=True):
        c, kind = self.entry(path), "highest" if up else "lowest"
        listed = self.rows(name.rpartition("[]")[0], rows)
        if listed is None:
            return None
        some, none = self.any_counts({**c, kind: name}, listed, rows, ())
        if none == SATISFIED:
            return self.empty(path)
        if some != SATISFIED:
            return None
        values = {id(row): self.bounds(name, row) for row in listed}

        def asked(v, row, every):
            """Whether a row reaches v, or where all must not pass it, does not."""
            value = values[id(row)]
            if value is None:
                return UNKNOWN
            ends = value if up else value[::-1]
            passes = [(end >= v if up else end <= v) if not every else (end <= v if up else end >= v) for end in ends]
            return SATISFIED if all(passes) else UNKNOWN if any(passes) else NOT_SATISFIED

        def reached(v):
            def each(row):
                return min(self.where(c, row, False, ()), asked(v, row, False))

            return self.merged(c, listed, rows, each, True) == SATISFIED

        def kept_to(v):
            def each(row):
                return max(self.where(c, row, True, ()), asked(v, row, True))

            return self.merged(c, listed, rows, each, False) == SATISFIED

        ends = sorted({end for value in values.values() if value for end in value}, reverse=not up)
        near = next((v for v in reversed(ends) if reached(v)), None)
        far = next((v for v in ends if kept_to(v)), None)
        if c["type"] in ("date", "moment"):
            found = None if near is None or far is None else (near, far)
        else:
            wide = math.inf if up else -math.inf
            found = -wide if near is None else near, wide if far is None else far
        return found if up or found is None else found[::-1]

    def _lowest(self, name, path, rows):
        return self._highest(name, path, rows, up=False)

    def _share(self, name, path, rows):
        c = self.entry(path)
        digits = 10 ** self.dictionary.precision(path)
        if "of" in c:
            return self._ratio(c, path, rows, digits)
        counts = self.dictionary.many(name)
        listed = self.rows(name if counts else name.rpartition("[]")[0], rows)
        if listed is None:
            return None
        kept, open_ = self.groups(c, listed, rows)
        weights = [(1, 1) if counts else self.bounds(name, row) or LINE for _, row in kept]
        keys = [key for key, _ in kept]
        part, whole, out = (
            [self.where(c, row, negate, (), key) for _, row in kept]
            for negate, key in ((False, "where"), (False, "among"), (True, "among"))
        )
        if left(list(zip(keys, out, weights, strict=True)), open_, (0, 0), False) == SATISFIED:
            return self.empty(path)
        table = list(zip(keys, part, whole, out, weights, strict=True))

        def status(v):
            return share_status(table, open_, True, False, Fraction(v, 100 * digits))

        top = 100 * digits
        some = counted(list(zip(keys, whole, weights, strict=True)), open_, (0, 0), True)
        if some != SATISFIED or status(0) != SATISFIED or status(top + 1) != NOT_SATISFIED:
            return None
        low = bisect_left(range(1, top + 1), True, key=lambda v: status(v) != SATISFIED)
        high = bisect_left(range(1, top + 1), True, key=lambda v: status(v) == NOT_SATISFIED)
        return Fraction(low, digits), Fraction(high, digits)

    def _ratio(self, c, path, rows, digits):
        part, whole = (self.bounds(c[key], rows) or LINE for key in ("share", "of"))
        if whole[1] <= 0:
            return self.empty(path)
        if whole[0] <= 0:
            return None
        ends = []
        for p in part:
            for w in whole:
                if math.isinf(p):
                    ends.append(p)
                elif math.isinf(w):
                    ends.append(-Fraction(1, digits) if p < 0 else 0)
                else:
                    ends.append(Fraction(math.floor(Fraction(p) / w * 100 * digits), digits))
        return min(ends), max(ends)

    def _points(self, items, _path, rows):
        sure, _, may = self.added(items, rows, False, ())
        return min(sure, may), max(sure, may)
