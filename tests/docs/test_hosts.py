"""Load on a server and from users on other hosts, typed as README shows it, where these hosts are."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT
from tests.docs.hosts import SSHD
from tests.docs.typed import HOSTS, TYPED

# Namespaces are root's to make.
AS_ROOT = [] if os.geteuid() == 0 else ["sudo", "-n", "-E", "env", f"PATH={os.environ['PATH']}:/usr/sbin"]
APART = [*AS_ROOT, "unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
APPENDED = ["--load-users=4", "--load-duration=2s"]


@pytest.fixture(scope="module", autouse=True)
def _namespaces() -> None:
    # In CI what is missing is a failure of the tests that need it, never a silent skip.
    give_up = pytest.fail if os.environ.get("CI", "").lower() in {"1", "true"} else pytest.skip
    programs = (*AS_ROOT[:1], "unshare", "ip", "mount", "ssh", "ssh-keygen", SSHD)
    missing = [
        name for name in programs if shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin") is None
    ]
    if missing:
        give_up(
            f"needs {', '.join(missing)} (Debian: util-linux, iproute2, openssh-server, openssh-client, sudo)"
        )
    tried = subprocess.run([*APART, "true"], capture_output=True, text=True, timeout=60, check=False)
    if tried.returncode:
        # No package mends that.
        pytest.skip(f"needs root, and a kernel that gives namespaces: {tried.stderr.strip()}")


@pytest.mark.parametrize(
    "one", [pytest.param(one, id=one.block.name) for one in TYPED if re.search(HOSTS, one.line)]
)
def test_users_on_two_hosts_load_the_server_on_a_third(one, tmp_path: Path):
    (tmp_path / "budgets.yaml").write_text("defaults: {error_ratio: 5%}\n")
    words = [sys.executable, "-m", *one.words, *APPENDED]
    done = subprocess.run(
        [*APART, sys.executable, "-m", "tests.docs.hosts", tmp_path / "home", *words],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_ADDOPTS": "--load-profile=smoke"},
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    told = done.stdout
    assert done.returncode == 0, told
    assert "1 passed" in told
    assert re.search(r"^1 me@10\.0\.0\.8 +2 +\d", told, re.MULTILINE), told
    assert re.search(r"^2 me@10\.0\.0\.9 +2 +\d", told, re.MULTILINE), told
    assert "agents: 4 users on 2" in told
