"""Conditions over a list: the same operator over rows, with equal rows counted once.

`RowsNode` is what all kinds over a list share; `TallyNode` counts the rows that hold, `sums` and `shares` weigh
them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import cycle, repeat
from typing import Any

from service.engine.branches import branched, local
from service.engine.facts import Frame
from service.engine.groups import UNGROUPED, Groups, grouped
from service.engine.verdict import JUDGEMENT, NOT, REVIEW, SATISFIED, UNKNOWN, About, Found, Node, Result, nth_best
from service.policy.facts import Fact
from service.policy.kinds import Extreme, Rows, Share, Sum


@dataclass(frozen=True, slots=True)
class Over:
    """Which rows a condition is over: the list `path`, found `climb` frames up, and what tells its rows apart.

    `on_blank` is the status of a list not given, `on_empty` that of one where no row counts, both None where
    the kind says it. `counts` and `lacks` ask of a row whether it counts, and whether it does not; None where
    nobody asks.
    """

    path: str
    climb: int
    key: Callable[[Any], Any] | None = None
    excluding: Callable[[Any], Any] | None = None
    on_blank: int | None = None
    on_empty: int | None = None
    counts: Node | None = None
    lacks: Node | None = None


class RowsDetail:
    """What explanation needs of the rows: their frames, how they group, and the bounds met.

    `counted` rows are certainly satisfied, `possible` ones not certainly failing, of `total` after dropping.
    `amount` is what a sum, or the part of a share, lies between, `whole` what that is a part of. The numbers of
    the rows `weighed` bear on them; those of the rows `differing` are several of one and the same thing.
    """

    blank = False
    counted = 0
    possible = 0
    total = 0
    amount: tuple[float, float] | None = None
    whole: tuple[float, float] | None = None
    weighed: Sequence[Frame] = ()
    differing: Sequence[Frame] = ()

    def __init__(self, frames: Sequence[Frame], groups: Groups) -> None:
        self.frames = frames
        self.groups = groups


class RowsNode(Node):
    """A condition over the rows of a list. Subclasses fold the rows of a list that is given."""

    __slots__ = ("over",)

    def __init__(self, condition: Rows, about: About, over: Over) -> None:
        super().__init__(condition, about)
        self.over = over

    def _fold(self, frame: Frame, found: Found) -> Result:
        over = self.over
        holder: Any = frame
        for _ in range(over.climb):
            holder = holder.parent
        frames = holder.below(over.path)
        return self._unknown() if frames is None else self._over(frame, frames, found)

    def _over(self, frame: Frame, frames: list[Frame], found: Found) -> Result:
        """The result over rows that are given."""
        raise NotImplementedError

    def _unknown(self) -> Result:
        """What a list that is not given comes to."""
        status = self._blank() if self.over.on_blank is None else self.over.on_blank
        result = Result(self, status)
        result.detail = RowsDetail((), UNGROUPED)
        result.detail.blank = True
        if status == REVIEW:
            result.origin = JUDGEMENT
        return result

    def _blank(self) -> int:
        return UNKNOWN

    def _groups(self, frame: Frame, frames: list[Frame]) -> Groups:
        """How the rows group; conditions with the same keys over the same list share the answer."""
        over = self.over
        name = ("groups", over.path, over.key, over.excluding)
        groups: Groups | None = frame.memo.get(name)
        if groups is None:
            groups = frame.memo[name] = grouped(frames, over.key, over.excluding, frame)
        return groups

    def _unless_empty(self, result: Result, found: Found) -> Result:
        """The result with what the policy says of no row counting: that decides where none does.

        Where a row may count or not, both must agree.
        """
        over, detail = self.over, result.detail
        if over.on_empty is None or over.counts is None or over.lacks is None:
            return result
        counts = [over.counts.evaluate(row, found) for row in detail.frames]
        lacks = [over.lacks.evaluate(row, found) for row in detail.frames]
        result.unseen = (*result.unseen, *counts, *lacks)
        some = max(detail.groups.holding([r.machine for r in counts]), default=NOT)
        none = min(detail.groups.failing([r.machine for r in lacks]), default=SATISFIED)
        result.machine = branched(some, none, result.machine, over.on_empty)
        if found:
            some = max(detail.groups.holding([r.status for r in counts]), default=NOT)
            none = min(detail.groups.failing([r.status for r in lacks]), default=SATISFIED)
        return self._judged_empty(result, some, none, found)

    def _judged_empty(self, result: Result, some: int, none: int, found: Found) -> Result:
        """Settle what the policy leaves to people where no row counts; `some` and `none`: whether one does."""
        settled = self.over.on_empty
        if settled is None:
            return result
        decided = self.decided(JUDGEMENT, found) if found and settled == REVIEW else None
        if decided is not None:
            finding, settled = decided
            if some == NOT:
                result.finding = finding
        result.status = result.folded = branched(some, none, result.status, settled)
        if result.status == REVIEW == settled and some != SATISFIED:
            result.origin = JUDGEMENT
        return result


_EXTREMES: dict[tuple[tuple[str, int], ...], Callable[[list[int]], int]] = {
    (("all", 0),): partial(min, default=SATISFIED),
    (("low", 1),): partial(max, default=NOT),
}


class TallyNode(RowsNode):
    """So many rows hold: the n-th best for a count, all for every, any for some.

    `row` is compiled for one row; `negated` too, where the fold needs rows that do not hold. Each constraint
    is ("low", n): at least n rows hold, ("high", n): at most n do, or ("all", 0): all do; `either` asks one
    of several.
    """

    __slots__ = ("_local", "_plain", "constraints", "either", "negated", "row")

    def __init__(
        self, condition: Rows, about: About, over: Over, *, row: Node, negated: Node | None,
        constraints: tuple[tuple[str, int], ...], either: bool,
    ) -> None:  # fmt: skip
        super().__init__(condition, about, over)
        self.row, self.negated = row, negated
        self.constraints, self.either = constraints, either
        # Where rows need not be told apart and none counts for failing, all is asked of them or of one.
        self._plain: Callable[[list[int]], int] | None = None
        if over.key is None and negated is None and over.on_empty is None:
            self._plain = _EXTREMES.get(constraints)
        self._local = local(row) and (negated is None or local(negated))

    def _over(self, frame: Frame, frames: list[Frame], found: Found) -> Result:
        results = self._each(self.row, frames, found)
        statuses = [r.machine for r in results]
        if self._plain is not None and not found:
            result = Result(self, self._plain(statuses), results)
            result.detail = detail = RowsDetail(frames, UNGROUPED)
            detail.counted = statuses.count(SATISFIED)
            detail.total = len(statuses)
            detail.possible = detail.total - statuses.count(NOT)
            return result
        refused = None if self.negated is None else self._each(self.negated, frames, found)
        groups = self._groups(frame, frames)
        detail = RowsDetail(frames, groups)
        machine = self._status(groups, statuses, None if refused is None else [r.machine for r in refused], detail)
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
        return self._unless_empty(result, found)

    def _each(self, row: Node, frames: list[Frame], found: Found) -> list[Result]:
        """The result on each row; rows after one another that the rules found alike share one where they can."""
        if not self._local:
            return [row.evaluate(frame, found) for frame in frames]
        results: list[Result] = []
        outcomes: Sequence[int] | None = None
        for frame in frames:
            if frame.outcomes is not outcomes:
                outcomes = frame.outcomes
                result = row.evaluate(frame, found)
            results.append(result)
        return results

    def _blank(self) -> int:
        met = [
            SATISFIED if kind == "low" and n <= 0 else NOT if kind == "high" and n < 0 else UNKNOWN
            for kind, n in self.constraints
        ]
        return max(met) if self.either else min(met)

    def _status(self, groups: Groups, statuses: list[int], refused: list[int] | None, detail: RowsDetail) -> int:
        # Where all must hold, what fails in one of several equal rows fails.
        every = self.constraints == (("all", 0),)
        holding = groups.failing(statuses) if every else groups.holding(statuses)
        detail.counted = holding.count(SATISFIED)
        detail.possible = len(holding) - holding.count(NOT)
        detail.total = len(holding)
        failing = [] if refused is None else groups.failing(refused)
        met = []
        for kind, n in self.constraints:
            if kind == "all":
                met.append(min(holding, default=SATISFIED))
            elif kind == "low":
                met.append(SATISFIED if n <= 0 else nth_best(holding, n))
            else:
                spare = len(failing) - n
                met.append(NOT if n < 0 else SATISFIED if spare <= 0 else nth_best(failing, spare))
        return max(met) if self.either else min(met)


def rows_condition(node: RowsNode) -> Rows:
    """The condition a rows node was compiled from."""
    if not isinstance(node.condition, Rows):
        raise TypeError(type(node.condition).__name__)
    return node.condition


def weighed_fact(node: Node) -> Fact | None:
    """The value of each row that a condition adds up or compares; None where it only asks which rows hold."""
    condition = node.condition
    return condition.fact if isinstance(condition, Sum | Extreme | Share) else None


def below(result: Result, frame: Frame) -> Iterable[tuple[Result, Frame]]:
    """The children of a result on a frame, each with its own: rows have theirs, what exempts has this one."""
    if result.detail is not None:
        return zip(result.children, (*result.detail.frames, frame), strict=False)
    return zip(result.children, repeat(frame))


def asked_about(result: Result, frame: Frame) -> Iterable[tuple[Result, Frame]]:
    """As `below`, and what was folded unseen beside the children."""
    if not result.unseen:
        return below(result, frame)
    frames = result.detail.frames if isinstance(result.detail, RowsDetail) else [frame]
    # What is asked unseen of one row is asked of every row, one question after the other.
    return [*below(result, frame), *zip(result.unseen, cycle(frames), strict=False)]


def shortfall(result: Result) -> int | None:
    """How many rows are wanting, for a count that has too few."""
    if not isinstance(result.node, TallyNode) or isinstance(result.node.condition, Extreme):
        return None
    lows = [n for kind, n in result.node.constraints if kind == "low"]
    return max(lows) - result.detail.counted if lows else None
