"""Runs the command as a user does: another process, bytes in and out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
POLICIES = ROOT / "policies"
APPLICATIONS = ROOT / "tests" / "data" / "applications"
COMMAND = (sys.executable, "-m", "service.cli")


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def environment(**variables: str) -> dict[str, str]:
    """The environment without what would change the output, and with `variables`."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith(("ELIGIBILITY_", "LC_"))}
    for name in ("NO_COLOR", "FORCE_COLOR", "LANG", "LANGUAGE", "PYTHONUTF8", "PYTHONIOENCODING"):
        kept.pop(name, None)
    return {**kept, "PYTHONPATH": str(ROOT), "COLUMNS": "80", "LANG": "C.UTF-8", **variables}


def eligibility(*arguments: object, stdin: bytes = b"", cwd: Path = ROOT, **variables: str) -> Ended:
    """Run `eligibility` with the arguments; `variables` are added to the environment."""
    ended = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        cwd=cwd,
        env=environment(**variables),
        timeout=120,
        check=False,
    )
    return Ended(ended.returncode, ended.stdout.decode("utf-8"), ended.stderr.decode("utf-8"))
