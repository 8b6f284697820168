"""The one shape in which an index is built, saved, mapped and opened: named flat arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

Array = NDArray[Any]
"""One flat array; its element type is fixed by its name (`matching.build`)."""

Arrays = Mapping[str, Array]
"""The arrays of an index by name; they may be read-only memory maps."""
