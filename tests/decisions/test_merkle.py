import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.decisions import merkle

DATA = Path(__file__).parent.parent / "data" / "merkle"
REFERENCE = json.loads((DATA / "reference.json").read_text(encoding="utf-8"))
PROBES = json.loads((DATA / "probes.json").read_text(encoding="utf-8"))
LEAVES = [merkle.leaf_hash(bytes.fromhex(leaf)) for leaf in REFERENCE["leaves"]]
ROOTS = [bytes.fromhex(root) for root in REFERENCE["roots"]]

# Sizes around powers of two are where trees differ in shape.
sizes = st.integers(1, 70)


def hashes(size: int) -> list[bytes]:
    return [merkle.leaf_hash(bytes([index])) for index in range(size)]


def unhex(proof: list[str]) -> tuple[bytes, ...]:
    return tuple(bytes.fromhex(node) for node in proof)


@pytest.mark.parametrize("size", range(9))
def test_tree_heads_are_those_of_the_reference(size):
    assert merkle.root(LEAVES[:size]) == ROOTS[size]


@pytest.mark.parametrize("vector", REFERENCE["inclusion"], ids=lambda v: f"{v['index']}-{v['size']}")
def test_inclusion_proofs_are_those_of_the_reference(vector):
    index, size, proof = vector["index"], vector["size"], unhex(vector["proof"])
    assert merkle.inclusion_proof(LEAVES[:size], index) == proof
    assert merkle.verify_inclusion(LEAVES[index], index, size, proof, ROOTS[size])


@pytest.mark.parametrize("vector", REFERENCE["consistency"], ids=lambda v: f"{v['first']}-{v['second']}")
def test_consistency_proofs_are_those_of_the_reference(vector):
    first, second, proof = vector["first"], vector["second"], unhex(vector["proof"])
    assert merkle.consistency_proof(LEAVES[:second], first) == proof
    assert merkle.verify_consistency(first, ROOTS[first], second, ROOTS[second], proof)


def raw(text: str) -> bytes:
    return base64.b64decode(text)


@pytest.mark.parametrize("probe", PROBES["inclusion"], ids=lambda probe: probe["name"])
def test_inclusion_proofs_hold_where_the_reference_says_so_and_nowhere_else(probe):
    proof = [raw(node) for node in probe["proof"]]
    leaf, root = raw(probe["leaf"]), raw(probe["root"])
    assert merkle.verify_inclusion(leaf, probe["index"], probe["size"], proof, root) is probe["holds"]


@pytest.mark.parametrize("probe", PROBES["consistency"], ids=lambda probe: probe["name"])
def test_consistency_proofs_hold_where_the_reference_says_so_and_nowhere_else(probe):
    proof = [raw(node) for node in probe["proof"]]
    roots = raw(probe["first_root"]), raw(probe["second_root"])
    assert merkle.verify_consistency(probe["first"], roots[0], probe["second"], roots[1], proof) is probe["holds"]


def naive_root(leaves: list[bytes]) -> bytes:
    """MTH as RFC 9162, 2.1.1 defines it, recursively."""
    if not leaves:
        return merkle.EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return merkle.node_hash(naive_root(leaves[:split]), naive_root(leaves[split:]))


@given(size=st.integers(0, 70))
def test_the_frontier_gives_the_root_the_standard_defines_and_survives_storage(size):
    frontier = merkle.frontier(hashes(size))
    assert frontier.root() == naive_root(hashes(size))
    assert merkle.Frontier.from_bytes(size, frontier.to_bytes()) == frontier


@given(st.data())
def test_a_leaf_proves_its_own_place_and_no_other(data):
    size = data.draw(sizes)
    index = data.draw(st.integers(0, size - 1))
    leaves = hashes(size)
    root, proof = merkle.root(leaves), merkle.inclusion_proof(leaves, index)
    assert merkle.verify_inclusion(leaves[index], index, size, proof, root)
    other = data.draw(st.integers(-1, size + 1).filter(lambda i: i != index))
    assert not merkle.verify_inclusion(leaves[index], other, size, proof, root)
    assert not merkle.verify_inclusion(merkle.leaf_hash(b"forged"), index, size, proof, root)
    assert not merkle.verify_inclusion(leaves[index], index, size, (*proof, root), root)
    if proof:
        assert not merkle.verify_inclusion(leaves[index], index, size, proof[:-1], root)
        assert not merkle.verify_inclusion(leaves[index], index, size, (root, *proof[1:]), root)


@given(st.data())
def test_a_prefix_proves_itself_and_a_rewritten_one_does_not(data):
    second = data.draw(sizes)
    first = data.draw(st.integers(1, second))
    leaves = hashes(second)
    old, new, proof = (
        merkle.root(leaves[:first]),
        merkle.root(leaves),
        merkle.consistency_proof(leaves, first),
    )
    assert merkle.verify_consistency(first, old, second, new, proof)
    assert not merkle.verify_consistency(first, old, second, new, (*proof, new))
    forged = merkle.root([merkle.leaf_hash(b"forged"), *leaves[1:first]])
    assert not merkle.verify_consistency(first, forged, second, new, proof)
    if proof:
        assert not merkle.verify_consistency(first, old, second, new, proof[:-1])
        assert not merkle.verify_consistency(first, old, second, new, (new, *proof[1:]))


def test_a_smaller_tree_is_no_extension_of_a_larger_one():
    assert not merkle.verify_consistency(3, ROOTS[3], 2, ROOTS[2], ())
    assert not merkle.verify_consistency(3, ROOTS[3], 5, ROOTS[5], ())


@pytest.mark.parametrize("index", [-1, 8])
def test_there_is_no_proof_of_a_leaf_outside(index):
    with pytest.raises(ValueError, match="not in a tree of 8"):
        merkle.inclusion_proof(LEAVES, index)


@pytest.mark.parametrize("first", [-1, 9])
def test_there_is_no_proof_of_a_prefix_outside(first):
    with pytest.raises(ValueError, match="has no prefix"):
        merkle.consistency_proof(LEAVES, first)


@pytest.mark.parametrize(("size", "raw"), [(3, b"\0" * 32), (1, b"\0" * 31), (-1, b"")])
def test_a_frontier_that_fits_no_tree_is_refused(size, raw):
    with pytest.raises(ValueError, match=r"tree of|row of hashes"):
        merkle.Frontier.from_bytes(size, raw)


@given(st.data())
def test_an_added_leaf_is_proved_from_the_frontier_and_the_leaves_added_with_it(data):
    size = data.draw(sizes)
    before = data.draw(st.integers(0, size - 1))
    leaves = hashes(size)
    grown = merkle.Growth(merkle.frontier(leaves[:before]), leaves[before:])
    index = data.draw(st.integers(before, size - 1))
    assert grown.proof(index) == merkle.inclusion_proof(leaves, index)
    for outside in (before - 1, size):
        with pytest.raises(ValueError, match="was not added"):
            grown.proof(outside)
