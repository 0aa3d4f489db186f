"""Strict YAML reading: bytes of one file -> plain data with a file, line and column for every node.

The one module that imports yaml. Only libyaml's event stream is used, in a loop that stops at the limits:
the stream never recurses, while the composer behind it dies of deep nesting. What scalars mean stands in
`scalars`; faults of the bytes, of mistyped marks and
of syntax are explained by `characters`, `mistyped` and `syntax`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from service.policy.characters import BREAK, Fault, character_faults, encoding_faults, line_starts, unseen
from service.policy.mistyped import COMPARISON, REPAIRS, WIDE_COLON, colonless_key, plain_faults
from service.policy.scalars import plain_value
from service.policy.source_text import SourceDocument, TextNode, source_text
from service.policy.syntax import Stop, syntax_fault
from service.problems import FilePlace, Problem, problem

MAX_BYTES = 1_000_000
MAX_DEPTH = 40
MAX_NODES = 50_000
MAX_PROBLEMS = 100  # one file; the rest are counted
# Text read again to look past repaired characters; bounds the time of a bad file.
_MAX_REPAIRED_BYTES = 2_000_000
_MAX_REPAIRS = 50

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
    faults = encoding_faults(raw)
    if faults:
        return None, _problems(file, faults)
    source = source_text(file, raw)
    faults = character_faults(source.text)
    reader, more = _read_past_repairs(source.text, faults)
    faults += more
    if faults:
        return None, _problems(file, faults)
    if reader.root is None:
        return None, (problem("yaml-empty", FilePlace(file)),)
    return SourceDocument(source, reader.data, reader.root), ()


def _problems(file: str, faults: list[Fault]) -> tuple[Problem, ...]:
    ordered = sorted(set(faults))  # a Problem costs more than a tuple: only those shown are made
    shown = [Problem(code, FilePlace(file, *at), params) for *at, code, params in ordered[:MAX_PROBLEMS]]
    if len(ordered) > MAX_PROBLEMS:
        shown.append(problem("yaml-more-problems", FilePlace(file), count=len(ordered) - MAX_PROBLEMS))
    return tuple(shown)


def _read_past_repairs(text: str, known: list[Fault]) -> tuple[_Reader, list[Fault]]:
    """The last reading and all faults: a mistyped colon or dash is repaired and the text read again.

    A syntax error is left out where another fault of its line, or a tab at or above it, explains it.
    """
    # Unseen characters are replaced one for one, so that the other faults can still be found.
    text = text.translate({ord(char): "\ufffd" for char in set(text) if unseen(char)})
    tab = min((fault.line for fault in known if fault.code == "yaml-tab"), default=len(text) + 2)
    repaired: list[tuple[int, int]] = []
    errors: list[Fault] = []
    budget = _MAX_REPAIRED_BYTES

    def original(fault: Fault) -> Fault:
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
        offset = line_starts(text)[error.line - 1] + error.column - 1
        replacement = REPAIRS.get((error.code, text[offset : offset + 1]))
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
        self.key_node: TextNode | None = None
        self.key_end = 0

    @property
    def wants_key(self) -> bool:
        return self.key_node is None and type(self.value) is dict

    def attach(self, value: Any, node: TextNode) -> None:
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
        self.lines = BREAK.split(text)
        self.faults: list[Fault] = []
        self.data: Any = None
        self.root: TextNode | None = None
        self._stack = [_Frame([])]
        self._quoted: Any = None  # the marks of the last quoted scalar

    def run(self) -> Fault | None:
        """Reads to the end or to a syntax error, which it returns."""
        try:
            self._read()
        except yaml.MarkedYAMLError as error:
            return self._syntax_fault(error)
        except yaml.YAMLError:  # a character libyaml refuses to read; the known ones were replaced before
            return Fault(1, 1, "yaml-syntax")
        documents = self._stack[0]
        if documents.value and documents.value[0] is not None:
            self.data, self.root = documents.value[0], documents.inside[0]
        return None

    def _report(self, code: str, mark: Any, **params: Any) -> None:
        self.faults.append(Fault(mark.line + 1, mark.column + 1, code, tuple(sorted(params.items()))))

    def _node(self, start: Any, end: Any, inside: Any = None) -> TextNode:
        end_column = end.column if start.line == end.line else len(self.lines[start.line].rstrip())
        return TextNode(start.line + 1, start.column + 1, end_column - start.column, inside, end.index)

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
            in_brackets = frame.flow and isinstance(frame.value, list)
            # Plain text runs on over the next lines.
            may_join = event.tag is None and (mark.line != event.end_mark.line or frame.mark is None)
            self.faults += plain_faults(
                self.lines, text, mark, event.end_mark, in_brackets=in_brackets, may_join=may_join
            )
        elif event.style != "|":
            self._quoted = (mark, event.end_mark)
            sign = COMPARISON.match(self.lines[mark.line], mark.column) if event.style == ">" and not text else None
            if sign is not None:  # >3: a text of several lines, of which there are none
                self._report("yaml-comparison-sign", mark, char=sign[0])
        node = self._node(mark, event.end_mark)
        if not frame.wants_key:
            key, at = frame.key, frame.key_node  # of a mapping whose value this is
            empty = plain and not text and not frame.refused
            if empty and key is not None and at and ":" not in self.text[frame.key_end : mark.index]:
                after = frame.flow and bool(frame.value)
                self.faults.append(colonless_key(self.lines, key, at.line, at.column, after=after))
            frame.attach(plain_value(text) if plain else text, node)
            return
        frame.attach(None, node)
        frame.key_end = event.end_mark.index
        if plain and text == "<<":
            self._report("yaml-merge-key", mark)
        elif plain and not text:
            self._report("yaml-empty-key", mark)
        elif plain and WIDE_COLON in text and not frame.flow:
            column = mark.column + text.index(WIDE_COLON)
            self.faults.append(Fault(mark.line + 1, column + 1, "yaml-full-width-colon"))
        elif text in frame.inside:
            shown = text if len(text) <= 40 else f"{text[:40]}..."
            self._report("yaml-duplicate-key", mark, key=shown, first=frame.inside[text][0].line)
        else:
            frame.key = text

    def _syntax_fault(self, error: yaml.MarkedYAMLError) -> Fault:
        at: Any = error.problem_mark or error.context_mark
        began: Any = error.context_mark or error.problem_mark
        stop = Stop(error.context or "", began, error.problem or "", at, self._quoted, self._stack[-1].mark)
        return syntax_fault(stop, self.text, self.lines)
