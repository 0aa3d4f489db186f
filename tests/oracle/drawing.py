"""Random policies, applications and findings: whole, valid policy files, thresholds where the values lie.

Everything comes from `random.Random(seed)`, so a seed names a policy and its cases for ever. The one archived
document holds the one quote that every section cites.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from random import Random
from typing import Any

from tests.oracle.applications import CODES, DATES, LABELS, LEVELS, MARKS, TIMES, ApplicationDrawer
from tests.oracle.drawing_derived import DerivedDrawer
from tests.oracle.drawing_points import PointsDrawer, ends
from tests.oracle.evaluator import scored_in
from tests.oracle.values import PARTS, Dictionary, number

QUOTE = "申报单位须符合以下条件"
DOCUMENT = f"通知\n{QUOTE}，并提供以下材料。\n"
TABLES: dict[str, Any] = {
    "levels": {
        "table": "levels",
        "kind": "scale",
        "title": "等级",
        "entries": [
            {"code": "zero", "label": "无", "rank": 0, "none": True},
            {"code": "low", "label": "初级", "rank": 1, "aliases": ["三级", "初 级"]},
            {"code": "middle", "label": "中级", "rank": 2, "aliases": ["二级"]},
            {"code": "high", "label": "高级", "rank": 4, "aliases": ["一级"]},
            {"code": "high-too", "label": "特级", "rank": 4},
            {"code": "master", "label": "大师", "counts_as": ["high", "pupil"]},
            {"code": "pupil", "label": "徒弟", "counts_as": ["low"]},
        ],
    },
    "names": {
        "table": "names",
        "kind": "list",
        "title": "名单",
        "entries": [
            {"name": "11", "until": "2024-03-01"},
            {"name": "11", "from": "2024-03-31"},
            {"name": "AB", "from": "2024-02-29", "until": "2024-03-31", "note": "暂列"},
            {"name": "海运", "aliases": ["甲", "11010519491231002X"]},
            {"name": "工业", "from": "2023-02-28"},
        ],
    },
    "forms": {
        "table": "forms",
        "kind": "formats",
        "title": "格式",
        "formats": {"digits": {"label": "两位数字", "pattern": "[0-9]{2}"}},
    },
}
_WEIGHING = ("sum", "highest", "lowest", "share")
_SPANS = ["1个月", "3年", "1天", "1年1个月", "12个月", "30天", "1个月1天", "三年", "一年半", "半年", "十二个月"]
_PARAMETERS = {
    "years": "3年",
    "month": "1个月",
    "two": "2",
    "people": "2人",
    "money": "2元",
    "age": "3岁",
    "level": "中级",
    "half": "50%",
    "score": "1.5分",
}

Condition = dict[str, Any]


@dataclass(frozen=True)
class Options:
    """What random policies may hold: invariants are tested on fewer constructs than verdicts."""

    absences: bool = True  # absent_is_none and on_blank: a blank that counts as something
    duplicates: bool = True  # distinct_by and excluding
    trust: bool = True
    depth: int = 5


@dataclass
class Drawer(ApplicationDrawer):
    """Draws one policy, and then applications to it."""

    options: Options = Options()
    types: dict[str, list[str]] = field(default_factory=dict)  # fact type -> paths
    derived: dict[str, Any] = field(default_factory=dict)
    kinds: dict[str, Any] = field(default_factory=dict)  # derived fact -> what it is, as a declared fact says it
    deadline: dict[str, Any] | None = None  # of the head
    ids: int = 0
    naming: bool = True
    alone: bool = False  # nothing that only people could answer
    room: int = 0  # conditions left in this section
    targets: list[tuple[str, bool]] = field(default_factory=list)  # to meet: name, and whether a negation may
    scored: dict[str, Any] = field(default_factory=dict)  # those of them that give points, with what they give

    # --- facts ---

    def dictionary(self) -> None:
        """The data dictionary: every type at the root, in a group, in a list and in a list inside it."""
        draw = self.random
        root = self.fields("root")
        root["day"] = {"type": draw.choice(["date", "date", "moment"]), "label": "申报日期"}
        self.deadline = draw.choice([None, {"at": None}, {"at": draw.choice(DATES)}, {"at": draw.choice(TIMES)}])
        root["group"] = {"label": "组", "fields": self.fields("group")}
        inner = {"label": "项目", "list": True, "fields": self.fields("inner")}
        root["people"] = {"label": "成员", "list": True, "fields": {**self.fields("row"), "items": inner}}
        root["prizes"] = {"label": "奖项", "list": True, "fields": self.fields("row")}
        if self.options.absences:
            root["prizes"]["absent_is_none"] = draw.random() < 0.5
            inner["absent_is_none"] = draw.random() < 0.3
        self.facts = root
        self.index(root, "")
        if self.options.trust:
            self.distrust(root, "")
        for scope in ("", "people[]", "prizes[]"):
            DerivedDrawer(self, scope).draw()
        # What is computed of the whole may rest on what is computed of rows.
        DerivedDrawer(self, "").draw("z", ["holds", "count", "weighed", "share", "points", "total"])

    def fields(self, where: str) -> dict[str, Any]:
        draw = self.random
        every = {
            "b": {"type": "boolean"},
            "b2": {"type": "boolean"},
            "e": {"type": "evidence"},
            "e2": {"type": "evidence"},
            "t": {"type": "text"},
            "n": {"type": "number", "unit": "元", "precision": 2},
            "n2": {"type": "number", "unit": "元", "precision": 2},
            "k": {"type": "number"},
            "y": {"type": "number", "unit": "岁"},
            "g": {"type": "number", "unit": "元", "precision": 2, "at_least": "0元", "at_most": 4},
            "h": {"type": "number", "at_least": 1},
            "d": {"type": "date"},
            "d2": {"type": "date"},
            "mo": {"type": "moment"},
            "mo2": {"type": "moment"},
            "c": {"type": "code", "codes": CODES},
            "o": {"type": "code", "codes": LABELS, "open": True},
            "m": {"type": "code", "codes": MARKS, "ordered": True},
            "r": {"type": "code", "table": "levels", "open": True},
            "r2": {"type": "code", "table": "levels", "open": True},
            "v": {"type": "code", "table": "levels"},
            "s": {"type": "codes", "codes": CODES},
            "w": {"type": "codes", "codes": LABELS, "open": True},
            "i": {"type": "identity_number"},
        }
        if where in ("group", "inner"):
            every = {name: every[name] for name in draw.sample(sorted(every), 6)}
        return {name: {**fact, "label": name} for name, fact in every.items()}

    def index(self, fields: dict[str, Any], prefix: str) -> None:
        for name, fact in fields.items():
            path = f"{prefix}{name}"
            if "fields" in fact:
                self.index(fact["fields"], f"{path}[]." if fact.get("list") else f"{path}.")
                if fact.get("list"):
                    self.types.setdefault("list", []).append(path)
                continue
            self.types.setdefault(fact["type"], []).append(path)
            if fact["type"] == "codes":
                self.types.setdefault("element", []).append(f"{path}[]")

    def distrust(self, fields: dict[str, Any], prefix: str) -> None:
        """Some fields count only when truth values beside them, never doubted, say so."""
        for name, fact in fields.items():
            if "fields" in fact:
                self.distrust(fact["fields"], f"{prefix}{name}[]." if fact.get("list") else f"{prefix}{name}.")
            elif fact["type"] not in ("boolean", "evidence") and self.random.random() < 0.08:
                kept, self.types = self.types, {"boolean": self.types["boolean"]}
                fact["trusted_when"] = self.unnamed(2, prefix.rstrip("."), plain=True)
                self.types = kept

    def near(self, kind: str, scope: str) -> str | None:
        """A fact of that type that a condition about a row of `scope` may name, mostly the row's own."""
        known = [p for p in self.types.get(kind, []) if _home(p) == "" or scope.startswith(_home(p))]
        own = [p for p in known if _home(p) == scope]
        return self.random.choice(own if own and self.random.random() < 0.8 else known) if known else None

    def declared(self, path: str) -> dict[str, Any]:
        if path in self.kinds:
            return dict(self.kinds[path])
        found: dict[str, Any] = {"fields": self.facts}
        for name in path.split("."):
            found = found["fields"][name.removesuffix("[]")]
        return found

    # --- conditions ---

    def section(self, key: str, name: str, depth: int, room: int) -> Condition:
        self.ids, self.room = 0, room
        root = self.condition(depth, "", root=True)
        made = {"label": name, "cite": {"clause": "一", "quote": QUOTE}, **root}
        self.targets += [(key, self.is_plain(c)) for key, c in _targets(key, made)]
        self.scored |= {key: c["points"] for key, c in _targets(key, made) if "points" in c}
        if {"one", "two"} <= dict(self.targets).keys() and "criteria" not in dict(self.targets):
            both = dict(self.targets)["one"] and dict(self.targets)["two"]
            self.targets += [("criteria", both)] * 5
        return made

    def is_plain(self, c: Condition) -> bool:
        """Whether a condition may stand under a negation: neither it nor what it meets has modifiers."""
        if {"on_miss", "in_principle", "open_list", "exempt_when"} & {*c} or c.get("gates") is False:
            return False
        if "meets" in c:
            return dict(self.targets)[c["meets"]]
        return all(self.is_plain(inner) for inner in (*_below(c), *_counted(c.get("points", ()))))

    def condition(self, depth: int, scope: str, *, plain: bool = False, root: bool = False) -> Condition:
        """A condition about a row of `scope`; `plain`: under a negation, where modifiers have no meaning."""
        draw = self.random
        self.room -= 1
        if depth <= 0 or self.room <= 0 or (not root and draw.random() < 0.3):
            made = self.leaf(scope)
        else:
            kinds = [
                self.fold,
                self.fold,
                self.negation,
                self.n_of,
                self.when,
                self.rows,
                self.rows,
                self.points,
                *([] if self.alone else [self.meets, self.readings]),
            ]
            made = draw.choice(kinds)(depth - 1, scope, plain)
        if not root and draw.random() < 0.4:
            self.name(made)
        if not plain and draw.random() < 0.15 and not self.alone:
            made.update(draw.choice([{"on_miss": "review"}, {"in_principle": True}, {"open_list": True}]))
        if not plain and draw.random() < 0.07:
            made["exempt_when"] = self.condition(depth - 2, scope)
        return made

    def amounts(self) -> list[dict[str, Any]]:
        """Fixed sums, most of them for those who meet something."""
        made = []
        for place in range(self.random.randint(1, 3)):
            amount = {"label": f"款{place}", "amount": self.random.choice(["3元", "10万元", {"parameter": "money"}])}
            if self.random.random() < 0.8:
                self.room = 3
                amount["when"] = (
                    {"meets": self.random.choice(self.targets)[0]}
                    if self.random.random() < 0.7
                    else self.unnamed(2, "")
                )
                amount["cite"] = {"clause": "一", "quote": QUOTE}
            made.append(amount)
        return made

    def unnamed(self, depth: int, scope: str, *, plain: bool = False) -> Condition:
        """A condition in which nothing has an id: no finding can be about it."""
        kept, self.naming = self.naming, False
        made = self.condition(depth, scope, plain=plain)
        self.naming = kept
        return made

    @contextmanager
    def settling(self) -> Iterator[None]:
        """What is drawn meanwhile is settled without people, for a fact to be computed from."""
        kept = self.alone, self.naming
        self.alone, self.naming, self.room = True, False, 6
        yield
        self.alone, self.naming = kept

    def name(self, made: Condition) -> None:
        if self.naming and "id" not in made:
            self.ids += 1
            made["id"] = f"c{self.ids}"

    def children(self, depth: int, scope: str, plain: bool) -> list[Condition]:
        found = [self.condition(depth, scope, plain=plain) for _ in range(self.random.randint(1, 4))]
        for child in found[1:]:
            if not plain and self.random.random() < 0.1 and not self.alone:
                if self.random.random() < 0.7:
                    child.clear()
                    child.update({"judgement": "如何"})
                    self.name(child)
                    self.evidence(child, scope)
                child.update({"gates": False})
        return found

    def fold(self, depth: int, scope: str, plain: bool) -> Condition:
        key = self.random.choice(["all", "all", "any", "any", "none"])
        return {key: self.children(depth, scope, plain or key == "none")}

    def negation(self, depth: int, scope: str, plain: bool) -> Condition:
        child = self.condition(depth, scope, plain=True)
        # What a negation of a conditional means is not laid down; the negation of a fold that holds one is.
        return {"not": {"all": [child]} if {"when", "not"} & {*child} else child}

    def n_of(self, depth: int, scope: str, plain: bool) -> Condition:
        children = self.children(depth, scope, plain)
        most = len(children)
        needed: Any = self.random.randint(1, most)
        if self.random.random() < 0.3 and not self.alone:
            needed = {"甲": needed, "乙": self.random.randint(1, most)}
        elif most >= 2 and self.random.random() < 0.2:
            needed = {"parameter": self.random.choice(["two", "people"])}
        return {"n_of": children, "at_least": needed}

    def points(self, depth: int, scope: str, plain: bool) -> Condition:
        draw = self.random
        operator = draw.choice(["at_least", "at_least", "at_least", "more_than", "at_most", "less_than", "between"])
        items = PointsDrawer(self, scope, plain=plain or operator not in ("at_least", "more_than")).items(depth)
        if not sum(ends(item, self, _PARAMETERS)[1] for item in items):
            items.append({"points": 1})
        operator, bound = self.bound_of_points(operator, items)
        return {"points": items, operator: bound}

    def bound_of_points(self, operator: str, items: list[Condition]) -> tuple[str, Any]:
        """A bound that the points may meet or miss; one that is never below what all have is "more than"."""
        draw = self.random
        each = [ends(item, self, _PARAMETERS) for item in items]
        least, total = float(sum(end[0] for end in each)), float(sum(end[1] for end in each))
        middle = [total / 2, total] if total < inf else [least + 4, 10]
        low, high = sorted(draw.choice([0.5, 1, 1.5, 2, 3, 5, 7, least, *middle]) for _ in range(2))
        if operator in ("at_least", "between"):
            low = min(low, total)
        elif operator == "more_than":
            low = max(min(low, total - 0.5), 0)
        elif operator == "less_than":
            low = max(low, 0.5)
        if operator == "at_least" and low <= least:
            operator, low = ("at_least", least + 0.5) if least + 0.5 <= total else ("more_than", total - 0.5)
        low, high = (_trimmed(end) for end in (low, high))
        bound: Any = [f"{low:g}", f"{high:g}分"] if operator == "between" else f"{low:g}"
        if operator in ("at_most", "less_than") and draw.random() < 0.2:
            bound = {"parameter": "score"}
        return operator, bound

    def meets(self, depth: int, scope: str, plain: bool) -> Condition:
        names = [name for name, negatable in self.targets if negatable or not plain]
        if scope or not names:
            return self.fold(depth, scope, plain)
        scored = [name for name in names if name in self.scored]
        if not scored or self.random.random() < 0.5:
            return {"meets": self.random.choice(names)}
        name = self.random.choice(scored)
        operator = self.random.choice(["at_least", "at_least", "more_than", "at_most", "less_than", "between"])
        if not dict(self.targets)[name] and operator not in ("at_least", "more_than"):
            operator = "at_least"
        operator, bound = self.bound_of_points(operator, self.scored[name])
        return {"meets": name, operator: bound}

    def when(self, depth: int, scope: str, plain: bool) -> Condition:
        made = {
            "when": self.unnamed(depth, scope, plain=True),
            "then": self.condition(depth, scope, plain=plain),
        }
        if self.random.random() < 0.4:
            made["else"] = self.condition(depth, scope, plain=plain)
        return made

    def readings(self, depth: int, scope: str, plain: bool) -> Condition:
        names = ["甲", "乙", "丙"][: self.random.randint(2, 3)]
        return {"readings": {name: self.condition(depth, scope, plain=plain) for name in names}}

    def rows(self, depth: int, scope: str, plain: bool) -> Condition:
        draw = self.random
        name = self.near(draw.choice(["list", "list", "list", "codes"]), scope)
        if name is None or name == scope.removesuffix("[]"):
            return self.leaf(scope)
        inner, kind = f"{name}[]", draw.choice(["count", "count", "every", "some", *_WEIGHING, *_WEIGHING])
        codes = self.declared(name).get("type") == "codes"
        if kind in _WEIGHING:
            return self.weighing(kind, depth, scope, name, plain=plain)
        where = draw.random() < (0.8 if kind == "count" else 0.3)
        if kind != "count":
            made: Condition = {kind: name, "that": self.row(depth, inner, codes, plain)}
            self.telling(made, scope, inner)
            self.empty(made)
            if where:
                made["where"] = self.row(depth, inner, codes, plain or kind == "every" or "on_empty" in made)
            if kind == "every" and self.options.absences and draw.random() < 0.2:
                made["on_blank"] = draw.choice(["satisfied", "not_satisfied", "unknown", "needs_review"])
            return made
        operator = draw.choice(["at_least"] * 4 + ["at_most", "more_than", "less_than", "is", "between"])
        made = {"count": name}
        if where:
            made["where"] = self.row(depth, inner, codes, plain or operator not in ("at_least", "more_than"))
        self.telling(made, scope, inner)
        bounds: Any = draw.randint(0, 3)
        if operator == "between":
            bounds = sorted([bounds, draw.randint(0, 3)])
        elif operator == "less_than":
            bounds = max(bounds, 1)
        elif draw.random() < 0.2:
            bounds = draw.choice(["2人", "三人", {"parameter": "people"}, {"parameter": "two"}])
        return {**made, operator: bounds}

    def telling(self, made: Condition, scope: str, inner: str) -> None:
        """What tells rows apart, and which of them are left out."""
        draw = self.random
        keyed = [p for k in ("text", "identity_number", "code") for p in self.types[k] if _home(p) == inner]
        keyed = [p for p in keyed if p not in self.derived]
        if self.options.duplicates and keyed and draw.random() < 0.6:
            made["distinct_by"] = draw.choice(keyed)
            same = self.near(self.declared(made["distinct_by"])["type"], scope)
            if same and draw.random() < 0.5 and self.alike(same, made["distinct_by"]):
                made["excluding"] = same

    def empty(self, made: Condition) -> None:
        """What is said of no row counting."""
        if self.random.random() < 0.3:
            made["on_empty"] = self.random.choice(["satisfied", "not_satisfied", "unknown", "needs_review"])

    def weighing(self, kind: str, depth: int, scope: str, name: str, *, plain: bool) -> Condition:
        """A condition that weighs the rows of a list, or compares two numbers."""
        draw, inner = self.random, f"{name}[]"
        if kind == "share":
            return self.share(depth, scope, name, plain=plain)
        types = ["number"] if kind == "sum" else ["number", "number", "date", "moment", "code"]
        pool = [(p, t) for t in types for p in self.types.get(t, []) if _home(p) == inner]
        pool += [(p, "code") for p in self.types["element"] if kind != "sum" and p == inner]
        pool = [(p, t) for p, t in pool if t != "code" or self.declared(p).get("table")]
        if not pool:
            return self.leaf(scope)
        path, fact_type = draw.choice(pool)
        operators = ["at_least", "at_least", "at_most", "more_than", "less_than", "is", "between"]
        if fact_type in ("date", "moment"):
            operators = ["on_or_after", "on_or_before", "before", "after", "is", "between"]
        operator = draw.choice(operators)
        # What a sum is compared with stands where the condition does, what a row is where the list does.
        around = scope if kind == "sum" else _home(name)
        low, high = (self.operand(path, fact_type, around, outside=True) for _ in range(2))
        made: Condition = {kind: path}
        self.telling(made, scope, inner)
        self.empty(made)
        by_one = (
            ("at_least", "more_than", "on_or_after", "after")
            if kind != "lowest"
            else ("at_most", "less_than", "on_or_before", "before")
        )
        if draw.random() < 0.6:
            made["where"] = self.row(depth, inner, False, plain or operator not in by_one or "on_empty" in made)
        if operator != "between":
            return {**made, operator: low}
        moving = any(isinstance(x, dict) and "fact" in x for x in (low, high))
        return {
            **made,
            "between": [low, high]
            if moving
            else sorted([low, high], key=lambda x: _order(x, fact_type, self.declared(path))),
        }

    def share(self, depth: int, scope: str, name: str, *, plain: bool) -> Condition:
        """A share of rows, of a sum, or of one number in another."""
        draw, inner = self.random, f"{name}[]"
        codes = self.declared(name).get("type") == "codes"
        operator = draw.choice(["at_least", "at_least", "at_most", "more_than", "less_than", "between"])
        parts = ["50%", "1/3", "三分之一", "六成", "0%", "0.25", "1:3", "1：20", {"parameter": "half"}]
        bounds: Any = draw.choice(parts)
        if operator == "between":
            bounds = sorted(draw.sample(parts, 2), key=lambda x: _order(x, "share", {}))
        part, whole = (self.near("number", scope) for _ in range(2))
        if draw.random() < 0.25 and part and whole:
            if any(self.declared(part).get(k) != self.declared(whole).get(k) for k in ("unit", "precision")):
                whole = part
            made: Condition = {"share": part, "of": whole, operator: bounds}
            self.empty(made)
            return made
        numbers = [p for p in self.types["number"] if _home(p) == inner]
        made = {"share": draw.choice(numbers) if numbers and draw.random() < 0.5 else name}
        self.empty(made)
        if not codes:
            self.telling(made, scope, inner)
        low_end = operator in ("at_least", "more_than")
        made["where"] = self.row(depth, inner, codes, plain or not low_end)
        if draw.random() < 0.5:
            made["among"] = self.row(depth - 1, inner, codes, True)
        return {**made, operator: bounds}

    def row(self, depth: int, inner: str, codes: bool, plain: bool) -> Condition:
        """A condition about a row; a row of a list of codes is a code."""
        if not codes:
            return self.condition(depth, inner, plain=plain)
        kept, self.types = self.types, {"code": [inner]}
        made = self.condition(min(depth, 1), inner, plain=plain)
        self.types = kept
        return made

    def alike(self, one: str, other: str) -> bool:
        return {**self.declared(one), "label": ""} == {**self.declared(other), "label": ""}

    # --- leaves ---

    def leaf(self, scope: str) -> Condition:
        draw = self.random
        kinds = [
            "boolean",
            "boolean",
            "evidence",
            "text",
            "number",
            "number",
            "date",
            "date",
            "moment",
            "moment",
            "code",
            "code",
            "codes",
        ]
        kinds += ["judgement", "list", "identity_number"]
        while True:
            kind = draw.choice(kinds)
            if kind == "judgement":
                if "evidence" in self.types and not self.alone:
                    return self.evidence({"judgement": "如何"}, scope)
                continue
            path = self.near(kind, scope)
            if path is not None and path != scope.removesuffix("[]"):
                return {"fact": path, **self.comparison(path, kind, scope)}

    def evidence(self, made: Condition, scope: str) -> Condition:
        names = [self.near("evidence", scope) for _ in range(self.random.choice([0, 1, 1, 1, 2]))]
        if names and None not in names:
            made["evidence"] = names if len(names) > 1 else names[0]
        return made

    def comparison(self, path: str, kind: str, scope: str) -> Condition:
        draw = self.random
        if not path.endswith("[]") and (kind in ("evidence", "list") or draw.random() < 0.15):
            return {draw.choice(["given", "given", "answered"]): True}
        if kind in ("text", "identity_number"):
            return {"format": "digits"} if kind == "text" else {"answered": True}
        if kind == "boolean":
            return {draw.choice(["is", "is", "is_not"]): draw.random() < 0.6}
        fact = self.declared(path)
        if kind in ("code", "codes"):
            pool = fact["codes"] if isinstance(fact.get("codes"), list) else [*CODES, *CODES.values()]
            pool = LEVELS if "table" in fact else pool
            some = draw.sample(pool, draw.randint(1, 2))
            if kind == "codes":
                return {draw.choice(["contains_any", "contains_all"]): some}
            if ("table" not in fact and "ordered" not in fact) or draw.random() < 0.4:
                operator = draw.choice(["is", "is_not", "in", "not_in"])
                return {operator: some if operator in ("in", "not_in") else some[0]}
        dated = kind in ("date", "moment")
        if dated and path != "day" and draw.random() < 0.2:
            span = draw.choice([*_SPANS, {"parameter": "years"}, {"parameter": "month"}])
            return {draw.choice(["within", "for_at_least"]): span}
        if dated and self.in_time(kind) and draw.random() < 0.3:
            return {draw.choice(["on_or_after", "on_or_before", "on_or_before", "before", "after"]): "deadline"}
        low, high = (self.operand(path, kind, scope) for _ in range(2))
        if draw.random() < 0.15:
            moving = any(isinstance(x, dict) and "fact" in x for x in (low, high))
            return {"between": [low, high] if moving else sorted([low, high], key=lambda x: _order(x, kind, fact))}
        if dated:
            operator = draw.choice(["on_or_after"] * 3 + ["on_or_before"] * 2 + ["before", "after", "is", "is_not"])
            if kind == "moment" and operator not in ("is", "is_not") and draw.random() < 0.1:
                low = TIMES[-1]
            return {operator: low}
        operators = ["at_least", "at_least", "at_most", "more_than", "less_than", "is", "is_not"]
        return {draw.choice(operators[:-2] if kind == "code" else operators): low}

    def operand(self, path: str, kind: str, scope: str, *, outside: bool = False) -> Any:
        """What a fact is compared with; `outside`: by a condition that does not stand in the row of the fact."""
        draw, fact = self.random, self.declared(path)
        dated = kind in ("date", "moment")
        other = self.near(draw.choice(["date", "moment"]) if dated else kind, scope)
        if other and outside and _home(other) != "" and _home(other) == _home(path):
            other = None
        if (
            other
            and other != path
            and draw.random() < 0.35
            and not other.endswith("[]")
            and self.comparable(other, path)
        ):
            made: Condition = {"fact": other}
            if dated and draw.random() < 0.7:
                made[draw.choice(["plus", "minus"])] = draw.choice(
                    [*_SPANS, {"parameter": "years"}, {"parameter": "month"}]
                )
            elif kind == "number" and draw.random() < 0.5:
                shift = {"元": ["1", "0.50元", {"parameter": "money"}], "岁": ["1岁", {"parameter": "age"}]}
                made[draw.choice(["plus", "minus"])] = draw.choice(
                    shift.get(fact.get("unit", ""), ["1", {"parameter": "two"}])
                )
            if kind == "number" and draw.random() < 0.3:
                made["times"] = draw.choice([*filter(PARTS.get, PARTS), {"parameter": "half"}])
            elif kind == "number" and draw.random() < 0.3:
                made["growth"] = draw.choice([*PARTS, {"parameter": "half"}])
                if draw.random() < 0.6:
                    made["years"] = draw.choice([1, 2, 3, "2年"])
            return made
        if dated:
            return draw.choice(DATES if kind == "date" else [*DATES, *TIMES[:-1]])
        if kind == "code" and "ordered" in fact:
            return draw.choice(fact["codes"])
        if kind == "code":
            return {"parameter": "level"} if draw.random() < 0.2 else draw.choice(LEVELS)
        choices = {
            "元": [1, 2, "1.50", "2元", "1.01", 3, "两元", {"parameter": "money"}],
            "岁": [1, 2, "3岁", {"parameter": "age"}],
            "%": [0, 33, "33%", 50, "100%", 100],
            "分": [0, 1, "2.5分", 3, "2.5", 5],
        }
        return draw.choice(choices.get(fact.get("unit", ""), [0, 1, 2, 3, {"parameter": "two"}]))

    def in_time(self, kind: str) -> bool:
        """Whether a fact may be held against the deadline: a date only against one without a time."""
        at = None if self.deadline is None else self.deadline["at"]
        if self.deadline is None or (at is None and self.alone):  # people decide of one that is not known
            return False
        return kind == "moment" or at is None or ":" not in at or "24:00" in at

    def comparable(self, one: str, other: str) -> bool:
        """Facts are compared with facts of the same unit, scale and vocabulary."""
        keys = ("type", "unit", "precision", "table", "open", "codes", "ordered")
        if {self.declared(path)["type"] for path in (one, other)} <= {"date", "moment"}:
            return True
        return all(self.declared(one).get(key) == self.declared(other).get(key) for key in keys)


