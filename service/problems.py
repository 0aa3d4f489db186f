"""Problems are data: a stable code, where it is, and what the sentence about it needs.

Rendering is the command line's and the API's; nothing here prints or raises.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from service import messages


class Severity(StrEnum):
    """An error stops a policy from loading or an application from being assessed; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class FilePlace:
    """A position in a file: line and column count from 1 in characters; 0 means the file as a whole."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True, order=True)
class PointerPlace:
    """A place in submitted JSON as an RFC 6901 pointer; the empty pointer is the whole document."""

    pointer: str

    def __str__(self) -> str:
        return self.pointer or "/"


Place = FilePlace | PointerPlace


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault: `code` names its sentence in the catalogue, `params` fill it, `suggestion` is a known name.

    Params never hold a value an applicant gave: problems reach logs and replies.
    """

    code: str
    place: Place
    params: tuple[tuple[str, Any], ...] = ()
    suggestion: str | None = None
    severity: Severity = Severity.ERROR

    @property
    def message(self) -> str:
        """The Chinese sentence that says what is wrong."""
        return messages.text(self.code, **dict(self.params))

    @property
    def hint(self) -> str | None:
        """What to do about it: the nearest known name, or the catalogue's `<code>.hint`, or None."""
        if self.suggestion is not None:
            return messages.text("did-you-mean", name=self.suggestion)
        code = f"{self.code}.hint"
        return messages.text(code, **dict(self.params)) if messages.has(code) else None

    def __str__(self) -> str:
        hint = self.hint
        return f"{self.place}: {self.code}: {self.message}" + (f"（{hint}）" if hint else "")


def problem(
    code: str,
    place: Place,
    *,
    suggestion: str | None = None,
    severity: Severity = Severity.ERROR,
    **params: Any,
) -> Problem:
    """A Problem with its params given by name."""
    return Problem(code, place, tuple(sorted(params.items())), suggestion, severity)


def sort(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Problems by place (files before pointers), then code; exact repeats once."""
    return tuple(
        sorted(
            dict.fromkeys(problems),
            key=lambda p: (isinstance(p.place, PointerPlace), _place_key(p.place), p.code, _params_key(p.params)),
        )
    )


def _params_key(params: tuple[tuple[str, Any], ...]) -> tuple[Any, ...]:
    # Lines told in one place sort as numbers: line 9 comes before line 10.
    return tuple((name, value if isinstance(value, int) else 0, repr(value)) for name, value in params)


def _place_key(place: Place) -> tuple[Any, ...]:
    if isinstance(place, FilePlace):
        return (place.file, place.line, place.column)
    # Numbers in a pointer sort as numbers: member 10 comes after member 2.
    return tuple((part.isdigit(), int(part) if part.isdigit() else 0, part) for part in place.pointer.split("/"))


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name closest to `name`, or None where nothing is close."""
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return found[0] if found else None
