"""Sentences about the conditions of one policy, in its own words where it has them.

Whatever is the same for every application (labels, what is expected, templates taken apart) is worked out
when a condition is first spoken of, and kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from service import messages
from service.engine.amounts import lacking, told_extreme, told_ratio, told_share, told_sum
from service.engine.branches import Alternatives, Conditional
from service.engine.facts import FactReaders, Frame
from service.engine.formatting import teller
from service.engine.items import ItemNode, NumberNode, PerRowNode, WorthNode
from service.engine.leaves import Leaf, Question
from service.engine.meeting import MeetsNode, met_by
from service.engine.owners import Owners
from service.engine.points import PointsNode, points_wanting
from service.engine.rows import RowsDetail, RowsNode, below, rows_condition, shortfall
from service.engine.told_points import breakdown, told_item, told_points
from service.engine.verdict import EXCEPTION, NAMES, NOT, REVIEW, SATISFIED, UNKNOWN, Node, Result
from service.policy.facts import Fact, FactGroup, FactType
from service.policy.kinds import Count, Every, Extreme, Meets, Member, NOf, Ratio, Share, Some, Sum
from service.policy.model import Policy
from service.policy.points import points_text
from service.policy.sentences import expected

_say = messages.text
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")

# A text, or what it takes to make one.
Telling = Callable[[Result, Frame], str]
Phrase = str | Telling


@dataclass(slots=True)
class Words:
    """What is said of one condition: `own` are the policy's words, by the occasion for them."""

    label: str
    expected: Phrase | None
    actual: Phrase | None
    own: dict[str, Phrase]


