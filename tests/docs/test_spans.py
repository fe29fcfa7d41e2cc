"""What README and the pages name within their sentences is there: commands of other programs run, options are
known, scenarios and settings are read, and what is called exists. A piece of several words that is none of
these, and in no list here, fails."""

from __future__ import annotations

import functools
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from pytest_rustide_load.agents import parse_agent_specs
from pytest_rustide_load.backends.discover import find_rust_analyzer
from pytest_rustide_load.budgets import parse_budgets
from pytest_rustide_load.errors import ConfigError
from pytest_rustide_load.plugin.options import MARKERS
from pytest_rustide_load.scenarios import load_scenarios, read_scenario_file
from pytest_rustide_load.workload import operation_names
from pytest_rustide_load.workload.parse import SCENARIO_KEYS
from tests.docs.blocks import ROOT
from tests.docs.spans import find_spans, kind_of, python_names
from tests.docs.typed import BLOCKS, FORMS, TYPED

SPANS = find_spans()
# Nothing to type: what is printed, patterns, formulas, Rust, and names of several words.
WORDS = {
    *("3.76 ms late at p99", "17 passed, 1 failed", "figures on http://127.0.0.1:PORT", "late p99"),
    *("cpu of 1 core …: 80 % asked, 52.3 % achieved, NOT REACHED", '{"status": "ok"}', "measured time"),
    *("A × 57 µs", "A × (0.25 kB + 4 B × places)", "ln mean", "ln sigma", "cgroup v1", "cgroup v2"),
    *("field expr", "test fn", "type Item", "pub(crate)", "# yaml-language-server: $schema=FILE"),
    # What the requirement calls its own; its page says what to type instead.
    "cargo xtask load-test --scenario=critical-path",
    *("cargo xtask compare-baseline", "cargo xtask regression-check --threshold=5%"),
}
IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}


def of_kind(*kinds: str) -> list[str]:
    return [text for text in SPANS if kind_of(text) in kinds and text not in WORDS]


def test_every_piece_of_code_is_of_a_kind_that_is_looked_at():
    several = [text for text in of_kind("") if " " in text and " → " not in text]
    assert [text for text in several if text not in COMMANDS] == [], "run it, or say that it is none"
    # In ARCHITECTURE.md, which is not typed.
    typed = {one.line for one in TYPED} | {"python -m pytest_rustide_load"}
    ours = [" ".join(shlex.split(text)) for text in of_kind("ours") if " " in text]
    assert [text for text in ours if text not in typed and not FORMS.search(text)] == []


def test_what_is_listed_is_there():
    assert sorted({*WORDS, *COMMANDS} - set(SPANS)) == []


# -- commands of other programs


