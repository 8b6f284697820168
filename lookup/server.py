"""The composition root: a configuration becomes running processes, and an ordered end of them."""

from __future__ import annotations

import fcntl
import os
import resource
import signal
import socket
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import lookup.audit.writer as audit_writer
from lookup import loader, worker
from lookup.config import Config, load
from lookup.errors import ConfigError
from lookup.sources import open_sources
from lookup.supervisor import Child, Supervisor
from lookup.telemetry import Log
from lookup.worker import Post

_LOCK_SECONDS = 15.0
_GRACE_BEYOND_DRAIN = 3.0
_MAX_SOCKET_FOLDER = 90


def run(path: Path) -> int:
    """Serve the configuration until SIGTERM or SIGINT; returns the exit code.

    Raises `ConfigError` for what cannot be used: the file, a source, the address, the state folder.
    """
    config = load(path)
    open_sources(config)
    with _private(), _state(config), _reserved(config) as address, _sockets(config) as sockets:
        return _supervise(config, address, sockets)


def _supervise(config: Config, address: str, sockets: Path) -> int:
    # A core would hold the questions that were open.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    log = Log(process="supervisor")
    audit, batch = sockets / "audit.sock", sockets / "batch.sock"
    front = Post(address, audit, batch)
    behind = Post(f"unix:{batch}", audit, None, nice=15)
    children = [
        Child("audit", partial(_audit, config, audit), 0, orphan=signal.SIGTERM),
        Child("loader", partial(loader.main, config), 1),
        Child("batch", partial(worker.main, config, behind), 1),
        *(
            Child(f"worker-{number}", partial(worker.main, config, front), 2)
            for number in range(config.gateway.worker_count())
        ),
    ]
    grace = config.gateway.drain.total_seconds() + _GRACE_BEYOND_DRAIN
    return Supervisor(children, log, grace).run(partial(_started, config, address))


@contextmanager
def _sockets(config: Config) -> Iterator[Path]:
    """A folder of mode 0700 for unix sockets, whose paths may hold about a hundred bytes.

    Below the state folder where that is short enough, else a temporary one.
    """
    beside = config.state / "run"
    if len(os.fsencode(beside)) <= _MAX_SOCKET_FOLDER:
        beside.mkdir(mode=0o700, exist_ok=True)
        yield beside
        return
    with TemporaryDirectory(prefix="lookup-", ignore_cleanup_errors=True) as apart:
        yield Path(apart)


def _started(config: Config, address: str) -> None:
    workers = config.gateway.worker_count()
    sys.stdout.write(
        f"serving on {address} with {workers} workers, sources: {len(config.sources)}, "
        f"audit key {config.audit_folder / 'log.pub'}\n"
    )
    sys.stdout.flush()


def _audit(config: Config, path: Path, ready: int) -> None:
    folder = config.audit_folder
    for each in (folder, config.audit_key.parent):
        each.mkdir(parents=True, exist_ok=True, mode=0o700)
    files = audit_writer.WriterFiles(
        socket=path,
        log=folder / "log.sqlite",
        outcomes=folder / "outcomes.sqlite",
        key=config.audit_key,
        public_key=folder / "log.pub",
    )
    keep = config.audit.keep_outcomes.total_seconds()
    audit_writer.run(
        files, config.audit.origin, outcome_seconds=keep, ready=partial(_writer_ready, ready)
    )


def _writer_ready(ready: int) -> None:
    # Ctrl-C reaches the whole group; the writer must outlive the workers that drain.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _tell(ready)


def _tell(ready: int) -> None:
    os.write(ready, b"1")
    os.close(ready)


@contextmanager
def _private() -> Iterator[None]:
    """Files of the gateway hold records, questions and answers: none is for other users."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


@contextmanager
def _state(config: Config) -> Iterator[None]:
    """Own the state folder; the processes of a gateway that was killed may hold it for a moment."""
    try:
        config.state.mkdir(parents=True, exist_ok=True, mode=0o700)
        _refuse_foreign(config)
        held = (config.state / "gateway.lock").open("w")
    except OSError as error:
        raise ConfigError(
            f"{config.file}: [gateway] state: {config.state}: {error.strerror}"
        ) from error
    with held:
        end = time.monotonic() + _LOCK_SECONDS
        while not _locked(held.fileno()):
            if time.monotonic() > end:
                problem = f"{config.state} is in use by another gateway"
                raise ConfigError(f"{config.file}: [gateway] state: {problem}")
            time.sleep(0.05)
        yield


def _refuse_foreign(config: Config) -> None:
    """Whoever can write to the folder can put other lists and another log in its place."""
    seen = config.state.stat()
    if seen.st_uid != os.geteuid() or seen.st_mode & stat.S_IWOTH:
        problem = f"{config.state} belongs to another user or is open to all"
        raise ConfigError(f"{config.file}: [gateway] state: {problem}")


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _reserved(config: Config) -> Iterator[str]:
    """The address, held so that all workers can share it and nobody else can take it.

    Port 0 becomes a free one. A listener of somebody else is an error: with SO_REUSEPORT the two
    would silently share the calls.
    """
    host, _, port = config.gateway.listen.rpartition(":")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as held:
        try:
            with socket.socket(family) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((host.strip("[]"), int(port)))
                taken = probe.getsockname()[1]
            held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            held.bind((host.strip("[]"), taken))
        except (OSError, OverflowError) as error:
            where = f"{config.file}: [gateway] listen: {config.gateway.listen}"
            raise ConfigError(f"{where}: {error}") from error
        yield f"{host}:{taken}"


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1])))
