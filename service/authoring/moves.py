"""Single changes to an application that may change what a condition comes to."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Iterator
from typing import Any

from service.authoring.candidates import Candidates, day_text, identity_number
from service.authoring.case_paths import Steps
from service.authoring.drafts import Draft, facts_in, places, plain_groups, value_at
from service.authoring.sources import Sources
from service.authoring.subjects import Key, key_of
from service.engine import identity
from service.engine.assess import Assessment
from service.engine.verdict import REVIEW, Result
from service.policy.facts import Fact, FactGroup, FactType
from service.policy.model import Policy

_MOST_ROWS = 40
_SEVERAL = 5
_UNSAID = (FactType.BOOLEAN, FactType.EVIDENCE)


def moves(draft: Draft, sources: Sources, candidates: Candidates) -> Iterator[Draft]:
    """A draft for each candidate value of each fact, and for rows taken away, added, emptied, left blank."""
    for fact in sources.facts:
        for steps in places(draft.data, fact.path):
            yield from values(draft, fact, steps, sources, candidates)
    for group in sources.lists:
        for steps in places(draft.data, group.path):
            yield from rows(draft, group, steps)


def values(
    draft: Draft, fact: Fact, steps: Steps, sources: Sources, candidates: Candidates
) -> Iterator[Draft]:  # fmt: skip
    """A draft for each candidate value of one fact in one place."""
    own = value_at(draft.data, steps)
    serial = sum(step for step in steps if isinstance(step, int)) + 1

    def beside(other: Fact) -> Any:
        return value_at(draft.data, alongside(steps, other.path))

    for value in candidates.of(fact, sources, beside, serial):
        if type(value) is not type(own) or value != own:
            changed = draft.changed((steps, value))
            if changed is not None:
                yield changed
    if fact.type is FactType.DATE:
        for day in candidates.days(fact, sources, beside):
            edits = born(draft, fact, steps, day, sources)
            if len(edits) > 1:
                yield from _one(draft.changed(*edits))


def born(draft: Draft, fact: Fact, steps: Steps, day: int, sources: Sources) -> list[tuple[Steps, Any]]:
    """What puts a date in a place, and where that is a birth date beside an identity number, the number too."""
    edits: list[tuple[Steps, Any]] = [(steps, day_text(day))]
    for derived in sources.derived:
        arguments = {} if derived.derivation is None else dict(derived.derivation.arguments)
        number = arguments.get("number")
        if arguments.get("birth_date") == fact and isinstance(number, Fact):
            place = alongside(steps, number.path)
            held = value_at(draft.data, place)
            fault = identity.parse(identity.compact(held))[0] if isinstance(held, str) else ""
            if fault is None:
                serial = int(identity.compact(held)[14:17])
                edits.append((place, identity_number(dt.date.fromordinal(day), serial)))
    return edits


def rows(draft: Draft, group: FactGroup, steps: Steps) -> Iterator[Draft]:
    """A list blank, empty, one row shorter or longer."""
    held = value_at(draft.data, steps)
    empty: tuple[Any, ...] = (None, [])
    for value in empty:
        if value != held or type(value) is not type(held):
            yield from _one(draft.changed((steps, value)))
    if isinstance(held, list) and held:
        yield from _one(draft.changed((steps, held[:-1])))
    grown = longer(held, group)
    if len(grown) <= _MOST_ROWS:
        yield from _one(draft.changed((steps, grown)))
        yield from _one(draft.changed((steps, [*grown[:-1], {}])))
    # One row more may be none the better where several are asked for.
    while len(grown) < _SEVERAL:
        grown = longer(grown, group)
    yield from _one(draft.changed((steps, grown)))


def longer(held: Any, group: FactGroup) -> list[Any]:
    """The rows with one more: like the first, with keys of its own; blank where there is none."""
    old = held if isinstance(held, list) else []
    row: Any = copy.deepcopy(old[0]) if old else {}
    if isinstance(row, dict):
        for child in group.children:
            name = child.path.rpartition(".")[2]
            if isinstance(child, Fact) and isinstance(row.get(name), str):
                row[name] = _another(row[name], child, len(old), group)
    return [*old, row]


def _another(text: str, fact: Fact, count: int, group: FactGroup) -> str:
    """A text that tells a row from the others: another identity number, another name."""
    if fact.type is FactType.IDENTITY_NUMBER:
        number = identity.compact(text)
        if identity.parse(number)[0] is None:
            date = identity.birth_date(number)
            assert date is not None  # noqa: S101  # a number without fault has one
            return identity_number(date, int(number[14:17]) + 2 * count)
    return f"{text}{count + 1}" if fact.path.endswith(f".{group.who or group.item}") else text


def sweeping(draft: Draft, policy: Policy) -> Iterator[Draft]:
    """Whole groups blank or with everything in them stated as none: much at once, in few words."""
    for group in plain_groups(policy.facts):
        steps: Steps = tuple(group.path.split("."))
        said = [fact for fact in facts_in(group) if fact.type in _UNSAID]
        if value_at(draft.data, steps) is not None:
            yield from _one(draft.changed((steps, None)))
        if said:
            yield from _one(draft.changed(*((tuple(fact.path.split(".")), False) for fact in said)))
            yield from _one(draft.changed(*((tuple(fact.path.split(".")), True) for fact in said)))


def findings(draft: Draft, assessment: Assessment, key: Key | None = None) -> Iterator[Draft]:
    """What people may decide of what is open to them, and of whole sections at once; with a key only of what
    lies in that condition."""
    given = {finding["about"] for finding in draft.findings}
    for section, root in assessment.sections:
        asked: dict[tuple[str, str], None] = {}
        waiting: list[tuple[Result, bool]] = [(root, key is None)]
        while waiting:
            result, inside = waiting.pop()
            inside = inside or key_of(result.node.condition) == key
            waiting.extend((child, inside) for child in result.children)
            kind = result.origin or result.node.miss
            if inside and result.machine == REVIEW and kind is not None:
                asked[(result.node.about[0].name, kind)] = None
                asked[(section.id, kind)] = None
        for about, kind in sorted(asked):
            if about not in given:
                yield draft.found(about, kind, upheld=True)
                yield draft.found(about, kind, upheld=False)


def alongside(steps: Steps, path: str) -> Steps:
    """The place of another fact seen from a place: in the same row where it lies in the same list."""
    numbers = [step for step in steps if not isinstance(step, str)]
    found: list[Any] = []
    parts = path.split("[]")
    for index, part in enumerate(parts):
        found += [key for key in part.split(".") if key]
        if index + 1 < len(parts):
            shared = tuple(found) == steps[: len(found)] and index < len(numbers)
            found.append(numbers[index] if shared else 0)
    return tuple(found)


def _one(draft: Draft | None) -> Iterator[Draft]:
    if draft is not None:
        yield draft
