"""The gateway beside a bare `grpc.aio` echo: CPU per check, throughput, batches, streams, a hang.

Server CPU comes from /proc, in interleaved pairs of runs. The echo gets the same requests and sends
replies of the same size. Every check asks eight sample lists in the process; both audit entries are
durable before its reply.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import gateways
from gateways import BATCH, CHECK, SAMPLES, STREAM, Gateway
from load import Load, Result, loading
from processes import cpu_seconds, python, started
from table import Row, Scale, against, median, run, spread

_BATCH = 300
_RATE = 50.0
_HUNG_RATE = 10.0


@dataclass
class Costs:
    """CPU in us and wall seconds per query of the runs of one kind."""

    workers: list[float] = field(default_factory=list)
    writer: list[float] = field(default_factory=list)
    batch: list[float] = field(default_factory=list)
    per_second: list[float] = field(default_factory=list)

    @property
    def total(self) -> list[float]:
        """All processes together."""
        parts = zip(self.workers, self.writer, self.batch, strict=True)
        return [sum(each) for each in parts]

    def add(self, cpu: dict[str, float], result: Result, queries: int) -> None:
        """Take one run up."""
        for name in ("workers", "writer", "batch"):
            getattr(self, name).append(cpu.get(name, 0.0) * 1e6 / queries)
        self.per_second.append(queries / result.seconds)


class Bench:
    """A gateway, echoes of every reply size, and a client process."""

    def __init__(self, gateway: Gateway, load: Load, stack: ExitStack) -> None:
        self.gateway = gateway
        self.load = load
        self._stack = stack

    def echo(self, size: int) -> tuple[str, int]:
        """Address and pid of an echo that replies with so many bytes."""
        command = python(Path(__file__).with_name("echo.py"), size)
        process, target = self._stack.enter_context(started(command, r"echo on (\S+)"))
        return target, process.pid

    def check(self, method: str, name: str, count: int, flight: int) -> Result:
        """Closed-loop calls of the gateway."""
        return _sound(self.load.closed(self.gateway.target, method, name, count, flight))

    def costs(self, into: Costs, name: str, count: int, flight: int) -> None:
        """One run of checks."""
        before = self.gateway.cpu()
        result = self.check(CHECK, name, count, flight)
        after = self.gateway.cpu()
        into.add({part: after[part] - before[part] for part in after}, result, count)

    def echo_costs(self, into: Costs, echo: tuple[str, int], name: str, count: int, n: int) -> None:
        """One run of echoes."""
        target, pid = echo
        before = cpu_seconds(pid)
        result = _sound(self.load.closed(target, CHECK, name, count, n))
        into.add({"workers": cpu_seconds(pid) - before}, result, count)


def _sound(result: Result) -> Result:
    if result.failed:
        raise RuntimeError(f"{result.failed} calls failed")
    return result


def measure(scale: Scale) -> Iterator[Row]:
    with _bench() as bench:
        kinds = {
            "document": gateways.documents(500),
            "person, clear": gateways.clear_people(500),
            "person, listed": gateways.listed_people(228),
        }
        for name, requests in kinds.items():
            bench.load.requests(name, requests)
        flights = scale.pick((8,), (1, 8, 32), (1, 8, 32))
        yield from _overhead(bench, scale, "document", flights, scale.pick(40, 400, 2000))
        for name in ("person, clear", "person, listed"):
            flights = scale.pick((8,), (8,), (1, 8, 32))
            yield from _overhead(bench, scale, name, flights, scale.pick(10, 40, 200))
        items = scale.pick(30, _BATCH, _BATCH)
        yield from _batch(bench, scale, "document", kinds["document"][:items])
        items = scale.pick(10, 30, _BATCH)
        yield from _batch(bench, scale, "person, clear", kinds["person, clear"][:items])
        yield from _open_loop(bench, scale)
    yield from _hung(scale)


@contextmanager
def _bench() -> Iterator[Bench]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        gateway = stack.enter_context(gateways.serving(folder, gateways.tables()))
        yield Bench(gateway, stack.enter_context(loading()), stack)


def _overhead(
    bench: Bench, scale: Scale, name: str, flights: tuple[int, ...], count: int
) -> Iterator[Row]:
    size = int(bench.check(CHECK, name, 20, 1).reply_bytes)
    echo = bench.echo(size)
    for flight in flights:
        ours, theirs = Costs(), Costs()
        few = count // 4 if flight == 1 else count
        bench.check(CHECK, name, few // 4 + 1, flight)
        bench.load.closed(echo[0], CHECK, name, few // 4 + 1, flight)
        for _ in range(scale.pick(1, 3, 5)):
            bench.echo_costs(theirs, echo, name, max(few, scale.pick(40, 400, 1000)), flight)
            bench.costs(ours, name, few, flight)
        label = f"check, {name}, {flight} in flight"
        peer = "aio echo"
        aim = 1.0 if name == "document" and flight > 1 else None
        yield against(
            f"{label}: CPU, workers (ratio: echo / ours)", "us", ours.workers, peer,
            theirs.workers, upside_down=True,
        )  # fmt: skip
        yield Row(
            f"{label}: CPU, audit writer", median(ours.writer), "us", spread=spread(ours.writer)
        )
        yield against(
            f"{label}: CPU, all (ratio: echo / ours)", "us", ours.total, peer,
            theirs.workers, upside_down=True, aim=aim,
        )  # fmt: skip
        yield against(f"{label}: throughput", "1/s", ours.per_second, peer, theirs.per_second)


def _batch(bench: Bench, scale: Scale, name: str, requests: list[bytes]) -> Iterator[Row]:
    """One message against as many messages, and against the bare unary echo."""
    items = len(requests)
    bench.load.requests("batch", [gateways.batch_of(requests)])
    echo = bench.echo(int(bench.check(CHECK, name, 5, 1).reply_bytes))
    batch, unary, bare = Costs(), Costs(), Costs()
    bench.check(BATCH, "batch", 1, 1)
    for _ in range(scale.pick(1, 3, 5)):
        bench.echo_costs(bare, echo, name, items, 8)
        bench.costs(unary, name, items, 8)
        before = bench.gateway.cpu()
        result = bench.check(BATCH, "batch", 1, 1)
        after = bench.gateway.cpu()
        batch.add({part: after[part] - before[part] for part in after}, result, items)
    label = f"batch of {items}, {name}, per query"
    yield against(
        f"{label}: CPU, all (ratio: unary / batch)", "us", batch.total, "unary Check",
        unary.total, upside_down=True,
    )  # fmt: skip
    yield against(
        f"{label}: CPU, all (ratio: echo / batch)", "us", batch.total, "aio echo",
        bare.workers, upside_down=True, aim=4.0 if name == "document" else None,
    )  # fmt: skip
    yield against(f"{label}: throughput", "1/s", batch.per_second, "unary Check", unary.per_second)


def _open_loop(bench: Bench, scale: Scale) -> Iterator[Row]:
    echo = bench.echo(1200)
    count = scale.pick(20, 200, 1000)
    ours, theirs = [], []
    for _ in range(scale.pick(1, 3, 5)):
        target = bench.gateway.target
        theirs.append(bench.load.opened(echo[0], CHECK, "document", count, rate=_RATE))
        ours.append(_sound(bench.load.opened(target, CHECK, "document", count, rate=_RATE)))
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        yield against(
            f"check, document, {_RATE:g}/s open loop: {name}", "ms",
            [each.percentile(share) / 1000 for each in ours], "aio echo",
            [each.percentile(share) / 1000 for each in theirs],
        )  # fmt: skip


def _hung(scale: Scale) -> Iterator[Row]:
    """One source in a process of its own, running and stopped in turns."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        source, address = _source(stack, folder)
        remote = f'[sources.apart]\nkind = "remote"\naddress = "{address}"\n'
        remote += 'subjects = ["document"]\n'
        gateway = stack.enter_context(gateways.serving(folder / "gateway", gateways.tables(remote)))
        load, behind = (stack.enter_context(loading()) for _ in range(2))
        spared = gateways.documents(200, tuple(gateways.PERSON_LISTS))
        load.requests("spared", spared)
        load.requests("all", gateways.documents(200))
        behind.requests("all", gateways.documents(200))
        yield from _beside(scale, gateway, load, behind, source)
        yield from _stream(scale, gateway, load, source)


