"""What the probe says of processes that did a known amount of something."""

from __future__ import annotations

import os
import time

import pytest

from pytest_rustide_load.monitor import ProcessTreeProbe, procfs

pytestmark = pytest.mark.alone

MB = 1_000_000


def test_memory_is_within_three_percent(worker):
    process = worker("hold", 200)
    before = int(process.hear())
    assert process.probe.sample().rss_bytes == pytest.approx(before, rel=0.03, abs=MB)
    process.tell()
    after = int(process.hear())
    assert after - before >= 200 * MB
    assert process.probe.sample().rss_bytes == pytest.approx(after, rel=0.03)


def test_cpu_is_within_three_percent(worker):
    process = worker("cpu", 0.6)
    before = process.probe.sample()
    process.tell()
    burnt_s, samples = process.sample_until_heard()
    after = process.probe.sample()
    assert (after.cpu_ns - before.cpu_ns) / 1e9 == pytest.approx(float(burnt_s), rel=0.03, abs=0.02)
    growth = [sample.cpu_ns for sample in [before, *samples, after]]
    assert growth == sorted(growth)


def test_bytes_written_are_within_three_percent(worker, disk_path):
    process = worker("storage", 20, disk_path)
    before = process.probe.sample()
    process.tell()
    process.hear()
    after = process.probe.sample()
    assert after.write_bytes - before.write_bytes == pytest.approx(20 * MB, rel=0.03)


def test_children_of_three_hundred_milliseconds_are_seen_and_nothing_of_them_is_lost(worker, disk_path):
    process = worker("children", 5, 0.1, 0.3, disk_path)
    before = process.probe.sample()
    process.tell()
    used_s, samples = process.sample_until_heard()
    after = process.probe.sample()
    assert max(sample.process_count for sample in samples) == 2
    assert after.process_count == 1
    assert (after.cpu_ns - before.cpu_ns) / 1e9 == pytest.approx(float(used_s), rel=0.03, abs=0.03)
    assert after.write_bytes - before.write_bytes == pytest.approx(10 * MB, rel=0.03)
    totals = [(sample.cpu_ns, sample.write_bytes) for sample in [before, *samples, after]]
    assert totals == sorted(totals)


def test_children_never_seen_are_counted_through_the_parent_that_waited(worker, disk_path):
    process = worker("children", 30, 0.02, 0, disk_path)
    before = process.probe.sample()
    process.tell()
    used_s = float(process.hear())
    after = process.probe.sample()
    assert (after.cpu_ns - before.cpu_ns) / 1e9 == pytest.approx(used_s, rel=0.03, abs=0.03)
    assert after.write_bytes - before.write_bytes == pytest.approx(60 * MB, rel=0.03)


def test_what_a_child_used_is_kept_though_its_parent_never_waited(worker):
    process = worker("forgotten", 0.3)
    process.tell()
    heard, _ = process.sample_until_heard()
    assert heard == "burnt"
    before = sample_until_processes(process, 2)
    process.tell()
    assert process.hear() == "gone"
    after = process.probe.sample()
    assert after.process_count == before.process_count - 1
    assert after.cpu_ns >= before.cpu_ns >= 0.29e9


def test_calls_and_faults_are_counted_with_those_of_ended_children(worker, tmp_path):
    process = worker("children", 5, 0, 0, tmp_path / "file")
    before = process.probe.sample()
    process.tell()
    process.hear()
    after = process.probe.sample()
    # Two megabytes each in calls of one.
    assert 10 <= after.write_calls - before.write_calls <= 15
    assert after.read_calls - before.read_calls >= 1
    assert after.minor_faults - before.minor_faults > 100
    assert after.major_faults >= before.major_faults


def test_page_faults_are_counted(worker):
    process = worker("hold", 40)
    process.hear()
    before = process.probe.sample()
    process.tell()
    process.hear()
    pages = 40_000_000 / os.sysconf("SC_PAGE_SIZE")
    # Large pages may make it fewer, never more than one for each small page and some for the interpreter.
    assert 10 < process.probe.sample().minor_faults - before.minor_faults < pages * 1.1 + 500


def test_a_process_that_vanishes_in_mid_sample_counts_once(worker, disk_path, monkeypatch):
    # It lives long enough to be found: new processes are looked for twice a second.
    process = worker("children", 1, 0.2, 1.5, disk_path)
    before = process.probe.sample()
    process.tell()
    heard: list[str] = []
    read = procfs.ProcReader.read
    sample_until_processes(process, 2)
    child = process.probe.pids()[-1]
    parent = process.probe._readers[process.probe.pids()[0]]

    def read_and_let_the_child_end(reader):
        """The parent has been read, and before the child is, it ends and is waited for."""
        usage = read(reader)
        if reader is parent and not heard:
            heard.append(process.hear())
            assert not os.path.exists(f"/proc/{child}")
        return usage

    monkeypatch.setattr(procfs.ProcReader, "read", read_and_let_the_child_end)
    during = process.probe.sample()
    after = process.probe.sample()
    assert heard
    for sample in (during, after):
        assert (sample.cpu_ns - before.cpu_ns) / 1e9 == pytest.approx(float(heard[0]), rel=0.03, abs=0.03)
        assert sample.write_bytes - before.write_bytes == pytest.approx(2 * MB, rel=0.03)


