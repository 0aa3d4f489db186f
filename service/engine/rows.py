"""Conditions over a list: the same operator over rows, with equal rows counted once.

Rows with the same key are one row, the best of them: any other rule would let a number filled in later worsen what
was already satisfied. A row with a blank key may be any other, so it counts as unknown; a blank excluded key may be
that of one row, so one counted row becomes unknown.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from service.engine.facts import Frame, home
from service.engine.findings import Finding
from service.engine.verdict import JUDGEMENT, NOT, REVIEW, SATISFIED, UNKNOWN, Node, Result, nth_best
from service.policy.kinds import Rows
from service.policy.literals import normalise


class RowsDetail:
    """What explanation needs of the rows: those dropped, those open for want of a key, and the bounds met.

    `counted` rows are certainly satisfied, `possible` ones not certainly failing, of `total` after dropping.
    """

    blank = False
    exclusion_blank = False
    counted = 0
    possible = 0
    total = 0

    def __init__(self) -> None:
        self.duplicates: list[Frame] = []
        self.excluded: list[Frame] = []
        self.keyless: list[Frame] = []


class RowsNode(Node):
    """`over` folds the statuses of the rows: the n-th best for a count, all for every, any for some.

    `row` is compiled for one row; `negated` too, where the fold needs rows that do not hold. Each constraint is
    ("low", n): at least n rows hold, ("high", n): at most n do, or ("all", 0): all do; `either` asks one of several.
    """

    __slots__ = ("constraints", "either", "excluding", "key", "negated", "of", "on_blank", "path", "row")

    def __init__(
        self, condition: Rows, about: tuple[str, ...], *, row: Node, negated: Node | None,
        constraints: tuple[tuple[str, int], ...], either: bool, key: Callable[[Any], Any] | None,
        excluding: Callable[[Any], Any] | None, on_blank: int | None,
    ) -> None:  # fmt: skip
        super().__init__(condition, about)
        self.of, self.path, self.row, self.negated = condition.of, condition.of.path, row, negated
        self.constraints, self.either = constraints, either
        self.key, self.excluding, self.on_blank = key, excluding, on_blank

    def _fold(self, frame: Frame, found: dict[str, list[Finding]]) -> Result:
        frames = home(frame, self.of).rows[self.path]
        detail = RowsDetail()
        if frames is None:
            detail.blank = True
            status = self._blank()
            result = Result(self, frame, status, ())
            result.detail = detail
            if status == REVIEW:
                result.origin = JUDGEMENT
            return result
        results = [self.row.evaluate(row, found) for row in frames]
        if self.key is None and self.negated is None and not found:
            return self._plainly(frame, results, detail)
        refused = None if self.negated is None else [self.negated.evaluate(row, found) for row in frames]
        result = Result(self, frame, NOT, results)
        result.detail = detail
        groups = self._groups(frame, frames, detail)
        result.unseen = refused or ()
        result.machine = self._status(groups, [r.machine for r in results], refused and [r.machine for r in refused], detail)
        result.status = result.machine
        if found:
            result.status = self._status(groups, [r.status for r in results], refused and [r.status for r in refused], detail)
        result.folded = result.status
        return result

    def _plainly(self, frame: Frame, results: list[Result], detail: RowsDetail) -> Result:
        """The fold where rows need not be told apart, none is counted for failing, and people decided nothing."""
        statuses = [r.machine for r in results]
        detail.counted = statuses.count(SATISFIED)
        detail.possible = len(statuses) - statuses.count(NOT)
        detail.total = len(statuses)
        met = [nth_best(statuses, 0 if kind == "all" else n) if n > 0 or kind == "all" else SATISFIED for kind, n in self.constraints]
        result = Result(self, frame, max(met) if self.either else min(met), results)
        result.detail = detail
        return result

    def _blank(self) -> int:
        if self.on_blank is not None:
            return self.on_blank
        met = [
            SATISFIED if kind == "low" and n <= 0 else NOT if kind == "high" and n < 0 else UNKNOWN
            for kind, n in self.constraints
        ]
        return max(met) if self.either else min(met)

    def _groups(self, frame: Frame, frames: list[Frame], detail: RowsDetail) -> list[tuple[list[int], bool]]:
        """Rows that are one by their key, as indices, and whether that key is known."""
        if self.key is None:
            return [([index], True) for index in range(len(frames))]
        excluded = None
        if self.excluding is not None:
            value = self.excluding(frame)
            detail.exclusion_blank = value is None
            excluded = None if value is None else _same(value)
        groups: list[tuple[list[int], bool]] = []
        by_key: dict[Any, list[int]] = {}
        for index, row in enumerate(frames):
            value = self.key(row)
            if value is None:
                detail.keyless.append(row)
                groups.append(([index], False))
                continue
            key = _same(value)
            if key == excluded:
                detail.excluded.append(row)
            elif key in by_key:
                by_key[key].append(index)
                detail.duplicates.append(row)
            else:
                by_key[key] = [index]
                groups.append((by_key[key], True))
        return groups

    def _status(
        self, groups: list[tuple[list[int], bool]], statuses: list[int], refused: list[int] | None, detail: RowsDetail
    ) -> int:
        holding = [_merged(members, keyed, statuses) for members, keyed in groups]
        if detail.exclusion_blank and holding:
            best = max(range(len(holding)), key=holding.__getitem__)
            holding[best] = min(holding[best], UNKNOWN)
        detail.counted = holding.count(SATISFIED)
        detail.possible = len(holding) - holding.count(NOT)
        detail.total = len(holding)
        failing: list[int] = []
        if refused is not None:
            failing = [_merged_refused(members, keyed, refused) for members, keyed in groups]
            if detail.exclusion_blank and NOT in failing:
                failing[failing.index(NOT)] = UNKNOWN
        met = []
        for kind, n in self.constraints:
            if kind == "all":
                met.append(nth_best(holding, 0))
            elif kind == "low":
                met.append(SATISFIED if n <= 0 else nth_best(holding, n))
            else:
                spare = len(failing) - n
                met.append(NOT if n < 0 else SATISFIED if spare <= 0 else nth_best(failing, spare))
        return max(met) if self.either else min(met)


def _merged(members: list[int], keyed: bool, statuses: list[int]) -> int:
    best = max(statuses[index] for index in members)
    return best if keyed else min(best, UNKNOWN)


def _merged_refused(members: list[int], keyed: bool, refused: list[int]) -> int:
    """The negated status of rows that are one: they do not hold only if none of them does."""
    worst = min(refused[index] for index in members)
    return worst if keyed else max(worst, UNKNOWN)


def _same(value: Any) -> Any:
    return normalise(value) if isinstance(value, str) else value


def rows_condition(node: RowsNode) -> Rows:
    """The condition a rows node was compiled from."""
    if not isinstance(node.condition, Rows):
        raise TypeError(type(node.condition).__name__)
    return node.condition
