"""Random applications and findings: values from small pools, so that equal keys and edges are frequent."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

CODES = {"a": "甲", "b": "乙", "c": "丙", "d": "丁"}
LABELS = ["农业", "工业", "商业"]
LEVELS = ["无", "初级", "中级", "高级", "特级", "二级", "low", "大师", "徒弟"]
MARKS = ["差", "中", "好"]
NAMES = ["11", "AB", "a b", "海运", "工业", "甲", "丁"]
DATES = ["2024-01-31", "2024-02-29", "2024-03-31", "2024-03-01", "2023-02-28", "2024-04-30", "2021-03-31"]
MONTHS = ["2024-02", "2024年3月", "2023.2", "2021-03", "2024/1", "2024年03月"]
TIMES = ["2024-01-31 17:00", "2024-02-29 17:00:01", "2024-03-31 00:00", "2024-03-30 23:59", "2024-04-30 24:00"]
MOMENTS = [
    "2024-01-31 17:00", "2024-01-31T17:00:01", "2024-02-29T09:00:00Z", "2024-02-29T17:00:01+08:00", "2024-03-31 00:00",
    "2024-03-30T23:59:59", "2024-03-31T15:59:59Z", "2024-03-31T16:00:00Z", "2023年2月28日17:00", "2024-04-30 24:00",
    "2024-05-01 00:00", "2024-02-29", "2024-03-31", "2024-03",
]  # fmt: skip
KEYS = ["11", "22", "33", "a b", "AB", "甲", "x3"]
NUMBERS = ["11010519491231002X", "440524188001010014", "11010519491231002x"]


@dataclass
class ApplicationDrawer:
    """Draws applications by a data dictionary."""

    random: Random
    facts: dict[str, Any] = field(default_factory=dict)

    def application(self, blank: float) -> dict[str, Any]:
        return self.object(self.facts, blank)

    def object(self, fields: dict[str, Any], blank: float) -> dict[str, Any]:
        made = {}
        for name, fact in fields.items():
            roll = self.random.random()
            if roll < blank / 2:
                continue
            listed = fact.get("list") or fact.get("type") == "codes"
            stated_none = listed and self.random.random() < 0.05
            none = self.random.choice([False, "无"]) if stated_none else None
            made[name] = None if roll < blank else none if stated_none else self.value(fact, blank)
        return made

    def value(self, fact: dict[str, Any], blank: float) -> Any:
        draw = self.random
        if "fields" in fact:
            if not fact.get("list"):
                return self.object(fact["fields"], blank)
            return [self.object(fact["fields"], blank) for _ in range(draw.choice([0, 1, 1, 2, 2, 3, 4]))]
        kind = fact["type"]
        if kind == "boolean":
            return draw.random() < 0.6
        if kind == "evidence":
            return draw.choice([True, True, "有", "说明", False, "无", ""])
        if kind == "text":
            return draw.choice([*KEYS, KEYS[0], KEYS[1], "", " "])
        if kind == "identity_number":
            return draw.choice([*NUMBERS, NUMBERS[0], "", "123"])
        if kind == "number":
            numbers = [0, 1, 2, 2, 3, 4, -1] + ([1.5, 2.01, 1.99, 1.01, 0.5] if fact.get("precision") else [])
            least = {"0元": 0, 1: 1}.get(fact.get("at_least"), -1)
            return draw.choice([n for n in numbers if n >= least])
        if kind == "date":
            return draw.choice(DATES + MONTHS)
        if kind == "moment":
            return draw.choice(MOMENTS)
        if "table" in fact:
            pool = list(LEVELS)
        else:
            pool = list(fact["codes"]) + (list(CODES.values()) if isinstance(fact["codes"], dict) else [])
        if fact.get("open"):
            pool += ["其他", "海运"]
        return [draw.choice(pool) for _ in range(draw.choice([0, 1, 1, 2]))] if kind == "codes" else draw.choice(pool)


def cases(
    seed: int, count: int, drawer: ApplicationDrawer, policy_data: dict[str, Any]
) -> list[tuple[dict[str, Any], list[Any]]]:
    """Applications, every third one with findings."""
    drawer.random = Random(f"cases {seed}")
    made = []
    for number in range(count):
        application = drawer.application(drawer.random.choice([0.0, 0.05, 0.2, 0.5]))
        made.append((application, findings(drawer.random, policy_data) if number % 3 == 2 else []))
    return made


def findings(draw: Random, policy_data: dict[str, Any]) -> list[dict[str, Any]]:
    """A few findings about sections and conditions of the policy."""
    names = sorted(names_in(policy_data))
    return [
        {
            "about": draw.choice(names),
            "kind": draw.choice(["judgement", "judgement", "exception"]),
            "result": draw.choice(["upheld", "rejected"]),
            "by": "评审组",
            "on": draw.choice(["2024-07-01", "2024-07-02"]),
            "reason": "评议",
        }
        for _ in range(draw.randint(1, 5))
    ]


def names_in(policy_data: dict[str, Any]) -> list[str]:
    """Every "section" and "section.condition" of a policy."""
    fixed = ("scope", "materials", "formalities", "preferences")
    sections = {
        **{name: policy_data[name] for name in fixed if name in policy_data},
        **policy_data["criteria"],
        **policy_data.get("tiers", {}),
    }
    found = []
    for section, root in sections.items():
        waiting: list[Any] = [root]
        found.append(section)
        while waiting:
            node = waiting.pop()
            if isinstance(node, dict):
                waiting.extend(node.values())
                found += [f"{section}.{node['id']}"] if "id" in node else []
            elif isinstance(node, list):
                waiting.extend(node)
    return found
