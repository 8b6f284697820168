from __future__ import annotations

import datetime as dt
import io
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from lookup.cli import words
from lookup.cli.render import show
from lookup.languages.wording import wording
from lookup.v1 import lookup_service_pb2 as pb

ENGLISH = wording("en")
LEAD = ENGLISH.text("verdict.lead")
NOT_CLEAR = "this is NOT a clear"
NOW = dt.datetime(2026, 11, 21, 11, tzinfo=dt.UTC)


def screen(answer, *, width=80, explain=False, terminal=False, language="en"):
    out = io.StringIO()
    console = Console(
        file=out, width=width, markup=False, highlight=False, emoji=False, force_terminal=terminal
    )
    show(console, answer, explain=explain, now=NOW, language=language)
    return out.getvalue()


def flat(text):
    return " ".join(text.split())


def test_a_hit_says_what_an_officer_needs_in_that_order(one_hit):
    text = flat(screen(one_hit()))
    order = [
        "WARNING: ARMED",
        "HIT: 1 lead",
        "1. MARENKO, Viktor",
        "97.3 %, very likely the same; strong",
        '+9.50 name, spelling: "Виктор Маренко" against "MARENKO, Viktor"',
        "-5.90 prior",
        "red 1999/1",
        "un QDi.9",
        "conflict birth: 1970-01-31 (red) against 1971 (un)",
        "Have the owner confirm first",
        "with NCB Ruritania",
        LEAD,
        "Not searched, or not completely eu required; no answer in time: no answer in 0.8 s",
        "red data of 2026-11-20 06:00 UTC (1 day old), 3 candidates",
        "Query q1",
    ]
    places = [text.index(part) for part in order]
    assert places == sorted(places)


def test_the_headline_of_a_hit_says_what_was_not_searched(one_hit):
    assert "Not (completely) searched: eu" in flat(screen(one_hit()))


@pytest.mark.parametrize("verdict", [pb.VERDICT_INCOMPLETE, pb.VERDICT_UNSPECIFIED, 99])
def test_incomplete_never_looks_like_clear(verdict):
    answer = pb.CheckResponse(verdict=verdict)
    answer.outcomes.add(source="eu", status=pb.SOURCE_STATUS_STALE, complete=True, required=True)
    text = flat(screen(answer))
    assert text.startswith("INCOMPLETE: " + NOT_CLEAR)
    assert "searched: eu" in text
    assert "data too old" in text
    assert "NO HIT" not in text


def test_incomplete_without_any_source_says_why():
    text = flat(screen(pb.CheckResponse(verdict=pb.VERDICT_INCOMPLETE)))
    assert "no required source holds what was asked about" in text


def test_no_hit_names_what_was_searched_and_what_was_not_required():
    answer = pb.CheckResponse(verdict=pb.VERDICT_NO_HIT)
    answer.outcomes.add(source="a", status=pb.SOURCE_STATUS_ANSWERED, complete=True)
    answer.outcomes.add(source="b", status=pb.SOURCE_STATUS_ANSWERED, reason="a public excerpt")
    answer.outcomes.add(source="c", status=pb.SOURCE_STATUS_NOT_APPLICABLE)
    text = flat(screen(answer))
    assert text.startswith("NO HIT: nothing found")
    assert "b not required; not completely searched: a public excerpt" in text
    assert "Not asked (holds nothing of this kind): c" in text
    assert LEAD not in text


def test_a_state_that_is_not_known_counts_as_not_searched():
    answer = pb.CheckResponse(verdict=pb.VERDICT_INCOMPLETE)
    answer.outcomes.add(source="a", status=77, complete=True)
    assert "a not required; unknown state 77" in flat(screen(answer))


def test_a_required_source_that_was_left_out_is_not_searched():
    answer = pb.CheckResponse(verdict=pb.VERDICT_INCOMPLETE)
    answer.outcomes.add(
        source="eu", status=pb.SOURCE_STATUS_NOT_APPLICABLE, required=True, reason="left out"
    )
    text = flat(screen(answer))
    assert "searched: eu." in text
    assert "eu required; not asked: left out" in text


def test_records_that_two_subjects_lead_to_are_shown_once(one_hit):
    answer = one_hit()
    answer.hits.append(answer.hits[0])
    answer.hits[1].subject_index = 1
    text = flat(screen(answer))
    assert "number 2 of the query from the records of lead 1, see there" in text
    assert text.count("QDi.9") == 1


def test_explain_shows_sentences_pairs_and_reasons_of_merges(one_hit):
    answer = one_hit()
    answer.hits[0].evidence[0].token_pairs.add(
        rule="SKELETON", query_token="виктор", record_token="", similarity=0.9, weight=4.25
    )
    answer.hits[0].entity.merge_reasons.add(
        left={"source": "red", "record_id": "1999/1"},
        right={"source": "un", "record_id": "QDi.9"},
        rule="same_document",
        probability=0.9999,
    )
    text = flat(screen(answer, explain=True))
    assert "The names agree in another spelling." in text
    assert "виктор ~ (nothing): skeleton, similarity 0.90, weight +4.25" in text
    assert "red 1999/1, un QDi.9: same document, > 99.9 %" in text
    assert "виктор ~" not in flat(screen(answer))