def policy(seed: int, options: Options = Options()) -> tuple[dict[str, Any], Drawer]:
    """A whole policy file as data, and what draws applications for it."""
    drawer = Drawer(Random(f"policy {seed}"), options=options)
    drawer.dictionary()
    depth = options.depth
    parameters = {name: {"label": name, "value": value} for name, value in _PARAMETERS.items()}
    data = {
        "language": 1,
        "policy": f"p{seed}",
        "edition": "2024",
        "title": "政策",
        "authority": "机关",
        "effective": {"from": "2024-01-01"},
        "date": "day",
        "notice": "notice",
        "documents": {"notice": {"title": "通知", "text": "documents/notice.txt"}},
        "parameters": parameters,
        "facts": drawer.facts,
        **_sections(drawer, depth),
    }
    data["award"] = {"amounts": drawer.amounts()}
    if drawer.deadline is not None:
        data["deadline"] = drawer.deadline
    data["derived"] = _used(drawer.derived, json.dumps(data, ensure_ascii=False))
    drawer.facts = data["facts"] = _needed(drawer.facts, "", json.dumps(data, ensure_ascii=False))
    return data, drawer


def _used(derived: dict[str, Any], said: str) -> dict[str, Any]:
    """The derived facts that some condition or another of them names; those come before it."""
    kept: dict[str, Any] = {}
    for name, entry in reversed(derived.items()):
        if f'"{name}"' in said:
            kept[name] = entry
            said += json.dumps(entry, ensure_ascii=False)
    return kept


