"""`lookup screen`: a whole list, one line of JSON for every row, in the order of the list."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import IO, TYPE_CHECKING, Any

import click

from lookup.cli.options import Asking, Connection, asking, connection

if TYPE_CHECKING:
    from lookup.cli.manifest import Manifest, Row
    from lookup.client import BatchItem, Client, LookupFailed

CHUNK = 100
"""Rows in one message; a batch of 500 would make single checks wait longer behind it."""

_INVALID = 3
_FINAL = {"INVALID_QUERY", "UNKNOWN_SOURCE"}
"""Reasons for which every further chunk would be refused as well."""


@click.command()
@click.argument("file", type=click.File("rb"))
@click.option(
    "--format", "kind", type=click.Choice(["csv", "jsonl"]), help="Instead of telling it by sight."
)
@partial(connection, timeout=30.0)
@asking
def screen(file: IO[bytes], kind: str | None, connection: Connection, asking: Asking) -> int:
    """Check every row of FILE (or - for standard input).

    CSV has a header line and , ; or tab between values; JSON Lines has one object per line.
    Names of columns and of keys:

    \b
    id                                       yours, comes back in the result
    name | surname, given                    in any script
    birth                                    1970-01-31, 1970-01 or 1970
    sex, nationality, birth_place            F, M or X; ICAO code; text
    document_number, document_issuer, document_type
    mrz                                      lines of a machine-readable zone
    vin, plate, plate_country, engine_number, make, model, colour, type

    JSON objects may hold "document" {number, issuer, type}, lists of values, or "subjects" as in
    the protocol. A row with a person, a document and a vehicle is one encounter.

    \b
    Result: {"line": 2, "id": "p1", "verdict": "VERDICT_HIT", "query_id": "...",
             "status": {"code": 0, ...}, "response": {...}}
    A row that could not be checked has a status and VERDICT_INCOMPLETE.
    Exit codes: 10 any hit, else 11 any row incomplete or failed, else 0.
    """  # noqa: D301 - click reads the backspace
    from lookup.cli.connect import Misused, connected
    from lookup.cli.manifest import Manifest, NotAccepted
    from lookup.cli.progress import counting

    manifest = Manifest(file)
    verdicts: Counter[str] = Counter()
    try:
        with connected(connection) as client, counting("screening", "bytes", _size(file)) as told:
            for chunk in _chunks(manifest.rows(kind or "")):
                _screen(client, chunk, asking, verdicts)
                told(manifest.consumed)
    except NotAccepted as error:
        raise Misused(f"{file.name}: {error}") from error
    finally:
        _summary(manifest, verdicts)
    if verdicts["VERDICT_HIT"]:
        return 10
    return 11 if verdicts["VERDICT_INCOMPLETE"] else 0


def _chunks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def _screen(client: Client, chunk: list[Row], given: Asking, verdicts: Counter[str]) -> None:
    """Ask about the rows that can be asked about, write a line for every one."""
    from lookup.cli import output

    answers = iter(_answers(client, [row for row in chunk if not row.problem], given))
    for row in chunk:
        content = _result(row, next(answers) if not row.problem else _refused(row.problem))
        verdicts[content["verdict"]] += 1
        output.write_json(content)


def _answers(client: Client, rows: list[Row], given: Asking) -> list[BatchItem]:
    from lookup.cli.asked import context_of, options_of
    from lookup.client import BatchCheckRequest, CheckRequest, LookupFailed, Priority

    if not rows:
        return []
    context = context_of(given)
    context.priority = Priority.PRIORITY_BATCH
    prefix = f"{given.query_id}-" if given.query_id else ""
    items = [
        CheckRequest(query_id=f"{prefix}{row.line}" if prefix else "", subjects=row.subjects)
        for row in rows
    ]
    request = BatchCheckRequest(context=context, items=items, options=options_of(given))
    try:
        return list(client.batch_check(request).items)
    except LookupFailed as failed:
        if failed.unreached or failed.reason in _FINAL:
            raise
        return [_failed(failed)] * len(rows)


def _result(row: Row, item: BatchItem) -> dict[str, Any]:
    from lookup.cli.output import message_fields
    from lookup.client import Verdict, verdict_of

    answered = item.status.code == 0 and item.HasField("response")
    verdict = verdict_of(item.response) if answered else Verdict.VERDICT_INCOMPLETE
    about = {"line": row.line, "id": row.id, "verdict": Verdict.Name(verdict)}
    return about | {"status": None, "response": None} | message_fields(item)


def _refused(problem: str) -> BatchItem:
    from lookup.client import BatchItem, ErrorReason, ItemStatus

    reason = ErrorReason.ERROR_REASON_INVALID_QUERY
    return BatchItem(status=ItemStatus(code=_INVALID, reason=reason, message=_encodable(problem)))


def _failed(failed: LookupFailed) -> BatchItem:
    from lookup.client import BatchItem, ErrorReason, ItemStatus

    name = f"ERROR_REASON_{failed.reason}"
    known = name if name in ErrorReason.keys() else "ERROR_REASON_UNSPECIFIED"  # noqa: SIM118
    status = ItemStatus(
        code=failed.code.value[0], reason=ErrorReason.Value(known), message=str(failed)
    )
    return BatchItem(status=status)


def _encodable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()


def _size(file: IO[bytes]) -> int | None:
    """The number of bytes of a file on disk; a pipe has none."""
    try:
        return os.fstat(file.fileno()).st_size or None
    except OSError:
        return None


def _summary(manifest: Manifest, verdicts: Counter[str]) -> None:
    from lookup.cli.output import say
    from lookup.cli.words import count

    if manifest.ignored:
        say(f"not known and not used: {', '.join(manifest.ignored)}")
    hits, incomplete = verdicts["VERDICT_HIT"], verdicts["VERDICT_INCOMPLETE"]
    say(
        f"{count(verdicts.total(), 'row')} screened: {count(hits, 'hit')}, "
        f"{verdicts['VERDICT_NO_HIT']} without, {incomplete} incomplete or failed"
    )
