"""Conditions over a list: the same operator over rows, with equal rows counted once.

Rows with the same key are one row, the best of them: any other rule would let a number filled in later worsen
what was already satisfied. A row with a blank key may be any other, so it counts as unknown; a blank excluded
key may be that of one row, so one counted row becomes unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from service.engine.facts import Frame
from service.engine.verdict import JUDGEMENT, NOT, REVIEW, SATISFIED, UNKNOWN, Found, Node, Result, nth_best
from service.policy.kinds import Rows
from service.policy.literals import normalise


class Groups:
    """Rows that are one by their key, as indices with whether that key is known; and what is said of them."""

    exclusion_blank = False
    # Where every key is known and its own, as nearly always: the one row of each group.
    alone: list[int] | None = None

    def __init__(self) -> None:
        self.members: list[tuple[list[int], bool]] = []
        self.duplicates: list[Frame] = []
        self.excluded: list[Frame] = []
        self.keyless: list[Frame] = []


_UNGROUPED = Groups()


class RowsDetail:
    """What explanation needs of the rows: their frames, how they group, and the bounds met.

    `counted` rows are certainly satisfied, `possible` ones not certainly failing, of `total` after dropping.
    """

    blank = False
    counted = 0
    possible = 0
    total = 0

    def __init__(self, frames: Sequence[Frame], groups: Groups) -> None:
        self.frames = frames
        self.groups = groups


class RowsNode(Node):
    """`over` folds the statuses of the rows: the n-th best for a count, all for every, any for some.

    `row` is compiled for one row; `negated` too, where the fold needs rows that do not hold. Each constraint
    is ("low", n): at least n rows hold, ("high", n): at most n do, or ("all", 0): all do; `either` asks one
    of several. The list is found `climb` frames up.
    """

    __slots__ = ("climb", "constraints", "either", "excluding", "key", "negated", "on_blank", "path", "row")

    def __init__(
        self, condition: Rows, about: tuple[str, ...], *, row: Node, negated: Node | None,
        constraints: tuple[tuple[str, int], ...], either: bool, key: Callable[[Any], Any] | None,
        excluding: Callable[[Any], Any] | None, on_blank: int | None, climb: int,
    ) -> None:  # fmt: skip
        super().__init__(condition, about)
        self.path, self.row, self.negated = condition.of.path, row, negated
        self.climb = climb
        self.constraints, self.either = constraints, either
        self.key, self.excluding, self.on_blank = key, excluding, on_blank

    def _fold(self, frame: Frame, found: Found) -> Result:
        holder: Any = frame
        for _ in range(self.climb):
            holder = holder.parent
        frames = holder.rows[self.path]
        if frames is None:
            return self._unknown()
        results = [self.row.evaluate(row, found) for row in frames]
        if self.key is None and self.negated is None and not found:
            return self._plainly(frames, results)
        refused = None if self.negated is None else [self.negated.evaluate(row, found) for row in frames]
        groups = self._groups(frame, frames)
        detail = RowsDetail(frames, groups)
        machine = self._status(
            groups,
            [r.machine for r in results],
            None if refused is None else [r.machine for r in refused],
            detail,
        )
        result = Result(self, machine, results)
        result.detail = detail
        result.unseen = refused or ()
        if found:
            status = self._status(
                groups,
                [r.status for r in results],
                None if refused is None else [r.status for r in refused],
                detail,
            )
            result.status = result.folded = status
        return result

    def _unknown(self) -> Result:
        """What a list that is not given comes to."""
        status = self._blank()
        result = Result(self, status)
        result.detail = RowsDetail((), _UNGROUPED)
        result.detail.blank = True
        if status == REVIEW:
            result.origin = JUDGEMENT
        return result

    def _plainly(self, frames: list[Frame], results: list[Result]) -> Result:
        """The fold where rows need not be told apart, none counts for failing, and people decided nothing."""
        statuses = [r.machine for r in results]
        met = [
            nth_best(statuses, 0) if kind == "all" else SATISFIED if n <= 0 else nth_best(statuses, n)
            for kind, n in self.constraints
        ]
        result = Result(self, max(met) if self.either else min(met), results)
        result.detail = detail = RowsDetail(frames, _UNGROUPED)
        detail.counted = statuses.count(SATISFIED)
        detail.total = len(statuses)
        detail.possible = detail.total - statuses.count(NOT)
        return result

    def _blank(self) -> int:
        if self.on_blank is not None:
            return self.on_blank
        met = [
            SATISFIED if kind == "low" and n <= 0 else NOT if kind == "high" and n < 0 else UNKNOWN
            for kind, n in self.constraints
        ]
        return max(met) if self.either else min(met)

    def _groups(self, frame: Frame, frames: list[Frame]) -> Groups:
        """How the rows group; conditions with the same keys over the same list share the answer."""
        name = ("groups", self.path, self.key, self.excluding)
        groups: Groups | None = frame.memo.get(name)
        if groups is None:
            groups = frame.memo[name] = self._grouped(frame, frames)
            if not groups.keyless and not groups.duplicates:
                groups.alone = [members[0] for members, _ in groups.members]
        return groups

    def _grouped(self, frame: Frame, frames: list[Frame]) -> Groups:
        groups = Groups()
        if self.key is None:
            groups.members = [([index], True) for index in range(len(frames))]
            return groups
        excluded = None
        if self.excluding is not None:
            value = self.excluding(frame)
            groups.exclusion_blank = value is None
            excluded = None if value is None else _same(value)
        by_key: dict[Any, list[int]] = {}
        for index, row in enumerate(frames):
            value = self.key(row)
            if value is None:
                groups.keyless.append(row)
                groups.members.append(([index], False))
                continue
            key = _same(value)
            if key == excluded:
                groups.excluded.append(row)
            elif key in by_key:
                by_key[key].append(index)
                groups.duplicates.append(row)
            else:
                by_key[key] = [index]
                groups.members.append((by_key[key], True))
        return groups

    def _status(self, groups: Groups, statuses: list[int], refused: list[int] | None, detail: RowsDetail) -> int:
        if groups.alone is not None:
            holding = [statuses[index] for index in groups.alone]
        else:
            holding = [_merged(members, keyed, statuses) for members, keyed in groups.members]
        if groups.exclusion_blank and holding:
            best = max(range(len(holding)), key=holding.__getitem__)
            holding[best] = min(holding[best], UNKNOWN)
        detail.counted = holding.count(SATISFIED)
        detail.possible = len(holding) - holding.count(NOT)
        detail.total = len(holding)
        failing: list[int] = []
        if refused is not None:
            failing = [_merged_refused(members, keyed, refused) for members, keyed in groups.members]
            if groups.exclusion_blank and NOT in failing:
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


def below(result: Result, frame: Frame) -> Iterable[tuple[Result, Frame]]:
    """The children of a result on a frame, each with its own: rows have theirs, what exempts has this one."""
    if result.detail is not None:
        return zip(result.children, (*result.detail.frames, frame), strict=False)
    return [(child, frame) for child in result.children]


def asked_about(result: Result, frame: Frame) -> Iterable[tuple[Result, Frame]]:
    """As `below`, and what was folded unseen beside the children."""
    if not result.unseen:
        return below(result, frame)
    frames = result.detail.frames if isinstance(result.detail, RowsDetail) else [frame] * len(result.unseen)
    return [*below(result, frame), *zip(result.unseen, frames, strict=True)]


def shortfall(result: Result) -> int | None:
    """How many rows are wanting, for a count that has too few."""
    if not isinstance(result.node, RowsNode) or not isinstance(result.detail, RowsDetail):
        return None
    lows = [n for kind, n in result.node.constraints if kind == "low"]
    return max(lows) - result.detail.counted if lows else None
