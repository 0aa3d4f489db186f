"""The house rules that a machine can hold: types, lints, import contracts, where words may stand."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HAN = re.compile(r"[\u4e00-\u9fff]")


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "command",
    [("mypy",), ("ruff", "check", "."), ("ruff", "format", "--check", ".")],
    ids=["mypy --strict", "ruff check", "ruff format"],
)
def test_checker_is_content(command: tuple[str, ...]) -> None:
    done = run(*command)
    assert done.returncode == 0, done.stdout + done.stderr


def test_rooms_import_one_way() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def docstrings(tree: ast.AST) -> set[ast.Constant]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                found.add(first.value)
    return found


# How the program itself reads numbers, units and dates, which is no domain text.
READS_CHINESE = {
    "service/policy/literals.py",
    "service/policy/moments.py",
    "service/policy/notice.py",
    "service/policy/numerals.py",
    "service/policy/quantities.py",
    "service/engine/texts.py",
    "service/engine/traces.py",
}


def test_chinese_words_stand_in_the_catalogue_not_in_python() -> None:
    strays = []
    for path in sorted((ROOT / "service").rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        tree = ast.parse(path.read_text(encoding="utf-8"))
        allowed = docstrings(tree)
        for node in ast.walk(tree):
            text = node.value if isinstance(node, ast.Constant) and node not in allowed else None
            # Punctuation joins sentences; words are the catalogue's.
            if isinstance(text, str) and HAN.search(text) and name not in READS_CHINESE:
                strays.append(f"{name}: {text}")
    assert not strays, "\n".join(strays)


@pytest.mark.parametrize(
    ("module", "homes"),
    [
        ("yaml", {"policy/source.py"}),
        ("durable_rules_engine", {"engine/rules.py"}),
        ("flask", {"api", "web"}),
        ("sqlalchemy", {"decisions", "access"}),
    ],
)
def test_a_fragile_library_has_one_home(module: str, homes: set[str]) -> None:
    for path in (ROOT / "service").rglob("*.py"):
        name = path.relative_to(ROOT / "service").as_posix()
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        if any(found == module or found.startswith(f"{module}.") for found in imported):
            assert name in homes or name.partition("/")[0] in homes, f"{name} imports {module}"


# Codes made of parts where the program fills in the kind of character at fault.
BUILT = ("yaml-bidirectional", "yaml-invisible", "yaml-control")


def test_every_message_is_used_by_some_code() -> None:
    sources = "\n".join(
        path.read_text(encoding="utf-8")
        for path in sorted((ROOT / "service").rglob("*"))
        if path.suffix in (".py", ".html")
    )
    unused = []
    for path in sorted((ROOT / "service" / "messages").glob("*.toml")):
        for code in tomllib.loads(path.read_text(encoding="utf-8")):
            plain = code.removesuffix(".hint")
            # Codes built from parts ("status." + status) are found by the part they begin with.
            parts = plain.split(".")
            begun = (".".join(parts[:count]) + "." for count in range(1, len(parts)))
            if plain not in sources and plain not in BUILT and not any(f'"{part}' in sources for part in begun):
                unused.append(f"{path.name}: {code}")
    assert not unused, "\n".join(unused)


def test_the_readme_names_the_command_that_continuous_integration_runs() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"^python3 -m venv .*$", readme, re.MULTILINE)
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert len(commands) == 2
    assert commands[1] in script
