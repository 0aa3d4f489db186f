"""Strict JSON: what is refused, with which code and where; what is accepted comes back as it was written."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.api.strict_json import Limits, loads

DATA = Path(__file__).parent.parent / "data" / "json"


def _lines(name: str) -> list[str]:
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def _bytes(text: str) -> bytes:
    """The text with `\\xNN`, `\\n`, `\\t` and `\\\\` resolved, characters beyond ASCII as UTF-8."""
    known = {b"\\n": b"\n", b"\\t": b"\t", b"\\\\": b"\\"}
    return re.sub(
        rb"\\x[0-9a-f]{2}|\\[nt\\]",
        lambda found: known.get(found[0]) or bytes([int(found[0][2:], 16)]),
        text.encode("utf-8"),
    )


def _found(raw: bytes, **limits: int) -> list[tuple[str, str]]:
    value, problems = loads(raw, Limits(**limits))
    assert problems
    assert value is None
    assert all(item.message for item in problems)
    return [(item.code, item.place.pointer) for item in problems]  # type: ignore[union-attr]


@pytest.mark.parametrize("line", _lines("refused.txt"))
def test_refused_with_code_and_pointer(line: str) -> None:
    told, _, body = line.partition(" | ")
    expected = []
    for item in told.split(", "):
        code, _, pointer = item.partition(" ")
        expected.append((code, {"-": "", "": "/"}.get(pointer, pointer).replace("\\ufffd", "\ufffd")))
    assert _found(_bytes(body)) == expected


@pytest.mark.parametrize("line", _lines("accepted.txt"))
def test_accepted_as_written(line: str) -> None:
    raw = _bytes(line)
    assert loads(raw) == (json.loads(raw), ())


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":'])
def test_twenty_thousand_levels_do_not_recurse(opening: str) -> None:
    assert _found(opening.encode() * 20_000) == [("json-too-deep", "")]


def test_depth_is_counted_to_the_level() -> None:
    assert loads(b"[" * 32 + b"]" * 32)[1] == ()
    assert _found(b"[" * 33 + b"]" * 33) == [("json-too-deep", "")]


def test_values_are_counted_to_the_one() -> None:
    # The array itself is a value too.
    assert loads(b"[" + b",".join([b"1"] * 19_999) + b"]")[1] == ()
    assert _found(b"[" + b",".join([b"1"] * 20_000) + b"]") == [("json-too-many", "")]


def test_two_hundred_thousand_members_are_refused() -> None:
    body = "{" + ",".join(f'"k{index}":1' for index in range(200_000)) + "}"
    assert _found(body.encode(), size=10_000_000) == [("json-too-many", "")]


def test_size_is_counted_to_the_byte() -> None:
    assert loads(b'"' + b"x" * 98 + b'"', Limits(size=100))[1] == ()
    assert _found(b'"' + b"x" * 99 + b'"', size=100) == [("json-too-large", "")]


@pytest.mark.parametrize(
    "number", ["9" * 5000, "-" + "9" * 5000, "0." + "3" * 5000, "1e" + "9" * 5000, "1" + "0" * 400]
)
def test_endless_numbers_are_refused_before_they_are_converted(number: str) -> None:
    assert _found(f'{{"a": {number}}}'.encode()) == [("json-number-too-long", "/a")]


def test_unclosed_strings_of_escapes_are_read_once() -> None:
    # Quadratic reading of this body would not end within a test run.
    assert _found(b"[" * 40 + b'"' + b'\\"' * 450_000) == [("json-too-deep", "")]
    assert _found(b"[" * 30 + b'"' + b'\\"' * 450_000 + b"[[[[") == [("json-syntax", "")]


def test_a_long_name_is_cut_in_the_pointer() -> None:
    name = "x" * 10_000
    ((code, pointer),) = _found(json.dumps({name: 1})[:-1].encode() + f',"{name}":1}}'.encode())
    assert code == "json-duplicate-key"
    assert len(pointer) < 300


def test_all_duplicates_are_named() -> None:
    body = "{" + ",".join(f'"k{index % 50}":1' for index in range(100)) + "}"
    assert len(_found(body.encode())) == 50


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cc", "Cs"]))
    | st.decimals(-10_000, 10_000, places=4).map(float),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cc", "Cs"])), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(_VALUES, st.booleans())
@settings(max_examples=300)
def test_whatever_json_writes_within_the_limits_comes_back(value: object, ascii_only: bool) -> None:
    assert loads(json.dumps(value, ensure_ascii=ascii_only).encode("utf-8")) == (value, ())


@given(st.binary(max_size=200) | st.text(alphabet='{}[]",:\\u0d8ea1.NIfntr- ', max_size=200).map(str.encode))
@settings(max_examples=500)
def test_never_more_than_json_accepts_and_never_an_exception(raw: bytes) -> None:
    value, problems = loads(raw)
    if not problems:
        assert value == json.loads(raw)


@given(st.from_regex(r"\A-?(0|[1-9][0-9]{0,18})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?\Z"))
@settings(max_examples=500)
def test_a_number_is_kept_exactly_or_refused(text: str) -> None:
    value, problems = loads(text.encode())
    if not problems:
        assert Decimal(repr(value)) == Decimal(text)
