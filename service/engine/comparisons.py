"""Comparisons -> leaves: each puts what it asks of a fact into the book of its scope."""

from __future__ import annotations

from fractions import Fraction
from functools import partial

from service.engine.books import Book, Scopes
from service.engine.encoders import (
    CodeEncoder,
    code_encoder,
    difference_encoder,
    format_encoder,
    interval_encoder,
    share_encoder,
    stated_encoder,
)
from service.engine.facts import FactReaders
from service.engine.formats import format_check
from service.engine.leaves import AS_IS, NEGATED, QUESTION, Leaf, Question, Term
from service.engine.partitions import CodeLeaf, IntervalLeaf
from service.engine.ratios import RatioLeaf
from service.engine.values import HIGHEST
from service.engine.vectors import Coded
from service.engine.verdict import About, Node, named
from service.policy.facts import IN_TIME, Fact, FactGroup, FactType
from service.policy.kinds import (
    Compare,
    FactOperand,
    HasFormat,
    Judgement,
    LiteralOperand,
    Member,
    Operand,
    Ratio,
    Stated,
)


class ComparisonCompiler:
    """Compiles the conditions without conditions of their own; `book`, where given, takes all their leaves.

    `negated` asks for the opposite; `about` are the names a finding may use.
    """

    def __init__(self, readers: FactReaders, scopes: Scopes, book: Book | None) -> None:
        self._readers = readers
        self._scopes = scopes
        self._only = book

    def _book(self, scope: str) -> Book:
        return self._scopes.scope(scope).book if self._only is None else self._only

    def compare(self, c: Compare, scope: str, negated: bool, about: About) -> Node:
        """A number, date, moment or rank against bounds: one leaf a bound."""
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
        read = self._readers.reader(c.fact, scope)
        if isinstance(operand, LiteralOperand):
            low = book.interval((c.fact.path, "interval"), lambda: interval_encoder(c.fact, read))
            return book.leaf(IntervalLeaf(low, low + 1, min(operand.value + step, HIGHEST)))
        other = self._readers.reader(operand.fact, scope)
        types = {c.fact.type, operand.fact.type}
        # A moment against a day, and any span of days, asks for the day of the moment.
        by_day = types == {*IN_TIME} or (FactType.MOMENT in types and bool(c.literal))
        name = (c.fact.path, c.plus, "less", operand.fact.path, operand.plus, operand.offset, operand.times, by_day)
        low = book.interval(name, lambda: difference_encoder(c.fact, read, operand, other, c.plus, by_day=by_day))
        return book.leaf(IntervalLeaf(low, low + 1, step))

    def ratio(self, c: Ratio, scope: str, negated: bool, about: About) -> Node:
        """The share one number has of another: whether there is another, and one leaf a bound."""
        book = self._book(scope)
        part, whole = (self._readers.reader(fact, scope) for fact in (c.fact, c.of))
        slot = book.interval((c.of.path, "interval"), lambda: interval_encoder(c.of, whole))
        holds, fails = (NEGATED, AS_IS) if negated else (AS_IS, NEGATED)
        scale = Fraction(10) ** (c.fact.precision - c.of.precision)
        terms: list[Term] = []
        for bound, step, table in (
            (c.bounds.at_least, int(c.bounds.strict_low), holds),
            (c.bounds.at_most, int(not c.bounds.strict_high), fails),
        ):
            if bound is not None:
                times = bound.value * scale
                encoder = partial(share_encoder, c.fact, part, c.of, whole, times)
                low = book.interval((c.fact.path, "share", c.of.path, times), encoder)
                terms.append((book.leaf(IntervalLeaf(low, low + 1, step)), table, ()))
        return RatioLeaf(
            c, about, whole=book.leaf(IntervalLeaf(slot, slot + 1, 1)), terms=tuple(terms), either=negated,
            facts=(c.fact, c.of), on_empty=named(c.on_empty, negated),
        )  # fmt: skip

    def _outside(self, fact: Fact, scope: str) -> tuple[int, ...]:
        """The leaf that a code lies outside its vocabulary, where that vocabulary is open."""
        if fact.vocabulary is None or not fact.vocabulary.open:
            return ()
        slot, places = self._code(fact, scope)
        return (self._book(scope).leaf(CodeLeaf(slot, frozenset({0}), len(places))),)

    def _code(self, fact: Fact, scope: str) -> tuple[int, dict[str, int]]:
        encode, places = code_encoder(fact)
        return self._book(scope).code((fact.path, "code"), lambda: self._coded(fact, scope, encode)), places

    def _coded(self, fact: Fact | FactGroup, scope: str, encode: CodeEncoder) -> Coded:
        return Coded(self._readers.field(fact, scope), self._readers.reader(fact, scope), encode)

    def member(self, c: Member, scope: str, negated: bool, about: About) -> Node:
        """A code against a set."""
        slot, places = self._code(c.fact, scope)
        leaf = CodeLeaf(slot, frozenset(places[code] for code in c.codes), len(places))
        number = self._book(scope).leaf(leaf)
        table = NEGATED if negated != c.negated else AS_IS
        return Leaf(c, about, terms=((number, table, self._outside(c.fact, scope)),), either=False, facts=(c.fact,))

    def _state(self, fact: Fact | FactGroup, scope: str, members: frozenset[int]) -> int:
        book = self._book(scope)
        slot = book.code((fact.path, "stated"), lambda: self._coded(fact, scope, stated_encoder(fact)))
        return book.leaf(CodeLeaf(slot, members, 2))

    def stated(self, c: Stated, scope: str, negated: bool, about: About) -> Node:
        """Whether a fact is given, or answered at all."""
        number = self._state(c.fact, scope, frozenset({1, 2}) if c.answered else frozenset({2}))
        table = NEGATED if negated else AS_IS
        return Leaf(c, about, terms=((number, table, ()),), either=False, facts=(c.fact,))

    def format(self, c: HasFormat, scope: str, negated: bool, about: About) -> Node:
        """Whether a text has a format."""
        book = self._book(scope)
        encode = format_encoder(format_check(c.table, c.format))
        slot = book.code((c.fact.path, "format", c.format), lambda: self._coded(c.fact, scope, encode))
        number = book.leaf(CodeLeaf(slot, frozenset({2}), 2))
        table = NEGATED if negated else AS_IS
        return Leaf(c, about, terms=((number, table, ()),), either=False, facts=(c.fact,))

    def judgement(self, c: Judgement, scope: str, negated: bool, about: About) -> Node:
        """A question to people: a leaf for each piece of evidence."""
        terms = tuple((self._state(fact, scope, frozenset({2})), QUESTION, ()) for fact in c.evidence)
        return Question(c, about, terms=terms, either=not negated, facts=c.evidence)