def _sections(drawer: Drawer, depth: int) -> dict[str, Any]:
    """The sections as a file has them, drawn so that each may meet those drawn before it: there is no circle."""
    plan = {
        "low": ("低", 3, 5),
        "preferences": ("倾斜", 2, 4),
        "formalities": ("形式", 2, 4),
        "two": ("二", depth, 12),
        "high": ("高", 3, 6),
        "materials": ("材料", 2, 5),
        "one": ("一", depth, 24),
        "scope": ("范围", 2, 4),
    }
    drawn = {key: drawer.section(key, *what) for key, what in plan.items()}
    return {
        "scope": drawn["scope"],
        "criteria": {key: drawn[key] for key in ("one", "two")},
        "tiers": {key: drawn[key] for key in ("high", "low")},
        **{key: drawn[key] for key in ("materials", "formalities", "preferences")},
    }


def _below(c: Condition) -> list[Condition]:
    """The conditions directly below one."""
    found = [x for key in ("all", "any", "none", "n_of") for x in c.get(key, ())]
    found += scored_in(c.get("points", ())) + list(c.get("readings", {}).values())
    return found + [c[key] for key in ("not", "when", "then", "else", "where", "that", "among") if key in c]


def _targets(key: str, c: Condition, root: bool = True) -> list[tuple[str, Condition]]:
    """A section and the conditions in it that have an id, without those about rows."""
    found = [(key, c)] if root else [(f"{key}.{c['id']}", c)] if "id" in c else []
    if {"count", "every", "some", "sum", "highest", "lowest", "share"} & {*c}:
        return found
    return found + [target for inner in _below(c) for target in _targets(key, inner, root=False)]


