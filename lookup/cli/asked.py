"""The context and the options of a query, from the options of a command."""

from __future__ import annotations

from lookup.cli.options import Asking
from lookup.client import Context, Options, Purpose


def context_of(given: Asking) -> Context:
    """Who asks and why, as far as the command line says."""
    purpose = f"PURPOSE_{(given.purpose or 'unspecified').upper()}"
    return Context(purpose=Purpose.Value(purpose), language=given.language)


def options_of(given: Asking) -> Options:
    """How to search."""
    return Options(
        sources=given.source,
        limit=given.limit,
        threshold=given.threshold,
        explain=given.explain,
    )
