"""The catalogue of one language: texts by key, plural forms, words for codes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from gettext import GNUTranslations
from importlib.resources import files

LANGUAGES = ("ar", "en", "fr", "es")
"""Languages with a catalogue; `ar` is written from right to left."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The texts of one language. Numbers are ASCII digits with a point in every language."""

    language: str
    catalogue: GNUTranslations

    @property
    def right_to_left(self) -> bool:
        """Whether the language is written from right to left."""
        return self.language == "ar"

    def text(self, key: str, **values: str) -> str:
        """The text of a key with its placeholders filled in; the key itself where none is known."""
        return self.catalogue.gettext(key).format_map(values)

    def count(self, key: str, number: int, **values: str) -> str:
        """The plural form of a key for a number from 0 on, which fills `{number}`."""
        form = self.catalogue.ngettext(key, key, number)
        return form.format_map({"number": str(number), **values})

    def coded(self, kind: str, code: str) -> str:
        """The words for a code (`instruction`, `ASSESS_RISK`), empty for one that is not known."""
        key = f"{kind}.{code}"
        found = self.catalogue.gettext(key)
        return "" if found == key else found


@cache
def wording(language: str) -> Wording:
    """The catalogue of one of `LANGUAGES`, read once; KeyError for another language."""
    if language not in LANGUAGES:
        raise KeyError(language)
    with (files(__package__) / f"{language}.mo").open("rb") as file:
        return Wording(language, GNUTranslations(file))
