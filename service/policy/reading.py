"""What every part of the checker shares while it reads one file: the document and the problems found."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from service import messages
from service.policy import numerals
from service.policy.archived import Archived
from service.policy.dressed import OF_VALUES, dressed
from service.policy.keywords import ALLOWING, NAMING_SECTIONS
from service.policy.likest import likest
from service.policy.literals import date_bounds
from service.policy.source_text import SourceDocument
from service.policy.tables import Citation, Document
from service.problems import FilePlace, Problem, Severity, nearest, problem

Path = tuple[str | int, ...]


class Reading:
    """One file being read; `fault` notes a problem at a path and goes on.

    `broken` are the paths where the structure is at fault already: nothing more is said at or below them.
    """

    def __init__(self, document: SourceDocument, broken: frozenset[Path]) -> None:
        self.document = document
        self.broken = broken
        self.problems: list[Problem] = []

    def place(self, path: Path, *, key: bool = False) -> FilePlace:
        """Where the value (or key) at the path stands in the file."""
        return self.document.place(path, key=key)

    def is_broken(self, path: Path) -> bool:
        """Whether the structure is at fault at the path or above it."""
        return any(path[:length] in self.broken for length in range(len(path) + 1))

    def fault(
        self, code: str, path: Path, *, at_key: bool = False, known: Iterable[str] = (), near: str = "",
        severity: Severity = Severity.ERROR, **params: Any,
    ) -> None:  # fmt: skip
        """Note a problem at the value (or key) of the path, and the name of `known` nearest to `near`.

        Keywords are given in English (see `Language.told`) and told in the language of the file.
        """
        if self.is_broken(path):
            return
        language = self.document.language
        known = list(known)
        found = dressed(code, params, known) if code in OF_VALUES or near else None
        if found is not None:
            code, params = found
            near = ""
        suggestion = None
        if near and code in ALLOWING:
            keyword = language.nearest(near, known, ALLOWING[code])
            suggestion = None if keyword is None else language.word(keyword, ALLOWING[code])
        elif near:
            names = (language.section(name) for name in known) if code in NAMING_SECTIONS else known
            suggestion = nearest(near, names)
        told = language.told(code, params)
        if path and params.get("key") == str(path[-1]):
            told["key"] = self.document.written(path)
        place = self.place(path, key=at_key)
        parameter = None if at_key else self._parameter_at(path)
        if parameter is not None:
            told = {"name": parameter, "line": place.line, "reason": messages.text(code, **told)}
            code, place = "parameter-misfit", self.place(("parameters", parameter, "value"))
        self.problems.append(problem(code, place, suggestion=suggestion, severity=severity, **told))

    def _parameter_at(self, path: Path) -> str | None:
        """The parameter whose value is what stands at the path; None where something else does."""
        data: Any = self.document.data
        for step in path:
            inside = data if isinstance(data, dict) else dict(enumerate(data)) if isinstance(data, list) else {}
            data = inside.get(step)
        name = self.mapping(data).get("parameter")
        known = self.mapping(self.mapping(self.document.data).get("parameters"))
        return name if isinstance(name, str) and "value" in self.mapping(known.get(name)) else None

    def bad_duration(self, text: str, path: Path) -> None:
        """Note that a text is no span of time; of a number without a unit that this is what it lacks."""
        bare = text.isdecimal() or numerals.value(text) is not None
        self.fault("bad-duration.no-unit" if bare else "bad-duration", path, value=text)

    def mapping(self, value: Any) -> dict[str, Any]:
        """The value if it is a mapping, else an empty one: the structure check has said so already."""
        return value if isinstance(value, dict) else {}

    def day(self, value: Any, path: Path) -> dt.date | None:
        """The one day a value names; None after a problem."""
        days = date_bounds(str(value))
        if days is None or days[0] != days[1]:
            self.fault("bad-date.end" if path[-1] == "until" else "bad-date", path, value=str(value))
            return None
        return dt.date.fromordinal(days[0])

    def documents(self, value: Any, path: Path, texts: Mapping[str, Archived]) -> dict[str, Document]:
        """The cited documents of a file; `texts` holds file -> (text, digest) of the archived ones, or a fault."""
        documents = {}
        for name, item in self.mapping(value).items():
            entry = self.mapping(item)
            file = entry.get("text")
            found = texts.get(str(file), "document-text-missing") if file else (None, None)
            text, digest = (None, None) if isinstance(found, str) else found
            if isinstance(found, str):
                self.fault(found, (*path, name, "text"), file=str(file))
            documents[name] = Document(
                id=name,
                title=str(entry.get("title", name)),
                number=_optional(entry.get("number")),
                issuer=_optional(entry.get("issuer")),
                file=_optional(file),
                text=text,
                digest=digest,
            )
        return documents

    def citations(
        self, value: Any, path: Path, documents: dict[str, Document], notice: str | None
    ) -> tuple[Citation, ...]:
        """Citations with their documents; a quote that does not stand in the archived text is a problem.

        A citation that names no document is of the notice; None where a file has none.
        """
        if value is None:
            return ()
        many = isinstance(value, list)
        found = []
        for index, item in enumerate(value if many else [value]):
            here: Path = (*path, index) if many else path
            document = self._cited(self.mapping(item), here, documents, notice)
            if document is None:
                continue
            quote = _optional(self.mapping(item).get("quote"))
            if document.text is not None:
                if quote is None:
                    self.fault("quote-missing", here, at_key=not many, document=document.title)
                elif squeeze(quote) not in squeeze(document.text):
                    self._misquoted(quote, document.text, (*here, "quote"), document.title)
            clause = str(self.mapping(item).get("clause", ""))
            found.append(Citation(document=document, clause=clause, quote=quote))
        return tuple(found)

    def _misquoted(self, quote: str, text: str, path: Path, title: str) -> None:
        """Note a quote that does not stand in a text, and what of the text is most like it."""
        found = likest(quote, text)
        if found is None:
            self.fault("quote-not-found", path, document=title)
            return
        code = "quote-not-found.marks" if found.only_marks else "quote-not-found.near"
        self.fault(code, path, document=title, line=found.line, archived=found.archived, quoted=found.quoted)

    def _cited(
        self, entry: dict[str, Any], path: Path, documents: dict[str, Document], notice: str | None
    ) -> Document | None:
        if "document" in entry:
            name = str(entry["document"])
            if name not in documents and not self.is_broken(("documents",)):
                here = (*path, "document")
                self.fault("unknown-document", here, name=name, near=name, known=documents)
            return documents.get(name)
        if notice is None:
            self.fault("required-key", path, at_key=True, key="document")
            return None
        return documents.get(notice)  # a notice that is not among them has been told where it is named


def squeeze(text: str) -> str:
    """Text without white space, for comparing quotes: line breaks of an archived text mean nothing."""
    return "".join(text.split())


def _optional(value: Any) -> str | None:
    return None if value is None else str(value)
