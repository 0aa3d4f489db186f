"""A policy of 300 conditions edited and reloaded many times: every revision is taken, memory stays flat.

`python -m tests.engine.reloads [--reloads 500]` prints what it saw and exits 1 on growth.
"""

from __future__ import annotations

import argparse
import gc
import shutil
import sys
import tempfile
from pathlib import Path

from service.engine.revisions import Revisions
from tests.engine.soak import GROWTH_KB, ROOT, resident_kb

CONDITIONS = 300
_BASE = ROOT / "tests" / "data" / "policies" / "warned" / "base"
_ANCHOR = "criteria:\n"
# Every third condition asks a number, a date moved by a span, and the rows of a list.
_KINDS = (
    "{{id: c{n}, fact: canteen.seats, at_least: {n}个}}",
    "{{id: c{n}, fact: canteen.opened_on, on_or_before: {{fact: applied_on, minus: {n}个月}}}}",
    "{{id: c{n}, count: cooks, where: {{fact: 'cooks[].name', given: true}}, at_least: {n}}}",
)


def grown(folder: Path) -> Path:
    """A copy of a small policies folder whose one policy has a criterion of many conditions more; its file."""
    shutil.copytree(_BASE, folder)
    file = folder / "demo" / "2025.yaml"
    text = file.read_text("utf-8")
    assert _ANCHOR in text
    cite = text[text.index("cite: {clause", text.index(_ANCHOR)) :].split("\n", 1)[0].strip()
    lines = "".join(f"      - {_KINDS[n % 3].format(n=n + 1)}\n" for n in range(CONDITIONS))
    many = f"  many:\n    label: 其他条件\n    {cite}\n    all:\n{lines}"
    file.write_text(text.replace(_ANCHOR, f"{_ANCHOR}{many}", 1), "utf-8")
    return file


def reload(reloads: int) -> int:
    """Growth in KB over reloads of an edited file, after a warm-up."""
    with tempfile.TemporaryDirectory() as home:
        file = grown(Path(home) / "policies")
        revisions = Revisions(Path(home) / "policies")
        text = file.read_text("utf-8")
        start = 0
        for number in range(-10, reloads):
            file.write_text(f"{text}# {number}\n", "utf-8")
            problems = revisions.reload()
            assert problems == (), problems
            with revisions.hold() as revision:
                assert revision.snapshot.policies[0].raw.endswith(f"# {number}\n".encode())
            if number < 0:
                gc.collect()
                start = resident_kb()
        gc.collect()
        grew = resident_kb() - start
        revisions.close()
        return grew


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reloads", type=int, default=500)
    given = parser.parse_args()
    grew = reload(given.reloads)
    sys.stdout.write(f"{given.reloads} reloads of {CONDITIONS} conditions more, memory grew by {grew} KB\n")
    return 1 if grew > GROWTH_KB else 0


if __name__ == "__main__":
    sys.exit(main())
