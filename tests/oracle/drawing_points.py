"""Random items of points, and what they give at least and at most, so that bounds are neither always nor never met."""

from __future__ import annotations

from math import floor, inf
from typing import Any

from tests.oracle.points import within
from tests.oracle.values import number

Item = dict[str, Any]
_GIVEN = [1, 2, 3, 5, "2.5", "0.5分", "1分", {"parameter": "score"}]
_EVERY = {"元": [1, 2, "1.50", "2元", {"parameter": "money"}], "岁": [1, 2, {"parameter": "age"}]}


class PointsDrawer:
    """Draws the items of one condition; `drawer` draws the conditions in them."""

    def __init__(self, drawer: Any, scope: str, *, plain: bool) -> None:
        self.drawer, self.scope, self.plain = drawer, scope, plain
        self.random = drawer.random

    def items(self, depth: int) -> list[Item]:
        """One to four items; most are conditions."""
        made = [
            {"when": child, "points": self.random.choice(_GIVEN)}
            for child in self.drawer.children(depth, self.scope, self.plain)
        ]
        return [item if self.random.random() < 0.55 else self.item(depth, item) for item in made]

    def item(self, depth: int, otherwise: Item) -> Item:
        """An item that is no condition, where one can be drawn."""
        draw = self.random
        kind = draw.choice(["number", "number", "rated", "rows", "rows", "granted", *("best_of", "sum_of") * 2])
        if kind in ("best_of", "sum_of") and depth > 0:
            made: Item = {kind: [otherwise, *self.items(depth - 1)][: draw.randint(1, 3)]}
            if kind == "sum_of" and draw.random() < 0.4:
                taken = [self.number(kind) for kind in draw.sample(["number", "rated"], draw.randint(1, 2))]
                made["minus"] = [item for item in taken if item is not None]
            if not made.get("minus", True):
                del made["minus"]
            return self.capped(made)
        if kind == "granted":
            return {"points": draw.choice(_GIVEN)}
        if kind == "rows":
            return self.rows(depth) or otherwise
        return self.number(kind) or otherwise

    def number(self, kind: str) -> Item | None:
        """Points of a number; one for each unit, or the number itself."""
        path = self.drawer.near("number", self.scope)
        if path is None or self.drawer.declared(path).get("precision", 0) > 2:
            return None
        draw, made = self.random, {"fact": path}
        if kind == "rated":
            if draw.random() < 0.5:
                made["times"] = draw.choice(["50%", "六成", "1.5倍", {"parameter": "half"}])
            return self.capped(made)
        choices = _EVERY.get(self.drawer.declared(path).get("unit", ""), [1, 2, {"parameter": "two"}])
        made |= {"every": draw.choice(choices), "points": draw.choice(_GIVEN)}
        if draw.random() < 0.4:
            made["from"] = draw.choice([0, *choices])
        return self.capped(made)

    def rows(self, depth: int) -> Item | None:
        """Points of the rows of a list."""
        draw, drawer = self.random, self.drawer
        name = drawer.near(draw.choice(["list", "list", "list", "codes"]), self.scope)
        if name is None or name == self.scope.removesuffix("[]"):
            return None
        made: Item = {"count": name, "points": draw.choice(_GIVEN)}
        codes = drawer.declared(name).get("type") == "codes"
        if draw.random() < 0.7:
            made["where"] = drawer.row(depth, f"{name}[]", codes, self.plain)
        if not codes:
            drawer.telling(made, self.scope, f"{name}[]")
        if draw.random() < 0.4:
            made["every"] = draw.choice([1, 2, "2人", {"parameter": "two"}])
        if draw.random() < 0.3:
            made["from"] = draw.choice([0, 1, {"parameter": "people"}])
        return self.capped(made)

    def capped(self, made: Item) -> Item:
        if self.random.random() < 0.5:
            made["at_most"] = self.random.choice([1, 3, "4分", 8, {"parameter": "score"}])
        return made


def ends(item: Item, drawer: Any, parameters: dict[str, Any]) -> tuple[float, float]:
    """The least and the most points of an item, by the declared ranges of its facts."""

    def said(key: str, otherwise: float) -> Any:
        value = item.get(key, otherwise)
        return number(parameters[value["parameter"]] if isinstance(value, dict) else value)

    most = said("at_most", inf)
    if "when" in item:
        return 0, said("points", 0)
    if "best_of" in item:
        each = [ends(inner, drawer, parameters) for inner in item["best_of"]]
        return within(max(e[0] for e in each), most), within(max(e[1] for e in each), most)
    if "sum_of" in item:
        each = [ends(inner, drawer, parameters) for inner in item["sum_of"]]
        less = [ends(inner, drawer, parameters) for inner in item.get("minus", ())]
        low, high = sum(e[0] for e in each) - sum(e[1] for e in less), sum(e[1] for e in each) - sum(e[0] for e in less)
        return within(low, most), within(high, most)
    if "count" in item:
        low = floor((0 - said("from", 0)) / said("every", 1)) * said("points", 0)
        return within(low, most), within(inf, most)
    if "fact" not in item:
        return (said("points", 0),) * 2
    declared = drawer.declared(item["fact"])
    low, high = (number(declared.get(key, end)) for key, end in (("at_least", -inf), ("at_most", inf)))
    if "every" in item:
        low, high = (n if abs(n) == inf else floor((n - said("from", 0)) / said("every", 1)) for n in (low, high))
        factor = said("points", 0)
    else:
        factor = {"50%": 0.5, "六成": 0.6, "1.5倍": 1.5}.get(_text(item.get("times", ""), parameters), 1)
    return within(low * factor, most), within(high * factor, most)


def _text(value: Any, parameters: dict[str, Any]) -> str:
    return str(parameters[value["parameter"]] if isinstance(value, dict) else value)
