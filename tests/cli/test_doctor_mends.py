"""The commands that `doctor` prints do mend what they stand below: each that can do so without changing the
machine (in a shell of its own, a copy of a file, a namespace, a group of its own) is typed, and what it mends
looked at again. Of the others the program is asked whether it knows their options."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from pytest_rustide_load.backends import discover
from pytest_rustide_load.cli import checkup_machine
from pytest_rustide_load.cli.checkup import Finding, State
from pytest_rustide_load.cli.checkup_machine import machine_findings
from pytest_rustide_load.cli.checkup_software import software_findings
from tests.plugin.test_tutorial import FROM_INDEX

IS_ROOT = os.geteuid() == 0
APART = ("unshare", "--mount", "--net")


def works(*words: str) -> bool:
    """Whether a container lets us: what it says of its rights is not all."""
    if shutil.which(words[0]) is None:
        return False
    return subprocess.run(words, capture_output=True, timeout=60, check=False).returncode == 0


def in_namespaces() -> bool:
    return works(*APART, "mount", "-t", "tmpfs", "none", "/mnt")


def knows(program: str, *words: str) -> bool:
    """Its help names all of `words`."""
    done = subprocess.run([program, "--help"], capture_output=True, text=True, timeout=60, check=False)
    return all(word in done.stdout + done.stderr for word in words)


def mended(look: str, before: str, *, apart: bool = False, instead: tuple[str, str] = ("", "")) -> str:
    """What a shell says in which, after `before`, what the findings of `look` print is typed, with `instead`
    in place of what only a person knows; nothing is to be found then."""
    module = re.search(r"checkup_\w+", look)
    assert module is not None
    program = (
        f"import os, shutil; from pathlib import Path; from pytest_rustide_load.cli import {module[0]}; "
        f"found = list({look}); print(*[one.mend for one in found if one.state != 'ok'], sep='\\n')"
    )
    script = f"""
        look() {{ {shlex.join([sys.executable, "-c", program])}; }}
        set -eu
        {before}
        mend=$(look)
        test -n "$mend"
        asked={shlex.quote(instead[0])} given={shlex.quote(instead[1])}
        mend=${{mend//"$asked"/"$given"}}
        printf '%s\\n' "$mend"
        eval "$mend"
        left=$(look)
        test -z "$left" || {{ echo "still: $left"; exit 1; }}
    """
    done = subprocess.run(
        [*(APART if apart else ()), "bash", "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


# -- limits


def test_limits_of_a_shell_are_raised_in_it():
    told = mended("checkup_machine._limits()", "ulimit -Sn 256; ulimit -Sv 64000000; ulimit -Sd 64000000")
    assert told.splitlines() == ["ulimit -n 1024", "ulimit -v unlimited; ulimit -d unlimited"]


def test_limits_that_only_root_may_raise():
    if works("bash", "-ec", "ulimit -n 256; prlimit --pid $$ --nofile=512:512"):
        before = "ulimit -n 256; ulimit -v 64000000; ulimit -d 64000000"
        told = mended("checkup_machine._limits()", before)
        assert "prlimit --pid $$ --nofile=1024:1024" in told
        assert "prlimit --pid $$ --as=unlimited; prlimit --pid $$ --data=unlimited" in told
    else:
        assert knows("prlimit", "--pid", "--nofile", "--as", "--data")


# -- the kernel


def written(tmp_path: Path, mend: str) -> None:
    """Type it for files below `tmp_path` instead of the machine's own."""
    for name in ("/sys/", "/etc/"):
        mend = mend.replace(f" {name}", f" {tmp_path}{name}")
    done = subprocess.run(
        ["bash", "-ec", mend.replace("sudo ", "")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_clock_frequency_and_pressure_are_set_in_files_of_the_kernel(tmp_path):
    for path, text in {
        "sys/devices/system/clocksource/clocksource0/current_clocksource": "hpet\n",
        "sys/devices/system/clocksource/clocksource0/available_clocksource": "hpet acpi_pm tsc\n",
        "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor": "powersave\n",
        "sys/devices/system/cpu/cpu1/cpufreq/scaling_governor": "powersave\n",
        "etc/default/grub": 'GRUB_DEFAULT=0\nGRUB_CMDLINE_LINUX="quiet"\n',
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    found = {one.name: one for one in machine_findings(tmp_path)}
    for name in ("clock", "frequency"):
        assert found[name].state is State.LESS
        written(tmp_path, found[name].mend)
    again = {one.name: one for one in machine_findings(tmp_path)}
    assert (again["clock"].state, again["frequency"].state) == (State.OK, State.OK)
    files = (tmp_path / "sys/devices/system/cpu").glob("cpu*/cpufreq/scaling_governor")
    assert {path.read_text() for path in files} == {"performance\n"}
    # The boot menu and a boot are left to people.
    setting, menu, boot = found["pressure (PSI)"].mend.split(" && ")
    assert (menu.removeprefix("sudo ").split()[0], boot.removeprefix("sudo ")) in {
        ("update-grub", "reboot"),
        ("grub-mkconfig", "reboot"),
        ("grub2-mkconfig", "reboot"),
    }
    written(tmp_path, setting)
    assert 'GRUB_CMDLINE_LINUX="psi=1 quiet"\n' in (tmp_path / "etc/default/grub").read_text()


def test_what_is_not_mounted_is_mounted(tmp_path):
    found = {one.name: one.mend.removeprefix("sudo ") for one in machine_findings(tmp_path)}
    (tmp_path / "sys/fs/cgroup").mkdir(parents=True)
    again = {one.name: one.mend.removeprefix("sudo ") for one in machine_findings(tmp_path)}
    commands = {
        "/proc": (found["/proc"], "/proc/self/stat"),
        "/sys": (found["control groups"], "/sys/fs/cgroup"),
        "/sys/fs/cgroup": (again["control groups"], "/sys/fs/cgroup/cgroup.controllers"),
    }
    assert all(command.startswith("mount -t ") for command, _ in commands.values())
    if not in_namespaces():
        assert knows("mount", "-t, --types")
        return
    kinds = Path("/proc/filesystems").read_text(encoding="ascii").split()
    for place, (command, shown) in commands.items():
        if command.split()[2] not in kinds:
            continue
        script = f"mount -t tmpfs none {place}; test ! -e {shown}; {command}; test -e {shown}"
        done = subprocess.run([*APART, "bash", "-ec", script], capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}: {done.stderr}"


def test_a_loopback_that_is_down_is_brought_up():
    if not in_namespaces() or shutil.which("ip") is None:
        pytest.skip("needs a network of its own, and ip")
    assert mended("[checkup_machine._loopback()]", "", apart=True) == "ip link set lo up\n"


# Somebody else, in a group that is not theirs; what is to be typed as root is typed as root.
SOMEBODY = """
import os, subprocess
from pathlib import Path
from pytest_rustide_load.cli import checkup_groups
from pytest_rustide_load.cli.checkup_groups import control_groups
from pytest_rustide_load.stress.programs.groups import make_group, places

# By hand, also where systemd could be asked.
checkup_groups.shutil.which = lambda _: None
before = [path for _, path in places() if path.is_dir()][0]
group = make_group()
own = group.path
try:
    if group.generation == 2:
        (group.path / "cgroup.subtree_control").write_text("+memory")
        own = group.path / "own"
        own.mkdir()
    (own / "cgroup.procs").write_text(str(os.getpid()))
    os.seteuid(65534)
    found = control_groups(Path("/"))
    print(found.state, found.text, found.mend, sep="\\n")
    os.seteuid(0)
    subprocess.run(["bash", "-ec", found.mend.replace("sudo ", "")], check=True)
    os.seteuid(65534)
    print(control_groups(Path("/")))
finally:
    os.seteuid(0)
    (before / "cgroup.procs").write_text(str(os.getpid()))
    if own != group.path:
        own.rmdir()
    group.remove()
"""


def test_a_control_group_that_belongs_to_root_is_given_to_who_is_to_use_it():
    if not IS_ROOT or checkup_machine.control_groups(Path("/")).state is not State.OK:
        pytest.skip("needs root, and a control group that may be made")
    done = subprocess.run(
        [sys.executable, "-c", SOMEBODY], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    state, text, mend, again = done.stdout.splitlines()
    assert (state, "Permission denied" in text) == ("less", True)
    assert mend.startswith("sudo chown 65534 ")
    assert "State.OK" in again


def test_who_asks_systemd_asks_for_what_it_knows():
    if shutil.which("systemd-run"):
        assert knows("systemd-run", "--user", "--scope", "-p --property")


# -- files and packages


def test_copies_go_where_there_is_room(tmp_path):
    full = tmp_path / "full"
    for folder in (full, tmp_path / "room"):
        folder.mkdir()
    # Of that folder alone nothing is free.
    used = "shutil._ntuple_diskusage(0, 0, 0 if str(path).endswith('full') else 10**12)"
    look = f"[setattr(shutil, 'disk_usage', lambda path: {used}) or checkup_machine._disk()]"
    told = mended(look, f"export TMPDIR={full}", instead=("/a/directory/with/room", str(tmp_path / "room")))
    assert told == f"export TMPDIR={tmp_path}/room\n"


def test_a_history_that_is_none_is_put_aside(tmp_path):
    path = tmp_path / ".rustide-load/history.sqlite3"
    path.parent.mkdir()
    path.write_text("not a database")
    told = mended("[checkup_software._history(Path())]", f"cd {tmp_path}")
    assert told.startswith("mv ")
    assert path.with_name(f"{path.name}.old").read_text() == "not a database"


def test_a_toolchain_that_is_not_there_is_asked_for_no_more(tmp_path):
    cargo = tmp_path / "cargo"
    says = "error: toolchain 'odd' is not installed"
    cargo.write_text(
        f'#!/bin/sh\nif [ "$RUSTUP_TOOLCHAIN" ]; then echo "{says}" >&2; exit 1; fi\necho cargo 1.95.0\n'
    )
    cargo.chmod(0o755)
    look = "[one for one in checkup_software._tools(os.environ) if one.name == 'cargo']"
    told = mended(look, f"export RUSTUP_TOOLCHAIN=odd PATH={tmp_path}:$PATH")
    assert told == "unset RUSTUP_TOOLCHAIN\n"


def test_what_shows_who_computes_and_who_takes_memory(monkeypatch):
    if shutil.which("ps") is None:
        pytest.skip("there is no ps here (Debian: procps)")
    monkeypatch.setattr(os, "getloadavg", lambda: (99.0, 9.0, 9.0))
    monkeypatch.setattr(checkup_machine, "_ENOUGH_MEMORY", 10**18)
    looks = [one.look for one in (checkup_machine._busy(), checkup_machine._memory())]
    for look in looks:
        done = subprocess.run(["bash", "-c", look], capture_output=True, text=True, check=True)
        assert len(done.stdout.splitlines()) > 1, look
        assert done.stderr == ""


def lacks(monkeypatch: pytest.MonkeyPatch, *names: str) -> list[Finding]:
    """What is found where these packages are not installed, and the embedded backend does not start."""
    from pytest_rustide_load.cli import checkup_software

    version = checkup_software.metadata.version

    def found(name: str) -> str:
        if name in names:
            raise checkup_software.metadata.PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(checkup_software.metadata, "version", found)
    monkeypatch.setattr(checkup_software, "output_of", lambda *_: ("", "not there"))
    return software_findings(os.environ)


def test_packages_are_installed_by_what_pip_understands(monkeypatch):
    mends = [one.mend for one in lacks(monkeypatch, "starlette", "msgspec") if "pip install" in one.mend]
    install = f"{shlex.quote(sys.executable)} -m "
    # Which a newcomer types: tests/plugin/test_tutorial.py.
    assert f"{install}{FROM_INDEX}" in mends
    assert len(mends) == 3
    for mend in mends:
        *start, what = shlex.split(mend)
        assert start[:4] == [sys.executable, "-m", "pip", "install"]
        assert start[4:] in ([], ["--force-reinstall"])
        assert Requirement(what).name == "pytest-rustide-load"


def test_the_package_manager_of_this_machine_knows_what_it_is_asked_for(monkeypatch, tmp_path):
    """Those of the others are asked nothing: they are not here."""
    environ = {"PATH": f"{tmp_path}:/usr/bin:/bin:/usr/sbin"}
    commands = [discover.how_to_get_rust_analyzer(environ)]
    commands += [one.mend for one in lacks(monkeypatch) if one.name == "git"]
    for command in commands:
        words = [word for word in shlex.split(command) if word != "sudo"]
        if words[:2] == ["apt-get", "update"]:
            # Nobody knows anything before.
            continue
        if words[:2] == ["apt-get", "install"]:
            done = subprocess.run(["apt-get", "-s", *words[1:]], capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
        else:
            assert shutil.which(words[0]) or words[0].startswith("https://"), command
    rustup = shutil.which("rustup")
    if rustup is not None:
        (tmp_path / "rustup").symlink_to(rustup)
        [*words, analyzer, sources] = shlex.split(discover.how_to_get_rust_analyzer(environ))
        assert (analyzer, sources) == ("rust-analyzer", "rust-src")
        for asked in (words, ["rustup", "default"]):
            assert (
                subprocess.run([rustup, *asked[1:], "--help"], capture_output=True, check=False).returncode
                == 0
            )
