"""Books of leaves: what is asked of a list's rows, collected while a policy is compiled, then decided."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain

from service.engine.facts import Encoder, Frame
from service.engine.partitions import CodeLeaf, IntervalLeaf
from service.engine.rules import RuleBook
from service.engine.verdict import Node
from service.policy.factbook import scope_of


@dataclass(slots=True)
class Book:
    """The leaves of one scope: what feeds the rules and, once closed to additions, the rules."""

    encoders: list[Encoder] = field(default_factory=list)
    leaves: list[IntervalLeaf | CodeLeaf] = field(default_factory=list)
    width: int = 0
    slots: dict[object, int] = field(default_factory=dict)
    numbers: dict[IntervalLeaf | CodeLeaf, int] = field(default_factory=dict)
    rules: RuleBook | None = None

    def slot(self, name: object, encoder: Callable[[], Encoder], size: int) -> int:
        """Where an encoder's first integer stands in the vector; the same name is encoded once."""
        if name not in self.slots:
            self.slots[name] = self.width
            self.encoders.append(encoder())
            self.width += size
        return self.slots[name]

    def leaf(self, leaf: IntervalLeaf | CodeLeaf) -> int:
        """The number of a leaf; equal leaves are one."""
        if leaf not in self.numbers:
            self.numbers[leaf] = len(self.leaves)
            self.leaves.append(leaf)
        return self.numbers[leaf]

    def decide(self, frame: Frame) -> None:
        """Let the rules decide every leaf on a frame."""
        if self.rules is None:
            return
        frame.outcomes = self.rules.decide([*chain.from_iterable([encode(frame) for encode in self.encoders])])


@dataclass(slots=True)
class Scope:
    """One list (or the root, "") as compiled: its lists inside, its books, whom to trust."""

    name: str
    lists: dict[str, Scope] = field(default_factory=dict)
    book: Book = field(default_factory=Book)
    trust_book: Book = field(default_factory=Book)
    trust: list[tuple[str, Node]] = field(default_factory=list)


class Scopes:
    """Every scope of a policy, made when first asked for; `root` is the application's own."""

    def __init__(self) -> None:
        self.root = Scope("")
        self._by_name: dict[str, Scope] = {"": self.root}

    def scope(self, name: str) -> Scope:
        """The scope of a list's rows, made with those it lies in."""
        if name not in self._by_name:
            outer = self.scope(scope_of(name[:-2]))
            self._by_name[name] = outer.lists[name[:-2]] = Scope(name)
        return self._by_name[name]

    def close_books(self) -> None:
        """Make the rules of every book; no leaf can be added afterwards."""
        for book in self.books():
            if book.leaves:
                book.rules = RuleBook(book.leaves, book.width)

    def books(self) -> Iterator[Book]:
        """Every book."""
        for scope in self._by_name.values():
            yield scope.book
            yield scope.trust_book
