"""Names as tokens: roles, parts, units and the order in which they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.names import Part, Role, name_tokens, runs, tokens
from matching.record import Name
from matching.text import MAX_TOKENS


def forms(name, role=Role.NAME):
    return [token.form for token in tokens(name) if token.role is role]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("FNU SUKARNO", ["sukarno"]), ("Suharto Suharto", ["suharto"]), ("XXX SATRIYA", ["satriya"]),
     ("UNKNOWN", []), ("- .", []), ("Dr. Ayman Brako", ["ayman", "brako"]), ("Dr", ["dr"]),
     ("Abd al-Rahman Saleh", ["abdrahman", "saleh"]), ("Abdulrahman", ["abdrahman"]),
     ("ABDEL<AZIZ<<OMAR<<<", ["abdaziz", "omar"]), ("عبد الرحمن", ["abdrhmn"]),
     ("AL RAHMAN, Umar Abd", ["umar", "abdrahman"]), ("Ludwig von Brako", ["ludwig", "brako"]),
     ("LE, Van Duc", ["le", "duc"]), ("O'Connor", ["oconnor"]), ("王小明", ["wang", "xiaoming"])],
)  # fmt: skip
def test_what_counts_as_a_name(name, expected):
    assert forms(name) == expected


def test_theophoric_spellings_are_one_form():
    spellings = ["Abdurrahman", "Abdul Rahman", "Abd-ar-Rahman", "ABD<EL<RAHMAN", "Abdelrahman"]
    assert {tuple(forms(name)) for name in spellings} == {("abdrahman",)}


@pytest.mark.parametrize(
    ("name", "surname"),
    [("BRAKO, Anna Maria", ["brako"]), ("BRAKO<TESTIL<<ANNA", ["brako", "testil"]),
     ("WANG Xiaoming", ["wang"]), ("Xiaoming WANG", ["wang"]), ("이민호", ["lee"]),
     ("Anna Brako", []), ("ANNA BRAKO", []), ("Brako,", [])],
)  # fmt: skip
def test_the_family_name_is_known_where_the_text_says_so(name, surname):
    assert [t.form for t in tokens(name) if t.part is Part.SURNAME] == surname


def test_the_parts_of_a_record_win_over_its_text():
    found = name_tokens(Name("Anna Brako", surname="Brako, the", given="Anna"))
    assert [t.form for t in found if t.part is Part.GIVEN] == ["anna"]


@pytest.mark.parametrize(("name", "sex"), [("X bint Ali", "F"), ("X bin Ali", "M"), ("Kaur", "F")])
def test_markers_of_sex(name, sex):
    assert {token.sex for token in tokens(name)} - {""} == {sex}


def test_letters_of_the_machine_readable_zone_are_read_as_arabic():
    read = tokens("EBD<ALRXHMN<<MXHMD<<<")
    assert [token.form for token in read] == ["abdrhmn", "mhmd"]
    assert tokens("MXHMD")[0].form == "mxhmd"


def test_neighbours_include_the_last_given_name_and_the_family_name():
    found = tokens("HIENG, Hing Bun")
    assert (2, 0) in set(runs(found))
    assert all(2 <= len(run) <= 3 for run in runs(found))


@given(st.text(max_size=400))
def test_any_text_gives_bounded_tokens(name):
    found = tokens(name)
    assert len(found) <= MAX_TOKENS
    for token in found:
        assert token.form.isalnum()
        assert token.form.isascii()


@given(st.lists(st.sampled_from(["anna", "brako", "testil", "abdul", "al", "rahman"]), min_size=1))
def test_case_and_spacing_do_not_matter(words):
    assert forms(" ".join(words)) == forms("  ".join(words).upper())
