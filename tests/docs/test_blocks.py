"""Every block of code in README and docs is one: it parses, names what there is, and runs where it can. That
none escapes this is held by tests/test_documentation.py."""

from __future__ import annotations

import argparse
import configparser
import importlib.util
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from _pytest.config import get_config

from pytest_rustide_load.__main__ import COMMANDS
from pytest_rustide_load.budgets import parse_budgets
from pytest_rustide_load.codebase import CodebaseSpec, generate_codebase
from pytest_rustide_load.plugin import options as plugin_options
from pytest_rustide_load.plugin.ambient import Ambient
from pytest_rustide_load.scenarios import load_scenarios, load_suites, read_scenario_file
from pytest_rustide_load.workload import operation_names
from tests.browser.histories import write_history
from tests.docs.blocks import KINDS, ROOT, Block, command_lines, find_blocks

BLOCKS = find_blocks()
BY_KIND = {kind: [block for block in BLOCKS if block.kind == kind] for kind in KINDS}
NAMES = {*load_scenarios(), *load_suites()}
# What is not run here, and why. It is parsed and held against the real options all the same, and load is
# collected.
NOT_RUN = {
    r"^pytest .*--load-tx=": "starts processes, or asks other hosts: tests/plugin/test_agents*.py do",
    r"^pytest .*-n auto$": "is this suite",
    r"^pytest .*(recovery|contention)": "needs a backend to be hard on: tests/plugin/test_recovery.py",
    r"^pytest .*-scenario=(standard|full)": "is so in parts; the others are run by their names",
    r"^pytest .*--load-scale=": "confines processes to cores: tests/plugin/test_scaling.py does",
    r"^pytest .*vertical-scaling": "as above",
    r"^pytest .*--load-live": "serves, and its figures are those of requests: tests/plugin/test_live.py does",
    r"^pytest .*enterprise-codebase": "writes half a million lines",
    r"^pytest .*--benchmark-compare": "needs files of before: tests/plugin/test_benchmark.py makes them",
    r"^pytest-benchmark ": "as above",
    r"^python -m pytest_rustide_load selftest": "takes half a minute: tests/cli/test_selftest.py runs it",
    r"^python -m pytest_rustide_load codebase .*--profile large": "as that of small-project, which is run",
    r"^python -m pytest_rustide_load.reference_server": "serves until it is ended: tests/reference_server",
    r"^python3? tests/": "measures for minutes, by hand",
    r"^python -m pytest -s tests/real": "takes minutes, by hand",
    r"^(\.venv/bin/)?pip install|^python3 -m venv|^\. \.venv": "tests/plugin/test_tutorial.py does",
    r"^git ": "is git's",
}


def ids(blocks: list[Block]) -> list[str]:
    return [block.name for block in blocks]


@pytest.mark.parametrize("block", BY_KIND["yaml"], ids=ids(BY_KIND["yaml"]))
def test_yaml_is_read_by_what_reads_it(block, tmp_path):
    document = yaml.safe_load(block.text)
    if block.page == "docs/ci.md":
        # tests/test_workflows.py looks closer.
        assert "jobs" in document or "script" in document["performance"]
    elif set(document) <= {"defaults", "scenarios", "alerts"}:
        names = (*load_scenarios(), *(Path(one.file).name.split(".")[0] for one in BLOCKS if one.file))
        found = parse_budgets(block.text, block.name, operations=operation_names(), scenarios=names)
        assert found is not None
    elif all(isinstance(one, dict) and "base_latency" in one for one in document.values()):
        (tmp_path / "networks.yaml").write_text(block.text)
        assert set(document) <= set(Ambient(tmp_path).networks)
    else:
        path = tmp_path / "shown.scenario.yaml"
        path.write_text(block.text)
        assert read_scenario_file(path, path.name).name == "shown"


@pytest.mark.parametrize("block", BY_KIND["ini"], ids=ids(BY_KIND["ini"]))
def test_ini_keys_exist(block, everything):
    parser = configparser.ConfigParser()
    parser.read_string(block.text)
    assert {key for section in parser.sections() for key in parser[section]} <= set(everything._inidict)


@pytest.fixture(scope="module")
def everything() -> pytest.Parser:
    """What pytest understands with this plugin and those it works with."""
    config = get_config()
    config.pluginmanager.load_setuptools_entrypoints("pytest11")
    # The terminal that was kept for progress lines is none of ours.
    os.close(plugin_options._terminal_fds.pop())
    return config._parser


@pytest.mark.parametrize("block", BY_KIND["python"], ids=ids(BY_KIND["python"]))
def test_python_runs_or_is_a_test(block):
    tree = compile(block.text, block.name, "exec")
    if "def test_" not in block.text:
        exec(tree, {"__name__": "shown"})


def test_what_recovery_shows_is_an_example_that_runs():
    [block] = [one for one in BY_KIND["python"] if one.page == "docs/recovery.md"]
    example = (ROOT / "examples/test_recovery.py").read_text(encoding="utf-8")
    assert example.endswith(block.text)


# -- commands


SHELL = [(block, words) for block in BY_KIND["sh"] for words in command_lines(block)]


def without_variables(words: list[str]) -> list[str]:
    while re.match(r"^[A-Z_]+=", words[0]):
        words = words[1:]
    return [words[0].removeprefix(".venv/bin/"), *words[1:]]


def why_not_run(words: list[str]) -> str:
    line = " ".join(words)
    return next((why for pattern, why in NOT_RUN.items() if re.search(pattern, line)), "")


