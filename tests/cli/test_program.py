"""The command as a program: help, usage errors, locale, signals, colour."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
from functools import partial
from pathlib import Path

import pytest
from command import APPLICATIONS, COMMAND, ROOT, eligibility, environment
from rich.cells import cell_len

from service import __version__

FIRST = sorted(APPLICATIONS.glob("*.json"))[0]
COMMANDS = [
    (),
    ("serve",),
    ("assess",),
    ("panel-sheet",),
    ("decide",),
    ("policy",),
    ("policy", "check"),
    ("policy", "show"),
    ("log",),
    ("log", "list"),
    ("log", "show"),
    ("log", "verify"),
    ("log", "replay"),
    ("keys",),
    ("keys", "new"),
    ("keys", "list"),
    ("keys", "rotate"),
    ("keys", "revoke"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_help_in_chinese_with_an_example_that_fits_80_columns(
    command: tuple[str, ...],
) -> None:
    ended = eligibility(*command, "--help")
    assert (ended.code, ended.err) == (0, "")
    assert "示例：" in ended.out
    assert f"eligibility {' '.join(command)}".strip() in ended.out
    assert "Usage" not in ended.out
    assert [line for line in ended.out.split("\n") if cell_len(line) > 80] == []


@pytest.mark.parametrize("command", [("assess",), ("policy", "check"), ("log", "verify"), ("serve",)])
def test_exit_codes_are_told_in_the_help(command: tuple[str, ...]) -> None:
    assert "退出码：" in eligibility(*command, "--help").out


def test_version() -> None:
    ended = eligibility("--version")
    assert (ended.code, ended.out) == (0, f"eligibility {__version__}\n")


def test_without_a_command_it_shows_its_help_and_exits_with_2() -> None:
    ended = eligibility()
    assert ended.code == 2
    assert ended.out == eligibility("--help").out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("asess",), "“assess”"),
        (("assess", "--polici", "x", "y"), "“--policies”"),
        (("assess",), "PATH"),
        (("assess", "x", "--format", "xml"), "--format"),
        (("assess", "x", "--format"), "--format"),
        (("log", "list", "--limit", "0"), "--limit"),
        (("policy", "show", "a", "b", "c"), "参数过多"),
        (("log", "replay"), "--all"),
        (("serve", "--port", "http"), "--port"),
        (("serve", "--host", "192.0.2.1"), "--host"),
    ],
)
def test_a_wrong_command_line_is_told_in_chinese(arguments: tuple[str, ...], said: str) -> None:
    ended = eligibility(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
    assert "Traceback" not in ended.err
    assert "Error" not in ended.err


def test_a_wrong_setting_is_named_as_it_was_given() -> None:
    ended = eligibility("assess", FIRST, ELIGIBILITY_UTC_OFFSET="8")
    assert ended.code == 2
    assert "ELIGIBILITY_UTC_OFFSET" in ended.err
    ended = eligibility("assess", FIRST, "--utc-offset", "8")
    assert "--utc-offset" in ended.err


def test_a_setting_the_command_does_not_use_does_not_stop_it() -> None:
    assert eligibility("assess", FIRST, ELIGIBILITY_PORT="http").code == 0


@pytest.mark.parametrize("locale", [{"LANG": "C"}, {"LC_ALL": "POSIX"}, {"LANG": "", "PYTHONIOENCODING": "latin-1"}])
def test_output_is_utf8_under_any_locale(locale: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "申报.json"
    path.write_bytes(FIRST.read_bytes())
    usual = eligibility("assess", path, COLUMNS="200")
    ended = eligibility("assess", path, COLUMNS="200", **locale)
    assert ended.code == 0
    assert ended.out == usual.out
    assert "申报.json" in ended.out


def test_a_file_name_that_is_not_utf8_does_not_end_in_a_traceback(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/\xff.json"
    ended = subprocess.run(
        [*COMMAND, "assess", name, "--format", "json"],
        capture_output=True, cwd=ROOT, env=environment(), timeout=60, check=False,
    )  # fmt: skip
    assert ended.returncode == 2
    assert rb"\udcff.json" in ended.stdout
    assert ended.stderr == b""


@pytest.mark.parametrize("form", ["table", "json"])
def test_a_closed_pipe_is_quiet(form: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with subprocess.Popen(
        [*COMMAND, "assess", FIRST, "--format", form],
        stdout=writing, stderr=subprocess.PIPE, cwd=ROOT, env=environment(),
    ) as process:  # fmt: skip
        os.close(writing)
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (141, b"")


def test_an_interrupt_is_quiet() -> None:
    # It waits for standard input, so it is surely running commands when the signal comes.
    with subprocess.Popen(
        [*COMMAND, "assess", "-"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, env=environment(),
        # What a shell runs in the background ignores the signal, and so would all it starts.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no thread runs in the tests
    ) as process:  # fmt: skip
        assert process.stdin is not None
        _wait_until_reading(process.pid)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert (out, err.strip()) == (b"", b"")


def _wait_until_reading(pid: int) -> None:
    """Until the process sleeps in read(0, ...), as the kernel tells."""
    while True:
        state = Path(f"/proc/{pid}/syscall").read_text(encoding="ascii").split()
        if state[:2] == ["0", "0x0"]:
            return


def _on_a_terminal(*arguments: object, **variables: str) -> str:
    """What a command writes to a terminal of 80 columns, standard error included."""
    parent, child = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        stdin=child, stdout=child, stderr=child,
        cwd=ROOT, env=environment(TERM="xterm-256color", **variables),
    ) as process:  # fmt: skip
        os.close(child)
        written = b""
        while True:
            try:
                piece = os.read(parent, 65536)
            except OSError:  # how Linux tells that the other end is closed
                break
            if not piece:
                break
            written += piece
        process.wait(timeout=60)
    os.close(parent)
    return written.decode("utf-8")


def test_colour_on_a_terminal_only_and_not_with_no_color() -> None:
    assert "\x1b[" in _on_a_terminal("assess", FIRST)
    assert "\x1b[3" not in _on_a_terminal("assess", FIRST, NO_COLOR="1")
    assert "\x1b" not in eligibility("assess", FIRST).out


def test_many_inputs_show_progress_on_a_terminal_and_the_output_stays_whole(tmp_path: Path) -> None:
    for number in range(25):
        (tmp_path / f"{number:02}.json").write_bytes(FIRST.read_bytes())
    plain = eligibility("assess", tmp_path, "--format", "json")
    assert "正在判定" not in plain.err
    shown = _on_a_terminal("assess", tmp_path, "--format", "json").replace("\r\n", "\n")
    assert "正在判定" in shown
    assert plain.out in shown
