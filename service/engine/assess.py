"""The one door into the engine: a compiled policy and an application to an Assessment. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from service.engine.application import Application
from service.engine.compiler import CompiledPolicy
from service.engine.facts import Frame
from service.engine.findings import Finding, by_subject
from service.engine.verdict import (
    NAMES,
    NOT,
    REVIEW,
    UNKNOWN,
    Alternatives,
    Combine,
    Result,
)
from service.policy.model import Policy, Section, SectionKind

ENGINE_VERSION = "1"
INELIGIBLE, INCOMPLETE, NEEDS_REVIEW, ELIGIBLE = "ineligible", "incomplete", "needs_review", "eligible"


@dataclass(frozen=True, slots=True)
class Assessment:
    """Everything that was decided: per section a tree of results, and the whole."""

    compiled: CompiledPolicy
    application: Application
    findings: tuple[Finding, ...]
    on: dt.datetime
    root: Frame
    sections: tuple[tuple[Section, Result], ...]
    overall: str

    @property
    def policy(self) -> Policy:
        """The policy that was applied."""
        return self.compiled.policy

    @property
    def statuses(self) -> Mapping[str, dict[str, object]]:
        """Per section, and per condition with an id as `section.id`: status, machine status, whether it decided."""
        found: dict[str, dict[str, object]] = {}
        for section, result in self.sections:
            found[section.id] = _stated(result)
            for inner in descend(result):
                name = inner.node.condition.id
                if name is not None and inner.frame is self.root:
                    found[f"{section.id}.{name}"] = _stated(inner)
        return found


def _stated(result: Result) -> dict[str, object]:
    return {
        "status": NAMES[result.status],
        "machine_status": NAMES[result.machine],
        "deciding": result.deciding,
    }


def assess(
    compiled: CompiledPolicy,
    application: Application,
    findings: tuple[Finding, ...] = (),
    *,
    on: dt.datetime,
) -> Assessment:
    """Decide every condition of the policy for the application.

    `on` is the moment of the decision, an input and not a clock. Raises EngineFault if the rules misbehave.
    """
    root = compiled.frame(application.values)
    grouped = dict(by_subject(findings)) if findings else {}
    sections = tuple((section, node.evaluate(root, grouped)) for section, node in compiled.sections)
    for _, result in sections:
        result.deciding = True
        _mark(result)
    return Assessment(compiled, application, findings, on, root, sections, _overall(sections))


def _mark(result: Result) -> None:
    """A child decides where it has the status its deciding parent folded to; disagreeing readings all decide."""
    status = result.folded
    differing = status == REVIEW and result.origin is not None and isinstance(result.node, Alternatives | Combine)
    for child in result.children:
        if child.status == status or differing:
            if not child.node.gates and child.finding is None:
                continue
            if not child.applies and result.node.exempt is not child.node:
                continue
            child.deciding = True
            _mark(child)


def _overall(sections: tuple[tuple[Section, Result], ...]) -> str:
    refusing = [result.status for section, result in sections if section.kind is SectionKind.REFUSE]
    correcting = [result.status for section, result in sections if section.kind is SectionKind.CORRECT]
    if NOT in refusing:
        return INELIGIBLE
    if UNKNOWN in refusing or NOT in correcting or UNKNOWN in correcting:
        return INCOMPLETE
    return NEEDS_REVIEW if REVIEW in refusing or REVIEW in correcting else ELIGIBLE


def descend(result: Result) -> Iterator[Result]:
    """A result and every result below it, in the order of the policy."""
    yield result
    for child in result.children:
        yield from descend(child)
