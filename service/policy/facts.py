"""The facts a policy speaks of: declared fields, groups and lists of fields, derived values.

Numbers are integers scaled by the declared precision of their fact (money in fen), dates are ordinal days, moments
seconds (see `moments`), durations are whole months or days. Positions take no part in equality.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from service.policy.tables import Vocabulary
from service.problems import FilePlace


class FactType(StrEnum):
    """The kinds of value an application field can hold."""

    TEXT = "text"
    TEXTS = "texts"  # a list of texts
    BOOLEAN = "boolean"
    EVIDENCE = "evidence"  # text or true (given), false (stated as none), null (blank)
    NUMBER = "number"
    DATE = "date"
    MOMENT = "moment"  # a date with a time, on the clock of the policy's zone
    CODE = "code"
    CODES = "codes"  # a list of codes
    IDENTITY_NUMBER = "identity_number"


#: Types of what lies in time, and is earlier or later.
IN_TIME = (FactType.DATE, FactType.MOMENT)


@dataclass(frozen=True, slots=True)
class Duration:
    """A span of calendar time."""

    months: int = 0
    days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A declared field or a derived value.

    `path` is its one name everywhere: dots between groups, `[]` after a list (`members[].skill_level`).
    `at_least` and `at_most` are the range of a number, scaled as the number is; None is open.
    A `recorded` fact is on the form to be kept, not to be decided on.
    """

    path: str
    type: FactType
    label: str
    help: str | None = None
    unit: str | None = None
    precision: int = 0
    vocabulary: Vocabulary | None = None
    at_least: int | None = None
    at_most: int | None = None
    personal: str | None = None
    remediable: bool = False
    recorded: bool = False
    derivation: Derivation | None = None
    position: FilePlace | None = field(default=None, compare=False)

    @property
    def name(self) -> str:
        """The last step of the path: its key in the object it lies in."""
        return self.path.rpartition(".")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class FactGroup:
    """A group of fields, or with `is_list` a list of such groups; `who` names the field that
    names the person a row is about, `item` the field that names the thing.

    `absent_is_none` reads an absent list as known to be empty; null stays blank."""

    path: str
    label: str
    help: str | None = None
    is_list: bool = False
    who: str | None = None
    item: str | None = None
    absent_is_none: bool = False
    remediable: bool = False
    children: tuple[Fact | FactGroup, ...] = ()
    position: FilePlace | None = field(default=None, compare=False)

    @property
    def name(self) -> str:
        """The last step of the path: its key in the object it lies in."""
        return self.path.rpartition(".")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Across:
    """A fact in every row of a list: the lists from the outermost on, and the fact."""

    lists: tuple[FactGroup, ...]
    fact: Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    """A call of one of the closed set of derivation functions, its arguments resolved by the checker."""

    function: str
    arguments: Mapping[str, object]
