"""A backend that is killed while somebody types: how soon is it right again?

pytest examples/test_recovery.py -s
"""

import pytest

from pytest_rustide_load import Scenario
from pytest_rustide_load.workload import OperationPattern, Range

TYPING = Scenario(
    name="typing",
    description="somebody types, and asks about what stands there",
    patterns=(
        OperationPattern("hover", Range(10, 10)),
        OperationPattern("definition", Range(5, 5)),
        OperationPattern("edit", Range(3, 3)),
    ),
    warm_up_s=0,
    duration_s=5,
)


@pytest.mark.load_scenario("examples")
@pytest.mark.recovery("vscode")
@pytest.mark.budget(mean_ms=60_000, error_ratio=1, min_goodput_ratio=0, first_correct_s=60)
def test_what_was_typed_is_there_after_a_kill(rust_codebase, ide_backend, run_scenario, backend_fault):
    backend = ide_backend(rust_codebase(loc=1_000))
    result = run_scenario(TYPING, backend=backend, fault=backend_fault("kill", at="2s", gate=False))
    assert result.recovery.restarts == 1
    safety = result.performance_stats.concurrency_safety
    assert safety.lost_edits == 0
    assert safety.documents_compared == safety.documents_edited > 0
    print(f"right again after {result.recovery.first_correct_s:.1f} s")
