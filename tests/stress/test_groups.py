"""Control groups of the second generation, on a directory that the test rules as the kernel rules its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_rustide_load.stress.programs import groups
from pytest_rustide_load.units import MB

FILES = {
    "memory.max": "max",
    "memory.swap.max": "max",
    "memory.current": "52428800",
    "memory.events": "low 0\nhigh 0\nmax 7\noom 3\noom_kill 2\noom_group_kill 1",
}


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A hierarchy whose root hands `memory` on; we are in `work`, which hands on nothing."""

    def furnish(path: Path) -> None:
        (path / "cgroup.procs").write_text("")
        (path / "cgroup.subtree_control").write_text("")
        if "memory" in (path.parent / "cgroup.subtree_control").read_text():
            for name, text in FILES.items():
                (path / name).write_text(text)

    def made(make: Callable[..., None]) -> Callable[..., None]:
        def mkdir(path: Path, *arguments: object, **named: object) -> None:
            make(path, *arguments, **named)
            if path.is_relative_to(root):
                furnish(path)

        return mkdir

    def removed(path: Path) -> None:
        # The kernel removes a group that holds files, and none that holds processes.
        if (path / "cgroup.procs").read_text():
            raise OSError("busy")
        shutil.rmtree(path)

    root = tmp_path / "sys/fs/cgroup"
    root.mkdir(parents=True)
    (root / "cgroup.procs").write_text("")
    (root / "cgroup.subtree_control").write_text("memory")
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text("0::/work\n")
    monkeypatch.setattr(Path, "mkdir", made(Path.mkdir))
    monkeypatch.setattr(Path, "rmdir", removed)
    (root / "work").mkdir()
    return root


def test_a_group_is_made_where_memory_is_handed_on_beside_our_own(tree: Path) -> None:
    group = groups.make_group(tree.parents[2])
    assert (group.name, group.generation) == ("cgroup v2", 2)
    assert group.path.parent == tree
    # The one that was tried below our own is gone again.
    assert [path.name for path in (tree / "work").iterdir() if path.is_dir()] == []
    assert group.remove()
    assert not group.path.exists()


def test_below_our_own_where_that_hands_it_on(tree: Path) -> None:
    (tree / "work" / "cgroup.subtree_control").write_text("cpu memory")
    assert groups.make_group(tree.parents[2]).path.parent == tree / "work"


def test_a_limit_leaves_no_way_into_swap_and_is_lifted_again(tree: Path) -> None:
    group = groups.make_group(tree.parents[2])
    assert group.set_limit(256 * MB)
    assert (group.path / "memory.max").read_text() == "256000000"
    assert (group.path / "memory.swap.max").read_text() == "0"
    group.adopt(77)
    assert (group.path / "cgroup.procs").read_text() == "77"
    assert group.members() == [77]
    assert (group.used_bytes(), group.oom_kills()) == (52428800, 2)
    # Older kernels keep no mark.
    assert group.peak_bytes() == 52428800
    (group.path / "memory.peak").write_text("94371840")
    assert group.peak_bytes() == 94371840
    assert group.set_limit(None)
    assert (group.path / "memory.max").read_text() == "max"
    assert (group.path / "memory.swap.max").read_text() == "max"


def test_where_nobody_hands_memory_on_the_reason_names_the_place(tree: Path) -> None:
    (tree / "cgroup.subtree_control").write_text("cpu")
    with pytest.raises(OSError, match=f"cgroup v2: memory is not delegated to {tree}$"):
        groups.make_group(tree.parents[2])


def test_what_a_killed_keeper_left_is_removed(tree: Path) -> None:
    left = tree / "rustide-load-1-1"
    left.mkdir()
    ours = groups.make_group(tree.parents[2])
    groups.remove_stale(tree.parents[2])
    assert not left.exists()
    assert ours.path.exists()
