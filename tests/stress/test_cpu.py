"""Burners: what they achieve is measured, and they are gone with their owner."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from pytest_rustide_load.errors import ConfigError
from pytest_rustide_load.stress.cpu import CpuContention, usable_cores

pytestmark = pytest.mark.alone


@pytest.mark.parametrize("model", ["single_thread", "multi_thread", "thread_pool"])
def test_a_burner_uses_about_what_was_asked_of_it_and_never_more(model: str) -> None:
    with CpuContention(0.5, model, cores=1).start() as stress:  # type: ignore[arg-type]
        time.sleep(1.2)
        report = stress.report()
    # Others may take a share on a busy machine; more than asked is never right.
    assert 0.1 < report.achieved_ratio < 0.56
    assert report.alive


def test_a_report_after_the_end_is_that_of_the_end_and_the_process_is_gone() -> None:
    stress = CpuContention(0.2, cores=1).start()
    final = stress.stop()
    assert stress.report() == final == stress.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(stress.pid, 0)


def test_a_burner_that_was_killed_is_not_reported_as_reached() -> None:
    with CpuContention(0.9, cores=1, tolerance_ratio=0.99).start() as stress:
        os.kill(stress.pid, 9)
        os.waitid(os.P_PID, stress.pid, os.WEXITED | os.WNOWAIT)
        report = stress.report()
    assert not report.alive
    assert not report.reached


def test_priority_makes_the_burner_the_lowest() -> None:
    with CpuContention(0.1, throttling="process_priority", cores=1).start() as stress:
        assert os.getpriority(os.PRIO_PROCESS, stress.pid) == 19
        group = Path(f"/proc/{stress.pid}/autogroup")
        if group.exists():
            assert group.read_text().split()[-1] == "19"


def test_one_core_is_left_unless_cores_are_named() -> None:
    assert CpuContention().threads == max(1, usable_cores() - 1)
    assert CpuContention(model="single_thread", cores=usable_cores()).threads == 1


@pytest.mark.parametrize(
    "fields",
    [{"target_ratio": 0}, {"target_ratio": 1.1}, {"model": "x"}, {"cores": 10_000}, {"throttling": "y"}],
)
def test_what_cannot_be_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        CpuContention(**fields)  # type: ignore[arg-type]
