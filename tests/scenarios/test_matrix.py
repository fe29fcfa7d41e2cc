"""The matrix of a scenario: its cells, what they are called, what they take over, and its mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_rustide_load.errors import ConfigError
from pytest_rustide_load.scenarios import load_scenarios, read_scenario_file, with_cells
from pytest_rustide_load.workload import Scenario

HEAD = "description: mine\noperations: {hover: 2/s}\nwarm_up: 1s\nduration: 20s\n"


def read(directory: Path, text: str, profile: str = "ci") -> Scenario:
    path = directory / "mine.scenario.yaml"
    path.write_text(HEAD + text)
    return read_scenario_file(path, path.name, profile)


def problems(directory: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as told:
        read(directory, text)
    return [str(problem) for problem in told.value.problems]


def test_every_combination_is_a_cell_the_last_axis_moving_fastest(tmp_path):
    whole = read(tmp_path, "matrix:\n  stress.cpu: [80%, 90%]\n  users: [1, 2, 3]\n")
    assert [cell.name for cell in whole.cells] == [
        "mine[80%-1]",
        "mine[80%-2]",
        "mine[80%-3]",
        "mine[90%-1]",
        "mine[90%-2]",
        "mine[90%-3]",
    ]
    assert [(cell.stress.cpu_ratio, cell.users) for cell in whole.cells][-1] == (0.9, 3)
    assert {cell.family for cell in whole.cells} == {"mine"}
    assert (whole.stress.cpu_ratio, whole.users, whole.family) == (0, 1, "")


def test_an_axis_may_name_what_each_of_its_values_changes(tmp_path):
    whole = read(
        tmp_path,
        "matrix:\n  speed:\n    calm: {operations: {hover: 1/s}, users: 2}\n"
        "    busy: {operations: {hover: 9/s}}\n  stress.memory: [10MB]\n",
    )
    calm, busy = whole.cells
    assert (calm.name, busy.name) == ("mine[calm-10MB]", "mine[busy-10MB]")
    assert (calm.patterns[0].rate_per_s.low, calm.users) == (1, 2)
    assert (busy.patterns[0].rate_per_s.low, busy.users, busy.stress.memory_bytes) == (9, 1, 10_000_000)


def test_a_suite_takes_every_value_once_for_a_short_look_and_every_cell_otherwise(tmp_path):
    text = "matrix:\n  stress.cpu: [80%, 90%]\n  users: [1, 2, 3]\n"
    assert [cell.name for cell in read(tmp_path, text, "smoke").in_suite] == [
        "mine[80%-1]",
        "mine[80%-3]",
        "mine[90%-2]",
    ]
    assert len(read(tmp_path, text).in_suite) == len(read(tmp_path, text, "full").in_suite) == 6
    assert len(read(tmp_path, text, "smoke").cells) == 6
    alone = read(tmp_path, "users: 2\n", "smoke")
    assert alone.in_suite == (alone,)


@pytest.mark.parametrize("profile", ["smoke", "ci"])
def test_every_value_of_a_built_in_matrix_is_in_its_suite(profile):
    for scenario in load_scenarios(profile).values():
        values = [cell.name.partition("[")[2].rstrip("]").split("-") for cell in scenario.cells]
        taken = [cell.name.partition("[")[2].rstrip("]").split("-") for cell in scenario.in_suite]
        if values:
            assert [set(axis) for axis in zip(*taken, strict=True)] == [
                set(axis) for axis in zip(*values, strict=True)
            ]


def test_profiles_make_of_a_cell_what_they_make_of_a_scenario(tmp_path):
    text = "profiles: {smoke: {duration: 3s}}\nmatrix: {duration: [10s, 40s]}\n"
    assert [cell.duration_s for cell in read(tmp_path, text).cells] == [10, 40]
    assert [cell.duration_s for cell in read(tmp_path, text, "smoke").cells] == [3, 3]


def test_who_extends_a_scenario_does_not_get_its_matrix(tmp_path):
    path = tmp_path / "mine.scenario.yaml"
    path.write_text("extends: cpu-contention\nstress: {cpu: 50%}\n")
    mine = read_scenario_file(path, path.name)
    assert (mine.cells, mine.stress.cpu_ratio) == ((), 0.5)


def test_mistakes_in_a_cell_are_told_once_with_their_lines(tmp_path):
    told = problems(
        tmp_path,
        "matrix:\n  stress.cpu: [80%, 900%]\n  stress.cpu_model: [multi_thread, manythreads]\n"
        "  speed: {calm: {hovr: 1}, fast: {name: other}}\n",
    )
    assert [line.split(":")[1] for line in told] == sorted(line.split(":")[1] for line in told)
    assert told == ["mine.scenario.yaml:8: a cell of a matrix cannot change the name of its scenario"]
    told = problems(
        tmp_path,
        "matrix:\n  stress.cpu: [80%, 900%]\n  stress.cpu_model: [multi_thread, manythreads]\n"
        "  speed: {calm: {hovr: 1}, fast: {users: 1}}\n",
    )
    assert [line.split(":")[1] for line in told] == ["6", "7", "8"]
    assert "cpu: '900%' is not a share of one" in told[0]
    assert "unknown 'manythreads': did you mean 'multi_thread'?" in told[1]
    assert "unknown key 'hovr' in a scenario" in told[2]


@pytest.mark.parametrize(
    ("matrix", "told"),
    [
        ("[80%]", "a matrix is a mapping of axes"),
        ("{}", "a matrix is a mapping of axes"),
        ("{stress.cpu: []}", "stress.cpu: give it a list of values"),
        ("{stress.cpu: 80%}", "stress.cpu: give it a list of values"),
        ("{stress.cpu: [80%, 80%]}", "stress.cpu: '80%' stands there twice"),
        ("{stress: [{cpu: 80%}]}", "is no name for a cell: write the axis as a mapping"),
        ("{stress.memory: [1 GB]}", "stress.memory: '1 GB' is no name for a cell"),
        ("{how: {fast: 3}}", "how: fast must be a mapping of what it changes"),
        ("{users: " + str(list(range(1, 1002))) + "}", "a matrix of 1,001 cells: at most 1,000"),
    ],
)
def test_what_is_no_matrix_is_told_with_its_line(tmp_path, matrix, told):
    [problem] = problems(tmp_path, f"matrix: {matrix}\n")
    assert problem.startswith("mine.scenario.yaml:5: ")
    assert told in problem


def test_the_documents_matrix_of_cpu_contention_is_whole():
    whole = load_scenarios()["cpu-contention"]
    assert len(whole.cells) == 3 * 3 * 2
    cell = with_cells([whole])["cpu-contention[95%-thread_pool-process_priority]"]
    assert cell.stress.cpu_ratio == 0.95
    assert (cell.stress.cpu_model, cell.stress.cpu_throttling) == ("thread_pool", "process_priority")
