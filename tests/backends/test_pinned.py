"""Backends on some cores only, from their first moment on."""

from __future__ import annotations

import asyncio
import os
import sys
import threading

import pytest

from pytest_rustide_load.backends import parse_backend_choice, resolve_launcher
from pytest_rustide_load.backends.pinned import PinnedLauncher, pinned

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="cores are chosen on Linux only")


def test_a_backend_sees_its_cores_only_and_we_keep_ours(tmp_path):
    mine = os.sched_getaffinity(0)
    core = max(mine)
    code = "import os, sys; sys.stderr.write(str(sorted(os.sched_getaffinity(0)))); sys.stdin.read()"
    inner = resolve_launcher(parse_backend_choice(f"cmd:{sys.executable} -c '{code}'"), environ=os.environ)
    launcher = PinnedLauncher(inner, frozenset({core}))
    assert (launcher.info, launcher.shares, launcher.details) == (inner.info, inner.shares, inner.details)

    async def run():
        process = await launcher.launch(tmp_path)
        assert os.sched_getaffinity(0) == mine
        try:
            async with asyncio.timeout(20):
                while not process.stderr_tail().endswith("]"):
                    await asyncio.sleep(0.01)
            return process.stderr_tail(), os.sched_getaffinity(process.backend_pid)
        finally:
            await process.stop(grace_s=0)

    assert asyncio.run(run()) == (f"[{core}]", {core})


def test_all_threads_of_this_process_are_moved_and_come_back():
    mine = os.sched_getaffinity(0)
    core = min(mine)
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    try:
        assert thread.native_id is not None
        with pinned(frozenset({core})):
            assert os.sched_getaffinity(0) == {core}
            assert os.sched_getaffinity(thread.native_id) == {core}
        assert os.sched_getaffinity(0) == mine
        assert os.sched_getaffinity(thread.native_id) == mine
    finally:
        done.set()
        thread.join()
