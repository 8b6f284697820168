"""The layout of a snapshot follows the code that writes and reads it."""

from __future__ import annotations

from adapters import layout as module
from adapters.layout import layout


def test_a_layout_is_constant_within_a_process():
    assert layout() == layout()
    assert layout().startswith(f"{module.SNAPSHOT_FORMAT}-")


def test_every_change_of_code_or_tables_changes_it_and_caches_do_not(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "names.py").write_text("a = 1")
    (tmp_path / "data" / "table.tsv").write_text("a\tb")
    seen = {module._digest(tmp_path)}
    (tmp_path / "names.pyc").write_bytes(b"cache")
    assert module._digest(tmp_path) in seen
    for path in ("names.py", "data/table.tsv", "new.py"):
        (tmp_path / path).write_text("changed")
        assert module._digest(tmp_path) not in seen
        seen.add(module._digest(tmp_path))
