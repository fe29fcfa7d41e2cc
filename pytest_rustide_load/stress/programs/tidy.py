"""Removes a directory when its owner is gone: `tidy.py OWNER_PID OWNER_FD DIRECTORY`.

It says `watching` first. Somebody may still write there for a moment, as processes do that are being ended,
so it tries again for some seconds. Standard library only.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import sys
import time

from pytest_rustide_load.stress.programs.watch import watch_owner

_PATIENCE_S = 10.0


def main() -> None:
    watched = watch_owner(int(sys.argv[1]), int(sys.argv[2]))
    directory = sys.argv[3]
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.write(1, b"watching\n")
    select.select(watched, [], [])
    deadline_s = time.monotonic() + _PATIENCE_S
    while os.path.isdir(directory):
        shutil.rmtree(directory, ignore_errors=True)
        if time.monotonic() > deadline_s:
            break
        time.sleep(0.05)


if __name__ == "__main__":
    main()
