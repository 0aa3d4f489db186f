"""Policy -> CompiledPolicy: every leaf in a rule book, every condition a node that folds what the rules decided.

One rule book per list (and one for the root) decides all leaves about a row at once; facts that count only if
trusted have a book of their own that runs first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from service.engine.derivations import format_check
from service.engine.facts import (
    Encoder,
    FactReaders,
    Frame,
    code_encoder,
    difference_encoder,
    format_encoder,
    interval_encoder,
    rows_of,
    stated_encoder,
)
from service.engine.rows import RowsNode
from service.engine.rules import CodeLeaf, IntervalLeaf, RuleBook
from service.engine.values import HIGHEST
from service.engine.verdict import (
    AS_IS,
    NAMES,
    NEGATED,
    QUESTION,
    SATISFIED,
    Alternatives,
    Combine,
    Conditional,
    Leaf,
    Node,
    Question,
    Term,
)
from service.policy.factbook import scope_of
from service.policy.facts import Fact, FactGroup, FactType
from service.policy.kinds import (
    AllOf,
    AnyOf,
    Compare,
    Condition,
    Count,
    Every,
    FactOperand,
    HasFormat,
    Judgement,
    LiteralOperand,
    Member,
    NOf,
    NoneOf,
    Not,
    Operand,
    Readings,
    Rows,
    Some,
    Stated,
    When,
)
from service.policy.model import Policy, Section


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
        vector: list[int] = []
        for encode in self.encoders:
            vector += encode(frame)
        frame.outcomes = self.rules.decide(vector)


@dataclass(slots=True)
class Scope:
    """One list (or the root, "") as compiled: its lists inside, its books, whom to trust."""

    name: str
    lists: dict[str, Scope] = field(default_factory=dict)
    book: Book = field(default_factory=Book)
    trust_book: Book = field(default_factory=Book)
    trust: list[tuple[str, Node]] = field(default_factory=list)


class CompiledPolicy:
    """A policy ready to assess; immutable once made. `close` gives its rules back; do so when nobody uses it."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.readers = FactReaders({fact.path: True for fact, _ in policy.trust})
        self._root = Scope("")
        self._scopes: dict[str, Scope] = {"": self._root}
        for fact, condition in policy.trust:
            scope = self._scope(scope_of(fact.path))
            node = _Compiler(self, scope.trust_book, ()).node(condition, scope.name)
            scope.trust.append((fact.path, node))
        self.sections: tuple[tuple[Section, Node], ...] = tuple(
            (section, _Compiler(self, None, (section.id,)).node(section.root, "")) for section in policy.sections
        )
        for scope in self._scopes.values():
            for book in (scope.book, scope.trust_book):
                if book.leaves:
                    book.rules = RuleBook(book.leaves, book.width)

    def frame(self, values: Any) -> Frame:
        """The application as frames with every leaf decided."""
        root = Frame(values, None, "", "", 0)
        self._fill(root, self._root)
        return root

    def _fill(self, frame: Frame, scope: Scope) -> None:
        if scope.trust:
            scope.trust_book.decide(frame)
            distrusted = [path for path, node in scope.trust if node.evaluate(frame, {}).status != SATISFIED]
            frame.untrusted = frozenset(distrusted)
        for path, inner in scope.lists.items():
            rows = None if path in frame.untrusted else rows_of(frame.values, path, scope.name)
            if rows is None:
                frame.rows[path] = None
                continue
            base = f"{frame.pointer}/{path[len(scope.name) :].lstrip('.').replace('.', '/')}"
            frames = [Frame(row, frame, inner.name, f"{base}/{index}", index) for index, row in enumerate(rows)]
            for row in frames:
                self._fill(row, inner)
            frame.rows[path] = frames
        # What was computed for the trust conditions may rest on facts now known to be untrusted.
        if frame.untrusted:
            frame.memo.clear()
        scope.book.decide(frame)

    def read(self, fact: Fact | FactGroup, scope: str) -> Callable[[Any], Any]:
        """The reader of a fact from frames of a scope."""
        return self.readers.reader(fact, scope)

    def close(self) -> None:
        """Give the rules back to durable-rules; idempotent."""
        for scope in self._scopes.values():
            for book in (scope.book, scope.trust_book):
                if book.rules is not None:
                    book.rules.close()

    def _scope(self, name: str) -> Scope:
        """The scope of a list's rows, made with those it lies in."""
        if name not in self._scopes:
            outer = self._scope(scope_of(name[:-2]))
            self._scopes[name] = outer.lists[name[:-2]] = Scope(name)
        return self._scopes[name]

    def book_of(self, scope: str) -> Book:
        """The book that decides the leaves about the rows of a scope."""
        return self._scope(scope).book


