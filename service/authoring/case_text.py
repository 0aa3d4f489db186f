"""Proposals as the text of a file of cases, short lines with the changes below one another."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from service import messages
from service.authoring.case_schema import LANGUAGE
from service.authoring.cases import CaseFile, named, status_word
from service.authoring.drafts import Difference, difference
from service.authoring.editor_line import line_of_cases
from service.authoring.outcomes import Outcome
from service.authoring.proposals import Proposal, Proposals, title
from service.authoring.subjects import Subject
from service.policy.keywords import Language, Role
from service.policy.scalars import literal_text, plain_value

_say = messages.text
# Words that need no quotes anywhere, not even in brackets.
_PLAIN = re.compile(r"\w[\w./-]*")


def case_text(
    proposals: Proposals, file: CaseFile, written: Mapping[str, str], *, head: bool,
) -> str:  # fmt: skip
    """The cases as YAML in the language of the file they are for: a whole file, or without `head` only what is
    added under `cases`.

    `written` is what the file says of each base, in brackets.
    """
    policy, language = file.policy, file.language
    word = language.word
    lines: list[str] = []
    if head:
        for_editors = line_of_cases(policy.raw.decode("utf-8-sig"))
        lines += [] if for_editors is None else [for_editors]
        lines += [
            f"# {_say('generate.head', **language.named_in('generate.head'))}",
            f"{word('language')}: {LANGUAGE}",
            f"{word('policy')}: {scalar(policy.id)}",
            f"{word('edition')}: {scalar(policy.edition)}",
        ]
        used = [name for name in written if any(case.draft.base == name for case in proposals.cases)]
        if used or proposals.base is not None:
            lines.append(f"{word('bases')}:")
            lines += [f"  {scalar(name)}: {written[name]}" for name in used]
        if proposals.base is not None:
            lines += [f"  {scalar(str(proposals.base.base))}:", f"    {word('change')}:"]
            lines += _pairs(difference({}, proposals.base.data).change, 6)
        lines.append(f"{word('cases')}:" if proposals.cases else "")
    bases = {base.name: base.application for base in file.bases}
    known = {**bases, **({str(proposals.base.base): proposals.base.data} if proposals.base else {})}
    for case in proposals.cases:
        lines += _case(case, known, language)
    if proposals.unreached:
        lines += ["", f"# {_say('generate.unreached', **language.named_in('generate.unreached'))}"]
        lines += [f"# {unreached_text(*one, language)}" for one in proposals.unreached]
    return "\n".join(line for line in lines).rstrip("\n") + "\n"


def unreached_text(subject: Subject, outcome: Outcome, language: Language) -> str:
    """An outcome that was not reached, in words, the condition named as a file in a language does."""
    said = _say(f"test.outcome.{outcome.value}")
    return _say("generate.not-reached", title=title(subject), name=named(subject.name, language), outcome=said)


def _case(case: Proposal, bases: Mapping[str, Mapping[str, Any]], language: Language) -> Iterator[str]:
    word, base = language.word, case.draft.base
    yield f"  - {word('name')}: {scalar(case.name)}"
    yield f"    {word('proposed')}: true"
    if base is not None:
        yield f"    {word('base')}: {scalar(base)}"
    found: Difference = difference({} if base is None else bases[base], case.draft.data)
    if found.change:
        yield f"    {word('change')}:"
        yield from _pairs(found.change, 6)
    if found.remove:
        yield f"    {word('remove')}: {flow(found.remove)}"
    if found.add:
        yield f"    {word('add')}:"
        yield from _pairs(found.add, 6)
    if case.draft.findings:
        yield f"    {word('findings')}:"
        yield from (f"      - {flow(_finding(finding, language))}" for finding in case.draft.findings)
    expected = {named(name, language): status_word(name, status, language) for name, status in case.expected.items()}
    yield f"    {word('expect')}: {flow(expected)}"


def _finding(finding: Mapping[str, str], language: Language) -> dict[str, str]:
    return {
        language.word(key): named(value, language) if key == "about" else language.word(value, Role.VALUE)
        for key, value in finding.items()
    }


def _pairs(values: Mapping[str, Any], indent: int) -> Iterator[str]:
    for key, value in values.items():
        yield f"{' ' * indent}{scalar(key)}: {flow(value)}"


def flow(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(str(key))}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    return scalar(value)


def scalar(value: Any) -> str:
    """A value in one word, quoted where YAML would read something else."""
    if isinstance(value, float):
        value = Decimal(str(value))
    if not isinstance(value, str):
        return literal_text(value)
    return value if _PLAIN.fullmatch(value) and plain_value(value) == value else json.dumps(value, ensure_ascii=False)
