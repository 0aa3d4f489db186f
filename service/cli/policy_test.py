"""`eligibility policy test`."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from service import messages
from service.authoring.case_runs import Bench, Ran, Report
from service.authoring.case_schema import percentage
from service.authoring.cases import CaseFile
from service.cli import exits
from service.cli.case_files import Asked, Subject, asked
from service.cli.framework import Choice, Command, option
from service.cli.policy_check import found_json, show_found
from service.cli.policy_test_view import report_json, show_report
from service.cli.progress import tracked
from service.cli.prose import Prose
from service.cli.screen import page, write_json
from service.cli.settings import setting_options, settings_of


class Share(click.ParamType):  # type: ignore[type-arg]  # generic in newer versions of click only
    """A percentage, `90%`."""

    name = "share"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        """The number before the sign."""
        found = percentage(str(value))
        if found is None:
            self.fail(messages.text("usage.share"), param, ctx)
        return found


@click.command("test", cls=Command, topic="policy.test")
@click.argument("paths", nargs=-1, metavar="PATH")
@option("--require", help="option.test-require", metavar="metavar.share", type=Share())
@option("--generate", help="option.test-generate", is_flag=True)
@option("--output", help="option.test-output", metavar="metavar.file")
@option(
    "--format",
    "form",
    help="option.check-format",
    metavar="metavar.check-format",
    type=Choice("text", "json"),
    default="text",
)
@option("--quiet", help="option.test-quiet", is_flag=True)
@setting_options("policies")
def test(
    *, paths: tuple[str, ...], require: Decimal | None, generate: bool, output: str | None, form: str, quiet: bool,
    **options: str | None,
) -> int:  # fmt: skip
    """Run the cases beside policies; or propose such cases."""
    found = asked([Path(path) for path in paths] or [settings_of(options).policies])
    if generate:
        # Searching for cases needs more than running them.
        from service.cli.policy_generate import generate as generate_cases

        return generate_cases(found, None if output is None else Path(output))
    reports = [_run(subject) for subject in found.subjects if subject.file or require is not None]
    without = [subject for subject in found.subjects if subject.file is None]
    code = _code(found, reports, require)
    if form == "json":
        write_json(
            {
                "passed": code == exits.OK,
                "problems": [found_json(item) for item in found.found],
                "policies": [report_json(report, _required(report, require)) for report in reports],
                "without_cases": [subject.policy.file for subject in without],
            }
        )
        return code
    page(lambda target: _show(target, found, reports, without, require, quiet=quiet))
    return code


def _run(subject: Subject) -> Report:
    file = subject.file or CaseFile(subject.policy, subject.policy.file)
    with Bench(subject.policy) as bench:
        series = bench.series(file)
        ran: Iterator[Ran] = tracked(series, total=len(file.cases), description="test.progress")
        for _ in ran:
            pass
        return series.report()


def _required(report: Report, require: Decimal | None) -> Decimal | None:
    return report.file.required if require is None else require


def _code(found: Asked, reports: list[Report], require: Decimal | None) -> int:
    if found.found:
        return exits.BAD_POLICY
    if any(report.failed for report in reports):
        return exits.FOUND
    for report in reports:
        required = _required(report, require)
        short = required is not None and report.coverage.percentage < required
        if short or report.wrongly_impossible:
            return exits.UNCOVERED
    return exits.OK


def _show(
    target: Console, found: Asked, reports: list[Report], without: list[Subject], require: Decimal | None, *,
    quiet: bool,
) -> None:  # fmt: skip
    show_found(found.found, target)
    for report in reports:
        show_report(report, _required(report, require), target, quiet=quiet)
    for subject in without if not quiet else ():
        text = messages.text("test.without", file=subject.policy.file, cases=subject.path.name)
        target.print(Prose(text, "yellow"))
