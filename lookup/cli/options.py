"""The options that every command with a gateway has, bundled into one value."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

import click

SERVER = "127.0.0.1:7443"
PURPOSES = (
    "border_first_line",
    "border_second_line",
    "passenger_screening",
    "visa_vetting",
    "asylum",
    "police_check",
    "investigation",
    "vehicle_stop",
    "missing_person",
    "threat_to_life",
    "judicial",
    "carrier_document_check",
    "audit_review",
    "test_or_exercise",
)
"""The values of `lookup.v1.Purpose`, written here so that help needs no protobuf."""

F = TypeVar("F", bound=Callable[..., Any])


class PurposeType(click.Choice[str]):
    """A purpose in any of its spellings: police-check, POLICE_CHECK, PURPOSE_POLICE_CHECK."""

    def __init__(self) -> None:
        super().__init__(PURPOSES, case_sensitive=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The name as it stands in `PURPOSES`."""
        name = str(value).lower().replace("-", "_").removeprefix("purpose_")
        return super().convert(name, param, ctx)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """Where the gateway is and how long to wait for it, in seconds."""

    server: str
    ca: Path | None
    cert: Path | None
    key: Path | None
    timeout: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Why is asked, how to search, and how to show it."""

    purpose: str | None
    language: str
    query_id: str
    limit: int
    threshold: float
    source: tuple[str, ...]
    explain: bool
    as_json: bool


_PEM = click.Path(exists=True, dir_okay=False, path_type=Path)

_ADDRESS = (
    click.option("--server", default=SERVER, show_default=True, metavar="HOST:PORT"),
    click.option("--ca", type=_PEM, help="Authorities to trust; makes the connection TLS."),
    click.option("--cert", type=_PEM, help="Own certificate, with --key."),
    click.option("--key", type=_PEM, help="Own private key, with --cert."),
)

_WHY = "Why is asked; recorded. One of " + ", ".join(PURPOSES).replace("_", "-") + "."

_ASKING = (
    click.option("--purpose", type=PurposeType(), metavar="PURPOSE", help=_WHY),
    click.option("--language", type=click.Choice(["ar", "en", "fr", "es"]), default="en"),
    click.option("--source", multiple=True, metavar="NAME", help="Ask only this; repeatable."),
    click.option("--limit", type=click.IntRange(1, 100), default=10, help="Most hits to show."),
    click.option(
        "--threshold",
        type=click.FloatRange(0, 1),
        default=0.0,
        help="Lowest probability of a hit; 0 for the gateway's own.",
    ),
    click.option("--query-id", default="", help="Same id, same question: the stored answer."),
    click.option("--explain", is_flag=True, help="Show how each weight came about."),
    click.option("--json", "as_json", is_flag=True, help="The answer as protobuf JSON."),
)


def connection(command: F, timeout: float = 5.0) -> F:
    """Give a command the options of `Connection`, as its argument `connection`."""
    limit = click.option(
        "--timeout",
        type=click.FloatRange(0, 3600, min_open=True),
        default=timeout,
        show_default=True,
        metavar="SECONDS",
        help="Deadline of a call, retries included.",
    )
    return _bundled(command, "connection", Connection, (*_ADDRESS, limit), _checked)


def asking(command: F) -> F:
    """Give a command the options of `Asking`, as its argument `asking`."""
    return _bundled(command, "asking", Asking, _ASKING, lambda asked: asked)


def _checked(given: Connection) -> Connection:
    if (given.cert is None) != (given.key is None):
        raise click.UsageError("--cert and --key belong together")
    return given


def _bundled(
    command: F,
    name: str,
    kind: type[Any],
    options: tuple[Callable[[F], F], ...],
    check: Callable[[Any], Any],
) -> F:
    @functools.wraps(command)
    def bundling(**given: Any) -> Any:
        own = {f.name: given.pop(f.name) for f in fields(kind)}
        return command(**given, **{name: check(kind(**own))})

    for option in reversed(options):
        bundling = option(bundling)
    return bundling  # type: ignore[return-value]
