"""Where plain text may be spoken: on this host only."""

from __future__ import annotations

import ipaddress
import re

_ADDRESS = re.compile(r"(?P<host>\[[0-9a-fA-F:.]+\]|[^:\[\]]+):(?P<port>\d{1,5})")
_MAX_PORT = 65_535


def local(address: str) -> str:
    """The address itself: HOST:PORT on the loopback interface, or unix:PATH.

    Names, dates of birth and document numbers go over it without encryption, so `ValueError` for
    every other host.
    """
    if address.startswith("unix:") and len(address) > len("unix:"):
        return address
    found = _ADDRESS.fullmatch(address)
    if found is None or int(found["port"]) > _MAX_PORT:
        raise ValueError(f"an address is HOST:PORT or unix:PATH, not {address!r}")
    if not _is_loopback(found["host"].strip("[]")):
        raise ValueError(f"{address!r} is not on this host, and plain text does not leave it")
    return address


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
