"""Next year's edition out of this year's file: its text with what a year changes, and where an officer must look."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from service import messages
from service.authoring.editions import Edition
from service.authoring.editor_line import line_of_cases
from service.authoring.flow import flow
from service.authoring.numbers import body_numbers, head_numbers
from service.policy.keywords import CHINESE
from service.policy.literals import date_bounds
from service.policy.scalars import literal_text, plain_value
from service.policy.source import read_bytes
from service.policy.source_text import SourceDocument

_say = messages.text
_EDITION = re.compile(r"\w[\w-]{0,63}")
_YEAR = re.compile(r"[12]\d{3}")
_BOM = b"\xef\xbb\xbf"
_Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Edit:
    """A scalar of the file written anew: its line, what stood there, what stands there."""

    line: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Look:
    """Something a person has to look at: a code of the catalogue, and the lines it is about with their words."""

    code: str
    places: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """The files of a new edition, the edits of the first of them, and what is left for people."""

    files: tuple[tuple[Path, bytes], ...]
    edits: tuple[Edit, ...]
    look: tuple[Look, ...]
    text: Path | None


def is_edition(name: str) -> bool:
    """Whether an edition may be called so: letters, digits, `_` and `-`."""
    return _EDITION.fullmatch(name) is not None


def draft(old: Edition, name: str) -> Draft:
    """The edition `name` after an older one; nothing is written.

    Comments and order stay; edition, period, and the name of the notice and of its text are written anew. The
    text of the older notice stands in for that of the new one, so that quotes are found until it is replaced.
    """
    writer = _Writer(old.document, old.policy.edition, name)
    data = old.document.data
    writer.put(("edition",), name)
    moved = writer.period(_below(data, "effective"))
    renamed = writer.notice(data)
    folder = old.path.parent
    text = writer.result()
    files = [(folder / f"{name}.yaml", _encoded(old.policy.raw, text))]
    archived = None
    if renamed is not None:
        was, becomes = renamed
        archived = folder / becomes
        files.append((archived, (folder / was).read_bytes()))
    cases = folder / f"{old.policy.edition}.cases.yaml"
    if cases.is_file():
        files.append((folder / f"{name}.cases.yaml", _cases(cases, old, name)))
    look = tuple(_look(old, text, moved=moved, archived=archived, cases=len(files) > 1 + (archived is not None)))
    return Draft(tuple(files), tuple(writer.edits()), look, archived)


def write(files: tuple[tuple[Path, bytes], ...]) -> None:
    """Write every file or none. Raises FileExistsError for a file that is there, OSError for one not writable."""
    made: list[Path] = []
    try:
        for path, content in files:
            path.parent.mkdir(exist_ok=True)
            with path.open("xb") as stream:
                made.append(path)
                stream.write(content)
    except OSError:
        for path in made:
            with contextlib.suppress(OSError):
                path.unlink()
        raise


class _Writer:
    """Scalars of one file replaced where they stand."""

    def __init__(self, document: SourceDocument, old: str, new: str) -> None:
        self._document = document
        self._old, self._new = old, new
        self._edits: dict[tuple[int, int], tuple[str, str]] = {}

    def put(self, path: _Path, value: str, *, key: bool = False) -> bool:
        """Write a value (or key) anew, quoted as it was; whether it stands there to be written."""
        span = self._document.span(path, key=key)
        if span is None:
            return False
        written = self._document.source.text[span[0] : span[1]]
        if written[0] in "'\"":
            value = f"{written[0]}{value}{written[0]}"
        elif literal_text(plain_value(value)) != value or isinstance(plain_value(value), bool | None):
            value = f"'{value}'"
        self._edits[span] = (written, value)
        return True

    def period(self, effective: dict[str, Any]) -> bool:
        """The period moved by as many years as the edition; whether it could be."""
        if not (_YEAR.fullmatch(self._old) and _YEAR.fullmatch(self._new)):
            return False
        years = int(self._new) - int(self._old)
        ends = [end for end in ("from", "until") if effective.get(end) is not None]
        # Every end is written, whether or not the other could be.
        written = [self.put(("effective", end), _later(flow(effective[end]), years, end)) for end in ends]
        return all(written)

    def notice(self, data: dict[str, Any]) -> tuple[str, str] | None:
        """The notice and its text renamed; the name of the text then and now, None where it has none."""
        name = flow(data["notice"])
        text = data["documents"][name].get("text")
        renamed = name.replace(self._old, self._new)
        if renamed != name and renamed not in data["documents"]:
            self.put(("documents", name), renamed, key=True)
            self.put(("notice",), renamed)
            for path in _citations_of(data, name):
                self.put(path, renamed)
        if text is None:
            return None
        at = PurePosixPath(text)
        stem = at.stem.replace(self._old, self._new) if self._old in at.stem else f"{at.stem}-{self._new}"
        becomes = str(at.with_name(f"{stem}{at.suffix}"))
        return (text, becomes) if self.put(("documents", name, "text"), becomes) else None

    def result(self) -> str:
        """The text with every edit in it."""
        text = self._document.source.text
        for (start, end), (_, value) in sorted(self._edits.items(), reverse=True):
            text = text[:start] + value + text[end:]
        return text

    def edits(self) -> Iterator[Edit]:
        """The edits in the order of the file, those that change nothing left out."""
        text = self._document.source.text
        for (start, _), (before, after) in sorted(self._edits.items()):
            if before != after:
                yield Edit(text.count("\n", 0, start) + 1, before, after)


def _later(day: str, years: int, end: str) -> str:
    """A day so many years later, written as it was; a 29 February that is none begins or ends a day beside it."""
    moved = f"{int(day[:4]) + years}{day[4:]}"
    if date_bounds(moved) is not None:
        return moved
    bounds = date_bounds(day)
    assert bounds is not None  # noqa: S101 - a policy was read with it
    last = dt.date.fromordinal(bounds[0]).replace(year=int(day[:4]) + years, day=28)
    return (last + dt.timedelta(days=end == "from")).isoformat()


def _citations_of(value: Any, name: str, path: _Path = ()) -> Iterator[_Path]:
    """Where citations name a document."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        if key == "document" and flow(item) == name and "cite" in path[-2:]:
            yield (*path, key)
        yield from _citations_of(item, name, (*path, key))


