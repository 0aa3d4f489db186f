"""click with Chinese help and Chinese usage errors.

click wraps help by characters and speaks English; it is translated by compiled gettext files, which this
program has none of. The words stand in the catalogue under `help.<topic>`.
"""

from __future__ import annotations

import datetime as dt
import io
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any, NoReturn

import click
from rich.padding import Padding
from rich.table import Table

from service import messages
from service.cli import exits
from service.cli.prose import Prose
from service.cli.screen import console, heading
from service.problems import nearest

_say = messages.text
_WIDEST_HELP = 100


class Command(click.Command):
    """A command whose words are `help.<topic>`, `help.<topic>.short`, `help.<topic>.usage`."""

    def __init__(self, name: str | None, *, topic: str, **more: Any) -> None:
        super().__init__(name, **{**more, "add_help_option": False})
        self.topic = topic
        self.params.append(_help_option())

    def get_help(self, ctx: click.Context) -> str:
        """The help page, without colour."""
        return _page(self, self.topic, ctx)


class Group(click.Group):
    """A group of commands; without a command it shows its help.

    `found_at` says where commands are found (`module:name`): a module is read when its command is called, so that
    no command waits for what the others need.
    """

    def __init__(
        self, name: str | None, *, topic: str, found_at: Mapping[str, str] | None = None, **more: Any
    ) -> None:  # fmt: skip
        super().__init__(name, **{**more, "add_help_option": False, "no_args_is_help": False})
        self.topic = topic
        self._found_at = dict(found_at or {})
        self.params.append(_help_option())

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """The names of all commands, in order."""
        return sorted({*self.commands, *self._found_at})

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command of a name, read where that has not been done."""
        if name not in self.commands and name in self._found_at:
            module, _, attribute = self._found_at[name].partition(":")
            self.add_command(getattr(import_module(module), attribute), name)
        return super().get_command(ctx, name)

    def get_help(self, ctx: click.Context) -> str:
        """The help page, without colour."""
        return _page(self, self.topic, ctx)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command named; an unknown one is told with the nearest known one."""
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            known = self.list_commands(ctx)
            near = nearest(args[0], known)
            hint = messages.text("did-you-mean", name=near) if near else ""
            raise UsageError(_say("usage.command", name=args[0], known="、".join(known)) + hint, ctx)
        return super().resolve_command(ctx, args)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """The arguments; without any, the help of the group and the exit code of a wrong command line."""
        if not args and not ctx.resilient_parsing:
            click.echo(self.get_help(ctx))
            ctx.exit(exits.UNREADABLE)
        return super().parse_args(ctx, args)


class UsageError(click.UsageError):
    """A wrong command line, told in Chinese."""


class Choice(click.ParamType):  # type: ignore[type-arg]  # generic in newer versions of click only
    """One of a few words."""

    name = "choice"

    def __init__(self, *words: str) -> None:
        self.words = words

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The word, if it is one of them."""
        if value not in self.words:
            self._refuse(param, ctx)
        return value

    def _refuse(self, param: click.Parameter | None, ctx: click.Context | None) -> NoReturn:
        self.fail(_say("usage.choice", allowed="、".join(self.words)), param, ctx)


class Whole(click.ParamType):  # type: ignore[type-arg]  # generic in newer versions of click only
    """A whole number, by default from 1 on."""

    name = "whole"

    def __init__(self, *, least: int = 1) -> None:
        self.least = least

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number, if it is one."""
        text = str(value)
        if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) >= self.least):
            self.fail(_say("usage.whole", least=self.least), param, ctx)
        return int(text)