def test_processes_and_threads_are_counted_without_the_one_on_top(worker):
    process = worker("crowd", 3, 5)
    process.hear()
    sample = sample_until_processes(process, 3)
    assert (sample.process_count, sample.thread_count) == (3, 7)
    assert process.pid not in process.probe.pids()


def test_a_tree_that_has_ended_holds_nothing_and_keeps_its_totals(worker):
    process = worker("cpu", 0.2)
    process.tell()
    process.hear()
    before = process.probe.sample()
    process.tell()
    process.process.wait()
    after = process.probe.sample()
    assert (after.rss_bytes, after.process_count, after.thread_count) == (0, 0, 0)
    assert after.cpu_ns >= before.cpu_ns > 0.19e9


def test_a_probe_of_nothing_reports_nothing(worker):
    process = worker("cpu", 0)
    process.close()
    probe = ProcessTreeProbe(process.pid, process.clock)
    sample = probe.sample()
    assert (sample.rss_bytes, sample.cpu_ns, sample.process_count) == (0, 0, 0)
    assert sample.generator_rss_bytes > MB
    probe.close()


def test_the_generator_and_the_host_are_watched_too(worker):
    process = worker("cpu", 1)
    first = process.probe.sample()
    process.tell()
    deadline_s = time.process_time() + 0.6
    while time.process_time() < deadline_s:
        pass
    sample = process.probe.sample()
    assert sample.generator_cpu_ns - first.generator_cpu_ns == pytest.approx(0.6e9, rel=0.05)
    assert sample.generator_rss_bytes == pytest.approx(process_rss(os.getpid()), rel=0.05)
    assert sample.host_cpu_ratio is not None
    assert 0.3 < sample.host_cpu_ratio * (os.cpu_count() or 1) <= (os.cpu_count() or 1)


def test_the_proportional_share_comes_rarely_and_is_no_more_than_the_whole(worker, monkeypatch):
    process = worker("hold", 50)
    process.hear()
    process.tell()
    process.hear()
    assert [process.probe.sample().pss_bytes for _ in range(5)] == [None] * 5
    later_ns = process.clock.now_ns() + 11 * 10**9
    monkeypatch.setattr(process.clock, "now_ns", lambda: later_ns)
    deadline_s = time.monotonic() + 5
    while (sample := process.probe.sample()).pss_bytes is None:
        assert time.monotonic() < deadline_s
    assert 50 * MB < sample.pss_bytes <= sample.rss_bytes * 1.01
    assert [process.probe.sample().pss_bytes for _ in range(5)] == [None] * 5


def test_closing_gives_back_every_descriptor(worker):
    process = worker("crowd", 4, 1)
    process.hear()
    before = len(os.listdir("/proc/self/fd"))
    probe = ProcessTreeProbe(process.pid, process.clock)
    assert len(os.listdir("/proc/self/fd")) > before
    probe.close()
    probe.close()
    assert len(os.listdir("/proc/self/fd")) == before


def test_without_proc_psutil_sees_the_same(worker, monkeypatch):
    process = worker("hold", 50)
    process.hear()
    process.tell()
    process.hear()
    exact = process.probe.sample()
    monkeypatch.setattr(procfs, "is_available", lambda: False)
    probe = ProcessTreeProbe(process.pid, process.clock)
    sample = probe.sample()
    assert sample.rss_bytes == pytest.approx(exact.rss_bytes, rel=0.01)
    assert (sample.process_count, sample.thread_count) == (1, 1)
    assert sample.read_bytes is sample.write_bytes is sample.host_cpu_ratio is sample.pss_bytes is None
    probe.close()


def test_descendants_are_found_without_the_kernels_list_of_children(worker):
    process = worker("crowd", 3, 1)
    process.hear()
    by_parent = procfs._descendants_by_parent(process.pid)
    assert len(by_parent) == 3
    assert sorted(by_parent) == sorted(procfs.descendants(process.pid))


def sample_until_processes(process, count):
    deadline_s = time.monotonic() + 5
    while (sample := process.probe.sample()).process_count != count:
        assert time.monotonic() < deadline_s
    return sample


def process_rss(pid: int) -> int:
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as rollup:
        return next(int(line.split()[1]) * 1024 for line in rollup if line.startswith("Rss:"))
