"""Numbers of the head of a file and of its derived facts, held against the words of the notice beside them.

What is compared with what stands in `stated`; a derived fact has no quotes, and those of what uses it speak of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from service.policy import literals, quantities
from service.policy.dependencies import conditions_below, read_by, sources_of
from service.policy.facts import Fact, FactType
from service.policy.kinds import Condition, LiteralOperand
from service.policy.model import Policy
from service.policy.reading import Path
from service.policy.source_text import SourceDocument
from service.policy.stated import Told, compared, condition_warnings, count_told, literal_told, number_told, quotes_of
from service.policy.terms import Deadline
from service.problems import Problem


def stated_warnings(policy: Policy, document: SourceDocument) -> Iterator[Problem]:
    """A warning at every number that no quote beside it states, where a quote states others of its kind."""
    for parameter in policy.parameters:
        place = document.place(("parameters", parameter.id, "value"))
        yield from compared(literal_told(parameter.literal, quotes_of(parameter.citations)), place)
    yield from _award(policy, document)
    for index, limit in enumerate(policy.limits):
        here: Path = ("limits", index)
        quotes = quotes_of(limit.citations)
        for value, at in _bounds_in(document.data["limits"][index], here):
            counted = limit.where is not None and not limit.share
            told = count_told(value, quotes) if counted else literal_told(value, quotes)
            yield from compared(told, document.place(at))
        if limit.where is not None:
            yield from condition_warnings(limit.where, quotes)
    if policy.closing is not None:
        quotes = quotes_of(policy.closing.citations)
        day = policy.closing.day
        on = (day.isoformat(), day.toordinal(), quantities.days_in(quotes))
        yield from compared([on, *_hour(policy.closing, quotes)], document.place(("deadline", "at")))
    yield from _derived(policy, document)
    for section in policy.sections:
        yield from condition_warnings(section.root)
    for _, trusted in policy.trust:
        yield from condition_warnings(trusted)


def _award(policy: Policy, document: SourceDocument) -> Iterator[Problem]:
    """Of what is awarded: how many in all and of each kind, how much, and to whom."""
    award = document.data.get("award") or {}
    for name, key in (("quota", "at_most"), ("grant", "amount")):
        entry = award.get(name) or {}
        cited = entry.get("cite") or {}
        quotes = "。".join(str(one.get("quote", "")) for one in (cited if isinstance(cited, list) else [cited]))
        yield from compared(literal_told(str(entry.get(key, "")), quotes), document.place(("award", name, key)))
    for index, quota in enumerate(policy.quotas):
        at: Path = ("award", "quotas", index)
        entry, quotes = award["quotas"][index], quotes_of(quota.citations)
        each = ((value, (*at, "each", name)) for name, value in (entry.get("each") or {}).items())
        counts = [*_bounds_in(entry, at), *(one for value, here in each for one in _ends(value, here))]
        told = [(one, here) for value, here in counts for one in count_told(value, quotes)]
        for one, here in told:
            # Where every number of the quote is asked, this one adds what the notice does not say.
            if one[2].keys() - {other[1] for other, _ in told}:
                yield from compared([one], document.place(here))
    for index, amount in enumerate(policy.amounts):
        quotes = quotes_of(amount.citations)
        yield from compared(literal_told(amount.literal, quotes), document.place(("award", "amounts", index)))
        if amount.when is not None:
            yield from condition_warnings(amount.when, quotes)


def _bounds_in(entry: Mapping[str, Any], path: Path) -> Iterator[tuple[str, Path]]:
    """The bounds an entry writes itself, each with where it stands."""
    for key in ("is", "at_least", "at_most", "between"):
        if key in entry:
            yield from _ends(entry[key], (*path, key))


def _ends(value: Any, path: Path) -> Iterator[tuple[str, Path]]:
    """The numbers of a bound or a range; one that a parameter holds is looked at there."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _ends(item, (*path, index))
    elif isinstance(value, dict):
        for key in ("at_least", "at_most"):
            if key in value:
                yield from _ends(value[key], (*path, key))
    else:
        yield str(value), path


def _hour(closing: Deadline, quotes: str) -> Iterator[Told]:
    """The time of day of a deadline; a day without one ends at midnight."""
    stated = quantities.times_in(quotes)
    if closing.at is not None:
        yield closing.text, closing.at.hour * 60 + closing.at.minute, stated
    elif len(stated) == 1:
        yield closing.text, quantities.MIDNIGHT, stated


