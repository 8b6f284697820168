from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookup.audit.errors import ProofInvalid
from lookup.audit.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_path,
    consistency_proof,
    inclusion_path,
    inclusion_proof,
    leaf_hash,
    node_hash,
    verify_consistency,
    verify_inclusion,
)

# The leaves and roots of the reference tree of certificate-transparency.
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
SIZES = st.integers(1, 300)


def naive_root(leaves):
    """RFC 6962 §2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return node_hash(naive_root(leaves[:k]), naive_root(leaves[k:]))


def naive_path(m, leaves):
    """RFC 6962 §2.1.1, word for word."""
    if len(leaves) == 1:
        return []
    k = 1 << (len(leaves) - 1).bit_length() - 1
    if m < k:
        return [*naive_path(m, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(m - k, leaves[k:]), naive_root(leaves[:k])]


def naive_subproof(m, leaves, whole):
    """RFC 6962 §2.1.2, word for word."""
    if m == len(leaves):
        return [] if whole else [naive_root(leaves)]
    k = 1 << (len(leaves) - 1).bit_length() - 1
    if m <= k:
        return [*naive_subproof(m, leaves[:k], whole), naive_root(leaves[k:])]
    return [*naive_subproof(m - k, leaves[k:], whole=False), naive_root(leaves[:k])]


class NaiveTree:
    def __init__(self, leaves):
        self._leaves = leaves
        self.size = len(leaves)

    def node(self, level, index):
        return naive_root(self._leaves[index << level : (index + 1) << level])


def leaves_of(size):
    return [leaf_hash(b"%d" % number) for number in range(size)]


def test_reference_roots():
    hashes = [leaf_hash(leaf) for leaf in LEAVES]
    for size, root in enumerate(ROOTS, 1):
        growth = Frontier().extend(hashes[:size])
        assert growth.root.hex() == root
        assert growth.frontier.root().hex() == root


def test_reference_inclusion_path():
    hashes = [leaf_hash(leaf) for leaf in LEAVES]
    proof = inclusion_proof(NaiveTree(hashes), 5)
    assert [value.hex() for value in proof] == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


def test_empty_tree():
    assert Frontier().root() == EMPTY_ROOT
    assert EMPTY_ROOT.hex().startswith("e3b0c44298fc1c14")


@given(st.lists(st.integers(1, 40), min_size=1, max_size=8))
def test_any_split_into_batches_gives_the_naive_root(steps):
    leaves = leaves_of(sum(steps))
    frontier, at = Frontier(), 0
    for step in steps:
        growth = frontier.extend(leaves[at : at + step])
        at += step
        assert growth.root == growth.frontier.root() == naive_root(leaves[:at])
        for index in range(at - step, at):
            assert inclusion_proof(growth, index) == naive_path(index, leaves[:at])
        frontier = Frontier.from_bytes(growth.frontier.to_bytes())
        assert frontier == growth.frontier


@given(SIZES, st.data())
def test_inclusion_equals_naive_and_verifies(size, data):
    leaves = leaves_of(size)
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(NaiveTree(leaves), index)
    assert proof == naive_path(index, leaves)
    assert len(proof) <= (size - 1).bit_length()
    verify_inclusion(leaves[index], index, size, proof, naive_root(leaves))


@given(SIZES, st.data())
def test_inclusion_refuses_any_change(size, data):
    leaves = leaves_of(size)
    root = naive_root(leaves)
    index = data.draw(st.integers(0, size - 1))
    proof = naive_path(index, leaves)
    with pytest.raises(ProofInvalid):
        verify_inclusion(leaf_hash(b"other"), index, size, proof, root)
    with pytest.raises(ProofInvalid):
        verify_inclusion(leaves[index], index, size, [*proof, root], root)
    if proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        changed = [*proof[:at], bytes(32), *proof[at + 1 :]]
        with pytest.raises(ProofInvalid):
            verify_inclusion(leaves[index], index, size, changed, root)
        with pytest.raises(ProofInvalid):
            verify_inclusion(leaves[index], index ^ 1, size, proof, root)


@given(SIZES, st.data())
def test_consistency_equals_naive_and_verifies(size, data):
    leaves = leaves_of(size)
    old = data.draw(st.integers(1, size))
    proof = consistency_proof(NaiveTree(leaves), old)
    assert proof == naive_subproof(old, leaves, whole=True)
    verify_consistency(old, naive_root(leaves[:old]), size, naive_root(leaves), proof)


@given(SIZES, st.data())
def test_consistency_refuses_a_rewritten_past(size, data):
    leaves = leaves_of(size)
    old = data.draw(st.integers(1, size))
    changed = data.draw(st.integers(0, old - 1))
    forged = [*leaves[:changed], leaf_hash(b"forged"), *leaves[changed + 1 :]]
    proof = consistency_proof(NaiveTree(forged), old)
    with pytest.raises(ProofInvalid):
        verify_consistency(old, naive_root(leaves[:old]), size, naive_root(forged), proof)


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_inclusion_outside_the_tree(index, size):
    with pytest.raises(ProofInvalid, match="outside"):
        list(inclusion_path(index, size))


@pytest.mark.parametrize(("old", "new"), [(0, 3), (4, 3)])
def test_consistency_outside_the_tree(old, new):
    with pytest.raises(ProofInvalid, match="no consistency proof"):
        consistency_path(old, new)


@pytest.mark.parametrize("blob", [b"", b"short", bytes(8) + bytes(32), b"\0" * 7 + b"\1" + b"x"])
def test_frontier_bytes_that_do_not_fit(blob):
    with pytest.raises(ProofInvalid):
        Frontier.from_bytes(blob)
