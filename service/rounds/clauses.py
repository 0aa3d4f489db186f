"""Which conditions rest on a clause, so that decisions can be found by it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from service import messages
from service.policy.dependencies import conditions_in
from service.policy.kinds import Condition
from service.policy.literals import normalise
from service.policy.model import Policy, Section
from service.policy.tables import Citation


def citing(policies: Iterable[Policy], clause: str) -> frozenset[tuple[str, str, str]]:
    """(policy, edition, name) of every condition and section that rests on a clause, named as public parts name it.

    A condition that cites nothing rests on what the nearest condition around it, or its section, cites. A clause
    is meant by its whole designation or its beginning, whatever the marks: 一（一） means 一、（一）有大师.
    """
    wanted = _plain(clause)
    return frozenset(
        (policy.id, policy.edition, name)
        for policy in policies
        for section in policy.sections
        for name, citations in _cited(section)
        if wanted and any(_plain(citation.clause).startswith(wanted) for citation in citations)
    )


def clauses_of(policies: Iterable[Policy]) -> tuple[str, ...]:
    """Every clause that a condition of the policies rests on, in their order."""
    found = (
        citation.clause
        for policy in policies
        for section in policy.sections
        for _, citations in _cited(section)
        for citation in citations
    )
    return tuple(dict.fromkeys(found))


def _cited(section: Section) -> Iterator[tuple[str, tuple[Citation, ...]]]:
    cited = section.citations or section.root.citations
    yield section.id, cited
    yield from _below(section, section.root, cited)


def _below(
    section: Section, condition: Condition, around: tuple[Citation, ...]
) -> Iterator[tuple[str, tuple[Citation, ...]]]:
    cited = condition.citations or around
    if condition.id is not None:
        yield f"{section.id}.{condition.id}", cited
    for inner in _children(condition):
        yield from _below(section, inner, cited)


def _children(condition: Condition) -> Iterator[Condition]:
    """The conditions directly below one."""
    deeper: set[int] = set()
    for inner in conditions_in(condition):
        if inner is condition or id(inner) in deeper:
            continue
        yield inner
        deeper.update(id(below) for below in conditions_in(inner))


def _plain(clause: str) -> str:
    """A clause's designation without the marks that one writes between its parts and another leaves out."""
    return normalise(clause).translate(str.maketrans("", "", messages.text("clause.marks")))
