"""What verdicts promise of every policy, on random ones: sound, explained, and blind to order.

Two constructs are left out of the first promise because in them a blank says something: a list whose absence
means there is none, and an answer declared for a blank list.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from service.engine.explanation import explain
from tests.oracle import applications, drawing
from tests.oracle.comparison import assessed, loaded, verdict

_EACH = 12
_STARTS = range(1000, 1080, 20)
_SOUND = drawing.Options(absences=False)
_LISTS = ("all", "any", "none", "n_of", "points")


def _ready(start: int, options: drawing.Options = drawing.Options()) -> Iterator[tuple[Any, ...]]:  # noqa: B008 - frozen
    """Each policy's data, its drawer, and the policy as loaded and compiled."""
    drawn = [drawing.policy(seed, options) for seed in range(start, start + 20)]
    with loaded([data for data, _ in drawn]) as ready:
        for seed, (data, drawer) in enumerate(drawn, start):
            yield data, applications.cases(seed, _EACH, drawer, data), drawer, *ready[data["policy"]]


@pytest.mark.parametrize("start", _STARTS)
def test_giving_information_never_takes_a_verdict_back(start: int) -> None:
    filled = 0
    for data, cases, drawer, policy, compiled in _ready(start, _SOUND):
        for application, _ in cases:
            before = verdict(policy, compiled, (application, []))["statuses"]
            for holder, name, fact in _blanks(application, data["facts"]):
                if drawer.random.random() > 0.2:
                    continue
                kept = dict(holder)
                holder[name] = _given(drawer, fact)
                after = verdict(policy, compiled, (application, []))["statuses"]
                for about, (status, _) in before.items():
                    now = after[about][0]
                    assert status in (now, "unknown") or (status, now) == ("needs_review", "satisfied"), (
                        f"{data['policy']} {about}: {status} became {now} with {name} given in {application}"
                    )
                holder.clear()
                holder.update(kept)
                filled += 1
    assert filled > 100


def _blanks(value: dict[str, Any], fields: dict[str, Any]) -> list[tuple[dict[str, Any], str, dict[str, Any]]]:
    """Every blank field of an application: the object it stands in, its name and its declaration."""
    found = []
    for name, fact in fields.items():
        given = value.get(name)
        if given is None or (isinstance(given, str) and not given.strip()):
            found.append((value, name, fact))
        elif "fields" in fact and given not in (False, "无"):
            for inner in given if fact.get("list") else [given]:
                found += _blanks(inner, fact["fields"])
    return found


def _given(drawer: Any, fact: dict[str, Any]) -> Any:
    while True:
        value = drawer.value(fact, 0.3)
        if value is not None and not (isinstance(value, str) and not value.strip()):
            return value


@pytest.mark.parametrize("start", _STARTS)
def test_unknown_sections_name_what_is_missing_and_reviews_what_is_asked(start: int) -> None:
    faults = []
    for data, cases, _, policy, compiled in _ready(start):
        for case in cases:
            assessment = assessed(policy, compiled, case)
            reply = explain(assessment)
            named = {effect: _sections(reply["missing"], effect) for effect in ("decides", "completes")}
            asked = _askers(data, {r["about"] for r in reply["reviews"] if r["gates"]})
            statuses = {name: assessment.statuses[name]["status"] for name in asked}
            for about in (r["about"] for r in reply["reviews"] if r["gates"]):
                if not any(statuses[name] == "needs_review" for name in asked if about in asked[name]):
                    faults.append(f"{data['policy']} {about} is asked, but nothing waits for it: {case}")
            for section in (
                "scope",
                *data["criteria"],
                "materials",
                "formalities",
            ):  # preferences ask for nothing
                status = assessment.statuses[section]["status"]
                correcting = section in ("materials", "formalities")
                missing = section in named["decides"] or (correcting and section in named["completes"])
                # A paper that is stated as not enclosed is named as well: it completes what is not satisfied.
                settled = correcting and status == "not_satisfied"
                if (status == "unknown") != missing and not settled:
                    faults.append(f"{data['policy']} {section} is {status}, missing: {reply['missing']}: {case}")
                if status == "needs_review" and not asked[section]:
                    faults.append(f"{data['policy']} {section} is {status}, reviews: {reply['reviews']}: {case}")
    assert not faults, f"{len(faults)} in all, the first: {faults[0]}"


def _askers(data: dict[str, Any], abouts: set[str]) -> dict[str, set[str]]:
    """Per section that asks for something, what is asked in it or in what it meets."""
    sections = {name: data[name] for name in ("scope", "materials", "formalities")} | data["criteria"]
    others = {"preferences": data["preferences"], **data["tiers"]}
    reached = {name: {name, *_met(root)} for name, root in {**sections, **others}.items()}
    reached["criteria"] = {*data["criteria"]}  # all of them
    for _ in reached:  # what is met may meet more
        for names in reached.values():
            names |= {more for name in [*names] for more in reached[name]}
    return {section: {a for a in abouts if a.split(".")[0] in reached[section]} for section in sections}


def _met(value: Any) -> set[str]:
    """The sections whose conditions, or which themselves, are met somewhere in a condition."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    found = {name for one in inner for name in _met(one)}
    return found | ({value["meets"].split(".")[0]} if isinstance(value, dict) and "meets" in value else set())


def _sections(missing: list[dict[str, Any]], effect: str) -> set[str]:
    return {about.split(".")[0] for gap in missing if gap["effect"] == effect for about in gap["blocks"]}


@pytest.mark.parametrize("start", _STARTS)
def test_order_of_members_fields_and_conditions_does_not_matter(start: int) -> None:
    draw = Random(f"order {start}")
    drawn = [drawing.policy(seed) for seed in range(start, start + 20)]
    turned = [json.loads(json.dumps(data)) for data, _ in drawn]
    for data in turned:
        for section in ("scope", "criteria", "tiers", "materials", "formalities", "preferences"):
            data[section] = _shuffled(data[section], draw, _LISTS)
        data["facts"] = _shuffled(data["facts"], draw, ())
    with loaded([data for data, _ in drawn]) as plain, loaded(turned) as other:
        for seed, (data, drawer) in enumerate(drawn, start):
            for application, findings in applications.cases(seed, _EACH, drawer, data):
                expected = verdict(*plain[data["policy"]], (application, findings))
                shuffled = _shuffled(application, draw, None)
                got = verdict(*other[data["policy"]], (shuffled, findings))
                assert got == expected, f"{data['policy']}: {application} {findings}"


def _shuffled(value: Any, draw: Random, lists: tuple[str, ...] | None, key: str = "") -> Any:
    """Mappings in another order, and lists under the keys named (None: all lists)."""
    if isinstance(value, dict):
        items = [(name, _shuffled(inner, draw, lists, name)) for name, inner in value.items()]
        draw.shuffle(items)
        return dict(items)
    if isinstance(value, list):
        items = [_shuffled(inner, draw, lists) for inner in value]
        if lists is None or key in lists:
            draw.shuffle(items)
        return items
    return value


def test_the_same_call_gives_the_same_bytes_whatever_came_between() -> None:
    for _, cases, _, policy, compiled in _ready(1100):
        first = [_bytes(policy, compiled, case) for case in cases]
        again = [_bytes(policy, compiled, case) for case in reversed(cases)]
        assert first == again[::-1]


def _bytes(policy: Any, compiled: Any, case: Any) -> bytes:
    return json.dumps(explain(assessed(policy, compiled, case)), ensure_ascii=False).encode()
