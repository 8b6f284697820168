"""Configurations of test gateways on the project's invented sample lists."""

from __future__ import annotations

from pathlib import Path

SAMPLES = Path(__file__).resolve().parents[2] / "deploy" / "samples"

SOURCES = {
    "ofac": 'kind = "ofac"\npath = "{0}/ofac"',
    "un": 'kind = "un"\npath = "{0}/un.xml"',
    "eu": 'kind = "eu"\npath = "{0}/eu.xml"',
    "uk": 'kind = "uk"\npath = "{0}/uk.csv"',
    "csl": 'kind = "csl"\npath = "{0}/csl.csv"',
    "ftm": 'kind = "ftm"\npath = "{0}/ftm.jsonl"',
    "notices": 'kind = "notices"\npath = "{0}/notices"\nrequired = false',
    "documents": 'kind = "documents"\npath = "{0}/documents.csv"',
    "vehicles": 'kind = "vehicles"\npath = "{0}/vehicles.csv"',
}


def source(name: str, text: str | None = None, **more) -> str:
    """One `[sources.NAME]` table."""
    lines = [f"[sources.{name}]", (text or SOURCES[name]).format(SAMPLES)]
    lines += [f"{key} = {_toml(value)}" for key, value in more.items()]
    return "\n".join(lines) + "\n"


def remote(name: str, address: str, subjects: list[str], **more) -> str:
    return source(name, f'kind = "remote"\naddress = "{address}"\nsubjects = {subjects}', **more)


def gateway(*tables: str, **settings) -> str:
    """A whole configuration; two workers, a free port, state beside the file."""
    given = {"listen": "127.0.0.1:0", "workers": 2, **settings}
    head = "".join(f"{key} = {_toml(value)}\n" for key, value in given.items())
    return f"[gateway]\n{head}\n" + "\n".join(tables)


def _toml(value) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value).replace("'", '"')
