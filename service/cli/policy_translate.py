"""`eligibility policy translate`."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import click

from service import messages
from service.authoring.translation import Translated, faults, schema_of
from service.authoring.translation import translate as translated
from service.cli import exits
from service.cli.framework import Choice, Command, UsageError, option
from service.cli.policy_check import Found, show_found
from service.cli.prose import Prose
from service.cli.screen import err
from service.policy.keywords import CHINESE, ENGLISH
from service.policy.source_text import SourceDocument, source_text
from service.problems import FilePlace, Problem, Severity, problem

_LANGUAGES = {language.code: language for language in (CHINESE, ENGLISH)}


@click.command("translate", cls=Command, topic="policy.translate")
@click.argument("path", metavar="PATH")
@option("--to", help="option.translate-to", metavar="metavar.translate-to", type=Choice(*_LANGUAGES))
@option("--output", help="option.translate-output", metavar="metavar.translate-output")
@option("--in-place", help="option.translate-in-place", is_flag=True)
@option("--check", help="option.translate-check", is_flag=True)
def translate(*, path: str, to: str | None, output: str | None, in_place: bool, check: bool) -> int:
    """Write a policy, table or cases file with its keywords in the other language."""
    if (output is not None) + in_place + check > 1:
        raise UsageError(messages.text("translate-two-targets"), click.get_current_context())
    file = Path(path)
    if not file.is_file():
        raise exits.StopError(exits.UNREADABLE, [problem("file-missing", FilePlace(path))])
    if file.suffix != ".yaml":
        raise exits.StopError(exits.UNREADABLE, [problem("translate-not-policy", FilePlace(path))])
    document, problems = faults(file)
    if any(item.severity is Severity.ERROR for item in problems):
        return _refused(problems, document, file)
    made, problems = translated(path, file.read_bytes(), schema_of(file), None if to is None else _LANGUAGES[to])
    if made is None:
        return _refused(problems, document, file)
    if check:
        _say("translate.possible", path, made)
    elif in_place or output is not None:
        target = file if output is None else Path(output)
        _write(target, made.raw)
        _say("translate.done", str(target), made)
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(made.raw)
    return exits.OK


def _refused(problems: tuple[Problem, ...], document: SourceDocument | None, file: Path) -> int:
    """Shows what is wrong with a file, with the lines it is in, where a translation would not be mistaken for it."""
    source = document or source_text(str(file), file.read_bytes())
    found = ((item, item.place) for item in problems)
    show_found(
        (Found(item, *(source.excerpt(place) if isinstance(place, FilePlace) else ("", ""))) for item, place in found),
        err(),
    )
    return exits.BAD_POLICY


def _say(code: str, file: str, made: Translated) -> None:
    if made.begun is made.language:
        code = "translate.already"
    said = messages.text(
        code, file=file, begun=made.begun.label, language=made.language.label, words=made.words, lines=made.lines
    )
    err().print(Prose(said))


def _write(target: Path, raw: bytes) -> None:
    """The bytes as the whole of a file, or the file as it was: they are moved there once they are on disk."""
    try:
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()
        handle, made = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(raw)
                stream.flush()
                os.fsync(stream.fileno())
            Path(made).chmod(mode)
            Path(made).replace(target)
        except OSError:
            Path(made).unlink(missing_ok=True)
            raise
    except OSError as fault:
        raise exits.StopError(exits.UNREADABLE, [problem("translate-not-written", FilePlace(str(target)))]) from fault


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
