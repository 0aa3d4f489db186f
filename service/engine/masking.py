"""An application, findings and a reply as those see them who need no personal data: values masked, statuses kept.

Declared values are masked by their kind wherever they stand; what is told of conditions that rest on identity
numbers or birth dates loses its figures (see `personal`). Numbers of persons and mobile phones that stand in
free text are masked whoever they belong to. Masking is presentation only: what is kept stays as it was.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service import messages
from service.engine import identity, traces
from service.engine.personal import Personal, PersonalFacts, Secrecy, personal_kind
from service.policy.facts import Fact, FactGroup
from service.policy.model import Policy, SectionKind

BIRTH_DATE = "****-**-**"
_STAR = "*"
# An identity number keeps its first three characters, the province, and its check character: with the first six
# and the last four beside an age and a district about thirty numbers would be left.
_NUMBER_HEAD, _NUMBER_TAIL = 3, 1
_FIGURES = re.compile(r"\d+(?:[.,．，]\d+)*")
# Keys of a reply under which stand words of the program, ids and pointers, or what the policy cites.
_PLAIN = frozenset(
    ("decision_id", "decided_at", "requested_by", "receipt", "policy", "deadline", "supersedes", "id", "status",
     "machine_status", "citations", "rulings", "pointer", "pointers", "group", "code", "blocks", "effect", "kind",
     "result", "about", "criterion", "on"),
)  # fmt: skip
# Keys whose text is the policy's own whatever is asked of whom.
_LABELS = frozenset(("label", "help", "question", "expected"))
_SECTIONS = ("scope", "materials", "formalities")
_SECTIONS_BY_NAME = ("criteria", "tiers")
# A shorter value of no kind ("汉族") is a word of the language: hidden where it stands alone, not inside sentences.
_SHORTEST_TEXT, _SHORTEST_NAME, _SHORTEST_PHONE = 4, 2, 6


@dataclass(frozen=True, slots=True)
class Masked:
    """What may be shown of a decision; the reply's first line and every status are as they were."""

    application: dict[str, Any]
    findings: tuple[Any, ...]
    reply: dict[str, Any]


def mask(
    policy: Policy,
    *,
    application: Mapping[str, Any],
    findings: Sequence[Mapping[str, Any]] = (),
    reply: Mapping[str, Any],
) -> Masked:
    """Copies for showing of an application, the findings on it and the reply it got under the policy."""
    values = _Values(policy, application)
    return Masked(
        values.group(policy.facts, application),
        tuple(values.plain(finding) for finding in findings),
        _ReplyMask(policy, values).reply(reply),
    )


def holds_personal(policy: Policy, application: Mapping[str, Any], text: str) -> bool:
    """Whether a text holds a personal value of the application, or anybody's number."""
    return _Values(policy, application).text(text) != text or holds_numbers(text)


def holds_numbers(text: str) -> bool:
    """Whether a text holds an identity number or a mobile phone, whoever's it is."""
    plain = traces.without_phones(traces.without_numbers(text, masked_number), masked_phone)
    return plain != text


def without_texts(value: Any) -> Any:
    """A JSON value with every text hidden but words of the program, such as statuses."""
    if isinstance(value, str):
        return value if value.isascii() and value.isidentifier() else messages.text("masked.hidden")
    if isinstance(value, Mapping):
        return {key: without_texts(item) for key, item in value.items()}
    return [without_texts(item) for item in value] if isinstance(value, list | tuple) else value


def masked_name(name: str) -> str:
    """The first character of a name and one or two asterisks: `张**`."""
    shown = name.strip()
    return shown[:1] + _STAR * min(max(len(shown) - 1, 1), 2)


def masked_number(number: str) -> str:
    """An identity number with its first three characters and its last: `330**************5`; a short one hidden."""
    compact = identity.compact(number)
    hidden = len(compact) - _NUMBER_HEAD - _NUMBER_TAIL
    if hidden < 2 * (_NUMBER_HEAD + _NUMBER_TAIL):
        return _STAR * max(len(compact), _NUMBER_HEAD)
    return compact[:_NUMBER_HEAD] + _STAR * hidden + compact[-_NUMBER_TAIL:]


def masked_phone(phone: str) -> str:
    """A mobile number as `138****5678`; of another number nothing but its last two digits."""
    digits = [char for char in unicodedata.normalize("NFKC", phone) if char.isdigit()]
    if len(digits) == 11 and digits[0] == "1":
        return "".join((*digits[:3], _STAR * 4, *digits[-4:]))
    return _STAR * 6 + "".join(digits[-2:]) if len(digits) > 6 else _STAR * 6


