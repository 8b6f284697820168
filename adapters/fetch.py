"""Download a list from its publisher: only when it changed, never half, never without a bound."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import StrEnum
from http.client import HTTPMessage
from pathlib import Path
from typing import IO, Any, Self

import msgspec

from adapters.base import Garbled, Refused, SourceError, TimedOut, Unavailable

MAX_BYTES = 2 << 30
"""The largest file that is accepted; the largest public list of this kind has about 1 GB."""

MAX_SECONDS = 900.0
"""The longest that one download may take, from connecting to the last byte."""

_BLOCK = 1 << 16


class FetchOutcome(StrEnum):
    """Whether the file on disk is new."""

    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Fetched:
    """A download that ended well; `size` is that of the file on disk, in bytes."""

    outcome: FetchOutcome
    path: Path
    size: int


@dataclass(frozen=True, slots=True)
class _Memory:
    """What the publisher said with the copy that is on disk."""

    url: str = ""
    etag: str = ""
    last_modified: str = ""


def fetch(
    url: str,
    target: Path,
    memory: Path,
    *,
    max_bytes: int = MAX_BYTES,
    max_seconds: float = MAX_SECONDS,
) -> Fetched:
    """Bring `target` up to date with `url` (http or https); what fails leaves it as it was.

    `memory` is a small file that keeps ETag and date of the last answer. A publisher's "not
    modified" sets the time of `target` to now, for the copy is then known to be current. Raises
    `Unavailable` (not reachable, or a status other than 200 and 304), `TimedOut`, `Garbled` (empty,
    cut off or too large) and `Refused` (a redirect to another host, no web address, or a folder as
    `target`).
    """
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Refused("an address starts with https:// or http:// and names a host")
    if target.is_dir():
        raise Refused(f"{target.name} is a folder: one address cannot fill it")
    known = _recall(memory, url) if target.is_file() else _Memory()
    with _Clock(max_seconds) as clock, _told(clock):
        try:
            with _opener(clock).open(_request(url, known), timeout=max_seconds) as answer:
                size = _receive(answer, target, max_bytes, clock)
                _remember(memory, url, answer.headers)
        except urllib.error.HTTPError as error:
            with error:
                if error.code != http.HTTPStatus.NOT_MODIFIED:
                    raise _status_error(error) from None
            os.utime(target)
            return Fetched(FetchOutcome.UNCHANGED, target, target.stat().st_size)
    return Fetched(FetchOutcome.UPDATED, target, size)


@contextlib.contextmanager
def _told(clock: _Clock) -> Iterator[None]:
    """Turn what the network libraries raise into the errors of a source."""
    try:
        yield
    except SourceError:
        raise
    except (OSError, http.client.HTTPException) as error:
        if clock.over or _is_timeout(error):
            raise TimedOut(f"no complete answer in {clock.seconds:g} s") from None
        if isinstance(error, http.client.HTTPException):
            raise Garbled(f"the answer broke off: {type(error).__name__}") from None
        if isinstance(error, urllib.error.URLError):
            raise Unavailable(f"cannot be reached: {error.reason}") from None
        raise Unavailable(f"the download failed: {error.strerror}") from None


def _is_timeout(error: Exception) -> bool:
    return isinstance(error, TimeoutError) or isinstance(
        getattr(error, "reason", None), TimeoutError
    )


def _status_error(error: urllib.error.HTTPError) -> SourceError:
    """403, 429 and 503 come from guards in front of publishers and mean: later."""
    wait = error.headers.get("Retry-After", "")
    retry_after = float(wait) if wait.isascii() and wait.isdigit() and len(wait) <= 6 else None
    return Unavailable(f"the publisher answered with status {error.code}", retry_after)


def _request(url: str, known: _Memory) -> urllib.request.Request:
    headers = {"Accept-Encoding": "identity", "User-Agent": "fedcheck"}
    if known.etag:
        headers["If-None-Match"] = known.etag
    if known.last_modified:
        headers["If-Modified-Since"] = known.last_modified
    return urllib.request.Request(url, headers=headers)  # noqa: S310 - scheme checked in fetch


def _receive(answer: http.client.HTTPResponse, target: Path, max_bytes: int, clock: _Clock) -> int:
    """Write the body beside `target`, then move it into place."""
    promised = answer.headers.get("Content-Length")
    if promised is not None and promised.isdigit() and int(promised) > max_bytes:
        raise Garbled(f"the file has more than {max_bytes} bytes")
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with aside.open("wb") as out:
            size = _copy(answer, out, max_bytes)
            out.flush()
            os.fsync(out.fileno())
        if clock.over:
            raise TimedOut(f"no complete answer in {clock.seconds:g} s")
        if promised is not None and str(size) != promised.strip():
            raise Garbled(f"the answer broke off after {size} of {promised} bytes")
        if size == 0:
            raise Garbled("the publisher sent an empty file")
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)
    return size


def _copy(answer: http.client.HTTPResponse, out: IO[bytes], max_bytes: int) -> int:
    size = 0
    while block := answer.read1(_BLOCK):
        size += len(block)
        if size > max_bytes:
            raise Garbled(f"the file has more than {max_bytes} bytes")
        out.write(block)
    return size


def _recall(memory: Path, url: str) -> _Memory:
    """What was said about this address; nothing where the file belongs to another one."""
    try:
        known = msgspec.json.decode(memory.read_bytes(), type=_Memory)
    except (OSError, msgspec.DecodeError):
        return _Memory()
    return known if known.url == url else _Memory()


def _remember(memory: Path, url: str, headers: HTTPMessage) -> None:
    memory.parent.mkdir(parents=True, exist_ok=True)
    date = headers.get("Last-Modified", "")
    said = _Memory(url, headers.get("ETag", ""), date if _is_date(date) else "")
    aside = memory.with_name(f".{memory.name}.{os.getpid()}")
    aside.write_bytes(msgspec.json.encode(said))
    aside.replace(memory)


def _is_date(text: str) -> bool:
    try:
        parsedate_to_datetime(text)
    except ValueError:
        return False
    return True


class _Clock:
    """Ends a download at its time limit, however slowly its bytes drip."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.over = False
        self._sockets: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def watch(self, connection: socket.socket) -> None:
        """End this connection, too, when the time is over."""
        self._sockets.append(connection)
        if self.over:
            self._end()

    def _end(self) -> None:
        self.over = True
        for connection in self._sockets:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _SameHost(urllib.request.HTTPRedirectHandler):
    """Follows a publisher inside its own host, and never from https back to http."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """The request to follow with; raises `Refused`."""
        old, new = urllib.parse.urlsplit(req.full_url), urllib.parse.urlsplit(newurl)
        upgraded = (old.scheme, new.scheme) == ("http", "https") and old.hostname == new.hostname
        if not upgraded and (old.scheme, old.netloc) != (new.scheme, new.netloc):
            fp.close()
            raise Refused("the address redirects to another host")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener(clock: _Clock) -> urllib.request.OpenerDirector:
    """No proxies from the environment: settings come from configuration only."""

    class Plain(http.client.HTTPConnection):
        def connect(self) -> None:
            super().connect()
            clock.watch(self.sock)

    class Secure(http.client.HTTPSConnection):
        def connect(self) -> None:
            super().connect()
            clock.watch(self.sock)

    class PlainHandler(urllib.request.HTTPHandler):
        def http_open(self, req: urllib.request.Request) -> Any:
            return self.do_open(Plain, req)

    class SecureHandler(urllib.request.HTTPSHandler):
        def https_open(self, req: urllib.request.Request) -> Any:
            return self.do_open(Secure, req)

    no_proxy = urllib.request.ProxyHandler({})
    return urllib.request.build_opener(no_proxy, PlainHandler, SecureHandler, _SameHost)
