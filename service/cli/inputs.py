"""What `assess` is given: files, NDJSON, folders and standard input as one series of JSON texts; what came of each."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from service.api.strict_json import DEFAULT_LIMITS
from service.problems import PointerPlace, Problem, problem

_LINES = (".ndjson", ".jsonl")
_STDIN = "-"
# One byte more than is read as JSON: the reader then says that it is too large.
_MOST = DEFAULT_LIMITS.size + 1
# An object ended, another begun on a later line: no JSON text holds that, strings included.
_TWO_OBJECTS = re.compile(rb"\}[ \t]*\r?\n\s*\{")


@dataclass(frozen=True, slots=True)
class Input:
    """One application to be: the name it is shown by, and its JSON text or why there is none."""

    name: str
    raw: bytes = b""
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one input: a reply without its first line, or problems with pointers into the file."""

    name: str
    reply: Mapping[str, Any] | None = field(default=None, repr=False)
    problems: tuple[Problem, ...] = ()


class Inputs:
    """The inputs that paths name, in the order given; `single` if that is one file, answered by one object.

    A folder stands for its `*.json` at any depth, sorted by path, hidden ones left out. A `.ndjson` or
    `.jsonl` file holds one input a line, blank lines left out; so does standard input (`-`) if it holds
    several objects.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        self._sources: list[str | Path | bytes] = []
        self.single = len(paths) == 1
        for name in paths:
            if name == _STDIN:
                raw = sys.stdin.buffer.read()
                several = _TWO_OBJECTS.search(raw) is not None
                self.single = self.single and not several
                self._sources.append(raw)
            elif Path(name).is_dir():
                self.single = False
                # An empty folder stays in the series, to be told.
                self._sources.extend(_files_in(Path(name)) or [Path(name)])
            else:
                self.single = self.single and not name.endswith(_LINES)
                self._sources.append(Path(name))

    def count(self) -> int:
        """How many inputs there are; reads NDJSON files for it, so ask only to show progress."""
        return sum(1 for source in self._sources for _ in _items(source))

    def __iter__(self) -> Iterator[Input]:
        for source in self._sources:
            yield from _items(source)


def _files_in(folder: Path) -> list[str | Path | bytes]:
    found = []
    for path in folder.rglob("*.json"):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if not hidden and path.is_file():
            found.append(path)
    return [*sorted(found, key=lambda path: path.parts)]


def _items(source: str | Path | bytes) -> Iterator[Input]:
    if isinstance(source, bytes):
        if _TWO_OBJECTS.search(source):
            yield from _numbered(_STDIN, iter(source.splitlines()))
        else:
            yield Input(_STDIN, source)
        return
    name, path = str(source), Path(source)
    try:
        if path.is_dir():
            yield Input(name, problem=problem("input-folder-empty", PointerPlace("")))
        elif name.endswith(_LINES):
            with path.open("rb") as stream:
                yield from _numbered(name, _lines(stream))
        else:
            with path.open("rb") as stream:
                yield Input(name, stream.read(_MOST))
    except FileNotFoundError:
        yield Input(name, problem=problem("input-missing", PointerPlace("")))
    except (OSError, ValueError):  # ValueError: a NUL in the path
        yield Input(name, problem=problem("input-unreadable", PointerPlace("")))


def _lines(stream: object) -> Iterator[bytes]:
    """Lines of a binary file, each cut to what is read as JSON."""
    read = stream.readline  # type: ignore[attr-defined]  # a binary file
    while line := read(_MOST):
        rest = line
        while not rest.endswith(b"\n") and (rest := read(_MOST)):
            pass
        yield line


def _numbered(name: str, lines: Iterator[bytes]) -> Iterator[Input]:
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield Input(f"{name}:{number}", line)
