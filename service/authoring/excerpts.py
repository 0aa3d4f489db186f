"""Pieces of a file as it is written: the text of one node, moved to the left margin."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from service.policy.reading import Path
from service.policy.source_text import SourceDocument

_CLOSING = {"{": "}", "[": "]"}


def excerpt(document: SourceDocument, path: Path, *, key: bool = False) -> str:
    """The text of the node at a path, or with `key` of its key and the node; without line feed at the end."""
    place = document.place(path, key=key)
    lines = document.source.text.split("\n")
    first = lines[place.line - 1][place.column - 1 :]
    value = document.place(path)
    if lines[value.line - 1][value.column - 1] in _CLOSING:
        # The key, where it is shown, stands on the same line.
        begin = value.column - place.column
        rest = "\n".join([first, *lines[place.line :]])
        return rest[: begin + _end(rest[begin:])]
    kept = [first]
    indent = place.column - 1
    for line in lines[place.line :]:
        # What belongs to the node is indented as it is, or deeper where its key is shown.
        if line[: indent + key].strip():
            break
        kept.append(line[indent:].rstrip())
    return "\n".join(kept).rstrip("\n")


def nodes(data: Any, path: Path = ()) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every mapping of a file with its path."""
    if isinstance(data, dict):
        yield path, data
    items: Sequence[tuple[str | int, Any]] = ()
    if isinstance(data, dict):
        items = [*data.items()]
    elif isinstance(data, list):
        items = [*enumerate(data)]
    for step, value in items:
        yield from nodes(value, (*path, step))


def _end(text: str) -> int:
    """Where the bracket that a text begins with is closed; brackets in quotes are text."""
    depth, quote = 0, ""
    for at, char in enumerate(text):
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"" and text[at - 1] in " [{,:":
            quote = char
        elif char in _CLOSING:
            depth += 1
        elif char in _CLOSING.values():
            depth -= 1
            if depth == 0:
                return at + 1
    return len(text)
