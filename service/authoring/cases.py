"""The file of cases beside a policy: applications, or changes to a named one, and what must come of each."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from service.authoring.outcomes import Outcome
from service.engine.application import Application
from service.engine.assess import ELIGIBLE, INCOMPLETE, INELIGIBLE, NEEDS_REVIEW
from service.engine.findings import Finding
from service.policy.keywords import Language, Role
from service.policy.model import Policy
from service.policy.source_text import SourceDocument
from service.problems import FilePlace

#: The name of the whole among the names of sections and conditions, and the statuses it may have.
OVERALL = "overall"
STATUSES = (ELIGIBLE, NEEDS_REVIEW, INCOMPLETE, INELIGIBLE)


@dataclass(frozen=True, slots=True)
class Base:
    """An application that cases begin with; `file` is where it lies, as written."""

    name: str
    application: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Expected:
    """The status that something must have, and where that is written."""

    name: str
    status: str
    place: FilePlace


@dataclass(frozen=True, slots=True)
class Case:
    """One application and what must come of it; `changed` is what it changes, by path, as written."""

    name: str
    place: FilePlace
    application: Application = field(repr=False)
    changed: tuple[tuple[str, object], ...] = ()
    findings: tuple[Finding, ...] = ()
    expected: tuple[Expected, ...] = ()
    deciding: tuple[tuple[str, FilePlace], ...] = ()
    proposed: bool = False


@dataclass(frozen=True, slots=True)
class Impossible:
    """An outcome of a condition that an officer has found nothing can bring about."""

    condition: str
    outcome: Outcome
    why: str
    place: FilePlace


@dataclass(frozen=True, slots=True)
class CaseFile:
    """The cases of one edition; `required` is the percentage of outcomes they must bring about, if any.

    `document` is the file with English keywords, None where there is none yet.
    """

    policy: Policy
    file: str
    bases: tuple[Base, ...] = ()
    cases: tuple[Case, ...] = ()
    required: Decimal | None = None
    impossible: tuple[Impossible, ...] = ()
    document: SourceDocument | None = field(default=None, repr=False)

    @property
    def language(self) -> Language:
        """The language of the file's keywords; of a file that is not there yet, that of the policy's."""
        return self.policy.language if self.document is None else self.document.language


@dataclass(frozen=True, slots=True)
class Names:
    """What a case may speak of: `expected` have a status of their own, `in_rows` one for each row of a list,
    `covered` count for coverage."""

    expected: Collection[str]
    in_rows: Collection[str]
    covered: Collection[str]


def named(name: str, language: Language) -> str:
    """What a status is of, as a file of cases writes it: the whole, a section, a condition."""
    return language.word(name) if name == OVERALL else language.section(name)


def status_word(name: str, status: str, language: Language) -> str:
    """A status of what is named so, as a file of cases writes it."""
    return language.word(status, Role.OVERALL if name == OVERALL else Role.VALUE)
