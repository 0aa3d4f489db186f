"""What an application must be changed in, to change what a condition comes to; no kind of condition is named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass

from service.authoring.subjects import Subject, subjects
from service.policy.dependencies import sources_of
from service.policy.facts import Fact, FactGroup, FactType
from service.policy.kinds import Condition, LiteralOperand
from service.policy.model import Policy, Section
from service.policy.tables import Citation, Table
from service.problems import FilePlace

_SEVERAL = (FactType.CODES, FactType.TEXTS)
_CLOSED = (type, Citation, Table, Section, FilePlace)


@dataclass(frozen=True, slots=True)
class Sources:
    """The declared facts and lists a condition rests on, derived facts between, and the literals on the way."""

    facts: tuple[Fact, ...]
    lists: tuple[FactGroup, ...]
    derived: tuple[Fact, ...]
    numbers: frozenset[int]
    words: frozenset[str]


class SourceBook:
    """Sources by condition, of one policy."""

    def __init__(self, policy: Policy) -> None:
        self._trust: Mapping[str, Condition] = {fact.path: condition for fact, condition in policy.trust}
        self._several = {f"{fact.path}[]": fact for fact in _facts_in(policy.facts) if fact.type in _SEVERAL}
        self._lists = {group.path: group for group in _lists_in(policy.facts)}
        self._named: dict[str, Condition] = {}
        for subject in subjects(policy):
            self._named.setdefault(subject.name, subject.condition)
        for section in policy.sections:
            self._named[section.id] = section.root
        self._made: dict[int, Sources] = {}

    def of(self, subject: Subject) -> Sources:
        """What a condition and all below it rest on."""
        return self.of_condition(subject.condition)

    def of_condition(self, condition: Condition) -> Sources:
        """As `of`, for a condition without a name."""
        key = id(condition)
        if key not in self._made:
            walk = _Walk(self._trust, self._several, self._lists, self._named)
            walk.visit(condition)
            self._made[key] = walk.sources()
        return self._made[key]


class _Walk:
    def __init__(
        self, trust: Mapping[str, Condition], several: Mapping[str, Fact],
        lists: Mapping[str, FactGroup], named: Mapping[str, Condition],
    ) -> None:  # fmt: skip
        self._trust, self._several, self._known_lists, self._named = trust, several, lists, named
        self._facts: dict[str, Fact] = {}
        self._derived: dict[str, Fact] = {}
        self._lists: dict[str, FactGroup] = {}
        self._numbers: set[int] = set()
        self._words: set[str] = set()
        self._seen: set[int] = set()

    def sources(self) -> Sources:
        return Sources(
            tuple(self._facts.values()), tuple(self._lists.values()), tuple(self._derived.values()),
            frozenset(self._numbers), frozenset(self._words),
        )  # fmt: skip

    def visit(self, value: object) -> None:
        if isinstance(value, Fact):
            self._fact(value)
        elif isinstance(value, FactGroup):
            self._group(value)
        elif isinstance(value, str):
            self._words.add(value)
        elif isinstance(value, tuple | list | frozenset):
            for item in value:
                self.visit(item)
        elif isinstance(value, Mapping):
            for item in value.values():
                self.visit(item)
        elif isinstance(value, LiteralOperand):
            self._numbers.add(value.value)
        elif is_dataclass(value) and not isinstance(value, _CLOSED) and id(value) not in self._seen:
            self._seen.add(id(value))
            for part in fields(value):
                self.visit(getattr(value, part.name))
            self._referred(value)

    def _referred(self, value: object) -> None:
        """A condition that rests on no fact may name another condition."""
        if not isinstance(value, Condition):
            return
        texts = [getattr(value, part.name) for part in fields(value) if part.name not in ("id", "label")]
        named = [text for text in texts if isinstance(text, str)]
        for name in (*named, ".".join(named)):
            if name in self._named:
                self.visit(self._named[name])

    def _fact(self, fact: Fact) -> None:
        # One of several codes or texts is changed where all of them are written.
        fact = self._several.get(fact.path, fact)
        if fact.path in self._facts or fact.path in self._derived:
            return
        if fact.derivation is None:
            self._facts[fact.path] = fact
        else:
            self._derived[fact.path] = fact
            self.visit(dict(fact.derivation.arguments))
            for source in sources_of(fact):
                self._fact(source)
        head = fact.path
        while "[]" in head:
            head = head.rpartition("[]")[0]
            if head in self._known_lists:
                self._lists.setdefault(head, self._known_lists[head])
        if fact.path in self._trust:
            self.visit(self._trust[fact.path])

    def _group(self, group: FactGroup) -> None:
        if group.is_list:
            self._lists.setdefault(group.path, group)
        else:
            for child in group.children:
                if isinstance(child, Fact):
                    self._fact(child)


def together(several: Iterable[Sources]) -> Sources:
    """What several conditions rest on, each fact once."""
    facts: dict[str, Fact] = {}
    lists: dict[str, FactGroup] = {}
    derived: dict[str, Fact] = {}
    numbers: set[int] = set()
    words: set[str] = set()
    for one in several:
        facts.update((fact.path, fact) for fact in one.facts)
        lists.update((group.path, group) for group in one.lists)
        derived.update((fact.path, fact) for fact in one.derived)
        numbers |= one.numbers
        words |= one.words
    return Sources(
        tuple(facts.values()), tuple(lists.values()), tuple(derived.values()), frozenset(numbers), frozenset(words)
    )


def only(sources: Sources, source: object) -> Sources:
    """One fact or list of several, with the literals of all."""
    facts = tuple(fact for fact in sources.facts if fact is source)
    lists = tuple(group for group in sources.lists if group is source)
    return Sources(facts, lists, sources.derived, sources.numbers, sources.words)


def _facts_in(group: FactGroup) -> Iterator[Fact]:
    for child in group.children:
        if isinstance(child, FactGroup):
            yield from _facts_in(child)
        else:
            yield child


def _lists_in(group: FactGroup) -> Iterator[FactGroup]:
    for child in group.children:
        if isinstance(child, FactGroup):
            if child.is_list:
                yield child
            yield from _lists_in(child)
