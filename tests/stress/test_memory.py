"""Memory held is really there, never more than the machine can spare, and limits really limit."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from pytest_rustide_load.errors import ConfigError
from pytest_rustide_load.stress.child import StressError
from pytest_rustide_load.stress.memory import MemoryPressure
from pytest_rustide_load.stress.programs.free import available_bytes
from pytest_rustide_load.units import MB

pytestmark = pytest.mark.alone

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
SIZE = 60 * MB
# What the interpreter of the process that holds takes later than at its first look.
OWN = 6 * MB


@linux
@pytest.mark.parametrize("pattern", ["gradual", "stepped", "spike"])
def test_what_is_asked_for_becomes_resident_and_no_more(pattern: str) -> None:
    with MemoryPressure(SIZE, pattern, ramp_s=0.5, steps=3).start() as stress:  # type: ignore[arg-type]
        report = stress.wait(20)
    assert report.reached
    assert not report.stopped
    assert SIZE * 0.99 <= report.peak_bytes < SIZE + OWN
    assert not stress.report().requested.refusal()


@linux
def test_a_ramp_takes_its_time_and_a_spike_does_not() -> None:
    took = {}
    for pattern in ("gradual", "spike"):
        with MemoryPressure(SIZE, pattern, ramp_s=1.0).start() as stress:  # type: ignore[arg-type]
            began = time.monotonic()
            assert stress.wait(20).reached
            took[pattern] = time.monotonic() - began
    assert took["gradual"] >= 0.9
    assert took["spike"] < took["gradual"]


@linux
def test_a_spike_lets_go_again() -> None:
    with MemoryPressure(SIZE, "spike", ramp_s=0.2).start() as stress:
        assert stress.wait(20).reached
        deadline = time.monotonic() + 20
        while stress.report().held_bytes > SIZE / 2:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert stress.report().peak_bytes >= SIZE * 0.99


@linux
def test_what_the_machine_cannot_spare_is_refused_with_the_reason() -> None:
    free = available_bytes()
    assert free is not None
    with pytest.raises(StressError, match="would leave less than"):
        MemoryPressure(free, "spike").start()


@pytest.mark.parametrize(
    ("line", "files", "left"),
    [
        ("0::/a/b", {"a/b/memory.max": "max", "a/memory.max": "900", "a/memory.current": "300"}, 600),
        ("4:memory:/a", {"memory/memory.limit_in_bytes": "700", "memory/memory.usage_in_bytes": "900"}, 0),
        ("2:cpu:/a", {"memory/memory.limit_in_bytes": "700", "memory/memory.usage_in_bytes": "600"}, 2048),
    ],
)
def test_what_control_groups_leave_counts(
    tmp_path: Path, line: str, files: dict[str, str], left: int
) -> None:
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text(f"{line}\n")
    (tmp_path / "proc/meminfo").write_text("MemTotal: 9 kB\nMemAvailable: 2 kB\n")
    for name, text in files.items():
        path = tmp_path / "sys/fs/cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n")
    assert available_bytes(tmp_path) == left


def test_a_system_that_does_not_say_has_no_answer(tmp_path: Path) -> None:
    assert available_bytes(tmp_path) is None


@pytest.mark.parametrize(
    "fields",
    [{"size_bytes": 0}, {"pattern": "x"}, {"ramp_s": 0}, {"steps": 0}, {"keep_free_bytes": -1}],
)
def test_what_cannot_be_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        MemoryPressure(**{"size_bytes": SIZE, **fields})  # type: ignore[arg-type]
