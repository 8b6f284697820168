"""Trying one source out: its sheet, its state, and one search that finds nobody."""

from __future__ import annotations

import time

from adapters.base import Query, SourceError
from lookup.cli.connect import Failed
from lookup.cli.safe import safe
from lookup.sources import Source
from matching.record import Document, Kind, Name, Person, Subject, Vehicle

_PROBES: dict[Kind, Subject] = {
    Kind.PERSON: Person(names=(Name(full="Test Query"),)),
    Kind.DOCUMENT: Document(number="TEST0000", issuer="UTO", type="PASSPORT"),
    Kind.VEHICLE: Vehicle(plate="TEST0000", plate_country="UTO"),
}
"""Of the specimen state Utopia (ICAO 9303-3 section 5), so that they are nobody's."""


async def tried(source: Source) -> list[str]:
    """What the source says of itself, line by line; `Failed` for the first thing that fails."""
    adapter = source.adapter
    sheet = adapter.capabilities
    kinds = ", ".join(sorted(sheet.kinds))
    lines = [f"{source.name}: kind {source.settings.kind}, answers about {kinds or 'nothing'}"]
    try:
        state = await adapter.status()
        for kind in sorted(sheet.kinds & _PROBES.keys()):
            begun = time.perf_counter()
            answer = await adapter.search(Query(subject=_PROBES[kind], limit=1))
            took = (time.perf_counter() - begun) * 1000
            whole = "complete" if answer.complete else f"not complete: {safe(answer.reason)}"
            lines.append(f"search for a {kind}: {whole}, {answer.touched} looked at, {took:.1f} ms")
    except SourceError as error:
        raise Failed(f"{source.name}: {type(error).__name__}: {error}") from error
    except Exception as error:  # an adapter's own bug is what this command looks for
        raise Failed(f"{source.name}: the adapter failed: {error!r}") from error
    records = "?" if state.records is None else state.records
    lines.insert(
        1,
        f"{records} records, version {safe(state.version) or '?'}, "
        f"data of {state.as_of or 'unknown age'}, {state.rejected} rejected rows",
    )
    if state.note:
        lines.insert(2, f"note: {safe(state.note)}")
    return lines
