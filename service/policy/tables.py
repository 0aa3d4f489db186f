"""Shared tables that policies refer to: vocabularies, lists, retirement laws, formats; each pinned by digest."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A cited document; `text` is its archived text as kept, None where none is kept."""

    id: str
    title: str
    number: str | None = None
    issuer: str | None = None
    file: str | None = None
    text: str | None = field(default=None, repr=False)
    digest: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """Where a rule comes from: document, clause, and the words that say it."""

    document: Document
    clause: str
    quote: str | None = None

    def as_json(self) -> dict[str, str | None]:
        """The citation as every reply shows it."""
        return {
            "document": self.document.id,
            "title": self.document.title,
            "number": self.document.number,
            "clause": self.clause,
            "quote": self.quote,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeEntry:
    """One value of a vocabulary; `rank` orders a scale, `none` marks the value that states there is none.

    `counts_as` are the codes of all values it counts as, directly or through another.
    """

    code: str
    label: str
    aliases: tuple[str, ...] = ()
    rank: int | None = None
    none: bool = False
    counts_as: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The values a code may take, in order; `open` admits others, which people then judge.

    `by_name` finds an entry by code, label or alias after normalisation (see `engine.application`).
    """

    entries: tuple[CodeEntry, ...]
    open: bool = False
    by_name: Mapping[str, CodeEntry] = field(default_factory=dict, compare=False, repr=False)

    @property
    def ranked(self) -> bool:
        """Whether some value has a rank, so that values can be compared by order."""
        return any(entry.rank is not None for entry in self.entries)

    def taken_in(self, codes: tuple[str, ...]) -> tuple[str, ...]:
        """The codes, and after them those that count as one of them."""
        more = (entry.code for entry in self.entries if not {*codes}.isdisjoint(entry.counts_as))
        return tuple(dict.fromkeys((*codes, *more)))


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEntry:
    """One name on a list, from a day until a day, both included; None is open."""

    name: str
    aliases: tuple[str, ...] = ()
    start: dt.date | None = None
    end: dt.date | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """A stepped delay: `by` months more for every `every` months of original retirement from `start` on."""

    start: dt.date
    every: int
    by: int
    at_most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRule:
    """An age in months for one category under one law, with the law's delay if it has one."""

    category: str
    age: int
    delay: Delay | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """One law of a schedule: promulgated and in force from a day, replacing the one before."""

    id: str
    title: str
    promulgated: dt.date
    in_force: dt.date
    rules: Mapping[str, ScheduleRule]
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A named format: an RE2 pattern matched against the whole normalised text, or a check known by name."""

    id: str
    label: str
    pattern: str | None = None
    check: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table file; the part that its kind fills is the one that is not empty."""

    id: str
    kind: str
    title: str
    digest: str
    file: str = field(compare=False)
    raw: bytes = field(default=b"", repr=False, compare=False)
    vocabulary: Vocabulary | None = None
    listing: tuple[ListEntry, ...] | None = None
    laws: tuple[Law, ...] = ()
    categories: tuple[tuple[str, str], ...] = ()
    formats: Mapping[str, Format] = field(default_factory=dict)
    documents: tuple[Document, ...] = ()
