"""The tree of results as the reply shows it: what was expected and found, and whether that decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from service import messages
from service.engine.branches import Alternatives, decides
from service.engine.facts import FactReaders, Frame
from service.engine.items import Scored, WorthNode
from service.engine.leaves import Leaf
from service.engine.rows import RowsNode, below, weighed_fact
from service.engine.told_points import points_json
from service.engine.verdict import NAMES, SATISFIED, Node, Result
from service.engine.wording import Telling, Wording
from service.policy.factbook import scope_of
from service.policy.facts import Fact
from service.policy.kinds import AllOf, AnyOf, Judgement, NOf
from service.policy.model import Section
from service.policy.tables import Citation

_say = messages.text


@dataclass(frozen=True, slots=True)
class _View:
    """How a condition is shown: what no application changes, every key in its place, and what tells the rest.

    `labelled` says whether the policy names the condition, `cited` is what conditions below it cite.
    """

    shape: dict[str, Any]
    expected: Telling | None
    actual: Telling | None
    question: str | None
    suggestion: Fact | None
    labelled: bool
    cited: tuple[Citation, ...]


class ConditionTree:
    """Shows the results of one policy. Citations and the like are shared between replies: read them only."""

    def __init__(self, wording: Wording, readers: FactReaders) -> None:
        self._wording = wording
        self._readers = readers
        self._views: dict[Node, _View] = {}

    def section(self, section: Section, result: Result, root: Frame) -> dict[str, Any]:
        """One section with the conditions under it."""
        cited = result.node.condition.citations
        return {
            "status": NAMES[result.status],
            "machine_status": NAMES[result.machine],
            "label": section.label,
            "explanation": self._wording.summary(result, root) or section.label,
            "citations": self._view(result.node, ()).shape["citations"],
            "conditions": [
                self._condition(child, root, cited, deciding=child is result or decides(result, child))
                for child in shown_under(result)
            ],
            **_settled(result),
        }

    def _condition(
        self,
        result: Result,
        frame: Frame,
        cited: tuple[Citation, ...],
        name: str | None = None,
        *,
        deciding: bool,
    ) -> dict[str, Any]:
        """A condition as shown; `cited` is what the nearest condition above it cites."""
        node = result.node
        if isinstance(node, WorthNode):
            return self._worth(node, result, frame, cited, deciding=deciding)
        view = self._views.get(node) or self._view(node, cited)
        shown = view.shape.copy()
        if name is not None and not view.labelled:
            shown["label"] = name
        shown["status"] = NAMES[result.status]
        shown["machine_status"] = NAMES[result.machine]
        shown["applies"] = result.applies
        shown["deciding"] = deciding
        if view.expected is not None:
            shown["expected"] = view.expected(result, frame)
        if view.actual is not None:
            shown["actual"] = view.actual(result, frame)
        if view.suggestion is not None and result.status != SATISFIED:
            value = self._readers.value(view.suggestion, frame)
            if value is not None:
                shown["suggestion"] = str(value)
        if view.question is not None:
            shown["question"] = view.question
        if result.finding is not None:
            shown.update(_settled(result))
        if isinstance(result, Scored):
            shown["points"] = points_json(result)
        if not result.children:
            return shown
        cited = view.cited or cited
        if isinstance(node, RowsNode):
            shown["rows"] = [
                self._row(result, child, at, cited, deciding=deciding and decides(result, child))
                for child, at in below(result, frame)
            ]
            return shown
        names = node.names if isinstance(node, Alternatives) else (None,) * len(result.children)
        shown["conditions"] = [
            self._condition(child, frame, cited, reading, deciding=deciding and decides(result, child))
            for child, reading in zip(result.children, names, strict=False)
        ]
        return shown

    def _worth(
        self, node: WorthNode, result: Result, frame: Frame, cited: tuple[Citation, ...], *, deciding: bool
    ) -> dict[str, Any]:
        """A condition that gives points: it is shown itself, with its points."""
        item = node.condition
        shown = self._condition(result.children[0], frame, item.citations or cited, deciding=deciding)
        if item.label is not None:
            shown["label"] = item.label
        if item.citations and not node.when.condition.citations:
            shown["citations"] = [citation.as_json() for citation in item.citations]
        shown["points"] = points_json(result)
        return shown

    def _row(
        self, rows: Result, result: Result, frame: Frame, cited: tuple[Citation, ...], *, deciding: bool
    ) -> dict[str, Any]:
        groups = rows.detail.groups
        row: dict[str, Any] = {"pointer": frame.pointer, **self._wording.owners.of_row(frame)}
        row["status"] = NAMES[result.status]
        fact = weighed_fact(rows.node)
        # What exempts stands among the rows and has no value.
        if fact is not None and frame.scope == scope_of(fact.path):
            row["actual"] = self._wording.fact(fact, frame)
        dropped = frame in groups.duplicates or frame in groups.excluded
        if frame in groups.duplicates:
            row["note"] = _say("row.duplicate")
        elif dropped:
            row["note"] = _say("row.excluded")
        elif frame in groups.keyless:
            row["note"] = _say("row.keyless")
        row["counted"] = not dropped
        if isinstance(result.node, Leaf):
            row["conditions"] = [self._condition(result, frame, cited, deciding=deciding)]
        else:
            row["conditions"] = [
                self._condition(child, at, cited, deciding=deciding and decides(result, child))
                for child, at in below(result, frame)
            ]
        return row

    def _view(self, node: Node, cited: tuple[Citation, ...]) -> _View:
        """How a condition is shown, made when it is first.

        A comparison that cites nothing itself shows what the condition around it cites.
        """
        if node not in self._views:
            condition, words = node.condition, self._wording.of(node)
            shown = condition.citations or (cited if isinstance(node, Leaf | RowsNode) else ())
            shape = {
                "id": condition.id,
                "label": words.label,
                "status": None,
                "machine_status": None,
                "applies": True,
                "gates": condition.gates,
                "deciding": False,
                "expected": None if callable(words.expected) else words.expected,
                "actual": None if callable(words.actual) else words.actual,
                "citations": [citation.as_json() for citation in shown],
                "rulings": [ruling.id for ruling in condition.rulings],
                "rows": [],
                "conditions": [],
            }
            self._views[node] = _View(
                shape,
                words.expected if callable(words.expected) else None,
                words.actual if callable(words.actual) else None,
                condition.question if isinstance(condition, Judgement) else None,
                condition.suggestion,
                condition.label is not None,
                condition.citations,
            )
        return self._views[node]


def shown_under(result: Result) -> list[Result]:
    """The conditions shown under a section: those of its combination, or the one it is."""
    return list(result.children) if isinstance(result.node.condition, AllOf | AnyOf | NOf) else [result]


def _settled(result: Result) -> dict[str, Any]:
    return {} if result.finding is None else {"finding": result.finding.as_shown()}
