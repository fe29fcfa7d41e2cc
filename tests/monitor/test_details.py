"""What threads tell: waiting, switching, faulting, holding files open; and what the machine tells."""

from __future__ import annotations

import os
import time

import psutil
import pytest

from pytest_rustide_load.monitor import HostProbe, TreeDetailsProbe

pytestmark = pytest.mark.alone


def test_threads_are_counted_by_state_and_descriptors_with_them(worker):
    process = worker("crowd", 3, 5)
    process.hear()
    details = TreeDetailsProbe({process.pid: False}, process.clock)
    deadline_s = time.monotonic() + 5
    while (sample := details.sample()).threads_sleeping != 7:
        assert time.monotonic() < deadline_s
    assert (sample.threads_running, sample.threads_blocked) == (0, 0)
    # Each has its three standard ones.
    assert sample.descriptors == 9


def test_switches_of_all_threads_are_counted(worker):
    process = worker("quarrel")
    process.hear()
    details = TreeDetailsProbe({process.pid: False}, process.clock)
    before = details.sample()
    process.tell()
    process.hear()
    after = details.sample()
    # 2000 times a byte there and a byte back, and whoever waits is switched out.
    assert before.voluntary_switches < 100
    assert 2000 < after.voluntary_switches - before.voluntary_switches < 8100
    assert after.run_delay_ns >= before.run_delay_ns


def test_what_ended_threads_did_is_kept(worker):
    process = worker("threads", 5, 40)
    details = TreeDetailsProbe({process.pid: False}, process.clock)
    for _ in range(5):
        process.tell()
        process.hear()
        # The thread that switched is there and waits to be told to end.
        seen = details.sample().voluntary_switches
        process.tell()
        process.hear()
        assert details.sample().voluntary_switches >= seen
    # Forty each, though never more than one of the five was there at a time.
    assert details.sample().voluntary_switches >= 5 * 40


def test_a_tree_can_be_added_and_a_root_be_looked_at_itself(worker):
    process = worker("crowd", 3, 5)
    process.hear()
    other = worker("crowd", 1, 2)
    other.hear()
    details = TreeDetailsProbe({process.pid: True}, process.clock)
    deadline_s = time.monotonic() + 5
    while details.sample().threads_sleeping != 8:
        assert time.monotonic() < deadline_s
    details.add(other.pid)
    while details.sample().threads_sleeping != 10:
        assert time.monotonic() < deadline_s


def test_a_tree_that_has_ended_keeps_its_counters(worker):
    process = worker("quarrel")
    process.hear()
    details = TreeDetailsProbe({process.pid: False}, process.clock)
    process.tell()
    process.hear()
    before = details.sample()
    process.close()
    after = details.sample()
    assert after.voluntary_switches >= before.voluntary_switches > 2000
    assert (after.descriptors, after.threads_sleeping) == (0, 0)


def test_the_machine_tells_its_memory_and_how_busy_it_is(worker):
    process = worker("cpu", 0.3)
    host = HostProbe(process.clock)
    first = host.sample()
    process.tell()
    process.hear()
    sample = host.sample()
    host.close()
    assert sample.memory_total_bytes == psutil.virtual_memory().total
    assert sample.memory_available_bytes == pytest.approx(psutil.virtual_memory().available, rel=0.05)
    assert sample.cpu_ratio is not None
    assert 0.5 / (os.cpu_count() or 1) < sample.cpu_ratio <= 1
    assert sample.at_ns > first.at_ns
    stalls = (sample.cpu_stall_ns, sample.memory_stall_ns, sample.io_stall_ns)
    if os.path.exists("/proc/pressure/cpu"):
        assert all(stall is not None and stall >= 0 for stall in stalls)
    else:
        assert stalls == (None, None, None)
