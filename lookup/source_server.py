"""Serves one file list of a configuration over `SourceService`, in a process of its own."""

from __future__ import annotations

import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc

from lookup.addresses import local
from lookup.config import Config, load
from lookup.errors import ConfigError
from lookup.loader import Stop, refreshing
from lookup.patience import Patience
from lookup.rpc import MAX_REQUEST, Methods
from lookup.source_servicer import SourceServicer
from lookup.sources import Source, open_adapter
from lookup.telemetry import Log
from lookup.v1 import source_service_pb2 as pb

SERVICE = pb.DESCRIPTOR.services_by_name["SourceService"].full_name
_THREADS = 8
_GRACE = 5.0


def run(path: Path, name: str, listen: str) -> int:
    """Serve the source `name` on `listen` (HOST:PORT or unix:PATH) until SIGTERM or SIGINT.

    Raises `ConfigError` for what cannot be used. The list is read at the start and again whenever
    its files have changed.
    """
    config = load(path)
    source = _source(config, name)
    stopping = Stop()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.tell())
    server, address = _serve(config, source, listen)
    server.start()
    sys.stdout.write(f"source {name} on {address}\n")
    sys.stdout.flush()
    _keep_current(source, stopping)
    server.stop(_GRACE).wait()
    return 0


def _source(config: Config, name: str) -> Source:
    settings = next((s for s in config.sources if s.name == name), None)
    if settings is None:
        known = ", ".join(s.name for s in config.sources)
        raise ConfigError(f"no source is called {name!r}; known: {known}")
    source = Source(settings, open_adapter(config, settings))
    if refreshing(source) is None:
        raise ConfigError(f"[sources.{name}]: kind {settings.kind!r} is no list of files")
    return source


def _serve(config: Config, source: Source, listen: str) -> tuple[grpc.Server, str]:
    methods = Methods(config.gateway, Log(process=f"source-{source.name}"))
    servicer = SourceServicer(source)
    server = grpc.server(
        ThreadPoolExecutor(_THREADS, "source"),
        options=[("grpc.so_reuseport", 0), ("grpc.max_receive_message_length", MAX_REQUEST)],
        interceptors=[Patience(config.gateway.max_deadline.total_seconds() + 1)],
        maximum_concurrent_rpcs=_THREADS * 8,
    )
    handlers = {
        "Describe": methods.unary(servicer.describe),
        "Search": methods.stream(servicer.search, ThreadPoolExecutor(_THREADS, "search")),
        "GetRecord": methods.unary(servicer.get_record),
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
    try:
        port = server.add_insecure_port(local(listen))
    except ValueError as error:
        raise ConfigError(str(error)) from error
    except RuntimeError as error:
        raise ConfigError(f"cannot listen on {listen}") from error
    address = listen if listen.startswith("unix:") else f"{listen.rpartition(':')[0]}:{port}"
    return server, address


def _keep_current(source: Source, stopping: Stop) -> None:
    """Refresh in this process: it serves one list, and what it reads is what it keeps."""
    adapter = refreshing(source)
    every = source.settings.refresh.total_seconds() or None
    log = Log(process=f"source-{source.name}")
    while adapter is not None and not stopping.is_told():
        done = adapter.refresh()
        log.event(f"source.{done.outcome.value}", source=source.name, note=done.note)
        stopping.wait(every)
