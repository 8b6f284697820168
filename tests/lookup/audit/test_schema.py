from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing

import pytest

from lookup.audit.entry import Kind
from lookup.audit.errors import LogDamaged
from lookup.audit.schema import connect_readonly, connect_writable


def test_a_new_log_is_private_strict_and_durable(tmp_path):
    path = tmp_path / "log.db"
    with closing(connect_writable(path)) as db:
        assert path.stat().st_mode & 0o777 == 0o600
        assert db.execute("PRAGMA synchronous").fetchone() == (2,)
        with pytest.raises(sqlite3.IntegrityError, match="cannot store TEXT"):
            db.execute("INSERT INTO entry VALUES (0, 'text', x'00')")


def test_reading_is_only_reading(filled, log_path):
    with closing(connect_readonly(log_path)) as db:
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            db.execute("INSERT INTO checkpoint VALUES (1000, x'00')")
        assert db.execute("SELECT count(*) FROM entry").fetchone() == (filled.size,)


def test_a_live_log_is_read_with_what_lies_in_its_write_ahead_log(log, log_path, pending):
    with closing(connect_readonly(log_path)) as db:
        log.append_batch([pending(Kind.DENY)])
        assert db.execute("SELECT count(*) FROM entry").fetchone() == (1,)


def test_a_copy_with_its_write_ahead_log_is_whole(filled, log_path, tmp_path):
    folder = tmp_path / "copy"
    folder.mkdir()
    for suffix in ("", "-wal"):
        shutil.copy(f"{log_path}{suffix}", folder / f"log.db{suffix}")
    with closing(connect_readonly(folder / "log.db")) as db:
        assert db.execute("SELECT count(*) FROM entry").fetchone() == (filled.size,)


def test_a_database_of_something_else(tmp_path):
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE other(x)")
    with pytest.raises(LogDamaged, match="no such table"):
        connect_readonly(path)
