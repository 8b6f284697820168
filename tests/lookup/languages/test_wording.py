from __future__ import annotations

import io
import re
import string
import unicodedata
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

import lookup.languages
from adapters import documents, ftm, notices
from lookup import guidance
from lookup.cli import words
from lookup.languages.wording import LANGUAGES, wording
from lookup.v1 import lookup_service_pb2 as pb
from matching import explain, merge_attributes, merge_person, merge_things
from matching.vehicle import check_vin

FOLDER = Path(lookup.languages.__file__).parent
CLI = FOLDER.parent / "cli"
KINDS = ("screen", "verdict", "label", "age", "unknown", "told")
"""Keys that the code names in full; the others are made of a kind and a code."""

TRANSLATIONS = sorted(set(LANGUAGES) - {"en"})


def catalogue(language):
    with (FOLDER / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


CATALOGUES = {language: catalogue(language) for language in LANGUAGES}


def entries(language):
    return {message.id[0] if message.pluralizable else message.id: message
            for message in CATALOGUES[language] if message.id}  # fmt: skip


def forms(message):
    return message.string if isinstance(message.string, tuple) else (message.string,)


def placeholders(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def named():
    """Every key that stands in the code, and every one made of a kind and a code there."""
    for path in [*CLI.glob("*.py"), *FOLDER.glob("*.py")]:
        yield from re.findall(rf"""["']((?:{"|".join(KINDS)})\.\w+)["']""", path.read_text())
        yield from (f"label.{k}" for k in re.findall(r'_label\("(\w+)"\)', path.read_text()))
    yield from ("age.days", "age.hours", "age.minutes")
    yield from (f"likelihood.{bound}" for bound in words.LIKELIHOOD)
    yield from (f"reason.{code}" for code in explain.codes())
    yield from (f"instruction.{code}" for code in {c for _, c in guidance._BY_PREFIX})
    yield f"instruction.{guidance.VERIFY}"
    yield from (f"band.{name.removeprefix('BAND_')}" for name in pb.Band.keys()[1:])
    states = pb.SourceStatus.keys()[1:]
    yield from (f"status.{name.removeprefix('SOURCE_STATUS_')}" for name in states)

    rules = (
        *merge_person.PERSON_RULES,
        *merge_things.DOCUMENT_RULES,
        *merge_things.VEHICLE_RULES,
    )
    yield from (f"merge.{rule.name}" for rule in rules)
    yield from (f"field.{field}" for field in {*merge_attributes._FIELDS} - {"category", "owner"})


def categories():
    """Categories that the sources of this project give to records."""
    yield from notices._CATEGORIES.values()
    yield from (category for _, category in ftm._CATEGORIES)
    yield from (category for _, category in documents._FRAUDS)
    yield from ("NOTICE", "SANCTION", "UN_SANCTION", "STOLEN_VEHICLE")


def told():
    """Notices about what was asked."""
    yield from ("MRZ_CHECK_DIGIT", "MRZ_REPAIRED", "MRZ_DIFFERS")
    vins = ("I" * 30, "2" + "A" * 16)
    yield from (f"VIN_{warning.upper()}" for vin in vins for warning in check_vin(vin).warnings)


NAMED = frozenset(named())
CODED = frozenset({*(f"category.{c}" for c in categories()), *(f"notice.{c}" for c in told())})


def test_every_key_of_the_code_is_in_the_catalogue_and_the_other_way_round():
    found = set(entries("en"))
    assert not (NAMED | CODED) - found
    free = ("category.", "warning.")
    assert not {key for key in found - NAMED - CODED if not key.startswith(free)}


def test_categories_without_a_source_here_have_an_instruction_of_their_own():
    prefixes = tuple(prefix for prefix, _ in guidance._BY_PREFIX)
    found = {key for key in entries("en") if key.startswith("category.")}
    assert all(key.removeprefix("category.").startswith(prefixes) for key in found - CODED)


def test_reasons_of_outcomes_are_those_that_the_gateway_gives():
    root = FOLDER.parent.parent
    paths = ("lookup/gathering.py", "lookup/fanout.py", "adapters/file_list.py")
    given = "".join((root / path).read_text() for path in paths)
    assert all(f'"{wording("en").text(key)}"' in given for key in words.TOLD)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_key_and_none_besides(language):
    assert entries(language).keys() == entries("en").keys()
    assert not CATALOGUES[language].obsolete


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_is_missing_fuzzy_or_broken(language):
    for key, message in entries(language).items():
        assert not message.fuzzy, key
        assert all(text.strip() == text and text for text in forms(message)), key
        expected = CATALOGUES[language].num_plurals if message.pluralizable else 1
        assert len(forms(message)) == expected, key


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_placeholders_are_those_of_the_english_text(language):
    for key, message in entries(language).items():
        for text in forms(message):
            assert placeholders(text) == placeholders(forms(entries("en")[key])[0]), key


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_a_translation_was_made_of_the_english_text_as_it_is_now(language):
    for key, message in entries(language).items():
        english = " | ".join(forms(entries("en")[key]))
        assert " ".join(message.auto_comments) == english, key


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_is_that_of_the_readable_one(language):
    made = io.BytesIO()
    write_mo(made, CATALOGUES[language])
    compiled = (FOLDER / f"{language}.mo").read_bytes()
    assert compiled == made.getvalue(), "run `make install`"


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_hold_no_control_and_no_foreign_digit(language):
    for key, message in entries(language).items():
        for text in forms(message):
            kinds = {unicodedata.category(c) for c in text}
            assert not kinds & {"Cc", "Cf", "Co", "Cn"}, key
            assert all(c.isascii() for c in text if c.isdecimal()), key


def test_arabic_texts_are_in_arabic_script():
    letters = re.compile("[\u0620-\u064a]")
    bare = {key for key, m in entries("ar").items() if not letters.search(forms(m)[0])}
    assert bare == {"unknown.reason", "screen.comma", "screen.state", "screen.state_reason"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_labels_fit_their_column(language):
    for key, message in entries(language).items():
        if key.startswith(("label.", "field.")):
            assert len(forms(message)[0]) <= 24, key


NEVER = {
    "ar": ("أبدا", "إطلاق"),
    "en": ("never", "NOT a clear"),
    "es": ("nunca", "NO DESCARTA NADA"),
    "fr": ("jamais", "N'EXCLUT RIEN"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_lead_is_never_a_verdict_and_incomplete_never_a_clear(language):
    says = wording(language)
    never, clear = NEVER[language]
    assert never in says.text("verdict.lead")
    headword = re.split("[:،]", says.text("verdict.no_hit"))[0].strip()
    for key in ("verdict.incomplete", "verdict.incomplete_nobody"):
        text = says.text(key, sources="x")
        assert clear in text
        assert headword.casefold() not in text.casefold()


ARREST = {"ar": "اعتقل|اقبض|توقيف", "en": "arrest", "es": "arrest|deten", "fr": "arrêt|interpell"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_instruction_tells_to_arrest(language):
    for key, message in entries(language).items():
        if key.startswith(("instruction.", "unknown.")):
            assert not re.search(ARREST[language], forms(message)[0], re.IGNORECASE), key


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (0, "0 يوم"),
        (1, "يوم واحد (1)"),
        (2, "يومين (2)"),
        (3, "3 أيام"),
        (11, "11 يوما"),
        (100, "100 يوم"),
        (103, "103 أيام"),
    ],
)
def test_arabic_has_six_plural_forms(number, shown):
    assert wording("ar").count("age.days", number) == shown


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("en", "0 days, 1 day, 2 days"),
        ("fr", "0 jour, 1 jour, 2 jours"),
        ("es", "0 días, 1 día, 2 días"),
    ],
)
def test_plural_forms_of_the_other_languages(language, shown):
    assert ", ".join(wording(language).count("age.days", n) for n in range(3)) == shown


def test_a_code_without_words_is_empty():
    assert wording("fr").coded("instruction", "NEW") == ""
    assert wording("fr").coded("instruction", "INFO").startswith("Pour information")


def test_only_arabic_is_written_from_the_right():
    assert [code for code in LANGUAGES if wording(code).right_to_left] == ["ar"]


@pytest.mark.parametrize("language", ["de", "", "../en"])
def test_another_language_has_no_catalogue(language):
    with pytest.raises(KeyError):
        wording(language)
