"""Condition data -> Condition: its kind told by the key, what every kind carries, the reader of the kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from service import messages
from service.policy.amounts import AmountReader
from service.policy.combinations import CombinationReader
from service.policy.comparisons import ComparisonReader
from service.policy.condition_schema import KINDS
from service.policy.factbook import FactBook, scope_of
from service.policy.facts import Fact
from service.policy.kinds import Condition, Example, OnMiss, Ruling
from service.policy.meeting import MeetsReader
from service.policy.model import Parameter
from service.policy.nodes import KindReader, Node
from service.policy.operands import OperandReader
from service.policy.points import PointsReader
from service.policy.reading import Path, Reading
from service.policy.rows import RowReader
from service.policy.tables import Citation, Document
from service.policy.terms import Deadline

_ID = re.compile(r"[^\s./\[\]{}#\U00010000-\U0010ffff]+")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
# Words that a sentence of the policy may hold beside facts and parameters.
SPECIAL_WORDS = ("count", "gap", "actual", "expected", "label")


class ConditionReader:
    """Reads condition trees of one policy; every fault is noted and the rest is read on."""

    def __init__(
        self,
        reading: Reading,
        facts: FactBook,
        *,
        documents: Mapping[str, Document],
        notice: str | None,
        rulings: Mapping[str, Ruling],
        parameters: Mapping[str, Parameter],
        date: Callable[[], Fact | None],
        closing: Deadline | None,
    ) -> None:
        self.reading = reading
        self.facts = facts
        self.documents = dict(documents)
        self.notice = notice
        self.rulings = rulings
        self.parameters = parameters
        self.ids: dict[str, Path] = {}
        operands = OperandReader(facts, parameters)
        comparisons = ComparisonReader(facts, operands, date=date, closing=closing)
        combinations = CombinationReader(facts, operands)
        rows = RowReader(facts, operands)
        amounts = AmountReader(facts, operands, comparisons, rows)
        self.points = PointsReader(operands, rows, self._cited, messages.text("points.unit"))
        self.meets = MeetsReader(facts, self.points)
        self._kinds: dict[str, KindReader] = {
            "fact": comparisons.fact,
            "all": combinations.all_of,
            "any": combinations.any_of,
            "none": combinations.none_of,
            "not": combinations.negation,
            "n_of": combinations.n_of,
            "points": self.points.points,
            "meets": self.meets.meets,
            "when": combinations.when,
            "readings": combinations.readings,
            "judgement": combinations.judgement,
            "count": rows.count,
            "every": rows.every,
            "some": rows.some,
            "sum": amounts.total,
            "highest": amounts.highest,
            "lowest": amounts.lowest,
            "share": amounts.share,
        }

    def section(self, data: Any, path: Path) -> Condition | None:
        """The condition tree of a section, whose condition ids start afresh."""
        self.ids = {}
        return self.read(data, path, cited=False)

    def measure(self, kind: str, data: dict[str, Any], path: Path, *, scope: str) -> Condition | None:
        """What a condition of a kind asks about, without a comparison; `data` holds its keys, which stand at `path`."""
        self.ids = {}
        common = {"position": self.reading.place(path)}
        # A share counts what lies outside it as well.
        node = Node(data, path, scope, kind == "share", common, self.read, measured=True)
        return self._kinds[kind](node)

    def of_a_fact(self, data: Any, path: Path, *, scope: str) -> Condition | None:
        """The condition that a derived fact is computed from: it need not cite, and its ids start afresh."""
        self.ids = {}
        return self.read(data, path, scope=scope)

    def read(
        self, data: Any, path: Path, *, scope: str = "", negated: bool = False, cited: bool = True
    ) -> Condition | None:
        """One condition and all below it; None where a fault leaves nothing to read.

        `scope` is the list whose rows the condition is about, `negated` that a negation stands above it,
        `cited` that something above it cites a document, or has been told to.
        """
        entry = self.reading.mapping(data)
        kind = next((k for k in KINDS if k in entry), None)
        if kind is None or self.reading.is_broken(path):
            return None
        if not cited and "cite" not in entry and not self.reading.is_broken((*path, "cite")):
            self.reading.fault("no-citation", path, at_key=True)
        common = self._common(entry, path, scope, negated=negated)
        return self._kinds[kind](Node(entry, path, scope, negated, common, self.read))

    def _common(self, entry: dict[str, Any], path: Path, scope: str, *, negated: bool) -> dict[str, Any]:
        name = None if entry.get("id") is None else str(entry["id"])
        if name is not None:
            if _ID.fullmatch(name) is None:
                self.reading.fault("bad-id", (*path, "id"), name=name)
            elif name in self.ids:
                first = self.reading.place((*self.ids[name], "id"))
                self.reading.fault("id-twice", (*path, "id"), name=name, line=first.line)
            else:
                self.ids[name] = path
        on_miss = _on_miss(entry)
        if negated and (on_miss is not OnMiss.FAIL or "exempt_when" in entry or entry.get("gates") is False):
            self.reading.fault("negated-modifier", path, at_key=True)
        exempt = entry.get("exempt_when")
        suggested = entry.get("suggestion")
        return {
            "id": name,
            "label": None if entry.get("label") is None else str(entry["label"]),
            "citations": self._cited(entry.get("cite"), (*path, "cite")),
            "rulings": self.rulings_of(entry.get("ruling"), (*path, "ruling")),
            "words": self._words(entry.get("words"), (*path, "words"), scope),
            "on_miss": on_miss,
            "exempt_when": None if exempt is None else self.read(exempt, (*path, "exempt_when"), scope=scope),
            "gates": entry.get("gates") is not False,
            "group": None if entry.get("group") is None else str(entry["group"]),
            "suggestion": None if suggested is None else self.facts.find(suggested, (*path, "suggestion"), scope),
            "examples": self._examples(entry.get("examples"), (*path, "examples")),
            "position": self.reading.place(path),
        }

    def _cited(self, value: Any, path: Path) -> tuple[Citation, ...]:
        """The citations a value holds: one or a list of them."""
        return self.reading.citations(value, path, self.documents, self.notice)

    def rulings_of(self, value: Any, path: Path) -> tuple[Ruling, ...]:
        """The rulings a value names: one or a list of them."""
        found = []
        for index, name in enumerate(value if isinstance(value, list) else [value]):
            if name is None:
                continue
            ruling = self.rulings.get(str(name))
            if ruling is not None:
                found.append(ruling)
            elif not self.reading.is_broken(("rulings",)):
                here = (*path, index) if isinstance(value, list) else path
                self.reading.fault("unknown-ruling", here, name=str(name), near=str(name), known=self.rulings)
        return tuple(found)

    def _words(self, value: Any, path: Path, scope: str) -> dict[str, str]:
        words = {}
        for key, text in self.reading.mapping(value).items():
            for name in _PLACEHOLDER.findall(str(text)):
                if name in SPECIAL_WORDS or name in self.parameters:
                    continue
                self.facts.find(name, (*path, key), scope)
            words[key] = str(text)
        return words

    def _examples(self, value: Any, path: Path) -> tuple[Example, ...]:
        examples = []
        for index, item in enumerate(value if isinstance(value, list) else []):
            entry = self.reading.mapping(item)
            given = self.reading.mapping(entry.get("given"))
            for name in given:
                self.facts.find_stated(name, (*path, index, "given", name), scope_of(name), at_key=True)
            examples.append(Example(given=given, status=str(entry.get("then"))))
        return tuple(examples)


def _on_miss(entry: dict[str, Any]) -> OnMiss:
    if entry.get("in_principle") is True:
        return OnMiss.IN_PRINCIPLE
    if entry.get("open_list") is True:
        return OnMiss.OPEN_LIST
    return OnMiss.REVIEW if entry.get("on_miss") == "review" else OnMiss.FAIL
