"""What the fields of an application hold, for the second evaluator: blanks, codes, rows, bounds, literals."""

from __future__ import annotations

import calendar
import datetime as dt
import math
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
    "1:3": Fraction(1, 3),
    "2比1": Fraction(2),
    "1：20": Fraction(1, 20),
}


def same(text):
    """A text as names and keys are compared."""
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


NONE = "stated as none"
FUNCTIONS = {
    "band", "amount_by", "portion", "total", "minus", "least_of", "greatest_of", "row_count", "recoded", "listed",
    "holds", "product", "first_given", "day_of", "pick",
    "count", "sum", "highest", "lowest", "share", "points",
    "choose",
}  # fmt: skip


def function_of(entry):
    return next(iter(FUNCTIONS & {*entry}))


class Dictionary:
    """The declarations of a policy file; `tables`: id -> table file."""

    def __init__(self, policy, tables):
        self.policy, self.tables, self.paths, self.codes = policy, tables, {}, {}

    def is_derived(self, path):
        return path in self.policy.get("derived", {})

    def declared(self, path):
        if self.is_derived(path) and path not in self.paths:
            entry = self.policy["derived"][path]
            # What is picked from a row is as it is there.
            of = self.declared(entry["pick"]["of"]) if "pick" in entry else {}
            taken = {key: of[key] for key in ("codes", "table", "ordered") if key in of}
            self.paths[path] = {**taken, **entry, "type": self.kind(entry)}
        if path not in self.paths:
            found = {"fields": self.policy["facts"]}
            for name in path.split("."):
                found = found["fields"][name.removesuffix("[]")]
            self.paths[path] = {**found, "type": "code"} if path.endswith("[]") else found
        return self.paths[path]

    def kind(self, entry):
        """The type of what a derived fact gives."""
        function = function_of(entry)
        if function in ("least_of", "greatest_of"):
            return self.declared(entry[function][0])["type"]
        if function == "pick":
            return self.declared(entry[function]["of"])["type"]
        if function == "band":
            return "code" if "codes" in entry else "number"
        if function in ("highest", "lowest"):
            return self.declared(entry[function])["type"]
        kinds = {"recoded": "code", "listed": "boolean", "holds": "boolean", "day_of": "date"}
        return kinds.get(function, "number")

    def precision(self, path):
        """The decimals of a number; a derived one that says nothing has those of what it is taken from."""
        declared = self.declared(path)
        if "precision" in declared or not self.is_derived(path):
            return declared.get("precision", 0)
        if function_of(declared) == "share":
            return 2
        given = declared[function_of(declared)]
        source = [given.get("of", given.get("by")), given.get("less")] if isinstance(given, dict) else given
        # Literals begin with a digit, names do not.
        names = [x for x in (source if isinstance(source, list) else [source]) if isinstance(x, str)]
        names = [name for name in names if name[0] not in "0123456789两"]
        whole = function_of(declared) in ("band", "amount_by", "row_count", "product", "count", "points", "choose")
        return 0 if whole or not names else self.precision(names[0])

    def entry(self, path, value):
        """What a code means in its vocabulary, by code, name or other name; None outside it."""
        if path not in self.codes:
            names = ((e, (e["code"], e["label"], *e.get("aliases", ()))) for e in self.entries(path))
            self.codes[path] = {same(name): e for e, known in names for name in known}
        return self.codes[path].get(same(value))

    def entries(self, path):
        """The values of a vocabulary; one without a rank has the highest of those it counts as."""
        declared = self.declared(path)
        if "table" in declared:
            entries = {e["code"]: dict(e) for e in self.tables[declared["table"]]["entries"]}
            for entry in entries.values():
                if "rank" not in entry and "counts_as" in entry:
                    ranks = [entries[code].get("rank") for code in self.counted(path, entry["code"])]
                    entry["rank"] = max(rank for rank in ranks if rank is not None)
            return list(entries.values())
        codes = declared.get("codes", {})
        pairs = codes.items() if isinstance(codes, dict) else zip(codes, codes, strict=True)
        return [{"code": code, "label": label, "rank": n} for n, (code, label) in enumerate(pairs)]

    def counted(self, path, code):
        """The codes that a code counts as, the nearest first."""
        declared = self.declared(path)
        if "table" not in declared:
            return []
        entries = {e["code"]: e for e in self.tables[declared["table"]]["entries"]}
        found = []
        for one in entries.get(code, {}).get("counts_as", ()):
            found += [one]
        for one in list(found):
            found += self.counted(path, one)
        return found

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

    def derived_number(self, path, rows):
        """What a derived number lies between: `derived` says."""
        raise NotImplementedError

    def derived_codes(self, path, rows):
        """What a derived code may be: `derived` says."""
        raise NotImplementedError

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
        """The JSON value of a field; None where it is blank or not trusted, or computed and not certain."""
        if self.dictionary.is_derived(path):
            if self.dictionary.declared(path)["type"] in ("number", "date", "moment"):
                return self.derived_number(path, rows)
            found = self.derived_codes(path, rows)
            return found if not isinstance(found, set) else next(iter(found)) if len(found) == 1 else None
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
        # A derived code outside its vocabulary is the text it was given as.
        plain = value.removeprefix("outside ") if isinstance(value, str) and self.dictionary.is_derived(path) else value
        return None if value is None else entry["code"] if entry else ("not a code", same(plain))

    def rows(self, path, rows):
        """The rows of a list, each with the rows around it; None where the list is blank."""
        value = self.value(path, rows)
        if self.dictionary.declared(path).get("absent_is_none"):
            value = [] if path.rpartition(".")[2] not in self.around(path, rows) else value
        return None if value is None else [{**rows, f"{path}[]": row} for row in value]

    def entry_of(self, path, code):
        return next((entry for entry in self.dictionary.entries(path) if entry["code"] == code), None)

    def stated(self, path, rows):
        """True given, False stated as none, None blank."""
        declared = self.dictionary.declared(path)
        if self.dictionary.is_derived(path) and declared["type"] == "code":
            found = self.derived_codes(path, rows)
            states = {code != NONE and not (self.entry_of(path, code) or {}).get("none") for code in found or ()}
            return states.pop() if len(states) == 1 else None
        value = self.rows(path, rows) if declared.get("list") else self.value(path, rows)
        if value is None or value is False or value == []:
            return None if value is None else False
        if declared.get("type") == "code" and (entry := self.dictionary.entry(path, value)):
            return not entry.get("none")
        return not (declared.get("type") == "evidence" and same(value if value is not True else "") == "无")

    def bounds(self, path, rows):
        """What a number, date or rank lies between; None blank, "outside" a code without a rank."""
        declared = self.dictionary.declared(path)
        kind = declared["type"]
        if self.dictionary.is_derived(path):
            if kind != "code":
                return self.derived_number(path, rows)
            found = self.derived_codes(path, rows)
            if not found or any(code.startswith("outside") for code in found):
                return "outside" if found and len(found) == 1 else None
            ranks = [-math.inf if code == NONE else self.dictionary.entry(path, code)["rank"] for code in found]
            return min(ranks), max(ranks)
        value = self.value(path, rows)
        if value is None and kind == "number" and {"at_least", "at_most"} & {*declared}:
            return number(declared.get("at_least", -math.inf)), number(declared.get("at_most", math.inf))
        if value is None:
            return None
        if kind == "number":
            return number(value), number(value)
        if kind == "code":
            entry = self.dictionary.entry(path, value)
            return "outside" if entry is None else (entry["rank"], entry["rank"])
        return days(value) if kind == "date" else seconds(value)

    def operand(self, x, path, rows, end=0):
        """The bounds of what a fact is compared with; of a day among moments its first or (`end` 1) last second."""
        kind = self.dictionary.declared(path)["type"]
        if isinstance(x, dict) and "fact" in x:
            bounds, shift = (
                self.bounds(x["fact"], rows),
                self.dictionary.literal(x.get("plus", x.get("minus"))),
            )
            if "times" in x and bounds is not None:
                times = PARTS[self.dictionary.literal(x["times"])]
                bounds = tuple(end * times if times else 0 for end in bounds)
            if "growth" in x and bounds is not None:
                for _ in range(int(str(x.get("years", 1)).removesuffix("年"))):
                    rise = PARTS[self.dictionary.literal(x["growth"])]
                    bounds = tuple(end + end * rise if rise else end for end in bounds)
            if bounds is None or shift is None:
                return bounds
            sign = -1 if "minus" in x else 1
            if kind == "number":
                return tuple(end + sign * number(shift) for end in bounds)
            if kind == "date":
                bounds = in_days(bounds)
            return all_moved(bounds, sign, shift)
        if x == "deadline":  # 24:00 says that it is the whole day
            x = self.dictionary.policy["deadline"]["at"].removesuffix(" 24:00")
        x = self.dictionary.literal(x)
        if kind == "moment":
            at = seconds(x)[end]
            # Between two days: what comes first after it, what comes last before it.
            return (at + dt.timedelta(seconds=1) if "24:00" in x and not end else at,) * 2
        if kind == "date":
            return days(x)
        return (self.dictionary.entry(path, x)["rank"],) * 2 if kind == "code" else (number(x), number(x))