class Wording:
    """The sentences of one policy."""

    def __init__(self, policy: Policy, readers: FactReaders) -> None:
        self.owners = Owners(policy)
        self._readers = readers
        self._facts = _facts_by_path(policy)
        self._parameters = {parameter.id: parameter.literal for parameter in policy.parameters}
        self._words: dict[Node, Words] = {}
        self._tellers: dict[tuple[str, str], Callable[[Frame], str]] = {}

    def of(self, node: Node) -> Words:
        """What is said of a condition."""
        words = self._words.get(node)
        if words is None:
            words = self._words[node] = self._make(node)
        return words

    def fact(self, fact: Fact | FactGroup, frame: Frame) -> str:
        """A fact's value as a frame sees it, in words."""
        key = (fact.path, frame.scope)
        tell = self._tellers.get(key)
        if tell is None:
            tell = self._tellers[key] = teller(self._readers, fact, frame.scope)
        return tell(frame)

    def label(self, result: Result) -> str:
        """What a condition is called."""
        return self.of(result.node).label

    def expected(self, result: Result, frame: Frame) -> str | None:
        """What a condition asks for, without its subject; None where that cannot be said in a phrase."""
        return spoken(self.of(result.node).expected, result, frame)

    def actual(self, result: Result, frame: Frame) -> str | None:
        """What was found; None for conditions of conditions."""
        return spoken(self.of(result.node).actual, result, frame)

    def own(self, occasion: str, result: Result, frame: Frame) -> str | None:
        """The policy's own words for an occasion, filled in; None where it has none."""
        return spoken(self.of(result.node).own.get(occasion), result, frame)

    # --- what a condition comes to --------------------------------------------------------------------------

    def summary(self, result: Result, frame: Frame, name: str | None = None) -> str:
        """One sentence on a result: the policy's words for its status, or what decided it.

        `name` is what the condition of which it is a branch is called: a branch without a label takes that.
        """
        node = result.node
        if result.finding is not None:
            kind = "exception" if result.origin == EXCEPTION else "judgement"
            upheld = result.finding.upheld
            outcome = "upheld" if upheld else "rejected"
            # Of what a policy denies people find that it is so.
            outcome = outcome if upheld == (result.status == SATISFIED) else f"{outcome}.denied"
            by, on = result.finding.by, result.finding.on
            return _say(f"summary.{kind}.{outcome}", label=self.label(result), by=by, on=on)
        if not result.applies and node.condition.exempt_when is not None:
            own = self.own("exempt", result, frame)
            return _say("summary.exempt", label=self.label(result)) if own is None else own
        own = self.own(NAMES[result.status], result, frame)
        if own is not None:
            return own
        if isinstance(node, MeetsNode):
            if isinstance(node.met, PointsNode):
                return self._plain(result, frame, name)
            # What is met tells its reasons in its own place.
            condition = node.condition
            assert isinstance(condition, Meets)  # noqa: S101  # the node is made of nothing else
            settled = {SATISFIED: NOT, NOT: SATISFIED} if node.denied else {}
            came = NAMES[settled.get(result.status, result.status)]
            what = _say("read.part-of").join(f"“{label}”" for label in condition.labels)
            met = _say(f"summary.meets.{came}", what=what)
            return met if condition.label is None else _say("summary.meets", label=condition.label, what=met)
        if isinstance(node, Leaf | RowsNode | PointsNode):
            return self._plain(result, frame, name)
        if isinstance(node, Alternatives) and result.status == REVIEW and result.origin is not None:
            said = [
                _say("summary.reading", name=name, status=_say(f"status.{NAMES[child.status]}"))
                for child, name in zip(result.children, node.names, strict=False)
            ]
            return _say("summary.readings-differ", label=self.label(result), readings="、".join(said))
        if isinstance(node, Conditional) and not result.applies:
            return _say("summary.not-applicable", label=self.label(result), why=self._stated(result.children[0], frame))
        name = (node.condition.label or name) if isinstance(node, Conditional) else None
        reasons = (
            self.summary(child, at, name)
            if child.node is not node.exempt or child.status == SATISFIED
            else _say("summary.not-exempt", why=self.summary(child, at))
            for child, at in _deciders(result, frame)
        )
        told = _distinct(reasons)
        return self._several(result, told) if isinstance(node.condition, NOf) and not node.denied else told

    def _stated(self, result: Result, frame: Frame) -> str:
        """What was found of what decided, without what was asked for."""
        if isinstance(result.node, Leaf | RowsNode | PointsNode):
            return _say("summary.satisfied", label=self.label(result), actual=self.actual(result, frame) or "")
        deciding = [*_deciders(result, frame)]
        return _distinct(self._stated(child, at) for child, at in deciding) or self.summary(result, frame)

    def _several(self, result: Result, said: str) -> str:
        """How many hold of several of which so many must, before what decided it."""
        condition = result.node.condition
        assert isinstance(condition, NOf)  # noqa: S101  # nothing else is asked for
        found = [child.status for child in result.children if child.node.gates]
        numbers = sorted({n for _, n in condition.needed})
        needed = _say("summary.several.or").join(map(str, numbers))
        parts = [_say("summary.several.holding", count=found.count(SATISFIED))]
        if result.status != SATISFIED:
            parts += [
                _say(f"summary.several.{NAMES[status]}", count=found.count(status))
                for status in (REVIEW, UNKNOWN)
                if status in found
            ]
        told = _say("summary.several", found="".join(parts), needed=needed, said=said)
        return told if condition.label is None else _say("summary.several.named", label=condition.label, said=told)

    def _plain(self, result: Result, frame: Frame, name: str | None = None) -> str:
        node, status = result.node, NAMES[result.status]
        params = {
            "label": self.label(result) if node.condition.label or name is None else name,
            "actual": self.actual(result, frame) or "",
            "expected": self.expected(result, frame) or "",
        }
        if isinstance(node, PointsNode):
            items = breakdown(result, self.label)
            params["actual"] = _say("summary.points-items", actual=params["actual"], items=items)
        if isinstance(node, Question):
            return _say(f"summary.question.{status}", **params)
        if isinstance(node, RowsNode) and isinstance(node.condition, Every | Some):
            rows = [(row, at) for row, at in _held(result, frame) if row.status == result.status]
            names = [name for _, at in rows if (name := self.owners.row_name(at))]
            if not rows and result.status == SATISFIED and result.children and not node.denied:
                return _say("summary.rows.none", **params)
            if node.denied and result.status == SATISFIED:
                return _say(
                    "summary.rows.absent" if isinstance(node.condition, Some) else "summary.rows.partly", **params
                )
            if result.status in (NOT, UNKNOWN) and rows:
                said = _distinct(self.summary(row, at) for row, at in rows)
                params["actual"] = "、".join(dict.fromkeys(names)) + (f"（{said}）" if said else "")
            elif result.status == SATISFIED and names:
                params["actual"] = "、".join(names)
            return _say(f"summary.rows.{status}", **params)
        if result.status == NOT and _is_paper(node) and not node.denied:
            return _say("summary.paper", **params)
        if result.status == NOT and "expected" in self.of(node).own:
            # The policy's own words say what is asked of it here.
            return _say("summary.not_satisfied", **params)
        if result.status == NOT and node.denied:
            params["expected"] = expected(node.condition) or ""
            return _say("summary.not_satisfied.denied", **params)
        return _say(f"summary.{status}", **params)

    # --- what is the same for every application -------------------------------------------------------------

    def _make(self, node: Node) -> Words:
        condition = node.condition
        words = Words(_label(node), _asked(node), None, {})
        words.own = {name: self._phrase(text, node, words) for name, text in condition.words.items() if text}
        words.actual = words.own["actual"] if "actual" in words.own else self._found(node)
        words.expected = words.own.get("expected", words.expected)
        return words

    def _found(self, node: Node) -> Phrase | None:
        match node.condition:
            case Sum() as total:
                return lambda result, _: told_sum(total, result.detail)
            case Share() as share:
                return lambda result, _: told_share(share, result.detail)
            case Extreme() as extreme:
                return lambda result, frame: self._extreme(extreme, result, frame)
            case Ratio() as ratio if isinstance(node, Leaf):
                compared = self._compared(node)
                return lambda result, frame: told_ratio(ratio, self._readers, frame) or compared(result, frame)
        if isinstance(node, PerRowNode):
            return lambda result, _: told_item(result, _counted(result.detail, open_ones=True))
        if isinstance(node, NumberNode):
            return lambda result, frame: told_item(result, self.fact(node.facts[0], frame))
        if isinstance(node, RowsNode):
            open_ones = isinstance(node.condition, Count)
            return lambda result, _: _counted(result.detail, open_ones=open_ones)
        if isinstance(node, Leaf) and node.facts:
            return self._compared(node)
        if isinstance(node, PointsNode | ItemNode):
            return lambda result, _: told_points(result)
        if isinstance(node, MeetsNode):
            scored = isinstance(node.met, PointsNode)
            return lambda result, _: (
                told_points(met_by(result)) if scored else _say(f"status.{NAMES[met_by(result).status]}")
            )
        return None

    def _extreme(self, condition: Extreme, result: Result, frame: Frame) -> str:
        if result.detail.blank:
            return _say("value.blank")
        best, open_ones = told_extreme(condition, result, frame, self._readers)
        if best is None:
            return _say("value.blank" if open_ones else "actual.extreme-none")
        value = self.fact(condition.fact, best)
        return _say("actual.extreme-open", value=value, open=open_ones) if open_ones else value

    def _compared(self, node: Leaf) -> Callable[[Result, Frame], str]:
        first, *others = node.facts
        condition = node.condition
        if not others and isinstance(condition, Member) and condition.fact.type is FactType.BOOLEAN:
            return self._flag(_label(node), condition.fact)
        if not others:
            return lambda _, frame: self.fact(first, frame)
        if isinstance(node, Question):
            return lambda _, frame: "；".join(self.fact(fact, frame) for fact in node.facts)

        def compared(_: Result, frame: Frame) -> str:
            with_others = "、".join(f"{fact.label}{self.fact(fact, frame)}" for fact in others)
            return _say("actual.compared", value=self.fact(first, frame), others=with_others)

        return compared

    def _flag(self, label: str, fact: Fact) -> Callable[[Result, Frame], str]:
        """Yes or no beside a label that denies something: as what was filled in, under the fact's own name."""
        negations = _say("labels-that-deny").split("、")
        if not any(word in name for word in negations for name in (label, fact.label)):
            return lambda _, frame: self.fact(fact, frame)
        given = "actual.flag-computed" if fact.derivation is not None else "actual.flag"
        named = "" if label == fact.label else _say("actual.flag-of", fact=fact.label)
        yes, no = _say("value.true"), _say("value.false")

        def told(_: Result, frame: Frame) -> str:
            value = self.fact(fact, frame)
            return named + _say(given, value=value) if value in (yes, no) else value

        return told

    def _phrase(self, template: str, node: Node, words: Words) -> Phrase:
        """A template taken apart at its placeholders; what no application changes is filled in."""
        pieces = _PLACEHOLDER.split(template)
        parts: list[Phrase] = [
            self._named(piece, node, words) if place % 2 else piece for place, piece in enumerate(pieces)
        ]
        if all(isinstance(part, str) for part in parts):
            return "".join(part for part in parts if isinstance(part, str))
        return lambda result, frame: "".join(part if isinstance(part, str) else part(result, frame) for part in parts)

    def _named(self, name: str, node: Node, words: Words) -> Phrase:
        """What stands for `{name}`."""
        if name in self._parameters:
            return self._parameters[name]
        if name == "count" and isinstance(node, RowsNode):
            return lambda result, _: str(result.detail.counted)
        if name == "gap":
            if isinstance(node, PointsNode):
                return lambda result, _: points_text(points_wanting(result) or 0)
            return lambda result, frame: lacking(result, frame) or str(shortfall(result) or 0)
        if name == "label":
            return words.label
        if name == "expected":
            return expected(node.condition) or ""
        if name == "actual":
            return self._found(node) or ""
        fact = self._facts.get(name)
        return "" if fact is None else lambda _, frame: self.fact(fact, frame)


