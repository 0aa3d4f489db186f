"""Which decision stands for each application of an edition: the newest on what was submitted last."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from service.decisions.faults import DecisionErased
from service.decisions.reading import LogReader, Stored, Summary
from service.decisions.subjects import text_given
from service.policy.facts import Fact
from service.policy.model import Policy

_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The decision that stands for one application; `stored` is None where its private part was erased.

    `unit` and `person` are the names on the form, None where it has none. `earlier` are the ids of decisions on
    what the same applicant submitted before, newest first; decisions with other findings are not among them.
    """

    summary: Summary
    stored: Stored | None
    unit: str | None = None
    person: str | None = None
    earlier: tuple[str, ...] = ()


def standings(log: LogReader, policy: Policy) -> tuple[Standing, ...]:
    """The standing decision of every application of an edition, in the order of their submission.

    Applications of the same unit for the same person, by the fields the policy names in `applicant`, are one:
    what was submitted last stands. Where these are blank, or the private part was erased, each submission stands
    for itself. Raises LogUnavailable, or LogDamaged where a decision is not as it was written.
    """
    found: dict[tuple[str, ...], Standing] = {}
    for summary in _newest(log, policy):
        stored = _stored(log, summary)
        application = {} if stored is None else stored.application
        key = _applicant(policy, application) or (summary.decision_id,)
        later = found.get(key)
        if later is not None:
            found[key] = replace(later, earlier=(*later.earlier, summary.decision_id))
            continue
        found[key] = Standing(
            summary=summary,
            stored=stored,
            unit=_named(policy.applicant.unit_name, application),
            person=_named(policy.applicant.person_name, application),
        )
    return tuple(reversed(found.values()))


def _newest(log: LogReader, policy: Policy) -> Iterator[Summary]:
    """The decisions of the edition that none supersedes, those on the latest submissions first."""
    known = {item.decision_id: item for item in _every(log, policy)}
    superseded = {item.supersedes for item in known.values()}
    last = [item for name, item in known.items() if name not in superseded]
    return iter(sorted(last, key=lambda item: (_submitted(item, known), item.sequence), reverse=True))


def _every(log: LogReader, policy: Policy) -> Iterator[Summary]:
    before: int | None = None
    while found := log.list(limit=_AT_ONCE, before=before, policy=policy.id, edition=policy.edition):
        yield from found
        before = found[-1].sequence


def _submitted(item: Summary, known: Mapping[str, Summary]) -> int:
    """The sequence of the decision first made on what was submitted."""
    first = item
    # What supersedes is newer: in a log that was not tampered with the walk goes back only.
    while (before := known.get(first.supersedes or "")) is not None and before.sequence < first.sequence:
        first = before
    return first.sequence


def _stored(log: LogReader, summary: Summary) -> Stored | None:
    try:
        return log.get(summary.decision_id)
    except DecisionErased:
        return None


def _applicant(policy: Policy, application: Mapping[str, Any]) -> tuple[str, ...] | None:
    """The unit and the person who apply, by number where there is one, else by name; None where nobody is named."""
    by = policy.applicant
    unit = _named(by.unit_code, application) or _named(by.unit_name, application)
    person = _named(by.person_number, application) or _named(by.person_name, application)
    return None if unit is None and person is None else ("", _normal(unit), _normal(person))


def _named(fact: Fact | None, application: Mapping[str, Any]) -> str | None:
    return (text_given(application, fact) or "").strip() or None


def _normal(text: str | None) -> str:
    return "".join(unicodedata.normalize("NFKC", text or "").split()).upper()