def number(x):
    if isinstance(x, float) and math.isinf(x):
        return x
    digits, scale = re.match(r"(-?[\d.]+)(万?)", SAID.get(x, str(x))).groups()
    return Fraction(digits) * (10000 if scale else 1)


def days(text):
    """The first and last day of a date, which may leave out the day."""
    year, month, *day = (int(part) for part in re.findall(r"\d+", text))
    last = day[0] if day else calendar.monthrange(year, month)[1]
    return dt.date(year, month, day[0] if day else 1), dt.date(year, month, last)


CLOCK = dt.timezone(dt.timedelta(hours=8))


def seconds(text):
    """The first and last second of a moment; a date without a time is all of its days."""
    said = re.fullmatch(r"(.+?[\d日])[T ]?(\d\d):(\d\d)(?::(\d\d))?(Z|[+-]\d\d:\d\d)?", text)
    if not said:
        first, last = days(text)
        return dt.datetime.combine(first, dt.time()), dt.datetime.combine(last, dt.time(23, 59, 59))
    hour, minute, second = (int(part or 0) for part in said.groups()[1:4])
    at = dt.datetime.combine(days(said[1])[0], dt.time(hour, minute, second) if hour < 24 else dt.time(23, 59, 59))
    if said[5]:
        there = "+00:00" if said[5] == "Z" else said[5]
        at = dt.datetime.fromisoformat(f"{at.isoformat()}{there}").astimezone(CLOCK).replace(tzinfo=None)
    return at, at


def in_days(bounds):
    """Moments as the days they lie in; dates stay."""
    return bounds and tuple(end.date() if isinstance(end, dt.datetime) else end for end in bounds)


def all_moved(bounds, sign, text):
    """What dates or moments between two become when each of them is moved."""
    first, last = bounds
    if not isinstance(first, dt.datetime):
        return moved(first, sign, text), moved(last, sign, text)
    each = [first, last]
    for n in range((last.date() - first.date()).days):
        each += [dt.datetime.combine(first.date() + dt.timedelta(n), dt.time(23, 59, 59))]
        each += [dt.datetime.combine(first.date() + dt.timedelta(n + 1), dt.time())]
    found = [dt.datetime.combine(moved(one.date(), sign, text), one.time()) for one in each]
    return min(found), max(found)


def moved(day, sign, text):
    """A date moved by years and months, then days; a day its month does not have becomes the month's last."""
    span = {unit: sign * int(n) for n, unit in re.findall(r"(\d+)(年|个月|天)", SAID.get(text, text))}
    months = day.year * 12 + day.month - 1 + 12 * span.get("年", 0) + span.get("个月", 0)
    year, month = months // 12, months % 12 + 1
    whole = dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
    return whole + dt.timedelta(days=span.get("天", 0))
