"""The guides of docs/zh: their fenced blocks, and a place in which what they show is done for real.

Conventions of a guide:

- a ```yaml block begins with a comment that says what it is: `# 条件`, `# 计算字段`, `# 字段`, `# 参数`,
  `# 口径`, `# 依据文件`, `# 文件头`, `# 文件：<path>`; the line after a condition (`> 读作：`) is what the
  checker reads;
- after each of them (but the example, which an appendix holds so) a block `# 中文关键字` says the same
  in Chinese keywords, without the examples;
- a ```diff block is an edit of the file that its comment names, done on the way; without a comment, a mistake
  in the example policy, and the ```text block after it is what the check then says;
- a ```console block is a command and its output, `……` standing for lines left out.

Between the marks of the reference stands what the schemas of the language give; its blocks are not looked at.

Run as a program it writes sentences, outputs, Chinese keywords and the reference into the guides anew; a block
with lines left out that no longer fits is printed, to be written anew by hand.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shlex
import shutil
import sqlite3
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from service.api.app import create_app
from service.api.desk import EXTENSION
from service.api.watcher import PolicyWatcher
from service.authoring.reference import reference_markdown
from service.authoring.translation import schema_of, translate
from service.cli.program import run
from service.config import Settings
from service.decisions.log import DecisionLog
from service.engine.revisions import Revisions
from service.policy.kinds import AllOf
from service.policy.library import Snapshot, load_library
from service.policy.model import Policy
from service.policy.sentences import sentence
from service.problems import Problem

ROOT = Path(__file__).parents[2]
OFFICERS = ROOT / "docs" / "zh" / "政策经办指南.md"
AUDITORS = ROOT / "docs" / "zh" / "审计指南.md"
DATA = ROOT / "tests" / "data" / "docs"
APPLICATIONS = ROOT / "tests" / "data" / "applications"
EXAMPLE = "rural-artisan-station"
FILE = f"policies/{EXAMPLE}/2025.yaml"
LEFT_OUT = "……"
READ_AS = "> 读作："
IN_CHINESE = "中文关键字"
REFERENCE = ("<!-- 语言参考：开始 -->", "<!-- 语言参考：结束 -->")
BASE = ROOT / "tests" / "data" / "policies" / "base"
_CITE = "cite: {clause: 一、申报主体, quote: 可以申报}"
_MARK = "#:"  # before and after each snippet in the policy they make
# Parts of the example that snippets join, with the heading that follows each.
_PARTS = {
    "依据文件": "rulings",
    "口径": "parameters",
    "参数": "facts",
    "字段": "derived",
    "计算字段": "scope",
}
_FOLDER = "/srv/eligibility"
_VARYING = (
    (re.compile(r"sha256:[0-9a-f]{64}"), "sha256:摘要"),
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "编号"),
    (re.compile(r"(?<=\*)[0-9a-f]{8}(?![0-9a-f])"), "编号"),  # the beginning of one, beside a masked name
    (re.compile(r"durable-rules[\d.]+|(?<=程序版本)[\d.]+"), "版本"),
)


@dataclass(slots=True)
class Block:
    """A fenced block: its language, content, line of the opening fence (from 0), and what is read of it."""

    language: str
    text: str
    line: int
    said: str | None = None

    @property
    def title(self) -> str:
        """What the comment of its first line says."""
        first = self.text.partition("\n")[0]
        return first.removeprefix("# ") if first.startswith("# ") else ""

    @property
    def body(self) -> str:
        """The content without that comment."""
        return self.text.partition("\n")[2] if self.title else self.text


def blocks(guide: Path) -> list[Block]:
    """Every fenced block of a guide, in order."""
    found = []
    lines = guide.read_text("utf-8").splitlines()
    number = 0
    while number < len(lines):
        if lines[number] == REFERENCE[0]:
            number = lines.index(REFERENCE[1])
        if not lines[number].startswith("```"):
            number += 1
            continue
        end = lines.index("```", number + 1)
        after = next((line for line in lines[end + 1 :] if line.strip()), "")
        said = after.removeprefix(READ_AS) if after.startswith(READ_AS) else None
        content = "".join(f"{line}\n" for line in lines[number + 1 : end])
        found.append(Block(lines[number].removeprefix("```"), content, number, said))
        number = end + 1
    return found


def titled(found: list[Block], title: str) -> list[Block]:
    """The YAML blocks of one kind."""
    return [block for block in found if block.language == "yaml" and block.title == title]


# --- snippets ---


def example() -> str:
    """The text of the example policy."""
    return (DATA / FILE).read_text("utf-8")


def policies(folder: Path) -> Path:
    """The policies of the service and the example's, copied into a folder."""
    made = folder / "policies"
    shutil.copytree(ROOT / "policies", made)
    shutil.copytree(DATA / "policies", made, dirs_exist_ok=True)
    return made


