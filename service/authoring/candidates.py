"""Values to try for a declared fact: what a policy's own literals and codes suggest, one unit or day around them,
blank, and what agrees or disagrees with the rest of the application."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from service.authoring.sources import Sources
from service.engine import identity
from service.policy import literals, moments
from service.policy.facts import Fact, FactGroup, FactType
from service.policy.model import Policy
from service.policy.tables import CodeEntry

#: A text that is no format, no code and no name.
STRANGE = "x"
_MOST_CODES = 16
_ADDRESS = "110101"
_PEOPLE = 41  # more than the rows that are tried of one list
_YEARS = (1, 3, 5, 10, 20, 30, 40, 50, 60)
_COARSE = tuple(digit * 10**power for power in range(9) for digit in (1, 2, 5))

# The value of a fact beside the one asked about, as the application has it.
Beside = Callable[[Fact], Any]


def day_text(day: int) -> str:
    """An ordinal day as an application writes it."""
    return dt.date.fromordinal(day).isoformat()


def number_value(scaled: int, fact: Fact) -> int | Decimal:
    """A scaled number as an application writes it."""
    exact = Decimal(scaled).scaleb(-fact.precision)
    return int(exact) if exact == int(exact) else exact


def identity_number(birth: dt.date, serial: int) -> str:
    """A number of right form with this birth date; an odd serial is a man's."""
    head = f"{_ADDRESS}{birth:%Y%m%d}{serial % 1000:03d}"
    return next(head + digit for digit in "0123456789X" if identity.check_digit_holds(head + digit))


