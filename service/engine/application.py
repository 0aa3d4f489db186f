"""Submitted JSON -> typed values, by a marshmallow schema generated from a policy's declared facts.

A blank is no fault and neither is a malformed number or phone; a wrong JSON type, an impossible date, an
unknown key and a code outside a closed vocabulary are.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, missing

from service import messages
from service.engine import identity
from service.engine.values import HIGHEST, Other
from service.policy import literals
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
    """The day by which an edition is chosen: the policy's date fact, the first of a month without a day."""
    value: Any = data
    for key in policy.date_fact.path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    days = literals.date_bounds(value) if isinstance(value, str) else None
    return None if days is None else dt.date.fromordinal(days[0])


# --- fields -------------------------------------------------------------------------------------------------


class _Field(fields.Field[Any]):
    """A field as applications have them: absent or null is no fault, and no validators are declared.

    Knowing that spares the greater part of what a field costs.
    """

    def deserialize(self, value: Any, attr: Any = None, data: Any = None, **kwargs: Any) -> Any:
        """The typed value; absent stays absent, null is None. Raises ValidationError with a fault's code."""
        return value if value is None or value is missing else self._deserialize(value, attr, data, **kwargs)


class _Text(_Field):
    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        if not isinstance(value, str):
            raise ValidationError("fault-text")
        return value.strip() or None


class _IdentityNumber(_Text):
    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, *args, **kwargs)
        return None if text is None else identity.compact(text) or None


class _Boolean(_Field):
    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        if not isinstance(value, bool):
            raise ValidationError("fault-boolean")
        return value


class _Evidence(_Field):
    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        if isinstance(value, bool):
            return value
        if not isinstance(value, str):
            raise ValidationError("fault-evidence")
        text = literals.normalise(value)
        return None if not text else text not in _none_words()


class _Number(_Field):
    def __init__(self, precision: int) -> None:
        super().__init__()
        self.precision = precision

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            raise ValidationError("fault-number")
        exact = Decimal(str(value)) if isinstance(value, float) else Decimal(value)
        if not exact.is_finite() or exact.adjusted() > 15:
            raise ValidationError("fault-number-size")
        scaled = exact.scaleb(self.precision)
        whole = int(scaled)
        if whole != scaled:
            raise ValidationError("fault-decimals" if self.precision else "fault-whole")
        if abs(whole) >= HIGHEST:
            raise ValidationError("fault-number-size")
        return whole, whole


class _Date(_Field):
    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        if not isinstance(value, str):
            raise ValidationError("fault-date")
        if not value.strip():
            return None
        days = literals.date_bounds(value)
        if days is None:
            raise ValidationError("fault-date")
        return days


class _Code(_Field):
    def __init__(self, fact: Fact) -> None:
        super().__init__()
        self.fact = fact

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        if not isinstance(value, str):
            raise ValidationError("fault-text")
        vocabulary = self.fact.vocabulary
        if vocabulary is None or not value.strip():
            return None
        entry = literals.code(value, vocabulary)
        if entry is not None:
            return entry.code
        if not vocabulary.open:
            raise ValidationError("fault-code")
        return Other(value.strip())


class _Many(_Field):
    def __init__(self, inner: fields.Field[Any]) -> None:
        super().__init__()
        self.inner = inner

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        if _stated_none(value):
            return ()
        if not isinstance(value, list):
            raise ValidationError("fault-list")
        errors: dict[Any, Any] = {}
        items = []
        for index, item in enumerate(value):
            try:
                if item is None:
                    raise ValidationError("fault-null-row")
                items.append(self.inner.deserialize(item))
            except ValidationError as error:
                errors[index] = error.messages
        if errors:
            raise ValidationError(errors)
        return tuple(item for item in items if item is not None)


def _stated_none(value: Any) -> bool:
    return value is False or (isinstance(value, str) and literals.normalise(value) in _none_words())


@lru_cache(maxsize=1)
def _none_words() -> frozenset[str]:
    return frozenset(literals.normalise(word) for word in messages.text("words-for-none").split())


# --- the schema of a policy ---------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _schema_of(_digest: str, group: _ByIdentity) -> tuple[Schema, _Completer]:
    return _group_schema(group.group), _completer(group.group)


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
    return _schema_of(key, _ByIdentity(policy.facts))


