"""A disk that is full for one process: for that one really, for nobody else, and gone with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_rustide_load.stress.fulldisk import full_disk_command, full_disk_refusal

pytestmark = pytest.mark.alone

# Writes in the directory it is given, says what came of it and what is there, and stays.
WRITER = """
import errno, os, sys, time
os.chdir(sys.argv[1])
said = "written"
try:
    open("new", "wb", buffering=0).write(b"x")
except OSError as error:
    said = errno.errorcode[error.errno]
there = (*sorted(os.listdir()), os.readlink("deep/link"))
print(said, *there, os.statvfs(".").f_bavail, os.getuid(), flush=True)
time.sleep(600)
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    found = tmp_path / "cache"
    (found / "deep").mkdir(parents=True)
    (found / "deep" / "link").symlink_to("/nowhere")
    (found / "file").write_text("theirs")
    if refusal := full_disk_refusal(found):
        pytest.skip(f"no small file system may be mounted here: {refusal}")
    return found


@pytest.fixture
def writer(directory: Path) -> Iterator[subprocess.Popen[str]]:
    command = [*full_disk_command(directory), sys.executable, "-c", WRITER, str(directory)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def mounted(below: Path) -> list[int]:
    """The processes that see something mounted there."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                lines = (entry / "mountinfo").read_text().splitlines()
            except OSError:
                continue
            found += [int(entry.name) for line in lines if line.split()[4].startswith(str(below))]
    return found


def test_it_is_full_for_that_process_alone_and_goes_with_it(directory, writer):
    said = writer.stdout.readline().split()
    # Directories and links are there as before.
    assert said == ["ENOSPC", ".disk-is-full", "deep", "new", "/nowhere", "0", str(os.getuid())]
    assert mounted(directory) == [writer.pid]
    assert sorted(os.listdir(directory)) == ["deep", "file"]
    writer.send_signal(signal.SIGKILL)
    writer.wait(10)
    assert mounted(directory) == []
    assert (directory / "file").read_text() == "theirs"


def test_a_command_becomes_what_it_is_and_one_that_is_not_there_is_told(directory):
    command = [*full_disk_command(directory), "sh", "-c", "echo $$; grep SigIgn /proc/$$/status"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        pid, _, ignored = process.stdout.read().split()
    assert int(pid) == process.pid
    # Python ignores these for itself.
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        assert not int(ignored, 16) & 1 << (number - 1)
    command = [*full_disk_command(directory), "no-such-program"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (
        127,
        "cannot start no-such-program: No such file or directory\n",
    )


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere it is refused for another reason")
def test_why_it_cannot_be_had_is_told(tmp_path):
    assert full_disk_refusal(tmp_path / "missing") == "No such file or directory"
