"""Collects every violation of a request, so that the caller mends all of them at once."""

from __future__ import annotations

import re
from collections.abc import Sized
from datetime import date

from lookup.encounter import Notice
from lookup.errors import InvalidQuery, Violation
from matching.identifiers import IdentifierError, canonical_number
from matching.names import NameTooLong, check_bounds

MAX_TEXT = 500
MAX_WORD = 64
MAX_NUMBER = 32
MAX_REPEATED = 20
MAX_SUBJECTS = 10
MAX_MRZ = 512
MAX_VIOLATIONS = 20

_ID = re.compile(r"[!-~]{1,64}")


class Bounds:
    """What was found while reading one request; `finish` raises if there are violations.

    `notices` is what the caller should know of an acceptable request; `today` settles the century
    of two-digit years.
    """

    def __init__(self, today: date) -> None:
        self.today = today
        self.notices: list[Notice] = []
        self._violations: list[Violation] = []

    def refuse(self, field: str, description: str) -> None:
        """Note a violation; beyond 20 the rest is not worth telling."""
        if len(self._violations) < MAX_VIOLATIONS:
            self._violations.append(Violation(field, description))

    def tell(self, code: str, field: str, message: str) -> None:
        """Note something that does not stand in the way."""
        self.notices.append(Notice(code, field, message))

    def finish(self) -> None:
        """Raise `InvalidQuery` if anything was noted."""
        if self._violations:
            raise InvalidQuery(tuple(self._violations))

    def text(self, field: str, value: str, limit: int = MAX_TEXT) -> str:
        """The text, noted if longer than `limit` code points."""
        if len(value) > limit:
            self.refuse(field, f"longer than {limit} code points")
            return ""
        return value

    def word(self, field: str, value: str) -> str:
        """A short text of at most 64 code points."""
        return self.text(field, value, MAX_WORD)

    def number(self, field: str, value: str) -> str:
        """An identifier of at most 32 code points, with a letter or digit unless empty."""
        try:
            canonical = canonical_number(value)
        except IdentifierError as error:
            self.refuse(field, str(error))
            return ""
        if value.strip() and not canonical:
            # It would find nothing, and finding nothing would look like a clear.
            self.refuse(field, "has no letter and no digit")
            return ""
        return self.text(field, value, MAX_NUMBER).strip()

    def name(self, field: str, value: str) -> str:
        """A name of at most 256 code points, 24 words and 30 combining marks in a run."""
        try:
            check_bounds(value)
        except NameTooLong as error:
            self.refuse(field, str(error))
            return ""
        return value

    def count(self, field: str, values: Sized, limit: int = MAX_REPEATED) -> bool:
        """Whether there are at most `limit` values; noted if not."""
        if len(values) > limit:
            self.refuse(field, f"more than {limit}")
            return False
        return True

    def between(self, field: str, value: float, low: float, high: float) -> None:
        """Note a number outside `low` to `high`; a NaN is outside."""
        if not low <= value <= high:
            self.refuse(field, f"is {low:g} to {high:g}")

    def query_id(self, field: str, value: str) -> str:
        """An id of 1 to 64 printable ASCII characters without blanks, or empty."""
        if value and not _ID.fullmatch(value):
            self.refuse(field, "is 1 to 64 printable ASCII characters without blanks")
        return value
