"""A policy, table or cases file with its keywords in the other language, everything else byte for byte as it was."""

from __future__ import annotations

import re
from bisect import bisect_right
from pathlib import Path
from typing import NamedTuple

from service.authoring.case_schema import CaseFileSchema
from service.policy.bilingual import Bilingual, Keyword, in_english
from service.policy.characters import line_starts
from service.policy.fields import StrictSchema
from service.policy.keywords import Language, Role
from service.policy.library import CASES, TABLES, read_alone
from service.policy.policy_schema import PolicySchema
from service.policy.source import read_bytes, read_file
from service.policy.source_text import SourceDocument
from service.policy.structure import structure_problems
from service.policy.table_schema import TableSchema
from service.problems import Problem, problem, sort

_MARK = "\ufeff"
_BRACE = re.compile(r"\{([^{}]*)\}")


class Translated(NamedTuple):
    """The bytes of a file in another language, the languages from and to, and the words and lines changed."""

    raw: bytes
    begun: Language
    language: Language
    words: int
    lines: int


def schema_of(path: Path) -> type[StrictSchema]:
    """The schema of the kind of file that lies at a path."""
    if path.name.endswith(CASES):
        return CaseFileSchema
    return TableSchema if path.parent.name == TABLES else PolicySchema


def faults(path: Path) -> tuple[SourceDocument | None, tuple[Problem, ...]]:
    """The document of a file and its own problems; of cases those of structure, whatever the policy beside them."""
    if not path.name.endswith(CASES):
        return read_alone(path)
    document, problems = read_file(path)
    if document is None:
        return None, problems
    read = in_english(document, CaseFileSchema)
    found, _ = structure_problems(read.document, CaseFileSchema())
    return read.document, sort((*read.problems, *found))


def translate(
    file: str, raw: bytes, schema: type[StrictSchema], to: Language | None = None
) -> tuple[Translated | None, tuple[Problem, ...]]:
    """A file in the language `to`, or in the other one than its own; None with what stands against it.

    Refused are a file that cannot be read, keywords of both languages, and a name that would become a keyword.
    What else is wrong with the file is left to the check.
    """
    document, problems = read_bytes(file, raw)
    if document is None:
        return None, problems
    read = in_english(document, schema)
    if read.problems:
        return None, read.problems
    begun = read.document.language
    language = begun.other if to is None else to
    if language is begun:
        return Translated(raw, begun, language, 0, 0), ()
    edits = _edits(document, read.keywords, begun, language)
    text = _edited(document.source.text, edits)
    made = (_MARK + text if raw.startswith(_MARK.encode()) else text).encode()
    if not _same(read, file, made, schema):
        return None, (problem("translate-clash", document.place(()), language=language.label),)
    starts = line_starts(document.source.text)
    lines = {bisect_right(starts, start) for start, _, _ in edits}
    return Translated(made, begun, language, len(edits), len(lines)), ()


_Edit = tuple[int, int, str]  # from and to which offset, what stands there instead


def _edits(document: SourceDocument, keywords: tuple[Keyword, ...], begun: Language, language: Language) -> list[_Edit]:
    text, starts = document.source.text, line_starts(document.source.text)
    edits = set()
    for node, role, english in keywords:
        word = begun.word(english, role)
        start = starts[node.line - 1] + node.column - 1
        if role is Role.BRACE:
            found = [match.span(1) for match in _BRACE.finditer(text, start, node.end) if match[1] == word]
        else:
            at = text.find(word, start, node.end)
            found = [(at, at + len(word))] if at >= 0 else []
        edits |= {(first, last, language.word(english, role)) for first, last in found}
    return sorted(edits)


def _edited(text: str, edits: list[_Edit]) -> str:
    parts, behind = [], 0
    for start, end, word in edits:
        parts += [text[behind:start], word]
        behind = end
    return "".join((*parts, text[behind:]))


def _same(read: Bilingual, file: str, made: bytes, schema: type[StrictSchema]) -> bool:
    """Whether a translated file says in English what its original says."""
    document, _ = read_bytes(file, made)
    if document is None:
        return False
    again = in_english(document, schema)
    return not again.problems and _in_order(again.document.data) == _in_order(read.document.data)


def _in_order(data: object) -> object:
    """Data that differs where the order of its keys does."""
    if isinstance(data, dict):
        return [(key, _in_order(item)) for key, item in data.items()]
    return [_in_order(item) for item in data] if isinstance(data, list) else (type(data), data)
