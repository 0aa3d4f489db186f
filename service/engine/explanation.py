"""The tree of results -> the reply: sentences in the policy's own words, what is missing, what people must judge."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from service import messages
from service.engine import assess
from service.engine.application import application_date
from service.engine.assess import Assessment, descend
from service.engine.facts import Frame, home
from service.engine.formatting import fact_text, words
from service.engine.gaps import gaps_of, owner, pointer_of
from service.engine.remedies import Remedies, shortfall
from service.engine.rows import RowsDetail, RowsNode, rows_condition
from service.engine.verdict import (
    EXCEPTION,
    NAMES,
    NOT,
    REVIEW,
    SATISFIED,
    UNKNOWN,
    Alternatives,
    Conditional,
    Leaf,
    Question,
    Result,
)
from service.policy.facts import Fact, FactGroup, FactType
from service.policy.kinds import AllOf, AnyOf, Condition, Count, Member, NOf
from service.policy.model import Policy, Section, SectionKind
from service.policy.sentences import expected
from service.policy.tables import Citation

_say = messages.text
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def explain(assessment: Assessment) -> dict[str, Any]:
    """The reply without its first line, as `verdicts` describes it: plain JSON values in a fixed order."""
    return _Explanation(assessment).reply()


class _Explanation:
    def __init__(self, assessment: Assessment) -> None:
        self.assessment = assessment
        self.policy: Policy = assessment.policy
        self.readers = assessment.compiled.readers
        self.facts = _facts_by_path(self.policy)
        self.parameters = {parameter.id: parameter.literal for parameter in self.policy.parameters}
        self.notes: list[dict[str, Any]] = []

    def reply(self) -> dict[str, Any]:
        day = application_date(self.policy, self.assessment.application.data)
        by_id = {section.id: (section, result) for section, result in self.assessment.sections}
        missing = self._missing()
        return {
            "policy": {
                "id": self.policy.id,
                "edition": self.policy.edition,
                "title": self.policy.title,
                "digest": self.policy.digest,
                "in_force": day is not None and self.policy.in_force(day),
            },
            "overall": {
                "status": self.assessment.overall,
                "label": _say(f"overall.{self.assessment.overall}"),
                "explanation": self._overall(missing),
            },
            "scope": self._section(*by_id["scope"]),
            "criteria": {section.id: self._section(*by_id[section.id]) for section in self.policy.criteria},
            "materials": self._section(*by_id["materials"]),
            "formalities": self._section(*by_id["formalities"]),
            "missing": missing,
            "reviews": list(self._reviews()),
            "remedies": list(self._remedies()),
            "preferences": self._preferences(by_id["preferences"][1]),
            "notes": self._notes(),
        }

    # --- sections --------------------------------------------------------------------------------------------

    def _section(self, section: Section, result: Result) -> dict[str, Any]:
        children = self._children(result)
        return {
            "status": NAMES[result.status],
            "machine_status": NAMES[result.machine],
            "label": section.label,
            "explanation": self.summary(result) or section.label,
            "citations": _citations(result.node.condition.citations),
            "conditions": [self._condition(child) for child in children],
            **self._settled(result),
        }

    def _children(self, result: Result) -> list[Result]:
        """The conditions shown under a section: those of its combination, or the one it is."""
        if isinstance(result.node.condition, AllOf | AnyOf | NOf):
            return list(result.children)
        return [result]

    def _condition(self, result: Result, name: str | None = None) -> dict[str, Any]:
        condition = result.node.condition
        shown: dict[str, Any] = {
            "id": condition.id,
            "label": self._label(result, name),
            "status": NAMES[result.status],
            "machine_status": NAMES[result.machine],
            "applies": result.applies,
            "gates": condition.gates,
            "deciding": result.deciding,
            "expected": self._expected(result),
            "actual": self._actual(result),
            "citations": _citations(condition.citations),
            "rulings": [ruling.id for ruling in condition.rulings],
            "rows": [],
            "conditions": [],
        }
        if condition.suggestion is not None and result.status != SATISFIED:
            value = self.readers.value(condition.suggestion, result.frame)
            if value is not None:
                shown["suggestion"] = str(value)
        if isinstance(result.node, Question):
            shown["question"] = result.node.condition.question  # type: ignore[attr-defined]  # a Judgement
        shown.update(self._settled(result))
        if isinstance(result.node, RowsNode):
            shown["rows"] = [self._row(result.detail, child) for child in result.children]
        elif isinstance(result.node, Alternatives):
            pairs = zip(result.children, result.node.names, strict=False)
            shown["conditions"] = [self._condition(child, reading) for child, reading in pairs]
        else:
            shown["conditions"] = [self._condition(child) for child in result.children]
        return shown

    def _row(self, detail: RowsDetail, result: Result) -> dict[str, Any]:
        frame = result.frame
        row: dict[str, Any] = {"pointer": frame.pointer, **self._owner_of_row(frame)}
        row["status"] = NAMES[result.status]
        if frame in detail.duplicates:
            row["note"] = _say("row.duplicate")
        elif frame in detail.excluded:
            row["note"] = _say("row.excluded")
        elif frame in detail.keyless:
            row["note"] = _say("row.keyless")
        row["counted"] = frame not in detail.duplicates and frame not in detail.excluded
        row["conditions"] = [self._condition(result)] if isinstance(result.node, Leaf) else [
            self._condition(child) for child in result.children
        ]  # fmt: skip
        return row

    def _owner_of_row(self, frame: Frame) -> dict[str, Any]:
        group = self.facts.get(frame.scope[:-2])
        if not isinstance(group, FactGroup) or not (group.who or group.item):
            return {}
        naming = self.facts.get(f"{frame.scope}.{group.who or group.item}")
        return {} if naming is None else owner(self.policy, self.readers, naming, frame)

    @staticmethod
    def _settled(result: Result) -> dict[str, Any]:
        return {} if result.finding is None else {"finding": result.finding.as_json()}

    # --- words -----------------------------------------------------------------------------------------------

    def _label(self, result: Result, name: str | None = None) -> str:
        condition = result.node.condition
        if condition.label is not None:
            return condition.label
        if name is not None:
            return name
        if isinstance(result.node, Leaf) and result.node.facts:
            return result.node.facts[0].label
        if isinstance(result.node, RowsNode):
            return rows_condition(result.node).of.label
        return _say(f"kind.{type(condition).__name__}")

    def _expected(self, result: Result) -> str | None:
        own = result.node.condition.words.get("expected")
        return self._fill(own, result) if own else expected(result.node.condition)

    def _actual(self, result: Result) -> str | None:
        own = result.node.condition.words.get("actual")
        if own:
            return self._fill(own, result)
        node = result.node
        if isinstance(node, RowsNode):
            detail: RowsDetail = result.detail
            if detail.blank:
                return _say("value.blank")
            if isinstance(node.condition, Count) and detail.possible > detail.counted:
                return _say("actual.count-open", counted=detail.counted, open=detail.possible - detail.counted)
            return _say("actual.count", counted=detail.counted, total=detail.total)
        if isinstance(node, Leaf) and node.facts:
            return self._compared(node, result.frame)
        return None

    def _compared(self, node: Leaf, frame: Frame) -> str:
        first, *others = node.facts
        text = fact_text(self.readers, first, frame)
        if not others or isinstance(node, Question):
            more = [fact_text(self.readers, fact, frame) for fact in others]
            return "；".join([text, *more]) if more else text
        compared = "、".join(f"{fact.label}{fact_text(self.readers, fact, frame)}" for fact in others)
        return _say("actual.compared", value=text, others=compared)

    def summary(self, result: Result) -> str:
        """One sentence on a result: the policy's words for its status, or what decided it."""
        condition = result.node.condition
        if result.finding is not None:
            kind = "exception" if result.origin == EXCEPTION else "judgement"
            outcome = "upheld" if result.finding.upheld else "rejected"
            return _say(f"summary.{kind}.{outcome}", label=self._label(result), by=result.finding.by, on=result.finding.on)
        if not result.applies and condition.exempt_when is not None:
            own = condition.words.get("exempt")
            return self._fill(own, result) if own else _say("summary.exempt", label=self._label(result))
        own = condition.words.get(NAMES[result.status])
        if own:
            return self._fill(own, result)
        if isinstance(result.node, Leaf | RowsNode):
            return self._plain(result)
        if isinstance(result.node, Alternatives) and result.status == REVIEW and result.origin is not None:
            said = [_say("summary.reading", name=name, status=_say(f"status.{NAMES[child.status]}"))
                    for child, name in zip(result.children, result.node.names, strict=False)]  # fmt: skip
            return _say("summary.readings-differ", label=self._label(result), readings="、".join(said))
        return "；".join(dict.fromkeys(text for child in self._deciders(result) if (text := self.summary(child))))

    @staticmethod
    def _deciders(result: Result) -> Iterator[Result]:
        if isinstance(result.node, Conditional):
            yield from (c for c in result.children[1:] if c.applies and c.status == result.folded)
            return
        for child in result.children:
            counts = child.node.gates or child.finding is not None
            if child.status == result.folded and counts and child.applies:
                yield child

    def _plain(self, result: Result) -> str:
        status = NAMES[result.status]
        params = {
            "label": self._label(result),
            "actual": self._actual(result) or "",
            "expected": self._expected(result) or "",
        }
        if isinstance(result.node, Question):
            return _say(f"summary.question.{status}", **params)
        if isinstance(result.node, RowsNode) and not isinstance(result.node.condition, Count):
            rows = [row for row in result.children if row.status == result.status]
            if result.status in (NOT, UNKNOWN) and rows:
                named = [name for row in rows if (name := self._row_name(row.frame))]
                said = dict.fromkeys(text for row in rows if (text := self.summary(row)))
                params["actual"] = "、".join(dict.fromkeys(named)) + (f"（{'；'.join(said)}）" if said else "")
            elif result.status == SATISFIED and rows:
                params["actual"] = "、".join(name for row in rows if (name := self._row_name(row.frame))) or params["actual"]
            return _say(f"summary.rows.{status}", **params)
        if result.status == NOT and self._is_paper(result):
            return _say("summary.paper", **params)
        return _say(f"summary.{status}", **params)

    def _is_paper(self, result: Result) -> bool:
        """A yes-or-no fact of a condition tree about papers: its miss reads better as something lacking."""
        condition = result.node.condition
        return isinstance(condition, Member) and condition.fact.type is FactType.BOOLEAN and condition.fact.remediable

    def _row_name(self, frame: Frame) -> str:
        named = self._owner_of_row(frame)
        name = named.get("who") or named.get("of")
        return str(name) if name else ("" if isinstance(frame.values, dict) else str(frame.values))

    def _fill(self, template: str, result: Result) -> str:
        def replaced(match: re.Match[str]) -> str:
            name = match[1]
            if name in self.parameters:
                return self.parameters[name]
            if name == "count" and isinstance(result.detail, RowsDetail):
                return str(result.detail.counted)
            if name == "gap":
                return str(shortfall(result) or 0)
            if name == "label":
                return self._label(result)
            if name == "expected":
                return expected(result.node.condition) or ""
            if name == "actual":
                return self._compared(result.node, result.frame) if isinstance(result.node, Leaf) else ""
            fact = self.facts.get(name)
            if fact is None:
                return ""
            return fact_text(self.readers, fact, result.frame)

        return _PLACEHOLDER.sub(replaced, template)

    def _overall(self, missing: list[dict[str, Any]]) -> str:
        refusing = [pair for pair in self.assessment.sections if pair[0].kind is SectionKind.REFUSE]
        correcting = [pair for pair in self.assessment.sections if pair[0].kind is SectionKind.CORRECT]

        def named(status: int, pairs: list[tuple[Section, Result]]) -> str:
            return "、".join(section.label for section, result in pairs if result.status == status)

        match self.assessment.overall:
            case assess.INELIGIBLE:
                return _say("explain.ineligible", sections=named(NOT, refusing))
            case assess.INCOMPLETE:
                open_sections = [
                    section.label
                    for section, result in self.assessment.sections
                    if (section.kind is SectionKind.REFUSE and result.status == UNKNOWN)
                    or (section.kind is SectionKind.CORRECT and result.status in (NOT, UNKNOWN))
                ]
                wanted = [item for item in missing if item["effect"] != "avoids_review"]
                counted = _say("explain.incomplete-count", count=len(wanted)) if wanted else ""
                return _say("explain.incomplete", sections="、".join(open_sections)) + counted
            case assess.NEEDS_REVIEW:
                return _say("explain.needs_review", sections=named(REVIEW, [*refusing, *correcting]))
        quota = dict(self.policy.award).get("quota")
        return _say("explain.eligible") + (_say("explain.quota", quota=quota) if quota else "")

    # --- what to do ------------------------------------------------------------------------------------------

    def _missing(self) -> list[dict[str, Any]]:
        found = []
        for gap in gaps_of(self.assessment):
            item: dict[str, Any] = {"pointer": gap.pointer, "label": gap.fact.label}
            item.update(owner(self.policy, self.readers, gap.fact, gap.frame))
            if gap.group is not None:
                item["group"] = gap.group
                item["code"] = gap.fact.path.rpartition(".")[2]
            item["blocks"] = gap.blocks
            item["effect"] = gap.effect
            if gap.fact.help:
                item["help"] = gap.fact.help
            found.append(item)
        return found

    def _reviews(self) -> Iterator[dict[str, Any]]:
        for section, result in self.assessment.sections:
            seen: set[str] = set()
            gating = section.kind is not SectionKind.TAG and result.status == REVIEW
            for inner, about, gates in self._open_questions(result, section.id, section.id, gating=gating):
                key = f"{about}|{inner.frame.pointer}"
                if key not in seen:
                    seen.add(key)
                    yield self._review(inner, about, gates=gates)

    def _open_questions(
        self, result: Result, section: str, about: str, *, gating: bool
    ) -> Iterator[tuple[Result, str, bool]]:
        """Results that wait for people: those a gating review rests on, and judgements that never gate."""
        condition = result.node.condition
        if condition.id is not None:
            about = f"{section}.{condition.id}"
        gates = gating and condition.gates and result.status == REVIEW
        if result.status == REVIEW and result.origin is not None:
            if gates or (isinstance(result.node, Question) and not condition.gates):
                yield result, about, gates
            # What a modifier turned to people is one question; below readings the parts are questions of their own.
            if not isinstance(result.node, Alternatives) and result.node.miss is not None:
                return
        for child in (*result.children, *result.unseen):
            yield from self._open_questions(child, section, about, gating=gates)

    def _review(self, result: Result, about: str, *, gates: bool) -> dict[str, Any]:
        node = result.node
        if isinstance(node, Question):
            question = node.condition.question  # type: ignore[attr-defined]  # a Judgement
            evidence = self._evidence(node, result.frame)
        else:
            code = "review.exception" if result.origin == EXCEPTION else "review.judgement"
            question = _say(code, label=self._label(result), expected=self._expected(result) or "")
            evidence = self._actual(result) or self.summary(result)
        kind = EXCEPTION if result.origin == EXCEPTION else "judgement"
        item: dict[str, Any] = {"about": about, "kind": kind, "question": question, "evidence": evidence, "gates": gates}
        if result.frame.pointer:
            item["pointer"] = result.frame.pointer
        return item

    def _evidence(self, node: Question, frame: Frame) -> str:
        """The evidence as it was given, since people judge it in the applicant's own words."""
        given = []
        for fact in node.facts:
            raw: Any = self.assessment.application.data
            for step in pointer_of(fact, home(frame, fact)).split("/")[1:]:
                raw = raw[int(step)] if isinstance(raw, list | tuple) else raw.get(step) if isinstance(raw, dict) else None
            text = raw if isinstance(raw, str) else fact_text(self.readers, fact, frame)
            given.append(text if len(node.facts) == 1 else f"{fact.label}：{text}")
        return "；".join(given)

    def _remedies(self) -> Iterator[dict[str, Any]]:
        for section, result in self.assessment.sections:
            if section.kind is not SectionKind.REFUSE or result.status != NOT:
                continue
            for flips in Remedies().of(result):
                if not flips:
                    continue
                pointers = dict.fromkeys(pointer for flip in flips for pointer in self._pointers(flip))
                text = _say("remedy.and").join(dict.fromkeys(self._remedy(flip) for flip in flips))
                yield {"criterion": section.id, "text": text, "pointers": list(pointers)}

    def _remedy(self, result: Result) -> str:
        own = result.node.condition.words.get("remedy")
        if own:
            return self._fill(own, result)
        gap = shortfall(result)
        if gap is not None and gap > 0:
            return _say("remedy.rows", label=self._label(result), gap=gap)
        return _say("remedy.leaf", label=self._label(result), expected=self._expected(result) or "")

    def _pointers(self, result: Result) -> Iterator[str]:
        node = result.node
        if isinstance(node, RowsNode):
            yield pointer_of(rows_condition(node).of, result.frame)
        elif isinstance(node, Leaf):
            for fact in node.facts:
                if isinstance(fact, FactGroup) or fact.derivation is None:
                    yield pointer_of(fact, result.frame)

    def _preferences(self, result: Result) -> list[str]:
        return [self._label(child) for child in self._children(result) if child.status == SATISFIED]

    # --- notes -----------------------------------------------------------------------------------------------

    def _notes(self) -> list[dict[str, Any]]:
        notes: dict[str, dict[str, Any]] = {}

        def note(code: str, text: str, about: str | None = None) -> None:
            notes.setdefault(f"{code}{text}", {"code": code, "about": about, "text": text})

        if self.policy.deadline is None:
            note("deadline-unknown", _say("note.deadline-unknown"))
        else:
            note("deadline", _say("note.deadline", deadline=self.policy.deadline))
        day = application_date(self.policy, self.assessment.application.data)
        if day is not None and day > self.assessment.on.date():
            note("dated-ahead", _say("note.dated-ahead"))
        for section, root in self.assessment.sections:
            for result in descend(root):
                self._note_result(section, result, note)
        used = {id(r.finding) for _, root in self.assessment.sections for r in descend(root) if r.finding is not None}
        for finding in self.assessment.findings:
            if id(finding) not in used:
                note("finding-without-effect", _say("note.finding-without-effect", about=finding.about, by=finding.by), finding.about)
        return list(notes.values())

    def _note_result(self, section: Section, result: Result, note: Any) -> None:
        condition: Condition = result.node.condition
        about = f"{section.id}.{condition.id}" if condition.id else section.id
        if condition.exempt_when is not None and not result.applies:
            note("exempt", self.summary(result), about)
        if not condition.gates and result.status == NOT and result.finding is None:
            note("notice", self.summary(result), about)
        if isinstance(result.detail, RowsDetail):
            for frame in result.detail.duplicates:
                note("duplicate-row", _say("note.duplicate-row", list=rows_condition(result.node).of.label,  # type: ignore[arg-type]  # a rows node
                                           number=frame.index + 1, name=self._row_name(frame)), about)  # fmt: skip
            for frame in result.detail.excluded:
                note("excluded-row", _say("note.excluded-row", list=rows_condition(result.node).of.label,  # type: ignore[arg-type]  # a rows node
                                          number=frame.index + 1, name=self._row_name(frame)), about)  # fmt: skip


def _citations(citations: tuple[Citation, ...]) -> list[dict[str, Any]]:
    return [
        {
            "document": citation.document.id,
            "title": citation.document.title,
            "number": citation.document.number,
            "clause": citation.clause,
            "quote": citation.quote,
        }
        for citation in citations
    ]


def _facts_by_path(policy: Policy) -> dict[str, Fact | FactGroup]:
    found: dict[str, Fact | FactGroup] = {fact.path: fact for fact in policy.derived}

    def visit(group: FactGroup) -> None:
        for child in group.children:
            found[child.path] = child
            if isinstance(child, FactGroup):
                visit(child)

    visit(policy.facts)
    return found
