"""An archived notice cut into passages: its sentences, and what only frames them.

The rules are those of Chinese official documents: a title and a salutation before the text, numbered headings,
sentences that end with 。；！？, a signature and a date, attachments from a line that begins with 附件.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise


class PassageKind(StrEnum):
    """What a passage is in its document."""

    FRAME = "frame"  # title, salutation, heading, words that lead to a list, signature, list of attachments
    SENTENCE = "sentence"
    TABLE = "table"  # lines without punctuation, read as one
    ATTACHMENT = "attachment"  # the whole of an attachment


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A piece of a document: its text in one line, where it begins, and its ends in the text without white space."""

    kind: PassageKind
    text: str
    line: int
    start: int
    end: int

    @property
    def speaks(self) -> bool:
        """Whether it says something that a policy must answer."""
        return self.kind is not PassageKind.FRAME


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """Lines that belong together: their text joined, the line each character stands in, the squeezed offset."""

    text: str
    lines: tuple[int, ...]
    start: int

    @property
    def rank(self) -> int | None:
        """How deep its number lies, 0 the highest; None without a number."""
        return next((rank for rank, marker in enumerate(_MARKERS) if marker.match(self.text)), None)

    @property
    def is_plain(self) -> bool:
        """Whether it has no punctuation that ends a sentence or leads to one."""
        return _ENDS.search(self.text) is None and not self.text.endswith(_OPEN_ENDS)


_NUMBER = "[一二三四五六七八九十百零〇]+"
_MARKERS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"第{_NUMBER}[编章节]",
        rf"(?:{_NUMBER}、|第{_NUMBER}条)",
        rf"[（(]{_NUMBER}[）)]",
        r"\d{1,2}\s*[.．、](?!\d)",
        r"[（(]\d{1,2}[）)]",
        r"[①-⑳]",
    )
)
_ENDS = re.compile(r"[。；！？;!?]")
_OPEN_ENDS = ("：", ":", "，", "、", ",")
CLAUSE = re.compile("[^，；。：！？]+")
# Words by which a notice asks, forbids or bounds.
ASKS = re.compile("应|须|需|不得|禁止|以上|以下|以内|不少于|不低于|不超过|不高于|不满|至少|至多|原则上|方可|优先|取消")
# Words by which what leads to a list says how the list is meant: all of it, one of it, three of five.
_DEMANDS = re.compile(rf"同时|不得|至少|(?<!情形)之一|(?:\d+|{_NUMBER})\s*[项条个种类]")
_LEADING = ("如下。", "如下；")
_CLOSING = '”’」』）》】)"'
_PAIRS = {"（": "）", "(": ")", "“": "”", "‘": "’", "《": "》", "「": "」"}
_ATTACHMENT = re.compile(rf"附\s*[件表录]\s*(?:\d+|{_NUMBER})?\s*(?:[：:．.、]|\s|$)")
_DATE = re.compile(
    r"[\d〇零一二三四五六七八九十X×\s]{2,}年[\d零一二三四五六七八九十X×\s]{1,}月[\d一二三四五六七八九十X×\s]{1,}日"
)
_HEADING = 40  # characters of a numbered heading at most
_TITLE = 30  # characters of a heading without a number, and of a signature, at most
_WRAPPED = 25  # a line shorter than this that ends without punctuation does not go on in the next
_LEAD = 25  # characters of a sentence that only leads to what follows: 现将有关事项通知如下。
_NAME = 14  # characters of a name that opens a paragraph: （一）师傅。


def names_attachment(clause: str) -> bool:
    """Whether the clause of a citation is an attachment."""
    return _ATTACHMENT.match(clause) is not None


def passages(text: str) -> tuple[Passage, ...]:
    """The passages of a document in order; together they hold all of it.

    Lines count from 1; `start` and `end` count characters of the text without any white space.
    """
    paragraphs = tuple(_paragraphs(text))
    first = next((n for n, item in enumerate(paragraphs) if not item.is_plain), len(paragraphs))
    attached = next(
        (n for n, item in enumerate(paragraphs) if n > first and item.is_plain and _ATTACHMENT.match(item.text)),
        len(paragraphs),
    )
    body = paragraphs[first:attached]
    signed = _signature(body)
    return (
        *(_whole(item, PassageKind.FRAME) for item in paragraphs[:first]),
        *_body(body[:signed]),
        *(_whole(item, PassageKind.FRAME) for item in body[signed:]),
        *_attachments(paragraphs[attached:]),
    )


def _paragraphs(text: str) -> Iterator[_Paragraph]:
    """Paragraphs, lines that were broken for width joined."""
    held: list[tuple[int, str]] = []
    offset = start = 0
    for number, raw in enumerate(text.split("\n"), start=1):
        line = " ".join(raw.split())
        if held and (not line or _begins(raw, line) or _is_done(held[-1][1])):
            yield _paragraph(held, start)
            held = []
        if line:
            if not held:
                start = offset
            held.append((number, line))
            offset += len("".join(line.split()))
    if held:
        yield _paragraph(held, start)


