"""Policy -> CompiledPolicy: every leaf in a rule book, every condition a node that folds what rules decided.

One rule book per list (and one for the root) decides all leaves about a row at once; facts that count only if
trusted have a book of their own that runs first.
"""

from __future__ import annotations

from typing import Any

from service.engine.asked import AskedFacts, compile_asked
from service.engine.books import Scope, Scopes
from service.engine.conditions import ConditionCompiler
from service.engine.facts import Frame
from service.engine.meeting import Meeting
from service.engine.tree import ConditionTree
from service.engine.verdict import SATISFIED, Node
from service.engine.wording import Wording
from service.policy.factbook import scope_of
from service.policy.model import Policy, Section
from service.policy.terms import Amount


class CompiledPolicy:
    """A policy ready to assess and explain; immutable. `close` gives its rules back, once nobody uses it."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.asked = AskedFacts({fact.path: True for fact, _ in policy.trust})
        self.readers = self.asked.readers
        self.wording = Wording(policy, self.readers)
        self.tree = ConditionTree(self.wording, self.readers)
        self._scopes = Scopes()
        for fact, condition in policy.trust:
            scope = self._scopes.scope(scope_of(fact.path))
            compiler = ConditionCompiler(self.readers, self._scopes, book=scope.trust_book)
            scope.trust.append((fact.path, compiler.node(condition, scope.name)))
        meeting = Meeting.of(policy.sections)
        self.sections: tuple[tuple[Section, Node], ...] = tuple(
            (
                section,
                ConditionCompiler(self.readers, self._scopes, section=section.id, meeting=meeting).node(
                    section.root, ""
                ),
            )
            for section in policy.sections
        )
        self.amounts: tuple[tuple[Amount, Node | None], ...] = tuple(
            (
                amount,
                None
                if amount.when is None
                else ConditionCompiler(self.readers, self._scopes, meeting=meeting).node(amount.when, ""),
            )
            for amount in policy.amounts
        )
        self._scopes.close_books()
        compile_asked(self.asked, policy.derived)

    def frame(self, values: Any) -> Frame:
        """The application as frames with every leaf decided."""
        root = Frame(values, None, "", "", 0)
        self._trust(root, self._scopes.root)
        self._decide([root], self._scopes.root)
        return root

    def _trust(self, frame: Frame, scope: Scope) -> None:
        """Settle whom to trust, here and in every row, before anything is computed across rows."""
        if scope.trust:
            scope.trust_book.decide([frame])
            distrusted = [path for path, node in scope.trust if node.evaluate(frame, {}).status != SATISFIED]
            frame.untrusted = frozenset(distrusted)
        for path, inner in scope.lists.items():
            for row in frame.below(path) or ():
                self._trust(row, inner)
        # What was computed for the trust conditions may rest on facts now known to be untrusted.
        if frame.untrusted:
            frame.memo.clear()

    def _decide(self, frames: list[Frame], scope: Scope) -> None:
        """Let the rules decide every leaf of the frames of a scope and of the rows inside them."""
        for path, inner in scope.lists.items():
            self._decide([row for frame in frames for row in frame.rows[path] or ()], inner)
        scope.book.decide(frames)

    def close(self) -> None:
        """Give the rules back to durable-rules; idempotent."""
        for book in (*self._scopes.books(), *self.asked.books()):
            if book.rules is not None:
                book.rules.close()
