"""The figures of the requirement, as it was written: each stands in a scenario word for word, beside what
carries it out, or with a note that says why nothing does."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from importlib import resources
from typing import Any

import pytest
import yaml

from pytest_rustide_load.codebase import CodebaseSpec, generate_codebase
from pytest_rustide_load.codebase.spec import PROFILES
from pytest_rustide_load.engine.targets import choose_files
from pytest_rustide_load.errors import ConfigError
from pytest_rustide_load.scenarios import load_behaviors, load_scenarios, read_scenario_file
from pytest_rustide_load.workload import Figure, OperationPattern, Plan, UserBehavior, parse_scenario
from pytest_rustide_load.workload.networks import NETWORKS, parse_profile

# What is required, word for word, in "Core Load Testing Scenarios", "User Simulation Framework", "Stress
# Testing Scenarios", "Automated Recovery Testing" and "Vertical Scaling Analysis". Beside each figure is what
# the scenario's file, or the budgets, say at the places that carry it out.
INDIVIDUAL = {
    ("users", "1"): [1],
    ("duration", "2 hours"): ["40s"],
    ("peak_operations_per_second.completion_requests", "5-10"): ["5-10/s"],
    ("peak_operations_per_second.hover_requests", "10-20"): ["10-20/s"],
    ("peak_operations_per_second.definition_requests", "3-8"): ["3-8/s"],
    ("peak_operations_per_second.reference_requests", "1-3"): ["1-3/s"],
    ("file_operations.files_open_concurrently", "5-15"): ["5-15"],
    ("file_operations.average_file_size", "2-5KB"): ["2-5KB"],
    ("file_operations.modification_rate", "2-5 changes/minute"): ["2-5/min"],
    ("expected_performance.completion_latency", "<150ms P95"): [
        {"target": "100ms", "warning": "125ms", "violation": "150ms"}
    ],
    ("expected_performance.memory_usage", "<150MB average"): [
        {"target": "150MB", "warning": "800MB", "violation": "1GB"}
    ],
    ("expected_performance.cpu_usage", "<25% average"): ["25%"],
    ("expected_performance.response_time_degradation", "<2x baseline"): ["2x"],
}
TEAM = {
    (
        "primary_use_case",
        "Simulates 3-5 developers working simultaneously on a shared Rust codebase",
    ): [
        {"explorative-user": 1, "intensive-developer": 2, "code-reviewer": 1, "refactoring-specialist": 1},
    ],
    ("users", "5"): [
        {"explorative-user": 1, "intensive-developer": 2, "code-reviewer": 1, "refactoring-specialist": 1}
    ],
    ("duration", "4 hours"): ["60s"],
    # A session of sixteen minutes.
    ("concurrent_operations.file_openings", "15-30/session"): ["0.94-1.88/min"],
    # A fifth of it for each of the five.
    ("concurrent_operations.bulk_analysis", "3-5/minute"): ["0.6-1/min"],
    ("concurrent_operations.cross_references", "10-20/minute"): ["2-4/min"],
    ("concurrent_operations.range_formatting", "5-10/minute"): ["1-2/min"],
    ("shared_resources.common_libraries", "tracked in 50+ files"): ["team"],
    ("shared_resources.shared_components", "modified by multiple team members"): [2],
    (
        "stress_factors.cache_invalidation",
        "High frequency of cache invalidation due to team changes",
    ): ["0.4-0.6/min", "0.1-0.2/min", 2],
    ("stress_factors.memory_pressure", "Anchor memory usage patterns across users"): [],
    ("stress_factors.network_latency", "Simulate realistic network delays for remote development"): [
        "local_network"
    ],
}
LARGE = {
    ("primary_use_case", "compilers, large applications, or enterprise systems with 100k+ LOC"): ["large"],
    ("codebase_size", "100000-500000 LOC"): ["large"],
    ("file_count", "500-2000 files"): ["large"],
    ("analysis_operations.initial_scan", "5000-15000 operations"): ["50-50/s", "40-40/s", "40-40/s"],
    ("analysis_operations.incremental_updates", "100-500 operations/minute"): ["5-5/s"],
    ("analysis_operations.deep_analysis", "20-50 complex operations"): ["0.52-0.52/s", "0.2-0.2/s"],
    ("memory_profiles.baseline_allocation", "200-500MB"): [],
    ("memory_profiles.peak_allocation", "1-2GB"): ["2GB"],
    ("memory_profiles.working_set_size", "800MB-1.5GB"): [
        {"target": "800MB", "warning": "1.2GB", "violation": "1.5GB"}
    ],
    ("performance_challenges.scalability_boundaries", "Test memory and CPU scaling with codebase size"): [],
    ("performance_challenges.incremental_analysis", "Verify efficiency of incremental updates"): ["5-5/s"],
    (
        "performance_challenges.background_processing",
        "Monitor interference between foreground and background tasks",
    ): [True, {"edit": "5-5/s", "references": "0.52-0.52/s", "workspace_symbols": "0.2-0.2/s"}],
}
FAST = {
    ("operation_rate.total_operations_per_second", "20-50"): [
        {"edit": "10-14/s", "document_highlight": "8-12/s", "hover": "7-10/s"}
    ],
    ("operation_rate.edit_operations", "10-30/second"): ["10-14/s"],
    ("operation_rate.analysis_triggers", "5-15/second"): ["debounced"],
    ("operation_rate.ui_updates", "15-40/second"): ["8-12/s", "7-10/s"],
    ("edit_patterns.rapid_typing", "continuous character insertion"): [0.5, "regular"],
    ("edit_patterns.paste_operations", "medium code blocks (50-500 chars)"): [0.14],
    ("edit_patterns.delete_operations", "character-by-character deletion"): [0.16],
    ("edit_patterns.undo_redo", "frequent undo/redo operations"): [0.1, 0.06],
    ("timing_constraints.max_delay_between_ops", "100ms"): ["regular"],
    ("timing_constraints.analysis_debounce", "200ms window"): ["debounced"],
    ("timing_constraints.ui_feedback_required", "50ms target"): [
        {"target": "50ms", "warning": "150ms", "violation": "300ms"}
    ],
}
REFACTORING = {
    ("refactoring_scope.files_affected", "20-100 files"): ["20-100"],
    ("refactoring_scope.total_changes", "500-2000 individual edits"): ["2-2/min", "2-2/min", "1-2/s"],
    ("refactoring_scope.dependencies", "3-5 levels deep"): ["wide-refactor"],
    # A fifth of the time; the full profile takes the whole.
    ("operation_sequence.analysis", "30-90 seconds"): ["12s"],
    ("operation_sequence.modification", "2-5 minutes"): ["42s"],
    ("operation_sequence.validation", "1-3 minutes"): ["24s"],
    ("operation_sequence.follow_up_analysis", "30-60 seconds"): ["9s"],
}
MEMORY = {
    ("stress_profile.name", "memory_pressure_test"): ["individual-developer"],
    ("stress_profile.allocation_pattern", "gradual, stepped, spike"): [["gradual", "stepped", "spike"]],
    ("stress_profile.memory_limits", "256MB, 512MB, 1GB"): [["256MB", "512MB", "1GB"]],
    ("stress_profile.recovery_actions", "garbage_collection, cache_eviction, process_restart"): [
        ["garbage_collection", "cache_eviction", "process_restart"]
    ],
    ("validation_criteria.graceful_degradation", "true"): [],
    ("validation_criteria.data_preservation", "true"): [],
    ("validation_criteria.recovery_time", "<30 seconds"): [],
}
CPU = {
    ("stress_profile.name", "cpu_contention_test"): ["individual-developer"],
    ("stress_profile.cpu_utilization_targets", "80%, 90%, 95%"): [["80%", "90%", "95%"]],
    ("stress_profile.execution_model", "single_thread, multi_thread, thread_pool"): [
        ["single_thread", "multi_thread", "thread_pool"]
    ],
    ("stress_profile.throttling_mechanisms", "OS_scheduling, process_priority"): [
        ["os_scheduling", "process_priority"]
    ],
}
PROFILES_OF_NETWORKS = {
    "local_network": {"base_latency": "1ms", "jitterness": "0.5ms", "packet_loss": "0.01%"},
    "satellite_internet": {"base_latency": "800ms", "jitterness": "200ms", "packet_loss": "2%"},
    "mobile_network": {"base_latency": "150ms", "jitterness": "50ms", "bandwidth_limit": "50Mbps"},
}
NETWORK = {
    (f"{name}.{key}", stated): [name]
    for name, profile in PROFILES_OF_NETWORKS.items()
    for key, stated in profile.items()
}
RECOVERY = {
    ("automated_recovery_testing.process_restart", "Test restart time and state restoration"): [
        {"fault": {"kind": "kill"}},
        {"fault": {"kind": "crash"}},
        {"fault": {"kind": "stop", "duration": "3s"}},
        {"fault": {"kind": "hang"}, "restart": {"rule": "backoff", "watchdog": "3s"}},
    ],
    ("automated_recovery_testing.cache_recovery", "Verify cache robustness during interruptions"): [
        {"fault": {"kind": "cache_deleted"}},
        {"fault": {"kind": "cache_truncated"}},
        {"fault": {"kind": "cache_corrupted"}},
        {"fault": {"kind": "disk_full"}},
    ],
    ("automated_recovery_testing.connection_recovery", "Test network reconnection scenarios"): [
        {"fault": {"kind": "reset"}},
        {"fault": {"kind": "partition", "duration": "3s"}},
        {"fault": {"kind": "half_open"}, "restart": {"rule": "backoff", "watchdog": "3s"}},
        {"fault": {"kind": "reconnect_storm"}, "users": 3},
    ],
    ("recovery_time", "<30 seconds"): [{"target": "10s", "warning": "20s", "violation": "30s"}],
}
SCALING = {
    ("scaling_analysis.cpu_cores", "4, 8, 16, 32"): [[4, 8, 16, 32]],
    ("scaling_analysis.memory_capacity", "8GB, 16GB, 32GB, 64GB"): [["8GB", "16GB", "32GB", "64GB"]],
    ("scaling_analysis.storage_types", "SSD, NVMe, RAM_disk"): [["disk", "ram"]],
    ("scaling_factors.linear_threshold", "8 CPU cores"): [],
    ("scaling_factors.memory_saturation", "16GB RAM"): [],
    ("scaling_factors.io_bottleneck", "500 IOPS"): [],
}
REQUIRED = {
    "individual-developer": INDIVIDUAL,
    "small-team": TEAM,
    "large-codebase": LARGE,
    "high-frequency-editing": FAST,
    "multi-file-refactoring": REFACTORING,
    "memory-pressure": MEMORY,
    "cpu-contention": CPU,
    "network-latency": NETWORK,
    "recovery": RECOVERY,
    "vertical-scaling": SCALING,
}
KINDS = {
    "explorative-user": "Frequent navigation, minimal editing (think pair programming)",
    "intensive-developer": "High frequency editing and analysis (feature development)",
    "code-reviewer": "Heavy focus on reading, occasional targeted modifications",
    "refactoring-specialist": "Large-scale changes requiring careful validation",
}


def _yaml(package: str, name: str) -> Any:
    return yaml.safe_load(resources.files(package).joinpath(name).read_text(encoding="utf-8"))


def _at(tree: Any, path: str) -> Any:
    """What stands at a path; a list of stages is asked by their names, and an axis of a matrix may have
    points in its own. KeyError where nothing does."""
    if isinstance(tree, dict) and path in tree:
        return tree[path]
    key, _, rest = path.partition(".")
    tree = {one["name"]: one for one in tree}[key] if isinstance(tree, list) else tree[key]
    return _at(tree, rest) if rest else tree


@pytest.mark.parametrize("name", REQUIRED)
def test_every_figure_of_the_requirement_stands_word_for_word_beside_what_carries_it_out(name):
    tree = _yaml("pytest_rustide_load.scenarios", f"{name}.scenario.yaml")
    figures = load_scenarios()[name].figures
    # What is the requirement of the scenario it extends stands there.
    inherited = set(load_scenarios()[tree["extends"]].figures) if "extends" in tree else set()
    own = {key: one for key, one in figures.items() if key not in inherited}
    assert {(key, one.stated) for key, one in own.items()} == set(REQUIRED[name])
    tree["budgets"] = _yaml("pytest_rustide_load.budgets", "default_budgets.yaml")["scenarios"].get(name)
    for (key, stated), values in REQUIRED[name].items():
        figure = figures[key]
        found = [_at(tree, path) for path in figure.by]
        assert found == values, (key, stated)
        assert figure.by or figure.note, f"{key}: neither carried out nor said to be a statement"


def test_networks_are_what_was_stated():
    for name, stated in PROFILES_OF_NETWORKS.items():
        given = {"jitter" if key == "jitterness" else key: value for key, value in stated.items()}
        assert NETWORKS[name] == parse_profile(name, given)


@pytest.mark.parametrize("name", sorted(load_scenarios()))
def test_no_scenario_says_that_a_budget_stands_for_a_figure_which_it_has_not(name):
    budgets = _yaml("pytest_rustide_load.budgets", "default_budgets.yaml")
    own = {**budgets["defaults"], **(budgets["scenarios"].get(name.partition("[")[0]) or {})}
    for figure in load_scenarios()[name].figures.values():
        for path in figure.by:
            if path.startswith("budgets."):
                assert _at(own, path.removeprefix("budgets."))


def test_the_four_kinds_of_users_are_described_in_the_words_of_the_requirement():
    kinds = load_behaviors()
    assert {name: [one.stated for one in kind.figures.values()] for name, kind in kinds.items()} == {
        name: [words] for name, words in KINDS.items()
    }
    raw = _yaml("pytest_rustide_load.scenarios", "behaviors.yaml")
    for name, kind in kinds.items():
        for figure in kind.figures.values():
            assert all(_at(raw[name], path) for path in figure.by)
            assert figure.by


def test_behaviours_and_patterns_have_the_fields_of_the_requirement():
    assert {
        "operation_patterns",
        "timing_distributions",
        "error_probabilities",
        "environmental_factors",
    } <= {field.name for field in fields(UserBehavior)}
    pattern = OperationPattern.of("hover", frequency_per_minute=6, success_probability=0.9)
    assert (pattern.operation_type, pattern.success_probability) == ("hover", 0.9)
    assert (pattern.frequency_per_minute.low, pattern.duration_distribution) == (6, None)


def test_the_full_profile_takes_the_time_that_was_stated():
    full = load_scenarios("full")
    assert [full[name].duration_s / 3600 for name in ("individual-developer", "small-team")] == [2, 4]
    stages = {one.name: one.share * 435 for one in full["multi-file-refactoring"].stages}
    assert full["multi-file-refactoring"].duration_s == 435
    for name, (low, high) in {
        "analysis": (30, 90),
        "modification": (120, 300),
        "validation": (60, 180),
        "follow-up": (30, 60),
    }.items():
        assert low <= stages[name] <= high


@pytest.mark.parametrize("name", ["large-codebase", "enterprise-codebase"])
@pytest.mark.parametrize("profile", ["ci", "full"])
def test_a_large_codebase_is_scanned_updated_and_searched_as_often_as_was_stated(name, profile):
    scenario = load_scenarios(profile)[name]
    assert 100_000 <= PROFILES[str(scenario.codebase["profile"])]["loc"] <= 500_000
    assert 500 <= PROFILES[str(scenario.codebase["profile"])]["files"] <= 2_000
    plan = Plan(scenario, seed=42)
    stages: dict[str, Counter[str]] = {stage.name: Counter() for stage in scenario.stages}
    end_ns = plan.measure_start_ns + round(scenario.duration_s * 1e9)
    for arrival in plan:
        for number, stage in enumerate(scenario.stages):
            begin, until = scenario.window_ns(number, plan.measure_start_ns, end_ns)
            if begin <= arrival.intended_ns < until:
                stages[stage.name][arrival.operation] += 1
    background = stages["background"]
    minutes = scenario.stages[-1].share * scenario.duration_s / 60
    assert 5_000 <= stages["scan"].total() <= 15_000
    assert 100 <= background["edit"] / minutes <= 500
    assert 20 <= background["references"] + background["workspace_symbols"] <= 50


def test_a_team_has_its_shared_components_open_and_common_libraries_are_used_in_fifty_files():
    scenario = load_scenarios()["small-team"]
    codebase = generate_codebase(CodebaseSpec(seed=42, **scenario.codebase))
    shared: set[str] | None = None
    for user in range(scenario.users):
        own = scenario.of_user(user)
        files = set(choose_files(codebase, own.working_set, seed=42, user=user, shared=own.shared_files))
        assert "edit" in {pattern.operation for pattern in own.patterns}
        shared = files if shared is None else shared & files
    assert shared is not None
    assert len(shared) >= scenario.shared_files == 2
    assert all(codebase.oracle.edit_sites(path) for path in shared)
    users: dict[int, set[str]] = {}
    for landmark in codebase.oracle.landmarks(kind="type_use"):
        if codebase.oracle.declaration(landmark)[0].path in shared:
            users.setdefault(landmark.symbol, set()).add(landmark.path)
    assert max(map(len, users.values())) >= 50


def test_figures_are_texts_or_say_what_stands_for_them():
    text = """\
