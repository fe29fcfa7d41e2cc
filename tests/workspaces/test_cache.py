"""The cache gives the bytes of the codebase whatever happened to it before, and stays within its size."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_rustide_load.codebase import CodebaseSpec, generate_codebase
from pytest_rustide_load.workspaces import WorkspaceCache


class Files:
    """A codebase as the cache sees one."""

    def __init__(self, files: dict[str, str]) -> None:
        self._files = files
        self.paths = tuple(files)

    def text(self, path: str) -> str:
        return self._files[path]


SMALL = Files({"Cargo.toml": "[package]\n", "src/lib.rs": "pub fn größe() {}\n", "src/a/b.rs": "\n"})


def content(directory: Path) -> dict[str, str]:
    return {
        path.relative_to(directory).as_posix(): path.read_bytes().decode()
        for path in directory.rglob("*")
        if path.is_file()
    }


def entries(root: Path) -> list[str]:
    return sorted(path.name for path in root.iterdir() if path.is_dir())


def test_a_codebase_is_written_once_and_found_again(tmp_path):
    codebase = generate_codebase(CodebaseSpec(seed=1, loc=500))
    path = WorkspaceCache(tmp_path).get(codebase)
    assert content(path) == {name: codebase.text(name) for name in codebase.paths}
    written_ns = (path / "Cargo.toml").stat().st_mtime_ns, (path / "Cargo.toml").stat().st_ino
    again = WorkspaceCache(tmp_path).get(codebase)
    assert again == path
    assert ((path / "Cargo.toml").stat().st_mtime_ns, (path / "Cargo.toml").stat().st_ino) == written_ns


@pytest.mark.parametrize(
    "damage",
    [
        lambda tree: (tree / "src/lib.rs").write_text("pub fn other() {}\n"),
        lambda tree: (tree / "src/lib.rs").unlink(),
        lambda tree: (tree / "src/new.rs").write_text(""),
        lambda tree: (tree / "src/link.rs").symlink_to("lib.rs"),
        lambda tree: (tree.parent / "used").unlink(),
        lambda tree: (tree.parent / "used").write_text("many"),
        lambda tree: tree.rename(tree.with_name("elsewhere")),
    ],
    ids=["changed", "missing", "added", "linked", "no stamp", "bad stamp", "no tree"],
)
def test_an_entry_that_is_not_intact_is_made_anew(tmp_path, damage):
    cache = WorkspaceCache(tmp_path)
    damage(cache.get(SMALL))
    path = cache.get(SMALL)
    assert content(path) == {name: SMALL.text(name) for name in SMALL.paths}


def test_a_cache_that_was_cleared_in_between_begins_anew(tmp_path):
    cache = WorkspaceCache(tmp_path / "cache")
    cache.get(SMALL)
    shutil.rmtree(tmp_path / "cache")
    assert content(cache.copy(SMALL, tmp_path / "copy")) == {name: SMALL.text(name) for name in SMALL.paths}


def test_what_a_dead_process_left_unfinished_is_removed(tmp_path):
    (tmp_path / "new-abc" / "tree").mkdir(parents=True)
    WorkspaceCache(tmp_path).get(SMALL)
    assert not (tmp_path / "new-abc").exists()


def test_a_failed_write_leaves_nothing_that_could_be_taken_for_an_entry(tmp_path):
    class Failing(Files):
        reads = 0

        def text(self, path: str) -> str:
            self.reads += 1
            if self.reads == 5:
                raise RuntimeError("no more")
            return super().text(path)

    with pytest.raises(RuntimeError):
        WorkspaceCache(tmp_path).get(Failing({"a": "1", "b": "2", "c": "3"}))
    assert entries(tmp_path) == []


def test_the_least_recently_used_entries_make_room(tmp_path):
    cache = WorkspaceCache(tmp_path, max_bytes=250)
    first, second, third = (Files({"a.rs": letter * 100}) for letter in "abc")
    first_path = cache.get(first)
    second_path = cache.get(second)
    cache.get(first)
    third_path = cache.get(third)
    assert first_path.exists()
    assert third_path.exists()
    assert not second_path.exists()


def test_an_entry_larger_than_the_cache_is_still_given(tmp_path):
    cache = WorkspaceCache(tmp_path, max_bytes=10)
    path = cache.get(Files({"a.rs": "a" * 100}))
    assert content(path) == {"a.rs": "a" * 100}
    cache.get(Files({"a.rs": "b" * 100}))
    assert not path.exists()


_WORKER = """
import sys
from pathlib import Path
from pytest_rustide_load.codebase import CodebaseSpec, generate_codebase
from pytest_rustide_load.workspaces import WorkspaceCache
root, target = map(Path, sys.argv[1:])
codebase = generate_codebase(CodebaseSpec(seed=3, loc=2_000))
sys.stdin.readline()
WorkspaceCache(root, max_bytes=1).copy(codebase, target)
"""


def test_processes_that_ask_at_once_all_get_the_whole_codebase(tmp_path):
    codebase = generate_codebase(CodebaseSpec(seed=3, loc=2_000))
    targets = [tmp_path / f"copy-{number}" for number in range(3)]
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", _WORKER, tmp_path / "cache", target], stdin=subprocess.PIPE, text=True
        )
        for target in targets
    ]
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("\n")
        worker.stdin.flush()
    try:
        assert [worker.wait(timeout=60) for worker in workers] == [0, 0, 0]
    finally:
        for worker in workers:
            worker.kill()
            worker.stdin.close()
    expected = {name: codebase.text(name) for name in codebase.paths}
    assert all(content(target) == expected for target in targets)
    assert len(entries(tmp_path / "cache")) == 1
