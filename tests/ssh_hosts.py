"""Hosts to log in to by ssh, all of them this machine: an sshd for each, on an address of loopback, which is
a whole network on Linux. It takes no rights that whoever runs the tests has not."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

__all__ = ["SshHosts", "ssh_hosts"]

# Without its whole path it does not start.
SSHD = shutil.which("sshd", path="/usr/sbin:/usr/bin:/sbin:/usr/local/sbin")
SERVER = """
ListenAddress {address}
Port {port}
HostKey {keys}/host
AuthorizedKeysFile {keys}/me.pub
PidFile none
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
StrictModes no
PrintMotd no
"""
CLIENT = """
Host {name}
  HostName {address}
  Port {port}
  HostKeyAlias {name}
  User {user}
  IdentityFile {keys}/me
  IdentitiesOnly yes
  UserKnownHostsFile {keys}/known
  StrictHostKeyChecking accept-new
"""


@dataclass(frozen=True, slots=True)
class SshHosts:
    """`config` is for `ssh -F`; `servers` are their sshd, by name."""

    config: Path
    servers: dict[str, psutil.Process]


@contextmanager
def ssh_hosts(folder: Path, names: Mapping[str, str], *, path: str = "") -> Iterator[SshHosts]:
    """A host for each of `names`, at the address that it stands for. `path` is where programs are looked for
    by whoever logs in; `folder` holds keys and settings. A program that is missing is a failure in CI, and a
    skip elsewhere."""
    # In CI what is missing is a failure of the tests that need it, never a silent skip.
    give_up = pytest.fail if os.environ.get("CI", "").lower() in {"1", "true"} else pytest.skip
    if SSHD is None or shutil.which("ssh") is None or shutil.which("ssh-keygen") is None:
        give_up("there is no sshd, ssh or ssh-keygen here (Debian: openssh-server, openssh-client)")
    if os.getuid() == 0:
        # Where it lets go of its privileges; a daemon of the system's makes it when it starts.
        Path("/run/sshd").mkdir(exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("host", "me"):
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True, timeout=60
        )
    config, servers = folder / "config", {}
    started: list[subprocess.Popen[bytes]] = []
    try:
        for name, address in names.items():
            port = _free_port(address)
            place = {"address": address, "port": port, "keys": folder, "name": name}
            # At home there is nothing: the shell's own settings might set another path.
            settings = f"SetEnv HOME={folder}{f' PATH={path}' if path else ''}\n"
            (folder / f"{name}.sshd").write_text(SERVER.format(**place) + settings)
            with config.open("a") as file:
                file.write(CLIENT.format(**place, user=getpass.getuser()))
            with (folder / f"{name}.log").open("wb") as log:
                server = subprocess.Popen([SSHD, "-D", "-e", "-f", folder / f"{name}.sshd"], stderr=log)
            started.append(server)
            servers[name] = psutil.Process(server.pid)
        for name, server in zip(names, started, strict=True):
            _wait_until_it_listens(server, folder / f"{name}.log")
            probe = subprocess.run(
                ["ssh", "-F", config, "-o", "BatchMode=yes", name, "true"],
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            if probe.returncode:
                # An account that is locked, say: no package mends that.
                log_text = (folder / f"{name}.log").read_text()
                pytest.skip(f"nobody may log in here: {probe.stderr.strip()} {log_text}")
        yield SshHosts(config, servers)
    finally:
        for server in started:
            server.kill()
            server.wait()


def _free_port(address: str) -> int:
    with socket.socket() as free:
        free.bind((address, 0))
        return int(free.getsockname()[1])


def _wait_until_it_listens(server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    while b"Server listening" not in log.read_bytes():
        assert server.poll() is None, log.read_text()
        assert time.monotonic() < deadline
        time.sleep(0.05)
