"""`lookup audit`: proof without trust in the gateway; nothing here talks to one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from lookup.audit.checkpoint import PublicKey

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_KEY = click.option(
    "--key",
    "keys",
    type=_FILE,
    multiple=True,
    required=True,
    metavar="PUBLIC",
    help="Public key that you trust; keys beside a log are never used. Repeatable.",
)


@click.group()
def audit() -> None:
    """Verify the audit log, or the receipt of one answer, offline."""


@audit.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@_KEY
@click.option("--witness", type=_FILE, help="A checkpoint of this log that somebody else kept.")
def verify(path: Path, keys: Sequence[Path], witness: Path | None) -> int:
    """Verify every entry, root and signature of the log at PATH; exit code 0 only if all hold."""
    from lookup.audit.errors import AuditError
    from lookup.audit.verify import verify_log
    from lookup.cli.connect import Failed

    note = None if witness is None else witness.read_bytes()
    try:
        found = verify_log(log_file(path), _read(keys), note)
    except AuditError as error:
        raise Failed(f"{path}: {error}") from error
    kinds = ", ".join(f"{number} {kind}" for kind, number in sorted(found.kinds.items()))
    click.echo(f"{found.entries} entries ({kinds or 'none'}), {found.checkpoints} checkpoints")
    if found.open_asks:
        click.echo(f"{found.open_asks} questions have no answer yet")
    _say_problems(found.problems, found.unlisted)
    if not found.ok:
        raise Failed("the log does NOT verify")
    click.echo("verified: every entry is under a checkpoint signed with the given key")
    if not found.rollback_excluded:
        click.echo("rollback is not excluded: no witness says how long the log was before")
    return 0


@audit.command()
@click.argument("file", type=_FILE)
@_KEY
def receipt(file: Path, keys: Sequence[Path]) -> int:
    """Verify that the answer in FILE is in the log of the key, word for word."""
    from lookup.audit import receipt as receipts
    from lookup.audit.errors import ReceiptInvalid
    from lookup.cli.connect import Failed
    from lookup.cli.safe import safe

    try:
        text = file.read_text(encoding="utf-8")
        verified = receipts.verify(receipts.Receipt.from_json(text), _read(keys))
    except (ReceiptInvalid, UnicodeDecodeError) as error:
        raise Failed(f"{file} does NOT verify: {error}") from error
    entry, checkpoint = verified.envelope, verified.checkpoint
    click.echo(f"verified: the answer to query {safe(entry.qid)} of {safe(entry.ts)}")
    click.echo(f"is in the log {safe(checkpoint.origin)} of {checkpoint.size} entries")
    return 0


def log_file(path: Path) -> Path:
    """The database of a log, given itself or the folder that holds it."""
    return path / "log.sqlite" if path.is_dir() else path


def _read(paths: Sequence[Path]) -> list[PublicKey]:
    from lookup.audit.checkpoint import read_public_keys
    from lookup.audit.errors import AuditError
    from lookup.cli.connect import Misused

    keys = []
    for path in paths:
        try:
            keys += read_public_keys(path)
        except (AuditError, ValueError) as error:
            raise Misused(f"{path} holds no public key: {error}") from error
    if not keys:
        raise Misused(f"{paths[0]} holds no public key")
    return keys


def _say_problems(problems: Sequence[str], unlisted: int) -> None:
    from lookup.cli.safe import safe

    for problem in problems:
        click.echo(f"PROBLEM {safe(problem)}")
    if unlisted:
        click.echo(f"and {unlisted} more problems")
