"""Derived facts for the second evaluator: what each function gives, from the words of its description alone.

A number is the pair of what it lies between, infinite where that is open; a code is the set of those it may be.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from fractions import Fraction

from tests.oracle.values import NONE, PARTS, Values, days, function_of, in_days, number, same, seconds

OPEN = (-math.inf, math.inf)


def own_rows(path, rows):
    """The rows that a fact itself stands in, of those around what reads it."""
    return {name: row for name, row in rows.items() if path.startswith(f"{name}.")}


class Derived(Values):
    """The functions. `derived_number` and `derived_codes` of a path, in the row given."""

    def derived_number(self, path, rows):
        """Bounds; None where nothing is known."""
        entry = self.dictionary.declared(path)
        function = function_of(entry)
        found = getattr(self, f"_{function}")(entry[function], path, own_rows(path, rows))
        return None if found in (None, OPEN) else found

    def derived_codes(self, path, rows):
        """The codes it may be, NONE among them where it may be none; None where nothing is known."""
        entry = self.dictionary.declared(path)
        function = function_of(entry)
        return getattr(self, f"_{function}")(entry[function], path, own_rows(path, rows))

    def number_of(self, name, rows):
        return self.bounds(name, rows) or OPEN

    # --- numbers ---

    def _band(self, x, path, rows):
        entry = self.dictionary.declared(path)
        low, high = self.number_of(x["of"], rows)
        gives, end = [], math.inf
        bands = list(x["bands"]) + (
            [] if "from" not in x["bands"][-1] else [{"gives": NONE if "codes" in entry else 0}]
        )
        for band in bands:
            start = number(self.dictionary.literal(band["from"])) if "from" in band else -math.inf
            if start <= high and (low < end or end == math.inf):
                gives.append(band["gives"])
            end = start
        if "codes" in entry:
            return set(gives)
        amounts = [number(self.dictionary.literal(x)) for x in gives]
        return min(amounts), max(amounts)

    def _amount_by(self, x, _path, rows):
        of = x["of"]
        amounts = {self.code(of, name): self.amount(value) for name, value in x["amounts"].items()}
        codes = self.codes_of(of, rows)
        if codes is None:
            if self.dictionary.declared(of).get("open"):
                return None
            codes = {e["code"] for e in self.dictionary.entries(of)}
        if any(code.startswith("outside") for code in codes):
            return None
        found = []
        for code in codes:
            named = [c for c in [code, *self.dictionary.counted(of, code)] if c in amounts]
            found.append(0 if code == NONE else amounts[named[0]] if named else self.amount(x["otherwise"]))
        return min(found), max(found)

    def amount(self, x):
        return number(self.dictionary.literal(x))

    def _portion(self, x, path, rows):
        digits = 10 ** self.dictionary.precision(path)
        if isinstance(x["percent"], str) and x["percent"] not in PARTS:
            return self.part_by_fact(x, digits, rows)
        part = PARTS[self.dictionary.literal(x["percent"])]
        least = self.amount(x["at_least"]) if "at_least" in x else -math.inf
        most = self.amount(x["at_most"]) if "at_most" in x else math.inf
        ends = []
        for end in self.number_of(x["of"], rows):
            got = end if math.isinf(end) and part else 0 if not part else math.floor(end * part * digits)
            got = got if got and math.isinf(got) else Fraction(got, digits)
            ends.append(min(max(got, least), most))
        return tuple(ends)

    def _product(self, x, path, rows):
        """Money in 万元 counts in 元, a percentage as its part; nothing of however much is nothing."""
        digits = 10 ** self.dictionary.precision(path)
        corners = [Fraction(1)]
        for one in x["of"]:
            written = self.dictionary.literal(one)
            if isinstance(one, str) and one[0] not in "0123456789两三百六":
                ends = [end if math.isinf(end) else Fraction(end) for end in self.number_of(one, rows)]
            elif written in PARTS:
                ends = [PARTS[written]]
            else:
                ends = [Fraction(number(re.match(r"[\d.]+万?|两", str(written)).group()))]
            corners = [0 if 0 in (this, end) else this * end for this in corners for end in ends]
        least = self.amount(x["at_least"]) if "at_least" in x else -math.inf
        most = self.amount(x["at_most"]) if "at_most" in x else math.inf
        got = [end if math.isinf(end) else Fraction(math.floor(end * digits), digits) for end in corners]
        return tuple(min(max(end, least), most) for end in (min(got), max(got)))

    def _pick(self, x, path, rows):
        """What may stand in the row that comes first, of every row that may."""
        low = "lowest" in x
        each = self.each_row(x["of"], rows)
        kind = self.dictionary.declared(path)["type"]
        if not each:
            return None if each is None or kind != "code" else {NONE}
        places = [self.place(x["lowest" if low else "highest"], row) for row in each]
        first = [
            row
            for row, (start, end) in zip(each, places, strict=True)
            if all(start <= other[1] if low else end >= other[0] for other in places)
        ]
        if kind in ("number", "date"):
            found = [self.number_of(x["of"], row) if kind == "number" else self.bounds(x["of"], row) for row in first]
            return None if None in found else (min(f[0] for f in found), max(f[1] for f in found))
        if kind == "code":
            codes = [self.codes_of(x["of"], row) for row in first]
            return None if None in codes else set().union(*codes)
        found = {self.value(x["of"], row) for row in first}
        return found.pop() if len(found) == 1 else None

    def place(self, name, row):
        if self.dictionary.declared(name)["type"] == "date":
            return self.bounds(name, row) or (dt.date.min, dt.date.max)
        return self.number_of(name, row)

    def _first_given(self, x, _path, rows):
        for name in x:
            if self.is_fixed(name):
                return (self.amount(name),) * 2
            value = self.value(name, rows)
            if value is not None:
                return value if isinstance(value, tuple) else (number(value),) * 2
        return None

    def is_fixed(self, x):
        """Whether a part is a literal or a parameter."""
        return not isinstance(x, str) or x[0] in "0123456789两"

    def term(self, x, rows):
        return (self.amount(x),) * 2 if self.is_fixed(x) else self.number_of(x, rows)

    def part_by_fact(self, x, digits, rows):
        """A part of a number, the percentage another number: least and greatest over both."""
        ends = []
        for end in self.number_of(x["of"], rows):
            for percent in self.number_of(x["percent"], rows):
                got = 0 if not end or not percent else end * percent / 100
                got = got if isinstance(got, float) and math.isinf(got) else Fraction(math.floor(got * digits), digits)
                ends.append(got)
        least = self.amount(x["at_least"]) if "at_least" in x else -math.inf
        most = self.amount(x["at_most"]) if "at_most" in x else math.inf
        ends = [min(max(end, least), most) for end in ends]
        return min(ends), max(ends)

    def _choose(self, x, _path, rows):
        """The number of the case that is, or between those of all cases."""
        amounts = {case: self.amount(value) for case, value in x["cases"].items()}
        if self.dictionary.declared(x["by"])["type"] == "boolean":
            value = self.value(x["by"], rows)
            codes = None if value is None else {str(value).lower()}
        else:
            codes = self.codes_of(x["by"], rows)
        found = [amounts[code] for code in codes or amounts]
        return min(found), max(found)

    def _total(self, x, _path, rows):
        found = []
        for name in [x] if isinstance(x, str) else x:
            if self.is_fixed(name):
                found.append(self.term(name, rows))
                continue
            each = self.each_row(name, rows)
            if each is None:
                return None
            found += [self.number_of(name, row) for row in each]
        return sum((low for low, _ in found), 0), sum((high for _, high in found), 0)

    def each_row(self, name, rows):
        """The rows, as `rows`, in which a fact stands: the rows inside this one, or this one."""
        lists = [part + "[]" for part in name.split("[]")[:-1]]
        lists = ["".join(lists[: n + 1]) for n in range(len(lists))]
        around = [rows]
        for one in lists:
            if one in rows:
                continue
            inner = [self.rows(one[:-2], row) for row in around]
            if None in inner:
                return None
            around = [row for some in inner for row in some]
        return around

    def _minus(self, x, _path, rows):
        (low, high), (least, most) = self.term(x["of"], rows), self.term(x["less"], rows)
        return low - most, high - least

    def _least_of(self, x, _path, rows, choose=min):
        found = []
        for name in x:
            if self.is_fixed(name):
                literal = self.dictionary.literal(name)
                read = seconds if ":" in str(literal) else days if "-" in str(literal) else None
                fixed = number(literal) if read is None else read(literal)[0]
                found.append((fixed, fixed))
            elif self.dictionary.declared(name)["type"] in ("date", "moment"):
                found.append(self.bounds(name, rows))
            else:
                found.append(self.number_of(name, rows))
        return None if None in found else (choose(low for low, _ in found), choose(high for _, high in found))

    def _greatest_of(self, x, path, rows):
        return self._least_of(x, path, rows, max)

    def _day_of(self, x, _path, rows):
        return in_days(self.bounds(x["of"], rows))

    def _row_count(self, x, _path, rows):
        found = self.rows(x, rows) if self.dictionary.declared(x).get("list") else self.value(x, rows)
        return None if found is None else (len(found), len(found))

    # --- codes and truth ---

    def condition(self, condition, rows):
        """Whether a condition holds, False where it does not, None where that is open: the evaluator says."""
        raise NotImplementedError

    def _holds(self, x, _path, rows):
        return self.condition(x, rows)

    def code(self, path, name):
        return self.dictionary.entry(path, name)["code"]

    def codes_of(self, path, rows):
        """The codes a fact may be, "outside" for one outside its vocabulary; None blank."""
        if self.dictionary.is_derived(path):
            return self.derived_codes(path, rows)
        value = self.value(path, rows)
        if value is None:
            return None
        entry = self.dictionary.entry(path, value)
        return {entry["code"] if entry else "outside"}

    def _recoded(self, x, path, rows):
        of = x["of"]
        codes = {self.code(of, name): value for name, value in x["codes"].items()}
        given = self.codes_of(of, rows)
        if given is None:
            if self.dictionary.declared(of).get("open"):
                return None
            given = {e["code"] for e in self.dictionary.entries(of)}
        found = {
            self.outsider(one.removeprefix("outside").strip() or self.value(of, rows), path)
            if one.startswith("outside")
            else self.counterpart(one, codes, of, path)
            for one in given
        }
        return None if None in found else found

    def outsider(self, name, path):
        """A name outside its vocabulary, in that of `path`; None where that one is closed and has no such name."""
        entry = self.dictionary.entry(path, name)
        if entry:
            return entry["code"]
        return f"outside {name}" if self.dictionary.declared(path).get("open") else None

    def counterpart(self, one, codes, of, path):
        """What a code counts as: as written, as what it counts as does, or as the value of its own name."""
        if one == NONE:
            return NONE
        entry = next((e for e in self.dictionary.entries(of) if e["code"] == one), None)
        if entry:
            named = [c for c in [one, *self.dictionary.counted(of, one)] if c in codes]
            if named:
                return codes[named[0]]
        for name in (entry["code"], entry["label"], *entry.get("aliases", ())) if entry else ():
            if self.dictionary.entry(path, name):
                return self.code(path, name)
        if not entry or entry.get("none") or not self.dictionary.declared(path).get("open"):
            return NONE
        return f"outside {entry['label']}"

    def _listed(self, x, _path, rows):
        of = x["of"]
        if self.dictionary.is_derived(of):
            found = {self.stands(x, code, rows) for code in self.derived_codes(of, rows) or [None]}
            return found.pop() if len(found) == 1 else None
        return self.stands(x, self.value(of, rows), rows)

    def stands(self, x, value, rows):
        """Whether one name or code stands in the table."""
        if value is None:
            return None
        value = value.removeprefix("outside ")
        of, table = x["of"], self.dictionary.tables[x["table"]]
        entry = self.dictionary.entry(of, value) if self.dictionary.declared(of)["type"] == "code" else None
        names = (entry["code"], entry["label"], *entry.get("aliases", ())) if entry else (value,)
        names = {same(name) for name in names}
        day = self.bounds(x["on"], rows) if "on" in x else None
        start, end = day or (dt.date.min, dt.date.max)
        touched = False
        for one in table["entries"]:
            known = {same(n) for k in ("code", "label", "name") if k in one for n in [one[k]]}
            if not names & (known | {same(n) for n in one.get("aliases", ())}):
                continue
            since = days(one["from"])[0] if "from" in one else dt.date.min
            until = days(one["until"])[0] if "until" in one else dt.date.max
            if since <= start and end <= until:
                return True
            touched = touched or (since <= end and start <= until)
        return None if touched else False