def test_what_is_not_run_is_in_the_documentation():
    lines = [" ".join(without_variables(words)) for _, words in SHELL]
    assert [pattern for pattern in NOT_RUN if not any(re.search(pattern, line) for line in lines)] == []


@pytest.mark.parametrize(
    ("block", "words"), SHELL, ids=[f"{block.name} {' '.join(words)[:60]}" for block, words in SHELL]
)
def test_what_people_type_is_understood(block, words, everything):
    words = without_variables(words)
    program, *arguments = words
    if program == "pytest":
        try:
            options = everything.parse(arguments)
        except pytest.UsageError as error:
            pytest.fail(f"{block.name}: {error}")
        selected = [name for text in options.load_scenario for name in text.split(",")]
        assert {name.partition("[")[0] for name in selected} <= NAMES | {"examples"}
    elif words[:3] == ["python", "-m", "pytest_rustide_load"]:
        assert words[3] in COMMANDS
        check_arguments(words[3], words[4:])
    elif words[:2] in (["python", "-m"], ["python", "-c"]):
        assert words[1] == "-c" or importlib.util.find_spec(words[2]) is not None
        if words[1] == "-c":
            exec(compile(words[2], block.name, "exec"), {})
    elif program in ("python", "python3"):
        assert words[1] == "-m" or (ROOT / words[1]).is_file(), words
    elif program == "pip":
        extras = set(re.findall(r"\[([a-z,]+)\]", words[-1]))
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        assert extras <= set(project["optional-dependencies"])
    else:
        assert program in {"pytest-benchmark", "git", ".", "mkdocs"}, words


def check_arguments(command: str, arguments: list[str]) -> None:
    """As its parser does, which ends the process where it does not understand. `> FILE` is the shell's, and
    what stands in brackets may be left out."""
    arguments = [word.strip("[]") for word in arguments]
    if ">" in arguments:
        arguments = arguments[: arguments.index(">")]
    parser = argparse.ArgumentParser(exit_on_error=False)
    importlib.import_module(f"pytest_rustide_load.cli.{command}").add_arguments(parser)
    parser.parse_args(arguments)


@pytest.fixture(scope="module")
def places(tmp_path_factory) -> dict[str, Path]:
    """A directory for each page, with the files it shows, backends of one's own, a project, and a history."""
    made: dict[str, Path] = {}
    history = tmp_path_factory.mktemp("history") / "history.sqlite3"
    write_history(history, name="small-team")
    write_history(history, name="individual-developer")
    project = tmp_path_factory.mktemp("project")
    codebase = generate_codebase(CodebaseSpec(seed=1, loc=1000))
    for name in codebase.paths:
        (project / "one" / name).parent.mkdir(parents=True, exist_ok=True)
        (project / "one" / name).write_text(codebase.text(name))
    for block, _ in SHELL:
        if block.page in made:
            continue
        place = made[block.page] = tmp_path_factory.mktemp("page")
        for one in BLOCKS:
            if one.page == block.page and one.file and one.file != "budgets.yaml":
                path = place / one.file
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(one.text)
        for name in ("target/release/my-server", "old/my-server", "old/rust-analyzer", "new/rust-analyzer"):
            server = place / name
            server.parent.mkdir(parents=True, exist_ok=True)
            server.write_text("#!/bin/sh\necho rust-analyzer 1.96.0\n")
            server.chmod(0o755)
        # What is drawn keeps no promise but this one; test_yaml_… reads those that are shown.
        (place / "budgets.yaml").write_text("defaults: {error_ratio: 5%}\n")
        (place / ".rustide-load").mkdir()
        (place / ".rustide-load/history.sqlite3").write_bytes(history.read_bytes())
        (place / "path/to").mkdir(parents=True)
        (place / "path/to/project").symlink_to(project / "one")
        (place / "path/PATH").symlink_to(project / "one")
        (place / "PATH").symlink_to(project / "one")
    return made


def test_what_people_type_runs(places, tmp_path):
    """Load is drawn and short; the rest is as always."""
    commands, names, seen = [], [], set()
    for block, typed in SHELL:
        words = without_variables(typed)
        again = (block.page, *words) in seen
        seen.add((block.page, *words))
        if again or words[:2] == ["python", "-c"]:
            continue
        if why_not_run(words):
            if words[0] != "pytest" or words[1:] == ["-n", "auto"]:
                continue
            words.append("--collect-only")
        target = ""
        if ">" in words:
            words, target = words[: words.index(">")], words[-1]
        if words[0] == "python":
            words = [word.replace("/tmp/demo", str(tmp_path / "demo")) for word in words]
        commands.append((str(places[block.page]), words, target))
        names.append(f"{block.name}: {' '.join(typed)}")
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PYTEST_ADDOPTS": f"{os.environ['PYTEST_ADDOPTS']} --load-profile=smoke --load-duration=40s -q "
        f"-o cache_dir={tmp_path / 'cache'}",
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.docs.session"],
        input=json.dumps(commands),
        env=environment,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
        timeout=300,
    )
    outcomes = json.loads(done.stdout)
    assert len(outcomes) == len(commands) > 30
    odd = []
    for name, outcome in zip(names, outcomes, strict=True):
        print(f"{outcome['took_s']:5.2f} s, exit status {outcome['status']}: {name}")
        # A limit of the budgets made here may be slack.
        expected = (0, 1) if name.endswith("--check") else (0,)
        if outcome["status"] not in expected or "Traceback" in outcome["output"]:
            odd.append(f"{name}: exit status {outcome['status']}\n{outcome['output'][-2000:]}")
    assert not odd, "\n\n".join(odd)
