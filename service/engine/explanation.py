"""An assessment as the reply: the whole, its sections, what is missing, what people judge, what helps."""

from __future__ import annotations

from typing import Any

from service import messages
from service.engine import assess
from service.engine.advice import remedies_of, reviews_of
from service.engine.application import application_date
from service.engine.assess import Assessment
from service.engine.award import award_of
from service.engine.gaps import missing_of
from service.engine.notes import notes_of
from service.engine.tree import shown_under
from service.engine.verdict import NOT, REVIEW, SATISFIED, UNKNOWN, Result
from service.policy.model import Section, SectionKind
from service.policy.terms import Deadline

_say = messages.text


def explain(assessment: Assessment) -> dict[str, Any]:
    """The reply without its first line, as `verdicts` describes it: plain JSON values in a fixed order.

    Parts of it are shared with other replies under the same policy: read it only.
    """
    policy, tree, root = assessment.policy, assessment.compiled.tree, assessment.root
    day = application_date(policy, assessment.application.data)
    shown = {section.id: tree.section(section, result, root) for section, result in assessment.sections[:-1]}
    missing = missing_of(assessment)
    _, preferences = assessment.sections[-1]
    return {
        "policy": {
            "id": policy.id,
            "edition": policy.edition,
            "title": policy.title,
            "digest": policy.digest,
            "in_force": day is not None and policy.in_force(day),
        },
        "overall": {
            "status": assessment.overall,
            "label": _say(f"overall.{assessment.overall}"),
            "explanation": _overall(assessment, missing),
        },
        "scope": shown[policy.scope.id],
        "criteria": {section.id: shown[section.id] for section in policy.criteria},
        **({"tiers": {section.id: shown[section.id] for section in policy.tiers}} if policy.tiers else {}),
        "materials": shown[policy.materials.id],
        "formalities": shown[policy.formalities.id],
        "missing": missing,
        "reviews": reviews_of(assessment),
        "remedies": remedies_of(assessment),
        "preferences": _preferences(assessment, preferences),
        **({"award": award_of(assessment)} if policy.amounts else {}),
        **({"deadline": _deadline(policy.closing)} if policy.closing is not None else {}),
        "notes": notes_of(assessment),
    }


def _deadline(deadline: Deadline) -> dict[str, str | None]:
    at = deadline.day if deadline.at is None else deadline.at
    return {"at": at.isoformat(), "label": deadline.label}


def _preferences(assessment: Assessment, result: Result) -> list[str]:
    wording = assessment.compiled.wording
    return [wording.label(child) for child in shown_under(result) if child.status == SATISFIED]


def _overall(assessment: Assessment, missing: list[dict[str, Any]]) -> str:
    refusing = [pair for pair in assessment.sections if pair[0].kind is SectionKind.REFUSE]
    correcting = [pair for pair in assessment.sections if pair[0].kind is SectionKind.CORRECT]

    def named(status: int, pairs: list[tuple[Section, Result]]) -> str:
        return "、".join(section.label for section, result in pairs if result.status == status)

    match assessment.overall:
        case assess.INELIGIBLE:
            return _say("explain.ineligible", sections=named(NOT, refusing))
        case assess.INCOMPLETE:
            open_sections = [
                section.label
                for section, result in assessment.sections
                if (section.kind is SectionKind.REFUSE and result.status == UNKNOWN)
                or (section.kind is SectionKind.CORRECT and result.status in (NOT, UNKNOWN))
            ]
            wanted = [item for item in missing if item["effect"] != "avoids_review"]
            counted = _say("explain.incomplete-count", count=len(wanted)) if wanted else ""
            return _say("explain.incomplete", sections="、".join(open_sections)) + counted
        case assess.NEEDS_REVIEW:
            return _say("explain.needs_review", sections=named(REVIEW, [*refusing, *correcting]))
    quota = dict(assessment.policy.award).get("quota")
    return _say("explain.eligible") + (_say("explain.quota", quota=quota) if quota else "")
