"""The demonstration: as it is, with a falsified truth, and interrupted at several moments."""

import importlib
import json
import os
import re
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from running import until

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "deploy" / "demo"


def start(folder, *options, **environment):
    clean = {name: value for name, value in os.environ.items() if name != "LISTS"}
    return subprocess.Popen(
        [sys.executable, str(DEMO / "run.py"), "--folder", str(folder), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
        env={**clean, "PYTHONUNBUFFERED": "1", "COLUMNS": "80", **environment},
    )


def left_running(folder):
    """Command lines of the processes that were started with files of this run."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes().decode(errors="replace")
                state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if str(folder) in command and state != "Z":
                found.append(command.replace("\0", " "))
    return found


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    folder = tmp_path_factory.mktemp("d") / "run"
    process = start(folder)
    output, _ = process.communicate(timeout=200)
    return folder, process.returncode, output


def test_it_succeeds_and_stops_everything(shown):
    folder, code, output = shown
    assert code == 0, output
    assert "exit codes: gateway 0, owner_again 0" in output
    assert left_running(folder) == []


def test_every_check_of_the_truth_is_asked_and_as_expected(shown):
    truth = json.loads((DEMO / "truth.json").read_text())
    assert f"all {len(truth)} checks are as expected" in shown[2]
    assert "NOT AS EXPECTED" not in shown[2]


def test_it_shows_what_a_newcomer_has_to_see(shown):
    output = shown[2]
    for part in (
        "ofac 9000001",
        "eu EU.900003.1",
        "NO HIT",
        "INCOMPLETE",
        "documents: no answer",
        "when `documents`",
        "2 snapshots, the first after",
        "A hit is a lead, never a verdict",
        "verified: the answer to query",
        "verified: every entry is under a checkpoint",
    ):
        assert part in output
    assert "rollback is not excluded" not in output


def timeless(text):
    """The lines of an output without what differs from run to run."""
    some = re.sub(r" +\d+ ms|\d+\.\d s$|\d+ (?=checkpoints$)", " N ", text, flags=re.MULTILINE)
    return [line.rstrip() for line in some.splitlines()]


def test_the_readme_shows_lines_that_it_prints(shown):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    promised = timeless(readme.partition("```text demo\n")[2].partition("\n```")[0])
    printed = timeless(shown[2])
    assert len(promised) > 5
    assert [line for line in promised if line not in printed] == []


def test_its_output_fits_and_is_free_of_colours_where_no_terminal_is(shown):
    output = shown[2]
    assert "\x1b" not in output
    assert max(map(len, output.splitlines())) <= 80


def test_it_keeps_its_state_and_removes_it_at_the_next_start(shown):
    folder = shown[0]
    assert (folder / "receipt.json").is_file()
    (folder / "gateway.toml").write_text("of an earlier run")
    process = start(folder, "--truth", str(folder / "absent.json"), COLUMNS="400")
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "absent.json cannot be used" in output
    assert not (folder / "gateway.toml").exists()


def test_a_falsified_truth_fails_and_says_expected_and_got(tmp_path):
    truth = json.loads((DEMO / "truth.json").read_text())
    truth["cyrillic"]["first"] = ["ofac 9999999"]
    truth["clear"]["verdict"] = "HIT"
    truth["killed"]["outcomes"]["ANSWERED"].remove("un")
    false = tmp_path / "truth.json"
    false.write_text(json.dumps(truth))
    process = start(tmp_path / "run", "--truth", str(false), COLUMNS="200")
    output, _ = process.communicate(timeout=200)
    assert process.returncode == 1
    assert 'first: expected ["ofac 9999999"], got ["ofac 9000001"]' in output
    assert "verdict: expected HIT, got NO_HIT" in output
    assert "not as expected: cyrillic; clear; killed" in output


def test_a_truth_that_leaves_a_check_out_fails(tmp_path):
    truth = json.loads((DEMO / "truth.json").read_text())
    del truth["clear"]
    (tmp_path / "truth.json").write_text(json.dumps(truth))
    process = start(tmp_path / "run", "--truth", str(tmp_path / "truth.json"), COLUMNS="400")
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "must say verdict, first and outcomes" in output


def test_a_folder_of_somebody_else_is_left_alone(tmp_path):
    (tmp_path / "precious").write_text("mine")
    process = start(tmp_path, COLUMNS="400")
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "something else" in output
    assert (tmp_path / "precious").read_text() == "mine"


def test_a_removal_that_was_interrupted_is_finished_by_the_next_start(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(DEMO)
    fresh = importlib.import_module("folder").fresh
    run = fresh(tmp_path / "run")
    for name in ("a", "b", "state/audit", "state/run"):
        (run / name).mkdir(parents=True)
        (run / name / "some").touch()
    (run / "gateway.log").touch()
    whole = os.rmdir, os.unlink

    def interrupted(*given, remove, **options):
        remove(*given, **options)
        raise KeyboardInterrupt

    for _ in range(10):
        with monkeypatch.context() as broken:
            for remove in whole:
                broken.setattr(os, remove.__name__, partial(interrupted, remove=remove))
            with pytest.raises(KeyboardInterrupt):
                fresh(tmp_path / "run")
    assert list(fresh(tmp_path / "run").iterdir()) == [run / ".made-by-the-demo"]


def test_lists_that_are_not_there_are_said(tmp_path):
    process = start(tmp_path / "run", LISTS=str(tmp_path), COLUMNS="400")
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "holds none of" in output


def test_a_long_path_becomes_a_link_to_a_short_one(tmp_path):
    folder = tmp_path / ("long" * 25) / "run"
    process = start(folder, "--truth", str(DEMO / "truth.json"))
    output, _ = process.communicate(timeout=200)
    assert process.returncode == 0, output
    assert folder.is_symlink()
    assert len(str(folder.resolve())) < 60


def interrupted(folder, moment, number=signal.SIGINT):
    """Send the signal when a line with `moment` appears; returns exit code and output."""
    process = start(folder)
    output = ""
    for line in process.stdout:
        output += line
        if moment in line:
            process.send_signal(number)
            break
    else:
        raise AssertionError(f"{moment!r} never appeared: {output}")
    rest, _ = process.communicate(timeout=60)
    return process.returncode, output + rest


@pytest.mark.parametrize("moment", ["gateway on", "lists ─", "checks ─", "is stopped by", "killed"])
def test_ctrl_c_leaves_nothing_running_and_no_traceback(tmp_path, moment):
    code, output = interrupted(tmp_path / "run", moment)
    assert code == 130
    assert "interrupted" in output
    assert "Traceback" not in output
    assert left_running(tmp_path / "run") == []


def test_a_termination_ends_it_in_the_same_order(tmp_path):
    code, output = interrupted(tmp_path / "run", "checks ─", signal.SIGTERM)
    assert (code, "Traceback" in output) == (128 + signal.SIGTERM, False)
    assert left_running(tmp_path / "run") == []


def test_a_killed_demonstration_takes_its_processes_with_it(tmp_path):
    code, _ = interrupted(tmp_path / "run", "checks ─", signal.SIGKILL)
    assert code == -signal.SIGKILL
    until(lambda: not left_running(tmp_path / "run"), "running without the demonstration")


def test_the_real_lists_are_found_again(tmp_path, shared_lists):
    process = start(tmp_path / "run", LISTS=str(shared_lists), COLUMNS="200")
    output, _ = process.communicate(timeout=290)
    assert process.returncode == 0, output
    for name in ("ofac ", "un ", "uk ", "csl ", "eu_xml ", "notices ", "vehicles_nz "):
        assert f"\n{name}" in output
    assert "resident memory" in output
    assert left_running(tmp_path / "run") == []
