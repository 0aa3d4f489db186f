"""The stages of a decision in one process, from bytes to bytes, and the parts of an assessment."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from timing import Stage

from service.engine.application import read_application
from service.engine.assess import Assessment, assess
from service.engine.compiler import CompiledPolicy
from service.engine.explanation import explain
from service.engine.rules import RuleBook
from service.policy.library import load_library

FLOOR = "floor: json.loads + json.dumps"
BREAKDOWN = ("  of it frames and vectors", "  of it rules (durable-rules)", "  of it fold")

_EDITION = ("lucheng-skills-master-studio", "2024")
_ON = dt.datetime(2024, 7, 3, 9, 30, tzinfo=dt.timezone(dt.timedelta(hours=8)))


class Stages:
    """The stages on one application of a file, under the 2024 edition of a policy folder."""

    def __init__(self, policies: Path, application: Path) -> None:
        given = json.loads(application.read_bytes())
        data = given.get("application", given)
        self.body = json.dumps(data, ensure_ascii=False)
        snapshot, problems = load_library(policies)
        policy = None if snapshot is None else snapshot.find(*_EDITION)
        if policy is None:
            raise SystemExit("\n".join(map(str, problems)))
        self.policy = policy
        self.compiled = CompiledPolicy(policy)
        found, faults = read_application(policy, data)
        if found is None:
            raise SystemExit("\n".join(map(str, faults)))
        self.data, self.application = data, found
        with _recorded() as decided:
            self.root = self.compiled.frame(found.values)
        self._decided: Sequence[tuple[RuleBook, Sequence[int]]] = tuple(decided)
        self.facts = len(decided)
        self._decide_really = RuleBook.decide
        self._answers = [book.decide(vector) for book, vector in decided]
        self.leaves = sum(map(len, self._answers))
        self.assessment = self._assess()
        self.reply = explain(self.assessment)

    def close(self) -> None:
        """Give the rules back."""
        self.compiled.close()

    def all(self) -> dict[str, Stage]:
        """Every stage by its name, the parts of the assessment last."""
        vectors, rules, fold = BREAKDOWN
        return {
            FLOOR: Stage(lambda: json.dumps(json.loads(self.body), ensure_ascii=False)),
            "loading (marshmallow)": Stage(lambda: read_application(self.policy, self.data)),
            "assessment alone": Stage(self._assess),
            "explanation alone": Stage(lambda: explain(self.assessment)),
            "JSON of the reply alone": Stage(lambda: self._dump(self.reply)),
            "assessment + explanation + JSON": Stage(lambda: self._dump(explain(self._assess()))),
            "all: parse to JSON of the reply": Stage(self._whole),
            vectors: Stage(self._frame, prepare=self._silence_rules, after=self._restore_rules),
            rules: Stage(self._decide),
            fold: Stage(self._fold, prepare=self._renew),
        }

    def _assess(self) -> Assessment:
        return assess(self.compiled, self.application, on=_ON)

    @staticmethod
    def _dump(reply: object) -> str:
        return json.dumps(reply, ensure_ascii=False)

    def _whole(self) -> str:
        found, _ = read_application(self.policy, json.loads(self.body))
        assert found is not None
        return self._dump(explain(assess(self.compiled, found, on=_ON)))

    def _frame(self) -> None:
        self.compiled.frame(self.application.values)

    def _silence_rules(self) -> None:
        """Let the books answer what they answered, at no cost, until `_restore_rules`."""
        answers = iter(self._answers)

        def answer(_book: RuleBook, _vector: Sequence[int]) -> Sequence[int]:
            return next(answers)

        _let_decide(answer)

    def _restore_rules(self) -> None:
        _let_decide(self._decide_really)

    def _decide(self) -> None:
        for book, vector in self._decided:
            book.decide(vector)

    def _renew(self) -> None:
        self.root = self.compiled.frame(self.application.values)

    def _fold(self) -> None:
        for _, node in self.compiled.sections:
            node.evaluate(self.root, {})


def _let_decide(decide: Callable[[RuleBook, Sequence[int]], Sequence[int]]) -> None:
    RuleBook.decide = decide  # type: ignore[assignment, method-assign]  # of all books, while a part is timed


@contextmanager
def _recorded() -> Iterator[list[tuple[RuleBook, Sequence[int]]]]:
    """What the rule books are asked inside the block."""
    asked: list[tuple[RuleBook, Sequence[int]]] = []
    decide = RuleBook.decide

    def recording(book: RuleBook, vector: Sequence[int]) -> Sequence[int]:
        asked.append((book, vector))
        return decide(book, vector)

    with mock.patch.object(RuleBook, "decide", recording):
        yield asked
