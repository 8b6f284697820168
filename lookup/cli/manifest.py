"""Lists of people, documents and vehicles to screen: CSV and JSON Lines, row by row.

A row that cannot be used is a row with a `problem`; nothing is dropped and nothing ends the list.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

from lookup.cli.subjects import FIELDS, BadField, subjects_of

if TYPE_CHECKING:
    from lookup.client import Subject

MAX_VALUE = 1024
"""Longest value of a row in characters; a machine-readable zone has 90."""

MAX_COLUMNS = 64
MAX_LINE = MAX_COLUMNS * (MAX_VALUE + 1)
"""A line that is longer has too long a value or too many, so that it is noticed when it is cut."""

ACCEPTED = "accepted are CSV with a header line, and JSON Lines"

_PLURAL = {"names": "name", "births": "birth", "nationalities": "nationality"}
_NESTED = ("document", "documents", "vehicle")
_DELIMITERS = ",;\t"


class NotAccepted(ValueError):
    """The file as a whole cannot be read; the message says what is accepted."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its line in the file, counted from 1, its own `id`, and what it asks about."""

    line: int
    id: str = ""
    subjects: tuple[Subject, ...] = ()
    problem: str = ""


@dataclass(slots=True)
class Manifest:
    """The rows of a stream; `consumed` bytes so far, `ignored` names that mean nothing to us."""

    stream: IO[bytes]
    consumed: int = 0
    ignored: dict[str, None] = field(default_factory=dict)

    def rows(self, kind: str = "") -> Iterator[Row]:
        """All rows; `kind` is csv or jsonl, empty to tell it from the content."""
        lines = self._lines()
        first = next(lines, "")
        kind = kind or kind_of(first)
        rest = _chain(first, lines)
        return self._json_rows(rest) if kind == "jsonl" else self._csv_rows(rest)

    def _lines(self) -> Iterator[str]:
        """Lines with their ends, of any coding: what is not UTF-8 is noticed row by row."""
        while raw := self.stream.readline(MAX_LINE):
            self.consumed += len(raw)
            cut = not raw.endswith(b"\n") and len(raw) == MAX_LINE
            yield raw.decode("utf-8", "surrogateescape") + "\n" * cut
            while cut and (more := self.stream.readline(MAX_LINE)):
                self.consumed += len(more)
                cut = not more.endswith(b"\n")

    def _json_rows(self, lines: Iterable[str]) -> Iterator[Row]:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                content = json.loads(line)
            except (ValueError, RecursionError) as error:
                yield Row(number, problem=f"not JSON: {error}")
                continue
            yield self._json_row(number, content)

    def _json_row(self, number: int, content: Any) -> Row:
        if not isinstance(content, dict):
            return Row(number, problem="not a JSON object")
        name = str(content.get("id", ""))[:MAX_VALUE]
        try:
            if "subjects" in content:
                return Row(number, name, _from_protocol(content))
            return _row(number, name, self._flat(content))
        except BadField as bad:
            return Row(number, name, problem=str(bad))

    def _flat(self, content: Mapping[str, Any]) -> dict[str, list[str]]:
        """Values by field; objects of a document or vehicle give theirs to the row."""
        fields: dict[str, list[str]] = {}
        for key, value in content.items():
            if key in _NESTED:
                for inner in value if isinstance(value, list) else [value]:
                    _take_nested(fields, key, inner)
            elif _PLURAL.get(key, key) in FIELDS:
                fields.setdefault(_PLURAL.get(key, key), []).extend(_texts(key, value))
            elif key != "id":
                self._ignore(key)
        return fields

    def _csv_rows(self, lines: Iterator[str]) -> Iterator[Row]:
        header = next(lines, "").removeprefix("\ufeff")
        delimiter = max(_DELIMITERS, key=header.count)
        columns = [name.strip().lower() for name in next(csv.reader([header], delimiter=delimiter))]
        self._check(columns)
        reader = csv.reader(lines, delimiter=delimiter)
        while True:
            begin = reader.line_num + 2
            try:
                values = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Row(begin, problem=_spread(begin, reader.line_num + 1, str(error)))
                continue
            if values:
                yield _csv_row(begin, reader.line_num + 1, columns, values)

    def _check(self, columns: list[str]) -> None:
        if len(columns) > MAX_COLUMNS:
            raise NotAccepted(f"{len(columns)} columns; at most {MAX_COLUMNS} are accepted")
        for name in columns:
            if name not in FIELDS and name != "id":
                self._ignore(name)
        if not set(columns) & set(FIELDS):
            named = ", ".join(FIELDS)
            raise NotAccepted(f"the header names no known column; {ACCEPTED}; columns: {named}")

    def _ignore(self, name: str) -> None:
        if len(self.ignored) < MAX_COLUMNS:
            self.ignored[name[:MAX_VALUE]] = None


