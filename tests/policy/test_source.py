"""Reading policy files: what is refused and where, what a scalar means, and that no text breaks it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from service import messages
from service.policy import mistyped, source, syntax
from service.policy.scalars import literal_text
from service.policy.source import read_bytes, read_file
from service.policy.source_text import SourceDocument, SourceText, source_text
from service.problems import FilePlace

DATA = Path(__file__).parents[1] / "data" / "yaml"
Steps = tuple[str | int, ...]


def accepted(text: str | bytes) -> SourceDocument:
    document, problems = read_bytes("policy.yaml", text if isinstance(text, bytes) else text.encode())
    assert problems == ()
    assert document is not None
    return document


def refused(text: str | bytes) -> list[str]:
    document, problems = read_bytes("policy.yaml", text if isinstance(text, bytes) else text.encode())
    assert document is None
    return [f"{p.place.line}:{p.place.column}: {p.code}" for p in problems if isinstance(p.place, FilePlace)]


def leaves(data: Any, path: Steps = ()) -> Iterator[tuple[Steps, Any]]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield from leaves(value, (*path, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from leaves(value, (*path, index))
    else:
        yield path, data


def files(folder: str) -> list[Any]:
    found = sorted((DATA / folder).glob("*.yaml"))
    assert found
    return [pytest.param(file, id=file.stem) for file in found]


@pytest.mark.parametrize("file", files("bad"))
def test_a_faulty_file_is_refused_with_these_places_and_codes(file: Path) -> None:
    assert refused(file.read_bytes()) == file.with_suffix(".expected").read_text("utf-8").splitlines()


@pytest.mark.parametrize("file", files("good"))
def test_scalars_have_these_places_types_and_texts(file: Path) -> None:
    document = accepted(file.read_bytes())
    read = []
    for path, value in leaves(document.data):
        place = document.place(path)
        shown = literal_text(value).replace("\n", "\\n")
        read.append(f"{place.line}:{place.column}: {type(value).__name__} {shown}")
    assert read == file.with_suffix(".expected").read_text("utf-8").splitlines()


@pytest.mark.parametrize("file", files("bad"))
def test_every_problem_has_a_chinese_sentence_and_hint(file: Path) -> None:
    for found in read_bytes(file.name, file.read_bytes())[1]:
        assert re.search("[\u4e00-\u9fff]", found.message)
        assert re.search("[\u4e00-\u9fff]", found.hint or "")
        assert "{}" not in found.message


def test_every_code_of_the_syntax_table_has_its_words() -> None:
    codes = (
        {row[2] for row in syntax.SYNTAX}
        | {row[0] for row in mistyped.SUSPECTS}
        | {"yaml-syntax", "yaml-more-problems"}
    )
    for code in codes:
        assert messages.has(code), code
        assert messages.has(f"{code}.hint"), code


def test_deep_nesting_is_cut_before_it_costs_anything() -> None:
    assert refused("[" * 60_000) == ["1:41: yaml-too-deep"]
    assert refused("- " * 60_000) == ["1:81: yaml-too-deep"]
    assert refused("".join(f"{' ' * depth}a:\n" for depth in range(60))) == ["41:41: yaml-too-deep"]


def test_size_and_number_of_values_are_limited() -> None:
    assert accepted("# " + "x" * (source.MAX_BYTES - 7) + "\na: 1").data == {"a": 1}
    assert refused("# " + "x" * (source.MAX_BYTES - 6) + "\na: 1") == ["0:0: yaml-too-large"]
    assert len(accepted("- 1\n" * (source.MAX_NODES - 1)).data) == source.MAX_NODES - 1
    assert refused("- 1\n" * source.MAX_NODES) == ["50000:3: yaml-too-many-nodes"]


def test_many_problems_are_counted_and_not_all_listed() -> None:
    document, problems = read_bytes("policy.yaml", b"a: 1\n" + b"a: 2\n" * 250)
    assert document is None
    assert len(problems) == source.MAX_PROBLEMS + 1
    assert problems[-1].code == "yaml-more-problems"
    assert dict(problems[-1].params) == {"count": 150}


@pytest.mark.parametrize(
    "char",
    [
        *"\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\u200c\u200d\u2060\u00ad\u3164\x00\x7f"
    ],
    ids=ascii,
)
@pytest.mark.parametrize("text", ["a: 1\nb: {}x\n", "a: 1\nb: '{}'\n", "a: 1\n#  {}\n", "a: 1\n{}b: 1\n"])
def test_unseen_characters_are_refused_wherever_they_stand(char: str, text: str) -> None:
    column = text.splitlines()[1].index("{}") + 1
    found = refused(text.replace("{}", char))
    assert len(found) == 1
    assert re.fullmatch(rf"2:{column}: yaml-(bidirectional|invisible|control)", found[0])


def test_a_repaired_colon_never_lets_a_file_pass() -> None:
    # The lone fault is repaired to look past it, and what is behind it is sound.
    assert refused("a：1\nb: 2\n") == ["1:2: yaml-full-width-colon"]


def test_places_of_keys_values_and_of_what_is_absent() -> None:
    document = accepted("甲:\n  - x: 1\n    y: [2, 3]\n乙: {z: 4}\n")

    def at(*path: str | int, key: bool = False) -> str:
        place = document.place(path, key=key)
        return f"{place.line}:{place.column}"

    assert at() == "1:1"
    assert at("甲") == "2:3"
    assert at("甲", key=True) == "1:1"
    assert at("甲", 0, "y", key=True) == "3:5"
    assert at("甲", 0, "y", 1) == "3:12"
    assert at("乙", "z") == "4:8"
    assert at("甲", 0, "absent") == at("甲", 0)
    assert at("甲", 5, "absent") == at("甲")
    assert at("乙", "z", "deeper") == at("乙", "z")
    assert at("absent", key=True) == "1:1"
    assert str(document.place(("乙",))) == "policy.yaml:4:4"


def test_an_excerpt_underlines_the_whole_token_in_terminal_columns() -> None:
    document = accepted('技师: {名称: "高级技师", b: 12}\n')

    def shown(*path: str | int, key: bool = False) -> tuple[str, str]:
        return document.excerpt(document.place(path, key=key))

    line = '技师: {名称: "高级技师", b: 12}'
    assert shown("技师", key=True) == (line, "^^^^")
    assert shown("技师", "名称", key=True) == (line, " " * 7 + "^^^^")
    assert shown("技师", "名称") == (line, " " * 13 + "^" * 10)
    assert shown("技师", "b") == (line, " " * 28 + "^^")


def test_an_excerpt_of_a_faulty_file_shows_unseen_characters() -> None:
    text = source_text("policy.yaml", "a: 甲\u202e乙\n\tb: 1\n".encode())
    assert text.excerpt(FilePlace("policy.yaml", 1, 5)) == ("a: 甲?乙", "     ^")
    assert text.excerpt(FilePlace("policy.yaml", 2, 1)) == (" b: 1", "^")
    assert text.excerpt(FilePlace("policy.yaml")) == ("", "")
    assert text.excerpt(FilePlace("policy.yaml", 9, 1)) == ("", "")


def test_an_excerpt_of_a_long_line_is_cut_around_its_place() -> None:
    text = SourceText("policy.yaml", "甲" * 500 + "x" + "乙" * 500, "")
    line, marker = text.excerpt(FilePlace("policy.yaml", 1, 501), length=1)
    assert line == "..." + "甲" * 25 + "x" + "乙" * 25 + "..."
    assert marker == " " * 53 + "^"


def test_the_digest_is_of_the_bytes_and_the_text_without_the_mark() -> None:
    raw = "\ufeffa: 技师\r\n".encode()
    document = accepted(raw)
    assert document.source.digest == "sha256:" + hashlib.sha256(raw).hexdigest()
    assert document.source.text == "a: 技师\r\n"


def test_a_file_is_shown_under_the_name_it_was_given(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("a: 1\na: 2\n", encoding="utf-8")
    assert [str(p.place) for p in read_file(tmp_path / "x.yaml", "policies/x.yaml")[1]] == ["policies/x.yaml:2:1"]
    assert [str(p.place) for p in read_file(tmp_path / "x.yaml")[1]] == [f"{tmp_path}/x.yaml:2:1"]


def test_a_file_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    for path, code in (
        (tmp_path / "no.yaml", "file-missing"),
        (tmp_path, "file-unreadable"),
        (Path("a\0b"), "file-unreadable"),
    ):
        document, problems = read_file(path, "x")
        assert document is None
        assert [(p.code, str(p.place)) for p in problems] == [(code, "x")]


@pytest.mark.parametrize(
    ("value", "text"),
    [(3, "3"), (True, "true"), (False, "false"), (None, "null"), ("010", "010"), (Decimal("1.50"), "1.50")],
)
def test_a_literal_is_shown_as_it_is_written(value: Any, text: str) -> None:
    assert literal_text(value) == text


# Characters that mean something to YAML, so that arbitrary text reaches its corners.
YAMLISH = st.text(st.sampled_from("ab1 \n\t:-?[]{},#&*!|>'\"%@`.~<=\\：，　技\r\u200b\u2028\ufeff💰"), max_size=60)
LINES = st.lists(
    st.sampled_from(
        [
            "a: 1",
            "  b: 2",
            "- c",
            "  - d: 3",
            "e：4",
            "f:5",
            "-g",
            "h",
            "  i",
            "j: [1",
            "k]",
            'l: "m',
            "'",
            "|",
            "  x: |",
        ]
    ),
    max_size=8,
).map("\n".join)


@settings(deadline=None)
@given(YAMLISH | LINES | st.text(max_size=80))
@example("title：2024\nb: 2")
@example("? |\n  a\n: 1")
def test_any_text_is_read_or_refused_with_places_inside_it(text: str) -> None:
    document, problems = read_bytes("f", text.encode("utf-8", "surrogatepass"))
    lines = re.split(r"\r\n|\r|\n", text.removeprefix("\ufeff"))
    for found in problems:
        assert found.message
        assert isinstance(found.place, FilePlace)
        if found.place.line:
            assert 1 <= found.place.column <= len(lines[found.place.line - 1]) + 1
    assert (document is None) == bool(problems)
    if document is not None:
        for path, _ in leaves(document.data):
            for end in range(len(path) + 1):
                for key in (False, True):
                    place = document.place(path[:end], key=key)
                    assert 1 <= place.line <= len(lines)
                    assert 1 <= place.column <= len(lines[place.line - 1]) + 1
                    line, marker = document.excerpt(place)
                    assert set(marker) <= {" ", "^"}
                    assert line or not lines[place.line - 1]


@settings(deadline=None)
@given(YAMLISH | LINES)
def test_what_is_accepted_is_what_yaml_says_it_is(text: str) -> None:
    document, _ = read_bytes("f", text.encode())

    def texts(data: Any) -> Any:
        if isinstance(data, dict):
            return {key: texts(value) for key, value in data.items()}
        return [texts(value) for value in data] if isinstance(data, list) else "scalar"

    if document is not None:
        assert texts(document.data) == texts(yaml.load(document.source.text, Loader=yaml.CBaseLoader))  # noqa: S506 - builds text only


@settings(deadline=None)
@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    document, problems = read_bytes("f", raw)
    assert (document is None) == bool(problems)
