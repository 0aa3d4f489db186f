"""Which entries of the log a command is about: the options by which auditors find them."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import click

from service import messages
from service.cli import exits
from service.cli.framework import Choice, Day, option
from service.cli.screen import show_problems
from service.cli.settings import setting_options, settings_of
from service.problems import FilePlace, problem

if TYPE_CHECKING:
    from pathlib import Path

    from service.decisions.reading import LogReader
    from service.decisions.search import Sought

_OVERALL = ("eligible", "needs_review", "incomplete", "ineligible")
_STATUSES = ("satisfied", "needs_review", "unknown", "not_satisfied")
_NAMES = (
    "policy", "edition", "status", "unit", "person", "condition", "condition_status", "clause", "since", "until",
)  # fmt: skip
_LONGEST_NUMBER = 100


def filters(function: Any) -> Any:
    """The options, for a command that hands its keyword arguments to `taken`."""
    options: tuple[Callable[[Any], Any], ...] = (
        option("--policy", help="option.log-policy", metavar="metavar.policy"),
        option("--edition", help="option.log-edition", metavar="metavar.edition"),
        option("--status", help="option.log-status", metavar="metavar.status", type=Choice(*_OVERALL)),
        option("--unit", help="option.log-unit", metavar="metavar.unit"),
        option("--person", help="option.log-person", is_flag=True),
        option("--condition", help="option.log-condition", metavar="metavar.condition"),
        option(
            "--condition-status", help="option.log-condition-status", metavar="metavar.status", type=Choice(*_STATUSES)
        ),
        option("--clause", help="option.log-clause", metavar="metavar.clause"),
        option("--since", help="option.log-since", metavar="metavar.day", type=Day()),
        option("--until", help="option.log-until", metavar="metavar.day", type=Day()),
        setting_options("policies", "utc_offset"),
    )
    for add in reversed(options):
        function = add(function)
    return function


def taken(options: dict[str, Any]) -> tuple[Sought, Path, dict[str, str | None]]:
    """What is sought, the folder of policies, and the options that are left: those of the log's own settings.

    Days begin and end at midnight in the zone of the settings; the last day is included. Stops (exit 2) where a
    clause is cited by no condition, or the number of a person cannot be read.
    """
    from service.decisions.entry import DECISIONS, Kind
    from service.decisions.search import Sought

    given = {name: options.pop(name) for name in _NAMES}
    places = {name: options.pop(name) for name in ("policies", "utc_offset")}
    settings = settings_of(places)
    since, until = given.pop("since"), given.pop("until")
    clause = given.pop("clause")
    # Entries that are no decision have no policy, unit or condition to be found by.
    every_kind = clause is None and not any(given.values())
    sought = Sought(
        **{**given, "person": _person() if given["person"] else None},
        since=None if since is None else _midnight(since, settings.utc_offset),
        until=None if until is None else _midnight(until, settings.utc_offset) + dt.timedelta(days=1),
        citing=None if clause is None else _citing(clause, settings.policies),
        kinds=tuple(Kind) if every_kind else DECISIONS,
    )
    return sought, settings.policies, options


def tell_unknown(log: LogReader, sought: Sought, folder: Path) -> None:
    """Where nothing was found: which names asked for no policy knows, on standard error."""
    from service.policy.library import load_library
    from service.rounds.unknown import names_policy, unknown

    if not names_policy(sought):
        return
    # Without a folder that can be read, what the log archived still tells.
    snapshot, _ = load_library(folder)
    policies = () if snapshot is None else snapshot.policies
    show_problems(unknown(log, sought, policies, at=lambda part: FilePlace(f"--{part}")))


def _midnight(day: dt.date, zone: dt.tzinfo) -> dt.datetime:
    # The last day of the calendar has no day after it to end at.
    day = min(day, dt.date.max - dt.timedelta(days=1))
    return dt.datetime.combine(day, dt.time(), zone)


def _citing(clause: str, folder: Any) -> frozenset[tuple[str, str, str]]:
    from service.policy.library import load_library
    from service.rounds.clauses import citing, clauses_of

    snapshot, problems = load_library(folder)
    if snapshot is None:
        raise exits.StopError(exits.BAD_POLICY, problems)
    found = citing(snapshot.policies, clause)
    if not found:
        known = "、".join(clauses_of(snapshot.policies))
        raise exits.StopError(exits.UNREADABLE, [problem("log-clause-unknown", FilePlace("--clause"), clauses=known)])
    return found


def _person() -> str:
    """An identity number from standard input: on the command line others of this machine would see it."""
    if sys.stdin.isatty():
        return str(click.prompt(messages.text("log.person-prompt"), hide_input=True, err=True))
    number = sys.stdin.readline(_LONGEST_NUMBER).strip()
    if not number:
        raise exits.StopError(exits.UNREADABLE, [problem("log-person-missing", FilePlace("--person"))])
    return number


def is_narrowed(options: Mapping[str, Any]) -> bool:
    """Whether any of the options, as a command gets them, asks for less than all."""
    return any(options[name] for name in _NAMES)
