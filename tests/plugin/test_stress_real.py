"""A cell of each stress matrix on rust-analyzer, behind RUSTIDE_LOAD_THOROUGH=1; CI runs them by
themselves."""

from __future__ import annotations

import json
import os

import pytest

CELLS = (
    "network-latency[local_network]",
    "cpu-contention[80%-multi_thread-os_scheduling]",
    "memory-pressure[512MB-stepped-process_restart]",
)


@pytest.mark.real_backend
@pytest.mark.skipif(os.environ.get("RUSTIDE_LOAD_THOROUGH") != "1", reason="takes a minute")
def test_a_cell_of_each_matrix_says_what_was_achieved_and_loses_nothing(pytester, run_pytest):
    run_pytest(
        f"--load-scenario={','.join(CELLS)}",
        "--ide-backend=rust-analyzer",
        "--load-profile=smoke",
        "--load-json=out.json",
        timeout=600,
    )
    runs = json.loads((pytester.path / "out.json").read_text())["results"]
    assert [run["scenario_name"] for run in runs] == list(CELLS)
    for run in runs:
        assert run["stress"]
        assert run["ended"] == "complete"
        assert run["performance_stats"]["concurrency_safety"]["lost_edits"] == 0
    pressure = runs[-1]["pressure"]
    assert pressure["kind"] in ("restarted", "failed")
    assert pressure["data_preservation"]
