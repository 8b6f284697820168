from __future__ import annotations

import pytest

from lookup.audit.entry import Kind
from lookup.audit.errors import LogDamaged
from lookup.audit.merkle import (
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)
from lookup.audit.stored_tree import StoredTree

SIZE = 300


@pytest.fixture
def leaves(log, pending):
    batch = [pending(Kind.DENY, f"q-{number}") for number in range(SIZE)]
    for start in range(0, SIZE, 37):
        log.append_batch(batch[start : start + 37])
    return [leaf_hash(entry.body) for entry in batch]


def test_every_past_size_has_its_frontier(log, leaves):
    for size in range(1, SIZE + 1):
        assert StoredTree(log.db, size).frontier() == Frontier().extend(leaves[:size]).frontier


@pytest.mark.parametrize("size", [1, 2, 15, 16, 17, 255, 256, 257, SIZE])
def test_inclusion_in_past_trees(log, leaves, size):
    root = Frontier().extend(leaves[:size]).root
    tree = StoredTree(log.db, size)
    for index in range(size):
        verify_inclusion(leaves[index], index, size, inclusion_proof(tree, index), root)


@pytest.mark.parametrize("size", [16, 17, 100, 256, SIZE])
def test_consistency_between_past_trees(log, leaves, size):
    root = Frontier().extend(leaves[:size]).root
    for old in range(1, size + 1):
        proof = consistency_proof(StoredTree(log.db, size), old)
        verify_consistency(old, Frontier().extend(leaves[:old]).root, size, root, proof)


def test_a_proof_reads_few_rows(log, leaves):
    statements = []
    log.db.set_trace_callback(statements.append)
    inclusion_proof(StoredTree(log.db, len(leaves)), 123)
    log.db.set_trace_callback(None)
    assert 0 < len(statements) <= 3 * (SIZE - 1).bit_length()


def test_missing_rows_are_damage(log, leaves):
    with pytest.raises(LogDamaged, match="missing"):
        StoredTree(log.db, len(leaves) + 1).frontier()