def _group_schema(group: FactGroup) -> Schema:
    members = {_name(child): _field(child) for child in group.children}
    made = Schema.from_dict(members, name="Application")
    made.error_messages = {"unknown": "fault-unknown-key", "type": "fault-object"}
    return made(unknown=RAISE)


def _field(child: Fact | FactGroup) -> fields.Field[Any]:
    if isinstance(child, FactGroup):
        inner = fields.Nested(_group_schema(child), allow_none=True, unknown=RAISE)
        return _Many(inner) if child.is_list else inner
    match child.type:
        case FactType.NUMBER:
            return _Number(child.precision)
        case FactType.CODE:
            return _Code(child)
        case FactType.CODES:
            return _Many(_Code(child))
        case FactType.TEXTS:
            return _Many(_Text())
        case other:
            return _PLAIN[other]()


_PLAIN: dict[FactType, type[fields.Field[Any]]] = {
    FactType.TEXT: _Text,
    FactType.IDENTITY_NUMBER: _IdentityNumber,
    FactType.BOOLEAN: _Boolean,
    FactType.EVIDENCE: _Evidence,
    FactType.DATE: _Date,
}


def _name(child: Fact | FactGroup) -> str:
    return child.path.rpartition(".")[2]


_Completer = Callable[[Mapping[str, Any] | None], dict[str, Any]]


def _completer(group: FactGroup) -> _Completer:
    """The function that gives values every declared field, so that a reader need not ask; absent is None."""
    blank: dict[str, Any] = {_name(child): None for child in group.children}
    lists = []
    groups = []
    for child in group.children:
        if isinstance(child, FactGroup):
            if child.is_list:
                lists.append((_name(child), _completer(child), child.absent_is_none))
            else:
                groups.append((_name(child), _completer(child)))

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
            if key == "_schema":
                yield from _problems(inner, pointer, within)
                continue
            step = str(key).replace("~", "~0").replace("/", "~1")
            child = within if isinstance(key, int) else _child(within, str(key))
            if inner == ["fault-unknown-key"]:
                known = [_name(c) for c in within.children] if isinstance(within, FactGroup) else []
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
        yield problem(str(code), PointerPlace(pointer), **params)


def _shown(code: str, label: str) -> str:
    return label if code == label else f"{code}（{label}）"


def _child(within: Fact | FactGroup | None, name: str) -> Fact | FactGroup | None:
    children = within.children if isinstance(within, FactGroup) else ()
    return next((child for child in children if _name(child) == name), None)


# --- for readers of the interface ---------------------------------------------------------------------------


def json_schema(policy: Policy) -> dict[str, Any]:
    """The JSON Schema (2020-12) of an application under a policy."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": policy.title,
        **_object(policy.facts),
    }


def _object(group: FactGroup) -> dict[str, Any]:
    return {
        "type": ["object", "null"] if group.path else "object",
        **({"title": group.label} if group.label else {}),
        "properties": {_name(child): _property(child) for child in group.children},
        "additionalProperties": False,
    }


def _property(child: Fact | FactGroup) -> dict[str, Any]:
    if isinstance(child, FactGroup):
        if not child.is_list:
            return _object(child)
        row = {**_object(child), "type": "object"}
        row.pop("title", None)
        return {"type": ["array", "null", "boolean", "string"], "title": child.label, "items": row}
    described: dict[str, Any] = {"title": child.label, **({"description": child.help} if child.help else {})}
    vocabulary = child.vocabulary
    match child.type:
        case FactType.BOOLEAN:
            described["type"] = ["boolean", "null"]
        case FactType.EVIDENCE:
            described["type"] = ["string", "boolean", "null"]
        case FactType.NUMBER:
            described["type"] = ["number", "null"]
            if not child.precision:
                described["type"] = ["integer", "null"]
        case FactType.CODES | FactType.TEXTS:
            described["type"] = ["array", "null", "boolean", "string"]
            described["items"] = {"type": "string"}
        case _:
            described["type"] = ["string", "null"]
    if vocabulary is not None and child.type is FactType.CODE:
        described["examples"] = [entry.label for entry in vocabulary.entries]
    return described
