"""The same questions on a small and on a larger codebase: what size costs, as an ordinary assertion.

pytest examples/test_growing_codebase.py -s
"""

import pytest

from pytest_rustide_load import Scenario
from pytest_rustide_load.workload import OperationPattern, Range

LOOKING_AROUND = Scenario(
    name="looking-around",
    description="somebody reads code",
    patterns=(OperationPattern("definition", Range(10, 10)), OperationPattern("hover", Range(10, 10))),
    warm_up_s=1,
    duration_s=6,
)


@pytest.mark.load_scenario("examples")
@pytest.mark.parametrize("loc", [2_000, 8_000])
def test_answers_stay_right_as_the_codebase_grows(rust_codebase, ide_backend, run_scenario, loc):
    result = run_scenario(LOOKING_AROUND, backend=ide_backend(rust_codebase(loc=loc)))
    definition = result.operations["definition"]
    print(f"{loc} lines: definition p50 {definition.response_time.p50:.1f} ms")
    assert definition.error_stats.wrong == 0
    assert result.generator.dropped == 0