def _asked(node: Node) -> str | None:
    """What a condition asks for where it stands: the opposite under a negation."""
    said = expected(node.condition)
    return _say("expected.denied", expected=said) if said is not None and node.denied else said


def spoken(phrase: Phrase | None, result: Result, frame: Frame) -> str | None:
    """A phrase about a result on a frame."""
    return phrase if phrase is None or isinstance(phrase, str) else phrase(result, frame)


def _distinct(texts: Iterator[str]) -> str:
    return "；".join(dict.fromkeys(text for text in texts if text))


def _held(result: Result, frame: Frame) -> Iterator[tuple[Result, Frame]]:
    """The rows a condition asks something of, each with what it asks: of every row that is meant, not that it is."""
    condition = result.node.condition
    asks_every = isinstance(condition, Every) and condition.where is not None and not result.node.denied
    for row, at in below(result, frame):
        if not asks_every or row.node is result.node.exempt:
            yield row, at
            continue
        beside, asked = row.children
        if beside.status != SATISFIED:
            yield asked if beside.status == NOT else row, at


def _deciders(result: Result, frame: Frame) -> Iterator[tuple[Result, Frame]]:
    """What a summary of conditions of conditions speaks of."""
    conditional = isinstance(result.node, Conditional)
    for place, (child, at) in enumerate(below(result, frame)):
        counts = place > 0 if conditional else child.node.gates or child.finding is not None
        waived = child.node.exempt is not None and child.status == SATISFIED
        if child.status == result.folded and counts and (child.applies or waived):
            yield child, at