def kind_of(first: str) -> str:
    """`csv` or `jsonl`, by the first line; `NotAccepted` for formats that are known and others."""
    head = first.removeprefix("\ufeff").lstrip()
    if head.startswith(("UNA", "UNB", "UNG", "UNH")):
        raise NotAccepted(f"this is UN/EDIFACT (PAXLST, PNRGOV), not accepted yet; {ACCEPTED}")
    if head.startswith(("[", "<", "PK")) or "\0" in head:
        raise NotAccepted(f"this is neither CSV nor JSON Lines; {ACCEPTED}")
    return "jsonl" if head.startswith("{") else "csv"


def _chain(first: str, lines: Iterator[str]) -> Iterator[str]:
    if first:
        yield first.removeprefix("\ufeff")
    yield from lines


def _csv_row(begin: int, end: int, columns: list[str], values: list[str]) -> Row:
    if end > begin:
        return Row(begin, problem=_spread(begin, end, "a quote is not closed"))
    if len(values) > len(columns):
        return Row(begin, problem=f"{len(values)} values for {len(columns)} columns")
    fields: dict[str, list[str]] = {}
    for name, value in zip(columns, values, strict=False):
        fields.setdefault(name, []).append(value)
    name = "".join(fields.pop("id", [])).strip()
    try:
        return _row(begin, name, {key: fields[key] for key in fields if key in FIELDS})
    except BadField as bad:
        return Row(begin, name, problem=str(bad))


def _row(number: int, name: str, fields: Mapping[str, list[str]]) -> Row:
    for key, values in fields.items():
        for value in values:
            if len(value) > MAX_VALUE:
                raise BadField(f"{key}: longer than {MAX_VALUE} characters")
            if not _is_text(value):
                raise BadField(f"{key}: not UTF-8")
    return Row(number, name, tuple(subjects_of(fields)))


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _spread(begin: int, end: int, reason: str) -> str:
    where = f"lines {begin} to {end} are one row: " if end > begin else ""
    return where + reason


def _take_nested(fields: dict[str, list[str]], key: str, inner: Any) -> None:
    if not isinstance(inner, dict):
        raise BadField(f"{key}: not an object")
    prefix = "" if key == "vehicle" else "document_"
    names = [name for name in FIELDS if name.startswith(prefix) or not prefix]
    for name in names:
        value = inner.get(name.removeprefix(prefix), "")
        if value or prefix:
            fields.setdefault(name, []).extend(_texts(name, value) or [""])


def _texts(key: str, value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    if len(values) > MAX_COLUMNS:
        raise BadField(f"{key}: more than {MAX_COLUMNS} values")
    for each in values:
        if each is not None and not isinstance(each, str):
            raise BadField(f"{key}: {each!r:.40} is not a text")
    return [each for each in values if each]


def _from_protocol(content: Mapping[str, Any]) -> tuple[Subject, ...]:
    """Subjects in the protobuf JSON mapping of `lookup.v1.CheckRequest`."""
    from google.protobuf.json_format import ParseDict, ParseError

    from lookup.client import CheckRequest

    try:
        request = ParseDict({"subjects": content["subjects"]}, CheckRequest())
    except (ParseError, ValueError, RecursionError) as error:
        raise BadField(f"subjects: {error}") from error
    return tuple(request.subjects)
