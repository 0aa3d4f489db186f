"""What every part of the checker shares while it reads one file: the document, and the problems found so far."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from service.policy.source import SourceDocument
from service.policy.tables import Citation, Document
from service.problems import FilePlace, Problem, Severity, nearest, problem

Path = tuple[str | int, ...]


class Reading:
    """One file being read; `fault` notes a problem at a path and goes on."""

    def __init__(self, document: SourceDocument, broken: frozenset[Path]) -> None:
        self.document = document
        self.broken = broken
        self.problems: list[Problem] = []

    def place(self, path: Path, *, key: bool = False) -> FilePlace:
        """Where the value (or key) at the path stands in the file."""
        return self.document.place(path, key=key)

    def fault(
        self, code: str, path: Path, *, key: bool = False, known: Iterable[str] = (), near: str = "",
        severity: Severity = Severity.ERROR, **params: Any,
    ) -> None:  # fmt: skip
        """Note a problem; `known` and `near` give the name that may have been meant."""
        suggestion = nearest(near, known) if near else None
        self.problems.append(
            problem(code, self.place(path, key=key), suggestion=suggestion, severity=severity, **params)
        )

    def mapping(self, value: Any) -> dict[str, Any]:
        """The value if it is a mapping, else an empty one: the structure check has said so already."""
        return value if isinstance(value, dict) else {}

    def documents(self, value: Any, path: Path, texts: dict[str, tuple[str, str]]) -> dict[str, Document]:
        """The cited documents of a file; `texts` holds file -> (text, digest) of the archived ones."""
        documents = {}
        for name, item in self.mapping(value).items():
            entry = self.mapping(item)
            file = entry.get("text")
            text, digest = texts.get(str(file), (None, None)) if file else (None, None)
            if file and text is None:
                self.fault("document-text-missing", (*path, name, "text"), file=str(file))
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
        """Citations with their documents; a quote that does not stand in the archived text is a problem."""
        if value is None:
            return ()
        many = isinstance(value, list)
        found = []
        for index, item in enumerate(value if many else [value]):
            here: Path = (*path, index) if many else path
            entry = self.mapping(item)
            name = str(entry.get("document") or notice or "")
            document = documents.get(name)
            if document is None:
                self.fault("unknown-document", (*here, "document"), name=name, near=name, known=documents)
                continue
            quote = _optional(entry.get("quote"))
            if document.text is not None:
                if quote is None:
                    self.fault("quote-missing", here, document=document.title)
                elif squeeze(quote) not in squeeze(document.text):
                    self.fault("quote-not-found", (*here, "quote"), document=document.title)
            found.append(Citation(document=document, clause=str(entry.get("clause", "")), quote=quote))
        return tuple(found)


def squeeze(text: str) -> str:
    """Text without white space, for comparing quotes: line breaks of an archived text mean nothing."""
    return "".join(text.split())


def _optional(value: Any) -> str | None:
    return None if value is None else str(value)
