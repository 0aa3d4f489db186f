"""Random derived facts: each function over facts of its types, mostly those of the same row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.oracle.applications import CODES, DATES, LABELS, LEVELS, MARKS, TIMES
from tests.oracle.drawing_points import PointsDrawer
from tests.oracle.values import PARTS

_EACH = 6
_FUNCTIONS = (
    "band", "amount_by", "portion", "total", "minus", "extreme", "row_count", "recoded", "listed", "holds",
    "product", "product", "first_given", "day_of", "pick", "pick",
    "count", "weighed", "share", "points", "choose",
)  # fmt: skip


class DerivedDrawer:
    """Draws the derived facts of one scope; `drawer` draws the policy, knows its facts and takes these."""

    def __init__(self, drawer: Any, scope: str) -> None:
        self.drawer, self.scope, self.random = drawer, scope, drawer.random

    def draw(self, letter: str = "x", functions: Sequence[str] = _FUNCTIONS) -> None:
        prefix = f"{self.scope}." if self.scope else ""
        for number in range(_EACH):
            made = getattr(self, self.random.choice(functions))()
            if made is None:
                continue
            entry, kind = made
            path = f"{prefix}{letter}{number}"
            self.drawer.derived[path] = {"label": path, **entry}
            self.drawer.kinds[path] = kind
            self.drawer.types.setdefault(kind["type"], []).append(path)

    def near(self, kind: str) -> str | None:
        found: str | None = self.drawer.near(kind, self.scope)
        return found

    def alike(self, path: str, most: int) -> list[str]:
        """Facts that may be computed with the one given, itself among them."""
        fact = self.drawer.declared(path)
        keys = ("type", "unit", "precision")
        known = [p for p in self.drawer.types[fact["type"]] if self.scope.startswith(_home(p))]
        same = [p for p in known if all(self.drawer.declared(p).get(k) == fact.get(k) for k in keys)]
        return [path, *(self.random.choice(same) for _ in range(self.random.randint(1, most)))]

    def amount(self, unit: Any) -> Any:
        return self.random.choice([0, 1, 2, 3, "2", *(["1元", "两元", {"parameter": "money"}] if unit == "元" else [])])

    def band(self) -> Any:
        of, draw = self.near("number"), self.random
        fact = self.drawer.declared(of)
        starts = sorted(draw.sample([0, 1, 2, 3, 4], draw.randint(1, 3)), reverse=True)
        coded = draw.random() < 0.5
        gives = draw.sample(MARKS, len(starts)) if coded else [self.amount("元") for _ in starts]
        bands: list[Any] = [
            {"from": f"{start}{draw.choice(['', fact.get('unit', '')])}", "gives": give}
            for start, give in zip(starts, gives, strict=True)
        ]
        if len(bands) > 1 and draw.random() < 0.5:
            del bands[-1]["from"]
        kind: dict[str, Any] = (
            {"type": "code", "codes": MARKS, "ordered": True}
            if coded
            else {"type": "number", "unit": "元", "precision": 2}
        )
        return {"band": {"of": of, "bands": bands}, **{k: v for k, v in kind.items() if k != "type"}}, kind

    def amount_by(self) -> Any:
        of = self.near("code")
        names = self.values(self.drawer.declared(of))
        some = self.random.sample(names, self.random.randint(1, 3))
        made = {"of": of, "amounts": {name: self.amount("元") for name in some}, "otherwise": self.amount("元")}
        return {"amount_by": made, "unit": "元", "precision": 2}, {"type": "number", "unit": "元", "precision": 2}

    def values(self, fact: dict[str, Any]) -> list[str]:
        """One name of each value of a vocabulary."""
        if "table" in fact:
            return [name for name in LEVELS if name not in ("二级", "low")]
        return list(fact["codes"])

    def portion(self) -> Any:
        of, draw = self.near("number"), self.random
        fact = self.drawer.declared(of)
        made: dict[str, Any] = {"of": of, "percent": draw.choice([*PARTS, {"parameter": "half"}])}
        rates = [
            p for p in self.drawer.types["number"]
            if self.drawer.declared(p).get("unit") == "%" and self.scope.startswith(_home(p))
        ]  # fmt: skip
        if rates and draw.random() < 0.5:
            made["percent"] = draw.choice(rates)
        if draw.random() < 0.4:
            made["at_most"] = draw.choice([1, 2, "2"])
        if draw.random() < 0.2:
            made["at_least"] = draw.choice([0, 1])
        entry: dict[str, Any] = {"portion": made}
        kind = {key: fact[key] for key in ("type", "unit", "precision") if key in fact}
        if draw.random() < 0.5:
            # Amounts of money are compared with literals of two decimals.
            entry["precision"] = 2 if fact.get("unit") == "元" else draw.choice([0, 1, 2])
            kind["precision"] = entry["precision"]
        if not kind.get("precision"):
            kind.pop("precision", None)
        return entry, kind

    def total(self) -> Any:
        draw, of = self.random, self.near("number")
        fact = self.drawer.declared(of)
        kind = {key: fact[key] for key in ("type", "unit", "precision") if key in fact}
        inside = [p for p in self.drawer.types["number"] if _home(p) != self.scope and _home(p).startswith(self.scope)]
        inside = [p for p in inside if all(self.drawer.declared(p).get(k) == fact.get(k) for k in kind)]
        inside = [p for p in inside if {**fact, **self.drawer.declared(p)}.keys() >= kind.keys()]
        inside = [p for p in inside if self.drawer.declared(p).get("unit") == fact.get("unit")]
        inside = [p for p in inside if self.drawer.declared(p).get("precision") == fact.get("precision")]
        if inside and draw.random() < 0.7:
            one = draw.choice(inside)
            parts = draw.choice([one, [of, one], [one, self.literal(fact)]])
            return {"total": parts}, kind
        return {"total": [*self.alike(of, 2), *([self.literal(fact)] if draw.random() < 0.3 else [])]}, kind

    def minus(self) -> Any:
        of, less = self.alike(self.near("number") or "", 1)
        fact = self.drawer.declared(of)
        kept = self.random.random()
        if kept < 0.3:
            less = self.literal(fact)
        elif kept < 0.5:
            of, less = self.literal(fact), of
        return {"minus": {"of": of, "less": less}}, {k: fact[k] for k in ("type", "unit", "precision") if k in fact}

    def product(self) -> Any:
        draw = self.random
        names = [self.near("number") for _ in range(draw.choice([1, 1, 2]))]
        factors: list[Any] = list(dict.fromkeys(names))
        factors += [draw.choice([2, "3", "0.5", "50%", "1.5倍", {"parameter": "half"}, {"parameter": "two"}])]
        money = [name for name in dict.fromkeys(names) if self.drawer.declared(name).get("unit") == "元"]
        if len(money) > 1:
            return None
        kind: dict[str, Any] = {"type": "number", "precision": draw.choice([0, 1, 2])}
        if money or draw.random() < 0.4:
            kind |= {"unit": "元", "precision": 2}
            factors += [] if money else [draw.choice(["2元", "1.5元", {"parameter": "money"}])]
        draw.shuffle(factors)
        made: dict[str, Any] = {"of": factors}
        if draw.random() < 0.4:
            made["at_most"] = draw.choice([1, 2, "3"])
        if draw.random() < 0.2:
            made["at_least"] = draw.choice([0, 1])
        return {"product": made, **{k: v for k, v in kind.items() if k != "type"}}, kind

    def pick(self) -> Any:
        draw, types = self.random, self.drawer.types
        inside = [
            (p, t)
            for t in ("number", "date", "code", "boolean")
            for p in types.get(t, [])
            if _home(p) != self.scope and _home(p).startswith(self.scope) and not p.endswith("[]")
        ]
        by = [p for p, t in inside if t in ("number", "date")]
        of = [p for p, _ in inside if not self.drawer.declared(p).get("open")]
        pairs = [(one, other) for one in of for other in by if _home(one) == _home(other)]
        if not pairs:
            return None
        one, other = draw.choice(pairs)
        fact = self.drawer.declared(one)
        keys = ("type", "unit", "precision", "codes", "table", "ordered")
        return {"pick": {"of": one, draw.choice(["highest", "lowest"]): other}}, {k: fact[k] for k in keys if k in fact}

    def first_given(self) -> Any:
        names = self.alike(self.near("number") or "", 2)
        fact = self.drawer.declared(names[0])
        keys = ("type", "unit", "precision")
        parts = [*names[:-1], self.literal(fact)] if self.random.random() < 0.7 else names
        if len(parts) < 2:
            parts = [names[0], self.literal(fact)]
        return {"first_given": parts}, {k: fact[k] for k in keys if k in fact}

    def extreme(self) -> Any:
        names = self.alike(self.near(self.random.choice(["number", "number", "date", "moment"])) or "", 2)
        fact = self.drawer.declared(names[0])
        parts: list[Any] = list(names)
        if self.random.random() < 0.4:
            parts = [names[0], self.literal(fact)]
        function = self.random.choice(["least_of", "greatest_of"])
        return {function: parts}, {k: fact[k] for k in ("type", "unit", "precision") if k in fact}

    def literal(self, fact: dict[str, Any]) -> Any:
        """A value such as the fact may hold."""
        if fact["type"] in ("date", "moment"):
            return self.random.choice(DATES if fact["type"] == "date" else TIMES[:-1])
        choices = {"元": [1, 2, "2元", "两元", {"parameter": "money"}], "岁": [1, 2, "3岁", {"parameter": "age"}]}
        return self.random.choice(choices.get(fact.get("unit", ""), [0, 1, 3, {"parameter": "two"}]))

    def day_of(self) -> Any:
        return {"day_of": {"of": self.near("moment")}}, {"type": "date"}

    def row_count(self) -> Any:
        of = self.near(self.random.choice(["list", "list", "codes"]))
        if of is None or f"{of}[]" == self.scope:
            return None
        return {"row_count": of}, {"type": "number"}

    def recoded(self) -> Any:
        of, draw = self.near("code"), self.random
        names = self.values(self.drawer.declared(of))
        some = draw.sample(names, draw.randint(1, len(names)))
        kind: dict[str, Any] = draw.choice(
            [
                {"codes": MARKS, "ordered": True},
                {"codes": LABELS, "open": True},
                {"codes": CODES},
            ]
        )
        to = list(kind["codes"])
        made = {"recoded": {"of": of, "codes": {name: draw.choice(to) for name in some}}, **kind}
        return made, {"type": "code", **kind}

    def listed(self) -> Any:
        of = self.near(self.random.choice(["text", "code", "code", "identity_number"]))
        table = self.random.choice(["names", "names", "levels"])
        made = {"of": of, "table": table}
        if table == "names":
            made["on"] = self.near("date")
            if made["on"] is None:
                return None
        return {"listed": made}, {"type": "boolean"}

    def holds(self) -> Any:
        with self.drawer.settling():
            return {"holds": self.drawer.condition(self.random.randint(1, 3), self.scope)}, {"type": "boolean"}

    def choose(self) -> Any:
        by, draw = self.near(self.random.choice(["boolean", "boolean", "code"])), self.random
        fact = self.drawer.declared(by)
        cases = ["true", "false"] if fact["type"] == "boolean" else [*fact.get("codes", ())]
        if fact["type"] == "code" and (fact.get("codes") != CODES or by in self.drawer.derived):
            return None
        if draw.random() < 0.5:
            unit, literals = {"unit": "%", "precision": 1}, ["50%", 100, "33.5", 0]
        else:
            unit, literals = {"unit": "元", "precision": 2}, [0, 1, "2元", "两元", {"parameter": "money"}]
        return {"choose": {"by": by, "cases": {case: draw.choice(literals) for case in cases}}, **unit}, {
            "type": "number", **unit,
        }  # fmt: skip

    # --- measures ---

    def rows(self, *kinds: str) -> tuple[str, bool] | None:
        """A list, and whether it is one of codes."""
        name = self.near(self.random.choice(kinds))
        if name is None or f"{name}[]" == self.scope:
            return None
        return name, self.drawer.declared(name).get("type") == "codes"

    def narrowed(self, name: str, *, codes: bool, where: float, plain: bool = False) -> Any:
        """Which rows count, and what tells them apart."""
        made: dict[str, Any] = {}
        if not codes:
            self.drawer.telling(made, self.scope, f"{name}[]")
        if self.random.random() < where:
            made["where"] = self.asked(name, codes=codes, plain=plain)
        return made

    def asked(self, name: str, *, codes: bool, plain: bool) -> Any:
        """What is asked of a row."""
        with self.drawer.settling():
            return self.drawer.row(self.random.randint(1, 2), f"{name}[]", codes, plain)

    def count(self) -> Any:
        found = self.rows("list", "list", "codes")
        if found is None:
            return None
        name, codes = found
        return {"count": name, **self.narrowed(name, codes=codes, where=0.8)}, {"type": "number"}

    def weighed(self) -> Any:
        found, draw = self.rows("list"), self.random
        if found is None:
            return None
        name, _ = found
        function = draw.choice(["sum", "sum", "highest", "lowest"])
        types = ["number"] if function == "sum" else ["number", "date", "moment"]
        pool = [p for t in types for p in self.drawer.types[t] if _home(p) == f"{name}[]"]
        if not pool:
            return None
        of = draw.choice(pool)
        kind = {key: v for key, v in self.drawer.declared(of).items() if key in ("type", "unit", "precision")}
        made = {function: of, **self.narrowed(name, codes=False, where=0.6, plain=function != "sum")}
        if function != "sum" and kind["type"] != "moment" and draw.random() < 0.3:
            made["on_empty"] = self.literal(kind)
        return made, kind

    def share(self) -> Any:
        draw = self.random
        made: dict[str, Any] = {}
        kind = {"type": "number", "unit": "%", "precision": 2}
        if draw.random() < 0.5:
            made["precision"] = kind["precision"] = draw.choice([0, 1])
        if not kind["precision"]:
            del kind["precision"]
        if draw.random() < 0.3:
            made["on_empty"] = draw.choice(["0%", {"parameter": "half"}, 100])
        if draw.random() < 0.3:
            part, whole = self.near("number"), self.near("number")
            if self.drawer.declared(part).get("unit") != self.drawer.declared(whole).get("unit"):
                whole = part
            return {**made, "share": part, "of": whole}, kind
        found = self.rows("list", "list", "codes")
        if found is None:
            return None
        name, codes = found
        made |= self.narrowed(name, codes=codes, where=1, plain=True)
        if draw.random() < 0.5:
            made["among"] = self.asked(name, codes=codes, plain=True)
        numbers = [p for p in self.drawer.types["number"] if _home(p) == f"{name}[]"]
        return {**made, "share": draw.choice(numbers) if numbers and draw.random() < 0.5 else name}, kind

    def points(self) -> Any:
        with self.drawer.settling():
            items = PointsDrawer(self.drawer, self.scope, plain=False).items(1)
        return {"points": items, "precision": 3}, {"type": "number", "unit": "分", "precision": 3}


def _home(path: str) -> str:
    head, found, _ = path.rpartition("[]")
    return head + found
