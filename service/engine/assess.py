"""The one door into the engine: a compiled policy and an application to an Assessment. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from service.engine.application import Application
from service.engine.branches import decides
from service.engine.compiler import CompiledPolicy
from service.engine.facts import Frame
from service.engine.findings import Finding, by_subject
from service.engine.rows import RowsDetail
from service.engine.verdict import NAMES, NOT, REVIEW, UNKNOWN, Result
from service.policy.model import Policy, Section, SectionKind
from service.policy.terms import Amount

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
    amounts: tuple[tuple[Amount, Result | None], ...] = ()

    @property
    def policy(self) -> Policy:
        """The policy that was applied."""
        return self.compiled.policy

    @property
    def statuses(self) -> Mapping[str, dict[str, object]]:
        """Per section, and per condition as `section.id`: status, machine status, whether it decided."""
        found: dict[str, dict[str, object]] = {}
        for section, result in self.sections:
            _state(result, section.id, section.id, True, found)
        return found


def _state(result: Result, section: str, name: str | None, deciding: bool, found: dict[str, dict[str, object]]) -> None:
    """Put what a result and those below it on the same frame came to under their names."""
    stated: dict[str, object] = {
        "status": NAMES[result.status],
        "machine_status": NAMES[result.machine],
        "deciding": deciding,
    }
    own = result.node.condition.id
    if name is not None:
        found[name] = stated
    if own is not None:
        found[f"{section}.{own}"] = stated
    rows = len(result.detail.frames) if isinstance(result.detail, RowsDetail) else 0
    for child in result.children[rows:]:
        _state(child, section, None, deciding and decides(result, child), found)


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
    amounts = tuple(
        (amount, None if node is None else node.evaluate(root, grouped)) for amount, node in compiled.amounts
    )
    return Assessment(compiled, application, findings, on, root, sections, _overall(sections), amounts)


def _overall(sections: tuple[tuple[Section, Result], ...]) -> str:
    refusing = [result.status for section, result in sections if section.kind is SectionKind.REFUSE]
    correcting = [result.status for section, result in sections if section.kind is SectionKind.CORRECT]
    if NOT in refusing:
        return INELIGIBLE
    if UNKNOWN in refusing or NOT in correcting or UNKNOWN in correcting:
        return INCOMPLETE
    return NEEDS_REVIEW if REVIEW in refusing or REVIEW in correcting else ELIGIBLE
