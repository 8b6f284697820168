from __future__ import annotations

import datetime as dt
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from lookup.cli import words
from lookup.cli.render import LEAD, NOT_CLEAR, show
from lookup.v1 import lookup_service_pb2 as pb

NOW = dt.datetime(2026, 11, 21, 11, tzinfo=dt.UTC)


def screen(answer, *, width=80, explain=False, terminal=False):
    out = io.StringIO()
    console = Console(
        file=out, width=width, markup=False, highlight=False, emoji=False, force_terminal=terminal
    )
    show(console, answer, explain=explain, now=NOW)
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


def test_leads_left_out_and_notices_are_told(one_hit):
    answer = one_hit(omitted_hits=3)
    answer.notices.add(code="MRZ_CHECK_DIGIT", field="subjects[0]", message="check digit is wrong")
    text = flat(screen(answer))
    assert "3 more leads left out" in text
    assert "Note: check digit is wrong (subjects[0])" in text


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
    [
        (-1, "in the future"),
        (5, "5 s"),
        (120, "2 min"),
        (7300, "2 h"),
        (86_400, "1 day"),
        (9e6, "104 days"),
    ],
)
def test_age(seconds, shown):
    assert words.age(NOW - dt.timedelta(seconds=seconds), NOW) == shown


def test_every_value_of_the_protocol_has_words():
    assert set(words.BAND) == set(pb.Band.keys()) - {"BAND_UNSPECIFIED"}
    assert set(words.STATUS) == set(pb.SourceStatus.keys()) - {"SOURCE_STATUS_UNSPECIFIED"}


def test_every_instruction_of_the_gateway_has_words():
    from lookup import guidance

    codes = {code for _, code in guidance._BY_PREFIX} | {guidance.VERIFY}
    assert codes <= set(words.INSTRUCTION)
    assert not [code for code, text in words.INSTRUCTION.items() if "arrest" in text.lower()]
