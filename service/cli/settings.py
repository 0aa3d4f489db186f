"""Settings as options: an option is the environment variable of its name, laid over the environment."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import click

from service import messages
from service.cli import exits
from service.cli.screen import show_problems
from service.config import PREFIX, Settings, read_settings
from service.problems import FilePlace, Problem, Severity

# Whoever opens the log with its keys signs what they write.
_WITH = {"key_file": ("signing_key", "origin")}


def setting_options(*names: str) -> Callable[[Any], Any]:
    """The options of these settings, for a command that takes them as keyword arguments."""

    def wrap(function: Any) -> Any:
        for name in reversed(names):
            text = messages.text(
                "option.setting",
                what=messages.text(f"option.{name}"),
                variable=_variable(name),
                default=_default(name),
            )
            metavar = messages.text(f"metavar.{name}")
            function = click.option(_option(name), name, metavar=metavar, help=text)(function)
        return function

    return wrap


def settings_of(options: Mapping[str, str | None], *, whole: bool = False) -> Settings:
    """The settings that options and environment give; stops with what is wrong with them.

    Only the variables of the options are read, and those that go with them, so that a setting a command does not
    use cannot keep it from working; `whole` reads all and warns of unknown ones.
    """
    names = {*options, *(other for name in options for other in _WITH.get(name, ()))}
    environ = {name: text for name, text in os.environ.items() if whole or name in map(_variable, names)}
    given = {_variable(name): text for name, text in options.items() if text is not None}
    settings, problems = read_settings({**environ, **given})
    by_variable = {_variable(name): _option(name) for name in options}
    shown = [_as_typed(item, given, by_variable) for item in problems]
    if settings is None:
        raise exits.StopError(exits.UNREADABLE, shown)
    show_problems(item for item in shown if item.severity is Severity.WARNING)
    return settings


def _as_typed(item: Problem, given: Mapping[str, str], options: Mapping[str, str]) -> Problem:
    """A problem of a variable at the option it was given by."""
    name = item.place.file if isinstance(item.place, FilePlace) else ""
    return replace(item, place=FilePlace(options[name])) if name in given else item


def _default(name: str) -> str:
    """The default of a setting as help shows it; one that follows from other settings in words."""
    value = getattr(Settings(), name)
    return messages.text(f"option.{name}.default") if value is None else str(value).removeprefix("UTC")


def _variable(name: str) -> str:
    return f"{PREFIX}{name.upper()}"


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"