# --- derived facts ------------------------------------------------------------------------------------------------


def _derived(policy: Policy, document: SourceDocument) -> Iterator[Problem]:
    """Of what is computed: bands, amounts, parts and caps, held against the quotes of all that uses them."""
    spoken = _spoken_of(policy)
    for fact in policy.derived:
        quotes = "。".join(spoken.get(fact.path, {}))
        if fact.derivation is None or not quotes:
            continue
        at: Path = ("derived", fact.path, fact.derivation.function)
        entry = document.data["derived"][fact.path].get(fact.derivation.function)
        told = [(one, here) for value, here, of in _figures(fact, entry, at) for one in _figure(value, of, quotes)]
        for one, here in told:
            if one[2].keys() - {other[1] for other, _ in told}:
                yield from compared([one], document.place(here))


def _figures(fact: Fact, entry: Any, at: Path) -> Iterator[tuple[Any, Path, Fact | None]]:
    """The numbers that a computation writes itself: each with where it stands and the fact it is typed by."""
    assert fact.derivation is not None  # noqa: S101  # only derived facts are asked
    match fact.derivation.function:
        case "band":
            of = fact.derivation.arguments["of"]
            for index, band in enumerate(entry["bands"]):
                for key, typed in (("from", of), ("gives", fact)):
                    if key in band and isinstance(typed, Fact) and typed.type is FactType.NUMBER:
                        yield band[key], (*at, "bands", index, key), typed
        case "amount_by":
            for name, value in entry["amounts"].items():
                yield value, (*at, "amounts", name), fact
            if "otherwise" in entry:
                yield entry["otherwise"], (*at, "otherwise"), fact
        case "choose":
            for name, case in fact.derivation.arguments["cases"].items():  # type: ignore[attr-defined]  # a mapping
                if isinstance(case, LiteralOperand):
                    yield entry["cases"][name], (*at, "cases", name), fact
        case "portion":
            if not isinstance(fact.derivation.arguments["percent"], Fact):
                yield entry["percent"], (*at, "percent"), None
            yield from _limits(fact, entry, at)
        case "product":
            factors = fact.derivation.arguments["of"]
            assert isinstance(factors, tuple)  # noqa: S101  # as it is read
            for index, factor in enumerate(factors):
                if not isinstance(factor, Fact):
                    yield entry["of"][index], (*at, "of", index), None
            yield from _limits(fact, entry, at)
        case "minus":
            for key, term in fact.derivation.arguments.items():
                if isinstance(term, LiteralOperand):
                    yield entry[key], (*at, key), fact


def _limits(fact: Fact, entry: Any, at: Path) -> Iterator[tuple[Any, Path, Fact | None]]:
    for key in ("at_least", "at_most"):
        if key in entry:
            yield entry[key], (*at, key), fact


def _figure(value: Any, of: Fact | None, quotes: str) -> Iterator[Told]:
    """A part of something, or a number as a fact is written; one that a parameter holds is looked at there."""
    if isinstance(value, dict):
        return
    written = str(value)
    if of is None:
        yield from literal_told(written, quotes)
    elif of.unit and (number := literals.number(written, of.unit, of.precision)) is not None:
        yield from number_told(written, Fraction(number, 10**of.precision), of.unit, quotes)


def _spoken_of(policy: Policy) -> dict[str, dict[str, None]]:
    """The quotes of what uses each fact, directly or through others computed from it; in order, each once."""
    found: dict[str, dict[str, None]] = {}

    def note(fact: Fact, quotes: str) -> None:
        if quotes and quotes not in found.setdefault(fact.path, {}):
            found[fact.path][quotes] = None
            for source in sources_of(fact):
                note(source, quotes)

    def visit(condition: Condition, above: str) -> None:
        quotes = quotes_of(condition.citations) or above
        for fact in read_by(condition):
            note(fact, quotes)
        for inner in conditions_below(condition):
            visit(inner, quotes)

    for root in (*(section.root for section in policy.sections), *(condition for _, condition in policy.trust)):
        visit(root, "")
    for amount in policy.amounts:
        if amount.fact is not None:
            note(amount.fact, quotes_of(amount.citations))
        if amount.when is not None:
            visit(amount.when, quotes_of(amount.citations))
    for limit in policy.limits:
        if limit.where is not None:
            visit(limit.where, quotes_of(limit.citations))
    return found
