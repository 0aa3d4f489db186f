"""Syntax errors told as what the writer most likely did: from libyaml's two sentences and the text around."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from service.policy.characters import Fault
from service.policy.mistyped import COMPARISON, Mark, bare_key, field_of_rows, missing_dash, suspect, wide_mark

# libyaml's words -> ours: its context, its problem, our code, whether the place is where the context began.
SYNTAX = (
    ("directive", "", "yaml-directive", True),
    ("", "incompatible YAML document", "yaml-directive", False),
    ("", "directive", "yaml-directive", False),
    ("anchor", "", "yaml-anchor", True),
    ("alias", "", "yaml-alias", True),
    (" tag", "", "yaml-tag", True),
    ("", "tag handle", "yaml-tag", True),
    ("", "tab character", "yaml-tab", False),
    ("block scalar", "", "yaml-block-text", True),
    ("scanning a quoted scalar", "", "yaml-unclosed-quote", True),
    ("parsing a quoted scalar", "", "yaml-escape", False),
    ("", "block sequence entries are not allowed", "yaml-list-beside-key", False),
    ("", "cannot start any token", "yaml-reserved-character", False),
)


class Stop(NamedTuple):
    """Where and why libyaml stopped reading, and what it had read."""

    context: str  # what it was doing: "while scanning a quoted scalar"
    began: Mark  # where it began to
    problem: str  # what it met
    at: Mark
    quoted: tuple[Mark, Mark] | None  # the ends of the last text in quotes
    opened: Mark | None  # the innermost list or mapping being read; None outside the document


def syntax_fault(stop: Stop, text: str, lines: Sequence[str]) -> Fault:
    """The one fault that explains why reading stopped; `lines` are those of the text, without line breaks."""
    fault = _stopped(stop, text, lines)
    begun = lines[fault.line - 1].lstrip()[:1]
    if fault.code == "yaml-indentation" or (fault.code == "yaml-missing-colon" and begun in ("{", "[")):
        return missing_dash(lines, fault.line) or fault
    return fault


def _stopped(stop: Stop, text: str, lines: Sequence[str]) -> Fault:
    line, column = _inside_text(stop.at, text, lines)
    wide = wide_mark(lines, line) or wide_mark(lines, _inside_text(stop.began, text, lines)[0])
    if wide is not None:
        return wide
    began = _inside_text(stop.began, text, lines)
    char = lines[line - 1][column - 1 : column]
    for in_context, in_problem, code, at_start in SYNTAX:
        if in_context in stop.context and in_problem in stop.problem:
            if code == "yaml-reserved-character" and char == "\t":
                return Fault(line, column, "yaml-tab")
            at = began if at_start else (line, column)
            sign = COMPARISON.match(lines[at[0] - 1], at[1] - 1)
            if sign is not None and code in ("yaml-reserved-character", "yaml-block-text"):
                return Fault(*at, "yaml-comparison-sign", (("char", sign[0]),))
            params = (("char", char),) if code == "yaml-reserved-character" else ()
            return Fault(*at, code, params)
    if "could not find expected ':'" in stop.problem:
        return suspect(lines, began[0]) or Fault(*began, "yaml-missing-colon")
    if "mapping values are not allowed" in stop.problem:
        return _misplaced_colon(lines, line, column)
    before = lines[line - 1][: column - 1].rstrip()
    if stop.quoted is not None:
        start, end = stop.quoted
        if (end.line + 1, end.column) == (line, len(before)):
            if start.line != end.line:  # it swallowed lines up to the next quote
                return Fault(start.line + 1, start.column + 1, "yaml-unclosed-quote")
            return Fault(line, column, "yaml-trailing-text")
    if char == ":" and ("node content" in stop.problem or "expected key" in stop.problem):
        return Fault(line, column, "yaml-empty-key")
    if "flow" in stop.context:
        if char and char in ",]}" and "node content" in stop.problem:
            return Fault(line, column, "yaml-stray-comma")
        rows = field_of_rows(lines[line - 1], column)
        if rows is not None:
            return Fault(line, rows.start() + 1, "yaml-rows-in-brackets", (("text", rows[0]),))
        assert stop.opened is not None  # noqa: S101  # flow style begins with a bracket
        return Fault(stop.opened.line + 1, stop.opened.column + 1, "yaml-unclosed-bracket")
    if "node content" in stop.problem:
        return Fault(line, column, "yaml-reserved-character", (("char", char),))
    if lines[line - 1].startswith("...") or (line > 1 and lines[line - 2].startswith("...")):
        return Fault(line, column, "yaml-documents")
    if before.endswith(("]", "}")):
        return Fault(line, column, "yaml-trailing-text")
    return Fault(line, column, "yaml-syntax" if before else "yaml-indentation")


def _misplaced_colon(lines: Sequence[str], line: int, column: int) -> Fault:
    """A colon where no key can be: in a text, or after a line that is itself at fault."""
    before = lines[line - 1][: column - 1]
    bare = bare_key(before)
    if bare is not None:
        return Fault(line, bare.start(1) + 1, "yaml-missing-colon.key", (("key", bare[1]),))
    if re.search(r":\s", before):
        return Fault(line, column, "yaml-colon-in-text")
    above = line - 1
    while above and not lines[above - 1].strip():
        above -= 1
    if above == 0:
        return Fault(line, column, "yaml-syntax")
    mistyped = suspect(lines, above)
    if mistyped:
        return mistyped
    if re.search(r":\s", lines[above - 1]):
        return Fault(line, _indent(before) + 1, "yaml-indentation")
    return Fault(above, _indent(lines[above - 1]) + 1, "yaml-missing-colon")


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _inside_text(mark: Mark, text: str, lines: Sequence[str]) -> tuple[int, int]:
    """Line and column of a mark; one at the end of the text moves to the end of its last words."""
    line = min(mark.line, len(lines) - 1)
    if mark.index < len(text.rstrip()):
        return line + 1, mark.column + 1
    while line and not lines[line].strip():
        line -= 1
    return line + 1, len(lines[line].rstrip()) + 1
