"""The engine and the second evaluator on the same cases; where they differ, the smallest such case."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.engine.application import read_application
from service.engine.assess import assess
from service.engine.award import award_of
from service.engine.compiler import CompiledPolicy
from service.engine.findings import read_findings
from service.policy.library import load_library
from tests.oracle import applications, drawing
from tests.oracle.evaluator import evaluate, scored_in
from tests.oracle.values import Dictionary

ON = dt.datetime(2024, 7, 3, 9, 30, tzinfo=dt.UTC)
_LISTS = ("all", "any", "none", "n_of")
_PARTS = ("not", "when", "then", "else", "where", "that", "among", "exempt_when")
_EXTRAS = (
    "exempt_when",
    "on_miss",
    "in_principle",
    "open_list",
    "gates",
    "where",
    "distinct_by",
    "excluding",
    "among",
    "on_empty",
    "else",
)

Case = tuple[dict[str, Any], list[Any]]  # application, findings
Verdict = dict[str, Any]  # as `evaluate` gives it


class RefusedError(Exception):
    """The service does not take what was drawn."""


@dataclass(frozen=True)
class Disagreement:
    """A case on which the two differ, and where."""

    policy: dict[str, Any]
    case: Case
    differences: dict[str, Any]

    def __str__(self) -> str:
        trivial = {"fact": "day", "given": True}
        sections = {name: self.policy[name] for name in _sections(self.policy)}
        sections |= {**self.policy["criteria"], **self.policy.get("tiers", {})}
        policy = {name: {k: v for k, v in c.items() if k not in ("label", "cite")} for name, c in sections.items()}
        policy = {name: c for name, c in policy.items() if name not in ("criteria", "tiers") and c != trivial}
        used = json.dumps(policy, ensure_ascii=False)
        facts = {path: fact for path, fact in _facts(self.policy["facts"], "") if f'"{path}"' in used}
        shown = {
            "policy": self.policy["policy"],
            "differs (engine, oracle)": self.differences,
            "sections": policy,
            "facts": facts,
        }
        shown["derived"] = {path: fact for path, fact in self.policy.get("derived", {}).items() if f'"{path}"' in used}
        shown |= {"application": self.case[0], "findings": self.case[1]}
        return "\n".join(f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in shown.items())


@contextmanager
def loaded(policies: list[dict[str, Any]]) -> Iterator[dict[str, tuple[Any, Any]]]:
    """The policies as the service loads and compiles them: id -> (policy, compiled)."""
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home) / "policies"
        drawing.write(folder, policies)
        snapshot, problems = load_library(folder)
    if snapshot is None:
        raise RefusedError("\n".join(map(str, problems)))
    ready = {policy.id: (policy, CompiledPolicy(policy)) for policy in snapshot.policies}
    try:
        yield ready
    finally:
        for _, compiled in ready.values():
            compiled.close()


def assessed(policy: Any, compiled: Any, case: Case) -> Any:
    """The service's assessment of a case."""
    application, problems = read_application(policy, case[0])
    found, more = read_findings(policy, case[1])
    if application is None or problems or more:
        raise RefusedError("\n".join(map(str, (*problems, *more))))
    return assess(compiled, application, found, on=ON)


def verdict(policy: Any, compiled: Any, case: Case) -> Verdict:
    """The service's statuses in the second evaluator's shape."""
    found = assessed(policy, compiled, case)
    statuses = {name: (one["machine_status"], one["status"]) for name, one in found.statuses.items()}
    award = [(amount["status"], amount["value"]) for amount in award_of(found)]
    return {"statuses": statuses, "overall": found.overall, "award": award}


def differences(policy: Any, compiled: Any, dictionary: Dictionary, case: Case) -> dict[str, Any]:
    """Every name with what the engine and the oracle say of it, where that differs."""
    oracle = evaluate(dictionary, *case)
    try:
        engine = verdict(policy, compiled, case)
    except RefusedError:
        raise
    except Exception as error:  # a crash is a difference too, to be shown at its smallest
        return {"raised": repr(error)}
    found = {
        name: (engine["statuses"].get(name), status)
        for name, status in oracle["statuses"].items()
        if engine["statuses"].get(name) != status
    }
    for whole in ("overall", "award"):
        if engine[whole] != oracle[whole]:
            found[whole] = (engine[whole], oracle[whole])
    return found


def disagreements(seeds: range, each: int) -> Iterator[Disagreement | int]:
    """For every policy the first case on which the two differ, or else the number of its cases."""
    drawn = {seed: drawing.policy(seed) for seed in seeds}
    with loaded([data for data, _ in drawn.values()]) as ready:
        for seed, (data, drawer) in drawn.items():
            policy, compiled = ready[data["policy"]]
            dictionary = Dictionary(data, drawing.TABLES)
            cases = applications.cases(seed, each, drawer, data)
            for case in cases:
                found = differences(policy, compiled, dictionary, case)
                if found:
                    yield Disagreement(data, case, found)
                    break
            else:
                yield len(cases)


