"""Conditions over a list: the same operator over rows, with equal rows counted once.

Rows with the same key are one row; disagreeing ones are readings of each other. A row with a blank key may be any
other, so it counts as unknown; a blank excluded key may be that of one row, so one counted row becomes unknown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from service.engine.facts import Frame
from service.engine.findings import Finding
from service.engine.verdict import JUDGEMENT, NOT, SATISFIED, UNKNOWN, Node, Result, nth_best, readings
from service.policy.literals import normalise
from service.policy.model import Condition, Rows


@dataclass(slots=True)
class RowsDetail:
    """What explanation needs of the rows: those dropped, those open for want of a key, and the bounds met."""

    blank: bool = False
    duplicates: list[Frame] = field(default_factory=list)
    excluded: list[Frame] = field(default_factory=list)
    keyless: list[Frame] = field(default_factory=list)
    exclusion_blank: bool = False
    counted: int = 0  # rows certainly satisfied
    possible: int = 0  # rows not certainly failing
    total: int = 0


class RowsNode(Node):
    """`over` folds the statuses of the rows: the n-th best for a count, all for every, any for some.

    `row` is compiled for one row; `negated` too, where the fold needs rows that do not hold. Each constraint is
    ("low", n): at least n rows hold, ("high", n): at most n do, or ("all", 0): all do; `either` asks one of several.
    """

    __slots__ = ("constraints", "either", "excluding", "key", "negated", "on_blank", "path", "row")

    def __init__(
        self, condition: Condition, about: tuple[str, ...], *, path: str, row: Node, negated: Node | None,
        constraints: tuple[tuple[str, int], ...], either: bool, key: Callable[[Any], Any] | None,
        excluding: Callable[[Any], Any] | None, on_blank: int | None,
    ) -> None:  # fmt: skip
        super().__init__(condition, about)
        self.path, self.row, self.negated = path, row, negated
        self.constraints, self.either = constraints, either
        self.key, self.excluding, self.on_blank = key, excluding, on_blank

    def _fold(self, frame: Frame, found: dict[str, list[Finding]]) -> Result:
        frames = frame.rows[self.path]
        detail = RowsDetail()
        if frames is None:
            detail.blank = True
            status = self._blank()
            result = Result(self, frame, status, status, ())
            result.detail = detail
            return result
        results = [self.row.evaluate(row, found) for row in frames]
        refused = None if self.negated is None else [self.negated.evaluate(row, found) for row in frames]
        result = Result(self, frame, NOT, NOT, results)
        result.detail = detail
        groups = self._groups(frame, frames, detail)
        result.machine, differ = self._status(groups, [r.machine for r in results], refused and [r.machine for r in refused], detail)
        if found:
            result.status, differ = self._status(groups, [r.status for r in results], refused and [r.status for r in refused], detail)
        else:
            result.status = result.machine
        if differ and result.status == 2:
            result.origin = JUDGEMENT
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
    ) -> tuple[int, bool]:
        holding, differ = _merge(groups, statuses, low=True)
        if detail.exclusion_blank and holding:
            best = max(range(len(holding)), key=holding.__getitem__)
            holding[best] = min(holding[best], UNKNOWN)
        detail.counted = sum(status == SATISFIED for status in holding)
        detail.possible = sum(status != NOT for status in holding)
        detail.total = len(holding)
        failing: list[int] = []
        if refused is not None:
            failing, more = _merge(groups, refused, low=False)
            differ = differ or more
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
        return (max(met) if self.either else min(met)), differ


def _merge(groups: list[tuple[list[int], bool]], statuses: list[int], *, low: bool) -> tuple[list[int], bool]:
    merged = []
    differ = False
    for members, keyed in groups:
        if len(members) == 1:
            status = statuses[members[0]]
        else:
            status, differs = readings([statuses[index] for index in members])
            differ = differ or differs
        if not keyed:
            status = min(status, UNKNOWN) if low else max(status, UNKNOWN)
        merged.append(status)
    return merged, differ


def _same(value: Any) -> Any:
    return normalise(value) if isinstance(value, str) else value


def rows_condition(node: RowsNode) -> Rows:
    """The condition a rows node was compiled from."""
    if not isinstance(node.condition, Rows):
        raise TypeError(type(node.condition).__name__)
    return node.condition