class Candidates:
    """Values to try under one policy; `samples` are applications in which values of texts are found."""

    def __init__(self, policy: Policy, samples: Iterable[Mapping[str, Any]]) -> None:
        self._policy = policy
        self._blocks = {path: number * _PEOPLE for number, path in enumerate(_identity_numbers(policy.facts))}
        self._texts: dict[str, list[str]] = {}
        for sample in samples:
            _collect(sample, "", self._texts)

    def of(self, fact: Fact, sources: Sources, beside: Beside, serial: int = 1) -> list[Any]:
        """The values, each once, in a fixed order; `serial` tells rows apart, so that no two people have one number."""
        found: list[Any] = []
        for value in (*self._stated(fact, sources, beside, serial), None):
            if not any(type(value) is type(other) and value == other for other in found):
                found.append(value)
        return found

    def _stated(self, fact: Fact, sources: Sources, beside: Beside, serial: int) -> Iterator[Any]:
        match fact.type:
            case FactType.BOOLEAN | FactType.EVIDENCE:
                yield from (True, False)
            case FactType.CODE:
                yield from (named(entry, fact) for entry in codes(fact, sources))
                if fact.vocabulary is not None and fact.vocabulary.open:
                    yield STRANGE
            case FactType.CODES:
                yield from self._lists_of_codes(fact, sources)
            case FactType.TEXTS:
                yield from ([STRANGE], [])
            case FactType.NUMBER:
                yield from (number_value(scaled, fact) for scaled in numbers(fact, sources))
            case FactType.DATE:
                yield from map(day_text, self.days(fact, sources, beside))
            case FactType.MOMENT:
                yield from map(moments.text, self.moments(fact, sources, beside))
            case FactType.IDENTITY_NUMBER:
                own = serial + self._blocks.get(fact.path, 0)
                yield from _identities(sources, beside, own)
                yield from (identity_number(dt.date.fromordinal(day), own * 2 + 1) for day in self.births(beside))
            case _:
                yield from self._some_texts(fact, sources, beside)

    def _lists_of_codes(self, fact: Fact, sources: Sources) -> Iterator[Any]:
        entries = [named(entry, fact) for entry in codes(fact, sources)]
        yield from ([code] for code in entries)
        yield entries
        yield []
        if fact.vocabulary is not None and fact.vocabulary.open:
            yield [STRANGE]

    def moments(self, fact: Fact, sources: Sources, beside: Beside) -> list[int]:
        """Moments: around literals, and the noon of the days that a date might be."""
        days = self.days(fact, sources, beside)
        near = (n for number in sorted(sources.numbers) for n in (number, number - 1, number + 1))
        found = [n for n in near if min(days) <= n // moments.DAY <= max(days)]
        return list(dict.fromkeys((*found, *(day * moments.DAY + moments.DAY // 2 for day in days))))

    def days(self, fact: Fact, sources: Sources, beside: Beside) -> list[int]:
        """Ordinal days: around literals, around the day of the application and years before and after it."""
        first = self._policy.effective_from
        until = self._policy.effective_until
        stated = self._applied(beside)
        on = first if stated is None else dt.date.fromordinal(stated[0])
        days = [on.toordinal(), on.toordinal() - 1, on.toordinal() + 1]
        for number in sorted(sources.numbers):
            # Numbers of other things are mostly no days of our time.
            if dt.date(1900, 1, 1).toordinal() <= number <= dt.date(2200, 1, 1).toordinal():
                days += [number, number - 1, number + 1]
        for years in _YEARS:
            days += [_years(on, -years), _years(on, years)]
        if fact.path == self._policy.date_fact.path:
            # An application of another day falls under another edition.
            last = dt.date.max if until is None else until
            ends = (first, last) if until else (first,)
            days = [
                day
                for day in (*(end.toordinal() for end in ends), *days)
                if first.toordinal() <= day <= last.toordinal()
            ]
        return list(dict.fromkeys(days))

    def _applied(self, beside: Beside) -> tuple[int, int] | None:
        """First and last day that the application says it is of."""
        return moments.days(str(beside(self._policy.date_fact)), self._policy.zone)

    def births(self, beside: Beside) -> list[int]:
        """Ordinal days on which somebody of an age may be born, seen from the day of the application."""
        stated = self._applied(beside)
        on = self._policy.effective_from if stated is None else dt.date.fromordinal(stated[0])
        first = dt.date(1900, 1, 1).toordinal()
        return [day for day in (on.toordinal(), *(_years(on, -years) for years in _YEARS)) if day >= first]

    def _some_texts(self, fact: Fact, sources: Sources, beside: Beside) -> Iterator[str]:
        own = beside(fact)
        for derived in sources.derived:
            arguments = {} if derived.derivation is None else dict(derived.derivation.arguments)
            parts = arguments.get("template")
            if isinstance(parts, tuple) and arguments.get("of") == fact:
                yield "".join(_part(part, beside) for part in parts)
            first, last = arguments.get("from"), arguments.get("to")
            if (
                isinstance(own, str)
                and isinstance(first, int)
                and isinstance(last, int)
                and arguments.get("of") == fact
            ):
                start, end = first - 1, last
                yield from (own[:start] + entry.code + own[end:] for entry in codes(derived, sources))
        yield from self._texts.get(fact.path, ())
        for other in sources.facts:
            value = beside(other)
            if other.type is FactType.TEXT and isinstance(value, str):
                yield value
        yield STRANGE


def named(entry: CodeEntry, fact: Fact) -> str:
    """An entry of a fact's vocabulary as an officer calls it, if that name means it."""
    known = None if fact.vocabulary is None else literals.code(entry.label, fact.vocabulary)
    return entry.label if known == entry else entry.code


def codes(fact: Fact, sources: Sources) -> list[CodeEntry]:
    """Entries of a vocabulary: those the policy names, their neighbours in rank, the ends, the one for none."""
    entries = () if fact.vocabulary is None else fact.vocabulary.entries
    by_policy = [entry for entry in entries if entry.code in sources.words or entry.label in sources.words]
    ranked = sorted((entry for entry in entries if entry.rank is not None), key=lambda entry: entry.rank or 0)
    near = [
        entry for entry in ranked if any(abs((entry.rank or 0) - number) <= 1 for number in sources.numbers)
    ] if ranked else []  # fmt: skip
    others = [entry for entry in entries if entry not in by_policy]
    ends = [*ranked[:1], *ranked[-1:], *entries[:1], *others[:2], *entries[-1:]]
    found = [*[entry for entry in entries if entry.none], *near, *ends, *by_policy]
    return list({entry.code: entry for entry in found}.values())[:_MOST_CODES]


def numbers(fact: Fact, sources: Sources) -> list[int]:
    """Scaled numbers: around literals, and coarse steps over what can be."""
    unit = 10**fact.precision
    found = [near for number in sorted(sources.numbers) for near in (number, number - 1, number + 1)]
    found += [0, *(step * unit for step in _COARSE)]
    return [number for number in dict.fromkeys(found) if 0 <= number < 10**12]


def _identity_numbers(group: FactGroup) -> Iterator[str]:
    for child in group.children:
        if isinstance(child, FactGroup):
            yield from _identity_numbers(child)
        elif child.type is FactType.IDENTITY_NUMBER:
            yield child.path


def _identities(sources: Sources, beside: Beside, serial: int) -> Iterator[str]:
    born = dt.date(1980, 1, 1)
    odd = (serial * 2 + 1, serial * 2)
    for fact in sources.facts:
        stated = literals.date_bounds(str(beside(fact))) if fact.type is FactType.DATE else None
        # Any date beside may be the birth date that the number must agree with.
        if stated is not None and stated[0] == stated[1]:
            yield from (identity_number(dt.date.fromordinal(stated[0]), one) for one in odd)
    yield from (identity_number(born, one) for one in odd)
    right = identity_number(born, odd[0])
    yield right[:17] + ("0" if right[17] != "0" else "1")
    yield STRANGE


def _part(part: object, beside: Beside) -> str:
    """A part of a template filled: words as they stand, a fact's own text, two letters for a width."""
    if isinstance(part, Fact):
        value = beside(part)
        return value if isinstance(value, str) else ""
    return part if isinstance(part, str) else ""


def _years(day: dt.date, years: int) -> int:
    try:
        return day.replace(year=day.year + years).toordinal()
    except ValueError:  # the last day of February, or no such year
        return day.toordinal() + 365 * years


def _collect(value: Any, path: str, texts: dict[str, list[str]]) -> None:
    """Every text of an application under the path of its fact."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            _collect(item, f"{path}.{key}" if path else key, texts)
    elif isinstance(value, list):
        for item in value:
            _collect(item, f"{path}[]", texts)
    elif isinstance(value, str):
        known = texts.setdefault(path, [])
        if value not in known:
            known.append(value)
