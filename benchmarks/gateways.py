"""Real gateways for benchmarks: `lookup serve` on the invented sample lists, and what to ask it."""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from processes import ROOT, children, cpu_seconds, python, started

from lookup.client import Client
from lookup.v1 import lookup_service_pb2 as pb
from lookup.v1 import record_pb2

SAMPLES = ROOT / "deploy" / "samples"
CHECK = "/lookup.v1.LookupService/Check"
STREAM = "/lookup.v1.LookupService/StreamCheck"
BATCH = "/lookup.v1.LookupService/BatchCheck"

WATCHLIST = """kind = "mapped"
path = "{0}/watchlist.csv"
dates = "dmy"
[sources.watchlist.columns]
id = "ref"
surname = "family_name"
given = "given_names"
alias = "native_name"
birth = "dob"
passport = "passport"
"""

PERSON_LISTS = {
    "ofac": 'kind = "ofac"\npath = "{0}/ofac"\n',
    "un": 'kind = "un"\npath = "{0}/un.xml"\n',
    "eu": 'kind = "eu"\npath = "{0}/eu.xml"\n',
    "uk": 'kind = "uk"\npath = "{0}/uk.csv"\n',
    "csl": 'kind = "csl"\npath = "{0}/csl.csv"\n',
    "ftm": 'kind = "ftm"\npath = "{0}/ftm.jsonl"\n',
    "notices": 'kind = "notices"\npath = "{0}/notices"\nrequired = false\n',
    "watchlist": WATCHLIST,
}
"""The eight in-process sources of a full check."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """A gateway that runs, and its processes."""

    target: str
    workers: tuple[int, ...]
    writer: int
    batch: int

    def cpu(self) -> dict[str, float]:
        """CPU seconds so far: workers, audit writer, batch process."""
        return {
            "workers": sum(map(cpu_seconds, self.workers)),
            "writer": cpu_seconds(self.writer),
            "batch": cpu_seconds(self.batch),
        }


def tables(more: str = "") -> str:
    """The tables of the eight lists, and more."""
    return more + "".join(
        f"[sources.{name}]\n{text.format(SAMPLES)}\n" for name, text in PERSON_LISTS.items()
    )


@contextmanager
def serving(folder: Path, sources: str, *, wait: float = 120, **settings: int) -> Iterator[Gateway]:
    """A gateway with these source tables, its state below `folder`, all lists loaded."""
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "gateway.toml"
    head = "".join(f"{key} = {value}\n" for key, value in settings.items())
    config.write_text(f'[gateway]\nlisten = "127.0.0.1:0"\nworkers = 2\n{head}\n{sources}')
    command = python("-m", "lookup.cli", "serve", "--config", config)
    with (
        (folder / "gateway.log").open("a") as log,
        started(command, r"serving on (\S+)", seconds=wait, stderr=log) as (process, target),
    ):
        wait_loaded(target, wait)
        # The supervisor starts the writer, the loader, the batch process and the workers in order.
        writer, _loader, batch, *workers = children(process.pid)
        yield Gateway(target, tuple(workers), writer, batch)


def wait_loaded(target: str, seconds: float) -> None:
    """Wait until no list of a gateway is loading; RuntimeError after `seconds`."""
    end = time.monotonic() + seconds
    with Client(target) as client:
        while any(s.status == pb.SOURCE_STATUS_LOADING for s in client.list_sources()):
            if time.monotonic() > end:
                raise RuntimeError("the lists are still loading")
            time.sleep(0.05)


def answered(target: str) -> None:
    """Ask one check; RuntimeError unless all sources answered."""
    with Client(target) as client:
        reply = client.check(pb.CheckRequest.FromString(documents(1)[0]), timeout=20)
    if reply.verdict != pb.VERDICT_NO_HIT:
        raise RuntimeError(f"unexpected verdict {pb.Verdict.Name(reply.verdict)}")


def listed() -> list[dict[str, str]]:
    """The rows of the sample watch list."""
    with (SAMPLES / "watchlist.csv").open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


def documents(count: int, sources: Sequence[str] = ()) -> list[bytes]:
    """Passports that nobody lists: all eight sources are asked, matching is a hash look-up."""
    numbers = (record_pb2.Document(number=f"QX{n:07}", issuer="UTO") for n in range(count))
    return [_request(record_pb2.Subject(document=each), sources) for each in numbers]


def clear_people(count: int, sources: Sequence[str] = ()) -> list[bytes]:
    """Travellers whose name parts are listed and who are not, with a date of birth nobody has."""
    rows = listed()
    return [
        _person(
            rows[n * 7 % len(rows)]["family_name"],
            rows[(n * 11 + 5) % len(rows)]["given_names"],
            (1899, 1, 1),
            sources,
        )
        for n in range(count)
    ]


def listed_people(count: int) -> list[bytes]:
    """Persons who are on the lists, by their listed name and date of birth."""
    rows = listed()
    found = []
    for n in range(count):
        row = rows[n % len(rows)]
        parts = [int(part) for part in row["dob"].split(".") if part.isdigit()]
        born = (parts[-1], *reversed(parts[:-1])) if len(parts) == 3 else None
        found.append(_person(row["family_name"], row["given_names"], born))
    return found


def batch_of(requests: Sequence[bytes]) -> bytes:
    """One BatchCheck of these requests."""
    items = [pb.CheckRequest.FromString(each) for each in requests]
    return pb.BatchCheckRequest(items=items).SerializeToString()


def _person(
    surname: str,
    given: str,
    born: tuple[int, ...] | None,
    sources: Sequence[str] = (),
) -> bytes:
    births = [record_pb2.PartialDate(year=born[0], month=born[1], day=born[2])] if born else []
    names = [record_pb2.Name(surname=surname, given=given)]
    subject = record_pb2.Subject(person=record_pb2.Person(names=names, births=births))
    return _request(subject, sources)


def _request(subject: record_pb2.Subject, sources: Sequence[str] = ()) -> bytes:
    context = pb.Context(justification="benchmark", officer="officer-1", location="desk 4")
    options = pb.Options(sources=sources)
    return pb.CheckRequest(context=context, subjects=[subject], options=options).SerializeToString()
