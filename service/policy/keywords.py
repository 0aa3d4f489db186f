"""The words of policy, table and case files in English and in Chinese.

Behind the readers everything is English. The Chinese words stand in `messages/keywords.toml`, one for each
keyword of its role; names that the officer chose are no keywords in either language.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from service import messages
from service.problems import nearest

_CLOSE = 0.6  # how alike a mistyped word must be, as for names
_SOUNDS_ALIKE = 0.8  # what a character of nearly the same sound counts, against 1 for the same character
_SYLLABLE = 60  # no syllable fills more places of the first level of GB 2312, which is ordered by sound


class Role(StrEnum):
    """What a word is: a key, a fixed value of a key, a status of the whole, or a word in braces.

    The value is the prefix of its code.
    """

    KEY = "keyword."
    VALUE = "keyword-value."
    OVERALL = "keyword-overall."
    BRACE = "keyword-brace."


# The codes of what officers write for keywords, by role.
_SYNONYMS = {Role.KEY: "synonym.", Role.VALUE: "synonym-value."}


@cache
def chinese(role: Role) -> Mapping[str, str]:
    """The Chinese words of a role by their English keywords."""
    return messages.under(role.value)


@cache
def _english(role: Role) -> Mapping[str, str]:
    """The English keywords of a role by their Chinese words."""
    return {word: keyword for keyword, word in chinese(role).items()}


@cache
def _synonyms(role: Role) -> Mapping[str, str]:
    """The English keywords of a role by words of either language that are no keywords."""
    return messages.under(_SYNONYMS[role]) if role in _SYNONYMS else {}


@dataclass(frozen=True, slots=True)
class Language:
    """One of the two languages of keywords; `code` is `en` or `zh`."""

    code: str

    @property
    def label(self) -> str:
        """The language's name for people."""
        return messages.text(f"language.{self.code}")

    @property
    def other(self) -> Language:
        """The other of the two."""
        return ENGLISH if self.code == "zh" else CHINESE

    def word(self, keyword: str, role: Role = Role.KEY) -> str:
        """The word of an English keyword; what is none stays."""
        return chinese(role).get(keyword, keyword) if self.code == "zh" else keyword

    def meaning(self, word: str, role: Role = Role.KEY) -> str | None:
        """The English keyword of a word; None for what is none in this language."""
        if self.code == "zh":
            return _english(role).get(word)
        return word if word in chinese(role) else None

    def synonym(self, typed: str, known: Iterable[str], role: Role = Role.KEY) -> str | None:
        """The English keyword of `known` that a word of everyday language, which is none, stands for."""
        meant = _synonyms(role).get(typed.strip().lower())
        return meant if meant in list(known) else None

    def nearest(self, typed: str, known: Iterable[str], role: Role = Role.KEY) -> str | None:
        """The English keyword of `known` that `typed` stands for, or whose word in either language is most like it."""
        keywords = list(known)
        meant = self.synonym(typed, keywords, role)
        if meant is not None:
            return meant
        for language in (self, self.other):
            found = _nearest(typed, [language.word(keyword, role) for keyword in keywords])
            if found is not None:
                return keywords[found]
        return None

    def section(self, name: str) -> str:
        """The name of a section, or of a condition in one, as a file writes it: some sections are keywords."""
        section = head(name)
        return self.word(section) + name[len(section) :] if section in SECTIONS else name

    def listed(self, keywords: Iterable[str], role: Role = Role.KEY) -> str:
        """The words of keywords in a row."""
        return "、".join(self.word(keyword, role) for keyword in keywords)

    def named_in(self, code: str) -> dict[str, str]:
        """The words that the sentences of a problem spell as `{key-all}` or `{value-review}`."""
        fields = messages.fields(code) | messages.fields(f"{code}.hint")
        roles = (("key-", Role.KEY), ("value-", Role.VALUE))
        return {
            field: self.word(field.removeprefix(prefix), role)
            for prefix, role in roles
            for field in fields
            if field.startswith(prefix)
        }

    def told(self, code: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """The params of a problem with the keywords among them in this language.

        Keywords are `key`, `kind`, `operator`, `function` and `argument`, the fixed value `type`, and what is
        `allowed` where keys or fixed values are.
        """
        said = dict(params)
        for name in _KEYS:
            if isinstance(said.get(name), str):
                said[name] = self.word(said[name])
        if isinstance(said.get("type"), str):
            said["type"] = self.word(said["type"], Role.VALUE)
        if code in ALLOWING and isinstance(said.get("allowed"), str):
            said["allowed"] = self.listed(said["allowed"].split("、"), ALLOWING[code])
        return said | self.named_in(code)


ENGLISH, CHINESE = Language("en"), Language("zh")
_KEYS = ("key", "kind", "operator", "function", "argument")
# Sections that every policy has, and problems that suggest the name of a section or condition.
SECTIONS = ("scope", "materials", "formalities", "preferences")
NAMING_SECTIONS = frozenset({"unknown-target"})
# Problems whose `allowed`, and whose suggestion, are words of the language.
ALLOWING = {
    "unknown-key": Role.KEY,
    "no-comparison": Role.KEY,
    "operator-not-for-type": Role.KEY,
    "not-allowed": Role.VALUE,
}


def head(name: str) -> str:
    """The section in the name of a condition, `scope.kind` or `scope/1`."""
    return re.split(r"[./]", name, maxsplit=1)[0]


def _nearest(typed: str, words: list[str]) -> int | None:
    """The place of the word most like `typed`; None where nothing is close, or several Chinese words equally."""
    if typed.isascii():
        found = nearest(typed, words)
        return None if found is None else words.index(found)
    likeness = [0.0 if _opposed(typed, word) else _likeness(typed, word) for word in words]
    best = max(likeness, default=0.0)
    return likeness.index(best) if best >= _CLOSE and likeness.count(best) == 1 else None


def _opposed(typed: str, word: str) -> bool:
    """Whether one of two words denies what the other says: 不认可 and 认可; 布低于 is 不低于 mistyped."""
    negations = tuple(messages.text("keyword-negations").split("、"))
    denies, denied = typed.startswith(negations), word.startswith(negations)
    return denies != denied and (denies or len(typed) < len(word))


def _likeness(typed: str, word: str) -> float:
    """From 0 to 1. Input methods mistake characters of one sound, and short words leave few others to compare."""
    if len(typed) != len(word):
        return difflib.SequenceMatcher(None, typed, word).ratio()
    pairs = zip(typed, word, strict=True)
    return sum(1 if one == other else _SOUNDS_ALIKE * _alike(one, other) for one, other in pairs) / len(word)


def _alike(one: str, other: str) -> bool:
    first, second = _sound(one), _sound(other)
    return first is not None and second is not None and abs(first - second) < _SYLLABLE


def _sound(char: str) -> int | None:
    """The place of a character in the first level of GB 2312; None of rarer ones, which are not so ordered."""
    try:
        raw = char.encode("gb2312")
    except UnicodeEncodeError:
        return None
    return (raw[0] - 0xB0) * 94 + raw[1] - 0xA1 if len(raw) == 2 and 0xB0 <= raw[0] <= 0xD7 else None
