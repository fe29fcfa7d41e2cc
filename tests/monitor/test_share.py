"""The share of a process in the time it was ready to run: all of it alone, less where others compete."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from pytest_rustide_load.monitor.share import RunShareProbe

pytestmark = [
    pytest.mark.skipif(not os.path.exists("/proc/self/schedstat"), reason="this kernel does not count it"),
    pytest.mark.alone,
]
SPIN = (
    "import os, sys\nos.sched_setaffinity(0, {int(sys.argv[1])})\nprint('go', flush=True)\nwhile True: pass"
)


def test_competitors_on_one_core_have_about_a_half_each():
    core = min(os.sched_getaffinity(0))
    spinners = [
        subprocess.Popen([sys.executable, "-c", SPIN, str(core)], stdout=subprocess.PIPE) for _ in range(2)
    ]
    try:
        for spinner in spinners:
            assert spinner.stdout is not None
            spinner.stdout.readline()
        probe = RunShareProbe([spinners[0].pid])
        deadline = time.monotonic() + 20
        while (share := probe.sample()).ran_ns + share.waited_ns < 1_000_000_000:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        for spinner in spinners:
            spinner.kill()
            spinner.wait()
            spinner.stdout.close()
    assert share.ratio is not None
    # At most a half is left beside an equal; on a busy machine less.
    assert 0 < share.ratio < 0.65


def test_one_that_never_wanted_to_run_has_no_share():
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        os.kill(sleeper.pid, 19)
        assert RunShareProbe([sleeper.pid]).sample().ratio is None
    finally:
        sleeper.kill()
        sleeper.wait()
