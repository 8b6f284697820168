"""The SQLite form of the log: its tables, its guards and how it is opened."""

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING
from urllib.parse import quote

from lookup.audit.errors import LogDamaged

if TYPE_CHECKING:
    from pathlib import Path

_TABLES = """
CREATE TABLE IF NOT EXISTS entry(
  seq INTEGER PRIMARY KEY, body BLOB NOT NULL, leaf BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS detail(
  seq INTEGER PRIMARY KEY, nonce BLOB NOT NULL, body BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS node(
  level INTEGER NOT NULL, idx INTEGER NOT NULL, hash BLOB NOT NULL,
  PRIMARY KEY (level, idx)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS checkpoint(
  size INTEGER PRIMARY KEY, note BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS state(
  id INTEGER PRIMARY KEY CHECK (id = 0), frontier BLOB NOT NULL,
  open_from INTEGER NOT NULL) STRICT;
"""
_GUARDED = ("entry", "detail", "node", "checkpoint")
_BUSY_SECONDS = 5.0


def connect_writable(path: Path) -> sqlite3.Connection:
    """Open or create the log, mode 0600, durable at every commit (synchronous=FULL)."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    connection = sqlite3.connect(path, isolation_level=None, timeout=_BUSY_SECONDS)
    try:
        connection.execute("PRAGMA journal_mode=WAL").fetchone()
        connection.execute("PRAGMA synchronous=FULL")
        # Without it a REPLACE would delete rows and fire no trigger.
        connection.execute("PRAGMA recursive_triggers=ON")
        connection.executescript(_TABLES + "".join(map(_guards, _GUARDED)))
    except sqlite3.DatabaseError as error:
        connection.close()
        if type(error) is sqlite3.OperationalError:
            raise
        msg = f"{path} is not an audit log: {error}"
        raise LogDamaged(msg) from error
    return connection


def connect_readonly(path: Path) -> sqlite3.Connection:
    """Open a live log, or a copy of one, for reading only; raises LogDamaged.

    A closed copy in a folder that cannot be written to has no shared-memory file and can
    have none, so it is opened as immutable; never while a write-ahead log lies beside it.
    """
    wal = path.with_name(path.name + "-wal")
    modes = ["mode=ro"]
    if not wal.exists() or not wal.stat().st_size:
        modes.append("mode=ro&immutable=1")
    failure: sqlite3.Error | None = None
    for mode in modes:
        uri = f"file:{quote(str(path))}?{mode}"
        try:
            return _probed(uri)
        except sqlite3.Error as error:
            failure = error
    msg = f"{path} cannot be read as an audit log: {failure}"
    raise LogDamaged(msg) from failure


def _probed(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=_BUSY_SECONDS)
    try:
        connection.execute("SELECT frontier FROM state").fetchone()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _guards(table: str) -> str:
    return "".join(
        f"CREATE TRIGGER IF NOT EXISTS {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END;\n"
        for verb in ("UPDATE", "DELETE")
    )
