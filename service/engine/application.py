"""Submitted JSON -> typed values, by a marshmallow schema generated from a policy's declared facts.

A blank is no fault and neither is a malformed number or phone; a wrong JSON type, an impossible date, an
unknown key and a code outside a closed vocabulary are.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields

from service.engine import application_fields
from service.engine.ranges import told
from service.policy import moments
from service.policy.facts import Fact, FactGroup, FactType
from service.policy.model import Policy
from service.problems import PointerPlace, Problem, nearest, problem, sort


@dataclass(frozen=True, slots=True)
class Application:
    """What was submitted, as it came (`data`) and typed (`values`, nested like the declared facts)."""

    data: Mapping[str, Any]
    values: Mapping[str, Any]


def read_application(policy: Policy, data: object) -> tuple[Application | None, tuple[Problem, ...]]:
    """The application in `data`, or every fault of it, each with a JSON pointer."""
    if not isinstance(data, dict):
        return None, (problem("application-not-object", PointerPlace("")),)
    schema, complete = _schema(policy)
    try:
        values = schema.load(data)
    except ValidationError as error:
        return None, sort(_problems(error.messages, "", policy.facts))
    return Application(data, complete(values)), ()


def application_date(policy: Policy, data: object) -> dt.date | None:
    """The day by which an edition is chosen: that of the policy's date fact, the first of a month without a day."""
    value: Any = data
    for key in policy.date_fact.path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    days = moments.days(value, policy.zone) if isinstance(value, str) else None
    return None if days is None else dt.date.fromordinal(days[0])


# --- the schema of a policy ---------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _schema_of(_digest: str, group: _ByIdentity, zone: dt.tzinfo) -> tuple[Schema, _Completer]:
    return _group_schema(group.group, zone), _completer(group.group)


class _ByIdentity:
    """A fact group as a cache key: two policies with one digest have one dictionary of facts."""

    def __init__(self, group: FactGroup) -> None:
        self.group = group

    def __hash__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByIdentity)


def _schema(policy: Policy) -> tuple[Schema, _Completer]:
    # The digest of the tables matters too: vocabularies come from them.
    key = "|".join((policy.digest, *(table.digest for table in policy.tables)))
    return _schema_of(key, _ByIdentity(policy.facts), policy.zone)


def _group_schema(group: FactGroup, zone: dt.tzinfo) -> Schema:
    members = {child.name: _field(child, zone) for child in group.children}
    made = Schema.from_dict(members, name="Application")
    made.error_messages = {"unknown": "fault-unknown-key", "type": "fault-object"}
    return made(unknown=RAISE)


def _field(child: Fact | FactGroup, zone: dt.tzinfo) -> fields.Field[Any]:
    if isinstance(child, FactGroup):
        inner = fields.Nested(_group_schema(child, zone), allow_none=True, unknown=RAISE)
        return application_fields.Many(inner) if child.is_list else inner
    match child.type:
        case FactType.NUMBER:
            return application_fields.Number(child)
        case FactType.MOMENT:
            return application_fields.Moment(zone)
        case FactType.CODE:
            return application_fields.Code(child)
        case FactType.CODES:
            return application_fields.Many(application_fields.Code(child))
        case FactType.TEXTS:
            return application_fields.Many(application_fields.Text())
        case other:
            return _PLAIN[other]()


_PLAIN: dict[FactType, type[fields.Field[Any]]] = {
    FactType.TEXT: application_fields.Text,
    FactType.IDENTITY_NUMBER: application_fields.IdentityNumber,
    FactType.BOOLEAN: application_fields.Boolean,
    FactType.EVIDENCE: application_fields.Evidence,
    FactType.DATE: application_fields.Date,
}


_Completer = Callable[[Mapping[str, Any] | None], dict[str, Any]]


def _completer(group: FactGroup) -> _Completer:
    """The function that gives values every declared field, so that a reader need not ask; absent is None."""
    blank: dict[str, Any] = {child.name: None for child in group.children}
    lists = []
    groups = []
    for child in group.children:
        if isinstance(child, FactGroup):
            if child.is_list:
                lists.append((child.name, _completer(child), child.absent_is_none))
            else:
                groups.append((child.name, _completer(child)))

    def complete(given: Mapping[str, Any] | None) -> dict[str, Any]:
        values = {**blank, **given} if given else blank.copy()
        for name, inner in groups:
            values[name] = inner(values[name])
        for name, inner, absent_is_none in lists:
            rows = values[name]
            if rows is not None:
                values[name] = tuple(map(inner, rows))
            elif absent_is_none and (not given or name not in given):
                values[name] = ()
        return values

    return complete


# --- faults -------------------------------------------------------------------------------------------------


def _problems(errors: Any, pointer: str, within: Fact | FactGroup | None) -> Iterator[Problem]:
    if isinstance(errors, dict):
        for key, inner in errors.items():
            if key == "_schema" and inner == ["fault-object"]:
                yield from _problems(inner, pointer, within)
                continue
            step = str(key).replace("~", "~0").replace("/", "~1")
            child = within if isinstance(key, int) else _child(within, str(key))
            if inner == ["fault-unknown-key"]:
                known = [c.name for c in _children(within)]
                yield problem(
                    "fault-unknown-key",
                    PointerPlace(f"{pointer}/{step}"),
                    suggestion=nearest(str(key), known),
                )
            else:
                yield from _problems(inner, f"{pointer}/{step}", child)
        return
    for code in errors:
        params: dict[str, Any] = {"label": within.label if within else ""}
        if code == "fault-code" and isinstance(within, Fact) and within.vocabulary is not None:
            params["allowed"] = "、".join(_shown(entry.code, entry.label) for entry in within.vocabulary.entries)
        if code == "fault-decimals" and isinstance(within, Fact):
            params["precision"] = within.precision
        if code == "fault-range" and isinstance(within, Fact):
            params["allowed"] = told(within)
        yield problem(str(code), PointerPlace(pointer), **params)


def _shown(code: str, label: str) -> str:
    return label if code == label else f"{code}（{label}）"


def _child(within: Fact | FactGroup | None, name: str) -> Fact | FactGroup | None:
    return next((child for child in _children(within) if child.name == name), None)


def _children(within: Fact | FactGroup | None) -> tuple[Fact | FactGroup, ...]:
    return within.children if isinstance(within, FactGroup) else ()
