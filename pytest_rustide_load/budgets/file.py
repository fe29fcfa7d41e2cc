"""budgets.yaml: limits for every scenario, and for single ones.

```yaml
defaults:
  p95_ms: {target: 100ms, warning: 150ms, violation: 200ms}   # every operation the user waits for
  rss_avg_mb: 400MB                                            # the backend
scenarios:
  individual-developer:
    completion:                                                # one operation
      p95_ms: 150ms
      regression_threshold: 10%                                # against a baseline
alerts:
  cpu_usage_high: 50%                                          # see `alerts`
```

The keys are those of the marker; durations and sizes name their unit. Takes text; knows nothing of
where it lay or of pytest.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from pytest_rustide_load.budgets.alerts import DEFAULT_ALERTS, AlertRules, read_alerts
from pytest_rustide_load.budgets.budget import Budget, Level, merge_budgets
from pytest_rustide_load.budgets.gates import GATE_KEYS, MEMORY, Gates, GateSection, parse_gate
from pytest_rustide_load.budgets.metrics import METRICS
from pytest_rustide_load.budgets.parse import parse_limit, unknown_key
from pytest_rustide_load.errors import ConfigError, Problem, did_you_mean
from pytest_rustide_load.stats.alerts import AlertRule
from pytest_rustide_load.yamltree import Node, parse_yaml

__all__ = ["SECTIONS", "BudgetFile", "parse_budgets"]

SECTIONS = ("defaults", "scenarios", "alerts")
# In a scenario, beside its limits.
_ALERTS = "alerts"


@dataclass(frozen=True, slots=True)
class BudgetFile:
    """The budgets of one file, what it says of regressions, and at which figures it wants somebody told."""

    defaults: tuple[Budget, ...] = ()
    scenarios: Mapping[str, tuple[Budget, ...]] = field(default_factory=dict)
    gates: Gates = field(default_factory=Gates)
    alerts: AlertRules = field(default_factory=lambda: DEFAULT_ALERTS)
    scenario_alerts: Mapping[str, AlertRules] = field(default_factory=dict)

    def for_scenario(self, name: str, family: str = "") -> tuple[Budget, ...]:
        """What a run of the scenario has to keep: its own budgets over those of the family whose matrix it is
        a cell of, and these over the defaults."""
        shared = merge_budgets(self.scenarios.get(family, ()), self.defaults)
        return merge_budgets(self.scenarios.get(name, ()), shared)

    def alerts_for(self, name: str, family: str = "") -> tuple[AlertRule, ...]:
        """The rules that a run of the scenario is watched by: its own, else those of its family, else the
        file's."""
        of_family = self.scenario_alerts.get(family, self.alerts)
        return tuple(self.scenario_alerts.get(name, of_family).values())


def parse_budgets(
    text: str, source: str, *, operations: Collection[str], scenarios: Collection[str]
) -> BudgetFile:
    """The budgets in `text`, which came from `source`. Raises ConfigError with every problem and its
    line; names are checked against `operations` and `scenarios`."""
    reader = _Reader(source, operations)
    root = parse_yaml(text, source)
    defaults: tuple[Budget, ...] = ()
    found: dict[str, tuple[Budget, ...]] = {}
    alerts = DEFAULT_ALERTS
    of_scenarios: dict[str, AlertRules] = {}
    section_of_alerts = root.get(_ALERTS)
    if section_of_alerts is not None:
        alerts = read_alerts(section_of_alerts, alerts, reader.complain)
    for name, line, node in reader.entries(root, "the file"):
        if name == "defaults":
            defaults = reader.limits(node, Level.DEFAULT, None)
        elif name == "scenarios":
            for scenario, scenario_line, section in reader.entries(node, "scenarios"):
                if scenario not in scenarios:
                    hint = did_you_mean(scenario, scenarios)
                    reader.complain(scenario_line, f"unknown scenario {scenario!r}: {hint}")
                found[scenario] = reader.limits(section, Level.SCENARIO, scenario)
                own = section.get(_ALERTS)
                if own is not None:
                    of_scenarios[scenario] = read_alerts(own, alerts, reader.complain)
        elif name != _ALERTS:
            reader.complain(line, unknown_key(name, SECTIONS))
    if reader.problems:
        raise ConfigError(sorted(reader.problems, key=lambda problem: problem.line or 0))
    return BudgetFile(defaults, found, Gates(reader.gates), alerts, of_scenarios)


class _Reader:
    """Walks the tree and collects what is wrong with it."""

    def __init__(self, source: str, operations: Collection[str]) -> None:
        self.source = source
        self.operations = operations
        self.problems: list[Problem] = []
        self.gates: dict[tuple[str | None, str | None], GateSection] = {}

    def complain(self, line: int, message: str) -> None:
        self.problems.append(Problem(message, self.source, line))

    def entries(self, node: Node, what: str) -> list[tuple[str, int, Node]]:
        """The entries of a mapping: name, its line, value. An empty one has none; anything else is a
        problem."""
        if node.content is None:
            return []
        if not node.is_mapping:
            self.complain(node.line, f"{what} must be a mapping, not {node.value!r}")
            return []
        return [(key, node.key_line(key), child) for key, child in node.items()]

    def limits(self, node: Node, level: Level, scenario: str | None) -> tuple[Budget, ...]:
        """The budgets of one section: limits by key, and operations with limits of their own."""
        budgets: list[Budget] = []
        for key, line, child in self._gated(node, scenario, None):
            if key in self.operations:
                for inner, inner_line, limit in self._gated(child, scenario, key):
                    budgets += self._limit(inner, inner_line, limit, key, scenario)
            elif key == MEMORY:
                for inner, inner_line, _ in self._gated(child, scenario, key):
                    self.complain(inner_line, unknown_key(inner, GATE_KEYS))
            elif key in METRICS:
                budgets += self._limit(key, line, child, None, scenario)
            elif key != _ALERTS or scenario is None:
                known = [*METRICS, *GATE_KEYS, MEMORY, *self.operations, *([_ALERTS] if scenario else [])]
                self.complain(line, unknown_key(key, known))
        return tuple(replace(budget, level=level, scenario=scenario) for budget in budgets)

    def _gated(self, node: Node, scenario: str | None, operation: str | None) -> list[tuple[str, int, Node]]:
        """The entries of a section but for what they say of regressions, which is noted."""
        entries = self.entries(node, operation or scenario or "defaults")
        mine = [entry for entry in entries if entry[0] in GATE_KEYS]
        if mine:
            self.gates[scenario, operation] = parse_gate(mine, operation, self.complain)
        return [entry for entry in entries if entry[0] not in GATE_KEYS]

    def _limit(
        self, key: str, line: int, node: Node, operation: str | None, scenario: str | None
    ) -> list[Budget]:
        """One budget, or none after complaining. Null in a scenario takes a default away."""
        metric = METRICS.get(key)
        if metric is None:
            self.complain(line, unknown_key(key, [*METRICS, *GATE_KEYS]))
            return []
        if metric.of_backend and operation is not None:
            self.complain(line, f"{key} bounds the whole backend: it stands beside operations, not in one")
            return []
        if node.content is None and scenario is not None:
            return [Budget(key, math.inf, operation=operation, source=f"{self.source}:{line}")]
        limits = node.items() if node.is_mapping else [("violation", node)]
        budget = parse_limit(
            metric,
            [(grade, child.value) for grade, child in limits],
            unit_required=True,
            complain=lambda message, grade: self.complain(node.key_lines.get(grade, line), message),
        )
        if budget is None:
            return []
        return [replace(budget, operation=operation, source=f"{self.source}:{line}")]
