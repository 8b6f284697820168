"""Saving the proof of an answer in the file form that `lookup audit receipt` verifies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lookup.audit.receipt import Receipt
from lookup.cli.connect import Failed
from lookup.client import Proven, receipt_of


def save(path: Path, proven: Proven[Any]) -> None:
    """Write the receipt of an answer; `Failed` if the gateway sent none."""
    sent = receipt_of(proven)
    if sent is None:
        raise Failed("the answer came without a receipt; nothing was saved")
    receipt = Receipt(
        answer=proven.answer,
        entry=sent.entry,
        index=sent.index,
        tree_size=sent.tree_size,
        hashes=tuple(sent.hashes),
        checkpoint=sent.checkpoint.encode(),
    )
    try:
        path.write_text(receipt.to_json(), encoding="utf-8")
    except OSError as error:
        raise Failed(f"the receipt cannot be saved: {error}") from error