def _label(node: Node) -> str:
    if node.condition.label is not None:
        return node.condition.label
    if isinstance(node, Leaf | NumberNode) and node.facts:
        return node.facts[0].label
    if isinstance(node, WorthNode):
        return _label(node.when)
    match node.condition:
        case Sum(fact=fact) | Extreme(fact=fact) | Share(fact=Fact() as fact):
            return fact.label
    if isinstance(node, RowsNode):
        return rows_condition(node).of.label
    if isinstance(node.condition, Meets):
        return _say("read.part-of").join(node.condition.labels)
    return _say(f"kind.{type(node.condition).__name__}")


def _counted(detail: RowsDetail, *, open_ones: bool) -> str:
    if detail.blank:
        return _say("value.blank")
    if open_ones and detail.possible > detail.counted:
        return _say("actual.count-open", counted=detail.counted, open=detail.possible - detail.counted)
    return _say("actual.count", counted=detail.counted, total=detail.total)


def _is_paper(node: Node) -> bool:
    """A yes-or-no fact of a condition tree about papers: its miss reads better as something lacking."""
    condition = node.condition
    return isinstance(condition, Member) and condition.fact.type is FactType.BOOLEAN and condition.fact.remediable


def _facts_by_path(policy: Policy) -> dict[str, Fact | FactGroup]:
    found: dict[str, Fact | FactGroup] = {fact.path: fact for fact in policy.derived}

    def visit(group: FactGroup) -> None:
        for child in group.children:
            found[child.path] = child
            if isinstance(child, FactGroup):
                visit(child)

    visit(policy.facts)
    return found
