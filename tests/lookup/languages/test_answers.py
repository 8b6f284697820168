"""The explanations of a gateway's answers, through the whole of it."""

from __future__ import annotations

import pytest
from inside import person, quick, record, request, source

from lookup.languages.wording import LANGUAGES

EXACT = {
    "ar": "الاسم «\u2068Ada Example\u2069» يشبه",
    "en": 'Name "Ada Example" is 1.00 like',
    "es": "Nombre «Ada Example»: semejanza",
    "fr": "Nom «\u00a0Ada Example\u00a0»\u00a0: ressemblance",
}


def explained(answer):
    (hit,) = answer.hits
    return next(item.explanation for item in hit.evidence if item.feature == "name")


@pytest.mark.parametrize("language", LANGUAGES)
def test_explanations_come_in_the_language_of_the_context(inside, language):
    gateway = inside(source("a", quick(record())))
    assert explained(gateway.check(request(person(), language=language))).startswith(
        EXACT[language]
    )


def test_no_language_is_english(inside):
    assert explained(inside(source("a", quick(record()))).check()).startswith(EXACT["en"])


def test_a_stored_answer_keeps_its_first_language(inside):
    gateway = inside(source("a", quick(record())))
    first = gateway.check(request(person(), query_id="q7", language="ar"))
    again = gateway.check(request(person(), query_id="q7", language="fr"))
    assert explained(first).startswith(EXACT["ar"])
    assert (again.hits, again.outcomes) == (first.hits, first.outcomes)
