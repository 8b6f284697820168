"""The peer of the gateway: a bare `grpc.aio` server that sends a fixed reply to any call."""

from __future__ import annotations

import asyncio
import signal
import sys

import grpc
from grpc import aio


class _Any(grpc.GenericRpcHandler):
    """Answers every method with the same bytes."""

    def __init__(self, reply: bytes) -> None:
        async def behave(_request: bytes, _context: object) -> bytes:
            return reply

        self._handler = grpc.unary_unary_rpc_method_handler(behave)

    def service(self, _details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        return self._handler


async def serve(size: int) -> None:
    server = aio.server(options=[("grpc.so_reuseport", 0)])
    server.add_generic_rpc_handlers((_Any(b"x" * size),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    print(f"echo on 127.0.0.1:{port}", flush=True)
    await stopping.wait()
    await server.stop(1)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