def _counted(items: list[Condition]) -> list[Condition]:
    """The conditions that say which rows give points."""
    found = [x["where"] for x in items if "where" in x]
    return found + [c for x in items for key in ("best_of", "sum_of") for c in _counted(x.get(key, ()))]


def _trimmed(points: float) -> float:
    """Points with no more decimals than they may have."""
    return round(points, 3)


def _needed(fields: dict[str, Any], prefix: str, used: str) -> dict[str, Any]:
    """The fields that some condition names, and one more of each group: reading the rest only costs time."""
    kept = {}
    for name, fact in fields.items():
        path = f"{prefix}{name}"
        if "fields" in fact:
            inner = _needed(fact["fields"], f"{path}[]." if fact.get("list") else f"{path}.", used)
            kept[name] = {**fact, "fields": inner}
        elif not kept or any(f'"{path}{end}"' in used for end in ("", "[]")) or path == "day":
            kept[name] = fact
    return kept


def write(folder: Path, policies: list[dict[str, Any]]) -> None:
    """A policies folder: JSON is YAML."""
    (folder / "tables").mkdir(parents=True)
    for name, table in TABLES.items():
        (folder / "tables" / f"{name}.yaml").write_text(json.dumps(table, ensure_ascii=False), encoding="utf-8")
    for data in policies:
        home = folder / data["policy"]
        (home / "documents").mkdir(parents=True)
        (home / "documents" / "notice.txt").write_text(DOCUMENT, encoding="utf-8")
        (home / "2024.yaml").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")


def _home(path: str) -> str:
    """The list whose row a fact stands in."""
    head, found, _ = path.rpartition("[]")
    return head + found


def _order(literal: Any, kind: str, fact: dict[str, Any]) -> Any:
    literal = _PARAMETERS[literal["parameter"]] if isinstance(literal, dict) else literal
    if kind == "share":
        return PARTS[literal]
    if kind == "number":
        return number(literal)
    if kind == "code" and "ordered" in fact:
        return fact["codes"].index(literal)
    if kind == "code":
        return Dictionary({"facts": {"x": fact}}, TABLES).entry("x", literal)["rank"]
    return literal
