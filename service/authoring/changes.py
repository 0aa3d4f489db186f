"""One difference between two editions, as data: what it is about, what it was and is, whom it favours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from service.authoring.effects import Sense
from service.problems import FilePlace

NOWHERE = FilePlace("")


class Part(StrEnum):
    """What part of a policy a change is in."""

    HEAD = "head"
    PARAMETERS = "parameters"
    CONDITIONS = "conditions"
    RULINGS = "rulings"
    FACTS = "facts"
    DERIVED = "derived"
    DOCUMENTS = "documents"
    TABLES = "tables"
    COMMENTS = "comments"


class Kind(StrEnum):
    """What happened to it."""

    ADDED = "added"
    DROPPED = "dropped"
    MOVED = "moved"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing about a subject that differs, `name` a code of the catalogue; None where there was or is none."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference. `before` and `after` are sentences or values; `section` is empty outside conditions.

    `sense` is None where a change favours nobody by itself, as that of a title; `portals` that the
    application form has to change with it.
    """

    part: Part
    kind: Kind
    subject: str
    title: str
    section: str = ""
    section_label: str = ""
    sense: Sense | None = None
    before: str | None = None
    after: str | None = None
    details: tuple[Detail, ...] = ()
    portals: bool = False
    place_before: FilePlace = NOWHERE
    place_after: FilePlace = NOWHERE


def kind_of(then: object, now: object) -> Kind:
    """What happened to something that was and is; None where it was not or is not."""
    return Kind.ADDED if then is None else Kind.DROPPED if now is None else Kind.CHANGED


def details_of(texts: Sequence[tuple[str, str | None, str | None]]) -> tuple[Detail, ...]:
    """The details among names with a text before and after: those that differ."""
    return tuple(Detail(name, before, after) for name, before, after in texts if before != after)
