"""Processes that a benchmark starts: what they cost, and their end together with its own."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import re
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = Path(os.environ.get("TMPDIR", "/tmp"), "lookup-bench")
SHARED = Path(os.environ.get("LOOKUP_SHARED", ROOT.parent / "shared"))

_TICK = os.sysconf("SC_CLK_TCK")
_PDEATHSIG = 1
_STOP_SECONDS = 20


def python(*arguments: object) -> list[str]:
    """A command line of this interpreter."""
    return [sys.executable, *map(str, arguments)]


@contextlib.contextmanager
def started(
    command: Sequence[str], ready: str = "", *, seconds: float = 60, **options: object
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process until the block ends, and what the group of the pattern `ready` matched in a line.

    It ends with this process, however that ends. RuntimeError if it is not ready in time.
    """
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=_die_with_parent,  # noqa: PLW1509 - one call into libc
        **{"cwd": ROOT, **options},
    )
    try:
        yield process, _ready(process, ready, seconds) if ready else ""
    finally:
        stop(process)


def stop(process: subprocess.Popen[str]) -> None:
    """End a process, by force if it takes too long."""
    with contextlib.suppress(OSError):
        process.send_signal(signal.SIGCONT)
        process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for stream in (process.stdout, process.stdin):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PDEATHSIG, signal.SIGTERM)


def _ready(process: subprocess.Popen[str], pattern: str, seconds: float) -> str:
    assert process.stdout is not None
    watch = threading.Timer(seconds, process.kill)
    watch.daemon = True
    watch.start()
    try:
        for line in process.stdout:
            found = re.search(pattern, line)
            if found:
                return found[1]
    finally:
        watch.cancel()
    raise RuntimeError(f"{process.args} was not ready in {seconds:g} s")


def cpu_seconds(pid: int) -> float:
    """User and system time of a process with all its threads; 10 ms steps."""
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / _TICK


def children(pid: int) -> list[int]:
    """Processes whose parent is `pid`, the oldest first."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                fields = _stat(int(entry.name))
                if int(fields[1]) == pid:
                    found.append((int(fields[19]), int(entry.name)))
    return [number for _, number in sorted(found)]


def _stat(pid: int) -> list[str]:
    return Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()


def memory_mb(pid: int | str = "self") -> Mapping[str, float]:
    """Resident megabytes: all (`VmRSS`), private (`RssAnon`), of mapped files (`RssFile`)."""
    found = {}
    for line in Path("/proc", str(pid), "status").read_text().splitlines():
        name, _, rest = line.partition(":")
        if name in {"VmRSS", "RssAnon", "RssFile"}:
            found[name] = int(rest.split()[0]) / 1024
    return found


def cpu_of(command: Sequence[str]) -> float:
    """User and system seconds that a command takes from start to end."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT, timeout=60)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def machine() -> str:
    """Cores, processor, memory, Python; no name of the host."""
    with contextlib.suppress(OSError):
        model = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
        memory = re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())
        return (
            f"{os.cpu_count()} cores ({model[1] if model else 'unknown'}), "
            f"{int(memory[1]) / 2**20 if memory else 0:.0f} GiB, Python "
            f"{platform.python_version()}, Linux {platform.release()}"
        )
    return f"{os.cpu_count()} cores, Python {platform.python_version()}"
