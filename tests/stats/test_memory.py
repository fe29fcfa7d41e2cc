"""What memory did over a run: its parts, its slope, and when that is called growth."""

from __future__ import annotations

import pytest

from pytest_rustide_load.stats.memory import summarise_memory
from pytest_rustide_load.stats.record import PartOfRun, ResourceSample

S = 1_000_000_000
MB = 1_000_000
PARTS = (PartOfRun("work", 1.0, 0.75), PartOfRun("idle", 1.0, 0.25))


def _samples(sizes, pss=()):
    """Four looks a second."""
    return [
        ResourceSample(
            at_ns=number * S // 4,
            rss_bytes=round(size * MB),
            cpu_ns=0,
            process_count=1,
            thread_count=1,
            generator_cpu_ns=0,
            generator_rss_bytes=0,
            pss_bytes=dict(pss).get(number),
        )
        for number, size in enumerate(sizes)
    ]


def test_a_leak_has_the_slope_it_has_and_what_comes_back_is_seen():
    # 60 s of work at 1.5 MB/s with a saw's teeth of 2 MB, and 20 s of which the first gives 30 MB back.
    work = [100 + 1.5 * number / 4 + (number % 3) for number in range(240)]
    idle = [work[-1] - min(30, number * 8) for number in range(81)]
    found = summarise_memory(_samples(work + idle), PARTS, 0, 80 * S)
    assert found is not None
    busy, rest = found.parts
    assert (busy.name, rest.name) == ("work", "idle")
    assert busy.grows
    assert busy.slope_bytes_per_s == pytest.approx(1.5 * MB, rel=0.1)
    assert not rest.grows
    assert rest.end_bytes == pytest.approx((work[-1] - 30) * MB, rel=0.01)
    assert found.baseline_bytes == 100 * MB


def test_what_goes_up_and_down_does_not_grow():
    sizes = [100 + 10 * ((number // 20) % 2) + (number * 7 % 5) for number in range(400)]
    found = summarise_memory(_samples(sizes), (), 0, 100 * S)
    assert found is not None
    [whole] = found.parts
    assert whole.name == ""
    assert not whole.grows
    assert whole.peak_bytes == max(sizes) * MB


def test_shared_pages_are_averaged_over_the_looks_that_told_them():
    found = summarise_memory(_samples([100] * 40, {4: 40, 8: 60, 39: 90}), (), 0, 9 * S)
    assert found is not None
    assert (found.pss_avg_bytes, found.pss_peak_bytes) == (50, 60)


def test_without_looks_nothing_is_known():
    assert summarise_memory([], (), 0, S) is None
    found = summarise_memory(_samples([100, 100]), (), 0, S)
    assert found is not None
    assert found.pss_avg_bytes is found.pss_peak_bytes is None
    assert found.parts[0].slope_bytes_per_s is None