def test_notices_stand_right_under_the_verdict(one_hit):
    answer = one_hit()
    answer.notices.add(code="MRZ_CHECK_DIGIT")
    text = flat(screen(answer))
    assert text.index("HIT: 1 lead") < text.index("Note: A check digit") < text.index("1. MARENKO")
    clear = pb.CheckResponse(verdict=pb.VERDICT_NO_HIT, notices=answer.notices)
    assert [line[:6] for line in screen(clear).splitlines()[:2]] == ["NO HIT", "Note: "]


def test_leads_left_out_and_notices_are_told(one_hit):
    answer = one_hit(omitted_hits=3)
    answer.notices.add(code="MRZ_CHECK_DIGIT", field="subjects[0]", message="check digit is wrong")
    text = flat(screen(answer))
    assert "3 more leads left out" in text
    assert (
        "Note: A check digit of the machine-readable zone is wrong: check digit is wrong"
        " (subjects[0])" in text
    )


def test_an_unknown_instruction_never_reads_as_harmless(one_hit):
    answer = one_hit()
    answer.hits[0].instruction = "NEW_CODE"
    assert "Do nothing on this screen alone" in flat(screen(answer))
    assert "NEW_CODE" in screen(answer)


@pytest.mark.parametrize("width", [80, 200])
def test_no_line_is_wider_than_the_terminal(one_hit, width):
    answer = one_hit()
    answer.hits[0].entity.label = "A" * 300
    answer.hits[0].evidence[0].record_value = "王" * 150
    answer.outcomes[1].source = "s" * 64
    lines = screen(answer, width=width).splitlines()
    assert max(map(len, lines)) <= width
    assert "A" * 300 in "".join(lines)


def test_colours_only_on_a_terminal(one_hit):
    assert "\x1b[" not in screen(one_hit())
    assert "\x1b[" in screen(one_hit(), terminal=True)


TEXT = st.text(st.characters(exclude_categories=()), max_size=12)


@settings(max_examples=60)
@given(st.lists(TEXT, min_size=14, max_size=14))
def test_whatever_a_gateway_sends_is_safe_to_print(texts):
    texts = [t.encode("utf-8", "replace").decode() for t in texts]
    pick = iter(texts)
    answer = pb.CheckResponse(query_id=next(pick), verdict=pb.VERDICT_HIT)
    hit = answer.hits.add(warnings=[next(pick)], instruction=next(pick))
    hit.must_confirm_with.append(next(pick))
    hit.entity.label = next(pick)
    hit.records.add(source=next(pick), record_id=next(pick), owner=next(pick), url=next(pick))
    hit.evidence.add(feature=next(pick), outcome=next(pick), query_value=next(pick))
    answer.outcomes.add(source=next(pick), reason=next(pick))
    text = screen(answer, width=4000)
    assert not [c for c in text if c != "\n" and (ord(c) < 32 or 0x7F <= ord(c) < 0xA0)]
    assert not set(text) & set("\u202a\u202e\u2066\u2069\u200b\u200e\u200f\u061c\u2028")


@pytest.mark.parametrize(
    ("value", "shown"), [(1.0, "> 99.9 %"), (0.9995, "> 99.9 %"), (0.5, "50.0 %"), (0.0, "< 0.1 %")]
)
def test_probability_is_never_certain(value, shown):
    assert words.probability(value) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(-1, "0 s"), (5, "5 s"), (120, "2 min"), (7300, "2 h"), (86_400, "1 day"), (9e6, "104 days")],
)
def test_age(seconds, shown):
    assert words.age(ENGLISH, NOW - dt.timedelta(seconds=seconds), NOW) == shown


def test_data_of_the_future_and_of_no_readable_time_are_told():
    answer = pb.CheckResponse(verdict=pb.VERDICT_NO_HIT)
    for name, seconds in (("late", 4e9), ("odd", 1 << 60)):
        outcome = answer.outcomes.add(source=name, status=pb.SOURCE_STATUS_ANSWERED, complete=True)
        outcome.as_of.seconds = int(seconds)
    answer.outcomes.add(source="none", status=pb.SOURCE_STATUS_ANSWERED, complete=True)
    text = flat(screen(answer))
    assert "late data of 2096-10-02 07:06 UTC (in the future), 0 candidates" in text
    assert "odd data of a time that cannot be read" in text
    assert "none age of data not known" in text


