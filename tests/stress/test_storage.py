"""Places are what they are said to be, and nothing stays of what is put there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pytest_rustide_load.errors import ConfigError
from pytest_rustide_load.stress.child import StressRefused
from pytest_rustide_load.stress.storage import IoContention, PlacedDirectory, look_at, ram_directory
from pytest_rustide_load.units import MB

pytestmark = pytest.mark.alone

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks /proc")

OWNER = """
import os, sys, time
from pathlib import Path
from pytest_rustide_load.stress.storage import PlacedDirectory
placed = PlacedDirectory(Path(sys.argv[1]))
print(placed.path, flush=True)
Path(placed.path, "file").write_text("x")
time.sleep(60)
"""


def gone(path: Path) -> bool:
    deadline = time.monotonic() + 20
    while path.exists():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@linux
def test_a_ram_disk_is_in_memory_and_a_directory_is_what_it_lies_on(tmp_path):
    try:
        place = ram_directory(0)
    except StressRefused as refused:
        pytest.skip(str(refused))
    assert place.in_memory
    assert place.describe() in ("tmpfs in memory", "ramfs in memory")
    assert look_at(Path("/proc")).filesystem == "proc"
    here = look_at(tmp_path)
    assert here.filesystem
    assert here.free_bytes > 0


@linux
def test_a_ram_disk_that_would_leave_too_little_is_refused_with_the_reason():
    with pytest.raises(StressRefused, match=r"would leave less than 1000000 GB|no RAM disk"):
        ram_directory(1000 * 10**12)


def test_a_directory_is_removed_with_what_is_in_it(tmp_path):
    with PlacedDirectory(tmp_path) as placed:
        (placed.path / "deep").mkdir()
        (placed.path / "deep" / "file").write_text("x")
    assert list(tmp_path.iterdir()) == []


def test_a_directory_is_removed_when_its_owner_is_killed(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        path = Path(owner.stdout.readline().strip())
        assert path.is_dir()
        owner.send_signal(signal.SIGKILL)
    assert gone(path)


def test_where_nothing_can_be_written_is_refused_with_the_reason(tmp_path):
    with pytest.raises(StressRefused, match="nothing can be written in"):
        PlacedDirectory(tmp_path / "missing")


def test_a_disk_is_kept_busy_within_one_file_that_has_no_name(tmp_path):
    with IoContention(tmp_path, 2 * MB).start() as stress:
        deadline = time.monotonic() + 20
        while stress.report().syncs < 3:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert list(tmp_path.iterdir()) == []
        if sys.platform.startswith("linux"):
            sizes = [
                os.stat(f"/proc/{stress.pid}/fd/{fd}").st_size
                for fd in os.listdir(f"/proc/{stress.pid}/fd")
                if str(tmp_path) in os.readlink(f"/proc/{stress.pid}/fd/{fd}")
            ]
            assert sizes
            assert max(sizes) <= 2 * MB
        final = stress.stop()
    assert final.written_bytes >= final.syncs * 16 * 64 * 1024 * 0.9
    assert final.bytes_per_s > 0
    assert final.place.path == tmp_path


def test_more_than_a_quarter_of_a_disk_is_not_taken(tmp_path):
    with pytest.raises(StressRefused, match="would take more than 25% of"):
        IoContention(tmp_path, 10**18).start()
    with pytest.raises(ConfigError):
        IoContention(tmp_path, 0)
