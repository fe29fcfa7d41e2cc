"""What workers had measured when a session was interrupted, and what is not waited for."""

from __future__ import annotations

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from pytest_rustide_load.plugin import handover


@pytest.fixture
def configs(tmp_path):
    """Of a controller and of its worker gw0."""
    (tmp_path / "popen-gw0").mkdir()
    of = lambda path: SimpleNamespace(getbasetemp=lambda: path)  # noqa: E731
    worker = SimpleNamespace(_tmp_path_factory=of(tmp_path / "popen-gw0"), workerinput={"workerid": "gw0"})
    return SimpleNamespace(_tmp_path_factory=of(tmp_path)), worker


def test_what_a_worker_leaves_is_taken_once(configs, tmp_path):
    controller, worker = configs
    with handover.underway(worker):
        handover.leave(worker, {"scenario_name": "a"})
        handover.leave(worker, {"scenario_name": "b"})
    assert [one["scenario_name"] for one in handover.collect(controller)] == ["a", "b"]
    assert handover.collect(controller) == []
    assert [path.name for path in tmp_path.iterdir()] == ["popen-gw0"]


def test_a_worker_that_goes_on_is_ended_and_one_that_is_gone_is_not_waited_for(
    configs, tmp_path, monkeypatch
):
    controller, _ = configs
    monkeypatch.setattr(handover, "_ALONE_S", 0.0)
    monkeypatch.setattr(handover, "_PATIENCE_S", 30.0)
    goes_on = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    # This process is no child of its own: its number stands for one that somebody else has now.
    for worker, pid in (("gw0", goes_on.pid), ("gw1", os.getpid())):
        (tmp_path / f"rustide-load-run-{worker}").write_text(str(pid))
    (tmp_path / "rustide-load-run-gw2").write_text("")
    assert handover.collect(controller) == []
    assert goes_on.wait(timeout=10) != 0