def test_reasons_are_sentences_with_their_weight_in_front(one_hit):
    answer = one_hit()
    item = answer.hits[0].evidence[0]
    item.outcome = "aligned"
    item.token_pairs.add(
        rule="spelling", query_token="Виктор", record_token="Viktor", similarity=0.9, weight=4.25
    )
    text = flat(screen(answer, explain=True))
    assert '+9.50 Name "Виктор Маренко" is 0.94 like "MARENKO, Viktor"' in text
    assert '+4.25 "Виктор" and "Viktor": spellings of one word, 0.90 alike' in text
    assert "The names agree in another spelling." not in text, (
        "the gateway's sentence is for others"
    )


def test_isolates_of_a_gateway_are_dropped_and_other_controls_shown(one_hit):
    answer = one_hit()
    answer.hits[0].evidence[0].explanation = "a \u2068b\u2069 c \u202e d"
    assert "a b c \\u202e d" in flat(screen(answer, explain=True))


SPEAKS = {
    "ar": (
        "وُجدت مطابقة: خيط واحد",
        "لا توجد مطابقة",
        "غير مكتمل: هذه النتيجة لا تنفي أي شيء على الإطلاق",
    ),
    "en": ("HIT: 1 lead", "NO HIT", "INCOMPLETE: this is NOT a clear"),
    "es": (
        "COINCIDENCIA: 1 indicio",
        "SIN COINCIDENCIAS",
        "INCOMPLETO: este resultado NO DESCARTA NADA",
    ),
    "fr": (
        "CORRESPONDANCE : 1 piste",
        "AUCUNE CORRESPONDANCE",
        "INCOMPLET : ce résultat N'EXCLUT RIEN",
    ),
}


@pytest.mark.parametrize("language", SPEAKS)
def test_every_verdict_has_its_own_headline_in_every_language(one_hit, language):
    hit, clear, incomplete = SPEAKS[language]
    assert hit in flat(screen(one_hit(), language=language))
    answer = pb.CheckResponse(verdict=pb.VERDICT_INCOMPLETE)
    answer.outcomes.add(source="eu", status=pb.SOURCE_STATUS_STALE, complete=True, required=True)
    for verdict in (pb.VERDICT_INCOMPLETE, pb.VERDICT_UNSPECIFIED, 99):
        answer.verdict = verdict
        text = flat(screen(answer, language=language))
        assert text.startswith(incomplete)
        assert clear.casefold() not in text.casefold()
    answer.outcomes.clear()
    assert flat(screen(answer, language=language)).startswith(incomplete)
    answer.verdict = pb.VERDICT_NO_HIT
    assert flat(screen(answer, language=language)).startswith(clear)


def test_reasons_that_the_gateway_gives_are_translated_and_others_kept():
    answer = pb.CheckResponse(verdict=pb.VERDICT_INCOMPLETE)
    for name, reason in (("eu", "left out by options.sources"), ("un", "sous scellés")):
        answer.outcomes.add(
            source=name, status=pb.SOURCE_STATUS_NOT_APPLICABLE, required=True, reason=reason
        )
    text = flat(screen(answer, language="es"))
    assert "eu obligatoria; no preguntada: excluida por options.sources" in text
    assert "un obligatoria; no preguntada: sous scellés" in text


def full(one_hit):
    """An answer that needs every line of the screen."""
    answer = one_hit(omitted_hits=3)
    hit = answer.hits[0]
    del hit.evidence[:]
    item = hit.evidence.add(feature="name", outcome="aligned", query_value="A", record_value="B")
    item.token_pairs.add(rule="typo", query_token="A", record_token="B")
    hit.entity.merge_reasons.add(rule="same_document", probability=0.9)
    for number in range(6):
        hit.entity.attributes.add(field="name", value=str(number))
    answer.hits.append(hit)
    answer.hits[1].subject_index = 1
    answer.outcomes[1].reason = ""
    answer.outcomes.add(source="c", status=pb.SOURCE_STATUS_NOT_APPLICABLE)
    answer.outcomes.add(source="d", status=pb.SOURCE_STATUS_ANSWERED)
    answer.notices.add(code="MRZ_REPAIRED")
    return answer


SENT = {"UTC", "VIN", "limit", "red", "RUR", "NCB", "Ruritania", "QDi", "MARENKO", "Viktor"}
COGNATES = {
    "ar": set(),
    "es": {"error", "similar"},
    "fr": {"document", "national", "notice", "verdict", "zone"},
}


@pytest.mark.parametrize("language", ["ar", "es", "fr"])
def test_no_english_is_left_on_the_screen_of_another_language(one_hit, language):
    answer = full(one_hit)
    english = set(re.findall("[A-Za-z]{3,}", screen(answer, explain=True, width=2000)))
    other = screen(answer, explain=True, width=2000, language=language)
    left = set(re.findall("[A-Za-z]{3,}", other)) & english
    assert left <= SENT | COGNATES[language]


@pytest.mark.parametrize("language", SPEAKS)
def test_labels_fit_their_column_and_lines_the_terminal(one_hit, language):
    lines = screen(full(one_hit), explain=True, language=language).splitlines()
    assert max(map(cell_len, lines)) <= 80
