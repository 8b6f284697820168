"""Evaluation on anybody's own records: the search and the comparison of a check, without a server.

Queries are searched by `matching.search.find`, as the subjects of a check are. One thread.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, TypeVar

import msgspec
import numpy as np

from adapters.inputs import examine
from adapters.layout import layout
from adapters.snapshot import Arrays, Busy, Corrupt, Manifest, Snapshots
from matching.compare import name_similarity
from matching.dates import parse_date
from matching.identifiers import country_code
from matching.index import Index, build
from matching.mrz_name import MrzError, parse_name_field
from matching.rank import Scored, Thresholds
from matching.record import Document, Name, NameKind, PartialDate, Person, Record, Sex
from matching.search import find

MAX_LINE = 1 << 20
"""Longest line of an input, in bytes."""

Progress = Callable[[int], None]
T = TypeVar("T")


class BadInput(Exception):
    """A line that cannot be used; the message starts with FILE:LINE."""


class _Document(msgspec.Struct):
    number: str
    issuer: str = ""
    type: str = ""


class _Record(msgspec.Struct):
    id: str
    names: list[str]
    births: list[str] = []
    sex: str = ""
    nationalities: list[str] = []
    documents: list[_Document] = []


class _Query(msgspec.Struct):
    id: str
    name: str = ""
    birth: str = ""
    sex: str = ""
    nationality: str = ""
    document: _Document | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One evaluation: records and queries in, hits out, at most `limit` (1..500) for each query.

    The index is kept in `folder` and taken from there as long as it fits the records and the code.
    `threshold` (0..1) is the lowest probability of a hit.
    """

    records: Path
    queries: Path
    hits: Path
    limit: int = 10
    folder: Path | None = None
    threshold: float = 0.0


@dataclass(frozen=True, slots=True)
class Opened:
    """An index, and what it took to have it."""

    index: Index
    nbytes: int
    build_seconds: float
    load_seconds: float


def search(run: Run, progress: Progress = lambda _: None) -> Mapping[str, float]:
    """Search for every query, write a line of hits for each, return the figures of the contract.

    Raises `BadInput`, and `OSError` for files that cannot be read or written.
    """
    asked = list(_queries(run.queries))
    opened = open_index(run.records, run.folder, progress)
    thresholds = Thresholds(run.threshold, max(run.threshold, 0.5), 1.0)
    micros = np.zeros(len(asked), dtype=np.int64)
    with run.hits.open("w", encoding="utf-8") as out:
        for number, (query_id, subject) in enumerate(asked):
            begun = time.perf_counter_ns()
            found = find(opened.index, subject, thresholds, run.limit)
            micros[number] = (time.perf_counter_ns() - begun) // 1000
            _write_hits(out, query_id, int(micros[number]), found)
            progress(number + 1)
    count = len(opened.index)
    return {
        "records": count,
        "queries": len(asked),
        "build_seconds": round(opened.build_seconds, 3),
        "load_seconds": round(opened.load_seconds, 3),
        "bytes_per_record": round(opened.nbytes / count, 1) if count else 0,
        "rss_mb": resident_mb(),
        **_speed(micros),
    }


