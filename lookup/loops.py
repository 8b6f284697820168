"""Event loops in threads of their own, for sources that wait for something outside."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from adapters.base import Adapter, Unavailable

Result = TypeVar("Result")

_OURS = ("adapters.", "lookup.")
_CLOSING_SECONDS = 0.5


class Loop:
    """One event loop in one daemon thread."""

    def __init__(self, name: str) -> None:
        self.asyncio = asyncio.new_event_loop()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self.asyncio)
        while not self._closing:
            # A task that a source started and that raises SystemExit ends `run_forever`.
            with contextlib.suppress(BaseException):
                self.asyncio.run_forever()
        with contextlib.suppress(BaseException):
            self.asyncio.run_until_complete(_end_tasks(self.asyncio))
        self.asyncio.close()

    def soon(self, call: Callable[[], None]) -> None:
        """Run `call` in the loop's thread; after `close`, nothing."""
        with contextlib.suppress(RuntimeError):
            self.asyncio.call_soon_threadsafe(call)

    def wait(self, coroutine: Coroutine[Any, Any, Result], seconds: float) -> Result:
        """Run a coroutine there and wait for it from another thread; `TimeoutError` if late."""
        future = asyncio.run_coroutine_threadsafe(_contained(coroutine), self.asyncio)
        try:
            return future.result(seconds)
        finally:
            future.cancel()

    def close(self) -> None:
        """Cancel what runs, stop the loop and let its thread end; a blocked one is left behind."""
        self._closing = True
        self.soon(self.asyncio.stop)
        self._thread.join(timeout=1)


async def _contained(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """What is no `Exception` becomes one: it must not end the loop of other sources."""
    try:
        return await coroutine
    except (Exception, asyncio.CancelledError):
        raise
    except BaseException as error:
        raise Unavailable(f"fault: {type(error).__name__}") from error


async def _end_tasks(loop: asyncio.AbstractEventLoop) -> None:
    tasks = asyncio.all_tasks(loop) - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=_CLOSING_SECONDS)


class Loops:
    """Which loop a source runs on.

    Kinds of this project share one, for they never block it. A kind from elsewhere has its own: one
    that blocks its thread then costs itself only.
    """

    def __init__(self) -> None:
        self._loops: dict[str, Loop] = {}
        self._lock = threading.Lock()

    def of(self, name: str, adapter: Adapter) -> Loop:
        """The loop of the source `name`, started at its first use."""
        ours = type(adapter).__module__.startswith(_OURS)
        key = "" if ours else name
        with self._lock:
            if key not in self._loops:
                self._loops[key] = Loop(f"sources:{key}")
            return self._loops[key]

    def close(self) -> None:
        """Stop every loop."""
        with self._lock:
            for loop in self._loops.values():
                loop.close()
            self._loops.clear()
