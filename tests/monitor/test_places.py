"""What a machine offers: cores that are apart, and what directories lie on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pytest_rustide_load.monitor.places import allowed_cores, core_groups, probe_storage


def siblings(root: Path, text: dict[int, str]) -> Path:
    for core, listed in text.items():
        (root / f"cpu{core}/topology").mkdir(parents=True)
        (root / f"cpu{core}/topology/thread_siblings_list").write_text(f"{listed}\n")
    return root


def test_threads_of_one_core_are_a_group(tmp_path):
    root = siblings(tmp_path, {0: "0,2", 1: "1,3", 2: "0,2", 3: "1,3"})
    assert core_groups(root, [0, 1, 2, 3]) == [[0, 2], [1, 3]]
    assert core_groups(root, [1, 2, 3]) == [[1, 3], [2]]
    assert core_groups(tmp_path / "none", [4, 5]) == [[4], [5]]
    assert core_groups(siblings(tmp_path / "r", {0: "0-1", 1: "0-1"}), [0, 1]) == [[0, 1]]


def test_the_cores_of_this_process_are_all_there():
    assert sorted(core for group in core_groups() for core in group) == sorted(os.sched_getaffinity(0))
    assert allowed_cores(os.getpid()) >= os.sched_getaffinity(0)
    assert allowed_cores(2**22) == frozenset()


def machine(root: Path, mounts: list[str], disks: dict[str, tuple[str, str]]) -> Path:
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/mountinfo").write_text("\n".join(mounts) + "\n")
    (root / "sys/dev/block").mkdir(parents=True)
    for numbers, (place, rotates) in disks.items():
        real = root / "sys/devices" / place
        real.mkdir(parents=True)
        whole = real
        if rotates.startswith("part of "):
            (real / "partition").write_text("1")
            whole = real.parent
        (whole / "queue").mkdir(exist_ok=True)
        (whole / "queue/rotational").write_text(f"{rotates[-1]}\n")
        (root / "sys/dev/block" / numbers).symlink_to(real)
        (root / "sys/block").mkdir(parents=True, exist_ok=True)
        (root / "sys/block" / whole.name).symlink_to(whole)
    return root


def test_directories_are_told_apart_by_what_they_lie_on(tmp_path):
    root = machine(
        tmp_path,
        [
            "1 0 8:1 / / rw - ext4 /dev/sda1 rw",
            "2 1 259:0 / /fast rw - xfs /dev/nvme0n1 rw",
            "3 1 0:30 / /ram rw shared:1 - tmpfs tmpfs rw",
            "4 1 8:16 / /with\\040blank rw - ext4 /dev/sdb rw",
            "5 1 0:31 / /net rw - nfs4 host:/x rw",
            "6 1 254:0 / /virtual rw - ext4 /dev/vda rw",
            "7 1 0:32 / /over rw - overlay overlay rw",
        ],
        {
            "8:1": ("sda/sda1", "part of 0"),
            "259:0": ("nvme0n1", "0"),
            "8:16": ("sdb", "1"),
            "254:0": ("vda", "1"),
        },
    )

    def kind(path: str) -> tuple[str, str]:
        found = probe_storage(Path(path), root=root, measure=False)
        return found.kind, found.device

    assert kind("/home") == ("SSD", "sda")
    assert kind("/fast/deep") == ("NVMe", "nvme0n1")
    assert kind("/ram") == ("RAM disk", "")
    assert kind("/with blank/x") == ("rotating disk", "sdb")
    assert kind("/net/x") == ("network", "")
    assert kind("/virtual") == ("virtual disk, said to be a rotating disk", "vda")
    assert kind("/over") == ("unknown", "")
    assert kind("/fastest") == ("SSD", "sda")


def test_writes_are_tried_and_nothing_stays(tmp_path):
    found = probe_storage(tmp_path)
    assert found.syncs_per_s is not None
    assert found.syncs_per_s > 0
    assert "synced writes a second" in found.describe()
    assert list(tmp_path.iterdir()) == []
    if Path("/dev/shm").is_dir():
        assert probe_storage(Path("/dev/shm"), measure=False).kind == "RAM disk"
    assert probe_storage(tmp_path / "gone").syncs_per_s is None


@pytest.mark.parametrize("filesystem", ["tmpfs", "ramfs"])
def test_a_ram_disk_needs_no_device(tmp_path, filesystem):
    root = machine(tmp_path, [f"1 0 0:9 / / rw - {filesystem} none rw"], {})
    assert probe_storage(Path("/"), root=root, measure=False).describe() == f"RAM disk ({filesystem})"
