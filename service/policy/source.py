"""Strict YAML reading: bytes of one file -> plain data with a file, line and column for every node.

The one module that imports yaml. Only libyaml's event stream is used, in a loop that stops at the limits:
the stream never recurses, while the composer behind it dies of deep nesting. Plain scalars follow the YAML
1.2 core schema (https://yaml.org/spec/1.2.2/#103-core-schema), narrowed: only decimal numbers without
leading zeros are numbers, everything else stays what was typed.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from rich.cells import cell_len

from service.problems import FilePlace, Problem, problem

MAX_BYTES = 1_000_000
MAX_DEPTH = 40
MAX_NODES = 50_000
MAX_PROBLEMS = 100  # one file; the rest are counted
_MAX_REPAIRED_BYTES = (
    2_000_000  # text read again to look past a repaired colon; bounds the time of a bad file
)
_EXCERPT_WIDTH = 100  # columns of a long line shown around its fault

_MAX_REPAIRS = 50

_BREAK = re.compile(r"\r\n|\r|\n")
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,14})")
_DECIMAL = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,14})\.[0-9]{1,15}")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}

_BIDIRECTIONAL = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Drawn as nothing although Unicode counts them as letters or marks: fillers, joiners, variation selectors.
_BLANK = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0") | {
    chr(code)
    for low, high in ((0x180B, 0x180F), (0xFE00, 0xFE0F), (0xE0100, 0xE01EF))
    for code in range(low, high + 1)
}
_WIDE_SPACES = "\u3000\u00a0"
_TAB_INDENT = re.compile(r"^ *\t", re.MULTILINE)

_WIDE_COLON, _WIDE_COMMA = "\uff1a", "\uff0c"

# What a line looks like when its writer meant a key or a list item; the group is the character at fault.
_ITEMS, _KEY = r"\s*(?:- +)*", r"[^\s\"'#:\uff1a]{0,40}"
_SUSPECTS = (
    ("yaml-full-width-colon", re.compile(_ITEMS + r"[^\s\"'#:\uff1a\[\]{}]" + _KEY + r" ?(\uff1a)")),
    ("yaml-missing-space", re.compile(_ITEMS + r"[^\s\"'#:\uff1a\[\]{}0-9]" + _KEY + r"(:)(?=[^\s:/])")),
    ("yaml-missing-space", re.compile(_ITEMS + r"(-)(?=[^\s-])")),
    ("yaml-wide-space", re.compile(_ITEMS + f"(?:{_KEY}:|-)([{_WIDE_SPACES}])")),
)
# What stands for the character at fault when the text is read again to look past it: each is one longer.
_REPAIRS = {
    ("yaml-full-width-colon", _WIDE_COLON): ": ",
    ("yaml-missing-space", ":"): ": ",
    ("yaml-missing-space", "-"): "- ",
    **{("yaml-wide-space", space): "  " for space in _WIDE_SPACES},
}

# libyaml's words -> ours: its context, its problem, our code, whether the place is where the context began.
_SYNTAX = (
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


class _Node(NamedTuple):
    """Where a value or key begins (from 1), its length on that line, and what it holds by key or index."""

    line: int
    column: int
    length: int
    inside: dict[str, tuple[_Node, _Node]] | list[_Node] | None = None


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
        lines = _BREAK.split(self.text)
        if not 1 <= place.line <= len(lines):
            return "", ""
        line, start = lines[place.line - 1], max(place.column - 1, 0)
        line = "".join(" " if char == "\t" else "?" if _unseen(char) else char for char in line)
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
    """A file without fault: `data` is dict (text keys), list, str, int, Decimal, bool or None all the way."""

    source: SourceText
    data: Any
    _root: _Node = field(repr=False, compare=False)

    def place(self, path: Sequence[str | int], *, key: bool = False) -> FilePlace:
        """Where the value at `path`, or its key, begins; a path to nothing answers its nearest ancestor."""
        node = found = self._root
        for step in path:
            if isinstance(node.inside, dict) and isinstance(step, str) and step in node.inside:
                found_key, node = node.inside[step]
                found = found_key if key else node
            elif isinstance(node.inside, list) and isinstance(step, int) and 0 <= step < len(node.inside):
                found = node = node.inside[step]
            else:
                break
        return FilePlace(self.source.file, found.line, found.column)

    def excerpt(self, place: FilePlace) -> tuple[str, str]:
        """`SourceText.excerpt` with the whole key or scalar that begins at `place` underlined."""
        lengths = (
            node.length
            for node in self._nodes()
            if (node.line, node.column) == (place.line, place.column) and node.length
        )
        return self.source.excerpt(place, length=next(lengths, None))

    def _nodes(self) -> Iterator[_Node]:
        waiting = [self._root]
        while waiting:
            node = waiting.pop()
            yield node
            if isinstance(node.inside, dict):
                waiting.extend(part for pair in node.inside.values() for part in pair)
            elif node.inside:
                waiting.extend(node.inside)


Read = tuple[SourceDocument | None, tuple[Problem, ...]]


def read_file(path: Path, shown_as: str | None = None) -> Read:
    """`read_bytes` of a file named `shown_as`; a file that is missing or cannot be read is a Problem too."""
    file = str(path) if shown_as is None else shown_as
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return None, (problem("file-missing", FilePlace(file)),)
    except (OSError, ValueError):  # ValueError: a NUL in the path
        return None, (problem("file-unreadable", FilePlace(file)),)
    return read_bytes(file, raw)


def read_bytes(file: str, raw: bytes) -> Read:
    """The document in `raw`, or None and all problems found, sorted by position; no bytes make it raise."""
    if len(raw) > MAX_BYTES:
        return None, (problem("yaml-too-large", FilePlace(file), limit=MAX_BYTES),)
    faults = _encoding_faults(raw)
    if faults:
        return None, _problems(file, faults)
    source = source_text(file, raw)
    faults = _character_faults(source.text)
    reader, more = _read_past_repairs(source.text, faults)
    faults += more
    if faults:
        return None, _problems(file, faults)
    if reader.root is None:
        return None, (problem("yaml-empty", FilePlace(file)),)
    return SourceDocument(source, reader.data, reader.root), ()


def source_text(file: str, raw: bytes) -> SourceText:
    """Any bytes as SourceText, undecodable ones replaced: for an excerpt of a file that could not be read."""
    text = raw.decode("utf-8", errors="replace").removeprefix("\ufeff")
    return SourceText(file, text, f"sha256:{hashlib.sha256(raw).hexdigest()}")


def literal_text(value: str | int | Decimal | bool | None) -> str:
    """A scalar as it is written in a policy: `3`, `1.50`, `true`, `null`; text unchanged, without quotes."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _plain(text: str) -> str | int | Decimal | bool | None:
    """The value of an unquoted scalar."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in "0123456789+-":
        if _INTEGER.fullmatch(text):
            return int(text)
        if _DECIMAL.fullmatch(text):
            return Decimal(text)
    return text


class _Fault(NamedTuple):
    line: int
    column: int
    code: str
    params: tuple[tuple[str, Any], ...] = ()


def _problems(file: str, faults: list[_Fault]) -> tuple[Problem, ...]:
    ordered = sorted(set(faults))  # a Problem costs more than a tuple: only those shown are made
    shown = [Problem(code, FilePlace(file, *at), params) for *at, code, params in ordered[:MAX_PROBLEMS]]
    if len(ordered) > MAX_PROBLEMS:
        shown.append(problem("yaml-more-problems", FilePlace(file), count=len(ordered) - MAX_PROBLEMS))
    return tuple(shown)


def _encoding_faults(raw: bytes) -> list[_Fault]:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or (len(raw) > 1 and 0 in raw[:2]):
        return [_Fault(1, 1, "yaml-utf16")]
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = _BREAK.split(raw[: error.start].decode("utf-8").removeprefix("\ufeff"))
        return [_Fault(len(before), len(before[-1]) + 1, "yaml-not-utf8")]
    return []


def _unseen(char: str) -> bool:
    """Whether nobody sees the character: controls, formats, odd line separators, fillers, non-characters."""
    return char not in "\t\n\r" and (
        unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp")
        or char in _BLANK
        or ord(char) & 0xFFFE == 0xFFFE
    )


def _character_faults(text: str) -> list[_Fault]:
    """Unseen characters, and tabs before the first word of a line, also in quoted text."""
    starts = _line_starts(text)

    def fault(offset: int, code: str, *params: tuple[str, Any]) -> _Fault:
        line = bisect_right(starts, offset)
        return _Fault(line, offset - starts[line - 1] + 1, code, params)

    faults = [fault(found.end() - 1, "yaml-tab") for found in _TAB_INDENT.finditer(text)]
    unseen = "".join(re.escape(char) for char in set(text) if _unseen(char))
    for run in re.finditer(f"[{unseen}]+", text) if unseen else ():
        char = run[0][0]
        kind = "control" if unicodedata.category(char) == "Cc" else "invisible"
        kind = "bidirectional" if char in _BIDIRECTIONAL else kind
        faults.append(fault(run.start(), f"yaml-{kind}", ("char", f"U+{ord(char):04X}")))
    return faults


def _line_starts(text: str) -> list[int]:
    return [0, *(found.end() for found in _BREAK.finditer(text))]


def _read_past_repairs(text: str, known: list[_Fault]) -> tuple[_Reader, list[_Fault]]:
    """The last reading and all faults: a mistyped colon or dash is repaired and the text read again.

    A syntax error is left out where another fault of its line, or a tab at or above it, explains it.
    """
    # Unseen characters are replaced one for one, so that the other faults can still be found.
    text = text.translate({ord(char): "\ufffd" for char in set(text) if _unseen(char)})
    tab = min((fault.line for fault in known if fault.code == "yaml-tab"), default=len(text) + 2)
    repaired: list[tuple[int, int]] = []
    errors: list[_Fault] = []
    budget = _MAX_REPAIRED_BYTES

    def original(fault: _Fault) -> _Fault:
        column = fault.column
        for at_line, at_column in reversed(repaired):
            if at_line == fault.line and column > at_column:
                column -= 1
        return fault._replace(column=column)

    while True:
        reader = _Reader(text)
        error = reader.run()
        if error is None:
            break
        budget -= len(text)
        offset = _line_starts(text)[error.line - 1] + error.column - 1
        replacement = _REPAIRS.get((error.code, text[offset : offset + 1]))
        if replacement is None or budget < 0 or len(repaired) == _MAX_REPAIRS:
            explained = {fault.line for fault in (*known, *reader.faults)}
            if error.line < tab and error.line not in explained:
                errors.append(original(error))
            break
        errors.append(original(error))
        repaired.append((error.line, error.column))
        text = text[:offset] + replacement + text[offset + 1 :]
    return reader, errors + [original(fault) for fault in reader.faults]


class _Frame:
    """A list or mapping being filled; the bottom one holds the documents."""

    __slots__ = ("flow", "inside", "key", "key_end", "key_node", "mark", "refused", "value")

    def __init__(self, value: Any, mark: Any = None, flow: bool = False, refused: bool = False) -> None:
        self.value = value
        self.inside: Any = type(value)()  # the nodes of what value holds
        self.mark = mark
        self.flow = flow
        self.refused = refused  # part of a key that is not text: one fault, not one for each part
        self.key: str | None = None  # None beside a key_node: a refused key, whose value is dropped
        self.key_node: _Node | None = None
        self.key_end = 0

    @property
    def wants_key(self) -> bool:
        return self.key_node is None and type(self.value) is dict

    def attach(self, value: Any, node: _Node) -> None:
        """A list item, a refused key, or the value of the key before it."""
        if type(self.value) is list:
            self.value.append(value)
            self.inside.append(node)
        elif self.key_node is None:
            self.key, self.key_node = None, node
        else:
            if self.key is not None:
                self.value[self.key] = value
                self.inside[self.key] = (self.key_node, node)
            self.key_node = None


class _Reader:
    """One pass over the events of a text: `data` and `root` of its document, the `faults` met."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = _BREAK.split(text)
        self.faults: list[_Fault] = []
        self.data: Any = None
        self.root: _Node | None = None
        self._stack = [_Frame([])]
        self._quoted: Any = None  # the last quoted scalar

    def run(self) -> _Fault | None:
        """Reads to the end or to a syntax error, which it returns."""
        try:
            self._read()
        except yaml.MarkedYAMLError as error:
            return self._syntax_fault(error)
        except yaml.YAMLError:  # a character libyaml refuses to read; the known ones were replaced before
            return _Fault(1, 1, "yaml-syntax")
        documents = self._stack[0]
        if documents.value and documents.value[0] is not None:
            self.data, self.root = documents.value[0], documents.inside[0]
        return None

    def _report(self, code: str, mark: Any, **params: Any) -> None:
        self.faults.append(_Fault(mark.line + 1, mark.column + 1, code, tuple(sorted(params.items()))))

    def _node(self, start: Any, end: Any, inside: Any = None) -> _Node:
        end_column = end.column if start.line == end.line else len(self.lines[start.line].rstrip())
        return _Node(start.line + 1, start.column + 1, end_column - start.column, inside)

    def _read(self) -> None:
        stack = self._stack
        nodes = 0
        events: Iterable[Any] = yaml.parse(self.text, Loader=yaml.CSafeLoader)
        for event in events:
            frame = stack[-1]
            mark, end = event.start_mark, event.end_mark
            if isinstance(event, yaml.NodeEvent):
                nodes += 1
                if nodes > MAX_NODES:
                    self._report("yaml-too-many-nodes", mark, limit=MAX_NODES)
                    return
                if isinstance(event, yaml.AliasEvent):
                    self._report("yaml-alias", mark)
                    frame.attach(None, self._node(mark, end))
                    continue
                if event.anchor is not None:
                    self._report("yaml-anchor", mark)
            if isinstance(event, (yaml.ScalarEvent, yaml.CollectionStartEvent)) and event.tag is not None:
                self._report("yaml-tag", mark)
            if isinstance(event, yaml.ScalarEvent):
                self._scalar(event, frame)
            elif isinstance(event, yaml.CollectionStartEvent):
                if len(stack) > MAX_DEPTH:
                    self._report("yaml-too-deep", mark, limit=MAX_DEPTH)
                    return
                if frame.wants_key and not frame.refused:
                    self._report("yaml-key-not-text", mark)
                value: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
                stack.append(_Frame(value, mark, bool(event.flow_style), frame.wants_key or frame.refused))
            elif isinstance(event, yaml.CollectionEndEvent):
                stack.pop()
                # A block collection begins where its first child does, and is no token to underline.
                node = self._node(frame.mark, end if frame.flow else frame.mark, frame.inside)
                stack[-1].attach(frame.value, node)
            elif isinstance(event, yaml.DocumentStartEvent):
                if event.version or event.tags:
                    self._report("yaml-directive", mark)
                if stack[0].value:
                    self._report("yaml-documents", mark)

    def _scalar(self, event: Any, frame: _Frame) -> None:
        mark, text = event.start_mark, event.value
        plain = not event.style
        if plain:
            self._look_at_plain(event, frame)
        elif event.style != "|":
            self._quoted = event
        node = self._node(mark, event.end_mark)
        if not frame.wants_key:
            if (
                plain
                and not text
                and frame.key is not None
                and ":" not in self.text[frame.key_end : mark.index]
            ):
                self._key_without_value(frame)
            frame.attach(_plain(text) if plain else text, node)
            return
        frame.attach(None, node)
        frame.key_end = event.end_mark.index
        if plain and text == "<<":
            self._report("yaml-merge-key", mark)
        elif plain and not text:
            self._report("yaml-empty-key", mark)
        elif plain and _WIDE_COLON in text and not frame.flow:
            column = mark.column + text.index(_WIDE_COLON)
            self.faults.append(_Fault(mark.line + 1, column + 1, "yaml-full-width-colon"))
        elif text in frame.inside:
            shown = text if len(text) <= 40 else f"{text[:40]}..."
            self._report("yaml-duplicate-key", mark, key=shown, first=frame.inside[text][0].line)
        else:
            frame.key = text

    def _look_at_plain(self, event: Any, frame: _Frame) -> None:
        """Plain text that YAML accepts although its writer surely meant something else."""
        start, end, text = event.start_mark, event.end_mark, event.value
        if text[:1] in _WIDE_SPACES and text:
            self._report("yaml-wide-space", start)
        elif text[-1:] in _WIDE_SPACES and text:
            self.faults.append(_Fault(end.line + 1, end.column, "yaml-wide-space"))
        if frame.flow and isinstance(frame.value, list) and _WIDE_COMMA in text:
            column = self.lines[start.line].find(_WIDE_COMMA, start.column)
            self.faults.append(_Fault(start.line + 1, max(column, start.column) + 1, "yaml-full-width-comma"))
        # Plain text runs on over the next lines: a mistyped key or list item silently joins the text above.
        if event.tag is None and (start.line != end.line or frame.mark is None):
            suspects = (self._suspect(line) for line in range(start.line + 1, end.line + 2))
            self.faults += [fault for fault in suspects if fault]

    def _key_without_value(self, frame: _Frame) -> None:
        node, key = frame.key_node, frame.key
        if node is None or key is None or frame.refused:
            return
        for char, code in ((_WIDE_COLON, "yaml-full-width-colon"), (":", "yaml-missing-space")):
            if char in key:
                column = self.lines[node.line - 1].find(char, node.column - 1) + 1 or node.column
                self.faults.append(_Fault(node.line, column, code, (("char", char),)))
                return
        self.faults.append(_Fault(node.line, node.column, "yaml-missing-colon"))

    def _suspect(self, line: int) -> _Fault | None:
        """A mistyped key or list item on that line (counted from 1)."""
        for code, pattern in _SUSPECTS:
            found = pattern.match(self.lines[line - 1])
            if found:
                return _Fault(line, found.start(1) + 1, code, (("char", found[1]),))
        return None

    def _syntax_fault(self, error: yaml.MarkedYAMLError) -> _Fault:
        """What the writer most likely did, from libyaml's two sentences and the text around them."""
        context, what = error.context or "", error.problem or ""
        line, column = self._inside_text(error.problem_mark or error.context_mark)
        began = self._inside_text(error.context_mark or error.problem_mark)
        char = self.lines[line - 1][column - 1 : column]
        for in_context, in_problem, code, at_start in _SYNTAX:
            if in_context in context and in_problem in what:
                if code == "yaml-reserved-character" and char == "\t":
                    return _Fault(line, column, "yaml-tab")
                params = (("char", char),) if code == "yaml-reserved-character" else ()
                return _Fault(*(began if at_start else (line, column)), code, params)
        if "could not find expected ':'" in what:
            return self._suspect(began[0]) or _Fault(*began, "yaml-missing-colon")
        if "mapping values are not allowed" in what:
            return self._misplaced_colon(line, column)
        quoted = self._quoted and self._quoted.end_mark
        before = self.lines[line - 1][: column - 1].rstrip()
        if quoted and (quoted.line + 1, quoted.column) == (line, len(before)):
            start = self._quoted.start_mark
            if start.line != quoted.line:  # it swallowed lines up to the next quote
                return _Fault(start.line + 1, start.column + 1, "yaml-unclosed-quote")
            return _Fault(line, column, "yaml-trailing-text")
        if char == ":" and ("node content" in what or "expected key" in what):
            return _Fault(line, column, "yaml-empty-key")
        if "flow" in context:
            if char and char in ",]}" and "node content" in what:
                return _Fault(line, column, "yaml-stray-comma")
            opened = self._stack[-1].mark
            return _Fault(opened.line + 1, opened.column + 1, "yaml-unclosed-bracket")
        if "node content" in what:
            return _Fault(line, column, "yaml-reserved-character", (("char", char),))
        if self.lines[line - 1].startswith("...") or (line > 1 and self.lines[line - 2].startswith("...")):
            return _Fault(line, column, "yaml-documents")
        if before.endswith(("]", "}")):
            return _Fault(line, column, "yaml-trailing-text")
        return _Fault(line, column, "yaml-syntax" if before else "yaml-indentation")

    def _misplaced_colon(self, line: int, column: int) -> _Fault:
        """A colon where no key can be: in a text, or after a line that is itself at fault."""
        before = self.lines[line - 1][: column - 1]
        if re.search(r":\s", before):
            return _Fault(line, column, "yaml-colon-in-text")
        above = line - 1
        while above and not self.lines[above - 1].strip():
            above -= 1
        if above == 0:
            return _Fault(line, column, "yaml-syntax")
        suspect = self._suspect(above)
        if suspect:
            return suspect
        if re.search(r":\s", self.lines[above - 1]):
            return _Fault(line, len(before) - len(before.lstrip()) + 1, "yaml-indentation")
        return _Fault(
            above, len(self.lines[above - 1]) - len(self.lines[above - 1].lstrip()) + 1, "yaml-missing-colon"
        )

    def _inside_text(self, mark: Any) -> tuple[int, int]:
        """Line and column of a mark; one at the end of the text moves to the end of its last words."""
        line = min(mark.line, len(self.lines) - 1)
        if mark.index < len(self.text.rstrip()):
            return line + 1, mark.column + 1
        while line and not self.lines[line].strip():
            line -= 1
        return line + 1, len(self.lines[line].rstrip()) + 1
