"""Table files -> Table: vocabularies, lists of names, schedules of laws, formats."""

from __future__ import annotations

from typing import Any

import re2

from service.policy import literals
from service.policy.reading import Path, Reading
from service.policy.source_text import SourceDocument
from service.policy.structure import structure_problems
from service.policy.table_entries import read_listing, read_vocabulary
from service.policy.table_schema import TableSchema
from service.policy.tables import Delay, Format, Law, ScheduleRule, Table
from service.problems import Problem

_QUIET = re2.Options()
_QUIET.log_errors = False  # a bad pattern is a problem of the file, not a line on standard error


def read_table(document: SourceDocument, raw: bytes) -> tuple[Table | None, tuple[Problem, ...]]:
    """The table a file holds, or None with every problem of the file."""
    found, broken = structure_problems(document, TableSchema())
    reading = Reading(document, broken)
    data = reading.mapping(document.data)
    documents = reading.documents(data.get("documents"), ("documents",), {})
    reading.citations(data.get("cite"), ("cite",), documents, None)
    kind = data.get("kind")
    table = Table(
        id=str(data.get("table")),
        kind=str(kind),
        title=str(data.get("title")),
        digest=document.source.digest,
        file=document.source.file,
        raw=raw,
        vocabulary=None if kind == "list" else read_vocabulary(reading, data.get("entries"), scale=kind == "scale"),
        listing=read_listing(reading, data.get("entries")) if kind == "list" else None,
        laws=_laws(reading, data, documents),
        categories=tuple((str(k), str(v)) for k, v in reading.mapping(data.get("categories")).items()),
        formats=_formats(reading, data.get("formats")),
        documents=tuple(documents.values()),
    )
    problems = (*found, *reading.problems)
    return (None if problems else table), problems


def _laws(reading: Reading, data: dict[str, Any], documents: Any) -> tuple[Law, ...]:
    laws = []
    categories = reading.mapping(data.get("categories"))
    items = data.get("laws")
    for index, item in enumerate(items if isinstance(items, list) else []):
        path: Path = ("laws", index)
        entry = reading.mapping(item)
        ages, delays = reading.mapping(entry.get("ages")), reading.mapping(entry.get("delays"))
        _known_categories(reading, ages, (*path, "ages"), categories)
        _known_categories(reading, delays, (*path, "delays"), ages)
        rules = {}
        for category, age in ages.items():
            span = literals.duration(str(age))
            if span is None or span.days:
                reading.bad_duration(str(age), (*path, "ages", category))
                continue
            delay = _delay(reading, delays.get(category), (*path, "delays", category))
            rules[category] = ScheduleRule(category=category, age=span.months, delay=delay)
        promulgated = reading.day(entry.get("promulgated"), (*path, "promulgated"))
        in_force = reading.day(entry.get("in_force"), (*path, "in_force"))
        cited = reading.citations(entry.get("cite"), (*path, "cite"), documents, None)
        if promulgated and in_force:
            laws.append(
                Law(
                    id=str(entry.get("id")), title=str(entry.get("title")), promulgated=promulgated,
                    in_force=in_force, rules=rules, citations=cited,
                )
            )  # fmt: skip
    return tuple(sorted(laws, key=lambda law: law.in_force))


def _known_categories(reading: Reading, named: dict[str, Any], path: Path, known: dict[str, Any]) -> None:
    for name in named:
        if name not in known and not reading.is_broken(("categories",)):
            here = (*path, name)
            reading.fault("unknown-category", here, at_key=True, name=name, near=name, known=known)


def _delay(reading: Reading, value: Any, path: Path) -> Delay | None:
    if not isinstance(value, dict):
        return None
    start = reading.day(value.get("from"), (*path, "from"))
    spans = {}
    for key in ("every", "by", "at_most"):
        span = literals.duration(str(value.get(key)))
        if span is None or span.days or not span.months:
            reading.bad_duration(str(value.get(key)), (*path, key))
        else:
            spans[key] = span.months
    if start is None or len(spans) < 3:
        return None
    return Delay(start=start, every=spans["every"], by=spans["by"], at_most=spans["at_most"])


def _formats(reading: Reading, items: Any) -> dict[str, Format]:
    formats = {}
    for name, item in reading.mapping(items).items():
        entry = reading.mapping(item)
        pattern = entry.get("pattern")
        if pattern is not None:
            try:
                re2.compile(str(pattern), _QUIET)
            except re2.error:
                reading.fault("bad-pattern", ("formats", name, "pattern"))
                continue
        formats[name] = Format(
            id=name, label=str(entry.get("label", name)), pattern=None if pattern is None else str(pattern),
            check=entry.get("check"),
        )  # fmt: skip
    return formats
