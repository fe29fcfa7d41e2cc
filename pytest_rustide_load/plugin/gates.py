"""What the command line and budgets.yaml say of the regressions of a scenario.

Knows nothing of runs.
"""

from __future__ import annotations

from collections.abc import Iterable

from pytest_rustide_load.budgets.gates import Gates
from pytest_rustide_load.plugin.settings import Settings
from pytest_rustide_load.stats.compare import GateRule, SeriesRules

__all__ = ["rules_of"]


def rules_of(
    settings: Settings, gates: Gates, scenario: str, series: Iterable[str], *, family: str = ""
) -> tuple[GateRule, SeriesRules]:
    """The rule for all series of `scenario`, perhaps a cell of the matrix of `family`, and what holds for
    single ones. A threshold on the command line stands for all; where nothing is critical, everything is."""
    rule = GateRule(threshold_ratio=settings.regression_threshold)
    names = {name: name.split()[0] for name in series}
    thresholds = {}
    if not settings.threshold_is_given:
        given = {
            name: gates.threshold_ratio(scenario, operation, family) for name, operation in names.items()
        }
        thresholds = {name: ratio for name, ratio in given.items() if ratio is not None}
    critical = {name for name, operation in names.items() if gates.is_critical(scenario, operation, family)}
    return rule, SeriesRules(thresholds, critical or None)
