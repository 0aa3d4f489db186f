"""What people decided: findings about a criterion or a condition of it, read strictly from JSON.

A finding says who found what, when and why, what they looked at (`evidence`), and whether they may judge at all:
`conflict: none` declares that nothing ties them to the applicant, `conflict: recused` that something does. Whoever
recuses gives no result; that they did is kept, and nothing they found about the same counts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from service.policy.dependencies import conditions_in
from service.policy.literals import date_bounds
from service.policy.model import Policy
from service.problems import PointerPlace, Problem, nearest, problem, sort

_REQUIRED = ("about", "kind", "result", "by", "on")
_OPTIONAL = ("reason", "evidence", "conflict", "conflict_note", "application_digest")
NO_CONFLICT, RECUSED = "none", "recused"
#: What is shown where nothing was declared.
UNDECLARED = "undeclared"
#: The words of a finding that are fixed.
CHOICES = {
    "kind": ("judgement", "exception"),
    "result": ("upheld", "rejected"),
    "conflict": (NO_CONFLICT, RECUSED),
}
#: Of the application itself, or under the key that only a decision's private part holds.
_DIGEST = re.compile(r"(?:hmac-)?sha256:[0-9a-f]{64}")
_PLAIN = "sha256:"


@dataclass(frozen=True, slots=True)
class Finding:
    """One human decision about a section or a condition of it; `upheld` says nothing where `recused`."""

    about: str
    kind: str
    upheld: bool
    by: str
    on: str
    reason: str = ""
    evidence: tuple[str, ...] = ()
    conflict: str | None = None
    conflict_note: str = ""

    @property
    def recused(self) -> bool:
        """Whether who was asked declared a conflict of interest instead of judging."""
        return self.conflict == RECUSED

    def as_json(self) -> dict[str, Any]:
        """The finding as it is shown; what was not stated is left out."""
        return {
            "about": self.about,
            "kind": self.kind,
            **({} if self.recused else {"result": "upheld" if self.upheld else "rejected"}),
            "by": self.by,
            "on": self.on,
            "reason": self.reason,
            **({"evidence": [*self.evidence]} if self.evidence else {}),
            **({"conflict": self.conflict} if self.conflict else {}),
            **({"conflict_note": self.conflict_note} if self.conflict_note else {}),
        }

    def as_shown(self) -> dict[str, Any]:
        """The finding as a reply tells it: evidence and declaration stand there even where none was given."""
        told = self.as_json()
        return {**told, "evidence": [*self.evidence], "conflict": self.conflict or UNDECLARED}


def read_findings(
    policy: Policy, data: object, application: Mapping[str, Any] | None = None
) -> tuple[tuple[Finding, ...], tuple[Problem, ...]]:
    """The findings in a JSON array, or every fault of them with its pointer.

    A plain digest that a finding names must be that of `application`, where one is given; one under a decision's
    key is for whoever holds that decision to check.
    """
    if data is None:
        return (), ()
    if not isinstance(data, list):
        return (), (problem("findings-not-list", PointerPlace("")),)
    names = frozenset(subjects(policy))
    given = None if application is None else digest_of(application)
    problems: list[Problem] = []
    findings = []
    for index, item in enumerate(data):
        found = tuple(_faults(item, f"/{index}", names, given))
        problems.extend(found)
        if not found:
            findings.append(
                Finding(
                    about=item["about"], kind=item["kind"], upheld=item.get("result") == "upheld", by=item["by"],
                    on=item["on"], reason=item.get("reason") or "", evidence=tuple(item.get("evidence") or ()),
                    conflict=item.get("conflict"), conflict_note=item.get("conflict_note") or "",
                )
            )  # fmt: skip
    return (() if problems else tuple(findings)), sort(problems)


def digest_of(application: Mapping[str, Any]) -> str:
    """`sha256:` and the SHA-256 of an application as UTF-8 JSON, keys sorted, no blanks."""
    text = json.dumps(application, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=dict)
    return f"{_PLAIN}{sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _faults(item: Any, pointer: str, names: frozenset[str], digest: str | None) -> Iterator[Problem]:
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
    recused = item.get("conflict") == RECUSED
    if recused:
        yield from _of_recused(item, pointer)
    for key in known:
        value, place = item.get(key), PointerPlace(f"{pointer}/{key}")
        if value is None:
            if key in _REQUIRED and not (recused and key == "result"):
                yield problem("finding-needs", PointerPlace(pointer), key=key)
        elif key == "evidence":
            if not (isinstance(value, list) and all(isinstance(text, str) and text.strip() for text in value)):
                yield problem("finding-evidence", place, key=key)
        elif not isinstance(value, str) or (key in _REQUIRED and not value.strip()):
            yield problem("finding-text", place, key=key)
        elif key in CHOICES and value not in CHOICES[key]:
            yield problem("finding-choice", place, key=key, allowed="、".join(CHOICES[key]))
        elif key == "on" and not _is_day(value):
            yield problem("finding-date", place, key=key)
        elif key == "about" and value not in names:
            yield problem("finding-about", place, name=value[:80], suggestion=nearest(value, names))
        elif key == "application_digest":
            yield from _of_digest(value, place, digest)


def _of_recused(item: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
    if item.get("result") is not None:
        yield problem("finding-recused-result", PointerPlace(f"{pointer}/result"))
    note = item.get("conflict_note")
    if note is None or (isinstance(note, str) and not note.strip()):
        yield problem("finding-recused-note", PointerPlace(pointer))


def _of_digest(value: str, place: PointerPlace, digest: str | None) -> Iterator[Problem]:
    if _DIGEST.fullmatch(value) is None:
        yield problem("finding-digest", place)
    elif digest is not None and value.startswith(_PLAIN) and value != digest:
        yield problem("finding-other-application", place)


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
    """Findings that count by what they are about, the later first: by day, then by place in the list."""
    ordered = sorted(
        enumerate(effective(findings)), key=lambda pair: (date_bounds(pair[1].on) or (0, 0), pair[0]), reverse=True
    )
    grouped: dict[str, list[Finding]] = {}
    for _, finding in ordered:
        grouped.setdefault(finding.about, []).append(finding)
    return grouped


def effective(findings: Sequence[Finding]) -> Sequence[Finding]:
    """The findings but for recusals, and but for what the same person found about the same, before or after."""
    away = [(item.by, item.about) for item in findings if item.recused]
    if not away:
        return findings
    return [
        item
        for item in findings
        if not item.recused and not any(by == item.by and _overlap(about, item.about) for by, about in away)
    ]


def _overlap(one: str, other: str) -> bool:
    """Whether two subjects are the same, or one is the section of the other."""
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")
