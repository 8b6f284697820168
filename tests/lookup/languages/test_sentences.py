from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookup.languages.sentences import FSI, PDI, explanation, isolated, sentence
from lookup.languages.wording import LANGUAGES, wording
from matching.explain import Reason, codes

ANY = {"query": "Виктор", "record": "Viktor", "similarity": "0.94"}


def reason(code="birth.exact", query="1970-01-31", record="1970-01-31", odds=8.9):
    return Reason(code, {"query": query, "record": record, "similarity": "1.00"}, odds)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Date of birth agrees: 1970-01-31 / 1970-01-31 (+8.90)"),
        ("fr", "Date de naissance identique\u00a0: 1970-01-31 / 1970-01-31 (+8.90)"),
        ("es", "La fecha de nacimiento coincide: 1970-01-31 / 1970-01-31 (+8.90)"),
        (
            "ar",
            (
                "تاريخ الميلاد متطابق: \u20681970-01-31\u2069 / \u20681970-01-31\u2069"
                " (\u2068+8.90\u2069)"
            ),
        ),
    ],
)
def test_an_explanation_is_a_sentence_with_its_weight(language, text):
    assert explanation(reason(), language) == text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", sorted(codes()))
def test_every_code_has_a_sentence_that_uses_what_it_is_about(language, code):
    text = explanation(Reason(code, ANY, -1.25), language)
    assert "-1.25" in text
    assert code not in text
    english = sentence(wording("en"), code, {name: f"<{name}>" for name in ANY})
    for name in re.findall("<([a-z]+)>", english):
        assert ANY[name] in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_code_of_a_later_version_is_told_as_it_is(language):
    text = explanation(reason("gait.equal", "a", "b", 0.5), language)
    for part in ("gait.equal", "a", "b", "+0.50"):
        assert part in text
    assert sentence(wording(language), "gait.equal", ANY) == ""


def test_a_value_from_the_right_is_isolated_in_a_sentence_from_the_left():
    text = explanation(reason("name.aligned", "محمد", "Mohamed"), "en")
    assert text == f'Name "{FSI}محمد{PDI}" is 1.00 like "Mohamed" (+8.90)'


@pytest.mark.parametrize("value", ["Мария", "王小明", "Ünal", "", "1970-01-31"])
def test_a_value_from_the_left_stays_bare_in_a_sentence_from_the_left(value):
    assert isolated(value, wording("fr")) == value


@pytest.mark.parametrize("value", ["אברהם", "ܐܒܪܗܡ", "ދިވެހި", "٢٠٢٦", "a ب"])
def test_whatever_could_reorder_the_sentence_is_isolated(value):
    assert isolated(value, wording("es")) == f"{FSI}{value}{PDI}"


ISOLATES = st.sampled_from(
    "\u061c\u200e\u200f\u202a\u202c\u202e\u2066\u2067\u2068\u2069\n\r\x85\u2029אa"
)
VALUES = st.text(ISOLATES | st.characters(exclude_categories=("Cs",)), max_size=20)


@given(VALUES, VALUES, st.sampled_from(LANGUAGES), st.sampled_from(sorted(codes())))
def test_no_value_can_leave_its_isolate_or_end_the_line(query, record, language, code):
    text = explanation(reason(code, query, record), language)
    assert not set(text) & set(
        "\n\r\x1c\x1d\x1e\x85\u2028\u2029\u061c\u200e\u200f\u202a\u202c\u202e"
    )
    depth = 0
    for c in text:
        depth += (c == FSI) - (c == PDI)
        assert depth in {0, 1}
    assert depth == 0
    assert not set(text) & {"\u2066", "\u2067"}


@given(VALUES)
def test_a_value_is_never_taken_for_a_template(value):
    text = explanation(reason("name.pair.missing", "{record}" + value.replace("{", ""), "x"), "en")
    assert "{record}" in text