def pairs(source: Path, out: Path, *, progress: Progress = lambda _: None) -> Mapping[str, float]:
    """Copy every line of `source` to `out` with the similarity of its two names at the end."""
    begun = time.perf_counter()
    name_similarity("", "")
    loaded = time.perf_counter() - begun
    micros: list[int] = []
    with out.open("w", encoding="utf-8", newline="\n") as copy:
        for number, line in _lines(source):
            fields = line.split("\t")
            if number == 1:
                copy.write(f"{line}\tsimilarity\n")
                continue
            if len(fields) < 2:
                raise BadInput(f"{source}:{number}: two names with a tab between them are needed")
            begun_ns = time.perf_counter_ns()
            similarity = name_similarity(fields[0], fields[1])
            micros.append((time.perf_counter_ns() - begun_ns) // 1000)
            copy.write(f"{line}\t{similarity:.6f}\n")
            progress(number)
    return {
        "records": 0,
        "queries": len(micros),
        "build_seconds": 0.0,
        "load_seconds": round(loaded, 3),
        "bytes_per_record": 0,
        "rss_mb": resident_mb(),
        **_speed(np.asarray(micros, dtype=np.int64)),
    }


def open_index(records: Path, folder: Path | None, progress: Progress) -> Opened:
    """The index of a file of records, built or loaded."""
    if folder is None:
        begun = time.perf_counter()
        arrays = build(_records(records, progress))
        return _opened(arrays, time.perf_counter() - begun, 0.0)
    begun = time.perf_counter()
    snapshots = Snapshots(folder, layout())
    files = examine([records])
    version = snapshots.pointer().version
    held = snapshots.manifest(version) if version else None
    built = 0.0
    if held is None or [file.sha256 for file in held.files] != [file.sha256 for file in files]:
        arrays = build(_records(records, progress))
        now = datetime.now(UTC)
        manifest = Manifest(layout(), len(Index(arrays)), 0, (), files, "", now, now)
        version = _publish(snapshots, arrays, manifest)
        built, begun = time.perf_counter() - begun, time.perf_counter()
    try:
        loaded = snapshots.load(version)
    except Corrupt as error:
        raise BadInput(f"{folder}: {error}; remove the folder to build it again") from error
    opened = _opened(loaded, built, 0.0)
    return Opened(opened.index, opened.nbytes, built, time.perf_counter() - begun)


def resident_mb() -> float:
    """Resident memory of this process in megabytes, as the kernel counts it."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return round(int(line.split()[1]) / 1024, 1)
    return 0.0


def _publish(snapshots: Snapshots, arrays: Arrays, manifest: Manifest) -> str:
    try:
        with snapshots.locked():
            return snapshots.publish(arrays, manifest)
    except Busy as busy:
        raise BadInput(f"{snapshots.folder}: {busy}") from busy


def _opened(arrays: Arrays, built: float, loaded: float) -> Opened:
    size = sum(array.nbytes for array in arrays.values())
    return Opened(Index(arrays), size, built, loaded)


def _write_hits(out: IO[str], query_id: str, micros: int, found: list[Scored]) -> None:
    hits = [
        {
            "id": one.record.id,
            "probability": one.comparison.probability,  # not rounded: that would make ties
            "similarity": round(one.comparison.similarity, 6),
        }
        for one in found
    ]
    line = {"query": query_id, "micros": micros, "hits": hits}
    out.write(json.dumps(line, ensure_ascii=False) + "\n")


def _speed(micros: np.ndarray[Any, np.dtype[np.int64]]) -> dict[str, float]:
    if not len(micros):
        return {"queries_per_second": 0, "p50_micros": 0, "p99_micros": 0}
    seconds = max(float(micros.sum()), 1.0) / 1e6
    return {
        "queries_per_second": round(len(micros) / seconds, 1),
        "p50_micros": int(np.percentile(micros, 50)),
        "p99_micros": int(np.percentile(micros, 99)),
    }


def _records(path: Path, progress: Progress) -> Iterator[Record]:
    for number, line in _lines(path):
        row = _decoded(path, number, line, _Record)
        if not row.id or not any(name.strip() for name in row.names):
            raise BadInput(f"{path}:{number}: `id` and one of `names` must not be empty")
        yield Record(
            id=row.id,
            names=tuple(Name(full=name) for name in row.names if name.strip()),
            births=tuple(_date(path, number, text) for text in row.births),
            sex=Sex(_sex(path, number, row.sex)),
            nationalities=tuple(map(_country, row.nationalities)),
            documents=tuple(map(_document, row.documents)),
        )
        if number % 1000 == 0:
            progress(number)


def _queries(path: Path) -> Iterator[tuple[str, Person]]:
    for number, line in _lines(path):
        query = _decoded(path, number, line, _Query)
        if not query.id or not (query.name.strip() or query.document):
            raise BadInput(f"{path}:{number}: `id`, and `name` or `document`, must not be empty")
        person = Person(
            names=(_name(path, number, query.name),) if query.name.strip() else (),
            births=(_date(path, number, query.birth),) if query.birth else (),
            sex=Sex(_sex(path, number, query.sex)),
            nationalities=(_country(query.nationality),) if query.nationality else (),
            documents=(_document(query.document),) if query.document else (),
        )
        yield query.id, person


def _document(row: _Document) -> Document:
    return Document(row.number, _country(row.issuer), row.type.upper())


def _country(text: str) -> str:
    return country_code(text) or text.strip().upper()


def _name(path: Path, number: int, text: str) -> Name:
    """A name as written, or the name field of a machine-readable zone, which alone holds `<`."""
    if "<" not in text:
        return Name(full=text)
    try:
        field = parse_name_field(text)
    except MrzError as error:
        raise BadInput(f"{path}:{number}: {error}") from error
    return Name(
        full=" ".join(filter(None, (field.surname, field.given))),
        surname=field.surname,
        given=field.given,
        kind=NameKind.MRZ,
        may_be_truncated=field.may_be_truncated,
    )


def _date(path: Path, number: int, text: str) -> PartialDate:
    date = parse_date(text)
    if date is None:
        raise BadInput(f"{path}:{number}: {text!r} is not a date like 1970-01-31, 1970-01 or 1970")
    return date


def _sex(path: Path, number: int, text: str) -> str:
    if text not in {"", "F", "M", "X"}:
        raise BadInput(f"{path}:{number}: sex is F, M or X, not {text!r}")
    return text


def _decoded(path: Path, number: int, line: str, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(line, type=kind)
    except msgspec.MsgspecError as error:
        raise BadInput(f"{path}:{number}: {error}") from error


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Lines that are not blank, with their numbers; a line that is not UTF-8 is bad input."""
    with path.open("rb") as opened:
        number = 0
        while raw := opened.readline(MAX_LINE + 1):
            number += 1
            if len(raw) > MAX_LINE:
                raise BadInput(f"{path}:{number}: the line is longer than {MAX_LINE} bytes")
            try:
                line = raw.decode("utf-8").rstrip("\r\n")
            except UnicodeDecodeError as error:
                raise BadInput(f"{path}:{number}: not UTF-8: {error.reason}") from error
            if line.strip():
                yield number, line