class Day(click.ParamType):  # type: ignore[type-arg]  # generic in newer versions of click only
    """A day, as ISO 8601 writes it."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dt.date:
        """The day, if it is one."""
        try:
            return dt.date.fromisoformat(str(value))
        except ValueError:
            self.fail(_say("usage.day"), param, ctx)


def usage_text(fault: click.ClickException) -> str:
    """What is wrong with a command line, in Chinese, and where help is."""
    said = _sentence(fault)
    ctx = fault.ctx if isinstance(fault, click.UsageError) else None
    return said if ctx is None else f"{said}\n{_say('usage.try-help', command=ctx.command_path)}"


def _sentence(fault: click.ClickException) -> str:
    match fault:
        case UsageError():
            return fault.message
        case click.NoSuchOption():
            near = nearest(fault.option_name, _options(fault.ctx))
            hint = messages.text("did-you-mean", name=near) if near else ""
            return _say("usage.option", name=fault.option_name) + hint
        case click.MissingParameter():
            return _say("usage.missing", name=_name(fault.param))
        case click.BadParameter():
            return _say("usage.value", name=_name(fault.param), why=fault.message)
        case click.BadOptionUsage():
            return _say("usage.option-form", name=fault.option_name)
        case click.UsageError():
            # The one kind click raises without a class of its own: words left over.
            return _say("usage.extra")
    return fault.format_message()


def _name(param: click.Parameter | None) -> str:
    if param is None:
        return ""
    return param.opts[0] if isinstance(param, click.Option) else (param.metavar or str(param.name))


def _options(ctx: click.Context | None) -> Iterable[str]:
    params = ctx.command.get_params(ctx) if ctx is not None else []
    return [name for param in params if isinstance(param, click.Option) for name in param.opts]


def option(*names: str, help: str, metavar: str | None = None, **more: Any) -> Callable[[Any], Any]:
    """A click option whose help and metavar are codes of the catalogue."""
    shown = None if metavar is None else _say(metavar)
    return click.option(*names, help=_say(help), metavar=shown, **more)


def _help_option() -> click.Option:
    def show(ctx: click.Context, _: click.Parameter, value: bool) -> None:
        if value and not ctx.resilient_parsing:
            click.echo(ctx.get_help())
            ctx.exit()

    return click.Option(
        ["--help"], is_flag=True, expose_value=False, is_eager=True, callback=show, help=_say("option.help")
    )


def _page(command: click.Command, topic: str, ctx: click.Context) -> str:
    """The help of a command: usage, text, options, commands."""
    target = console(io.StringIO())
    # click strips nothing we add here: help carries no colour.
    target.width = min(int(os.environ.get("COLUMNS") or 0) or shutil.get_terminal_size().columns, _WIDEST_HELP)
    target.print(Prose(_say("help.usage", usage=_say(f"help.{topic}.usage"))))
    target.print()
    for line in _say(f"help.{topic}").strip().split("\n"):
        indent = len(line) - len(line.lstrip())
        target.print(Padding(Prose(line.strip()), (0, 0, 0, indent), expand=False))
    options = [param for param in command.get_params(ctx) if isinstance(param, click.Option)]
    _list(target, "help.options", [(_option_name(param), param.help or "") for param in options])
    if isinstance(command, click.Group):
        commands = [(name, _say(f"help.{_topic_of(command, name)}.short")) for name in command.list_commands(ctx)]
        _list(target, "help.commands", commands)
    assert isinstance(target.file, io.StringIO)  # noqa: S101 - for the type checker: made so above
    return "\n".join(line.rstrip() for line in target.file.getvalue().rstrip().split("\n"))


def _topic_of(group: click.Group, name: str) -> str:
    """The topic of a command of a group, without reading the command."""
    inner = f"{getattr(group, 'topic', '')}.{name}"
    return inner if messages.has(f"help.{inner}") else name


def _option_name(param: click.Option) -> str:
    names = ", ".join(param.opts)
    return names if param.is_flag else f"{names} {param.metavar or ''}".rstrip()


def _list(target: Any, code: str, rows: list[tuple[str, str]]) -> None:
    target.print()
    target.print(heading(_say(code)))
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column()
    for name, text in rows:
        grid.add_row(name, Prose(text))
    target.print(Padding(grid, (0, 0, 0, 2), expand=False))
