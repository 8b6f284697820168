"""Downloads against a real server on loopback that behaves as publishers do on bad days."""

from __future__ import annotations

import http.server
import os
import socket
import threading
from http import HTTPStatus

import pytest

from adapters.base import Garbled, Refused, TimedOut, Unavailable
from adapters.fetch import FetchOutcome, fetch

BODY = b"id,name\n1,Ada\n" * 10_000


class Publisher(http.server.BaseHTTPRequestHandler):
    """Answers by path; remembers what it was asked."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.asked.append(dict(self.headers))
        self.close_connection = True
        getattr(self, f"path_{self.path.strip('/').split('/')[0]}")()

    def reply(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in ({"Content_Length": len(body)} | headers).items():
            if value is not None:
                self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def path_list(self):
        body, tag = self.server.body, f'"{len(self.server.body)}"'
        if self.headers["If-None-Match"] == tag:
            self.reply(HTTPStatus.NOT_MODIFIED, ETag=tag)
        else:
            date = "Sun, 01 Mar 2026 10:00:00 GMT"
            self.reply(HTTPStatus.OK, body, ETag=tag, Last_Modified=date)

    def path_dated(self):
        date = "Sun, 01 Mar 2026 10:00:00 GMT"
        known = self.headers["If-Modified-Since"] == date
        self.reply(*((304,) if known else (200, BODY)), Last_Modified=date)

    def path_rubbish(self):
        self.reply(200, BODY, Last_Modified="yesterday")

    def path_status(self):
        self.reply(int(self.path.rsplit("/", 1)[1]), b"sorry", Retry_After="120")

    def path_cut(self):
        self.reply(200, BODY[:5000], Content_Length=len(BODY))

    def path_chunks(self):
        self.reply(200, b"ff\r\nabc", Content_Length=None, Transfer_Encoding="chunked")

    def path_endless(self):
        self.reply(200, BODY, Content_Length=None)

    def path_empty(self):
        self.reply(200)

    def path_inside(self):
        self.reply(302, Location="/list")

    def path_outside(self):
        self.reply(302, Location=f"http://localhost:{self.server.server_port}/list")

    def path_circle(self):
        self.reply(302, Location="/circle")

    def path_nonsense(self):
        self.wfile.write(b"220 ftp ready\r\n\r\n")

    def path_drip(self):
        self.reply(200, b"", Content_Length=None)
        self.drip(b"x")

    def path_headers(self):
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        self.drip(b"a: b\r\n")

    def drip(self, piece):
        try:
            while not self.server.stop.wait(0.02):
                self.wfile.write(piece)
        except OSError:
            return

    def log_message(self, *_):
        """Quiet."""


@pytest.fixture
def publisher():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Publisher) as server:
        server.body, server.asked, server.stop = BODY, [], threading.Event()
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.stop.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def get(publisher, tmp_path):
    def fetched(path, **bounds):
        url = f"http://127.0.0.1:{publisher.server_port}/{path}"
        return fetch(url, tmp_path / "list.csv", tmp_path / "memory" / "path.json", **bounds)

    return fetched


def only(tmp_path, *names):
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)


def test_a_list_is_downloaded_and_nothing_else_is_left(get, tmp_path):
    done = get("list")
    assert (done.outcome, done.size) == (FetchOutcome.UPDATED, len(BODY))
    assert (tmp_path / "list.csv").read_bytes() == BODY
    only(tmp_path, "list.csv", "memory")


@pytest.mark.parametrize("path", ["list", "dated"])
def test_an_unchanged_list_is_not_sent_again_but_known_to_be_current(get, tmp_path, path):
    get(path)
    os.utime(tmp_path / "list.csv", (1, 1))
    assert get(path).outcome is FetchOutcome.UNCHANGED
    assert (tmp_path / "list.csv").stat().st_mtime > 1
    assert (tmp_path / "list.csv").read_bytes() == BODY


def test_a_changed_list_is_sent_again(get, publisher, tmp_path):
    get("list")
    publisher.body = b"id,name\n"
    assert get("list").outcome is FetchOutcome.UPDATED
    assert (tmp_path / "list.csv").read_bytes() == b"id,name\n"


def test_nothing_is_asked_conditionally_once_the_copy_is_gone(get, publisher, tmp_path):
    get("list")
    (tmp_path / "list.csv").unlink()
    assert get("list").outcome is FetchOutcome.UPDATED
    assert "If-None-Match" not in publisher.asked[-1]


def test_another_address_starts_afresh(get, publisher):
    get("list")
    get("rubbish")
    assert "If-None-Match" not in publisher.asked[-1]
    get("rubbish")
    assert "If-Modified-Since" not in publisher.asked[-1]


@pytest.mark.parametrize("status", [403, 404, 429, 500, 503])
def test_an_error_of_the_publisher_keeps_the_copy(get, tmp_path, status):
    get("list")
    with pytest.raises(Unavailable, match=str(status)) as caught:
        get(f"status/{status}")
    assert caught.value.retry_after == 120
    assert (tmp_path / "list.csv").read_bytes() == BODY


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("cut", "broke off after 5000 of 140000"),
        ("chunks", "broke off"),
        ("empty", "empty file"),
        ("nonsense", "broke off"),
    ],
)
def test_a_damaged_answer_keeps_the_copy(get, tmp_path, path, reason):
    get("list")
    with pytest.raises(Garbled, match=reason):
        get(path)
    assert (tmp_path / "list.csv").read_bytes() == BODY
    only(tmp_path, "list.csv", "memory")


@pytest.mark.parametrize("path", ["list", "endless"])
def test_a_file_beyond_the_bound_is_refused(get, tmp_path, path):
    with pytest.raises(Garbled, match="more than 1000 bytes"):
        get(path, max_bytes=1000)
    assert not (tmp_path / "list.csv").exists()


@pytest.mark.parametrize("path", ["drip", "headers"])
def test_bytes_that_drip_end_at_the_time_limit(get, tmp_path, path):
    with pytest.raises(TimedOut, match=r"0\.3 s"):
        get(path, max_seconds=0.3)
    assert not (tmp_path / "list.csv").exists()


def test_a_redirect_inside_the_host_is_followed(get, tmp_path):
    assert get("inside").outcome is FetchOutcome.UPDATED
    assert (tmp_path / "list.csv").read_bytes() == BODY


def test_a_redirect_to_another_host_is_refused(get, publisher):
    with pytest.raises(Refused, match="another host"):
        get("outside")
    assert len(publisher.asked) == 1


def test_a_circle_of_redirects_ends(get, publisher):
    with pytest.raises(Unavailable, match="302"):
        get("circle")
    assert len(publisher.asked) < 20


def test_nobody_there_is_unavailable(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(Unavailable, match="cannot be reached"):
        fetch(f"http://127.0.0.1:{port}/list", tmp_path / "a", tmp_path / "b")


def test_a_folder_is_never_replaced(get, tmp_path):
    (tmp_path / "list.csv").mkdir()
    with pytest.raises(Refused, match="is a folder"):
        get("list")


def test_a_place_that_cannot_be_written_is_told(get, tmp_path):
    (tmp_path / "memory").write_text("a file where the folder should be")
    with pytest.raises(Unavailable, match="the download failed"):
        get("list")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://host/a", "list.csv", "http://"])
def test_only_web_addresses_are_fetched(tmp_path, url):
    with pytest.raises(Refused, match="an address"):
        fetch(url, tmp_path / "a", tmp_path / "b")
