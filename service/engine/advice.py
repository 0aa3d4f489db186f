"""What is left to do: the questions people must judge, and the smallest changes that would help."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from service import messages
from service.engine.amounts import lacking
from service.engine.assess import Assessment
from service.engine.branches import Alternatives
from service.engine.facts import Frame, home
from service.engine.gaps import pointer_of
from service.engine.items import NumberNode, Scored, outdone, waits_for_people
from service.engine.leaves import Leaf, Question
from service.engine.meeting import MeetsNode, met_by
from service.engine.remedies import Remedies
from service.engine.rows import RowsNode, asked_about, rows_condition, shortfall
from service.engine.told_points import told_points
from service.engine.verdict import EXCEPTION, JUDGEMENT, NOT, REVIEW, Result
from service.engine.wording import Wording
from service.policy.facts import FactGroup
from service.policy.kinds import Judgement
from service.policy.model import SectionKind
from service.policy.sentences import sentence

_say = messages.text


def reviews_of(assessment: Assessment) -> list[dict[str, Any]]:
    """Every question that waits for people, in the order of the policy, each place once.

    What only people can find preferable is asked of them too, and what decides a tier, though neither gates.
    """
    reviews: dict[tuple[str, str], dict[str, Any]] = {}
    for section, result in assessment.sections:
        tags, tier = section.kind is SectionKind.TAG, section.kind is SectionKind.TIER
        gating = not tags and result.status == REVIEW
        for inner, at, about, gating_here in _open(
            result, assessment.root, section.id, section.id, gating=gating, tags=tags
        ):
            gates = gating_here and not tier
            known = reviews.get((about, at.pointer))
            # Another section may ask for it, and gate where its own does not.
            if known is None or (gates and not known["gates"]):
                reviews[about, at.pointer] = _review(assessment, inner, at, about, gates=gates)
    return [*reviews.values()]


def _open(
    result: Result, frame: Frame, section: str, about: str, *, gating: bool, asked: bool = False, tags: bool = False
) -> Iterator[tuple[Result, Frame, str, bool]]:
    """Results that wait for people: those a gating review rests on, and judgements that never gate."""
    condition = result.node.condition
    if condition.id is not None:
        about = f"{section}.{condition.id}"
    waits = result.status == REVIEW or waits_for_people(result)
    gates = gating and (condition.gates or asked) and waits
    if result.status == REVIEW and result.origin is not None:
        if gates or (isinstance(result.node, Question) and (tags or not condition.gates)):
            yield result, frame, about, gates
        # What a modifier turned to people is one question; below readings the parts are questions of their
        # own.
        if not isinstance(result.node, Alternatives) and result.node.miss is not None:
            return
    if isinstance(result.node, MeetsNode):
        met = met_by(result)
        if met.status == REVIEW:
            yield from _open(met, frame, result.node.section, met.node.about[0].name, gating=gates, asked=True)
        for child in result.children:
            yield from _open(child, frame, section, about, gating=gates)
        return
    for child, at in asked_about(result, frame):
        # Most are leaves that wait for nobody.
        if child.children or child.unseen or child.status == REVIEW:
            yield from _open(child, at, section, about, gating=gates and not outdone(result, child), tags=tags)


def _review(assessment: Assessment, result: Result, frame: Frame, about: str, *, gates: bool) -> dict[str, Any]:
    wording = assessment.compiled.wording
    node = result.node
    if isinstance(node, Question) and isinstance(node.condition, Judgement):
        question = node.condition.question
        evidence = _evidence(assessment, node, frame)
    else:
        code = "review.exception" if result.origin == EXCEPTION else "review.judgement"
        asked = wording.expected(result, frame)
        question = _say(code if asked else f"{code}.plain", label=wording.label(result), expected=asked)
        evidence = wording.actual(result, frame) or wording.summary(result, frame)
    kind = EXCEPTION if result.origin == EXCEPTION else JUDGEMENT
    item: dict[str, Any] = {
        "about": about,
        "kind": kind,
        "question": question,
        "evidence": evidence,
        "gates": gates,
    }
    if frame.pointer:
        item["pointer"] = frame.pointer
    return item


def _evidence(assessment: Assessment, node: Question, frame: Frame) -> str:
    """The evidence as it was given, since people judge it in the applicant's own words."""
    given = []
    for fact in node.facts:
        raw: Any = assessment.application.data
        for step in pointer_of(fact, home(frame, fact)).split("/")[1:]:
            raw = raw[int(step)] if isinstance(raw, list | tuple) else raw.get(step) if isinstance(raw, dict) else None
        text = raw if isinstance(raw, str) else assessment.compiled.wording.fact(fact, frame)
        given.append(text if len(node.facts) == 1 else f"{fact.label}：{text}")
    return "；".join(given)


def remedies_of(assessment: Assessment) -> list[dict[str, Any]]:
    """For each criterion that fails, the smallest changes that would satisfy it, in words; the same words once."""
    wording, root = assessment.compiled.wording, assessment.root
    remedies: dict[tuple[str, str], dict[str, Any]] = {}
    for section, result in assessment.sections:
        if section.kind is not SectionKind.REFUSE or result.status != NOT:
            continue
        for flips in Remedies().of(result):
            if flips:
                pointers = dict.fromkeys(pointer for flip in flips for pointer in _pointers(flip, root))
                text = _say("remedy.and").join(dict.fromkeys(_remedy(wording, flip, root) for flip in flips))
                one = remedies.setdefault((section.id, text), {"criterion": section.id, "text": text, "pointers": []})
                one["pointers"] += [pointer for pointer in pointers if pointer not in one["pointers"]]
    return [*remedies.values()]


def _remedy(wording: Wording, result: Result, root: Frame) -> str:
    own = wording.own("remedy", result, root)
    if own is not None:
        return own
    wanting = lacking(result, root)
    if wanting is not None:
        return _say("remedy.sum", label=wording.label(result), gap=wanting)
    gap = shortfall(result)
    if gap is not None and gap > 0:
        return _say("remedy.rows", label=wording.label(result), gap=gap)
    asked = wording.expected(result, root)
    if isinstance(result, Scored):
        return _say("remedy.points", label=wording.label(result), expected=asked, points=told_points(result))
    if asked is None:
        return _say("remedy.sentence", label=wording.label(result), asked=sentence(result.node.condition))
    return _say("remedy.leaf", label=wording.label(result), expected=asked)


def _pointers(result: Result, root: Frame) -> Iterator[str]:
    node = result.node
    if isinstance(node, RowsNode):
        yield pointer_of(rows_condition(node).of, root)
    elif isinstance(node, Leaf | NumberNode):
        for fact in node.facts:
            if isinstance(fact, FactGroup) or fact.derivation is None:
                yield pointer_of(fact, root)
