"""The amounts of one application under two editions: which of them another edition would change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from service import messages
from service.engine.assess import Assessment
from service.engine.award import award_of
from service.engine.compiler import CompiledPolicy
from service.engine.personal import PersonalFacts, Secrecy
from service.engine.verdict import NAMES, NOT, SATISFIED

_say = messages.text
_secrecy: WeakKeyDictionary[CompiledPolicy, Mapping[str, Secrecy]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class AmountTurn:
    """An amount that differs, in words; None where an edition has no such amount."""

    label: str
    before: str | None
    after: str | None


def amount_turns(first: Assessment, second: Assessment) -> Iterator[AmountTurn]:
    """The amounts that came to something else, by label, in the order of the newer edition."""
    before, after = _amounts(first), _amounts(second)
    for label in dict.fromkeys((*after, *before)):
        then, now = before.get(label), after.get(label)
        if then != now:
            yield AmountTurn(label, *(_shown(label, side, one) for side, one in ((first, then), (second, now))))


def _amounts(assessment: Assessment) -> dict[str, tuple[str | None, str | None]]:
    """The value and the status of each amount; the second of two with one label stands under a number."""
    found: dict[str, tuple[str | None, str | None]] = {}
    for one in award_of(assessment):
        label, number = str(one["label"]), 1
        while label in found:
            number += 1
            label = _say("generate.again", name=one["label"], number=number)
        found[label] = one["value"], one["status"]
    return found


def _shown(label: str, assessment: Assessment, one: tuple[str | None, str | None] | None) -> str | None:
    if one is None:
        return None
    value, status = one
    compiled = assessment.compiled
    if compiled not in _secrecy:
        _secrecy[compiled] = PersonalFacts(compiled.policy).amounts
    if status == NAMES[NOT] or value is None:
        return _say("impact.amount-none")
    if _secrecy[compiled].get(label, Secrecy.HIDDEN) is not Secrecy.OPEN:
        return _say("impact.amount-hidden")
    return value if status in (None, NAMES[SATISFIED]) else _say("impact.amount-open", value=value)
