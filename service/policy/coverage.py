"""Which sentences of the notice a policy answers: a sentence is covered where a quote of the file overlaps it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from service.policy.model import Policy
from service.policy.notice import ASKS, CLAUSE, Passage, PassageKind, names_attachment, passages
from service.policy.reading import Path, squeeze
from service.policy.source_text import SourceDocument
from service.policy.tables import Document
from service.problems import Problem, Severity, problem

_SHOWN = 24  # characters of a sentence that a warning shows


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of the notice that the file cites: of what (its path in the file), and where they stand.

    `spans` are the ends of each place they stand at, counted in the text without white space.
    """

    owner: Path
    clause: str
    text: str
    spans: tuple[tuple[int, int], ...]

    def covers(self, passage: Passage) -> bool:
        """Whether the words, or some of them, stand in the passage."""
        return any(start < passage.end and passage.start < end for start, end in self.spans)

    def passages(self, found: Sequence[Passage]) -> tuple[Passage, ...]:
        """The passages it is of: of several with these words those that its clause speaks of, attachments or not."""
        covered = [passage for passage in found if self.covers(passage)]
        attached = names_attachment(self.clause)
        meant = [passage for passage in covered if (passage.kind is PassageKind.ATTACHMENT) == attached]
        return tuple(meant or covered)


def notice_of(policy: Policy, document: SourceDocument) -> Document | None:
    """The notice that the file names, where its text is archived."""
    name = str(document.data.get("notice"))
    return next((d for d in policy.documents if d.id == name and d.text is not None), None)


def quotes_of(document: SourceDocument, notice: Document) -> tuple[Quote, ...]:
    """Every quote of the notice in the file, in the order of the file."""
    text = squeeze(notice.text or "")
    return tuple(
        Quote(owner, str(item.get("clause", "")), str(item["quote"]), tuple(_places(squeeze(str(item["quote"])), text)))
        for owner, item in _citations(document.data, ())
        if "quote" in item and str(item.get("document", notice.id)) == notice.id
    )


def coverage_warnings(policy: Policy, document: SourceDocument) -> Iterator[Problem]:
    """A warning at the notice's entry for every sentence of its text that nothing of the file cites."""
    notice = notice_of(policy, document)
    if notice is None:
        return
    quotes = quotes_of(document, notice)
    spans = [span for quote in quotes for span in quote.spans]
    place = document.place(("documents", notice.id), key=True)
    for passage in passages(notice.text or ""):
        if passage.speaks and not any(quote.covers(passage) for quote in quotes):
            shown = passage.text if len(passage.text) <= _SHOWN else f"{passage.text[:_SHOWN]}……"
            yield problem(
                f"uncovered.{passage.kind.value}",
                place,
                severity=Severity.WARNING,
                words=shown,
                file=notice.file,
                line=passage.line,
            )
        elif passage.kind is PassageKind.SENTENCE and (rest := _left(passage, spans)):
            yield problem(
                "uncovered.part",
                place,
                severity=Severity.WARNING,
                words="”“".join(rest),
                file=notice.file,
                line=passage.line,
            )


def _left(passage: Passage, spans: Sequence[tuple[int, int]]) -> list[str]:
    """The clauses of a sentence that ask something and of which no quote holds a word."""
    found = []
    for clause in CLAUSE.finditer(squeeze(passage.text)):
        start, end = passage.start + clause.start(), passage.start + clause.end()
        cited = any(begin < end and start < stop for begin, stop in spans)
        if not cited and ASKS.search(clause[0]):
            found.append(clause[0])
    return found


def _citations(data: Any, path: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every citation below a node with the path of what it belongs to."""
    if isinstance(data, dict):
        for key, value in data.items():
            if key == "cite":
                items = value if isinstance(value, list) else [value]
                yield from ((path, item) for item in items if isinstance(item, dict))
            else:
                yield from _citations(value, (*path, key))
    elif isinstance(data, list):
        for index, item in enumerate(data):
            yield from _citations(item, (*path, index))


def _places(words: str, text: str) -> Iterator[tuple[int, int]]:
    at = text.find(words)
    while words and at >= 0:
        yield at, at + len(words)
        at = text.find(words, at + 1)
