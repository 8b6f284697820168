from __future__ import annotations

import pytest

DOCUMENTS = "number,issuer,type,fraud\nX1234567,RUR,P,stolen\n"


@pytest.fixture
def configured(tmp_path):
    """A function that writes a configuration with one list, and returns its path."""

    def configured(text='[sources.papers]\nkind = "documents"\npath = "papers.csv"\n'):
        (tmp_path / "papers.csv").write_text(DOCUMENTS)
        (tmp_path / "gateway.toml").write_text(text)
        return tmp_path / "gateway.toml"

    return configured


def test_a_good_configuration_is_told_with_its_sources(run, configured):
    code, out, err = run("config", "check", configured())
    assert code == 0
    assert not err
    assert "can be served: 127.0.0.1:7443, sources: 1" in out
    assert "papers: documents, required" in out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[gateway]\nlisten = 7\n", "listen"),
        ("[gatway]\n", "gatway"),
        ("nonsense", "not TOML"),
        ('[sources.papers]\nkind = "telepathy"\n', "known: "),
        ('[sources.papers]\nkind = "documents"\n', "path"),
        ('[sources.papers]\nkind = "documents"\npath = "p"\ncolour = "red"\n', "colour"),
    ],
)
def test_a_bad_configuration_is_2_and_says_what_and_where(run, configured, text, said):
    code, out, err = run("config", "check", configured(text))
    assert code == 2
    assert not out
    assert said in err
    assert "gateway.toml" in err or "[sources.papers]" in err


def test_a_bad_configuration_is_not_served(run, configured):
    code, _, err = run("serve", "--config", configured("[gatway]\n"))
    assert code == 2
    assert "gatway" in err


def test_an_absent_configuration_is_wrong_usage(run, tmp_path):
    assert run("config", "check", tmp_path / "absent.toml")[0] == 2
    assert run("serve", "--config", tmp_path / "absent.toml")[0] == 2


def test_a_source_that_is_not_there_cannot_be_served(run, configured):
    code, _, err = run(
        *("source", "serve", "other", "--listen", "127.0.0.1:0", "--config", configured())
    )
    assert code == 2
    assert "papers" in err
