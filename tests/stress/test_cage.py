"""A limit on memory: what goes beyond it fails or ends, it is lifted again, and no control group stays."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_rustide_load.errors import ConfigError
from pytest_rustide_load.stress.cage import MemoryCage, MemoryLimit
from pytest_rustide_load.stress.programs.cage import _Cage, _course
from pytest_rustide_load.units import MB

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits are Linux's"),
    pytest.mark.alone,
]

# Takes as many bytes as it is told, keeps them, and says what became of it.
TAKER = """
import sys
kept = []
print("ready", flush=True)
for line in sys.stdin:
    try:
        kept.append(bytearray(b"x") * int(line))
        print("got", flush=True)
    except MemoryError:
        print("failed", flush=True)
"""


class Taker:
    def __init__(self) -> None:
        self.popen = subprocess.Popen(
            [sys.executable, "-c", TAKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.read() == "ready"

    def read(self) -> str:
        assert self.popen.stdout is not None
        return self.popen.stdout.readline().strip()

    def take(self, size: int) -> str:
        """`got`, `failed`, or nothing where it was ended."""
        assert self.popen.stdin is not None
        try:
            self.popen.stdin.write(f"{size}\n")
            self.popen.stdin.flush()
        except BrokenPipeError:
            return ""
        return self.read()


@pytest.fixture
def taker() -> Iterator[Taker]:
    taker = Taker()
    yield taker
    taker.popen.kill()
    taker.popen.wait()
    for stream in (taker.popen.stdin, taker.popen.stdout):
        assert stream is not None
        stream.close()


def groups() -> set[Path]:
    return {
        Path(above, name)
        for above, names, _ in os.walk("/sys/fs/cgroup")
        for name in names
        if name.startswith("rustide-load-")
    }


def until(cage: MemoryCage, limit: int | None) -> None:
    deadline = time.monotonic() + 20
    while cage.report().limit_bytes != limit:
        assert time.monotonic() < deadline, cage.report()
        cage.wait(0.1)


@pytest.mark.parametrize("mechanism", ["auto", "rlimit"])
def test_what_goes_beyond_the_limit_fails_or_ends_and_a_lifted_limit_is_none(mechanism, taker: Taker) -> None:
    before = groups()
    with MemoryCage(mechanism) as cage:
        cage.adopt(taker.popen.pid)
        cage.limit(MemoryLimit(200 * MB, "spike", ramp_s=3600))
        until(cage, 200 * MB)
        assert taker.take(50 * MB) == "got"
        cage.lift()
        until(cage, None)
        assert taker.take(300 * MB) == "got"
        cage.limit(MemoryLimit(200 * MB, "spike", ramp_s=3600))
        until(cage, 200 * MB)
        beyond = taker.take(100 * MB)
        report = cage.report()
        assert report.mechanism in ("cgroup v2", "cgroup v1", "RLIMIT_DATA")
        assert report.lowest_bytes == 200 * MB
        # One that grows fails; one that a group no longer holds is ended by the kernel.
        assert beyond == "failed" or taker.popen.wait(10) == -signal.SIGKILL
        if report.mechanism == "RLIMIT_DATA":
            assert mechanism == "rlimit" or report.reason
    assert groups() <= before


def test_a_group_counts_what_its_processes_hold_together(taker: Taker) -> None:
    with MemoryCage() as cage:
        if not cage.report().mechanism.startswith("cgroup"):
            pytest.skip(f"no control group may be made here: {cage.report().reason}")
        other = Taker()
        try:
            for one in (taker, other):
                cage.adopt(one.popen.pid)
            cage.limit(MemoryLimit(200 * MB, "spike", ramp_s=3600))
            until(cage, 200 * MB)
            assert taker.take(120 * MB) == "got"
            # Either may be the one that the kernel ends.
            other.take(120 * MB)
            deadline = time.monotonic() + 20
            while not cage.report().killed:
                assert time.monotonic() < deadline
                cage.wait(0.1)
            assert 100 * MB < (cage.report().peak_bytes or 0) <= 200 * MB
        finally:
            other.popen.kill()
            other.popen.wait()
            other.popen.stdin.close()  # type: ignore[union-attr]
            other.popen.stdout.close()  # type: ignore[union-attr]


def test_a_limit_goes_down_in_its_pattern() -> None:
    def course(pattern: str, count: int) -> list[tuple[float, int | None]]:
        found = _course(1000, 600, pattern, 4.0, 5)
        return [step for step, _ in zip(found, range(count), strict=False)]

    stepped = course("stepped", 100)
    assert stepped == [(0.0, 1080), (1.0, 960), (1.0, 840), (1.0, 720), (1.0, 600)]
    gradual = course("gradual", 100)
    assert len(gradual) == 50
    assert gradual[-1][1] == 600
    assert sum(pause for pause, _ in gradual) == pytest.approx(4.0)
    assert course("spike", 4) == [(0.0, 600), (4.0, None), (4.0, 600), (4.0, None)]
    # What is below the limit already is not limited further on the way.
    assert {limit for _, limit in _course(100, 600, "gradual", 4.0, 5)} == {600}


def test_who_has_the_number_of_one_that_ended_is_not_limited(taker: Taker) -> None:
    def limit() -> int:
        return resource.prlimit(taker.popen.pid, resource.RLIMIT_DATA)[0]

    cage, before = _Cage("rlimit"), limit()
    cage.adopt(taker.popen.pid)
    began = cage._adopted[taker.popen.pid]
    # As if the one that was adopted had begun at another time.
    cage._adopted[taker.popen.pid] = "1"
    cage.set_limit(500 * MB)
    assert limit() == before
    cage._adopted[taker.popen.pid] = began
    cage.set_limit(400 * MB)
    assert limit() == 400 * MB
    cage.close()
    assert limit() == before


def test_what_a_killed_keeper_left_is_removed_by_the_next(taker: Taker) -> None:
    before = groups()
    cage = MemoryCage()
    os.kill(cage.pid, signal.SIGKILL)
    cage.close()
    with MemoryCage():
        pass
    assert groups() <= before


@pytest.mark.parametrize("fields", [{"limit_bytes": 0}, {"pattern": "x"}, {"ramp_s": 0}, {"steps": 0}])
def test_what_cannot_be_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        MemoryLimit(**{"limit_bytes": MB, **fields})  # type: ignore[arg-type]