def masked_value(kind: Personal, value: Any) -> Any:
    """A personal value as it is shown; a blank stays blank, and what is stated as none stays so."""
    if value is None or value is False or value in ("", [], {}):
        return value
    if not isinstance(value, str):
        return messages.text("masked.hidden")
    match kind:
        case Personal.NAME:
            return masked_name(value)
        case Personal.IDENTITY_NUMBER:
            return masked_number(value)
        case Personal.PHONE:
            return masked_phone(value)
        case Personal.BIRTH_DATE:
            return BIRTH_DATE
    return messages.text("masked.hidden")


class _Values:
    """The personal values of one application, and texts without them."""

    def __init__(self, policy: Policy, application: Mapping[str, Any]) -> None:
        self._months: set[traces.Month] = set()  # of birth: a date in a text that lies in one may be the day
        self._alone: dict[str, str] = {}
        inside: dict[str, str] = {}
        for kind, value in _declared(policy.facts, application):
            shown = str(masked_value(kind, value))
            for written in _spellings(value):
                self._alone[written] = shown
                if len(written) >= _SHORTEST[kind]:
                    inside[written] = shown
            if kind is Personal.BIRTH_DATE:
                self._months |= traces.months_of(value)
            elif kind is Personal.IDENTITY_NUMBER:
                self._months |= traces.months_of_number(value)
        ordered = sorted(inside, key=lambda text: (-len(text), text))
        self._inside = re.compile("|".join(map(re.escape, ordered))) if ordered else None
        self._shown = inside

    def text(self, text: str) -> str:
        """A text with every personal value in it masked."""
        if text in self._alone:
            return self._alone[text]
        if self._inside is not None:
            text = self._inside.sub(lambda found: self._shown[found[0]], text)
        text = traces.without_numbers(text, masked_number)
        text = traces.without_phones(text, masked_phone)
        return traces.without_dates(text, self._months, BIRTH_DATE)

    def plain(self, value: Any) -> Any:
        """A JSON value with every text in it masked so."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {key: item if key in _PLAIN else self.plain(item) for key, item in value.items()}
        return [self.plain(item) for item in value] if isinstance(value, list | tuple) else value

    def group(self, group: FactGroup, data: Mapping[str, Any]) -> dict[str, Any]:
        """A group of the application: declared personal fields by their kind, all other text searched."""
        fields = {child.name: child for child in group.children}
        return {key: self._field(fields.get(key), value) for key, value in data.items()}

    def _field(self, field: Fact | FactGroup | None, value: Any) -> Any:
        if isinstance(field, Fact):
            kind = personal_kind(field)
            return self._everything(value) if kind is None else masked_value(kind, value)
        if field is not None and isinstance(value, Mapping):
            return self.group(field, value)
        if field is not None and isinstance(value, list | tuple):
            return [self._field(field, item) for item in value]
        return self._everything(value)

    def _everything(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: self._everything(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._everything(item) for item in value]
        return self.text(value) if isinstance(value, str) else value


def _without_salt(receipt: Any) -> Any:
    """A receipt but for what keys the sealed digest of the reply: with it, what is masked could be guessed."""
    return {name: item for name, item in receipt.items() if name != "salt"} if isinstance(receipt, Mapping) else receipt


class _ReplyMask:
    """A reply of one policy walked by its sections and conditions; keys not known here are searched for values."""

    def __init__(self, policy: Policy, values: _Values) -> None:
        self._facts = PersonalFacts(policy)
        self._values = values
        self._sections = {section.id: section for section in policy.sections}

    def reply(self, reply: Mapping[str, Any]) -> dict[str, Any]:
        """The whole reply."""
        return {key: self._part(key, value) for key, value in reply.items()}

    def _part(self, key: str, value: Any) -> Any:
        if key in _PLAIN:
            return _without_salt(value) if key == "receipt" else value
        if key in _SECTIONS:
            return self._section(key, value)
        if key in _SECTIONS_BY_NAME:
            return {name: self._section(name, item) for name, item in value.items()}
        if key == "award":
            hidden = Secrecy.HIDDEN
            return [self._walk(item, "", self._facts.amounts.get(item.get("label"), hidden)) for item in value]
        if key in ("notes", "reviews", "remedies"):
            return [self._remark(item) for item in value]
        return self._walk(value, "", Secrecy.OPEN)

    def _section(self, name: str, section: Mapping[str, Any]) -> dict[str, Any]:
        shown: dict[str, Any] = self._walk(section, name, self._facts.of(name))
        if isinstance(section.get("explanation"), str):
            shown["explanation"] = self._sentence(section["explanation"], name)
        return shown

    def _remark(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """A note, a question to people or a remedy."""
        shown: dict[str, Any] = self._walk(item, "", self._about(item))
        about = item.get("about") or item.get("criterion")
        if about is not None and isinstance(item.get("text"), str):
            shown["text"] = self._sentence(item["text"], str(about))
        return shown

    def _sentence(self, text: str, about: str) -> str:
        """A sentence on several conditions: figures are hidden where they stand before what is counted in secret."""
        secrecy, units = self._facts.of(about), self._facts.units(about)
        if secrecy is not Secrecy.FIGURES or units is None:
            return self._told(text, secrecy)
        counted = "|".join(map(re.escape, sorted(units, key=lambda unit: (-len(unit), unit))))
        figure = re.compile(rf"{_FIGURES.pattern}(?=\s*(?:{counted}))|(?<=[-/.:])\d+")
        return self._without_figures(self._values.text(text), figure)

    def _about(self, item: Mapping[str, Any]) -> Secrecy:
        about = item.get("about") or item.get("criterion")
        if about is None:
            return Secrecy.OPEN
        # A preference is no question of a person's own.
        section = self._sections.get(str(about))
        tagged = section is not None and section.kind is SectionKind.TAG
        return Secrecy.OPEN if tagged else self._facts.of(str(about))

    def _walk(self, value: Any, section: str, secrecy: Secrecy) -> Any:
        if isinstance(value, list | tuple):
            return [self._walk(item, section, secrecy) for item in value]
        if not isinstance(value, Mapping):
            return self._told(value, secrecy) if isinstance(value, str) else value
        name = value.get("id")
        if section and name is not None:
            secrecy = self._facts.of(f"{section}.{name}")
        return {key: self._member(key, item, section, secrecy) for key, item in value.items()}

    def _member(self, key: str, value: Any, section: str, secrecy: Secrecy) -> Any:
        if key in _PLAIN:
            return value
        if key in _LABELS:
            return self._walk(value, section, min(secrecy, Secrecy.FIGURES))
        if key in ("who", "of", "finding"):
            return self._walk(value, "", Secrecy.OPEN)
        return self._walk(value, section, secrecy)

    def _told(self, text: str, secrecy: Secrecy) -> str:
        if secrecy is Secrecy.HIDDEN:
            return messages.text("masked.hidden")
        shown = self._values.text(text)
        return self._without_figures(shown) if secrecy is Secrecy.FIGURES else shown

    def _without_figures(self, text: str, figures: re.Pattern[str] = _FIGURES) -> str:
        """The text without figures but for those in phrases of the policy's own."""
        for phrase in self._facts.phrases:
            before, found, after = text.partition(phrase)
            if found:
                return self._without_figures(before, figures) + phrase + self._without_figures(after, figures)
        return figures.sub(_STAR, text)


_SHORTEST = {
    Personal.NAME: _SHORTEST_NAME,
    Personal.IDENTITY_NUMBER: _SHORTEST_PHONE,
    Personal.BIRTH_DATE: _SHORTEST_PHONE,
    Personal.PHONE: _SHORTEST_PHONE,
    Personal.OTHER: _SHORTEST_TEXT,
}


def _declared(group: FactGroup, data: Any) -> Iterator[tuple[Personal, str]]:
    """Every text that stands in a personal field, and the field's kind."""
    if isinstance(data, list | tuple):
        for row in data:
            yield from _declared(group, row)
        return
    for child in group.children if isinstance(data, Mapping) else ():
        value = data.get(child.name)
        if isinstance(child, FactGroup):
            yield from _declared(child, value)
            continue
        kind = personal_kind(child)
        for item in value if isinstance(value, list | tuple) else (value,):
            if kind is not None and isinstance(item, str) and item.strip():
                yield kind, item


def _spellings(value: str) -> set[str]:
    """A value as it may stand elsewhere: as it came, normalised, without spaces, and in lower case."""
    normal = unicodedata.normalize("NFKC", value).strip()
    return {value, value.strip(), normal, "".join(normal.split()), normal.lower(), normal.upper()}
