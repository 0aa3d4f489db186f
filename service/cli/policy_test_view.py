"""The outcome of cases for reading and for scripts: what failed and why, and what the cases cover."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from service import messages
from service.authoring.case_runs import Mismatch, Ran, Report
from service.authoring.cases import OVERALL, named, status_word
from service.authoring.coverage import Covered
from service.authoring.outcomes import Outcome
from service.cli.prose import Prose
from service.cli.screen import bullets, heading
from service.engine.verdict import NAMES, NOT, REVIEW, SATISFIED, UNKNOWN
from service.policy.keywords import Language
from service.policy.sentences import sentence

_say = messages.text
# The columns of the table: a status, and the outcome it counts for.
_COLUMNS = (
    (NAMES[SATISFIED], Outcome.SATISFIED),
    (NAMES[NOT], Outcome.NOT_SATISFIED),
    (NAMES[UNKNOWN], Outcome.OPEN),
    (NAMES[REVIEW], Outcome.OPEN),
)


def show_report(report: Report, required: Decimal | None, target: Console, *, quiet: bool) -> None:
    """The cases that failed, how many passed, the coverage; quietly only what is not as it should be."""
    policy, coverage, language = report.file.policy, report.coverage, report.file.language
    short = required is not None and coverage.percentage < required
    wrong, outside = report.wrongly_impossible, report.outside
    if quiet and not (report.failed or short or wrong or outside):
        return
    target.print(heading(_say("test.title", title=policy.title, edition=policy.edition, file=report.file.file)))
    for ran in report.failed:
        _failure(ran, target, language)
    passed = len(report.ran) - len(report.failed)
    counted = _say("test.counted", passed=passed, failed=len(report.failed))
    target.print(Prose(counted, "bold red" if report.failed else "bold green"))
    if outside:
        (first, day), *_ = outside
        period = f"{policy.effective_from}—{policy.effective_until or ''}"
        said = _say("test.outside", count=len(outside), period=period, line=first.place.line, day=day)
        target.print(Prose(said, "yellow"))
    proposed = sum(ran.case.proposed for ran in report.ran)
    if proposed:
        target.print(Prose(_say("test.proposed", count=proposed, **language.named_in("test.proposed")), "yellow"))
    if not quiet or short:
        target.print(_table(report, language, lacking_only=quiet))
    for covered, outcome in wrong:
        name, said = named(covered.subject.name, language), _say(f"test.outcome.{outcome.value}")
        text = _say("test.possible-after-all", name=name, outcome=said)
        target.print(Prose(text, "red"))
    text = _say("test.coverage", seen=coverage.seen, wanted=coverage.wanted, percentage=coverage.percentage)
    if required is not None:
        text += _say("test.required", required=_number(required))
    target.print(Prose(text, "bold red" if short else "bold"))
    if report.only_proposed:
        target.print(Prose(_say("test.only-proposed", count=report.only_proposed), "yellow"))
    target.print()


def _failure(ran: Ran, target: Console, language: Language) -> None:
    case = ran.case
    target.print(Text.assemble((f"{case.place}: ", "bold"), (case.name, "red")), soft_wrap=True)
    for mismatch in ran.mismatches:
        target.print(Padding(Prose(_said(mismatch, language)), (0, 0, 0, 2), expand=False))
        if mismatch.why:
            target.print(Padding(Prose("；".join(mismatch.why), "dim"), (0, 0, 0, 4), expand=False))
    if case.changed:
        target.print(Padding(Prose(_say("test.changed")), (0, 0, 0, 2), expand=False))
        target.print(bullets(_say("test.value", path=path, value=_value(value)) for path, value in case.changed))


def _said(mismatch: Mismatch, language: Language) -> str:
    name = named(mismatch.name, language)
    actual = _status(mismatch.name, mismatch.actual, language)
    if mismatch.deciding:
        text = _say("test.not-deciding", name=name, actual=actual)
    else:
        expected = _status(mismatch.name, mismatch.expected, language)
        text = _say("test.differs", name=name, expected=expected, actual=actual)
    return _say("test.line", line=mismatch.place.line, text=text)


def _status(name: str, status: str, language: Language) -> str:
    """A status by its label, and by the word of the file where that is another."""
    label = _say(f"overall.{status}" if name == OVERALL else f"test.status.{status}")
    word = status_word(name, status, language)
    return label if word == label else _say("test.status", label=label, status=word)


def _value(value: object) -> str:
    return (
        _say("test.blank")
        if value is None
        else value
        if isinstance(value, str)
        else json.dumps(_plain(value), ensure_ascii=False)
    )


def _number(value: Decimal) -> str:
    return format(value.normalize(), "f")


def _table(report: Report, language: Language, *, lacking_only: bool) -> Table:
    table = Table(box=box.SIMPLE, pad_edge=False, expand=True)
    table.add_column(_say("test.condition"), ratio=1)
    for status, _ in _COLUMNS:
        table.add_column(_say(f"test.status.{status}"), no_wrap=True, justify="center")
    section = None
    for covered, every in zip(report.coverage.conditions, report.with_proposed.conditions, strict=True):
        if lacking_only and not covered.lacking:
            continue
        if section not in (None, covered.subject.section.id):
            table.add_section()
        section = covered.subject.section.id
        table.add_row(Prose(_named(covered, language)), *_marks(covered, every))
    return table


def _marks(covered: Covered, every: Covered) -> Iterator[Text]:
    """Seen, seen in proposed cases only, wanting, or neither: what cannot be, or what another status of the outcome
    stands for."""
    for status, outcome in _COLUMNS:
        if status in covered.seen:
            yield Text("✓", "green")
        elif outcome in covered.lacking and status in every.seen:
            yield Text("○", "yellow")
        elif outcome in covered.lacking:
            yield Text("–", "red")
        else:
            yield Text("")


def _named(covered: Covered, language: Language) -> str:
    condition = covered.subject.condition
    root = condition is covered.subject.section.root and condition.id is None
    label = covered.subject.section.label if root else condition.label or sentence(condition)
    return _say("test.named", label=label, name=named(covered.subject.name, language))


# --- for scripts ---


def report_json(report: Report, required: Decimal | None) -> dict[str, Any]:
    """A report as data; percentages are texts without the sign."""
    policy, coverage = report.file.policy, report.coverage
    outside = [case for case, _ in report.outside]
    return {
        "policy": policy.id,
        "edition": policy.edition,
        "file": report.file.file,
        "cases": [
            {
                "name": ran.case.name,
                "line": ran.case.place.line,
                "passed": not ran.mismatches,
                "proposed": ran.case.proposed,
                "outside_period": ran.case in outside,
                "mismatches": [_mismatch_json(mismatch) for mismatch in ran.mismatches],
                "changed": {path: _plain(value) for path, value in ran.case.changed} if ran.mismatches else {},
            }
            for ran in report.ran
        ],
        "coverage": {
            "wanted": coverage.wanted,
            "seen": coverage.seen,
            "percentage": str(coverage.percentage),
            "required": None if required is None else _number(required),
            "only_proposed": report.only_proposed,
            "conditions": [
                _covered_json(covered, every)
                for covered, every in zip(coverage.conditions, report.with_proposed.conditions, strict=True)
            ],
        },
    }


def _mismatch_json(mismatch: Mismatch) -> dict[str, Any]:
    return {
        "name": mismatch.name,
        "line": mismatch.place.line,
        "expected": "deciding" if mismatch.deciding else mismatch.expected,
        "actual": mismatch.actual,
        "why": list(mismatch.why),
    }


def _covered_json(covered: Covered, every: Covered) -> dict[str, Any]:
    return {
        "name": covered.subject.name,
        "label": covered.subject.condition.label,
        "seen": [name for name in reversed(NAMES) if name in covered.seen],
        "only_proposed": [name for name in reversed(NAMES) if name in every.seen - covered.seen],
        "wanted": [one.value for one in Outcome if one in covered.wanted],
        "lacking": [one.value for one in covered.lacking],
        "impossible": {one.value: why for one, why in covered.impossible.items()},
    }


def _plain(value: object) -> object:
    """A value as JSON holds it: exact decimals become texts."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, Decimal) else value
