"""Proposals as the text of a file of cases, short lines with the changes below one another."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from service import messages
from service.authoring.case_schema import LANGUAGE
from service.authoring.drafts import Difference, difference
from service.authoring.proposals import Proposal, Proposals, title
from service.policy.model import Policy
from service.policy.scalars import literal_text, plain_value

_say = messages.text
# Words that need no quotes anywhere, not even in brackets.
_PLAIN = re.compile(r"\w[\w./-]*")


def case_text(
    proposals: Proposals, policy: Policy, bases: Mapping[str, Mapping[str, Any]], written: Mapping[str, str], *,
    head: bool,
) -> str:  # fmt: skip
    """The cases as YAML: a whole file, or without `head` only what is added under `cases`.

    `bases` are applications by name, `written` what the file says of each, in brackets.
    """
    lines: list[str] = []
    if head:
        lines += [
            f"# {_say('generate.head')}",
            f"language: {LANGUAGE}",
            f"policy: {scalar(policy.id)}",
            f"edition: {scalar(policy.edition)}",
        ]
        used = [name for name in written if any(case.draft.base == name for case in proposals.cases)]
        if used or proposals.base is not None:
            lines.append("bases:")
            lines += [f"  {scalar(name)}: {written[name]}" for name in used]
        if proposals.base is not None:
            lines += [f"  {scalar(str(proposals.base.base))}:", "    change:"]
            lines += _pairs(difference({}, proposals.base.data).change, 6)
        lines.append("cases:" if proposals.cases else "")
    known = {**bases, **({str(proposals.base.base): proposals.base.data} if proposals.base else {})}
    for case in proposals.cases:
        lines += _case(case, known)
    if proposals.unreached:
        lines += ["", f"# {_say('generate.unreached')}"]
        lines += [f"# {unreached_text(*one)}" for one in proposals.unreached]
    return "\n".join(line for line in lines).rstrip("\n") + "\n"


def unreached_text(subject: Any, outcome: Any) -> str:
    """An outcome that was not reached, in words."""
    said = _say(f"test.outcome.{outcome.value}")
    return _say("generate.not-reached", title=title(subject), name=subject.name, outcome=said)


def _case(case: Proposal, bases: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    base = case.draft.base
    yield f"  - name: {scalar(case.name)}"
    yield "    proposed: true"
    if base is not None:
        yield f"    base: {scalar(base)}"
    found: Difference = difference({} if base is None else bases[base], case.draft.data)
    if found.change:
        yield "    change:"
        yield from _pairs(found.change, 6)
    if found.remove:
        yield f"    remove: {flow(found.remove)}"
    if found.add:
        yield "    add:"
        yield from _pairs(found.add, 6)
    if case.draft.findings:
        yield "    findings:"
        yield from (f"      - {flow(dict(finding))}" for finding in case.draft.findings)
    yield f"    expect: {flow(dict(case.expected))}"


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
