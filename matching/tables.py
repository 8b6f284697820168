"""Read the packaged fact tables: tab-separated text with a provenance header in `#` lines."""

from functools import cache
from importlib.resources import files


@cache
def rows(name: str) -> tuple[tuple[str, ...], ...]:
    """Cells of each line of `matching/data/NAME`, in file order, comments and blanks left out.

    Raises FileNotFoundError for a table that is not packaged.
    """
    text = files("matching").joinpath("data", name).read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return tuple(tuple(line.split("\t")) for line in lines)
