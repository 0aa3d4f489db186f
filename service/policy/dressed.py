"""Values and names with something around them that is no part of them: a comparison, quotes, a list in one text.

Each function answers what is wrong as the code of a problem and its params, keywords in English.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from service import messages
from service.policy import numerals
from service.policy.keywords import Role, chinese
from service.policy.literals import normalise

# Problems of a value that is no number, date, span or count as it stands.
OF_VALUES = frozenset(
    {
        "bad-number", "bad-number.no-unit", "bad-count", "bad-date", "bad-duration", "bad-duration.no-unit",
        "bad-fraction", "bad-points", "bad-amount", "bad-share", "unknown-code", "bad-literal",
    }
)  # fmt: skip
_COMPARING = frozenset({"at_least", "at_most", "more_than", "less_than", "on_or_after", "on_or_before"})
_OF_DATES = {"at_least": "on_or_after", "at_most": "on_or_before"}
_QUOTES = {"“": "”", "‘": "’", "「": "」", "『": "』"}
_BRACKETS = {"【": "】", "〔": "〕", "［": "］", "（": "）", "(": ")"}
_SEPARATORS = re.compile("[、，,；;/]")
_DIGIT = re.compile(rf"[0-9{numerals.NUMERALS}]")
_Told = tuple[str, dict[str, Any]]


def dressed(code: str, params: Mapping[str, Any], known: Iterable[str]) -> _Told | None:
    """What is wrong with the `value` or `name` of a problem if it is right but for what stands around it.

    `known` are the names it might be, none for a number or date.
    """
    names = {normalise(str(name)) for name in known}
    value = str(params.get("value", params.get("name", "")))
    if items := _listed(value, names):
        return "list-in-one", {"value": value, "items": ", ".join(items)}
    bare = _inside(value, _QUOTES)
    if bare != value and (normalise(bare) in names if names else _DIGIT.search(bare)):
        return "quotes-in-value", {"value": value, "bare": bare}
    if code not in OF_VALUES:
        return None
    found = _compared(value)
    if found is None or not (normalise(found[2]) in names if names else _DIGIT.search(found[2])):
        return None
    sign, operator, bare = found
    operator = _OF_DATES.get(operator, operator) if code == "bad-date" else operator
    return "sign-in-value", {"value": value, "sign": sign, "operator": operator, "bare": bare}


def _listed(value: str, names: set[str]) -> list[str]:
    """The names that one text lists; none where one of them is not known."""
    inside = _inside(value, _BRACKETS)
    items = [_inside(item.strip(), _QUOTES) for item in _SEPARATORS.split(inside)]
    whole = (len(items) > 1 or inside != value) and all(normalise(item) in names for item in items)
    return items if whole else []


def _inside(value: str, marks: Mapping[str, str]) -> str:
    return value[1:-1] if len(value) > 2 and marks.get(value[0]) == value[-1] else value


def _compared(value: str) -> tuple[str, str, str] | None:
    """What compares in a value, the operator that says it, and the rest of the value."""
    for sign, operator in _signs().items():
        for bare in (value.removeprefix(sign), value.removesuffix(sign)):
            if bare != value and bare.strip():
                return sign, operator, bare.strip()
    return None


@cache
def _signs() -> Mapping[str, str]:
    """Words and signs that compare, the longest first, each with its operator."""
    words = {word: keyword for keyword, word in chinese(Role.KEY).items() if keyword in _COMPARING}
    words |= {word: keyword for word, keyword in messages.under("synonym.").items() if keyword in _COMPARING}
    return dict(sorted(words.items(), key=lambda entry: -len(entry[0])))
