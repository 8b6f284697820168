"""What the tests of the parsers share: fixtures, and records parted from rejected rows."""

from __future__ import annotations

from pathlib import Path

from adapters.rows import Rejected

FIXTURES = Path(__file__).parent / "fixtures"


def parted(rows):
    """Records by id, and the rejected rows."""
    records, rejected = {}, []
    for row in rows:
        if isinstance(row, Rejected):
            rejected.append(row)
        else:
            assert row.id not in records
            records[row.id] = row
    return records, rejected


def full(record):
    return [name.full for name in record.names]


def numbers(record):
    return [(paper.number, paper.issuer, paper.type) for paper in record.documents]
