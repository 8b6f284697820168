"""How much memory processes occupy, from /proc."""

from __future__ import annotations

from pathlib import Path

_SESSION = 3  # field 6 of stat, counted behind the name of the program


def resident(session: int) -> int:
    """Resident bytes of all processes of a session, a shared page counted in parts (Pss)."""
    return sum(_shared_out(pid) for pid in members(session))


def members(session: int) -> list[int]:
    """The processes of a session."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                text = (folder / "stat").read_text(errors="replace")
            except OSError:
                continue
            if int(text.rpartition(")")[2].split()[_SESSION]) == session:
                found.append(int(folder.name))
    return found


def _shared_out(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
