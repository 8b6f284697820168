"""Where output goes: answers to standard output, progress and failures to standard error."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from lookup.cli.safe import safe, safe_json

if TYPE_CHECKING:
    from google.protobuf.message import Message
    from rich.console import Console


def prepare_streams() -> None:
    """Make no character a crash, and keep the chatter of gRPC off standard error."""
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")  # read once, when grpc is imported
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def console() -> Console:
    """Standard output for people: colours only on a terminal, width from it or from COLUMNS."""
    from rich.console import Console

    return Console(markup=False, highlight=False, emoji=False, soft_wrap=False)


def write_json(content: Any) -> None:
    """One line of JSON on standard output."""
    encoding = (getattr(sys.stdout, "encoding", None) or "ascii").lower().replace("-", "")
    sys.stdout.write(safe_json(content, ascii_only=encoding != "utf8") + "\n")
    sys.stdout.flush()


def write_message(message: Message) -> None:
    """One message in the protobuf JSON mapping: proto field names, no field left out."""
    write_json(message_fields(message))


def message_fields(message: Message) -> dict[str, Any]:
    """The protobuf JSON mapping of a message, fields without presence always included."""
    from google.protobuf.json_format import MessageToDict

    return MessageToDict(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )


def say(text: str) -> None:
    """One line on standard error."""
    sys.stderr.write(safe(text) + "\n")
    sys.stderr.flush()


def interactive() -> bool:
    """Whether a person watches standard error."""
    return sys.stderr.isatty()
