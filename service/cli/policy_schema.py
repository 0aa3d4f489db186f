"""`eligibility policy schema`."""

from __future__ import annotations

import click

from service.authoring.json_schema import FILES, json_schema
from service.cli import exits
from service.cli.framework import Choice, Command, option
from service.cli.screen import json_text, write_text
from service.policy.keywords import CHINESE, ENGLISH

_LANGUAGES = {language.code: language for language in (ENGLISH, CHINESE)}


@click.command("schema", cls=Command, topic="policy.schema")
@option("--kind", help="option.schema-kind", metavar="metavar.schema-kind", type=Choice(*FILES), default="policy")
@option(
    "--language",
    help="option.schema-language",
    metavar="metavar.schema-language",
    type=Choice(*_LANGUAGES),
    default="en",
)
@option("--output", help="option.page-output", metavar="metavar.page-output")
def schema_command(*, kind: str, language: str, output: str | None) -> int:
    """The JSON Schema of a kind of file."""
    write_text(json_text(json_schema(kind, _LANGUAGES[language])) + "\n", output)
    return exits.OK
