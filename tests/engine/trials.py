"""Trials: an application of a small policy, and what its reply must say of it, written down as files.

`tests/data/engine/policies/<policy>/2025.yaml` is the policy, `tests/data/engine/cases/<policy>.yaml` its trials,
a list of `{it, given, findings, then}`. Under `then` stand

`<section>` or `<section>.<condition>`   the status, and after a space what was found (`actual`)
`overall`                                the status of the whole
`explanation of <section or overall>`    that sentence
`missing`, `reviews`, `remedies`, `notes`, `preferences`   the whole list, one line an item, as `_line` writes it
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.engine.application import read_application
from service.engine.assess import assess
from service.engine.compiler import CompiledPolicy
from service.engine.explanation import explain
from service.engine.findings import read_findings
from service.policy.library import load_library
from service.policy.source import read_file

DATA = Path(__file__).parents[1] / "data" / "engine"
ON = dt.datetime(2025, 6, 30, 9, 30, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Trial:
    """One application and what must be said of it."""

    policy: str
    it: str
    given: dict[str, Any]
    findings: list[Any] | None
    then: dict[str, Any]


def trials() -> list[Trial]:
    """Every trial of every file."""
    found = []
    for path in sorted((DATA / "cases").glob("*.yaml")):
        document, problems = read_file(path)
        assert document is not None, problems
        found += [Trial(path.stem, each["it"], each["given"], each.get("findings"), each["then"])
                  for each in document.data]  # fmt: skip
    return found


def compiled_policies() -> Iterator[dict[str, CompiledPolicy]]:
    """The policies of the trials by id, closed afterwards."""
    snapshot, problems = load_library(DATA / "policies")
    assert snapshot is not None, problems
    made = {policy.id: CompiledPolicy(policy) for policy in snapshot.policies}
    yield made
    for compiled in made.values():
        compiled.close()


def reply(compiled: CompiledPolicy, given: Any, findings: Any = None) -> dict[str, Any]:
    """The reply to an application that has no fault."""
    application, faults = read_application(compiled.policy, given)
    found, more = read_findings(compiled.policy, findings)
    assert application is not None, faults
    assert more == ()
    return explain(assess(compiled, application, found, on=ON))


def said(answer: dict[str, Any], name: str) -> Any:
    """What a reply says under one name of a trial."""
    if name == "overall":
        return answer["overall"]["status"]
    if name in ("missing", "reviews", "remedies", "notes", "preferences"):
        return [_line(item) for item in answer[name]]
    sections = {**{key: answer[key] for key in ("scope", "materials", "formalities", "overall")}, **answer["criteria"]}
    if name.startswith("explanation of "):
        return sections[name.removeprefix("explanation of ")]["explanation"]
    section, _, condition = name.partition(".")
    if not condition:
        return sections[section]["status"]
    shown = next(each for each in conditions(sections[section]) if each["id"] == condition)
    return " ".join(text for text in (shown["status"], shown["actual"]) if text)


def conditions(shown: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every condition below one that is shown, those of rows among them."""
    for inner in (*shown["conditions"], *(c for row in shown.get("rows", ()) for c in row["conditions"])):
        yield inner
        yield from conditions(inner)


_SHOWN = ("pointer", "who", "of", "group", "code", "about", "kind", "question", "evidence", "criterion", "text",
          "pointers", "blocks", "effect", "help")  # fmt: skip


def _line(item: Any) -> str:
    """An item of a list of the reply as one line: its parts with ` | ` between them, what does not gate marked."""
    if isinstance(item, str):
        return item
    parts = [item[key] for key in _SHOWN if item.get(key)]
    if item.get("gates") is False:
        parts.append("gates nothing")
    return " | ".join(" ".join(part) if isinstance(part, list) else part for part in parts)
