"""Books of leaves: what is asked of a list's rows, collected while a policy is compiled, then decided."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from service.engine.encoders import IntervalEncoder
from service.engine.facts import Frame
from service.engine.partitions import Leaf
from service.engine.rules import RuleBook
from service.engine.vectors import Coded, VectorMaker
from service.engine.verdict import Node
from service.policy.factbook import scope_of


@dataclass(slots=True, eq=False)
class Book:
    """The leaves of one scope: what feeds the rules and, once closed to additions, the rules."""

    codes: dict[int, Coded] = field(default_factory=dict)
    intervals: dict[int, IntervalEncoder] = field(default_factory=dict)
    width: int = 0
    slots: dict[object, int] = field(default_factory=dict)
    numbers: dict[Leaf, int] = field(default_factory=dict)
    maker: VectorMaker | None = None
    rules: RuleBook | None = None

    def code(self, name: object, made: Callable[[], Coded]) -> int:
        """The slot of a code; the same name is encoded once."""
        if name not in self.slots:
            self.codes[self._slot(name, 1)] = made()
        return self.slots[name]

    def interval(self, name: object, made: Callable[[], IntervalEncoder]) -> int:
        """The slot of the lower bound of an interval, the upper one behind it; the same name is encoded once."""
        if name not in self.slots:
            self.intervals[self._slot(name, 2)] = made()
        return self.slots[name]

    def _slot(self, name: object, size: int) -> int:
        slot = self.slots[name] = self.width
        self.width += size
        return slot

    def leaf(self, leaf: Leaf) -> int:
        """The number of a leaf; equal leaves are one."""
        return self.numbers.setdefault(leaf, len(self.numbers))

    def close(self) -> None:
        """Make the rules; no leaf can be added afterwards."""
        if self.numbers:
            self.maker = VectorMaker(self.codes, self.intervals)
            self.rules = RuleBook([leaf.moved(self.maker.place) for leaf in self.numbers], self.width)

    def decide(self, frames: Iterable[Frame]) -> None:
        """Let the rules decide every leaf on these frames; frames with one vector are one fact to them."""
        if self.rules is None or self.maker is None:
            return
        decided: dict[tuple[int, ...], Sequence[int]] = {}
        for frame in frames:
            vector = self.maker.vector(frame)
            outcomes = decided.get(vector)
            if outcomes is None:
                outcomes = decided[vector] = self.rules.decide(vector)
            frame.outcomes = outcomes

    def outcomes(self, frame: Frame) -> Sequence[int]:
        """What the rules decide on a frame of a book that is not decided at once; remembered with the frame."""
        found: Sequence[int] | None = frame.memo.get(self)
        if found is None:
            assert self.rules is not None  # noqa: S101  # only leaves of a closed book ask
            assert self.maker is not None  # noqa: S101
            vector = self.maker.vector(frame)
            # Rows with one vector are one fact to the rules.
            decided = {} if frame.parent is None else frame.parent.memo.setdefault(self, {})
            if vector not in decided:
                decided[vector] = self.rules.decide(vector)
            found = frame.memo[self] = decided[vector]
        return found


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
            book.close()

    def books(self) -> Iterator[Book]:
        """Every book."""
        for scope in self._by_name.values():
            yield scope.book
            yield scope.trust_book