def snippets_text(found: list[Block]) -> str:
    """The example with all snippets of a guide, each condition a criterion of its own: `c0`, `c1`, ...

    Comments mark where a snippet, by its line in the guide, begins and ends.
    """
    text = example()
    for title, following in _PARTS.items():
        added = "".join(_marked(block, _indented(block.body, 2), 2) for block in titled(found, title))
        text = text.replace(f"\n{following}:", f"\n{added}\n{following}:", 1)
    for block in titled(found, "文件头"):
        key = block.body.partition(":")[0]
        text = re.sub(rf"^{key}:.*\n(?: .*\n)*", "", text, count=1, flags=re.MULTILINE)
        text = text.replace("\nnotice:", f"\n{_marked(block, block.body, 0)}notice:", 1)
    made = "\ncriteria:\n"
    for number, block in enumerate(titled(found, "条件")):
        item = "      - " + _indented(block.body, 8).lstrip()
        made += f"  c{number}:\n    label: 示例\n    {_CITE}\n    all:\n{_marked(block, item, 6)}"
    return text.replace("\ncriteria:\n", made, 1)


def _marked(block: Block, text: str, spaces: int) -> str:
    mark = f"{' ' * spaces}{_MARK} "
    return f"{mark}{block.line}\n{text}{mark}\n"


def snippets_loaded(guide: Path, folder: Path) -> tuple[Snapshot | None, tuple[Problem, ...], list[Block]]:
    """The policy of all snippets of a guide, and the conditions among them."""
    found = blocks(guide)
    made = policies(folder)
    for block in _tables(found):
        (folder / block.title.removeprefix("文件：")).write_text(block.body, "utf-8")
    (folder / FILE).write_text(snippets_text(found), "utf-8")
    snapshot, problems = load_library(made)
    return snapshot, problems, titled(found, "条件")


def _tables(found: list[Block]) -> list[Block]:
    return [block for block in found if block.title.startswith("文件：policies/tables/")]


def in_chinese(guide: Path) -> dict[int, str]:
    """The snippets of a guide in Chinese keywords, without their examples, by the line of each in the guide."""
    found = blocks(guide)
    text = _translated(FILE, snippets_text(found))
    parts = re.findall(rf"^( *){_MARK} (\d+)\n(.*?)^ *{_MARK} $", text, re.MULTILINE | re.DOTALL)
    said = {}
    for spaces, line, part in parts:
        inner = re.sub(rf"\A{spaces}- ", f"{spaces}  ", part)
        said[int(line)] = re.sub(r"^示例:.*", "", textwrap.dedent(inner), flags=re.MULTILINE | re.DOTALL)
    cases = titled(found, f"文件：policies/{EXAMPLE}/2025.cases.yaml")
    for block in (*_tables(found), *cases):
        said[block.line] = _translated(block.title.removeprefix("文件："), block.body)
    return said


def example_in_chinese() -> str:
    """The example policy in Chinese keywords."""
    return _translated(FILE, example())


def _translated(file: str, text: str) -> str:
    made, problems = translate(file, text.encode(), schema_of(Path(file)))
    assert made is not None, problems
    return made.raw.decode()


