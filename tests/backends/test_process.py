"""Backends as processes: started, crashed, stopped, and nothing left of them."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from pytest_rustide_load.backends import start_process
from pytest_rustide_load.errors import Crashed, StartFailed
from pytest_rustide_load.ports import BackendInfo


def test_bytes_go_out_and_come_back(start_odd, run):
    async def main():
        process, said = await start_odd("echo")
        message = bytes(range(256)) * 4096
        process.transport().write(message)
        process.transport().write(b"the end")
        await said.until(lambda: len(said.received) == len(message) + 7)
        assert bytes(said.received) == message + b"the end"
        assert process.exit_code is None
        await process.stop(grace_s=0)

    run(main)


def test_a_server_that_ends_with_its_input_is_given_the_grace(start_odd, run):
    async def main():
        process, said = await start_odd("echo")
        await process.stop(grace_s=10)
        assert process.exit_code == 0
        assert said.closed == ["closed by this side"]

    run(main)


def test_a_server_that_hears_sigterm_may_say_goodbye(start_odd, run):
    async def main():
        process, said = await start_odd("polite")
        await said.line()
        await process.stop(grace_s=0)
        assert process.exit_code == 7

    run(main)


def test_a_server_that_ignores_sigterm_is_killed(start_odd, family, run):
    async def main():
        process, said = await start_odd("stubborn")
        await said.line()
        await process.stop(grace_s=0)
        assert process.exit_code == -signal.SIGKILL
        assert family.alive() == []

    run(main)


def test_kill_ends_the_tree_without_waiting(start_odd, family, run):
    async def main():
        process, said = await start_odd("family")
        await said.line()
        process.kill()
        process.kill()
        assert family.gone_within(5)
        await process.stop(grace_s=0)

    run(main)


@pytest.mark.parametrize("how", ["stop", "leave"])
def test_children_that_left_the_session_die_with_the_backend(start_odd, family, run, how):
    async def main():
        process, said = await start_odd("family", how)
        await said.line()
        if how == "stop":
            # Supervisor, backend, child, child in its own session, orphan in its own session.
            assert len(family.alive()) == 5
        await process.stop(grace_s=0 if how == "stop" else 10)
        assert family.alive() == []
        assert process.exit_code == (-signal.SIGKILL if how == "stop" else 0)

    run(main)


def test_children_that_fork_faster_than_they_are_listed_die_too(start_odd, family, run):
    async def main():
        process, said = await start_odd("forking")
        await said.line()
        await said.until(lambda: process.backend_pid not in family.alive())
        await process.stop(grace_s=0)
        assert family.gone_within(5)

    run(main)


def test_stop_is_idempotent_and_may_run_twice_at_once(start_odd, run):
    async def main():
        process, said = await start_odd("polite")
        await said.line()
        await asyncio.gather(process.stop(grace_s=0), process.stop(grace_s=0))
        await process.stop(grace_s=0)
        assert process.exit_code == 7
        assert len(said.closed) == 1

    run(main)


def test_a_cancelled_stop_kills_at_once(start_odd, family, run):
    async def main():
        process, said = await start_odd("stubborn")
        await said.line()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(process.stop(grace_s=100), 0.05)
        assert family.gone_within(5)
        await process.stop(grace_s=0)

    run(main)


def test_a_crash_tells_signal_and_last_words(start_odd, run):
    async def main():
        process, said = await start_odd("die", str(int(signal.SIGSEGV)), "spoken")
        await said.until(lambda: process.exit_code is not None)
        error = process.end_error("answering")
        assert type(error) is Crashed
        assert error.exit_code == -signal.SIGSEGV
        assert error.stderr_tail == "it hurts\n"
        await process.stop(grace_s=0)
        assert process.stderr_tail() == "it hurts\n"

    run(main)


def test_an_end_before_the_first_word_is_a_failed_start(start_odd, run):
    async def main():
        process, said = await start_odd("leave", "3")
        assert process.end_error("x") is None or process.exit_code == 3
        await said.until(lambda: process.exit_code is not None)
        error = process.end_error("getting ready")
        assert type(error) is StartFailed
        assert error.exit_code == 3
        assert "not today" in str(error)
        await process.stop(grace_s=0)

    run(main)


def test_a_command_that_cannot_be_executed_is_a_failed_start(tmp_path, run):
    async def main():
        with pytest.raises(StartFailed, match=r"cannot start /no/such/server: No such file"):
            await start_process(BackendInfo("none", "", ("/no/such/server",)), os.environ, tmp_path)

    before = _open_descriptors()
    run(main)
    assert _open_descriptors() == before


def test_a_workspace_that_is_not_there_is_a_failed_start(tmp_path, run):
    async def main():
        with pytest.raises(StartFailed, match="cannot start"):
            await start_process(BackendInfo("cat", "", ("cat",)), os.environ, tmp_path / "no")

    before = _open_descriptors()
    run(main)
    assert _open_descriptors() == before


def test_a_flood_on_stderr_blocks_nobody_and_only_its_end_is_kept(start_odd, run):
    async def main():
        process, said = await start_odd("flood", "30000")
        # Nothing here reads meanwhile: the server gets its 30 MB out because the supervisor takes them.
        await said.line()
        await said.until(lambda: process.stderr_tail().endswith("the last word\n"))
        tail = process.stderr_tail()
        assert 60_000 < len(tail) <= 65_536
        assert set(tail.splitlines()[:-1]) == {"x" * 999}
        await process.stop(grace_s=0)
        assert process.stderr_tail() == tail

    run(main)


def test_lines_written_one_by_one_are_kept_in_order(start_odd, run):
    async def main():
        process, said = await start_odd("dribble", "20000")
        await said.line()
        await process.stop(grace_s=0)
        kept = [int(line) for line in process.stderr_tail().splitlines()]
        assert kept == list(range(kept[0], 20_000))
        assert len(kept) > 5_000

    run(main)


def test_the_backend_inherits_no_ignored_signals(tmp_path, run):
    async def main():
        command = ("grep", "SigIgn", "/proc/self/status")
        process = await start_process(BackendInfo("grep", "", command), os.environ, tmp_path)
        received, closed = bytearray(), asyncio.Event()
        process.transport().start(received.extend, lambda reason: closed.set())
        await closed.wait()
        assert received.split() == [b"SigIgn:", b"0" * 16]
        await process.stop(grace_s=0)

    run(main)


def test_many_start_at_once_and_end_at_once(start_odd, family, run):
    async def main():
        started = await asyncio.gather(*(start_odd("echo") for _ in range(8)))
        for number, (process, _) in enumerate(started):
            process.transport().write(b"%d\n" % number)
        lines = [await said.line() for _, said in started]
        assert lines == [str(number) for number in range(8)]
        assert len({process.backend_pid for process, _ in started}) == 8
        await asyncio.gather(*(process.stop(grace_s=0) for process, _ in started))
        assert family.alive() == []

    before = _open_descriptors()
    run(main)
    assert _open_descriptors() == before


def test_the_backend_leads_a_group_of_its_own(start_odd, run):
    async def main():
        process, said = await start_odd("polite")
        await said.line()
        assert os.getpgid(process.backend_pid) == process.backend_pid
        assert os.getsid(process.backend_pid) == process.pid != os.getsid(0)
        await process.stop(grace_s=0)

    run(main)


OWNER = """
    import asyncio, os, sys, time
    from pathlib import Path
    from pytest_rustide_load.backends import start_process
    from pytest_rustide_load.ports import BackendInfo

    async def main():
        process = await start_process(BackendInfo("odd", "", tuple(sys.argv[2:])), os.environ, Path.cwd())
        ready = asyncio.Event()
        process.transport().start(lambda data: ready.set(), print)
        await ready.wait()
        if sys.argv[1] == "forked" and os.fork() == 0:
            # Holds a copy of every descriptor of its parent.
            os.environ.clear()
            time.sleep(30)
        print("ready", flush=True)
        await asyncio.sleep(60)

    asyncio.run(main())
"""


@pytest.mark.parametrize("kind", ["alone", "forked"])
def test_sigkill_of_the_owner_leaves_nobody_behind(family, tmp_path, kind):
    odd = str(Path(__file__).with_name("servers") / "odd.py")
    owner = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(OWNER), kind, sys.executable, "-I", "-S", odd, "family"],
        env=family.environment,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert owner.stdout is not None
    try:
        assert owner.stdout.readline() == b"ready\n"
        backends = [pid for pid in family.alive() if os.getpgid(pid) != owner.pid]
        assert len(backends) == 5
        os.kill(owner.pid, signal.SIGKILL)
        started_s = time.monotonic()
        while set(backends) & set(family.alive()):
            assert time.monotonic() - started_s < 5
            time.sleep(0.01)
    finally:
        os.killpg(owner.pid, signal.SIGKILL)
        owner.wait()
        owner.stdout.close()


def test_sigkill_of_the_supervisor_takes_the_backend_along(start_odd, family, run):
    async def main():
        process, said = await start_odd("stubborn")
        await said.line()
        os.kill(process.pid, signal.SIGKILL)
        assert family.gone_within(5)
        await said.until(lambda: said.closed != [])
        await process.stop(grace_s=0)

    run(main)


def _open_descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))
