"""Derivations of texts: templates, comparisons, formats, parts. See `derivations` for their shape."""

from __future__ import annotations

import re
from typing import Any

import re2

from service.engine.formats import folded, format_check
from service.engine.values import Other, Reader, Readers, constant
from service.policy.facts import Fact
from service.policy.literals import normalise

# One Chinese word of a name, the free part of a template: as RE2 writes it, and whole as `re` does.
_HAN = r"[\x{4e00}-\x{9fff}、()/]"
_HAN_WORD = re.compile(r"[\u4e00-\u9fff、()/]*")


def template(arguments: dict[str, Any], reader: Readers, _fact: Fact) -> Reader:
    """A text of literal parts and facts, blank where one of them is."""
    parts = [reader(part) if isinstance(part, Fact) else constant(part) for part in arguments[""]]

    def compute(frame: Any) -> Any:
        values = [part(frame) for part in parts]
        return None if any(value is None for value in values) else "".join(str(value) for value in values)

    return compute


def template_match(arguments: dict[str, Any], reader: Readers, _fact: Fact) -> Reader:
    """Whether a text is the template's literals and facts with free Chinese words of the widths given."""
    of = reader(arguments["of"])
    parts = arguments["template"]
    reads = [
        _named(reader(part)) if isinstance(part, Fact) else constant(part if isinstance(part, tuple) else _name(part))
        for part in parts
    ]
    free = [place for place, part in enumerate(parts) if isinstance(part, tuple)]

    def compute(frame: Any) -> Any:
        text = of(frame)
        if text is None:
            return None
        fixed: list[Any] = [read(frame) for read in reads]
        if None in fixed:
            return None
        if len(free) > 1:
            pattern = (f"{_HAN}{{{v[0]},{v[1]}}}" if isinstance(v, tuple) else re2.escape(v) for v in fixed)
            return re2.fullmatch("".join(pattern), folded(text)) is not None
        if not free:
            return folded(text) == "".join(fixed)
        head, (least, most), tail = "".join(fixed[: free[0]]), fixed[free[0]], "".join(fixed[free[0] + 1 :])
        return _framed(folded(text), head, tail, least, most)

    return compute


def _framed(text: str, head: str, tail: str, least: int, most: int) -> bool:
    """Whether a text is `head`, a Chinese word of `least` to `most` characters, `tail`."""
    word = text[len(head) : len(text) - len(tail)]
    return text == f"{head}{word}{tail}" and least <= len(word) <= most and _HAN_WORD.fullmatch(word) is not None


def _named(read: Reader) -> Reader:
    def named(frame: Any) -> Any:
        value = read(frame)
        return None if value is None else _name(value)

    return named


def _name(text: str) -> str:
    """A name inside a pattern: NFKC without white space, so that a spaced-out name is no other name."""
    return "".join(folded(str(text)).split())


def same_text(arguments: dict[str, Any], reader: Readers, _fact: Fact) -> Reader:
    """Whether two texts are one after normalisation."""
    first, second = (reader(fact) for fact in arguments[""])

    def compute(frame: Any) -> Any:
        one, other = first(frame), second(frame)
        if one is None or other is None:
            return None
        return one == other or normalise(one) == normalise(other)

    return compute


def has_format(arguments: dict[str, Any], reader: Readers, _fact: Fact) -> Reader:
    """Whether a text has a named format."""
    of = reader(arguments["of"])
    holds = format_check(*arguments["format"])

    def compute(frame: Any) -> Any:
        text = of(frame)
        return None if text is None else holds(text)

    return compute


def text_part(arguments: dict[str, Any], reader: Readers, fact: Fact) -> Reader:
    """Characters `from` to `to` of a text, counted from 1, as a code."""
    of = reader(arguments["of"])
    start, end = arguments["from"] - 1, arguments["to"]
    vocabulary = fact.vocabulary

    def compute(frame: Any) -> Any:
        text = of(frame)
        if text is None or vocabulary is None:
            return None
        part = normalise(text)[start:end]
        entry = vocabulary.by_name.get(part)
        return Other(part) if entry is None else entry.code

    return compute
