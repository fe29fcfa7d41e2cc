"""Load on a server and from users on other hosts, typed as README shows it: the hosts are of loopback."""

from __future__ import annotations

import getpass
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT
from tests.docs.typed import HOSTS, TYPED
from tests.ssh_hosts import ssh_hosts

# README's addresses, and what they are here.
SERVER = ("10.0.0.7:9257", "127.0.0.7:0")
LOGINS = {"10.0.0.8": "127.0.0.8", "10.0.0.9": "127.0.0.9"}
APPENDED = ["--load-users=4", "--load-duration=2s"]
# Who logs in as me is whoever runs this.
SSH = '#!/bin/sh\nexec {ssh} -F {config} -l {user} "$@"\n'


@pytest.fixture
def server() -> Iterator[str]:
    """The address of a server on a host of its own."""
    words = [sys.executable, "-m", "pytest_rustide_load.reference_server", "--tcp", SERVER[1]]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as running:
        try:
            yield re.search(r"127\.0\.0\.7:[1-9]\d*", running.stdout.readline())[0]
        finally:
            running.kill()


@pytest.fixture
def bin_of_me(tmp_path: Path) -> Iterator[Path]:
    """Where the ssh is that knows these hosts; python3 there is the one that runs this."""
    path = f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
    with ssh_hosts(tmp_path / "hosts", LOGINS, path=path) as hosts:
        wrapper = tmp_path / "bin/ssh"
        wrapper.parent.mkdir()
        wrapper.write_text(SSH.format(ssh=shutil.which("ssh"), config=hosts.config, user=getpass.getuser()))
        wrapper.chmod(0o755)
        yield wrapper.parent


@pytest.mark.parametrize(
    "one", [pytest.param(one, id=one.block.name) for one in TYPED if re.search(HOSTS, one.line)]
)
def test_users_on_two_hosts_load_the_server_on_a_third(one, server, bin_of_me, tmp_path: Path):
    (tmp_path / "budgets.yaml").write_text("defaults: {error_ratio: 5%}\n")
    done = subprocess.run(
        [sys.executable, "-m", *(word.replace(SERVER[0], server) for word in one.words), *APPENDED],
        env={
            **os.environ,
            "PATH": f"{bin_of_me}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "PYTEST_ADDOPTS": "--load-profile=smoke",
        },
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
