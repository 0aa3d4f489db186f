"""A file as it was read: its text and digest, where each of its nodes stands, excerpts to show to people."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from rich.cells import cell_len

from service.policy.characters import BREAK, line_starts, unseen
from service.policy.keywords import ENGLISH, Language
from service.problems import FilePlace

_EXCERPT_WIDTH = 100  # columns of a long line shown around its fault


class TextNode(NamedTuple):
    """Where a value or key begins (from 1), its length on that line, and what it holds by key or index.

    `end` is the offset in the text behind a scalar, which may run over several lines.
    """

    line: int
    column: int
    length: int
    inside: dict[str, tuple[TextNode, TextNode]] | list[TextNode] | None = None
    end: int = 0


@dataclass(frozen=True, slots=True)
class SourceText:
    """One file: its name as shown to the user, text without byte order mark, `sha256:<hex>` of its bytes."""

    file: str
    text: str
    digest: str

    def excerpt(self, place: FilePlace, *, length: int | None = None) -> tuple[str, str]:
        """The line of `place` and a marker line of `^`, aligned where characters are two columns wide.

        Without a length the word at the place is marked. Long lines are cut, unseen characters shown as `?`.
        A place without a line, or beyond the text, gives two empty strings.
        """
        lines = BREAK.split(self.text)
        if not 1 <= place.line <= len(lines):
            return "", ""
        line, start = lines[place.line - 1], max(place.column - 1, 0)
        line = "".join(" " if char == "\t" else "?" if unseen(char) else char for char in line)
        if length is None:
            word = re.compile(r"\w+|.|").match(line, start)
            length = len(word[0]) if word else 1
        head, marked, tail = line[:start], line[start : start + length], line[start + length :]
        if cell_len(line) > _EXCERPT_WIDTH:
            half = _EXCERPT_WIDTH // 4  # in characters, at most two columns each
            head = head if len(head) <= half else "..." + head[-half:]
            marked = marked[: half * 2]
            tail = tail if len(tail) <= half else tail[:half] + "..."
        return f"{head}{marked}{tail}", " " * cell_len(head) + "^" * max(cell_len(marked), 1)


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """A file without fault: `data` is dict (text keys), list, str, int, Decimal, bool or None all the way.

    `language` is that of the keywords as the file writes them; those of `data` may be English already.
    """

    source: SourceText
    data: Any
    root: TextNode = field(repr=False, compare=False)
    language: Language = field(default=ENGLISH, compare=False)

    def place(self, path: Sequence[str | int], *, key: bool = False) -> FilePlace:
        """Where the value at `path`, or its key, begins; a path to nothing answers its nearest ancestor."""
        found, _ = self._find(path, key=key)
        return FilePlace(self.source.file, found.line, found.column)

    def span(self, path: Sequence[str | int], *, key: bool = False) -> tuple[int, int] | None:
        """Where in the text the scalar or key at `path` begins and ends, its quotes included.

        None for a path to nothing, a list, a mapping, and a scalar of several lines.
        """
        node, whole = self._find(path, key=key)
        start = line_starts(self.source.text)[node.line - 1] + node.column - 1
        written = self.source.text[start : start + node.length]
        if not whole or not written or (node.inside is not None and not key) or written[0] in "|>":
            return None
        closed = written[0] not in "'\"" or (len(written) > 1 and written[-1] == written[0])
        return (start, start + node.length) if closed else None

    def _find(self, path: Sequence[str | int], *, key: bool) -> tuple[TextNode, bool]:
        """The node at the path, or of its key; else the nearest ancestor, and that it is no more than that."""
        node = found = self.root
        for step in path:
            if isinstance(node.inside, dict) and isinstance(step, str) and step in node.inside:
                found_key, node = node.inside[step]
                found = found_key if key else node
            elif isinstance(node.inside, list) and isinstance(step, int) and 0 <= step < len(node.inside):
                found = node = node.inside[step]
            else:
                return found, False
        return found, True

    def written(self, path: Sequence[str | int]) -> str:
        """The last step of a path as the file writes it: its key there, where that is a word without quotes."""
        last = str(path[-1])
        if self.language is ENGLISH:
            return last
        node = self.root
        for step in path[:-1]:
            inside: Any = node.inside
            found = inside[step]
            node = found[1] if isinstance(inside, dict) else found
        if not isinstance(node.inside, dict) or last not in node.inside:
            return self.language.word(last)  # not in the file: a keyword that is asked for
        key, _ = node.inside[last]
        line = BREAK.split(self.source.text)[key.line - 1]
        return line[key.column - 1 : key.column - 1 + key.length].strip("\"'")

    def excerpt(self, place: FilePlace) -> tuple[str, str]:
        """`SourceText.excerpt` with the whole key or scalar that begins at `place` underlined."""
        lengths = (
            node.length
            for node in self._nodes()
            if (node.line, node.column) == (place.line, place.column) and node.length
        )
        return self.source.excerpt(place, length=next(lengths, None))

    def _nodes(self) -> Iterator[TextNode]:
        waiting = [self.root]
        while waiting:
            node = waiting.pop()
            yield node
            if isinstance(node.inside, dict):
                waiting.extend(part for pair in node.inside.values() for part in pair)
            elif node.inside:
                waiting.extend(node.inside)


def source_text(file: str, raw: bytes) -> SourceText:
    """Any bytes as SourceText, undecodable ones replaced: for an excerpt of a file that could not be read."""
    text = raw.decode("utf-8", errors="replace").removeprefix("\ufeff")
    return SourceText(file, text, f"sha256:{hashlib.sha256(raw).hexdigest()}")
