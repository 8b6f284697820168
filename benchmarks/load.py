"""Load on a gRPC server, from a process of its own: `Load` orders it, the rest of the file is it.

Orders and results are JSON lines. Requests are bytes that were written before, so that the client
costs the same whatever it calls.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from grpc import aio
from processes import python, started

_CONNECTIONS = 8
_OPTIONS = [
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.max_receive_message_length", 64 << 20),
]


@dataclass(frozen=True, slots=True)
class Result:
    """What a load saw: wall seconds, the latency of every call in us, failures, reply size."""

    seconds: float
    micros: list[float]
    failed: int
    reply_bytes: float

    def percentile(self, share: float) -> float:
        """Latency that so large a share (0..1) of the calls kept."""
        ordered = sorted(self.micros)
        return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else 0.0


class Load:
    """A running load process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def requests(self, name: str, requests: Sequence[bytes]) -> None:
        """Hand requests over under a name."""
        self._ask({"name": name, "requests": [base64.b64encode(r).decode() for r in requests]})

    def closed(self, target: str, method: str, name: str, count: int, flight: int) -> Result:
        """`count` calls, always `flight` of them open, with the longest deadline there is."""
        return self._run(target, method, name, count, flight=flight, timeout=30.0)

    def opened(
        self, target: str, method: str, name: str, count: int, *, rate: float, timeout: float = 10.0
    ) -> Result:
        """`count` calls at a fixed rate per second; latency from when each was due."""
        return self._run(target, method, name, count, rate=rate, timeout=timeout)

    def single(
        self, target: str, method: str, name: str, count: int, *, timeout: float, stream: bool
    ) -> Result:
        """`count` calls one after the other; of a stream, the latency to the first message."""
        return self._run(target, method, name, count, flight=1, timeout=timeout, stream=stream)

    def _run(self, target: str, method: str, name: str, count: int, **more: float) -> Result:
        order = {"target": target, "method": method, "name": name, "count": count, **more}
        return Result(**self._ask(order))

    def _ask(self, order: dict[str, object]) -> dict[str, object]:
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(order) + "\n")
        process.stdin.flush()
        answer = process.stdout.readline()
        if not answer:
            raise RuntimeError("the load process ended")
        result: dict[str, object] = json.loads(answer)
        return result


@contextmanager
def loading() -> Iterator[Load]:
    """A load process until the block ends."""
    with started(python(__file__), stdin=subprocess.PIPE) as (process, _):
        yield Load(process)


class _Client:
    """The other side: keeps channels and requests between orders."""

    def __init__(self) -> None:
        self._requests: dict[str, list[bytes]] = {}
        self._channels: dict[str, list[aio.Channel]] = {}

    async def obey(self, order: dict[str, object]) -> dict[str, object]:
        if "requests" in order:
            self._requests[order["name"]] = [base64.b64decode(r) for r in order["requests"]]
            return {}
        channels = self._open(order["target"], min(int(order.get("flight", 8)), _CONNECTIONS))
        return await _Run(channels, self._requests[order["name"]], order).go()

    def _open(self, target: str, wanted: int) -> list[aio.Channel]:
        channels = self._channels.setdefault(target, [])
        while len(channels) < wanted:
            channels.append(aio.insecure_channel(target, options=_OPTIONS))
        return channels[:wanted]


class _Run:
    """One order being carried out."""

    def __init__(
        self, channels: list[aio.Channel], requests: list[bytes], order: dict[str, object]
    ) -> None:
        kind = "unary_stream" if order.get("stream") else "unary_unary"
        self._stream = bool(order.get("stream"))
        self._calls = [getattr(c, kind)(order["method"], None, None) for c in channels]
        self._timeout = float(order.get("timeout", 10.0))
        self._requests = requests
        self._order = order
        self._micros: list[float] = []
        self._failed = 0
        self._bytes = 0

    async def go(self) -> dict[str, object]:
        count = int(self._order["count"])
        begun = time.perf_counter()
        if "rate" in self._order:
            await self._at_rate(count, float(self._order["rate"]))
        else:
            flight = int(self._order["flight"])
            await asyncio.gather(*(self._some(at, count, flight) for at in range(flight)))
        return {
            "seconds": time.perf_counter() - begun,
            "micros": [round(m, 1) for m in self._micros],
            "failed": self._failed,
            "reply_bytes": self._bytes / max(len(self._micros), 1),
        }

    async def _some(self, first: int, count: int, step: int) -> None:
        for number in range(first, count, step):
            await self._one(number, time.perf_counter())

    async def _at_rate(self, count: int, rate: float) -> None:
        begun = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for number in range(count):
                due = begun + number / rate
                await asyncio.sleep(max(due - time.perf_counter(), 0))
                group.create_task(self._one(number, due))

    async def _one(self, number: int, due: float) -> None:
        call = self._calls[number % len(self._calls)]
        request = self._requests[number % len(self._requests)]
        try:
            reply = await self._reply(call, request, due)
        except aio.AioRpcError:
            self._failed += 1
            return
        self._bytes += len(reply)

    async def _reply(self, call: aio.UnaryUnaryMultiCallable, request: bytes, due: float) -> bytes:
        if not self._stream:
            reply: bytes = await call(request, timeout=self._timeout)
            self._micros.append((time.perf_counter() - due) * 1e6)
            return reply
        first = b""
        async for part in call(request, timeout=self._timeout):
            if not first:
                first = part
                self._micros.append((time.perf_counter() - due) * 1e6)
        return first


def main() -> None:
    client = _Client()
    with asyncio.Runner() as runner:
        for line in sys.stdin:
            print(json.dumps(runner.run(client.obey(json.loads(line)))), flush=True)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
