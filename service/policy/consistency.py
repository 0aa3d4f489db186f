"""Conditions that cannot hold together, and conditions that never matter: only what is certain is told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields

from service.policy.demands import Comparison, is_plain
from service.policy.facts import Fact
from service.policy.kinds import AllOf, AnyOf, Condition, NOf, NoneOf, Not, Rows, When
from service.policy.model import Policy, SectionKind
from service.problems import Problem, Severity

_Conditions = tuple[Condition, ...]


def consistency_warnings(policy: Policy) -> tuple[Problem, ...]:
    """Warnings at conditions that contradict others, and at those that change no verdict."""
    looker = _Looker()
    gating: _Conditions = ()
    for section in policy.sections:
        if section.kind is SectionKind.TAG:
            # Each part tags by itself.
            parts = section.root.children if isinstance(section.root, AllOf) else (section.root,)
            looker.each(parts, ())
        elif section.kind is SectionKind.TIER:
            looker.together((section.root,), ())
        else:
            gating = (*gating, *looker.together((section.root,), gating))
    looker.each(policy.conditions_of_facts, ())
    return tuple(looker.found)


class _Looker:
    """Goes through condition trees; `outer` are conditions that hold wherever the ones looked at count."""

    def __init__(self) -> None:
        self.found: list[Problem] = []
        self._compared = Comparison()

    def each(self, conditions: Sequence[Condition], outer: _Conditions) -> None:
        """Conditions of which each counts by itself."""
        for condition in conditions:
            self.together((condition,), outer)

    def together(self, conditions: Sequence[Condition], outer: _Conditions) -> _Conditions:
        """Conditions that must all hold; those of them that contradict nothing are answered, for others to rest on."""
        sound: list[Condition] = []
        parts = [part for condition in conditions for part in _parts(condition)]
        for part in parts:
            if not self._is_alone_at_fault(part) and not self._clashes(part, (*outer, *sound)):
                sound.append(part)
        for part in parts:
            if any(part is other for other in sound):
                self._needless(part, sound)
            self._below(part, (*outer, *(other for other in sound if other is not part)))
        return tuple(part for part in sound if self._compared.demands(part))

    def _below(self, part: Condition, outer: _Conditions) -> None:
        """What stands inside one condition."""
        match part:
            case AllOf(children=children):
                self.together(children, outer)
            case AnyOf(children=children):
                self._alternatives(children)
                self.each(children, outer)
            case NOf(children=children):
                self._repeated(children)
                self._too_many(part)
                self.each(children, outer)
            case When(when=when, then=then, otherwise=otherwise):
                self.together((then,), (*outer, *self.together((when,), ())))
                self.each(() if otherwise is None else (otherwise,), outer)
            case _:
                self._inside(part)
        if part.exempt_when is not None:
            self.together((part.exempt_when,), ())

    def _inside(self, condition: Condition) -> None:
        """Conditions inside any other kind, each by itself; a row's `that` where its `where` holds."""
        if isinstance(condition, Rows) and isinstance(condition.of, Fact):
            return  # a code of a list may be any, and the list hold none
        where = condition.where if isinstance(condition, Rows) else None
        rows = () if where is None else self.together((where,), ())
        for part in fields(condition):
            if part.name in ("exempt_when", "where"):
                continue
            value = getattr(condition, part.name)
            for item in value if isinstance(value, tuple) else (value,):
                inner = item[-1] if isinstance(item, tuple) and item else item
                if isinstance(inner, Condition):
                    self.together((inner,), rows if part.name == "that" else ())

    # --- what is told ---

    def _is_alone_at_fault(self, condition: Condition) -> bool:
        """A condition that no value meets, or every value."""
        asked = self._compared.demands(condition)
        if any(demand.is_impossible for demand in asked):
            self._warn("never-holds", condition)
        elif asked and all(demand.is_empty_talk for demand in asked):
            self._warn("always-holds", condition)
        else:
            return False
        return True

    def _clashes(self, condition: Condition, others: Sequence[Condition]) -> bool:
        other = next((other for other in others if self._compared.clash(condition, other)), None)
        if other is not None:
            self._warn("contradiction", condition, other)
        return other is not None

    def _needless(self, condition: Condition, beside: Sequence[Condition]) -> None:
        """A condition that others beside it ask already; of two that ask the same the later one is told."""
        later = False
        for other in beside:
            if other is condition:
                later = True
            elif self._equal(condition, other):
                if not later:
                    self._warn("stated-twice", condition, other)
                    return
            elif self._compared.implies(other, condition):
                self._warn("never-matters", condition, other)
                return

    def _alternatives(self, children: Sequence[Condition]) -> None:
        """Alternatives that hold only where another one does."""
        for index, child in enumerate(children):
            for at, other in enumerate(children):
                if at == index:
                    continue
                if self._equal(child, other):
                    if at < index:
                        self._warn("stated-twice", child, other)
                        break
                elif self._compared.implies(child, other):
                    self._warn("never-needed", child, other)
                    break

    def _repeated(self, children: Sequence[Condition]) -> None:
        for index, child in enumerate(children):
            same = next((other for other in children[:index] if self._compared.same(child, other)), None)
            if same is not None:
                self._warn("stated-twice", child, same)

    def _too_many(self, condition: NOf) -> None:
        """More asked for than can hold together: of conditions that exclude each other, one at most does."""
        groups: list[list[Condition]] = []
        for child in condition.children:
            for group in groups:
                if all(self._compared.clash(child, other) for other in group):
                    group.append(child)
                    break
            else:
                groups.append([child])
        needed = max(count for _, count in condition.needed)
        if needed > len(groups):
            self._warn("n-of-impossible", condition, most=len(groups), count=needed)

    def _equal(self, first: Condition, second: Condition) -> bool:
        compared = self._compared
        return compared.same(first, second) or (compared.implies(first, second) and compared.implies(second, first))

    def _warn(self, code: str, condition: Condition, other: Condition | None = None, **params: int) -> None:
        if other is not None:
            params["line"] = other.position.line
        self.found.append(Problem(code, condition.position, tuple(sorted(params.items())), severity=Severity.WARNING))


def _parts(condition: Condition) -> Iterator[Condition]:
    """The conditions that must hold for it, plain combinations taken apart; those of `none` negated."""
    if isinstance(condition, AllOf) and is_plain(condition):
        for child in condition.children:
            yield from _parts(child)
    elif isinstance(condition, NoneOf) and is_plain(condition):
        yield from (Not(child=child, position=child.position) for child in condition.children)
    else:
        yield condition
