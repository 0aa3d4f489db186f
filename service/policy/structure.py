"""A file held against its schema: every structural fault as a Problem, each fault told once.

A mistyped key makes the key it was meant for missing as well; only the mistyped one is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from marshmallow import Schema, fields

from service.policy.condition_schema import COMMON_KEYS, ITEMS, KINDS, ConditionSchema
from service.policy.fields import ListOf, MapOf, Said, StrictSchema
from service.policy.functions import FUNCTIONS
from service.policy.keywords import Language, Role
from service.policy.operand_schema import Needed, Operand, OperandSchema, ParameterReferenceSchema, Shift
from service.policy.policy_schema import EachCount, EachSchema
from service.policy.source_text import SourceDocument
from service.problems import Problem, problem

Path = tuple[str | int, ...]
_Fault = tuple[Path, Said]

# Keys that hold one value or name what holds it.
_BOUNDS = ("is", "is_not", "at_least", "at_most", "more_than", "less_than", "on_or_after", "on_or_before")
_HOLDERS = ("parameter", "fact")
_MISSING = ("required-key", "key-needed")
# Faults of a mapping as a whole, and the keys that were missed in it.
_OF_THE_WHOLE: dict[str, tuple[str, ...]] = {
    "condition-without-kind": tuple(KINDS),
    "item-without-kind": tuple(ITEMS),
    "field-or-group": ("type", "fields"),
    "derived-without-function": tuple(FUNCTIONS),
    "operand-unclear": ("parameter", "fact"),
    "format-unclear": ("pattern", "check"),
    "amount-unclear": ("fact", "amount"),
    "each-unclear": ("parameter", "at_least", "at_most"),
}


def structure_problems(document: SourceDocument, schema: StrictSchema) -> tuple[tuple[Problem, ...], frozenset[Path]]:
    """Every structural fault of a document, and the paths of the values at fault or missing.

    What a checker would say at or below such a path follows from the fault and need not be said.
    """
    if not isinstance(document.data, dict):
        return (problem("wrong-type.file", document.place(())),), frozenset({()})
    language = document.language
    faults = list(_one_value(document.data, _flatten(schema.validate(document.data), ()), language))
    missing = {path for path, said in faults if said.code in _MISSING}
    meant: dict[Path, set[str | None]] = {}
    problems = []
    for path, said in faults:
        if said.code == "unknown-key":
            owner, key = path[:-1], str(path[-1])
            known = said.allowed or _known_keys(schema, owner, document.data)
            # A key that is needed and missing is the likelier one.
            needed = [k for k in known if (*owner, k) in missing]
            near = language.synonym(key, known) or language.nearest(key, needed) or language.nearest(key, known)
            meant.setdefault(owner, set()).add(near)
            problems.append(
                problem(
                    said.code,
                    document.place(path, key=True),
                    suggestion=None if near is None else language.word(near),
                    key=key,
                    allowed=language.listed(known),
                )
            )
    problems += [
        _as_problem(document, path, said)
        for path, said in faults
        if said.code != "unknown-key" and not _explained(path, said, meant)
    ]
    broken = {path for path, _ in faults}
    broken |= {(*owner, key) for owner, keys in meant.items() for key in keys if key is not None}
    return tuple(problems), frozenset(broken)


def _flatten(messages: Any, path: Path) -> Iterator[_Fault]:
    """marshmallow's messages by path; those of a mapping as a whole stand under `_schema`."""
    if isinstance(messages, dict):
        for key, inner in messages.items():
            # A file may hold the key `_schema` itself, which is unknown everywhere.
            whole = key == "_schema" and isinstance(inner, list) and "unknown-key" not in inner
            yield from _flatten(inner, path if whole else (*path, key))
    else:
        for message in messages:
            yield path, message if isinstance(message, Said) else Said(str(message))


