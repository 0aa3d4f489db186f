"""A policy's conditions as an officer reads them: sentence, clause and quote, in the order of the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from service import messages
from service.policy.dependencies import conditions_in
from service.policy.kinds import AllOf, AnyOf, Condition, NOf, NoneOf
from service.policy.model import Section, SectionKind
from service.policy.sentences import sentence
from service.policy.tables import Citation

_EMPTY = {AllOf: "read.head-all", AnyOf: "read.head-any"}


@dataclass(frozen=True, slots=True)
class Line:
    """One condition read back: how deep it lies, its id, label and sentence, and what it rests on."""

    depth: int
    id: str | None
    label: str | None
    sentence: str
    citations: tuple[Citation, ...]
    rulings: tuple[str, ...]
    condition: Condition

    @property
    def title(self) -> str:
        """What names the condition: label and id, or nothing; the root goes by the name of its section."""
        if self.id is None:
            return (self.label or "") if self.depth else ""
        return messages.text("read.title", label=self.label, id=self.id) if self.label else self.id


def section_lines(section: Section) -> Iterator[Line]:
    """The conditions of a section; where a miss bars nothing, each is a tag by itself."""
    root = section.root
    if section.kind is not SectionKind.TAG or not isinstance(root, AllOf | AnyOf | NOf):
        yield from lines(root)
        return
    rulings = tuple(ruling.id for ruling in root.rulings)
    yield Line(0, root.id, root.label, messages.text("read.head-tags"), root.citations, rulings, root)
    for tag in root.children:
        yield from lines(tag, 1)


def lines(condition: Condition, depth: int = 0) -> Iterator[Line]:
    """A condition and every named or cited condition below it.

    A combination of such conditions is a heading with its parts below it; one without is a single sentence.
    """
    parts = _parts(condition)
    combination = isinstance(condition, AllOf | AnyOf | NoneOf | NOf)
    said = _heading(condition) if parts and combination else sentence(condition)
    rulings = tuple(ruling.id for ruling in condition.rulings)
    yield Line(depth, condition.id, condition.label, said, condition.citations, rulings, condition)
    for part in parts:
        yield from lines(part, depth + 1)


def _parts(condition: Condition) -> tuple[Condition, ...]:
    """What stands below a condition on lines of its own."""
    named = [inner for inner in conditions_in(condition) if inner is not condition and _own(inner)]
    if not named:
        return ()
    if isinstance(condition, AllOf | AnyOf | NoneOf | NOf):
        return condition.children
    # Inside other kinds only what is named, and that once: a named part says what lies below it itself.
    below = {id(deeper) for inner in named for deeper in conditions_in(inner) if deeper is not inner}
    return tuple(inner for inner in named if id(inner) not in below)


def _own(condition: Condition) -> bool:
    return condition.id is not None or bool(condition.citations)


def _heading(condition: Condition) -> str:
    """The sentence of a combination without its parts, what becomes of a miss included."""
    bare = replace(condition, children=())  # type: ignore[call-arg]  # each combination has children
    code = _EMPTY.get(type(condition))
    return (messages.text(code) if code else "") + sentence(bare)
