"""A backend with its workspace in memory: near and idle, then far away on a busy machine with little memory.

pytest examples/test_under_stress.py -s
"""

import pytest

from pytest_rustide_load import Scenario
from pytest_rustide_load.workload import OperationPattern, Range

ASKING = Scenario(
    name="asking",
    description="somebody looks around",
    patterns=(OperationPattern("hover", Range(10, 10)), OperationPattern("definition", Range(5, 5))),
    warm_up_s=0.5,
    duration_s=2,
)


@pytest.mark.load_scenario("examples")
@pytest.mark.budget(mean_ms=5_000)
@pytest.mark.storage("ram")
def test_what_distance_and_neighbours_cost(
    rust_codebase, ide_backend, run_scenario, cpu_contention, memory_pressure, network_profile
):
    backend = ide_backend(rust_codebase(loc=1_000))
    near = run_scenario(ASKING, backend=backend)
    with (
        network_profile("mobile_network", backend),
        memory_pressure(backend, limit="4GB", pattern="stepped", ramp="1s") as cage,
        cpu_contention(target="20%", model="single_thread") as burner,
    ):
        far = run_scenario(ASKING, backend=backend)
    print(f"{cage.report().mechanism}, {burner.report().achieved_ratio:.0%} of a core burnt")
    assert near.error_stats.wrong == far.error_stats.wrong == 0
    # A round trip of 150 ms, less its jitter at the very most.
    assert far.operations["hover"].response_time.p50 > near.operations["hover"].response_time.p50 + 50
