"""What `doctor` says of a machine: this one, and ones with gaps."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import stat
import sys

import pytest

from pytest_rustide_load.__main__ import main
from pytest_rustide_load.cli import doctor
from pytest_rustide_load.cli.checkup import Finding, State
from pytest_rustide_load.cli.checkup_machine import machine_findings
from pytest_rustide_load.cli.checkup_software import software_findings


def by_name(found: list[Finding]) -> dict[str, Finding]:
    return {one.name: one for one in found}


def test_this_machine_runs_load_tests_and_the_report_says_what_of_it_is_there(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["doctor", "--json"]) == 0
    found = {one["name"]: one for one in json.loads(capsys.readouterr().out)}
    assert found["embedded backend"]["state"] == "ok"
    assert found["loopback"]["state"] == "ok"
    assert found["packages"]["state"] == "ok"
    assert found["packages"]["text"].startswith("pytest ")
    assert found["clock"]["text"].startswith("resolution 1 ns")
    assert found["history"]["text"].startswith("none yet")
    assert "of" in found["cores"]["text"]
    # The pages of this project's own documentation are nothing that a load test lacks.
    assert "extra docs" not in found
    assert {"extra live", "timers", "memory limits", "pressure (PSI)", "control groups"} <= found.keys()
    assert {"noise floor", "disk", "open files", "memory", "sources of std", "cargo", "git"} <= found.keys()


def program(folder, name, text):
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_every_gap_comes_with_the_command_that_mends_it(tmp_path):
    program(tmp_path, "rust-analyzer", "echo broken >&2; exit 3")
    program(tmp_path, "rustup", "exit 1")
    found = by_name(software_findings({"PATH": str(tmp_path), "HOME": str(tmp_path)}, tmp_path))
    analyzer = found["rust-analyzer"]
    assert analyzer.state is State.LESS
    assert "broken (exit status 3)" in analyzer.text
    assert analyzer.mend == "rustup component add rust-analyzer rust-src"
    assert (found["cargo"].state, found["git"].state) == (State.LESS, State.LESS)
    assert "not on PATH" in found["cargo"].text
    assert found["git"].mend.endswith("git")


def test_sources_of_std_that_are_not_there_are_told_with_what_gets_them(monkeypatch):
    monkeypatch.setattr("pytest_rustide_load.cli.checkup_software.find_std_sources", lambda environ: None)
    found = by_name(software_findings({"PATH": ""}))["sources of std"]
    assert (found.state, bool(found.mend)) == (State.LESS, True)
    assert "knows no type of the standard library" in found.text


def test_a_toolchain_that_is_asked_for_and_not_there_is_told_as_rustup_says_it(tmp_path):
    says = "echo \"error: toolchain 'odd' is not installed\" >&2; echo '  12: <unknown>' >&2; exit 1"
    program(tmp_path, "cargo", says)
    environ = {"PATH": str(tmp_path), "HOME": str(tmp_path), "RUSTUP_TOOLCHAIN": "odd"}
    cargo = by_name(software_findings(environ, tmp_path))["cargo"]
    assert cargo.text.startswith(
        "error: toolchain 'odd' is not installed (exit status 1): rust-analyzer loads"
    )
    assert cargo.mend == "unset RUSTUP_TOOLCHAIN"
    program(
        tmp_path, "cargo", "echo 'error: rustup could not choose, and no default is configured.' >&2; exit 1"
    )
    assert by_name(software_findings(environ, tmp_path))["cargo"].mend == "rustup default stable"


def test_a_history_that_is_none_is_told_and_left_alone(tmp_path):
    path = tmp_path / ".rustide-load/history.sqlite3"
    path.parent.mkdir()
    path.write_text("not a database")
    found = by_name(software_findings(os.environ, tmp_path))["history"]
    assert found.state is State.LESS
    assert "is no history" in found.text
    assert found.mend.startswith("mv ")
    assert path.read_text() == "not a database"


def test_a_kernel_that_tells_nothing_is_less(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    found = by_name(machine_findings(tmp_path))
    assert {found[name].state for name in ("/proc", "pressure (PSI)", "control groups")} == {State.LESS}
    assert "psi=1" in found["pressure (PSI)"].mend
    assert found["/proc"].mend == "mount -t proc proc /proc"
    assert found["control groups"].mend == "mount -t sysfs sysfs /sys"
    (tmp_path / "sys/fs/cgroup").mkdir(parents=True)
    groups = by_name(machine_findings(tmp_path))["control groups"]
    assert groups.mend == "mount -t cgroup2 none /sys/fs/cgroup"
    assert groups.text.startswith("none may be made (this system has no memory control groups)")
    # A kernel without any, and one whose first generation is to be found elsewhere.
    (tmp_path / "sys/fs/cgroup").rmdir()
    assert by_name(machine_findings(tmp_path))["control groups"].mend == ""
    for path in ("sys/fs/cgroup", "proc/self"):
        (tmp_path / path).mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text("4:memory:/docker/0\n")
    groups = by_name(machine_findings(tmp_path))["control groups"]
    assert (groups.state, groups.mend) == (State.LESS, "")
    assert "No such file or directory in" in groups.text


def test_a_slow_clock_and_a_saving_governor_are_told(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    for path, text in {
        "sys/devices/system/clocksource/clocksource0/current_clocksource": "hpet\n",
        "sys/devices/system/clocksource/clocksource0/available_clocksource": "hpet acpi_pm tsc\n",
        "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor": "powersave\n",
        "etc/default/grub": "",
        "sys/fs/cgroup/cgroup.controllers": "cpu memory\n",
        "sys/fs/cgroup/cgroup.subtree_control": "cpu\n",
        "sys/fs/cgroup/user/cgroup.procs": "",
        "proc/self/cgroup": "0::/user\n",
        "proc/pressure/cpu": "some avg10=0.00\n",
        "proc/self/stat": "1",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    found = by_name(machine_findings(tmp_path))
    assert (found["clock"].state, found["frequency"].state) == (State.LESS, State.LESS)
    assert found["frequency"].mend == (
        "echo performance | sudo tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor"
    )
    assert found["clock"].mend.startswith("echo tsc | sudo tee /sys/devices/system/clocksource/")
    assert (found["/proc"].state, found["pressure (PSI)"].state) == (State.OK, State.OK)
    top = tmp_path / "sys/fs/cgroup"
    assert "cgroup v2: memory is not delegated to" in found["control groups"].text
    # By hand, where there is no systemd to ask.
    assert found["control groups"].mend == (
        f"sudo chown 1000 {top} {top}/cgroup.procs && echo +memory | sudo tee {top}/cgroup.subtree_control"
    )
    (tmp_path / "run/systemd/system").mkdir(parents=True)
    program(tmp_path, "systemd-run", "")
    monkeypatch.setenv("PATH", str(tmp_path))
    groups = by_name(machine_findings(tmp_path))["control groups"]
    assert groups.mend == "systemd-run --user --scope -p Delegate=yes pytest …"


def test_without_a_package_of_its_own_it_says_how_to_get_it(monkeypatch, capsys):
    monkeypatch.delitem(sys.modules, "pytest_rustide_load.cli.doctor")
    monkeypatch.setitem(sys.modules, "pytest_rustide_load.cli.checkup_machine", None)
    with pytest.raises(ModuleNotFoundError):
        main(["doctor"])
    monkeypatch.undo()
    monkeypatch.setattr(importlib, "import_module", lambda _: __import__("no_such_package"))
    assert main(["doctor"]) == 1
    assert "error: no_such_package is not installed" in capsys.readouterr().err


def test_what_no_command_mends_comes_with_one_that_shows_it(monkeypatch):
    monkeypatch.setattr(os, "getloadavg", lambda: (99.0, 9.0, 9.0))
    busy = by_name(machine_findings())["idle"]
    assert (busy.state, busy.mend) == (State.LESS, "")
    text = doctor.render([busy])
    assert "look with: ps -eo pcpu" in text
    assert "mend it with" not in text


@pytest.mark.parametrize(
    ("states", "strict", "status", "conclusion"),
    [
        ([State.OK], True, 0, "nothing is less than it could be"),
        ([State.OK, State.LESS], False, 0, "less than it could be: thing 1"),
        ([State.OK, State.LESS], True, 1, "less than it could be: thing 1"),
        ([State.MISSING, State.LESS], False, 1, "load tests cannot run here: thing 0"),
    ],
)
def test_the_exit_status_and_the_last_line_say_the_same(
    monkeypatch, capsys, states, strict, status, conclusion
):
    found = [Finding(f"thing {at}", state, "as it is", "mend it") for at, state in enumerate(states)]
    monkeypatch.setattr(doctor, "_LOOKS", {"things": lambda: found})
    assert doctor.run(argparse.Namespace(json=False, strict=strict)) == status
    text = capsys.readouterr().out
    assert conclusion in text.splitlines()[-1]
    assert text.count("mend it with: mend it") == len(states)
