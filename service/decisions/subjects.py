"""Whose application a decision is on: keyed digests of who applies, to find decisions on the same unit or person.

The table `subjects` is an index beside the log and no part of what is sealed: rows go when a decision is erased.
Keyed with a secret of the log, because a plain digest of an identity number is found by trying all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, exists, or_

from service.decisions import schema
from service.decisions.entry import keyed_digest
from service.engine import identity
from service.policy.facts import Fact
from service.policy.literals import normalise
from service.policy.model import Policy

#: The name in the table `secrets` of the key of the digests.
SECRET = "subjects"  # noqa: S105  # a name, not a secret


class Named(StrEnum):
    """What a row of the index is a digest of."""

    PERSON = "person"
    UNIT_CODE = "unit_code"
    UNIT_NAME = "unit_name"


class Tag(NamedTuple):
    """What it is a digest of, and the digest."""

    named: Named
    digest: bytes


@dataclass(frozen=True, slots=True)
class Subject:
    """Who applies, as the application says it; None where it does not, or the policy names no field for it."""

    unit_code: str | None = field(default=None, repr=False)
    unit_name: str | None = field(default=None, repr=False)
    person_number: str | None = field(default=None, repr=False)

    def tags(self, secret: bytes) -> tuple[Tag, ...]:
        """A digest of each part that is given."""
        named = (
            (Named.UNIT_CODE, self.unit_code),
            (Named.UNIT_NAME, self.unit_name),
            (Named.PERSON, self.person_number),
        )
        return tuple(found for kind, text in named if text is not None for found in tagged(secret, kind, text))


NOBODY = Subject()


def subject_of(policy: Policy, application: Mapping[str, Any]) -> Subject:
    """Who applies, by the fields that the policy names for it."""
    named = policy.applicant
    return Subject(*(text_given(application, fact) for fact in (named.unit_code, named.unit_name, named.person_number)))


def tagged(secret: bytes, named: Named, text: str) -> tuple[Tag, ...]:
    """The tag of a text however it is typed; none of a blank one."""
    plain = _NORMAL[named](text)
    return (Tag(named, keyed_digest(secret, named.encode("ascii"), plain.encode("utf-8"))),) if plain else ()


def about(tags: Iterable[Tag]) -> ColumnElement[bool]:
    """The condition that an entry has one of the tags; never, without a tag."""
    table = schema.subjects.c
    wanted = [and_(table.kind == tag.named.value, table.tag == tag.digest) for tag in tags]
    return exists().where(table.sequence == schema.entries.c.sequence, or_(False, *wanted))


def _number(text: str) -> str:
    """An identity number without blanks and hyphens; one of 15 digits as the 18 it was replaced by."""
    return identity.extended("".join(identity.compact(text).split()).replace("-", ""))


def _code(text: str) -> str:
    return normalise(text).replace("-", "")


_NORMAL = {Named.PERSON: _number, Named.UNIT_CODE: _code, Named.UNIT_NAME: normalise}


def text_given(application: Mapping[str, Any], fact: Fact | None) -> str | None:
    """What the application says in a field, as it was typed; None where that is no text, or there is no such field."""
    value: Any = application
    for name in fact.path.split(".") if fact is not None else ():
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) else None
