"""A load test in ten lines: one developer on a seeded codebase, with a budget on completion.

pytest examples/test_completion_budget.py
"""

import pytest


@pytest.mark.load_scenario("examples")
@pytest.mark.budget("completion", p95_ms=500, min_goodput_ratio=0.95)
def test_completion_stays_responsive(rust_codebase, ide_backend, run_scenario):
    codebase = rust_codebase(seed=42, loc=3_000)
    result = run_scenario("individual-developer", backend=ide_backend(codebase), duration_s=20)
    assert result.error_stats.wrong == 0
