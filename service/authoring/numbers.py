"""Every number that a policy file writes, with its place and the quote beside it: what a year may change."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from service import messages
from service.authoring.flow import flow
from service.authoring.told import key_name
from service.policy.source_text import SourceDocument

_say = messages.text
_Path = tuple[str | int, ...]
#: The parts of a file in which notices write numbers; those of parameters are named by themselves.
_HEAD = ("deadline", "award", "limits")
_BODY = ("derived", "scope", "criteria", "tiers", "materials", "formalities", "preferences")
# What only names, cites, explains or tries; and what is no number though it may hold a digit.
_NO_NUMBER = frozenset(
    ("cite", "ruling", "rulings", "id", "label", "help", "words", "examples", "group", "suggestion", "judgement",
     "evidence", "fact", "count", "sum", "highest", "lowest", "every", "some", "distinct_by", "excluding", "parameter",
     "meets", "table", "format", "template", "template_match", "per", "zone", "text_part", "codes", "categories",
     "first_given", "same_text", "has_format", "identity_check", "identity_birth", "identity_sex", "law", "of", "on"),
)  # fmt: skip
_CODE = re.compile(r"[A-Za-z][\w-]*")  # a code that may well end in a digit
# A digit, or numerals in words before a unit.
_NUMBER = re.compile(rf"\d|[{_say('new.numerals')}]+(?:{_say('new.units')})")


class Number(NamedTuple):
    """A number where it is written: the line, the words to know it by."""

    line: int
    words: str


def head_numbers(document: SourceDocument) -> Iterator[Number]:
    """The deadline, the award, its quotas and amounts, the limits of a round; then the parameters."""
    yield from _of(document, _HEAD)
    parameters = document.data.get("parameters")
    for name, entry in parameters.items() if isinstance(parameters, dict) else ():
        place = document.place(("parameters", name, "value"))
        said = _say("new.number", name=flow(entry["label"]), value=flow(entry["value"]))
        yield Number(place.line, said + _quoted(_quote(entry)))


def body_numbers(document: SourceDocument) -> Iterator[Number]:
    """The numbers written in conditions and in how facts are computed."""
    yield from _of(document, _BODY)


def _of(document: SourceDocument, keys: tuple[str, ...]) -> Iterator[Number]:
    for key in keys:
        if key in document.data:
            yield from _below(document, document.data[key], (key,), "", None)


def _below(document: SourceDocument, value: Any, path: _Path, label: str, quote: str | None) -> Iterator[Number]:
    if isinstance(value, dict):
        label = flow(value["label"]) if value.get("label") is not None else label
        quote = _quote(value) or quote
        for key, item in value.items():
            if key not in _NO_NUMBER:
                yield from _below(document, item, (*path, key), label, quote)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _below(document, item, (*path, index), label, quote)
    elif value is not None and _NUMBER.search(flow(value)) and not _CODE.fullmatch(flow(value)):
        key = next(str(step) for step in reversed(path) if isinstance(step, str))
        name = _say("new.number-of", label=label, key=key_name(key)) if label else key_name(key)
        yield Number(document.place(path).line, _say("new.number", name=name, value=flow(value)) + _quoted(quote))


def _quote(entry: dict[str, Any]) -> str | None:
    """What an entry quotes, several quotes one after another."""
    cite = entry.get("cite")
    quotes = [flow(one["quote"]) for one in (cite if isinstance(cite, list) else [cite])
              if isinstance(one, dict) and one.get("quote") is not None]  # fmt: skip
    return "”“".join(quotes) or None


def _quoted(quote: str | None) -> str:
    return "" if quote is None else _say("new.number-quote", quote=quote)
