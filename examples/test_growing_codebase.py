"""The same developer on a small and on a larger codebase: what size costs, as an ordinary assertion.

pytest examples/test_growing_codebase.py -s
"""

import pytest


@pytest.mark.load_scenario("examples")
@pytest.mark.parametrize("loc", [2_000, 8_000])
def test_answers_stay_right_as_the_codebase_grows(rust_codebase, ide_backend, run_scenario, loc):
    backend = ide_backend(rust_codebase(loc=loc))
    result = run_scenario("individual-developer", backend=backend, duration_s=20)
    definition = result.operations["definition"]
    print(f"{loc} lines: definition p50 {definition.response_time.p50:.1f} ms")
    assert definition.error_stats.wrong == 0
    assert result.generator.dropped == 0
