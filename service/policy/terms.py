"""What a policy states at its head beside its conditions: who applies, deadline, quotas, amounts, limits, procedure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction

from service.policy.facts import Fact
from service.policy.kinds import Condition, Ruling
from service.policy.tables import Citation


@dataclass(frozen=True, slots=True, kw_only=True)
class Applicant:
    """Which fields of the form name the unit that applies and the person it applies for; None where none does.

    Decisions on the same unit or person are found by them; no condition rests on them.
    """

    unit_code: Fact | None = None
    unit_name: Fact | None = None
    person_number: Fact | None = None
    person_name: Fact | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """The last day, or with `at` the last moment, to apply; `zone` as the policy writes it."""

    day: dt.date
    at: dt.datetime | None = None
    zone: str | None = None
    label: str | None = None
    citations: tuple[Citation, ...] = ()

    @property
    def literal(self) -> str:
        """`2024-06-30`, `2024-06-30 17:00`, as a condition would name it."""
        if self.at is None:
            return self.day.isoformat()
        return f"{self.day.isoformat()} {self.at:%H:%M:%S}".removesuffix(":00")

    @property
    def text(self) -> str:
        """As `literal`, with the zone where there is a time and the policy names one."""
        return self.literal if self.at is None or self.zone is None else f"{self.literal}（{self.zone}）"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """How many may be chosen: in all, or of each value of the fact `per`.

    `each` holds (label, least, most) of the values that have numbers of their own; an end that is None is open.
    """

    label: str
    at_least: int | None = None
    at_most: int | None = None
    per: Fact | None = None
    each: tuple[tuple[str, int | None, int | None], ...] = ()
    citations: tuple[Citation, ...] = ()
    rulings: tuple[Ruling, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """What an applicant of whom `when` holds would get: the number that a fact holds, or `literal` as written.

    Without a fact there is a literal.
    """

    label: str
    fact: Fact | None = None
    literal: str = ""
    when: Condition | None = None
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How many of all that are chosen, or with `share` which part of them, may or must be such that `where` holds.

    Without `where`: what the amounts labelled `sums` may come to for all of them, counted in `unit`. `low` and
    `high` are the bounds as written.
    """

    label: str
    where: Condition | None = None
    share: bool = False
    sums: tuple[str, ...] = ()
    unit: str = ""
    at_least: Fraction | None = None
    at_most: Fraction | None = None
    low: str | None = None
    high: str | None = None
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure:
    """Sentences of the notice that are procedure, purpose or background: there is nothing in them to decide."""

    label: str | None = None
    citations: tuple[Citation, ...] = ()