def _cases(path: Path, edition: Edition, new: str) -> bytes:
    """The cases of the older edition; where they name it they name the new one, and editors help as with the policy."""
    old = edition.policy.edition
    raw = path.read_bytes()
    document, _ = read_bytes(path.name, raw)
    data = document.data if document is not None and isinstance(document.data, dict) else {}
    key = next((name for name in data if "edition" in (name, CHINESE.meaning(name))), None)
    if document is None or key is None or flow(data[key]) != old:
        return raw
    writer = _Writer(document, old, new)
    writer.put((key,), new)
    text = writer.result()
    for_editors = line_of_cases(edition.document.source.text, text)
    end = "\r\n" if "\r\n" in text else "\n"
    return _encoded(raw, text if for_editors is None else f"{for_editors}{end}{text}")


def _encoded(raw: bytes, text: str) -> bytes:
    return (_BOM if raw.startswith(_BOM) else b"") + text.encode("utf-8")


def _below(data: dict[str, Any], key: str) -> dict[str, Any]:
    value = data.get(key)
    return value if isinstance(value, dict) else {}


# --- what is left for people --------------------------------------------------------------------------------


def _look(old: Edition, text: str, *, moved: bool, archived: Path | None, cases: bool) -> Iterator[Look]:
    data, policy = old.document.data, old.policy
    at = old.document.place
    if archived is not None:
        yield Look("new.look.text")
        quoted = list(_quotes(data, flow(data["notice"])))
        yield Look("new.look.quotes", ((len(quoted), ""),))
    if not moved:
        yield Look("new.look.period", ((at(("effective",), key=True).line, ""),))
    if policy.effective_until is None:
        yield Look("new.look.until", ((at(("effective",), key=True).line, old.path.name),))
    notice = flow(data["notice"])
    titles = [
        (at(("documents", name, key)).line, flow(entry[key]))
        for name, entry in data["documents"].items()
        for key in ("title", "number")
        if key in entry and (key == "number" or name == notice)
    ]
    yield Look("new.look.documents", tuple(titles))
    for code, found in (("amounts", head_numbers(old.document)), ("numbers", body_numbers(old.document))):
        places = tuple((number.line, number.words) for number in found)
        if places:
            yield Look(f"new.look.{code}", places)
    if policy.rulings:
        names = "、".join(ruling.id for ruling in policy.rulings)
        yield Look("new.look.rulings", ((at(("rulings",), key=True).line, names),))
    left = [
        (number, line.strip())
        for number, line in enumerate(text.split("\n"), start=1)
        if len(policy.edition) > 3 and policy.edition in line
    ]
    if left:
        yield Look("new.look.old-year", tuple(left))
    if cases:
        yield Look("new.look.cases")


def _quotes(value: Any, notice: str) -> Iterator[str]:
    """Every quote of the notice."""
    if isinstance(value, dict):
        if "quote" in value and "clause" in value and flow(value.get("document", notice)) == notice:
            yield flow(value["quote"])
        for item in value.values():
            yield from _quotes(item, notice)
    elif isinstance(value, list):
        for item in value:
            yield from _quotes(item, notice)
