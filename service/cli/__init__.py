"""The `eligibility` command: arguments, output, exit codes. What it does lies in the rooms below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and end the process; `arguments` default to those of the process."""
    # Imported here, so that importing a module of this room does not load every command.
    from service.cli.program import run

    raise SystemExit(run(arguments))
