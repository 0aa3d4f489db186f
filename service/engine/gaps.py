"""What is missing: which blanks keep a status open, and which papers are not there; all of them at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from service.engine.assess import Assessment
from service.engine.facts import FactReaders, Frame, home
from service.engine.rows import RowsDetail, RowsNode, rows_condition
from service.engine.values import precise
from service.engine.verdict import NOT, REVIEW, SATISFIED, UNKNOWN, Conditional, Leaf, Result
from service.policy.dependencies import facts_of, sources_of
from service.policy.factbook import scope_of
from service.policy.facts import Fact, FactGroup
from service.policy.functions import FUNCTIONS
from service.policy.kinds import Condition
from service.policy.model import Policy, SectionKind

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
    collector = _Collector(assessment.compiled.readers, assessment.policy)
    for section, result in assessment.sections:
        if section.kind is SectionKind.TAG:
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


class _Collector:
    def __init__(self, readers: FactReaders, policy: Policy) -> None:
        self.readers = readers
        self.trust: dict[str, Condition] = {fact.path: condition for fact, condition in policy.trust}

    def of(self, result: Result, section: str, *, correcting: bool) -> Iterator[Gap]:
        """The gaps of one section, whose own status says what filling them does."""
        if correcting and result.status != REVIEW:
            yield from self._walk(result, section, section, None, COMPLETES, papers=True)
        elif result.status == UNKNOWN:
            yield from self._walk(result, section, section, None, DECIDES, papers=False)
        elif result.status == REVIEW:
            yield from self._walk(result, section, section, None, AVOIDS_REVIEW, papers=False)

    def _walk(
        self, result: Result, section: str, about: str, group: str | None, effect: str, *, papers: bool
    ) -> Iterator[Gap]:
        """Gaps below a result: unknowns, and for papers also what is plainly not there."""
        node, condition = result.node, result.node.condition
        if result.status == SATISFIED or (not node.gates) or (result.status == NOT and not papers):
            return
        if effect == DECIDES and result.status != UNKNOWN:
            return
        if condition.id is not None:
            about = f"{section}.{condition.id}"
        group = condition.group or group
        if isinstance(node, Leaf):
            if result.status == UNKNOWN or (papers and result.status == NOT and group is not None):
                yield from self._leaf(node, result, about, group, effect)
            return
        if isinstance(node, RowsNode):
            yield from self._rows(node, result, section, about, group, effect, papers=papers)
            return
        premises = (result.children[0], *result.unseen) if isinstance(node, Conditional) else ()
        for child in (*result.children, *result.unseen):
            if child.applies or not papers:
                # A premise that does not hold is no paper that is not there.
                wanted = papers and all(child is not premise for premise in premises)
                yield from self._walk(child, section, about, group, effect, papers=wanted)

    def _leaf(self, node: Leaf, result: Result, about: str, group: str | None, effect: str) -> Iterator[Gap]:
        frame = result.frame
        pointers: dict[str, tuple[Fact | FactGroup, Frame]] = {}
        for fact in node.facts:
            if result.status == UNKNOWN and precise(self.readers.value(fact, frame)):
                continue
            for source, home_frame in self._sources(fact, frame):
                pointers.setdefault(pointer_of(source, home_frame), (source, home_frame))
        if not pointers:
            for fact in node.facts:
                for source, home_frame in self._declared(fact, frame):
                    pointers.setdefault(pointer_of(source, home_frame), (source, home_frame))
        for pointer, (source, home_frame) in pointers.items():
            yield Gap(pointer, source, home_frame, effect, group, [about])

    def _rows(
        self, node: RowsNode, result: Result, section: str, about: str, group: str | None, effect: str, *, papers: bool
    ) -> Iterator[Gap]:
        detail: RowsDetail = result.detail
        condition = rows_condition(node)
        if detail.blank:
            yield Gap(pointer_of(condition.of, result.frame), condition.of, result.frame, effect, group, [about])
            return
        unknown = result.status == UNKNOWN
        if unknown and condition.distinct_by is not None:
            for row in detail.keyless:
                yield from self._key(condition.distinct_by, row, about, group, effect)
        if unknown and detail.exclusion_blank and condition.excluding is not None:
            yield from self._key(condition.excluding, result.frame, about, group, effect)
        skipped = {id(frame) for frame in detail.excluded}
        for row_result in (*result.children, *result.unseen):
            if id(row_result.frame) not in skipped:
                yield from self._walk(row_result, section, about, group, effect, papers=papers)

    def _key(self, fact: Fact, frame: Frame, about: str, group: str | None, effect: str) -> Iterator[Gap]:
        for source, home_frame in self._sources(fact, frame):
            yield Gap(pointer_of(source, home_frame), source, home_frame, effect, group, [about])

    def _sources(self, fact: Fact | FactGroup, frame: Frame) -> Iterator[tuple[Fact | FactGroup, Frame]]:
        """The declared facts to fill so that a fact that is blank or imprecise becomes known."""
        at = home(frame, fact)
        if fact.path in at.untrusted:
            condition = self.trust[fact.path]
            for needed in facts_of(condition):
                yield next(self._declared(needed, at))
            return
        if isinstance(fact, FactGroup) or fact.derivation is None:
            yield fact, at
            return
        sources = sources_of(fact)
        function = FUNCTIONS[fact.derivation.function]
        if fact.derivation.function == "first_given":
            # Filling the first of the alternatives is enough.
            sources = sources[:1]
        elif function.bare is None:
            # Optional arguments are compared where they are given; lacking, they leave nothing open.
            needed = [fact.derivation.arguments[name] for name in function.required]
            sources = tuple(source for source in sources if _among(source, needed)) or sources
        lacking = [source for source in sources if not precise(self.readers.value(source, at))]
        for source in lacking:
            yield from self._sources(source, at)

    def _declared(self, fact: Fact | FactGroup, frame: Frame) -> Iterator[tuple[Fact | FactGroup, Frame]]:
        """The declared facts a fact rests on, whatever they hold."""
        at = home(frame, fact)
        if isinstance(fact, FactGroup) or fact.derivation is None:
            yield fact, at
            return
        for source in sources_of(fact):
            yield from self._declared(source, at)


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


def owner(policy: Policy, readers: FactReaders, fact: Fact | FactGroup, frame: Frame) -> dict[str, Any]:
    """Whose a field is: `who` the person or `of` the thing that the nearest group around it names."""
    path = fact.path
    best: tuple[str, FactGroup] | None = None
    for group in _groups(policy.facts):
        inside = f"{group.path}[]." if group.is_list else f"{group.path}."
        if group.path and path.startswith(inside) and (group.who or group.item):
            best = (inside, group)
    if best is None:
        return {}
    inside, group = best
    name = group.who or group.item
    naming = next((c for c in group.children if c.path == f"{inside}{name}"), None)
    if not isinstance(naming, Fact):
        return {}
    at = home(frame, naming)
    return {"who" if group.who else "of": _plain(at, naming)}


def _plain(frame: Frame, fact: Fact) -> Any:
    """A naming field's value as it was given, whether trusted or not."""
    scope = scope_of(fact.path)
    value: Any = frame.values
    for key in fact.path[len(scope) :].lstrip(".").split("."):
        value = value[key]
    if value is not None and fact.vocabulary is not None:
        return next((entry.label for entry in fact.vocabulary.entries if entry.code == value), str(value))
    return value


def _groups(group: FactGroup) -> Iterator[FactGroup]:
    yield group
    for child in group.children:
        if isinstance(child, FactGroup):
            yield from _groups(child)
