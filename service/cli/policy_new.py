"""`eligibility policy new`: next year's edition from this year's."""

from __future__ import annotations

import click
from rich.console import Console

from service import messages
from service.authoring.new_edition import Draft, Look, draft, is_edition, write
from service.cli import exits
from service.cli.framework import Command, option
from service.cli.policy_names import edition_file, opened
from service.cli.prose import Prose
from service.cli.screen import bullets, heading, page
from service.cli.settings import setting_options, settings_of
from service.problems import FilePlace, problem

_say = messages.text


@click.command("new", cls=Command, topic="policy.new")
@click.argument("edition", metavar="EDITION")
@option("--from", "origin", help="option.new-from", metavar="metavar.named-edition", required=True)
@option("--dry-run", "dry", help="option.dry-run", is_flag=True)
@setting_options("policies")
def new_command(*, edition: str, origin: str, dry: bool, **options: str | None) -> int:
    """Write the files of a new edition."""
    if not is_edition(edition):
        raise exits.StopError(exits.UNREADABLE, [problem("new-name", FilePlace("EDITION"))])
    old = opened(edition_file(origin, settings_of(options).policies, at="--from"))
    made = draft(old, edition)
    there = [path for path, _ in made.files if path.exists()]
    if there:
        raise exits.StopError(exits.UNREADABLE, [problem("new-exists", FilePlace(str(path))) for path in there])
    if not dry:
        try:
            write(made.files)
        except OSError as fault:
            place = FilePlace(str(fault.filename or old.path.parent))
            raise exits.StopError(exits.UNREADABLE, [problem("new-unwritable", place)]) from fault
    page(lambda target: _show(made, target, before=f"{old.policy.id}/{old.policy.edition}", dry=dry))
    return exits.OK


def _show(made: Draft, target: Console, *, before: str, dry: bool) -> None:
    target.print(heading(_say("new.would-write" if dry else "new.written")))
    target.print(bullets(str(path) for path, _ in made.files))
    target.print()
    target.print(heading(_say("new.edits")))
    target.print(bullets(_say("new.edit", line=item.line, before=item.before, after=item.after) for item in made.edits))
    target.print()
    target.print(heading(_say("new.look")))
    for number, look in enumerate(made.look, start=1):
        first = look.places[0] if look.places else (0, "")
        words = {"text": made.text, "count": first[0], "line": first[0], "words": first[1]}
        target.print(Prose(f"{number}. {_say(look.code, **words)}"))
        if _say(look.code, **words).endswith("："):
            target.print(bullets(_places(look)))
    target.print()
    file = made.files[0][0]
    target.print(heading(_say("new.next")))
    names = {"file": file, "folder": file.parent, "old": before, "new": f"{file.parent.name}/{file.stem}"}
    target.print(bullets(_say("new.steps", **names).strip().split("\n")))
    target.print(Prose(_say("new.undo")))


def _places(look: Look) -> list[str]:
    return [_say("new.place", line=line, words=words) for line, words in look.places]
