"""Chinese text in lines: breaks between ideographs, whole Latin words, no punctuation where none may stand.

Rich breaks at white space only, which leaves Chinese lines ragged. The rules kept are those of CLREQ 3.1.3:
closing marks do not begin a line, opening marks do not end one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.cells import cell_len, chop_cells
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.segment import Segment
from rich.style import Style

_OPENING = "“‘（《〈「『【〔"
_CLOSING = "”’）》〉」』】〕，。、；：？！…"
_WIDE = (
    r"\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6"
    r"\U0001f300-\U0003ffff"
)
_TOKEN = re.compile(
    rf"\s+|[{_OPENING}]*(?:[^\s{_WIDE}{_OPENING}{_CLOSING}]+|(?![{_OPENING}{_CLOSING}])[{_WIDE}])?[{_CLOSING}]*"
)
_LEAST = 10


def plain(text: str) -> str:
    """The text fit for a terminal: control characters, bidirectional marks and the like shown as `?`."""
    return "".join(char if char.isprintable() or char == "\u3000" else " " if char in "\t\n" else "?" for char in text)


def lines_of(text: str, width: int) -> Iterator[str]:
    """The text in lines of at most `width` columns; a paragraph ends at a line feed."""
    for paragraph in text.split("\n"):
        yield from _wrapped(paragraph, max(width, 2))


def _wrapped(text: str, width: int) -> Iterator[str]:
    line, used = "", 0
    for token in _TOKEN.findall(text):
        size = cell_len(token)
        if used + size <= width:
            line, used = line + token, used + size
            continue
        if token.isspace():
            continue
        if line.strip():
            yield line.rstrip()
        *full, line = [token] if size <= width else chop_cells(token, width)
        yield from full
        used = cell_len(line)
    yield line.rstrip()


class Prose:
    """A renderable paragraph in one style; text from outside is made fit for a terminal."""

    def __init__(self, text: str, style: str = "") -> None:
        self.text = "\n".join(plain(line) for line in text.split("\n"))
        self.style = style

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        style = console.get_style(self.style) if self.style else Style.null()
        for line in lines_of(self.text, options.max_width):
            yield Segment(line, style)
            yield Segment.line()

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        longest = max((cell_len(line) for line in self.text.split("\n")), default=0)
        return Measurement(min(longest, _LEAST), longest).with_maximum(options.max_width)
