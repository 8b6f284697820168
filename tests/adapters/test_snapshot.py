"""Snapshots: durable, atomic, mapped, pruned, and never half."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import numpy as np
import pytest

from adapters import snapshot
from adapters.snapshot import Busy, Corrupt, Manifest, Pointer, Snapshots, SourceFile

WHEN = datetime(2026, 3, 1, 12, tzinfo=UTC)
ARRAYS = {
    "keys": np.arange(1000, dtype=np.uint32),
    "text": np.frombuffer(b"some text", dtype=np.uint8),
    "empty": np.zeros(0, dtype=np.int64),
    "flat": np.zeros((3, 0), dtype=np.int8),
}


def manifest(layout="1", **changes):
    file = SourceFile("list.csv", 3, 1.5, "ab")
    made = Manifest(layout, 3, 1, (("list.csv:4", "no name"),), (file,), "s", WHEN, WHEN)
    return dataclasses.replace(made, **changes)


@pytest.fixture
def shots(tmp_path):
    return Snapshots(tmp_path / "state" / "one", "1")


def publish(shots, number=0, **changes):
    with shots.locked():
        arrays = ARRAYS | {"number": np.array([number])}
        return shots.publish(arrays, manifest(**changes))


def test_before_the_first_snapshot_there_is_nothing(shots):
    assert shots.stamp() is None
    assert shots.pointer() == Pointer()
    assert shots.manifest("x") is None
    assert shots.versions() == ()


def test_arrays_come_back_mapped_and_read_only(shots):
    version = publish(shots)
    arrays = shots.load(version)
    assert set(arrays) == {*ARRAYS, "number"}
    for name, array in ARRAYS.items():
        assert type(arrays[name]) is np.ndarray
        assert arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(arrays[name], array)
    assert isinstance(arrays["keys"].base, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        arrays["keys"][0] = 1


def test_the_manifest_comes_back_and_only_for_its_layout(shots):
    version = publish(shots)
    assert shots.manifest(version) == manifest()
    assert Snapshots(shots.folder, "2").manifest(version) is None


def test_the_version_names_the_content(shots, tmp_path):
    first = publish(shots, 1)
    assert publish(Snapshots(tmp_path / "other", "1"), 1) == first
    assert publish(shots, 2) != first
    assert publish(shots, 1, settings="t") != first
    assert publish(Snapshots(tmp_path / "third", "2"), 1, layout="2") != first
    assert publish(shots, 1) == first
    assert shots.pointer().version == first


def test_every_writing_of_current_changes_the_stamp(shots):
    version = publish(shots)
    before = shots.stamp()
    assert shots.stamp() == before
    shots.point(Pointer(version, WHEN, "a note"))
    assert shots.stamp() != before
    assert shots.pointer() == Pointer(version, WHEN, "a note")


def test_an_unreadable_pointer_points_nowhere(shots):
    publish(shots)
    (shots.folder / "CURRENT").write_text('{"version": ')
    assert shots.pointer() == Pointer()


def test_two_versions_stay_and_older_ones_go_after_a_while(shots, monkeypatch):
    made = [publish(shots, number) for number in range(4)]
    assert set(shots.versions()) == set(made)
    monkeypatch.setattr(snapshot, "GRACE_SECONDS", -1.0)
    last = publish(shots, 4)
    assert shots.versions() == (last, made[3])


def test_a_mapping_outlives_the_removal_of_its_version(shots, monkeypatch):
    held = shots.load(publish(shots, 0))
    monkeypatch.setattr(snapshot, "GRACE_SECONDS", -1.0)
    for number in (1, 2):
        publish(shots, number)
    assert len(shots.versions()) == 2
    np.testing.assert_array_equal(held["keys"], ARRAYS["keys"])


def test_what_a_killed_writer_left_is_never_used_and_cleared(shots):
    version = publish(shots)
    left = shots.folder / f".{'0' * 20}.999999"
    left.mkdir()
    (left / "keys.npy").write_bytes(b"half")
    assert shots.versions() == (version,)
    publish(shots, 1)
    assert not left.exists()


def test_a_directory_without_a_manifest_is_written_again(shots):
    version = publish(shots)
    (shots.folder / version / "manifest.json").unlink()
    (shots.folder / version / "keys.npy").write_bytes(b"half")
    assert publish(shots) == version
    np.testing.assert_array_equal(shots.load(version)["keys"], ARRAYS["keys"])


def test_arrays_are_readable_by_numpy_itself(shots):
    folder = shots.folder / publish(shots)
    np.testing.assert_array_equal(np.load(folder / "keys.npy"), ARRAYS["keys"])


def test_columns_of_a_larger_array_come_back_in_their_order(shots):
    table = np.arange(12).reshape(3, 4)
    with shots.locked():
        version = shots.publish({"turned": table.T, "column": table[:, 1]}, manifest())
    found = shots.load(version)
    np.testing.assert_array_equal(found["turned"], table.T)
    np.testing.assert_array_equal(found["column"], table[:, 1])


def test_many_threads_may_map_a_version_at_once(shots):
    version = publish(shots)
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: shots.load(version), range(400)))
    assert all(len(arrays) == len(found[0]) for arrays in found)


@pytest.mark.parametrize(
    "content", ["", "[]", '{"keys": {"dtype": "no", "shape": [1], "offset": 0}}', "{"]
)
def test_a_damaged_description_is_reported(shots, content):
    version = publish(shots)
    (shots.folder / version / "arrays.json").write_text(content)
    with pytest.raises(Corrupt, match=version):
        shots.load(version)


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY\x01\x00", b"not an array"])
def test_a_damaged_array_is_reported_by_its_file(shots, content):
    version = publish(shots)
    (shots.folder / version / "keys.npy").write_bytes(content)
    with pytest.raises(Corrupt, match=r"keys\.npy"):
        shots.load(version)


def test_an_absent_version_is_corrupt(shots):
    with pytest.raises(Corrupt, match="gone"):
        shots.load("gone")


def test_python_objects_are_never_written_or_read(shots):
    with shots.locked(), pytest.raises(ValueError, match="Python objects"):
        shots.publish({"keys": np.array([{}], dtype=object)}, manifest())
    assert shots.stamp() is None


def test_a_failed_writing_leaves_the_current_version(shots):
    version = publish(shots)
    with shots.locked(), pytest.raises(ValueError, match="Python objects"):
        shots.publish({"a": ARRAYS["keys"], "b": np.array([{}], dtype=object)}, manifest())
    assert shots.pointer().version == version
    assert shots.versions() == (version,)


def test_a_writer_killed_at_any_moment_leaves_a_whole_version(shots):
    writer = (
        "import sys; from pathlib import Path; import numpy as np\n"
        "from datetime import UTC, datetime\n"
        "from adapters.snapshot import Manifest, Snapshots\n"
        "now = datetime.now(UTC); shots = Snapshots(Path(sys.argv[1]), '1')\n"
        "for n in range(10_000):\n"
        "    arrays = {name: np.full(50_000, n) for name in 'abcd'}\n"
        "    with shots.locked():\n"
        "        shots.publish(arrays, Manifest('1', n, 0, (), (), '', now, now))\n"
        "    print(n, flush=True)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", writer, str(shots.folder)]
    for turn in range(3):
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
            for _ in range(3 + turn):
                assert process.stdout.readline()
            process.kill()
        version = shots.pointer().version
        records = shots.manifest(version).records
        found = {name: set(array.tolist()) for name, array in shots.load(version).items()}
        assert found == {name: {records} for name in "abcd"}


def test_only_one_process_refreshes(shots):
    holder = (
        "import sys; from pathlib import Path; from adapters.snapshot import Snapshots\n"
        "with Snapshots(Path(sys.argv[1]), '1').locked():\n"
        "    print('held', flush=True); sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", holder, str(shots.folder)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    ) as other:
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(Busy), shots.locked():
            pass
        other.communicate(timeout=30)
    with shots.locked():
        assert shots.folder.is_dir()
