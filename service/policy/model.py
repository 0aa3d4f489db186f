"""What a policy is once it has been read: its head, its parameters and its sections of conditions, frozen.

The facts it speaks of stand in `facts`, the conditions in `kinds`, documents and shared tables in `tables`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum

from service.policy.dependencies import condition_of
from service.policy.facts import Fact, FactGroup
from service.policy.keywords import ENGLISH, Language
from service.policy.kinds import Condition, Ruling
from service.policy.tables import Citation, Document, Table
from service.policy.terms import Amount, Applicant, Deadline, Limit, Procedure, Quota
from service.problems import FilePlace


class SectionKind(StrEnum):
    """What a miss of a section means for the whole."""

    REFUSE = "refuse"
    CORRECT = "correct"
    TAG = "tag"
    TIER = "tier"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A number an officer changes, with its source; `literal` is the text as the notice writes it."""

    id: str
    label: str
    literal: str
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Scope, criterion, tier, materials, formalities or preferences: a condition tree, what its miss means."""

    id: str
    label: str
    kind: SectionKind
    root: Condition
    citations: tuple[Citation, ...] = ()
    position: FilePlace = field(default=FilePlace(""), compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One edition of one policy, whole."""

    id: str
    edition: str
    title: str
    authority: str
    effective_from: dt.date
    effective_until: dt.date | None
    date_fact: Fact
    closing: Deadline | None
    zone: dt.tzinfo  # by whose clock moments are told
    award: tuple[tuple[str, str], ...]
    documents: tuple[Document, ...]
    rulings: tuple[Ruling, ...]
    parameters: tuple[Parameter, ...]
    facts: FactGroup
    derived: tuple[Fact, ...]
    trust: tuple[tuple[Fact, Condition], ...]
    scope: Section
    criteria: tuple[Section, ...]
    tiers: tuple[Section, ...] = ()
    materials: Section
    formalities: Section
    preferences: Section
    quotas: tuple[Quota, ...] = ()
    amounts: tuple[Amount, ...] = ()
    limits: tuple[Limit, ...] = ()
    procedures: tuple[Procedure, ...] = ()
    applicant: Applicant = field(default_factory=Applicant)
    tables: tuple[Table, ...]
    digest: str
    file: str
    raw: bytes = field(default=b"", repr=False, compare=False)
    language: Language = field(default=ENGLISH, compare=False)  # of the keywords of the file

    @property
    def sections(self) -> tuple[Section, ...]:
        """Every section in the order of the reply."""
        return (self.scope, *self.criteria, *self.tiers, self.materials, self.formalities, self.preferences)

    @property
    def conditions_of_facts(self) -> tuple[Condition, ...]:
        """The conditions on which facts are believed, then those that derived facts are computed from."""
        computed = (condition_of(fact) for fact in self.derived)
        return (*(condition for _, condition in self.trust), *(one for one in computed if one is not None))

    @property
    def deadline(self) -> str | None:
        """The deadline in words; None while the notice leaves it open."""
        return None if self.closing is None else self.closing.text

    def in_force(self, on: dt.date) -> bool:
        """Whether the edition's effective period covers the day."""
        return self.effective_from <= on and (self.effective_until is None or on <= self.effective_until)
