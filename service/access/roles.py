"""Roles, and what each may do: the one table that the service decides by and its documents are made from.

It governs requests over HTTP. Commands are run by whoever may read the database and the master key on the
machine; there the system's own file permissions decide.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a key's holder is to the office."""

    PORTAL = "portal"
    OFFICER = "officer"
    REVIEWER = "reviewer"
    AUDITOR = "auditor"


class Right(StrEnum):
    """Something that can be asked of the service."""

    POLICIES = "policies"
    PREVIEW = "preview"
    DECIDE = "decide"
    FIND = "find"
    LIST = "list"
    READ = "read"
    UNMASK = "unmask"
    STATUS = "status"


class Extent(StrEnum):
    """Which decisions a right reaches.

    `own`: those the holder asked for, and those that supersede them. `other_units`: those on applications of
    another unit than the holder's.
    """

    ALL = "all"
    OWN = "own"
    OTHER_UNITS = "other_units"


# A right not named for a role is not given.
RIGHTS: Mapping[Role, Mapping[Right, Extent]] = {
    Role.PORTAL: {
        Right.POLICIES: Extent.ALL,
        Right.PREVIEW: Extent.ALL,
        Right.DECIDE: Extent.ALL,
        Right.READ: Extent.OWN,
    },
    Role.OFFICER: {
        Right.POLICIES: Extent.ALL,
        Right.PREVIEW: Extent.ALL,
        Right.LIST: Extent.ALL,
        Right.READ: Extent.ALL,
        Right.STATUS: Extent.ALL,
    },
    Role.REVIEWER: {
        Right.POLICIES: Extent.ALL,
        Right.FIND: Extent.OTHER_UNITS,
        Right.READ: Extent.OTHER_UNITS,
    },
    Role.AUDITOR: {
        Right.POLICIES: Extent.ALL,
        Right.LIST: Extent.ALL,
        Right.READ: Extent.ALL,
        Right.UNMASK: Extent.ALL,
        Right.STATUS: Extent.ALL,
    },
}


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: the name the log knows them by, their role, and the unit they belong to, by code or by name.

    `role` is None where no keys are configured: whoever reaches the service then may do everything.
    """

    name: str
    role: Role | None = None
    unit: str | None = None
    key_id: str | None = None

    def extent(self, right: Right) -> Extent | None:
        """How far this right reaches, or None where it is not given."""
        return Extent.ALL if self.role is None else RIGHTS[self.role].get(right)

    def belongs_to(self, *units: str | None) -> bool:
        """Whether one of these codes and names of a unit is that of the principal's own, however it is typed."""
        own = _folded(self.unit)
        return bool(own) and own in map(_folded, units)


ANONYMOUS = Principal("anonymous")


def roles_with(right: Right) -> tuple[Role, ...]:
    """The roles that are given a right, to whatever extent."""
    return tuple(role for role in Role if right in RIGHTS[role])


def _folded(text: str | None) -> str:
    """A unit's code or name without what typing varies: width, blanks, case."""
    return "".join(unicodedata.normalize("NFKC", text or "").split()).casefold()
