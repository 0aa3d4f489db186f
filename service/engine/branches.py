"""Conditions of conditions on one frame: so many of several, readings of a text, one where another holds."""

from __future__ import annotations

from collections.abc import Callable

from service.engine.facts import Frame
from service.engine.leaves import Leaf, Question, direct
from service.engine.verdict import JUDGEMENT, NOT, REVIEW, SATISFIED, About, Found, Node, Result, nth_best, readings
from service.policy.kinds import Condition


class Combine(Node):
    """The n-th best of the children that gate; several n are readings of how many the text asks.

    `needed` says how many children must hold: counted from the best (n >= 1), or with n <= 0 all but -n of
    them.
    """

    __slots__ = ("_all_gate", "_direct", "_extreme", "children", "needed")

    def __init__(
        self,
        condition: Condition,
        about: About,
        children: tuple[Node, ...],
        needed: tuple[int, ...],
    ) -> None:
        super().__init__(condition, about)
        self.children = children
        self.needed = needed
        self._all_gate = all(child.gates for child in children)
        self._direct = direct(children)
        # Nearly every one asks for all or for one, which needs no sorting.
        extremes: dict[tuple[int, ...], Callable[[list[int]], int]] = {(0,): min, (1,): max}
        self._extreme = extremes.get(needed)

    def _fold(self, frame: Frame, found: Found) -> Result:
        if self._direct is not None and not found:
            outcomes = frame.outcomes
            results = [ready[outcomes[number]] for number, ready in self._direct]
        else:
            results = [child.evaluate(frame, found) for child in self.children]
        if self._all_gate:  # noqa: SIM108 - two lines read better than one of 110 columns
            statuses = [r.machine for r in results]
        else:
            statuses = [r.machine for r in results if r.node.gates]
        if self._extreme is not None and statuses:
            machine, differ = self._extreme(statuses), False
        else:
            machine, differ = self._counted(statuses)
        result = Result(self, machine, results)
        if found:
            gating = [r.status for r in results if r.node.gates or _rejected(r)]
            result.status, differ = self._counted(gating)
            result.folded = result.status
        if differ:
            result.origin = JUDGEMENT
        return result

    def _counted(self, statuses: list[int]) -> tuple[int, bool]:
        if self._extreme is not None and statuses:
            return self._extreme(statuses), False
        if len(self.needed) == 1:
            return nth_best(statuses, self.needed[0]), False
        return readings([nth_best(statuses, n) for n in self.needed])


def _rejected(result: Result) -> bool:
    """A judgement that does not gate counts once people, asked, have decided against it."""
    asked = isinstance(result.node, Question) and result.folded == REVIEW
    return asked and result.finding is not None and result.status == NOT


class Alternatives(Node):
    """Readings of the text or the law."""

    __slots__ = ("children", "names")

    def __init__(self, condition: Condition, about: About, children: tuple[Node, ...], names: tuple[str, ...]) -> None:
        super().__init__(condition, about)
        self.children = children
        self.names = names

    def _fold(self, frame: Frame, found: Found) -> Result:
        results = [child.evaluate(frame, found) for child in self.children]
        result = Result(self, NOT, results)
        result.machine, _ = readings([r.machine for r in results])
        result.status, differ = readings([r.status for r in results])
        result.folded = result.status
        if differ:
            result.origin = JUDGEMENT
        return result


class Conditional(Node):
    """when / then / else. `loose` is the form "not w or t", else "w and t"; with an else both branches count.

    `unless` is `when` negated.
    """

    __slots__ = ("loose", "otherwise", "then", "unless", "when")

    def __init__(
        self, condition: Condition, about: About, *, when: Node, unless: Node, then: Node,
        otherwise: Node | None, loose: bool,
    ) -> None:  # fmt: skip
        super().__init__(condition, about)
        self.when, self.unless, self.then, self.otherwise, self.loose = when, unless, then, otherwise, loose

    def _fold(self, frame: Frame, found: Found) -> Result:
        when = self.when.evaluate(frame, found)
        unless = self.unless.evaluate(frame, found)
        then = self.then.evaluate(frame, found)
        shown = then.applying(when.status != NOT)
        if self.otherwise is None:
            result = Result(self, NOT, (when, shown))
            fold, premise = (max, unless) if self.loose else (min, when)
            result.machine = fold(premise.machine, then.machine)
            result.status = result.folded = fold(premise.status, then.status)
            result.applies = shown.applies
        else:
            other = self.otherwise.evaluate(frame, found)
            result = Result(self, NOT, (when, shown, other.applying(when.status != SATISFIED)))
            result.machine = branched(when.machine, unless.machine, then.machine, other.machine)
            result.status = result.folded = branched(when.status, unless.status, then.status, other.status)
        result.unseen = (unless,)
        return result


def branched(when: int, unless: int, then: int, otherwise: int) -> int:
    """One branch with its premise, or both branches whatever the premise; `unless` is `when` negated."""
    return max(min(when, then), min(unless, otherwise), min(then, otherwise))


def decides(result: Result, child: Result) -> bool:
    """Whether a child decides where its parent does: it has the status its parent folded to.

    Where people decide between readings that differ, every reading decides.
    """
    if child.status != result.folded:
        differing = result.folded == REVIEW and result.origin is not None
        if not differing or not isinstance(result.node, Alternatives | Combine):
            return False
    if not child.node.gates and child.finding is None:
        return False
    return child.applies or result.node.exempt is child.node


def local(node: Node) -> bool:
    """Whether a node rests on what the rules decided of its frame alone: frames they found alike share its result."""
    if node.exempt is not None and not local(node.exempt):
        return False
    match node:
        case Leaf():
            return node.at_once
        case Combine(children=children) | Alternatives(children=children):
            return all(map(local, children))
    return False
