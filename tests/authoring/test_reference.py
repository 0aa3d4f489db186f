"""The reference of the language: complete, made the same every time, its examples those of the example file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from service.authoring.excerpts import excerpt, nodes
from service.authoring.reference import reference_markdown
from service.policy.condition_schema import COMMON_KEYS, COMPARISONS, KINDS, WORDS
from service.policy.functions import FUNCTIONS
from service.policy.keywords import CHINESE
from service.policy.library import load_library, read_library
from service.policy.source import read_bytes

BASE = Path(__file__).parents[1] / "data" / "policies" / "base"


@pytest.fixture(scope="module")
def reference() -> str:
    snapshot, problems = load_library(BASE)
    assert snapshot is not None, problems
    return reference_markdown(snapshot.policies[0])


def parts(reference: str) -> dict[str, str]:
    """The text below each heading by the keyword that it begins with."""
    found = re.split(r"^#{2,4} ", reference, flags=re.MULTILINE)
    return {part.partition("（")[0].partition("\n")[0]: part for part in found}


def test_every_kind_comparison_and_function_is_explained_with_an_example(reference: str) -> None:
    found = parts(reference)
    for keyword in (*KINDS, *COMPARISONS, *FUNCTIONS):
        assert CHINESE.word(keyword) in found[keyword]
        assert "```yaml" in found[keyword], keyword
        assert re.search(rf"\b{keyword}:", found[keyword]), keyword
    for keyword in (*KINDS, *COMPARISONS):
        assert "> 读作：" in found[keyword], keyword


def test_every_key_of_a_condition_is_named(reference: str) -> None:
    headed = parts(reference)
    for key in (*COMMON_KEYS, *WORDS, *(key for keys in KINDS.values() for part in keys for key in part)):
        assert f"`{key}`" in reference or key in headed


def test_every_example_is_yaml_and_stands_in_the_example_files(reference: str) -> None:
    files = "".join("".join(path.read_text("utf-8").split()) for path in sorted(BASE.rglob("*.yaml")))
    examples = re.findall(r"^```yaml\n(.*?)^```$", reference, flags=re.MULTILINE | re.DOTALL)
    assert len(examples) > len(KINDS) + len(COMPARISONS) + len(FUNCTIONS)
    for example in examples:
        document, problems = read_bytes("example.yaml", example.encode())
        assert document is not None, (example, problems)
        assert isinstance(document.data, dict)
        assert "".join(example.split()) in files


def test_the_same_policy_gives_the_same_text(reference: str) -> None:
    snapshot, _ = load_library(BASE)
    assert snapshot is not None
    assert reference_markdown(snapshot.policies[0]) == reference


def test_the_text_of_a_node_reads_as_the_node() -> None:
    _, _, documents = read_library(BASE)
    for document in documents.values():
        for path, data in nodes(document.data):
            text = excerpt(document, path)
            read, problems = read_bytes("piece.yaml", text.encode())
            assert read is not None, (path, problems)
            assert read.data == data
            if path and isinstance(path[-1], str):
                shown, problems = read_bytes("piece.yaml", excerpt(document, path, key=True).encode())
                assert shown is not None, (path, problems)
                assert shown.data == {path[-1]: data}
