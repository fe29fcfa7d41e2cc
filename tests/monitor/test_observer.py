"""What is looked at in a thread of its own while a run goes on."""

from __future__ import annotations

import threading
import time

import pytest

from pytest_rustide_load.monitor import HostProbe, Observer, TreeDetailsProbe

pytestmark = pytest.mark.alone


def test_threads_are_looked_at_twice_a_second_and_the_machine_once(worker):
    process = worker("crowd", 2, 3)
    process.hear()
    third = threading.Event()
    seconds = []

    def second():
        seconds.append(process.clock.now_ns())
        if len(seconds) == 3:
            third.set()

    observer = Observer(
        process.clock,
        details=TreeDetailsProbe({process.pid: False}, process.clock),
        host=HostProbe(process.clock),
        each_second=second,
    )
    begun_ns = process.clock.now_ns()
    observer.start()
    assert third.wait(20)
    observer.stop()
    observer.stop()
    took_s = (process.clock.now_ns() - begun_ns) / 1e9
    assert observer.problem == ""
    # Never more often than that, whatever else the machine does; and a last look at the end.
    assert 3 <= len(observer.host) <= took_s + 2
    assert len(observer.host) <= len(observer.threads) <= 2 * took_s + 2
    assert observer.threads[-1].threads_sleeping == 4
    assert not any(thread.name == "rustide-load-observer" for thread in threading.enumerate())


def test_a_look_that_fails_ends_the_watch_and_is_told(worker):
    class Broken:
        def sample(self):
            raise OSError(24, "Too many open files")

    process = worker("cpu", 0)
    observer = Observer(process.clock, details=Broken(), host=None)
    observer.start()
    deadline_s = time.monotonic() + 5
    while not observer.problem:
        assert time.monotonic() < deadline_s
    observer.stop()
    assert "Too many open files" in observer.problem
