"""`lookup`: the entry point of the command line, and how a command ends."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from lookup.cli.audit import audit
from lookup.cli.check import check
from lookup.cli.config import config
from lookup.cli.evaluate import evaluate
from lookup.cli.output import prepare_streams, say
from lookup.cli.screen import screen
from lookup.cli.serve import serve, source
from lookup.cli.sources import sources

INTERRUPTED = 130


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def cli() -> None:
    """Ask every database once about a person, a vehicle or a document."""


for _command in (serve, check, screen, sources, source, audit, evaluate, config):
    cli.add_command(_command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code, 2 for wrong usage, 1 for a failure."""
    prepare_streams()
    try:
        result = cli.main(args=arguments, prog_name="lookup", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as no_arguments:
        no_arguments.show()
        return no_arguments.exit_code
    except click.ClickException as error:
        _complain(error)
        return error.exit_code
    except click.Abort:
        say("interrupted")
        return INTERRUPTED
    return result if isinstance(result, int) else 0


def _complain(error: click.ClickException) -> None:
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is not None:
        sys.stderr.write(f"{context.get_usage()}\n")
        say(f"Try `{context.command_path} --help`.")
    say(f"Error: {error.format_message()}")
