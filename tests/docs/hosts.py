"""A network with the hosts that the documentation names, all of them this machine:
`unshare -nmp --fork --kill-child --mount-proc python -m tests.docs.hosts DIR COMMAND`, as root.

In a network namespace of its own 10.0.0.7 is a host where a language server listens at port 9257, and me may
log in at 10.0.0.8 and 10.0.0.9 by key; their python3 is the one that runs this. What that takes of /etc and
of a home directory lies in DIR. Whatever was started ends with this process.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

SERVER, LOGINS = "10.0.0.7", ("10.0.0.8", "10.0.0.9")
PORT = 9257
SSHD = "/usr/sbin/sshd"
# Where they are looked for by whoever logs in.
PATH = f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
SSHD_CONFIG = """
ListenAddress {address}
HostKey {home}/host
AuthorizedKeysFile {home}/.ssh/id_ed25519.pub
PidFile none
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
StrictModes no
PrintMotd no
SetEnv PATH={path}
"""


def main() -> int:
    home, command = Path(sys.argv[1]).resolve(), sys.argv[2:]
    (home / ".ssh").mkdir(parents=True, mode=0o700)
    for name in (home / "host", home / ".ssh/id_ed25519"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", name], check=True, timeout=60)
    (home / ".ssh/config").write_text("StrictHostKeyChecking accept-new\n")
    # me is who runs this, by another name.
    users = [f"{name}:x:0:0::{home}:/bin/bash\n" for name in ("root", "me")]
    others = Path("/etc/passwd").read_text().splitlines(keepends=True)
    (home / "passwd").write_text("".join([*users, *(one for one in others if not one.startswith("root:"))]))
    subprocess.run(["mount", "--bind", home / "passwd", "/etc/passwd"], check=True)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for address in (SERVER, *LOGINS):
        subprocess.run(["ip", "address", "add", f"{address}/32", "dev", "lo"], check=True)
    # Where it lets go of its privileges.
    Path("/run/sshd").mkdir(exist_ok=True)
    for address in LOGINS:
        path = home / f"sshd-{address}"
        path.write_text(SSHD_CONFIG.format(address=address, home=home, path=PATH))
        subprocess.Popen([SSHD, "-D", "-e", "-f", path])
    serve = ["-m", "pytest_rustide_load.reference_server", "--tcp", f"{SERVER}:{PORT}"]
    subprocess.Popen([sys.executable, *serve])
    for where in ((SERVER, PORT), *((one, 22) for one in LOGINS)):
        wait_for(where)
    return subprocess.run(command, check=False, env={**os.environ, "HOME": str(home)}).returncode


def wait_for(where: tuple[str, int]) -> None:
    """Somebody listens there."""
    deadline = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(where, timeout=5).close()
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


if __name__ == "__main__":
    sys.exit(main())
