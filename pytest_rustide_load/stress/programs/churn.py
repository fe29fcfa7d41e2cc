"""Keeps a disk busy: `churn.py OWNER_PID OWNER_FD DIRECTORY BYTES`.

Writes blocks at random places of one file of BYTES, has every few of them put on the disk, and reads others
back from it. The file has no name from the moment it exists, so that nothing of it can stay behind. It says
`churning` first, and `moved WRITTEN READ SYNCS` several times a second. Standard library only.
"""

from __future__ import annotations

import contextlib
import os
import random
import sys
import tempfile
import time

from pytest_rustide_load.stress.programs.watch import die_with_owner

_BLOCK_BYTES = 64 * 1024
_BLOCKS_A_SYNC = 16
_SAY_S = 0.2


def _say(text: str) -> None:
    with contextlib.suppress(BlockingIOError):
        os.write(1, f"{text}\n".encode())


def main() -> None:
    die_with_owner(int(sys.argv[1]), int(sys.argv[2]))
    directory, size = sys.argv[3], int(sys.argv[4])
    try:
        with tempfile.TemporaryFile(dir=directory) as file:
            _churn(file.fileno(), max(1, size // _BLOCK_BYTES))
    except OSError as error:
        _say(f"failed {error.strerror}")


def _churn(fd: int, blocks: int) -> None:
    draws = random.Random(1)
    # Different in every block, or a clever file system keeps one of them.
    content = bytearray(draws.randbytes(_BLOCK_BYTES))
    _say("churning")
    written = read = syncs = 0
    next_s = time.monotonic()
    while True:
        for _ in range(_BLOCKS_A_SYNC):
            content[:8] = written.to_bytes(8, "little")
            written += os.pwrite(fd, content, draws.randrange(blocks) * _BLOCK_BYTES)
        os.fdatasync(fd)
        syncs += 1
        # What was put on the disk may leave memory, so that it is read from there.
        with contextlib.suppress(AttributeError, OSError):
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        for _ in range(_BLOCKS_A_SYNC // 4):
            read += len(os.pread(fd, _BLOCK_BYTES, draws.randrange(blocks) * _BLOCK_BYTES))
        if time.monotonic() >= next_s:
            _say(f"moved {written} {read} {syncs}")
            next_s = time.monotonic() + _SAY_S


if __name__ == "__main__":
    main()