def reference() -> str:
    """The reference of the language, its headings one level lower, as an appendix holds it."""
    snapshot, problems = load_library(BASE)
    assert snapshot is not None, problems
    fenced = False
    lines = []
    for line in reference_markdown(snapshot.policies[0]).splitlines():
        fenced ^= line.startswith("```")
        lines.append(f"#{line}\n" if line.startswith("#") and not fenced else f"{line}\n")
    return "".join(lines)


def reference_shown(guide: Path) -> str:
    """What stands between the marks of the reference."""
    return guide.read_text("utf-8").partition(f"{REFERENCE[0]}\n")[2].partition(f"{REFERENCE[1]}\n")[0]


def policy_of(snapshot: Snapshot) -> Policy:
    """The policy of the snippets."""
    found = snapshot.find(EXAMPLE, "2025")
    assert found is not None
    return found


def sentences(policy: Policy) -> list[str]:
    """What the checker reads of each snippet."""
    said = []
    for criterion in policy.criteria:
        if not re.fullmatch(r"c\d+", criterion.id):
            continue
        assert isinstance(criterion.root, AllOf)
        said.append(sentence(criterion.root.children[0]))
    return said


def _indented(text: str, spaces: int) -> str:
    return "".join(f"{' ' * spaces}{line}" if line.strip() else line for line in text.splitlines(keepends=True))


# --- edits and commands ---


def edited(text: str, block: Block) -> str:
    """The text after the edit that a ```diff block shows; what it replaces must stand there once."""
    lines = [line or " " for line in block.body.splitlines()]
    old = "".join(f"{line[1:]}\n" for line in lines if line[0] in " -")
    new = "".join(f"{line[1:]}\n" for line in lines if line[0] in " +")
    assert text.count(old) == 1, old
    return text.replace(old, new)


def is_mistake(block: Block) -> bool:
    """Whether the block is an edit of the example that the check refuses."""
    return block.language == "diff" and not block.title


def mistake(block: Block) -> str:
    """What the check says of the example after an edit, in the keywords of the edit."""
    first = next(line[1:] for line in block.text.splitlines() if line[0] in " -")
    text = example() if first in example() else example_in_chinese()
    with tempfile.TemporaryDirectory() as folder:
        policies(Path(folder))
        (Path(folder) / FILE).write_text(edited(text, block), "utf-8")
        code, said = Place(Path(folder)).command(f"eligibility policy check {FILE} --quiet")
    assert code in (0, 3), said
    assert said, block.text
    return said.rpartition("\n\n")[0] + "\n"


