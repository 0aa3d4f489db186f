"""What people decided: findings about a criterion or a condition of it, read strictly from JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from service.policy.dependencies import conditions_in
from service.policy.literals import date_bounds
from service.policy.model import Policy
from service.problems import PointerPlace, Problem, nearest, problem, sort

_REQUIRED = ("about", "kind", "result", "by", "on")
_OPTIONAL = ("reason", "application_digest")
#: The words of a finding that are fixed.
CHOICES = {"kind": ("judgement", "exception"), "result": ("upheld", "rejected")}


@dataclass(frozen=True, slots=True)
class Finding:
    """One human decision about a section or a condition of it."""

    about: str
    kind: str
    upheld: bool
    by: str
    on: str
    reason: str = ""

    def as_json(self) -> dict[str, str]:
        """The finding as it is submitted and shown."""
        result = "upheld" if self.upheld else "rejected"
        return {
            "about": self.about,
            "kind": self.kind,
            "result": result,
            "by": self.by,
            "on": self.on,
            "reason": self.reason,
        }


def read_findings(policy: Policy, data: object) -> tuple[tuple[Finding, ...], tuple[Problem, ...]]:
    """The findings in a JSON array, or every fault of them with its pointer."""
    if data is None:
        return (), ()
    if not isinstance(data, list):
        return (), (problem("findings-not-list", PointerPlace("")),)
    names = frozenset(subjects(policy))
    problems: list[Problem] = []
    findings = []
    for index, item in enumerate(data):
        found = tuple(_faults(item, f"/{index}", names))
        problems.extend(found)
        if not found:
            findings.append(
                Finding(
                    about=item["about"], kind=item["kind"], upheld=item["result"] == "upheld", by=item["by"],
                    on=item["on"], reason=item.get("reason") or "",
                )
            )  # fmt: skip
    return (() if problems else tuple(findings)), sort(problems)


def _faults(item: Any, pointer: str, names: frozenset[str]) -> Iterator[Problem]:
    if not isinstance(item, dict):
        yield problem("finding-not-object", PointerPlace(pointer))
        return
    known = (*_REQUIRED, *_OPTIONAL)
    for key in item:
        if key not in known:
            yield problem(
                "finding-key", PointerPlace(pointer), key=str(key)[:40], allowed="、".join(known),
                suggestion=nearest(str(key), known),
            )  # fmt: skip
    for key in known:
        value = item.get(key)
        if value is None and key in _REQUIRED:
            yield problem("finding-needs", PointerPlace(pointer), key=key)
        elif value is not None and (not isinstance(value, str) or (key in _REQUIRED and not value.strip())):
            yield problem("finding-text", PointerPlace(f"{pointer}/{key}"), key=key)
        elif key in CHOICES and value is not None and value not in CHOICES[key]:
            yield problem("finding-choice", PointerPlace(f"{pointer}/{key}"), key=key, allowed="、".join(CHOICES[key]))
        elif key == "on" and isinstance(value, str) and not _is_day(value):
            yield problem("finding-date", PointerPlace(f"{pointer}/{key}"), key=key)
        elif key == "about" and isinstance(value, str) and value not in names:
            yield problem(
                "finding-about", PointerPlace(f"{pointer}/{key}"), name=value[:80], suggestion=nearest(value, names)
            )


def _is_day(text: str) -> bool:
    days = date_bounds(text)
    return days is not None and days[0] == days[1]


def subjects(policy: Policy) -> Iterator[str]:
    """Everything a finding may be about: each section, and each condition with an id as `section.id`."""
    for section in policy.sections:
        yield section.id
        for condition in conditions_in(section.root):
            if condition.id is not None:
                yield f"{section.id}.{condition.id}"


def by_subject(findings: tuple[Finding, ...]) -> Mapping[str, list[Finding]]:
    """Findings by what they are about, the later first: by day, then by place in the list."""
    ordered = sorted(enumerate(findings), key=lambda pair: (date_bounds(pair[1].on) or (0, 0), pair[0]), reverse=True)
    grouped: dict[str, list[Finding]] = {}
    for _, finding in ordered:
        grouped.setdefault(finding.about, []).append(finding)
    return grouped
