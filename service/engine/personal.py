"""What is personal in a policy, and how much of what is told of a condition gives it away.

A value computed from an identity number or a birth date gives the number or the date back: the day of statutory
retirement with a masked number is the number. So what rests on such facts counts as personal too; statuses, and
which of the policy's own codes a value fell on, do not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from enum import IntEnum, StrEnum

from service import messages
from service.policy.dependencies import conditions_in, told_by
from service.policy.facts import IN_TIME, Fact, FactGroup, FactType
from service.policy.kinds import Bounds, Condition, FactOperand, Meets, Ratio, Share
from service.policy.model import Policy
from service.policy.scoring import PerUnit, Rated
from service.policy.sentences import expected

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
# Parts of a condition of which nothing is told but how many rows there are, or that are no part of the sentence.
_UNTOLD = frozenset(("distinct_by", "excluding", "examples", "citations", "rulings", "position", "id", "label"))
# Functions whose values are told as calendar time, and what figures of such time and of dates stand before.
_SPANS = frozenset(("period", "days_between"))
_CALENDAR = frozenset(messages.text("masked.calendar").split("|"))
# Shorter phrases are no sentence that only the policy could have written.
_SHORTEST = 4


class Personal(StrEnum):
    """The kinds of personal value a policy declares; one it names otherwise is `OTHER`."""

    NAME = "name"
    IDENTITY_NUMBER = "identity_number"
    BIRTH_DATE = "birth_date"
    PHONE = "phone"
    OTHER = "other"


class Secrecy(IntEnum):
    """How much of a text on a fact must be hidden: nothing but known values, every figure, or all of it."""

    OPEN = 0
    FIGURES = 1
    HIDDEN = 2


def personal_kind(fact: Fact) -> Personal | None:
    """The kind of personal value that a fact is declared to hold; a number of a person is one undeclared too."""
    if fact.personal is None:
        return Personal.IDENTITY_NUMBER if fact.type is FactType.IDENTITY_NUMBER else None
    return Personal(fact.personal) if fact.personal in set(Personal) else Personal.OTHER


class PersonalFacts:
    """The personal facts of one policy, and the secrecy of its conditions by `section` and `section.id`."""

    def __init__(self, policy: Policy) -> None:
        self._facts: dict[str, Fact] = {fact.path: fact for fact in (*declared_facts(policy.facts), *policy.derived)}
        self._kinds: dict[str, frozenset[Personal]] = {}
        self._conditions = dict(_named(policy))
        self._found: dict[str, tuple[Fact, ...]] = {}
        self._parameters = {parameter.id: parameter.literal for parameter in policy.parameters}
        self.amounts: Mapping[str, Secrecy] = {
            amount.label: Secrecy.OPEN if amount.fact is None else self.of_fact(amount.fact)
            for amount in policy.amounts
        }
        #: What the policy itself says, whoever applies: what conditions ask for, and the labels of facts.
        self.phrases: tuple[str, ...] = tuple(
            sorted({text for text in self._said() if len(text) >= _SHORTEST}, key=lambda text: (-len(text), text))
        )

    def of(self, name: str) -> Secrecy:
        """The secrecy of what is told of a section or condition and of all below it; of an unknown one, hidden."""
        facts = self._told_of(name)
        if facts is None:
            return Secrecy.HIDDEN
        return max((self.of_fact(fact) for fact in facts), default=Secrecy.OPEN)

    def units(self, name: str) -> frozenset[str] | None:
        """What stands behind the figures to be hidden in sentences on a section or condition; None for any."""
        condition = self._conditions.get(name)
        if condition is None or any(isinstance(one, Ratio | Share) for one in conditions_in(condition)):
            return None  # Shares are told in percent.
        scored = (one.fact for one in conditions_in(condition) if isinstance(one, PerUnit | Rated))
        if any(self.of_fact(fact) is not Secrecy.OPEN for fact in scored):
            return None  # Points tell the number they are for.
        units: set[str] = set()
        for fact in self._told_of(name) or ():
            if self.of_fact(fact) is Secrecy.OPEN:
                continue
            if fact.type in IN_TIME or (fact.derivation is not None and fact.derivation.function in _SPANS):
                units |= _CALENDAR
            elif fact.type is FactType.NUMBER and fact.unit:
                units.add(fact.unit)
            else:
                return None
        return frozenset(units)

    def _told_of(self, name: str) -> tuple[Fact, ...] | None:
        if name not in self._found:
            condition = self._conditions.get(name)
            if condition is None:
                return None
            self._found[name] = ()  # Where conditions meet each other in a circle.
            self._found[name] = tuple({fact.path: fact for fact in self._told(condition)}.values())
        return self._found[name]

    def of_fact(self, fact: Fact) -> Secrecy:
        """The secrecy of a fact's value in words; names, and phones as they were given, are masked value by value."""
        kinds = self._kinds_of(fact) - ({Personal.NAME} if fact.derivation else {Personal.NAME, Personal.PHONE})
        if not kinds or (fact.derivation is not None and fact.type is FactType.BOOLEAN):
            return Secrecy.OPEN
        if Personal.OTHER in kinds:
            return Secrecy.HIDDEN
        if fact.type in (FactType.CODE, FactType.CODES) and fact.vocabulary is not None and not fact.vocabulary.open:
            return Secrecy.OPEN if fact.derivation is not None else Secrecy.HIDDEN
        if fact.type in (FactType.TEXT, FactType.TEXTS, FactType.IDENTITY_NUMBER):
            return Secrecy.HIDDEN
        return Secrecy.FIGURES

    def _kinds_of(self, fact: Fact) -> frozenset[Personal]:
        """The kinds of personal value that a fact is, or is computed from."""
        if fact.path not in self._kinds:
            own = personal_kind(fact)
            found = set() if own is None else {own}
            self._kinds[fact.path] = frozenset(found)
            for source in told_by(fact):
                found |= self._kinds_of(source)
            self._kinds[fact.path] = frozenset(found)
        return self._kinds[fact.path]

    def _told(self, value: object) -> Iterator[Fact]:
        """Every fact that a sentence on a condition may tell."""
        if isinstance(value, Fact):
            yield value
        elif isinstance(value, FactGroup):
            # Of a whole group it is told how many rows it has.
            return
        elif isinstance(value, tuple):
            for item in value:
                yield from self._told(item)
        elif isinstance(value, Meets):
            yield from self._told_of(value.target) or ()
            yield from self._words(value)
        elif isinstance(value, Condition | Bounds | FactOperand):
            if isinstance(value, Condition):
                yield from self._words(value)
            for part in fields(value):
                if part.name not in _UNTOLD:
                    yield from self._told(getattr(value, part.name))

    def _words(self, condition: Condition) -> Iterator[Fact]:
        for text in condition.words.values():
            for name in _PLACEHOLDER.findall(text):
                if name in self._facts:
                    yield self._facts[name]

    def _said(self) -> Iterator[str]:
        for condition in self._conditions.values():
            for inner in conditions_in(condition):
                yield from filter(None, (expected(inner), inner.label, self._asked(inner)))
        yield from (fact.label for fact in self._facts.values())

    def _asked(self, condition: Condition) -> str | None:
        """The policy's own words for what is asked, where nothing of an application stands in them."""
        words = condition.words.get("expected")
        if words is None or any(name not in self._parameters for name in _PLACEHOLDER.findall(words)):
            return None
        return _PLACEHOLDER.sub(lambda found: self._parameters[found[1]], words)


def declared_facts(group: FactGroup) -> Iterator[Fact]:
    """Every field of a group, at any depth."""
    for child in group.children:
        if isinstance(child, FactGroup):
            yield from declared_facts(child)
        else:
            yield child


def _named(policy: Policy) -> Iterator[tuple[str, Condition]]:
    for section in policy.sections:
        yield section.id, section.root
        for condition in conditions_in(section.root):
            if condition.id is not None:
                yield f"{section.id}.{condition.id}", condition