class Place:
    """A working folder in which the commands of a guide run, and a service that is asked by `curl`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = Settings(
            policies=folder / "policies",
            database_url=f"sqlite:///{folder / 'var' / 'eligibility.db'}",
            key_file=folder / "var" / "master.key",
            reload_seconds=0,
        )
        self.revisions = Revisions(self.settings.policies)
        self.now = datetime.fromisoformat("2024-06-28T09:30:00+08:00")

    def close(self) -> None:
        """Give the rules back."""
        self.revisions.close()

    def output(self, block: Block) -> str:
        """What the command of a ```console block prints."""
        line = block.text.partition("\n")[0].removeprefix("$ ")
        if line.startswith("curl "):
            return self.ask(shlex.split(line)) + "\n"
        return self.command(line)[1]

    def command(self, line: str) -> tuple[int, str]:
        """Exit code and output of a command, run in the folder as on a terminal 80 columns wide."""
        program, *arguments = shlex.split(line)
        if program == "cp":
            shutil.copyfile(*(self.folder / name for name in arguments))
            return 0, ""
        assert program == "eligibility"
        printed = io.StringIO()
        kept = {name: text for name, text in os.environ.items() if not name.startswith("ELIGIBILITY_")}
        for name in ("NO_COLOR", "FORCE_COLOR"):
            kept.pop(name, None)
        before, here = dict(os.environ), Path.cwd()
        try:
            os.environ.clear()
            os.environ.update({**kept, "COLUMNS": "80"})
            os.chdir(self.folder)
            with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
                code = run(arguments)
        finally:
            os.chdir(here)
            os.environ.clear()
            os.environ.update(before)
        return code, _without_folder(printed.getvalue(), self.folder)

    def ask(self, arguments: list[str]) -> str:
        """The reply to `curl`, as the service gives it after a look at its policies."""
        address = next(item for item in arguments if item.startswith("http://"))
        path = address.removeprefix("http://127.0.0.1:8000")
        body = next((item for item in arguments if item.startswith("@")), None)
        return self.reply(path, None if body is None else (self.folder / body[1:]).read_bytes())

    def reply(self, path: str, body: bytes | None = None) -> str:
        """The reply to GET, or with a body to POST; a minute passes between two of them."""
        self.now += timedelta(minutes=1)

        def clock(*_zone: object) -> datetime:
            return self.now

        with DecisionLog.open(self.settings.database_url, key_file=self.settings.key_file, clock=clock) as log:
            app = create_app(self.settings, self.revisions, log, clock=clock)
            PolicyWatcher(app.extensions[EXTENSION]).look()
            client = app.test_client()
            answer = client.get(path) if body is None else client.post(
                path, data=body, headers={"Content-Type": "application/json"}
            )  # fmt: skip
            return answer.get_data(as_text=True).rstrip("\n")


def officers_place(folder: Path) -> Place:
    """The folder in which the officers' guide works."""
    policies(folder)
    shutil.copyfile(DATA / "application.json", folder / "申报.json")
    (folder / "var").mkdir()
    return Place(folder)


def auditors_place(folder: Path) -> Place:
    """A log of three decisions and one made again with findings, and copies of it that are not sound.

    In `改动.db` an entry was edited, in `删除.db` one deleted, of `截断.db` the end was cut off everywhere.
    """
    place = officers_place(folder)
    address = "/v1/policies/lucheng-skills-master-studio/decisions"
    for name in ("G02", "G15", "G01"):
        held = json.loads((APPLICATIONS / f"{name}.json").read_text("utf-8"))
        decided = json.loads(place.reply(address, json.dumps(held["application"]).encode()))
    shutil.copyfile(DATA / "findings.json", folder / "评审意见.json")
    raw = (folder / "评审意见.json").read_bytes()
    place.reply(f"/v1/decisions/{decided['decision_id']}/findings", raw)
    for name, statements in _MEDDLING.items():
        shutil.copyfile(folder / "var" / "eligibility.db", folder / f"{name}.db")
        with contextlib.closing(sqlite3.connect(folder / f"{name}.db")) as connection:
            triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for trigger, _ in triggers:
                connection.execute(f"DROP TRIGGER {trigger}")
            for statement in statements:
                assert connection.execute(statement).rowcount > 0
            for _, sql in triggers:
                connection.execute(sql)
            connection.commit()
    return place


# Name of the copy -> what is done to it past its triggers, which are made again afterwards.
_MEDDLING = {
    "改动": (
        "UPDATE entries SET public ="
        " CAST(replace(CAST(public AS TEXT), 'not_satisfied', 'satisfied') AS BLOB) WHERE sequence = 2",
    ),
    "删除": ("DELETE FROM entries WHERE sequence = 3",),
    "截断": (
        "DELETE FROM entries WHERE sequence = 5",
        "DELETE FROM tree WHERE size = 5",
        "DELETE FROM keys WHERE decision_id NOT IN (SELECT decision_id FROM entries)",
        "DELETE FROM subjects WHERE decision_id NOT IN (SELECT decision_id FROM entries)",
        "DELETE FROM successors WHERE successor NOT IN (SELECT decision_id FROM entries)",
    ),
}


def steps(guide: Path, place: Place) -> Iterator[tuple[Block, str | None]]:
    """Does what a guide shows in its order; every ```console block with what is printed now."""
    for block in blocks(guide):
        if block.language == "diff" and block.title:
            path = place.folder / block.title
            path.write_text(edited(path.read_text("utf-8"), block), "utf-8")
        elif block.language == "console":
            yield block, place.output(block)


def same(shown: str, printed: str) -> bool:
    """Whether the output shown is the one printed, but for lines left out and what differs every time."""
    parts = [_plain(part) for part in shown.split(f"{LEFT_OUT}\n")]
    text = _plain(printed)
    if len(parts) == 1:
        return parts[0] == text
    if not (text.startswith(parts[0]) and text.endswith(parts[-1])):
        return False
    at = 0
    for part in parts:
        at = text.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return True


def _plain(text: str) -> str:
    # Blanks are left out: where a line breaks depends on the length of the folder's name.
    text = "".join(text.split())
    for pattern, word in _VARYING:
        text = pattern.sub(word, text)
    return text


def _without_folder(text: str, folder: Path) -> str:
    """The output with the name of the folder replaced, also where the name is broken over lines."""
    broken = r"\s*".join(map(re.escape, str(folder)))
    return re.sub(broken, _FOLDER, text)


# --- writing the guides anew ---


def _rewrite(guide: Path, make: Any) -> None:
    lines = guide.read_text("utf-8").splitlines(keepends=True)
    new: dict[int, str] = {}
    found = blocks(guide)
    with tempfile.TemporaryDirectory() as folder:
        place = make(Path(folder))
        for block, printed in steps(guide, place):
            head, _, shown = block.text.partition("\n")
            if LEFT_OUT in shown:
                if not same(shown, printed or ""):
                    sys.stderr.write(f"{guide.name}:{block.line + 1}: write anew by hand:\n{printed}\n")
            elif not same(shown, printed or "") or not shown:
                new[block.line] = f"{head}\n{printed or ''}".rstrip("\n") + "\n"
        place.close()
    for block, answer in pairwise(found):
        if is_mistake(block):
            new[answer.line] = mistake(block)
    if titled(found, "条件"):
        with tempfile.TemporaryDirectory() as folder:
            snapshot, problems, conditions = snippets_loaded(guide, Path(folder))
        sys.stderr.write("".join(f"{item}\n" for item in problems))
        said = [] if snapshot is None else sentences(policy_of(snapshot))
        for block, text in zip(conditions, said, strict=False):
            at = next(n for n in range(block.line, len(lines)) if lines[n].startswith(READ_AS))
            lines[at] = f"{READ_AS}{text}\n"
    for line in sorted(new, reverse=True):
        end = lines.index("```\n", line + 1)
        lines[line + 1 : end] = [new[line]]
    guide.write_text("".join(lines), "utf-8")
    if REFERENCE[0] in "".join(lines):
        _rewrite_chinese(guide)
        before, _, rest = guide.read_text("utf-8").partition(f"{REFERENCE[0]}\n")
        after = rest.partition(f"{REFERENCE[1]}\n")[2]
        guide.write_text(f"{before}{REFERENCE[0]}\n{reference()}{REFERENCE[1]}\n{after}", "utf-8")


def _rewrite_chinese(guide: Path) -> None:
    lines = guide.read_text("utf-8").splitlines(keepends=True)
    found = blocks(guide)
    said = in_chinese(guide)
    for block, following in reversed([*pairwise(found), (found[-1], None)]):
        if block.title.startswith(f"{IN_CHINESE}："):
            end = lines.index("```\n", block.line + 1)
            lines[block.line + 2 : end] = [example_in_chinese()]
        if block.line not in said:
            continue
        if following is not None and following.title == IN_CHINESE:
            at = following.line
            del lines[at : lines.index("```\n", at + 1) + 2]
        else:
            at = lines.index("```\n", block.line + 1) + 2
            if lines[at].startswith(READ_AS):
                at += 2
        lines[at:at] = [f"```yaml\n# {IN_CHINESE}\n{said[block.line]}```\n\n"]
    guide.write_text("".join(lines), "utf-8")


if __name__ == "__main__":
    _rewrite(OFFICERS, officers_place)
    _rewrite(AUDITORS, auditors_place)
