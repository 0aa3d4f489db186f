"""Notes: what is worth knowing of an application and gates nothing."""

from __future__ import annotations

from typing import Any

from service import messages
from service.engine.application import application_date
from service.engine.assess import Assessment
from service.engine.facts import Frame
from service.engine.leaves import Leaf
from service.engine.rows import RowsDetail, RowsNode, below, rows_condition
from service.engine.verdict import NOT, Node, Result
from service.policy import moments
from service.policy.facts import FactType
from service.policy.terms import Deadline

_say = messages.text


def notes_of(assessment: Assessment) -> list[dict[str, Any]]:
    """The notes of an assessment, each once, in the order of the policy."""
    collected = _Notes(assessment)
    collected.about_dates()
    for section, result in assessment.sections:
        collected.about_results(section.id, result, assessment.root)
    collected.about_findings()
    return list(collected.notes.values())


def _silent(node: Node) -> bool:
    """Whether there is nothing to note of a condition without conditions below it; of most there is not."""
    return isinstance(node, Leaf) and node.gates and node.exempt is None


class _Notes:
    def __init__(self, assessment: Assessment) -> None:
        self.assessment = assessment
        self.wording = assessment.compiled.wording
        self.notes: dict[str, dict[str, Any]] = {}
        self.used: set[int] = set()

    def about_dates(self) -> None:
        """Deadline and application date."""
        policy = self.assessment.policy
        if policy.deadline is None:
            self._note("deadline-unknown", _say("note.deadline-unknown"))
        else:
            label = None if policy.closing is None else policy.closing.label
            said = {"label": label, "deadline": policy.deadline}
            self._note("deadline", _say("note.deadline" if label is None else "note.deadline-named", **said))
        day = application_date(policy, self.assessment.application.data)
        closing = policy.closing
        on_the_day = closing is not None and closing.at is not None and day == closing.day
        if closing is not None and day is not None and (day > closing.day or (on_the_day and self._too_late(closing))):
            self._note("after-deadline", _say("note.after-deadline", deadline=closing.text))
        elif closing is not None and on_the_day and policy.date_fact.type is FactType.DATE:
            self._note("on-deadline", _say("note.on-deadline", deadline=closing.text))
        if day is not None and day > self.assessment.on.date():
            self._note("dated-ahead", _say("note.dated-ahead"))

    def _too_late(self, closing: Deadline) -> bool:
        """Whether the application names a moment of its own, and that is certainly after the deadline."""
        fact, last = self.assessment.policy.date_fact, moments.bounds(closing.literal)
        value = self.assessment.compiled.readers.value(fact, self.assessment.root)
        if fact.type is not FactType.MOMENT or value is None or last is None:
            return False
        return bool(value[0] > last[1])

    def about_results(self, section: str, result: Result, frame: Frame) -> None:
        """Exemptions, notices and dropped rows of a result and all below it."""
        node, condition = result.node, result.node.condition
        about = f"{section}.{condition.id}" if condition.id else section
        if result.finding is not None:
            self.used.add(id(result.finding))
        if condition.exempt_when is not None and not result.applies:
            self._note("exempt", self.wording.summary(result, frame), about)
        if not condition.gates and result.status == NOT and result.finding is None:
            self._note("notice", self.wording.summary(result, frame), about)
        if isinstance(node, RowsNode):
            self._rows(node, result.detail, about)
        for child, at in below(result, frame):
            if child.children or child.finding is not None or not _silent(child.node):
                self.about_results(section, child, at)

    def about_findings(self) -> None:
        """Who recused, and findings that changed nothing."""
        for finding in self.assessment.findings:
            if finding.recused:
                text = _say("note.finding-recused", about=finding.about, by=finding.by)
                self._note("finding-recused", text, finding.about)
            elif id(finding) not in self.used:
                text = _say("note.finding-without-effect", about=finding.about, by=finding.by)
                self._note("finding-without-effect", text, finding.about)

    def _rows(self, node: RowsNode, detail: RowsDetail, about: str) -> None:
        label = rows_condition(node).of.label
        for code, frames in (
            ("duplicate-row", detail.groups.duplicates),
            ("excluded-row", detail.groups.excluded),
        ):
            for frame in frames:
                name = self.wording.owners.row_name(frame)
                self._note(code, _say(f"note.{code}", list=label, number=frame.index + 1, name=name), about)

    def _note(self, code: str, text: str, about: str | None = None) -> None:
        self.notes.setdefault(f"{code}{text}", {"code": code, "about": about, "text": text})
