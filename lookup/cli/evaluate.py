"""`lookup evaluate`: recall, precision and speed of the search on your own records; no server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

_IN = click.Path(exists=True, dir_okay=False, path_type=Path)
_OUT = click.Path(dir_okay=False, path_type=Path)


@click.group()
def evaluate() -> None:
    """Measure the search of a check on your own files; the last line is one JSON object."""


@evaluate.command()
@click.option("--records", type=_IN, required=True, help="One JSON record per line.")
@click.option("--queries", type=_IN, required=True, help="One JSON query per line.")
@click.option("--hits", type=_OUT, required=True, help="Written: one line of hits per query.")
@click.option("--limit", type=click.IntRange(1, 500), default=10, show_default=True)
@click.option(
    "--index",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep the index here; loaded if it is here already and fits records and code.",
)
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="Lowest probability of a hit; a gateway reports from 0.02 unless configured otherwise.",
)
def search(
    records: Path, queries: Path, hits: Path, limit: int, folder: Path | None, threshold: float
) -> int:
    """Search for every query among the records.

    \b
    record: {"id": "r1", "names": ["..."], "births": ["1970-01-31"], "sex": "F",
             "nationalities": ["RUS"],
             "documents": [{"number": "...", "issuer": "...", "type": "..."}]}
    query:  {"id": "q1", "name": "...", "birth": "...", "sex": "...", "nationality": "...",
             "document": {...}}
    hits:   {"query": "q1", "micros": 812,
             "hits": [{"id": "r1", "probability": 0.97, "similarity": 0.94}]}
    """  # noqa: D301 - click reads the backspace
    from lookup import evaluate
    from lookup.cli.output import write_json
    from lookup.cli.progress import counting

    with _failing(), counting("evaluating", "lines") as progress:
        run = evaluate.Run(records, queries, hits, limit, folder, threshold)
        figures = evaluate.search(run, progress)
    write_json(figures)
    return 0


@evaluate.command()
@click.option("--pairs", "source", type=_IN, required=True, help="Header, then name TAB name.")
@click.option("--out", type=_OUT, required=True, help="Written: the same lines with similarity.")
def pairs(source: Path, out: Path) -> int:
    """Compare the two names of every line; similarity is 0 to 1."""
    from lookup import evaluate
    from lookup.cli.output import write_json
    from lookup.cli.progress import counting

    with _failing(), counting("comparing", "pairs") as progress:
        figures = evaluate.pairs(source, out, progress=progress)
    write_json(figures)
    return 0


@contextmanager
def _failing() -> Iterator[None]:
    from lookup.cli.connect import Failed
    from lookup.evaluate import BadInput

    try:
        yield
    except (BadInput, OSError) as error:
        raise Failed(str(error)) from error