def _paragraph(held: Sequence[tuple[int, str]], start: int) -> _Paragraph:
    return _Paragraph("".join(line for _, line in held), tuple(n for n, line in held for _ in line), start)


def _begins(raw: str, line: str) -> bool:
    """Whether a line opens a paragraph."""
    numbered = any(marker.match(line) for marker in _MARKERS)
    return numbered or raw.startswith("\u3000\u3000") or _ATTACHMENT.match(line) is not None


def _is_done(line: str) -> bool:
    """Whether a line ends a paragraph: by its punctuation, or a short line without any."""
    if line.endswith(("。", "；", "！", "？", "：", ":", ";")):
        return True
    return len(line) < _WRAPPED and not line.endswith(("，", "、", ",")) and _ENDS.search(line) is None


def _signature(body: Sequence[_Paragraph]) -> int:
    """Where signature and date begin at the end of the text; its length where there are none."""
    run = len(body)
    while run and body[run - 1].is_plain and body[run - 1].rank is None:
        run -= 1
    dated = next((n for n in range(run, len(body)) if _DATE.fullmatch(body[n].text)), None)
    if dated is None:
        return len(body)
    while dated > run and len(body[dated - 1].text) <= _TITLE:
        dated -= 1
    return dated


def _body(body: Sequence[_Paragraph]) -> Iterator[Passage]:
    number = 0
    while number < len(body):
        item = body[number]
        after = body[number + 1] if number + 1 < len(body) else None
        if not item.is_plain:
            yield from _sentences(item)
        elif item.rank is not None:
            heads = after is not None and len(item.text) <= _HEADING and (after.rank is None or after.rank > item.rank)
            yield _whole(item, PassageKind.FRAME if heads else PassageKind.SENTENCE)
        else:
            end = number + 1
            while end < len(body) and body[end].is_plain and body[end].rank is None:
                end += 1
            alone = end == number + 1 and len(item.text) <= _TITLE
            yield _joined(body[number:end], PassageKind.FRAME if alone else PassageKind.TABLE)
            number = end - 1
        number += 1


def _sentences(item: _Paragraph) -> Iterator[Passage]:
    begin = 0
    for end in _cuts(item.text):
        piece = item.text[begin:end]
        if piece.strip():
            named = begin == 0 and end < len(item.text) and item.rank is not None
            name = named and len(piece) <= _NAME and "，" not in piece
            leads = end == len(item.text) and piece.endswith(("：", ":")) and not _DEMANDS.search(piece)
            leads = leads or (len(piece) <= _LEAD and piece.endswith(_LEADING))
            yield _passage(item, begin, end, PassageKind.FRAME if name or leads else PassageKind.SENTENCE)
        begin = end


def _cuts(text: str) -> Iterator[int]:
    """Where the sentences of a paragraph end; what stands in brackets or quotes is not cut."""
    closers: list[str] = []
    for at, char in enumerate(text):
        if char in _PAIRS and _PAIRS[char] in text[at:]:
            closers.append(_PAIRS[char])
        elif closers and char == closers[-1]:
            closers.pop()
        elif not closers and _ENDS.match(char):
            end = at + 1
            while end < len(text) and text[end] in _CLOSING:
                end += 1
            yield end
    if not text or not _ENDS.match(text[-1]) or closers:
        yield len(text)


def _attachments(paragraphs: Sequence[_Paragraph]) -> Iterator[Passage]:
    """Each attachment whole; a list of attachments, with the signature below it, only frames."""
    starts = [n for n, item in enumerate(paragraphs) if item.is_plain and _ATTACHMENT.match(item.text)]
    for start, end in pairwise((*starts, len(paragraphs))):
        part = paragraphs[start:end]
        says = any(not item.is_plain for item in part)
        unsigned = [item for item in part[: _signature(part)] if item.rank is None]
        listed = not says and (end < len(paragraphs) or len(unsigned) <= 1)
        yield _joined(part, PassageKind.FRAME if listed else PassageKind.ATTACHMENT)


def _whole(item: _Paragraph, kind: PassageKind) -> Passage:
    return _passage(item, 0, len(item.text), kind)


def _passage(item: _Paragraph, begin: int, end: int, kind: PassageKind) -> Passage:
    text = item.text
    while text[begin].isspace():
        begin += 1
    start = item.start + len("".join(text[:begin].split()))
    size = len("".join(text[begin:end].split()))
    return Passage(kind=kind, text=text[begin:end].strip(), line=item.lines[begin], start=start, end=start + size)


def _joined(items: Sequence[_Paragraph], kind: PassageKind) -> Passage:
    """Several paragraphs as one passage, a blank between them."""
    last = _whole(items[-1], kind)
    text = " ".join(item.text for item in items)
    return Passage(kind=kind, text=text, line=items[0].lines[0], start=items[0].start, end=last.end)
