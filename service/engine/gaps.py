"""What is missing: which blanks keep a status open, and which papers are not there; all of them at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from service.engine.asked import AskedFacts
from service.engine.assess import Assessment
from service.engine.branches import Conditional
from service.engine.facts import Frame, home, level
from service.engine.items import NumberNode, outdone
from service.engine.leaves import Leaf
from service.engine.meeting import MeetsNode, met_by
from service.engine.rows import RowsDetail, RowsNode, asked_about, rows_condition
from service.engine.values import precise
from service.engine.verdict import NOT, REVIEW, SATISFIED, UNKNOWN, Result
from service.policy.dependencies import facts_of, lists_of, sources_of
from service.policy.factbook import scope_of
from service.policy.facts import Fact, FactGroup
from service.policy.functions import FUNCTIONS
from service.policy.kinds import Condition, Count, Every, Extreme, FactOperand, Rows, Share, Some, Sum
from service.policy.model import Policy, SectionKind
from service.policy.scoring import PerRow

DECIDES, COMPLETES, AVOIDS_REVIEW = "decides", "completes", "avoids_review"
_STRONGER = (DECIDES, COMPLETES, AVOIDS_REVIEW)


@dataclass(slots=True)
class Gap:
    """One field to fill or paper to hand in: where, whose, what it holds up."""

    pointer: str
    fact: Fact | FactGroup
    frame: Frame
    effect: str
    group: str | None = None
    blocks: list[str] = field(default_factory=list)


def gaps_of(assessment: Assessment) -> tuple[Gap, ...]:
    """Every gap of an assessment in the order of the policy, each field once."""
    found: dict[str, Gap] = {}
    collector = _Collector(assessment.compiled.asked, assessment.policy, assessment.root)
    for section, result in assessment.sections:
        if section.kind in (SectionKind.TAG, SectionKind.TIER):
            continue
        correcting = section.kind is SectionKind.CORRECT
        for gap in collector.of(result, section.id, correcting=correcting):
            known = found.get(gap.pointer)
            # What a field decides or completes matters more than a review it would only spare.
            if known is None or (known.effect == AVOIDS_REVIEW != gap.effect):
                found[gap.pointer] = gap
            elif known.effect == AVOIDS_REVIEW or gap.effect != AVOIDS_REVIEW:
                known.blocks.extend(name for name in gap.blocks if name not in known.blocks)
                known.group = known.group or gap.group
                known.effect = min(known.effect, gap.effect, key=_STRONGER.index)
    return tuple(found.values())


def missing_of(assessment: Assessment) -> list[dict[str, Any]]:
    """Every gap as the reply shows it."""
    missing = []
    for gap in gaps_of(assessment):
        item: dict[str, Any] = {"pointer": gap.pointer, "label": gap.fact.label}
        item.update(assessment.compiled.wording.owners.of(gap.fact, gap.frame))
        if gap.group is not None:
            item["group"] = gap.group
            item["code"] = gap.fact.name
        item["blocks"] = gap.blocks
        item["effect"] = gap.effect
        if gap.fact.help:
            item["help"] = gap.fact.help
        missing.append(item)
    return missing


def gaps_below(assessment: Assessment, result: Result | None, fact: Fact | None) -> tuple[Gap, ...]:
    """What to fill so that a condition that stands in no section, and a fact of the application, become known."""
    collector = _Collector(assessment.compiled.asked, assessment.policy, assessment.root)
    context = _Context("", "", DECIDES)
    found = [] if result is None else [*collector.walk(result, assessment.root, context)]
    if fact is not None and not precise(collector.readers.value(fact, assessment.root)):
        found += collector.key(fact, assessment.root, context)
    return tuple({gap.pointer: gap for gap in found}.values())


@dataclass(frozen=True, slots=True)
class _Context:
    """What a gap would hold up, in which group of papers, and what filling it does."""

    section: str
    about: str
    effect: str
    group: str | None = None
    papers: bool = False  # what is plainly not there is a gap too
    elsewhere: bool = False  # inside what the condition `about` asks for in another place

    def within(self, condition: Condition) -> _Context:
        """The context inside a condition."""
        if condition.id is None and condition.group is None:
            return self
        about = self.about if condition.id is None or self.elsewhere else f"{self.section}.{condition.id}"
        return replace(self, about=about, group=condition.group or self.group)

    def gap(self, fact: Fact | FactGroup, frame: Frame) -> Gap:
        """The gap at a fact that stands in a frame."""
        return Gap(pointer_of(fact, frame), fact, frame, self.effect, self.group, [self.about])


class _Collector:
    def __init__(self, asked: AskedFacts, policy: Policy, root: Frame) -> None:
        self.asked = asked
        self.readers = asked.readers
        self.root = root
        self.trust: dict[str, Condition] = {fact.path: condition for fact, condition in policy.trust}

    def of(self, result: Result, section: str, *, correcting: bool) -> Iterator[Gap]:
        """The gaps of one section, whose own status says what filling them does."""
        if correcting and result.status != REVIEW:
            yield from self.walk(result, self.root, _Context(section, section, COMPLETES, papers=True))
        elif result.status == UNKNOWN:
            yield from self.walk(result, self.root, _Context(section, section, DECIDES))
        elif result.status == REVIEW:
            yield from self.walk(result, self.root, _Context(section, section, AVOIDS_REVIEW))

    def walk(self, result: Result, frame: Frame, context: _Context, *, asked: bool = False) -> Iterator[Gap]:
        """Gaps below a result: unknowns, and for papers also what is plainly not there.

        What is `asked` for from elsewhere counts whether or not it gates where it stands.
        """
        node, papers = result.node, context.papers
        if result.status == SATISFIED or not (node.gates or asked) or (result.status == NOT and not papers):
            return
        if context.effect == DECIDES and result.status != UNKNOWN:
            return
        context = context.within(node.condition)
        if isinstance(node, Leaf | NumberNode):
            if result.status == UNKNOWN or (papers and result.status == NOT and context.group is not None):
                yield from self._leaf(node, result, frame, context)
            return
        if isinstance(node, RowsNode):
            found = [*self._rows(node, result, frame, context)]
            yield from found or self._weighed(node, result, frame, context)
            return
        if isinstance(node, MeetsNode):
            yield from self.walk(met_by(result), frame, replace(context, elsewhere=True), asked=True)
            for child in result.children:
                yield from self.walk(child, frame, context)
            return
        premises = (result.children[0], *result.unseen) if isinstance(node, Conditional) else ()
        for child, at in asked_about(result, frame):
            if outdone(result, child):
                continue
            if child.applies or not papers:
                # A premise that does not hold is no paper that is not there.
                premise = papers and any(child is one for one in premises)
                yield from self.walk(child, at, replace(context, papers=False) if premise else context)

    def _leaf(self, node: Leaf | NumberNode, result: Result, frame: Frame, context: _Context) -> Iterator[Gap]:
        found: dict[str, tuple[Fact | FactGroup, Frame]] = {}
        for fact in node.facts:
            if result.status == UNKNOWN and precise(self.readers.value(fact, frame)):
                continue
            for source, at in self._sources(fact, frame):
                found.setdefault(pointer_of(source, at), (source, at))
        if not found:
            for fact in node.facts:
                for source, at in self._declared(fact, frame):
                    found.setdefault(pointer_of(source, at), (source, at))
        for source, at in found.values():
            yield context.gap(source, at)

    def _rows(self, node: RowsNode, result: Result, frame: Frame, context: _Context) -> Iterator[Gap]:
        detail: RowsDetail = result.detail
        condition = rows_condition(node)
        if detail.blank:
            yield context.gap(condition.of, frame)
            return
        groups = detail.groups
        if result.status == UNKNOWN:
            if condition.distinct_by is not None:
                for row in groups.keyless:
                    yield from self.key(condition.distinct_by, row, context)
            if groups.exclusion_blank and condition.excluding is not None:
                yield from self.key(condition.excluding, frame, context)
            yield from self._amounts(condition, detail, frame, context)
        # Which rows are meant is no paper; only what is asked of them can be lacking.
        joined = context.papers and condition.where is not None and isinstance(condition, Every | Some | Extreme)
        weighs = isinstance(condition, Sum | Share)
        which = replace(context, papers=False)
        for place, (child, at) in enumerate(asked_about(result, frame)):
            if at in groups.excluded:
                continue
            if weighs or (place >= len(result.children) and not isinstance(condition, Count | PerRow)):
                yield from self.walk(child, at, which)
            elif joined and child.status != SATISFIED and len(child.children) > 1:
                where, *asked = child.children
                yield from self.walk(where, at, which)
                for part in asked:
                    yield from self.walk(part, at, context)
            else:
                yield from self.walk(child, at, context)

    def _amounts(self, condition: Rows, detail: RowsDetail, frame: Frame, context: _Context) -> Iterator[Gap]:
        """Numbers that leave a sum open: not known, or several of one thing; and what it is compared with."""
        if not isinstance(condition, Sum | Share | Extreme) or condition.fact is None:
            return
        for row in detail.weighed:
            if not precise(self.readers.value(condition.fact, row)):
                yield from self.key(condition.fact, row, context)
        for row in detail.differing:
            for source, at in self._declared(condition.fact, row):
                yield context.gap(source, at)
        if isinstance(condition, Sum):
            for operand in (condition.bounds.at_least, condition.bounds.at_most):
                if isinstance(operand, FactOperand) and not precise(self.readers.value(operand.fact, frame)):
                    yield from self.key(operand.fact, frame, context)

    def _weighed(self, node: RowsNode, result: Result, frame: Frame, context: _Context) -> Iterator[Gap]:
        """What to correct where nothing is blank: the numbers of the rows, or where none counts the list."""
        if result.status != UNKNOWN:
            return
        condition = rows_condition(node)
        fact = condition.fact if isinstance(condition, Sum | Share) else None
        if fact is None or not result.detail.weighed:
            yield context.gap(condition.of, frame)
            return
        for row in result.detail.weighed:
            for source, at in self._declared(fact, row):
                yield context.gap(source, at)

    def key(self, fact: Fact, frame: Frame, context: _Context) -> Iterator[Gap]:
        """The gaps that leave a fact open."""
        for source, at in self._sources(fact, frame):
            yield context.gap(source, at)

    def _sources(self, fact: Fact | FactGroup, frame: Frame) -> Iterator[tuple[Fact | FactGroup, Frame]]:
        """The declared facts to fill so that a fact that is blank or imprecise becomes known."""
        at = home(frame, fact)
        if fact.path in at.untrusted:
            condition = self.trust[fact.path]
            for source in facts_of(condition):
                yield next(self._declared(source, at))
            return
        if isinstance(fact, FactGroup) or fact.derivation is None:
            yield fact, at
            return
        result = self.asked.result(fact, at)
        if result is not None:
            found = [(gap.fact, gap.frame) for gap in self.walk(result, at, _Context("", "", DECIDES))]
            yield from found or self._declared(fact, at)
            return
        sources = sources_of(fact)
        function = FUNCTIONS[fact.derivation.function]
        if fact.derivation.function == "first_given":
            # Filling the first of the alternatives is enough.
            sources = sources[:1]
        elif fact.derivation.function == "identity_check":
            # Optional arguments are compared where they are given; lacking, they leave nothing open.
            needed = [fact.derivation.arguments[name] for name in function.required]
            sources = tuple(source for source in sources if _among(source, needed)) or sources
        lacking = [
            found
            for source in sources
            for row in self._rows_of(source, at)
            if not precise(self.readers.value(source, row))
            for found in self._sources(source, row)
        ]
        lacking += self._blank_lists(fact, at)
        # Where all is given nothing could be read of it, as of a number with a wrong check digit.
        yield from lacking or self._declared(fact, at)

    def _rows_of(self, fact: Fact | FactGroup, frame: Frame) -> Iterator[Frame]:
        """The frames a fact stands in as a frame sees it: one, or the rows of a list inside it."""
        inner = scope_of(fact.path)
        if level(inner) <= level(frame.scope):
            yield frame
            return
        while scope_of(inner.removesuffix("[]")) != frame.scope:
            inner = scope_of(inner.removesuffix("[]"))
        for row in frame.below(inner.removesuffix("[]")) or ():
            yield from self._rows_of(fact, row)

    def _blank_lists(self, fact: Fact, frame: Frame) -> Iterator[tuple[FactGroup, Frame]]:
        """The lists that a fact is computed across, where they are blank."""
        for group in lists_of(fact):
            for at in self._rows_of(group, frame):
                if self.readers.value(group, at) is None:
                    yield group, at

    def _declared(self, fact: Fact | FactGroup, frame: Frame) -> Iterator[tuple[Fact | FactGroup, Frame]]:
        """The declared facts a fact rests on, whatever they hold."""
        at = home(frame, fact)
        if isinstance(fact, FactGroup) or fact.derivation is None:
            yield fact, at
            return
        for source in sources_of(fact):
            for row in self._rows_of(source, at):
                yield from self._declared(source, row)
        for group in lists_of(fact):
            yield from ((group, row) for row in self._rows_of(group, at))


def _among(fact: Fact, arguments: list[object]) -> bool:
    """Whether a fact is one of a function's arguments, or one of the cases of such an argument."""
    return any(
        argument is fact or (isinstance(argument, dict) and any(case is fact for case in argument.values()))
        for argument in arguments
    )


def pointer_of(fact: Fact | FactGroup, frame: Frame) -> str:
    """The JSON pointer of a declared fact in the application."""
    scope = scope_of(fact.path)
    rest = fact.path[len(scope) :].lstrip(".").replace(".", "/") if fact.path != scope else ""
    base = home(frame, fact).pointer
    return f"{base}/{rest}" if rest else base
