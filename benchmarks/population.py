"""Populations to search in: the shared generator's, or invented names where it is absent."""

from __future__ import annotations

import fcntl
import itertools
import json
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

from processes import CACHE, ROOT, SHARED, python

EVAL = SHARED / "eval"

_SOUNDS = ("ba", "del", "dor", "fen", "gra", "hal", "ith", "jon", "kar", "lum", "mir", "nel", "or")
_ENDS = ("son", "ova", "ini", "ez", "berg", "ski", "oğlu", "ian", "wala", "moto", "ström", "ides")
_BORN = ((1930, 2010), (1, 12), (1, 28))


def evaluation() -> Path | None:
    """The folder of the evaluation sets, None where it is absent."""
    return EVAL if (EVAL / "score.py").is_file() else None


def people(count: int) -> Path:
    """A file of `count` records, made once and kept in the cache outside the project."""
    kind = "people" if evaluation() else "invented"
    path = CACHE / f"{kind}-{count}.jsonl"
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "LOCK").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            aside = path.with_suffix(".part")
            larger = _larger(kind, count)
            if larger:
                with larger.open("rb") as lines, aside.open("wb") as out:
                    out.writelines(itertools.islice(lines, count))
            elif evaluation():
                _generated(count, aside)
            else:
                _invented(count, aside)
            aside.rename(path)
    return path


def with_listed(count: int) -> Path:
    """The population with the listed persons of the evaluation sets behind it."""
    listed = evaluation()
    base = people(count)
    if listed is None:
        return base
    path = CACHE / f"listed-{count}.jsonl"
    if not path.exists():
        aside = path.with_suffix(".part")
        with aside.open("wb") as out:
            for each in (base, listed / "records_ofac.jsonl", listed / "records_un.jsonl"):
                out.write(each.read_bytes())
        aside.rename(path)
    return path


def _larger(kind: str, count: int) -> Path | None:
    """A larger population that is there already: a smaller one is its beginning."""
    there = {int(path.stem.split("-")[1]): path for path in CACHE.glob(f"{kind}-*.jsonl")}
    return next((there[size] for size in sorted(there) if size > count), None)


def _generated(count: int, path: Path) -> None:
    command = python(EVAL / "distractors.py", "--count", count, "--seed", 1, "--out", path)
    subprocess.run([*command, "--jobs", "2"], check=True, cwd=ROOT, timeout=600)


def _invented(count: int, path: Path) -> None:
    chance = random.Random(1)
    with path.open("w", encoding="utf-8") as out:
        for number in range(count):
            given = "".join(chance.choices(_SOUNDS, k=chance.randint(1, 3)))
            surname = "".join(chance.choices(_SOUNDS, k=chance.randint(1, 3)))
            name = f"{given} {surname}{chance.choice(_ENDS)}".title()
            year, month, day = (chance.randint(*span) for span in _BORN)
            born = f"{year}-{month:02}-{day:02}"
            row = {"id": f"x{number:010}", "names": [name], "births": [born]}
            out.write(json.dumps(row, ensure_ascii=False) + "\n")


def rows(path: Path, most: int | None = None) -> Iterator[dict[str, object]]:
    """Objects of a JSON Lines file, at most so many."""
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            if most is not None and number >= most:
                return
            yield json.loads(line)


def corrupted(name: str, chance: random.Random) -> str:
    """A name as somebody else writes it: typos, order, a part less, initials, joined parts."""
    parts = name.replace(",", " ").split()
    kind = chance.choice(("typo", "typo", "two typos", "order", "dropped", "initial", "joined"))
    if kind == "order":
        parts = parts[1:] + parts[:1]
    elif kind == "dropped" and len(parts) > 2:
        del parts[chance.randrange(1, len(parts) - 1)]
    elif kind == "initial" and len(parts) > 2:
        at = chance.randrange(1, len(parts))
        parts[at] = parts[at][0]
    elif kind == "joined" and len(parts) > 1:
        at = chance.randrange(len(parts) - 1)
        parts[at : at + 2] = [parts[at] + parts[at + 1]]
    else:
        for _ in range(2 if kind == "two typos" else 1):
            parts = _slipped(parts, chance)
    return " ".join(parts)


def _slipped(parts: list[str], chance: random.Random) -> list[str]:
    """One letter of the longest part left out, doubled, changed or swapped with the next."""
    at = max(range(len(parts)), key=lambda n: len(parts[n]))
    word = parts[at]
    where = chance.randrange(len(word))
    letter = word[where]
    swapped = word[where : where + 2][::-1]
    change, gone = chance.choice(
        (("", 1), (letter * 2, 1), (chance.choice("aeinorst"), 1), (swapped, 2))
    )
    return [*parts[:at], word[:where] + change + word[where + gone :], *parts[at + 1 :]]
