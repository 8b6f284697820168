"""The demonstration on the sample lists: invented people, papers and vehicles (samples/README)."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

from scene import Faults, Question, Scene, read_truth

HERE = Path(__file__).parent
MRZ = HERE.parent / "samples" / "mrz"
APART = "documents"


def scene(truth: Path) -> Scene:
    """The scene; `truth` is the file that says what every answer must be."""
    asked = [*_questions(), *_faults()]
    expected = read_truth(truth, [question.key for question in asked])
    told = [replace(question, expected=expected[question.key]) for question in asked]
    return Scene(
        gateway=_tables("gateway.toml"),
        owner=_tables("documents.toml"),
        apart=APART,
        script=lambda: (told[: -len(_faults())], Faults(*told[-len(_faults()) :])),
        shown="two lists",
    )


def _questions() -> list[Question]:
    return [
        Question(
            "exact document",
            "passport ZB0000005 of UTO",
            {"document_number": ["ZB0000005"], "document_issuer": ["UTO"]},
        ),
        Question(
            "mrz",
            "machine-readable zone of Milvia Grünwold's passport",
            {"mrz": [_zone(7)]},
        ),
        Question(
            "typo",
            "Odmar Stienbruck, 1966 (listed: Odmar STEINBRÜCK)",
            {"name": ["Odmar Stienbruck"], "birth": ["1966"]},
        ),
        Question(
            "cyrillic",
            "Светозар Тихоозёров, 1971 (listed in Latin letters)",
            {"name": ["Светозар Тихоозёров"], "birth": ["1971"]},
        ),
        Question(
            "arabic",
            "زاهر بن سامر النخلاوي, 1984 (listed in Latin letters)",
            {"name": ["زاهر بن سامر النخلاوي"], "birth": ["1984"]},
        ),
        Question(
            "two lists",
            "Velda Kieselhagen, 17 April 1979, on two lists under two spellings",
            {"name": ["Velda Kieselhagen"], "birth": ["1979-04-17"]},
        ),
        Question(
            "vehicle",
            "plate ΖΖ0042 of NZL, typed with Greek letters (listed in Latin ones)",
            {"plate": ["ΖΖ0042"], "plate_country": ["NZL"]},
        ),
        Question(
            "clear",
            "machine-readable zone of Wendelin Obersommer's passport",
            {"mrz": [_zone(8)]},
        ),
    ]


def _faults() -> list[Question]:
    clear = {"mrz": [_zone(8)]}
    return [
        Question(
            "streamed",
            "Tikhoozyorov's passport, as a stream, while `documents` hangs",
            {"mrz": [_zone(1)]},
        ),
        Question("stopped", "Obersommer's passport again, while `documents` hangs", clear),
        Question("killed", "Obersommer's passport again, when `documents` is dead", clear),
        Question("back", "Obersommer's passport again, when `documents` is back", clear),
    ]


def _zone(number: int) -> str:
    return (MRZ / f"{number}.txt").read_text(encoding="ascii").strip()


def _tables(name: str) -> dict[str, Any]:
    """A committed configuration, its paths made independent of where it stands."""
    tables = tomllib.loads((HERE / name).read_text(encoding="utf-8"))
    for settings in tables["sources"].values():
        if "path" in settings:
            settings["path"] = str((HERE / settings["path"]).resolve())
    return tables