def _one_value(data: Any, faults: Iterable[_Fault], language: Language) -> Iterator[_Fault]:
    """The faults; those of a mapping that stands for one value, and names nothing that holds it, as one of the whole.

    A condition of several may name readings of how many, and only there such a mapping is no mistake.
    """
    told = set()
    for path, said in faults:
        owner = next((path[:end] for end in (len(path), len(path) - 1) if path[:end] and path[end - 1] in _BOUNDS), ())
        value = _at(data, owner)
        named = isinstance(value, dict) and any(language.nearest(key, _HOLDERS) for key in value)
        if not owner or not isinstance(value, dict) or named or "n_of" in _at(data, owner[:-1]):
            yield path, said
        elif owner not in told:
            told.add(owner)
            yield owner, Said("wrong-type")


def _at(data: Any, path: Path) -> Any:
    for step in path:
        data = (dict(enumerate(data)) if isinstance(data, list) else data).get(step)
    return data


def _explained(path: Path, said: Said, meant: dict[Path, set[str | None]]) -> bool:
    """Whether an unknown key of the same mapping is the key that is missed here, or may be it."""
    if said.code in _MISSING:
        return path[-1] in meant.get(path[:-1], ())
    if said.code == "no-comparison":
        return any(key is None or key in said.allowed for key in meant.get(path[:-1], ()))
    missed = _OF_THE_WHOLE.get(said.code, ())
    return bool(missed) and any(key is None or key in missed for key in meant.get(path, ()))


def _as_problem(document: SourceDocument, path: Path, said: Said) -> Problem:
    language, role = document.language, Role.VALUE if said.fixed else Role.KEY
    key = document.written(path) if path else ""
    named: dict[str, Any] = {"kind": language.word(said.value, role), **language.named_in(said.code)}
    if said.code == "not-allowed":
        near = language.nearest(said.value, said.allowed, said.role)
        return problem(
            said.code,
            document.place(path),
            suggestion=None if near is None else language.word(near, said.role),
            value=said.value,
            allowed=language.listed(said.allowed, said.role),
        )
    if said.code in _MISSING:
        return problem(said.code, document.place(path[:-1], key=True), key=key, **named)
    if said.code in ("two-kinds", "key-not-with"):
        return problem(said.code, document.place(path, key=True), key=key, **named)
    if said.code == "no-comparison":
        return problem(said.code, document.place(path, key=True), allowed=language.listed(said.allowed), **named)
    if said.code in _OF_THE_WHOLE:
        allowed = language.listed(_OF_THE_WHOLE[said.code])
        return problem(said.code, document.place(path, key=True), allowed=allowed, **named)
    told: dict[str, Any] = {**language.named_in(said.code)}
    return problem(said.code, document.place(path), key=key, **told)


def _known_keys(schema: StrictSchema, path: Path, data: Any) -> tuple[str, ...]:
    """The keys allowed in the mapping at `path`: those of the schema that reads it."""
    reader: Any = schema
    for step in path:
        reader = _inner(reader, step)
        data = data[step]
    found = _schema_of(reader)
    if isinstance(found, ConditionSchema):
        return _condition_keys(data)
    return tuple(field.data_key or name for name, field in found.fields.items())


def _inner(reader: Any, step: str | int) -> Any:
    """What reads the value a step below what `reader` reads."""
    if isinstance(reader, MapOf) or (isinstance(reader, ListOf) and isinstance(step, int)):
        return reader.inner
    by_key = {field.data_key or name: field for name, field in _schema_of(reader).fields.items()}
    return by_key[str(step)]


def _schema_of(reader: Any) -> Schema:
    """The schema of a mapping; one thing may stand for a list of it."""
    if isinstance(reader, ListOf):
        return _schema_of(reader.inner)
    if isinstance(reader, Operand | Needed):
        return OperandSchema()
    if isinstance(reader, Shift):
        return ParameterReferenceSchema()
    if isinstance(reader, EachCount):
        return EachSchema()
    found = reader.schema if isinstance(reader, fields.Nested) else reader
    assert isinstance(found, Schema)  # noqa: S101  # nothing else has unknown keys
    return found


def _condition_keys(data: dict[str, Any]) -> tuple[str, ...]:
    """The keys of a condition of this kind; of a condition without one, the kinds."""
    kind = next((kind for kind in KINDS if kind in data), None)
    if kind is None:
        return (*KINDS, *COMMON_KEYS)
    return (kind, *(key for keys in KINDS[kind] for key in keys), *COMMON_KEYS)
