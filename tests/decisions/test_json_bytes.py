"""JSON as bytes: to the value the standard library writes, whatever a client sends."""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.decisions.json_bytes import json_bytes, plain_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(VALUES)
def test_what_is_written_reads_back_as_it_was(value: Any) -> None:
    read = json.loads(json_bytes(value, surrogates="surrogatepass"))
    assert read == value
    assert repr(read) == repr(json.loads(plain_json(value)))


def test_what_the_fast_writer_refuses_is_written_all_the_same() -> None:
    assert json_bytes({"n": 10**30}, surrogates="replace") == b'{"n":1000000000000000000000000000000}'
    assert json_bytes(["\ud800"], surrogates="replace") == b'["?"]'
    assert json.loads(json_bytes(["\ud800"], surrogates="surrogatepass")) == ["\ud800"]


def test_any_mapping_is_an_object_in_its_order() -> None:
    assert json_bytes(MappingProxyType({"乙": 1, "甲": [2]}), surrogates="replace") == '{"乙":1,"甲":[2]}'.encode()


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(TypeError):
        json_bytes({"when": object()}, surrogates="replace")