name: s
description: x
operations: {hover: 5/s}
figures:
  plain: as fast as may be
  rate: {stated: 5/second, by: operations.hover}
  group:
    two: {stated: both, by: [operations, users], note: in words}
"""
    assert parse_scenario(text, "s.yaml").figures == {
        "plain": Figure("as fast as may be"),
        "rate": Figure("5/second", ("operations.hover",)),
        "group.two": Figure("both", ("operations", "users"), "in words"),
    }


def test_mistakes_in_figures_are_told_with_their_lines(tmp_path):
    path = tmp_path / "mine.scenario.yaml"
    path.write_text(
        "extends: individual-developer\nfigures:\n  one: {stted: 5, by: users}\n  two: {stated: 3, by: [7]}\n"
    )
    with pytest.raises(ConfigError) as told:
        read_scenario_file(path, path.name)
    assert [str(problem) for problem in told.value.problems] == [
        "mine.scenario.yaml:3: unknown key 'stted' in the figure one: did you mean 'stated'?",
        "mine.scenario.yaml:3: the figure one has no text that was stated",
        "mine.scenario.yaml:4: by: 7 is not a text",
    ]
    path.write_text("extends: individual-developer\nfigures: [5, 6]\n")
    with pytest.raises(ConfigError, match=r"mine.scenario.yaml:2: figures must be a mapping"):
        read_scenario_file(path, path.name)
