"""What the fields of an application hold, for the second evaluator: blanks, codes, rows, bounds, literals."""

from __future__ import annotations

import calendar
import datetime as dt
import re
import unicodedata
from fractions import Fraction

# Every literal in words that is drawn, in digits.
SAID = {
    "三年": "3年",
    "一年半": "18个月",
    "半年": "6个月",
    "十二个月": "12个月",
    "两元": "2元",
    "二百": "200",
    "三人": "3人",
}
PARTS = {
    "50%": Fraction(1, 2),
    "百分之六十": Fraction(3, 5),
    "1/3": Fraction(1, 3),
    "三分之一": Fraction(1, 3),
    "0.25": Fraction(1, 4),
    "六成": Fraction(3, 5),
    "1.5倍": Fraction(3, 2),
    "0%": Fraction(0),
}


def same(text):
    """A text as names and keys are compared."""
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


class Dictionary:
    """The declarations of a policy file; `tables`: id -> table file."""

    def __init__(self, policy, tables):
        self.policy, self.tables, self.paths, self.codes = policy, tables, {}, {}

    def declared(self, path):
        if path not in self.paths:
            found = {"fields": self.policy["facts"]}
            for name in path.split("."):
                found = found["fields"][name.removesuffix("[]")]
            self.paths[path] = {**found, "type": "code"} if path.endswith("[]") else found
        return self.paths[path]

    def entry(self, path, value):
        """What a code means in its vocabulary, by code, name or other name; None outside it."""
        if path not in self.codes:
            declared = self.declared(path)
            codes = declared.get("codes", {})
            pairs = codes.items() if isinstance(codes, dict) else zip(codes, codes, strict=True)
            entries = [{"code": code, "label": label} for code, label in pairs]
            entries = self.tables[declared["table"]]["entries"] if "table" in declared else entries
            names = ((e, (e["code"], e["label"], *e.get("aliases", ()))) for e in entries)
            self.codes[path] = {same(name): e for e, known in names for name in known}
        return self.codes[path].get(same(value))

    def many(self, path):
        declared = self.declared(path)
        return declared.get("list") or declared["type"] == "codes"

    def literal(self, x):
        return self.policy["parameters"][x["parameter"]]["value"] if isinstance(x, dict) else x

    def whole(self, x):
        return int(number(self.literal(x)))


class Values:
    """An application by a dictionary. `rows`, everywhere: the current row of each list, by path."""

    def __init__(self, dictionary, application):
        self.dictionary, self.application = dictionary, application

    def trusted(self, condition, rows):
        """Whether what a value rests on holds: the evaluator says."""
        raise NotImplementedError

    def around(self, path, rows):
        """The object a field stands in: the application, a row, or a group in either."""
        prefix, marked, inner = path.rpartition("[].")
        found = rows[f"{prefix}[]"] if marked else self.application
        for group in inner.split(".")[:-1]:
            found = found.get(group) or {}
        return found

    def value(self, path, rows):
        """The JSON value of a field; None where it is blank or not trusted."""
        value = rows[path] if path.endswith("[]") else self.around(path, rows).get(path.rpartition(".")[2])
        if value is None or (isinstance(value, str) and not value.strip()):
            return None
        if self.dictionary.many(path) and value in (False, "无"):
            value = []
        trust = self.dictionary.declared(path).get("trusted_when")
        return value if trust is None or self.trusted(trust, rows) else None

    def key(self, path, rows):
        """What tells rows apart; a code is the same under each of its names."""
        value, declared = self.value(path, rows), self.dictionary.declared(path)
        entry = self.dictionary.entry(path, value) if value is not None and declared["type"] == "code" else None
        return None if value is None else entry["code"] if entry else ("not a code", same(value))

    def rows(self, path, rows):
        """The rows of a list, each with the rows around it; None where the list is blank."""
        value = self.value(path, rows)
        if self.dictionary.declared(path).get("absent_is_none"):
            value = [] if path.rpartition(".")[2] not in self.around(path, rows) else value
        return None if value is None else [{**rows, f"{path}[]": row} for row in value]

    def stated(self, path, rows):
        """True given, False stated as none, None blank."""
        declared = self.dictionary.declared(path)
        value = self.rows(path, rows) if declared.get("list") else self.value(path, rows)
        if value is None or value is False or value == []:
            return None if value is None else False
        if declared.get("type") == "code" and (entry := self.dictionary.entry(path, value)):
            return not entry.get("none")
        return not (declared.get("type") == "evidence" and same(value if value is not True else "") == "无")

    def bounds(self, path, rows):
        """What a number, date or rank lies between; None blank, "outside" a code without a rank."""
        value, kind = self.value(path, rows), self.dictionary.declared(path)["type"]
        if value is None:
            return None
        if kind == "number":
            return number(value), number(value)
        if kind == "code":
            entry = self.dictionary.entry(path, value)
            return "outside" if entry is None else (entry["rank"], entry["rank"])
        return days(value)

    def operand(self, x, path, rows):
        """The bounds of what a fact is compared with."""
        kind = self.dictionary.declared(path)["type"]
        if isinstance(x, dict) and "fact" in x:
            bounds, shift = (
                self.bounds(x["fact"], rows),
                self.dictionary.literal(x.get("plus", x.get("minus"))),
            )
            if "times" in x and bounds is not None:
                bounds = tuple(end * PARTS[self.dictionary.literal(x["times"])] for end in bounds)
            if bounds is None or shift is None:
                return bounds
            sign = -1 if "minus" in x else 1
            return tuple(end + sign * number(shift) if kind == "number" else moved(end, sign, shift) for end in bounds)
        x = self.dictionary.literal(x)
        if kind == "date":
            return days(x)
        return (self.dictionary.entry(path, x)["rank"],) * 2 if kind == "code" else (number(x), number(x))


def number(x):
    digits, scale = re.match(r"(-?[\d.]+)(万?)", SAID.get(x, str(x))).groups()
    return Fraction(digits) * (10000 if scale else 1)


def days(text):
    """The first and last day of a date, which may leave out the day."""
    year, month, *day = (int(part) for part in re.findall(r"\d+", text))
    last = day[0] if day else calendar.monthrange(year, month)[1]
    return dt.date(year, month, day[0] if day else 1), dt.date(year, month, last)


def moved(day, sign, text):
    """A date moved by years and months, then days; a day its month does not have becomes the month's last."""
    span = {unit: sign * int(n) for n, unit in re.findall(r"(\d+)(年|个月|天)", SAID.get(text, text))}
    months = day.year * 12 + day.month - 1 + 12 * span.get("年", 0) + span.get("个月", 0)
    year, month = months // 12, months % 12 + 1
    whole = dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
    return whole + dt.timedelta(days=span.get("天", 0))
