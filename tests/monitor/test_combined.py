"""Several process trees counted as one."""

from __future__ import annotations

from dataclasses import replace

from pytest_rustide_load.monitor import CombinedProbe
from pytest_rustide_load.stats import ResourceSample

ONE = ResourceSample(
    at_ns=5,
    rss_bytes=100,
    cpu_ns=10,
    process_count=1,
    thread_count=4,
    generator_cpu_ns=7,
    generator_rss_bytes=50,
    pss_bytes=80,
    read_bytes=3,
    write_bytes=None,
    host_cpu_ratio=0.5,
)


class Fixed:
    def __init__(self, sample: ResourceSample) -> None:
        self._sample = sample
        self.closed = False

    def sample(self) -> ResourceSample:
        return self._sample

    def close(self) -> None:
        self.closed = True


def test_trees_are_added_and_the_generator_counts_once():
    second = replace(ONE, at_ns=9, rss_bytes=200, cpu_ns=1, thread_count=2, pss_bytes=None, read_bytes=4)
    parts = [Fixed(ONE), Fixed(second)]
    probe = CombinedProbe(parts)
    assert probe.sample() == replace(
        ONE, rss_bytes=300, cpu_ns=11, process_count=2, thread_count=6, pss_bytes=None, read_bytes=7
    )
    probe.close()
    assert all(part.closed for part in parts)


def test_what_is_shared_is_told_by_each_at_times_of_its_own():
    silent = replace(ONE, pss_bytes=None)
    first, second = Fixed(ONE), Fixed(silent)
    probe = CombinedProbe([first, second])
    assert probe.sample().pss_bytes is None
    first._sample, second._sample = silent, replace(ONE, pss_bytes=20, rss_bytes=300)
    # Now both are known, the first from before.
    assert probe.sample().pss_bytes == 100
    second._sample = silent
    assert probe.sample().pss_bytes is None
    assert probe.rss_peaks() == [100, 300]
