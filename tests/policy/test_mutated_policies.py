"""Good files broken at random: reading never raises, every problem has a place and a sentence."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.policy.bilingual import in_english
from service.policy.checker import check_policy
from service.policy.library import read_library
from service.policy.model import Policy
from service.policy.policy_schema import PolicySchema
from service.policy.sentences import sentence
from service.policy.source import read_bytes
from service.policy.table_schema import TableSchema
from service.policy.tablereader import read_table
from service.problems import FilePlace, Problem

ROOT = Path(__file__).parents[2]
FOLDERS = {"base": ROOT / "tests" / "data" / "policies" / "base", "2024": ROOT / "policies"}
RUNS = 75  # of each kind for each folder

STRANGE: tuple[Any, ...] = (
    None, True, False, 0, -1, 10**14, "", " ", "no", "010", "12:30:45", "3平方米", "99999年", "9" * 400,
    "1." + "1" * 60, "[]", "{}", "{a}", "x.y", "a[].b", "\x00", [], {}, [[]], [None], {"a": None},
    {"fact": None}, {"fact": "x"}, {"fact": ["x"]}, {"parameter": "x"}, {"_schema": 1}, {"_schema": ["x"]},
)  # fmt: skip
MARKS = ":-[]{}\"'#&*!|>%@`,，：\u3000\t\n ?0a是"

Path_ = tuple[str | int, ...]


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _decimal(dumper: yaml.SafeDumper, value: Decimal) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:float", format(value, "f"))


_Dumper.add_representer(Decimal, _decimal)


@cache
def _originals(name: str) -> tuple[Policy, tuple[tuple[str, Any], ...]]:
    """A policy, and the text and data of its file and then of each of its tables."""
    snapshot, problems, documents = read_library(FOLDERS[name])
    assert snapshot is not None, problems
    policy = snapshot.policies[0]
    files = (policy.file, *(table.file for table in policy.tables))
    return policy, tuple((documents[file].source.text, documents[file].data) for file in files)


def _paths(data: Any, path: Path_ = ()) -> Iterator[Path_]:
    if path:
        yield path
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield from _paths(value, (*path, key))


def _at(data: Any, path: Sequence[str | int]) -> Any:
    for step in path:
        data = data[step]
    return data


def _changed(draw: random.Random, original: Any) -> Any:
    """The data with nodes deleted, repeated, renamed, wrapped or replaced by others or strange ones."""
    data = copy.deepcopy(original)
    for _ in range(draw.choice((1, 1, 1, 2, 4))):
        paths = list(_paths(data))
        if not paths:
            break
        *above, last = draw.choice(paths)
        parent, other = _at(data, above), copy.deepcopy(_at(data, draw.choice(paths)))
        match draw.randrange(6):
            case 0:
                del parent[last]
            case 1:
                parent[last] = copy.deepcopy(draw.choice(STRANGE))
            case 2:
                parent[last] = other
            case 3 if isinstance(parent, list):
                parent.insert(draw.randrange(len(parent) + 1), copy.deepcopy(parent[last]))
            case 4 if isinstance(parent, dict):
                parent[str(draw.choice(paths)[-1])] = parent.pop(last)
            case _:
                value = parent[last]
                parent[last] = draw.choice(([value], {"x": value}, str(value)))
    return data


def _edited(draw: random.Random, text: str) -> str:
    for _ in range(draw.choice((1, 2, 3))):
        start = draw.randrange(len(text))
        end = start + draw.choice((1, 1, 2, 5, 40))
        taken = draw.randrange(len(text))
        middle = draw.choice(
            ("", text[start:end] * 2, draw.choice(MARKS) + text[start:end], text[taken : taken + end - start])
        )
        text = text[:start] + middle + text[end:]
    return text


def _read(name: str, text: str, *, table: bool) -> tuple[Any, tuple[Problem, ...]]:
    raw = text.encode("utf-8", "surrogatepass")
    policy, _ = _originals(name)
    document, problems = read_bytes("file.yaml", raw)
    if document is None:
        return None, problems
    read = in_english(document, TableSchema if table else PolicySchema)
    document = read.document
    if table:
        return read_table(document, raw)
    texts = {doc.file: (doc.text or "", doc.digest or "") for doc in policy.documents if doc.file}
    return check_policy(document, raw, tables={table.id: table for table in policy.tables}, texts=texts)


def _check(name: str, text: str, *, table: bool) -> None:
    read, problems = _read(name, text, table=table)
    assert (read is None) == bool(problems)
    lines = len(text.splitlines()) + 1
    for problem in problems:
        assert isinstance(problem.place, FilePlace)
        assert problem.place.file == "file.yaml"
        assert 1 <= problem.place.line <= lines
        assert problem.message
        assert "None" not in problem.message
        assert problem.hint != ""
    for section in read.sections if isinstance(read, Policy) else ():
        assert sentence(section.root) or section.root.position.line


@pytest.mark.parametrize("name", FOLDERS)
def test_data_changed_at_random_is_read_or_refused(name: str) -> None:
    _, files = _originals(name)
    for run in range(RUNS):
        draw = random.Random(f"data-{name}-{run}")
        index = 0 if draw.random() < 0.7 else draw.randrange(1, len(files))
        data = _changed(draw, files[index][1])
        text = yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=10**6)
        _check(name, text, table=index > 0)


@pytest.mark.parametrize("name", FOLDERS)
def test_text_changed_at_random_is_read_or_refused(name: str) -> None:
    _, files = _originals(name)
    for run in range(RUNS):
        draw = random.Random(f"text-{name}-{run}")
        index = 0 if draw.random() < 0.5 else draw.randrange(1, len(files))
        _check(name, _edited(draw, files[index][0]), table=index > 0)


def test_the_same_files_unchanged_are_read() -> None:
    for name in FOLDERS:
        _, files = _originals(name)
        for index, (_, data) in enumerate(files):
            text = yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=10**6)
            assert _read(name, text, table=index > 0)[1] == ()