class _Compiler:
    """Compiles the conditions of one section; `book` overrides the scope's own for trust conditions."""

    def __init__(self, compiled: CompiledPolicy, book: Book | None, about: tuple[str, ...]) -> None:
        self.compiled = compiled
        self.book = book
        self.section = about

    def node(
        self, condition: Condition, scope: str, *, negated: bool = False, loose: bool = True,
        about: tuple[str, ...] | None = None,
    ) -> Node:  # fmt: skip
        """The node of a condition. `loose`: a conditional here means "not w or t", as inside `all`."""
        about = self.section if about is None else about
        if condition.id is not None and self.section:
            about = (f"{self.section[0]}.{condition.id}", *about)
        node = self._made(condition, scope, negated, loose, about)
        if condition.exempt_when is not None:
            node.exempt = self.node(condition.exempt_when, scope, about=about)
        return node

    def _made(self, c: Condition, scope: str, negated: bool, loose: bool, about: tuple[str, ...]) -> Node:
        match c:
            case Compare():
                return self._compare(c, scope, negated, about)
            case Member():
                return self._member(c, scope, negated, about)
            case Stated():
                return self._stated(c, scope, negated, about)
            case HasFormat():
                return self._format(c, scope, negated, about)
            case Judgement():
                return self._judgement(c, scope, negated, about)
            case AllOf(children=children):
                nodes = self._nodes(children, scope, negated, True, about)
                return Combine(c, about, nodes, (1,) if negated else (0,))
            case AnyOf(children=children):
                nodes = self._nodes(children, scope, negated, False, about)
                return Combine(c, about, nodes, (0,) if negated else (1,))
            case NoneOf(children=children):
                nodes = self._nodes(children, scope, not negated, False, about)
                return Combine(c, about, nodes, (1,) if negated else (0,))
            case Not(child=child):
                node = Combine(c, about, (self.node(child, scope, negated=not negated, loose=loose, about=about),), (0,))
                return node
            case NOf(children=children, needed=needed):
                nodes = self._nodes(children, scope, negated, False, about)
                wanted = tuple(n if not negated else len(children) - n + 1 for _, n in needed)
                return Combine(c, about, nodes, wanted)
            case Readings(readings=named):
                nodes = tuple(self.node(child, scope, negated=negated, about=about) for _, child in named)
                return Alternatives(c, about, nodes, tuple(name for name, _ in named))
            case When():
                return self._when(c, scope, negated, loose, about)
            case Count() | Every() | Some():
                return self._rows(c, scope, negated, about)
        raise TypeError(type(c).__name__)

    def _nodes(
        self, children: tuple[Condition, ...], scope: str, negated: bool, loose: bool, about: tuple[str, ...]
    ) -> tuple[Node, ...]:
        return tuple(self.node(child, scope, negated=negated, loose=loose, about=about) for child in children)

    def _when(self, c: When, scope: str, negated: bool, loose: bool, about: tuple[str, ...]) -> Node:
        otherwise = None
        if c.otherwise is not None:
            otherwise = self.node(c.otherwise, scope, negated=negated, about=about)
        return Conditional(
            c, about,
            when=self.node(c.when, scope, about=about),
            unless=self.node(c.when, scope, negated=True, about=about),
            then=self.node(c.then, scope, negated=negated, about=about),
            otherwise=otherwise,
            loose=loose != negated,
        )  # fmt: skip

    # --- leaves ----------------------------------------------------------------------------------------------

    def _book(self, scope: str) -> Book:
        return self.book if self.book is not None else self.compiled.book_of(scope)

    def _compare(self, c: Compare, scope: str, negated: bool, about: tuple[str, ...]) -> Node:
        holds, fails = (NEGATED, AS_IS) if negated else (AS_IS, NEGATED)
        terms: list[Term] = []
        facts: dict[str, Fact] = {c.fact.path: c.fact}
        # "at most t" is "not at least t + 1", and "less than t" is "not at least t".
        for operand, step, table in (
            (c.bounds.at_least, int(c.bounds.strict_low), holds),
            (c.bounds.at_most, int(not c.bounds.strict_high), fails),
        ):
            if operand is None:
                continue
            compared = [c.fact]
            if isinstance(operand, FactOperand):
                compared.append(operand.fact)
                facts[operand.fact.path] = operand.fact
            outside = tuple(number for fact in compared for number in self._outside(fact, scope))
            terms.append((self._bound(c, operand, step, scope), table, outside))
        return Leaf(c, about, terms=tuple(terms), either=negated, facts=tuple(facts.values()))

    def _bound(self, c: Compare, operand: Operand, step: int, scope: str) -> int:
        book = self._book(scope)
        read = self.compiled.read(c.fact, scope)
        if isinstance(operand, LiteralOperand):
            low = book.slot((c.fact.path, "interval"), lambda: interval_encoder(c.fact, read), 2)
            return book.leaf(IntervalLeaf(low, low + 1, min(operand.value + step, HIGHEST)))
        other = self.compiled.read(operand.fact, scope)
        name = (c.fact.path, "less", operand.fact.path, operand.plus, operand.offset)
        low = book.slot(name, lambda: difference_encoder(c.fact, read, operand, other), 2)
        return book.leaf(IntervalLeaf(low, low + 1, step))

    def _outside(self, fact: Fact, scope: str) -> tuple[int, ...]:
        """The leaf that a code lies outside its vocabulary, where that vocabulary is open."""
        if fact.vocabulary is None or not fact.vocabulary.open:
            return ()
        slot, places = self._code(fact, scope)
        return (self._book(scope).leaf(CodeLeaf(slot, frozenset({0}), len(places))),)

    def _code(self, fact: Fact, scope: str) -> tuple[int, dict[str, int]]:
        encoder, places = code_encoder(fact, self.compiled.read(fact, scope))
        return self._book(scope).slot((fact.path, "code"), lambda: encoder, 1), places

    def _member(self, c: Member, scope: str, negated: bool, about: tuple[str, ...]) -> Node:
        slot, places = self._code(c.fact, scope)
        leaf = CodeLeaf(slot, frozenset(places[code] for code in c.codes), len(places))
        number = self._book(scope).leaf(leaf)
        table = NEGATED if negated != c.negated else AS_IS
        return Leaf(
            c, about, terms=((number, table, self._outside(c.fact, scope)),), either=False, facts=(c.fact,)
        )

    def _state(self, fact: Fact | FactGroup, scope: str, members: frozenset[int]) -> int:
        book = self._book(scope)
        read = self.compiled.read(fact, scope)
        slot = book.slot((fact.path, "stated"), lambda: stated_encoder(fact, read), 1)
        return book.leaf(CodeLeaf(slot, members, 2))

    def _stated(self, c: Stated, scope: str, negated: bool, about: tuple[str, ...]) -> Node:
        number = self._state(c.fact, scope, frozenset({1, 2}) if c.answered else frozenset({2}))
        table = NEGATED if negated else AS_IS
        return Leaf(c, about, terms=((number, table, ()),), either=False, facts=(c.fact,))

    def _format(self, c: HasFormat, scope: str, negated: bool, about: tuple[str, ...]) -> Node:
        book = self._book(scope)
        read = self.compiled.read(c.fact, scope)
        holds = format_check(c.table, c.format)
        slot = book.slot((c.fact.path, "format", c.format), lambda: format_encoder(read, holds), 1)
        number = book.leaf(CodeLeaf(slot, frozenset({2}), 2))
        table = NEGATED if negated else AS_IS
        return Leaf(c, about, terms=((number, table, ()),), either=False, facts=(c.fact,))

    def _judgement(self, c: Judgement, scope: str, negated: bool, about: tuple[str, ...]) -> Node:
        terms = tuple((self._state(fact, scope, frozenset({2})), QUESTION, ()) for fact in c.evidence)
        return Question(c, about, terms=terms, either=not negated, facts=c.evidence)

    # --- lists -----------------------------------------------------------------------------------------------

    def _rows(self, c: Rows, scope: str, negated: bool, about: tuple[str, ...]) -> Node:
        inner = f"{c.of.path}[]"
        self.compiled.book_of(inner)
        key = None if c.distinct_by is None else self.compiled.read(c.distinct_by, inner)
        excluding = None if c.excluding is None else self.compiled.read(c.excluding, scope)

        # What joins the conditions of a row has none of this condition's own modifiers.
        plain = AllOf(children=(), position=c.position)

        def row(condition: Condition | None, *, negate: bool = False) -> Node:
            if condition is None:
                return Combine(plain, about, (), (1,) if negate else (0,))
            return self.node(condition, inner, negated=negate, about=about)

        refused = None
        either = False
        on_blank = None
        constraints: tuple[tuple[str, int], ...]
        if isinstance(c, Count):
            constraints = _constraints(c, negated)
            either = negated
            node = row(c.where)
            if any(kind == "high" for kind, _ in constraints):
                refused = row(c.where, negate=True)
        else:
            every = isinstance(c, Every) != negated
            that = c.that if isinstance(c, Every | Some) else None
            parts = [row(that, negate=negated)]
            if c.where is not None:
                parts.insert(0, row(c.where, negate=every))
            node = parts[0] if len(parts) == 1 else Combine(plain, about, tuple(parts), (1,) if every else (0,))
            constraints = (("all", 0),) if every else (("low", 1),)
            if isinstance(c, Every) and c.on_blank is not None:
                status = NAMES.index(c.on_blank)
                on_blank = SATISFIED - status if negated and status in (0, SATISFIED) else status
        return RowsNode(
            c, about, row=node, negated=refused, constraints=constraints, either=either, key=key,
            excluding=excluding, on_blank=on_blank,
        )  # fmt: skip


def _constraints(c: Count, negated: bool) -> tuple[tuple[str, int], ...]:
    """The bounds of a count; negated, "at least n" is "at most n - 1" and either bound may be missed."""
    found = []
    if c.at_least is not None:
        found.append(("high", c.at_least - 1) if negated else ("low", c.at_least))
    if c.at_most is not None:
        found.append(("low", c.at_most + 1) if negated else ("high", c.at_most))
    return tuple(found)