def _source(stack: ExitStack, folder: Path) -> tuple[int, str]:
    config = folder / "source.toml"
    config.write_text(f'[sources.apart]\nkind = "documents"\npath = "{SAMPLES}/documents.csv"\n')
    command = python("-m", "lookup.cli", "source", "serve", "apart", "--config", config)
    command += ["--listen", f"unix:{folder}/apart.sock"]
    log = stack.enter_context((folder / "source.log").open("a"))
    ready = r"source apart on (\S+)"
    process, address = stack.enter_context(started(command, ready, stderr=log))
    return process.pid, address


def _beside(scale: Scale, gateway: Gateway, load: Load, behind: Load, source: int) -> Iterator[Row]:
    count = scale.pick(20, 150, 500)
    medians: dict[signal.Signals, list[float]] = {signal.SIGCONT: [], signal.SIGSTOP: []}
    refused = 0
    for _ in range(scale.pick(1, 3, 6)):
        for state, into in medians.items():
            with _in_state(source, state):
                waiting = threading.Thread(
                    target=behind.opened,
                    args=(gateway.target, CHECK, "all", int(count / _RATE * _HUNG_RATE)),
                    kwargs={"rate": _HUNG_RATE, "timeout": 1.0},
                )
                waiting.start()
                result = load.opened(gateway.target, CHECK, "spared", count, rate=_RATE)
                waiting.join()
            refused += result.failed
            into.append(result.percentile(0.5) / 1000)
    yield against(
        f"checks that leave a hung source out, {_RATE:g}/s beside {_HUNG_RATE:g}/s that wait"
        " for it: p50", "ms", medians[signal.SIGSTOP], "source running",
        medians[signal.SIGCONT],
    )  # fmt: skip
    yield Row("the same: calls refused", refused, "calls")


def _stream(scale: Scale, gateway: Gateway, load: Load, source: int) -> Iterator[Row]:
    """The first snapshot of a stream against the whole answer."""
    for state, label in ((signal.SIGCONT, "all sources well"), (signal.SIGSTOP, "one hung")):
        count = scale.pick(2, 2, 10) if state is signal.SIGSTOP else scale.pick(5, 50, 200)
        first, whole = [], []
        with _in_state(source, state):
            for _ in range(scale.pick(1, 3, 5)):
                for method, into in ((STREAM, first), (CHECK, whole)):
                    result = load.single(
                        gateway.target, method, "all", count, timeout=1.0, stream=method is STREAM
                    )
                    into.append(_sound(result).percentile(0.5) / 1000)
        yield against(
            f"StreamCheck, document, {label}, first snapshot: p50", "ms", first, "Check", whole
        )


@contextmanager
def _in_state(pid: int, state: signal.Signals) -> Iterator[None]:
    """A process stopped or running, and running afterwards."""
    os.kill(pid, state)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


if __name__ == "__main__":
    sys.exit(run(measure, __doc__))
