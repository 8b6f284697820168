"""A connection for the length of one command, and what its failures say and return."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from lookup.cli.options import Connection
from lookup.client import Client, LookupFailed, Tls

_USAGE = {"INVALID_QUERY", "QUERY_ID_REUSED", "UNKNOWN_SOURCE"}
"""Reasons that the words of the command line are at fault for."""


class Failed(click.ClickException):
    """A command that could not do its work: one line, exit code 1."""


class Misused(Failed):
    """A command whose words the gateway does not accept: one line, exit code 2."""

    exit_code = 2


@contextmanager
def connected(given: Connection) -> Iterator[Client]:
    """A client; a `LookupFailed` inside the block ends the command with one clear line."""
    tls = Tls(given.ca, given.cert, given.key) if given.ca or given.cert else None
    try:
        client = Client(given.server, tls=tls, timeout=given.timeout)
    except (OSError, ValueError) as error:
        raise Failed(f"no connection to {given.server}: {error}") from error
    try:
        with client:
            yield client
    except LookupFailed as failed:
        raise explained(failed, given) from failed


def explained(failed: LookupFailed, given: Connection) -> Failed:
    """The line that a person needs: what happened, and what to do if that is known."""
    if failed.unreached and "Connection refused" in failed.message:
        return Failed(
            f"no gateway answers at {given.server}; "
            "start one with `lookup serve`, or name another with --server"
        )
    if failed.unreached:
        return Failed(f"no connection to {given.server}: {failed.message}")
    if failed.code.name == "DEADLINE_EXCEEDED":
        return Failed(f"no answer within {given.timeout:g} s ({failed}); try a longer --timeout")
    return Misused(str(failed)) if failed.reason in _USAGE else Failed(str(failed))
