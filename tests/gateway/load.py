"""A bounded load of checks in threads, which keeps every receipt that was acknowledged."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field

from lookup.audit.receipt import Receipt
from lookup.client import Client, Retry, receipt_of
from lookup.failure import LookupFailed


@dataclass
class Load:
    """What a load has seen: `receipts` of answers, `failures` of calls without one."""

    receipts: list = field(default_factory=list)
    answers: list = field(default_factory=list)
    failures: list[LookupFailed] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)
    most: int = 100_000

    def run(self, target: str, request) -> None:
        with Client(target, retry=Retry(attempts=1)) as client:
            while not self.stopping.is_set() and len(self.answers) < self.most:
                try:
                    proven = client.check_with_proof(request(), timeout=5)
                except LookupFailed as failed:
                    self.failures.append(failed)
                    self.stopping.wait(0.01)
                    continue
                self.answers.append(proven.message)
                self.receipts.append(kept(proven))


def kept(proven) -> Receipt:
    """The receipt of an answer as it is verified offline."""
    proof = receipt_of(proven)
    return Receipt(
        proven.answer, proof.entry, proof.index, proof.tree_size, tuple(proof.hashes),
        proof.checkpoint.encode(),
    )  # fmt: skip


@contextmanager
def loaded(target: str, request, threads: int = 4):
    """Ask `request()` from several threads until the block ends."""
    load = Load()
    running = [
        threading.Thread(target=load.run, args=(target, request), daemon=True)
        for _ in range(threads)
    ]
    for thread in running:
        thread.start()
    try:
        yield load
    finally:
        load.stopping.set()
        for thread in running:
            thread.join(timeout=30)
