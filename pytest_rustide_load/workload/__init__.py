"""Who does what when: operations, scenarios and the plan of arrivals.

Pure: no clock, files, servers or pytest.
"""

from __future__ import annotations

from pytest_rustide_load.workload.adjust import adjust, parse_ramp
from pytest_rustide_load.workload.figures import Figure
from pytest_rustide_load.workload.operations import (
    JOINT_OPERATIONS,
    OPERATIONS,
    Operation,
    operation_names,
    waited_for,
)
from pytest_rustide_load.workload.parse import parse_behaviors, parse_scenario, parse_suites, read_scenario
from pytest_rustide_load.workload.plan import Arrival, Plan
from pytest_rustide_load.workload.reading import parse_rate
from pytest_rustide_load.workload.scenario import (
    EnvironmentConfig,
    ErrorRates,
    OperationPattern,
    Range,
    Scenario,
    StatisticalDistribution,
    TimingProfile,
    UserBehavior,
    WorkingSet,
)
from pytest_rustide_load.workload.shape import LoadShape
from pytest_rustide_load.workload.stress import Stress

__all__ = [
    "JOINT_OPERATIONS",
    "OPERATIONS",
    "Arrival",
    "EnvironmentConfig",
    "ErrorRates",
    "Figure",
    "LoadShape",
    "Operation",
    "OperationPattern",
    "Plan",
    "Range",
    "Scenario",
    "StatisticalDistribution",
    "Stress",
    "TimingProfile",
    "UserBehavior",
    "WorkingSet",
    "adjust",
    "operation_names",
    "parse_behaviors",
    "parse_ramp",
    "parse_rate",
    "parse_scenario",
    "parse_suites",
    "read_scenario",
    "waited_for",
]
