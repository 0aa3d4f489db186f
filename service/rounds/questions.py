"""What people must judge: the open questions of the newest decision on every application of an edition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from service import messages
from service.decisions.faults import DecisionErased, LogDamaged
from service.decisions.reading import LogReader, Stored
from service.decisions.recompute import NotComputable, Recomputation
from service.decisions.subjects import text_given
from service.engine.assess import NEEDS_REVIEW
from service.engine.masking import mask
from service.policy.dependencies import conditions_in
from service.policy.kinds import Condition
from service.policy.model import Policy, Section
from service.policy.tables import Citation
from service.problems import Problem
from service.rounds.standing import standings


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One thing to judge about one application; personal data in its texts is masked.

    `given` is the evidence that the application gives, `basis` clause and quote, `status` what the machine came
    to; `replaced` that the same applicant submitted another application since. A finding about it names
    `decision_id` (or a later one of the chain), `about`, `kind` and `application_digest`.
    """

    decision_id: str
    sequence: int
    application_digest: str
    unit: str
    person: str
    about: str
    kind: str
    section: str
    question: str
    given: str
    basis: str
    status: str
    gates: bool
    replaced: bool = False

    def as_json(self) -> dict[str, Any]:
        """The question as data, in the order of the fields."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass(slots=True)
class Asked:
    """The questions in the order in which the applications came, and what was passed over.

    `left_out` counts applications with open questions by the overall status that keeps people from judging them;
    `erased` those whose private part is gone; `unread` are faults of decisions that cannot be read.
    """

    questions: list[Question] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)
    erased: int = 0
    unread: list[Problem] = field(default_factory=list)


def decisions_of(log: LogReader, policy: Policy) -> list[tuple[str, bool]]:
    """The newest decision on every application of an edition, and whether a later application replaced that one.

    In the order of the log. Raises LogUnavailable, or LogDamaged where one is not as it was written.
    """
    found: list[tuple[int, str, bool]] = []
    for standing in standings(log, policy):
        found.append((standing.summary.sequence, standing.summary.decision_id, False))
        for decision_id in standing.earlier:
            earlier = log.public(decision_id)
            found.append((0 if earlier is None else earlier.sequence, decision_id, True))
    return [(decision_id, replaced) for _, decision_id, replaced in sorted(found)]


class Questions:
    """Reads questions from a log, each decision under the policy it was made with. A context manager."""

    def __init__(self, log: LogReader) -> None:
        self._log = log
        self._engine = Recomputation()
        self._bases: dict[tuple[str, str], str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._engine.__exit__(kind, fault, trace)

    def add(
        self,
        asked: Asked,
        decision_id: str,
        *,
        replaced: bool = False,
        unit: str | None = None,
        everything: bool = False,
    ) -> None:
        """Add the questions of one decision; with `unit` only of a unit whose name or code holds that text.

        Only of an application that waits for nothing but people, unless `everything`. Raises LogUnavailable.
        """
        try:
            stored = self._log.get(decision_id)
            if stored is None or not stored.reply["reviews"]:
                return
            policy = self._engine.decided_with(self._log, stored).policy
        except DecisionErased:
            asked.erased += 1
            return
        except (LogDamaged, NotComputable) as fault:
            asked.unread.extend(fault.problems)
            return
        applicant = policy.applicant
        named = [text_given(stored.application, fact) for fact in (applicant.unit_name, applicant.unit_code)]
        if unit is not None and not any(unit in name for name in named if name):
            return
        status = stored.reply["overall"]["status"]
        if status != NEEDS_REVIEW and not everything:
            asked.left_out[status] = asked.left_out.get(status, 0) + 1
            return
        # What the verdict waits for comes first.
        asked.questions.extend(sorted(self._of(stored, policy, replaced), key=lambda question: not question.gates))

    def _of(self, stored: Stored, policy: Policy, replaced: bool) -> Iterator[Question]:
        shown = mask(policy, application=stored.application, reply=stored.reply)
        applicant = policy.applicant
        # One finding answers for every row of the application that the same condition asks about.
        together: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
        for review in shown.reply["reviews"]:
            together.setdefault((review["about"], review["kind"]), []).append(review)
        for (about, kind), reviews in together.items():
            section = next(item for item in policy.sections if item.id == about.partition(".")[0])
            stated = stored.public["conditions"].get(about, {})
            status = stated.get("machine_status", "needs_review")
            yield Question(
                decision_id=stored.decision_id,
                sequence=stored.sequence,
                application_digest=stored.public["application_digest"],
                unit=text_given(shown.application, applicant.unit_name) or "",
                person=text_given(shown.application, applicant.person_name) or "",
                about=about,
                kind=kind,
                section=section.label,
                question=_joined(review["question"] for review in reviews),
                given=_joined(review["evidence"] or "" for review in reviews),
                basis=self._basis(policy, section, about),
                status=messages.text(f"status.{status}"),
                gates=any(review["gates"] for review in reviews),
                replaced=replaced,
            )

    def _basis(self, policy: Policy, section: Section, about: str) -> str:
        key = (policy.digest, about)
        if key not in self._bases:
            cited = _cited(section.root, about.partition(".")[2])
            self._bases[key] = "\n".join(_citation(citation) for citation in cited)
        return self._bases[key]


def _joined(texts: Iterator[str]) -> str:
    return "\n".join(text for text in dict.fromkeys(texts) if text)


def _cited(root: Condition, name: str) -> tuple[Citation, ...]:
    """What the condition of that id cites, else what stands below it, else what is cited nearest around it.

    Without a name the whole is meant.
    """
    around: tuple[Citation, ...] = root.citations
    for condition in conditions_in(root):
        if any(inner.id == name for inner in conditions_in(condition)):
            around = condition.citations or around
        if condition.id == name or (not name and condition is root):
            below = (citation for inner in conditions_in(condition) for citation in inner.citations)
            return condition.citations or tuple(dict.fromkeys(below)) or around
    return around


def _citation(citation: Citation) -> str:
    shown = citation.as_json()
    if not shown["quote"]:
        return messages.text("panel.cited", **shown)
    return messages.text("panel.quoted", **shown)
