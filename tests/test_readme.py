"""What README.md shows is what the program does."""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_reply_shown_is_the_reply_given() -> None:
    shown = json.loads(re.findall(r"```json\n(.*?)```", README, re.DOTALL)[0])
    done = subprocess.run(
        [sys.executable, "-m", "service.cli", "assess", "--format", "json", "docs/examples/application.json"],
        cwd=ROOT, capture_output=True, check=True,
    )  # fmt: skip
    reply = json.loads(done.stdout)
    assert {key: reply[key] for key in shown} == shown


def test_the_condition_shown_is_the_policys() -> None:
    shown = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)[0]
    policy = (ROOT / "policies/lucheng-skills-master-studio/2024.yaml").read_text(encoding="utf-8")
    lines = {line.strip().removeprefix("- ") for line in policy.splitlines()}
    assert {line.strip().removeprefix("- ") for line in shown.splitlines()} <= lines


def test_every_path_named_exists() -> None:
    for path in re.findall(r"(?:docs|tests|benchmarks)/[\w./\u4e00-\u9fff-]+\.(?:py|md|json)", README):
        assert (ROOT / path).exists(), path
