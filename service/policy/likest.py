"""The passage of an archived text that is most like a quote which does not stand in it, and where the two differ."""

from __future__ import annotations

import difflib
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from functools import lru_cache
from typing import NamedTuple

from service.policy.characters import BREAK

# Passages less like the quote than this share of its pairs of characters say nothing of what was meant.
_LEAST = 0.4
_LONGEST = 400  # characters of a quote that are compared
_SHOWN = 60  # characters on either side of what differs


class Likest(NamedTuple):
    """The line (from 1) the passage begins in; passage and quote with what differs in 【】.

    `only_marks` says that nothing but punctuation or the width of characters differs.
    """

    line: int
    archived: str
    quoted: str
    only_marks: bool


class _Text(NamedTuple):
    """A text without white space: as it is, folded to one width, the line of each character, its pairs' places."""

    plain: str
    folded: str
    lines: tuple[int, ...]
    pairs: dict[str, list[int]]


def likest(quote: str, text: str) -> Likest | None:
    """What in the text is most like the quote; None where nothing is."""
    quoted = "".join(quote.split())[:_LONGEST]
    wanted = _folded(quoted)
    source = _indexed(text)
    start = _window(wanted, source)
    if start is None:
        return None
    # Characters may be missing from the quote, so that the passage is longer than it.
    low = max(0, start - len(wanted) // 4 - 2)
    high = start + len(wanted) + len(wanted) // 4 + 2
    first, last = _ends(wanted, source.folded[low:high])
    first, last = first + low, last + low
    codes = difflib.SequenceMatcher(None, source.plain[first:last], quoted, autojunk=False).get_opcodes()
    plain = source.plain[first:last]
    return Likest(
        line=source.lines[first],
        archived=_marked([(tag, plain[a:b]) for tag, a, b, _, _ in codes]),
        quoted=_marked([(tag, quoted[a:b]) for tag, _, _, a, b in codes]),
        only_marks=_words(plain) == _words(quoted),
    )


def _window(wanted: str, source: _Text) -> int | None:
    """Where the passage as long as the quote begins that has most of its pairs of characters in common with it."""
    pairs = {wanted[i : i + 2] for i in range(len(wanted) - 1)}
    places = sorted(place for pair in pairs for place in source.pairs.get(pair, ()))
    best, start = 0, None
    for index, place in enumerate(places):
        count = bisect_left(places, place + len(wanted) - 1) - index
        if count > best:
            best, start = count, place
    return start if best >= _LEAST * len(pairs) else None


def _ends(wanted: str, passage: str) -> tuple[int, int]:
    """Where in the passage the quote begins and ends: what matches, and beside it as much as the quote has more."""
    blocks = [b for b in difflib.SequenceMatcher(None, passage, wanted, autojunk=False).get_matching_blocks() if b.size]
    # A single character at the rim matches by chance, unless it is where it should be.
    while len(blocks) > 1 and blocks[0].size == 1 and blocks[1].a - blocks[0].a > blocks[1].b - blocks[0].b + 2:
        blocks.pop(0)
    while len(blocks) > 1 and blocks[-1].size == 1 and (blocks[-1].a - blocks[-2].a > blocks[-1].b - blocks[-2].b + 2):
        blocks.pop()
    head, tail = blocks[0], blocks[-1]
    first = max(0, head.a - head.b)
    last = min(len(passage), tail.a + len(wanted) - tail.b)
    return first, last


def _marked(parts: list[tuple[str, str]]) -> str:
    """A text with its differing parts in brackets; what is the same is cut short far from them."""
    said = ""
    for index, (tag, words) in enumerate(parts):
        if tag != "equal":
            said += f"【{words}】"
            continue
        after, before = _SHOWN if index else 0, _SHOWN if index < len(parts) - 1 else 0
        cut = after + before < len(words) and len(parts) > 1
        said += words[:after] + "……" + words[len(words) - before :] if cut else words
    return said


@lru_cache(maxsize=4)
def _indexed(text: str) -> _Text:
    chars: list[str] = []
    lines: list[int] = []
    for number, line in enumerate(BREAK.split(text), start=1):
        for char in line:
            if not char.isspace():
                chars.append(char)
                lines.append(number)
    plain = "".join(chars)
    folded = _folded(plain)
    pairs: dict[str, list[int]] = defaultdict(list)
    for index in range(len(folded) - 1):
        pairs[folded[index : index + 2]].append(index)
    return _Text(plain, folded, tuple(lines), pairs)


def _folded(text: str) -> str:
    """Full-width and half-width characters as one, each for one."""
    folded = (unicodedata.normalize("NFKC", char) for char in text)
    return "".join(new if len(new) == 1 else old for old, new in zip(text, folded, strict=True))


def _words(text: str) -> str:
    """A text without its punctuation, in one width."""
    return "".join(
        char for char in unicodedata.normalize("NFKC", text) if char in "%‰" or unicodedata.category(char)[0] != "P"
    )