def compare(policy: dict[str, Any], case: Case) -> dict[str, Any]:
    """The differences on one case; none where the service does not take it."""
    try:
        with loaded([policy]) as ready:
            return differences(*ready[policy["policy"]], Dictionary(policy, drawing.TABLES), case)
    except (RefusedError, AssertionError, KeyError, TypeError, ValueError):
        return {}


def smallest(found: Disagreement) -> Disagreement:
    """The same disagreement with every condition, modifier, field and finding gone that it does not need."""
    going = True
    while going:
        going = False
        for policy, case in _smaller(found.policy, found.case):
            still = compare(policy, case)
            if still:
                found, going = Disagreement(policy, case, still), True
                break
    return found


def _smaller(policy: dict[str, Any], case: Case) -> Iterator[tuple[dict[str, Any], Case]]:
    application, findings = case
    for index in range(len(findings)):
        yield policy, (application, findings[:index] + findings[index + 1 :])
    for section in _sections(policy):
        for root in _simpler(policy[section]):
            named = section in ("criteria", "tiers")
            head = {key: policy[section][key] for key in ("label", "cite") if not named}
            yield {**policy, section: {**head, **root}}, case
    for less in _less(application):
        yield policy, (less, findings)


def _sections(policy: dict[str, Any]) -> tuple[str, ...]:
    known = ("scope", "criteria", "tiers", "materials", "formalities", "preferences")
    return tuple(name for name in known if name in policy)


def _simpler(c: Any) -> Iterator[Any]:
    """The condition (or mapping of conditions) with one thing less."""
    if c.keys() <= {"one", "two"} or c.keys() <= {"high", "low"}:  # the criteria, the tiers
        for name, inner in c.items():
            yield from ({**c, name: {**{k: inner[k] for k in ("label", "cite")}, **less}} for less in _simpler(inner))
        return
    if c.get("given") is not True or c.get("fact") != "day":
        yield {"fact": "day", "given": True}
    for key in (*_LISTS, *_PARTS, "readings"):
        inner = c.get(key)
        many = inner.values() if isinstance(inner, dict) and key == "readings" else inner if key in _LISTS else [inner]
        if inner is not None and key not in ("where", "that"):
            yield from (dict(child) for child in many)
    for key in _EXTRAS:
        if key in c:
            yield {k: v for k, v in c.items() if k != key}
    for key in _LISTS:
        for index, child in enumerate(c.get(key, ())):
            if len(c[key]) > 1:
                yield {**c, key: c[key][:index] + c[key][index + 1 :]}
            yield from ({**c, key: [*c[key][:index], less, *c[key][index + 1 :]]} for less in _simpler(child))
    for key in _PARTS:
        if key in c:
            yield from ({**c, key: less} for less in _simpler(c[key]))
    if isinstance(c.get("points"), list):
        yield from (dict(one) for one in scored_in(c["points"]))
        yield from ({**c, "points": less} for less in _fewer(c["points"]))
    for name, child in c.get("readings", {}).items():
        if len(c["readings"]) > 2:
            yield {**c, "readings": {k: v for k, v in c["readings"].items() if k != name}}
        yield from ({**c, "readings": {**c["readings"], name: less}} for less in _simpler(child))


def _fewer(items: list[Any]) -> Iterator[list[Any]]:
    """The items of points with one thing less."""
    for index, item in enumerate(items):
        before, after = items[:index], items[index + 1 :]
        if before or after:
            yield [*before, *after]
        for key in ("best_of", "sum_of"):
            yield from ([*before, inner, *after] for inner in item.get(key, ()))
        for key in ("best_of", "sum_of", "minus"):
            yield from ([*before, {**item, key: less}, *after] for less in _fewer(item.get(key, [])) if less)
        for key in ("at_most", "from", "times", "where", "distinct_by", "excluding", "minus"):
            if key in item:
                yield [*before, {k: v for k, v in item.items() if k != key}, *after]
        for key in ("when", "where"):
            if key in item:
                yield from ([*before, {**item, key: less}, *after] for less in _simpler(item[key]))


def _less(value: Any) -> Iterator[Any]:
    """The JSON value with one field or row less."""
    if isinstance(value, dict):
        for key in value:
            yield {k: v for k, v in value.items() if k != key}
        for key, inner in value.items():
            yield from ({**value, key: less} for less in _less(inner))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield value[:index] + value[index + 1 :]
            yield from ([*value[:index], less, *value[index + 1 :]] for less in _less(inner))


def _facts(fields: dict[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for name, fact in fields.items():
        if "fields" in fact:
            yield from _facts(fact["fields"], f"{prefix}{name}[]." if fact.get("list") else f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", fact
