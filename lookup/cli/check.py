"""`lookup check`: one person, document, vehicle or machine-readable zone, all sources at once."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from lookup.cli.options import Asking, Connection, asking, connection

if TYPE_CHECKING:
    from lookup.client import (
        CheckRequest,
        CheckResponse,
        Client,
        Proven,
        StreamCheckResponse,
        Subject,
    )

    Answered = Proven[CheckResponse] | Proven[StreamCheckResponse]

MAX_MRZ = 4096

_RECEIPT = click.option(
    "--receipt",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Save the proof of the answer, for `lookup audit receipt`.",
)
_STREAM = click.option("--stream", is_flag=True, help="Show progress as the sources answer.")


@click.group()
def check() -> None:
    """Ask every source about one subject.

    \b
    Exit codes: 0 no hit, 10 hit, 11 incomplete (never to be read as clear),
    2 wrong usage, 1 failure. Hits together with unsearched sources: 10.
    """  # noqa: D301 - click reads the backspace


def _common(command: Any) -> Any:
    return connection(asking(_STREAM(_RECEIPT(command))))


@check.command()
@click.option("--name", multiple=True, help="Full name in any script; repeatable.")
@click.option("--born", multiple=True, metavar="DATE", help="1970-01-31, 1970-01 or 1970.")
@click.option("--sex", type=click.Choice(["F", "M", "X"], case_sensitive=False), metavar="F|M|X")
@click.option("--nationality", multiple=True, metavar="CODE", help="ICAO code, e.g. RUS.")
@click.option("--birth-place", default="")
@click.option("--document", multiple=True, metavar="NUMBER/ISSUER", help="Asked about as well.")
@_common
def person(document: tuple[str, ...], **given: Any) -> int:
    """A person, by name in any script and whatever else is known."""
    parts = [_usage(_document_parts, text) for text in document]
    fields = {
        "name": _texts(given.pop("name")),
        "birth": given.pop("born"),
        "sex": _texts((given.pop("sex") or "",)),
        "nationality": _texts(given.pop("nationality")),
        "birth_place": _texts((given.pop("birth_place"),)),
        "document_number": [number for number, _ in parts],
        "document_issuer": [issuer for _, issuer in parts],
    }
    if not fields["name"] and not parts:
        raise click.UsageError("a person needs --name or --document")
    return ask(fields, bearer=True, **given)


@check.command()
@click.option("--number", required=True)
@click.option("--issuer", default="", help="ICAO code of the issuing state or organisation.")
@click.option("--type", "kind", default="", help="PASSPORT, ID_CARD, VISA, ...")
@_common
def document(number: str, issuer: str, kind: str, **given: Any) -> int:
    """A travel or identity document, whoever holds it."""
    if not number.strip():
        raise click.UsageError("--number is empty")
    fields = {"document_number": [number], "document_issuer": [issuer], "document_type": [kind]}
    return ask(fields, **given)


@check.command()
@click.option("--vin", default="", help="Vehicle identification number, or its last characters.")
@click.option("--plate", default="")
@click.option("--country", "plate_country", default="", help="Country of the plate.")
@click.option("--engine-number", default="")
@click.option("--make", default="")
@click.option("--model", default="")
@click.option("--colour", default="")
@click.option("--type", "type", default="")
@_common
def vehicle(connection: Connection, asking: Asking, **given: Any) -> int:
    """A vehicle, by VIN, plate or engine number."""
    shown = {name: given.pop(name) for name in ("stream", "receipt")}
    fields = {name: _texts((value,)) for name, value in given.items()}
    if not (fields["vin"] or fields["plate"] or fields["engine_number"]):
        raise click.UsageError("a vehicle needs --vin, --plate or --engine-number")
    return ask(fields, connection=connection, asking=asking, **shown)


@check.command()
@click.argument("file", type=click.File("rb"))
@_common
def mrz(file: IO[bytes], **given: Any) -> int:
    """The lines of a machine-readable zone in FILE, or - for standard input.

    Asks about the bearer and about the document.
    """
    raw = file.read(MAX_MRZ + 1)
    text = raw.decode("utf-8", errors="replace").strip()  # scanners write « for <
    if not text or len(raw) > MAX_MRZ:
        raise click.UsageError(f"{file.name} holds no machine-readable zone of at most 4 KiB")
    return ask({"mrz": [text]}, **given)


def ask(
    fields: dict[str, list[str]],
    *,
    connection: Connection,
    asking: Asking,
    stream: bool,
    receipt: Path | None,
    bearer: bool = False,
) -> int:
    """Ask, show, save the receipt; the exit code of the contract."""
    from lookup.cli.connect import connected
    from lookup.cli.subjects import subjects_of

    request = _request(_usage(partial(subjects_of, bearer=bearer), fields), asking)
    with connected(connection) as client:
        proven = _streamed(client, request, asking) if stream else client.check_with_proof(request)
    try:
        if receipt is not None:
            from lookup.cli.receipts import save

            save(receipt, proven)
    finally:  # saved first, for the reader of the output may go away
        if not (stream and asking.as_json):
            _show(proven.message, asking)
    return exit_code(proven.message)


def exit_code(answer: CheckResponse | StreamCheckResponse) -> int:
    """0 no hit, 10 hit, 11 anything else."""
    from lookup.client import Verdict, verdict_of

    codes = {Verdict.VERDICT_HIT: 10, Verdict.VERDICT_NO_HIT: 0}
    return codes.get(verdict_of(answer), 11)


def _request(subjects: list[Subject], given: Asking) -> CheckRequest:
    from lookup.cli.asked import context_of, options_of
    from lookup.client import CheckRequest

    return CheckRequest(
        query_id=given.query_id,
        context=context_of(given),
        subjects=subjects,
        options=options_of(given),
    )


def _streamed(client: Client, request: CheckRequest, given: Asking) -> Answered:
    """The last snapshot; with --json every one is a line. One that is not final is shown here."""
    from lookup.client import LookupFailed, StreamCheckRequest

    asked = StreamCheckRequest.FromString(request.SerializeToString())
    last = None
    try:
        for last in client.stream_check_with_proof(asked):
            if given.as_json:
                _show(last.message, given)
            elif not last.message.final:
                _progress(last.message, given.language)
    except LookupFailed:
        if last is not None and not given.as_json:
            _show(last.message, given)
        raise
    assert last is not None
    return last


def _progress(snapshot: StreamCheckResponse, language: str) -> None:
    from lookup.cli.output import interactive, say
    from lookup.languages.wording import wording

    if interactive():
        sources = ", ".join(outcome.source for outcome in snapshot.outcomes)
        say(wording(language).count("screen.so_far", len(snapshot.hits), sources=sources))


def _show(answer: CheckResponse | StreamCheckResponse, given: Asking) -> None:
    from lookup.cli import output

    if given.as_json:
        output.write_message(answer)
        return
    import datetime as dt

    from lookup.cli.render import show

    now = dt.datetime.now(dt.UTC)
    show(output.console(), answer, explain=given.explain, now=now, language=given.language)
    sys.stdout.flush()


def _document_parts(text: str) -> tuple[str, str]:
    from lookup.cli.subjects import document_parts

    return document_parts(text)


def _usage(read: Any, value: Any) -> Any:
    """What `read` makes of the value; a bad field is wrong usage."""
    from lookup.cli.subjects import BadField

    try:
        return read(value)
    except BadField as bad:
        raise click.UsageError(str(bad)) from bad


def _texts(values: tuple[str, ...]) -> list[str]:
    return [value for value in values if value.strip()]