def run(text: str, cwd: Path | None = None) -> str:
    """What it prints; it has to end with 0."""
    done = subprocess.run(
        ["bash", "-ec", text], cwd=cwd, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, f"{text}: {done.stdout}{done.stderr}"
    return done.stdout


def lists_controllers(text: str, _: Path) -> None:
    # There where the second generation of control groups has any.
    [path] = text.split()[1:]
    if Path(path).exists():
        assert run(text)


def copies(text: str, place: Path) -> None:
    (place / "one/two").mkdir(parents=True)
    run(f"{text} one three", place)
    assert (place / "three/two").is_dir()


def pulls(text: str, place: Path) -> None:
    who = "GIT_{0}_NAME=me GIT_{0}_EMAIL=me@example.org"
    run(
        f"git init -q one && {who.format('AUTHOR')} {who.format('COMMITTER')} "
        "git -C one commit -q --allow-empty -m one && git clone -q one two",
        place,
    )
    run(text, place / "two")


def builds(text: str, place: Path) -> None:
    (place / "src").mkdir()
    (place / "src/lib.rs").write_text("pub fn one() -> u8 {\n    1\n}\n")
    (place / "Cargo.toml").write_text('[package]\nname = "one"\nversion = "0.1.0"\nedition = "2021"\n')
    run(f"CARGO_NET_OFFLINE=true {text}", place)


def counts(text: str, _: Path) -> None:
    run(f"{text} --cachegrind-out-file=/dev/null true")


def analyses(text: str, _: Path) -> None:
    program, command = text.split()
    found = find_rust_analyzer(os.environ).path
    assert found is not None
    assert re.search(rf"^ *{program} {command}\b", run(f"{found} --help"), re.MULTILINE)


def is_reached(text: str, _: Path) -> None:
    """Whom it would ask, without asking."""
    told = run(text.replace("ssh ", "ssh -G ", 1))
    assert {"user user", "hostname host"} <= set(told.splitlines())


COMMANDS: dict[str, Callable[[str, Path], None]] = {
    "cat /sys/fs/cgroup/cgroup.controllers": lists_controllers,
    "cargo check": builds,
    "cp -r": copies,
    "git pull": pulls,
    "rust-analyzer analysis-stats": analyses,
    "ssh user@host": is_reached,
    "valgrind --tool=cachegrind --cache-sim=no": counts,
}
# No load test needs it, and so CI has it only by chance.
RARE = {"valgrind"}


@pytest.mark.parametrize("text", COMMANDS)
def test_commands_of_other_programs_run(text, tmp_path):
    program = text.split()[0]
    here = (
        find_rust_analyzer(os.environ).path if program == "rust-analyzer" else shutil.which(program)
    ) is not None
    if not here and (program in RARE or not IN_CI):
        pytest.skip(f"there is no {program} here")
    COMMANDS[text](text, tmp_path)


def test_packages_of_recipes_are_known_to_apt():
    """Without installing anything."""
    text = "\n".join(block.text for block in BLOCKS if block.kind in {"yaml", "sh"})
    installs = re.findall(r"apt-get install [^&|;\n]+", text)
    assert installs
    if not shutil.which("apt-cache") or not run("apt-cache show cargo || true"):
        pytest.skip("there is no apt here, or it knows of no packages")
    for one in installs:
        run(one.replace("apt-get", "apt-get -s", 1))


# -- options, agents


def known_options(everything: pytest.Parser) -> set[str]:
    """Of pytest with this plugin, of its commands, of the embedded backend, and of the project's scripts."""
    pytests = {name for action in everything.optparser._actions for name in action.option_strings}
    folders = ("pytest_rustide_load/cli", "pytest_rustide_load/reference_server", "tests/perf", "tests/stats")
    sources = [path for folder in folders for path in (ROOT / folder).glob("**/*.py")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    return {*pytests, *re.findall(r'"(--?[a-z][a-z-]*)"', text)}


def test_options_are_those_of_a_program(everything):
    # Of pytest-xdist, which is told its own; of lsp-bench and pytest-benchmark.
    known = known_options(everything) | {"--verify"}
    used = [word for text in of_kind("options") for word in shlex.split(text)]
    names = [word.partition("=")[0] for word in used if word.startswith("-")]
    assert [name for name in names if name not in known] == []
    assert len(names) > 80


def test_agents_are_those_that_can_be_started():
    texts = of_kind("agents")
    assert len(parse_agent_specs(texts)) == len(texts) - 1 + 4


# -- scenarios and settings

BASE = {"extends": "individual-developer", "description": "shown"}
# Where a piece of a scenario stands, and what has to stand beside it.
CONTEXTS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "a scenario": lambda shown: shown,
    "a stage": lambda shown: {
        "stages": [{"name": "a", "duration": "5s"}, {"name": "b", "duration": "5s", **shown}]
    },
    "its operations": lambda shown: {"operations": shown},
    "one of them": lambda shown: {"operations": {"hover": {"rate": "1/s", **shown}}},
    "one that is waited for": lambda shown: {"operations": {"hover": shown}},
    **{key: functools.partial(lambda key, shown: {key: shown}, key) for key in sorted(SCENARIO_KEYS)},
    "a fault": lambda shown: {
        "fault": {"kind": "kill", "at": "10s", **shown},
        "profiles": {"smoke": {"duration": "60s"}},
    },
    "a knee": lambda shown: {"ramp": "1..8", "knee": shown},
    "a figure": lambda shown: {"figures": {"hover": shown} if "stated" in shown else 1},
}


def parses(shown: dict[str, Any], place: Path) -> Iterator[str]:
    """Where it is understood."""
    for name, context in CONTEXTS.items():
        # Any name may be that of a figure or a kind of user.
        if name in {"figures", "behaviors"}:
            continue
        path = place / "shown.scenario.yaml"
        path.write_text(yaml.safe_dump({**BASE, **context(shown)}), encoding="utf-8")
        try:
            read_scenario_file(path, path.name)
        except ConfigError:
            continue
        yield name
    for name, document in (("budgets", shown), ("a budget", {"defaults": shown})):
        try:
            parse_budgets(
                yaml.safe_dump(document), "f", operations=operation_names(), scenarios=load_scenarios()
            )
        except ConfigError:
            continue
        yield name


def test_pieces_of_scenarios_and_settings_are_understood_somewhere(tmp_path):
    shown = {text: yaml.safe_load(text.replace("NAME", "mobile_network")) for text in of_kind("yaml")}
    assert [text for text, value in shown.items() if next(parses(value, tmp_path), None) is None] == []
    assert len(shown) > 30
    for nothing in ({"nonsense": 1}, {"nonsense": {"hover": "1/s"}}, {"operations": {"hower": "1/s"}}):
        assert list(parses(nothing, tmp_path)) == []


# -- Python


def test_what_is_called_is_there():
    sources = "\n".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "pytest_rustide_load").glob("**/*.py")
    )
    marks = [re.split(r"\W", text)[0] for text in MARKERS]
    defined = {*marks, *re.findall(r"^ *(?:class|def) (\w+)", sources, re.MULTILINE)}
    called = {name.removeprefix("pytest.mark.") for text in of_kind("python") for name in python_names(text)}
    # A link is what the fixture gives.
    names = {part for name in called for part in name.split(".") if part != "link"}
    assert names - defined == set()
    assert len(names) > 10


def test_files_of_the_project_are_where_they_are_said_to_be():
    # In the folders that ARCHITECTURE.md speaks of.
    bases = [ROOT, *(ROOT / "pytest_rustide_load").glob("**/")]
    names = [text for text in SPANS if re.fullmatch(r"[\w./-]+\.py|tests/[\w./-]+", text)]
    lost = [name for name in names if not any((base / name).exists() for base in bases)]
    # A user's own.
    assert lost == ["test_editor.py"]
    assert len(names) > 40
