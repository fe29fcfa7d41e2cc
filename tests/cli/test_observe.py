"""Between an editor and its server. tests/plugin/test_observing.py has load through it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time

import psutil
import pytest

from pytest_rustide_load.__main__ import main
from pytest_rustide_load.backends.discover import find_rust_analyzer
from pytest_rustide_load.cli.observe import OutFile
from pytest_rustide_load.scenarios import read_scenario_file
from tests.docs.typed import BETWEEN, TYPED

OBSERVE = [sys.executable, "-P", "-m", "pytest_rustide_load", "observe"]


def asking(method: str) -> bytes:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": {}}).encode()
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def test_nothing_is_overwritten_and_the_end_is_that_of_the_server(tmp_path):
    (tmp_path / "mine.scenario.yaml").write_text("description: precious\n")
    frame = asking("textDocument/hover")
    echo = "import sys; sys.stdout.write(sys.stdin.read()); sys.exit(7)"
    command = [*OBSERVE, "--out=mine.scenario.yaml", "--against=individual-developer"]
    done = subprocess.run(
        [*command, "--", sys.executable, "-c", echo],
        input=frame,
        capture_output=True,
        cwd=tmp_path,
        timeout=60,
        check=False,
    )
    # Every byte, and not one of ours.
    assert (done.returncode, done.stdout) == (7, frame)
    assert (tmp_path / "mine.scenario.yaml").read_text() == "description: precious\n"
    assert "hover: 1/s" in (tmp_path / "mine-2.scenario.yaml").read_text()
    told = done.stderr.decode()
    assert "mine-2.scenario.yaml: what was asked in 0.0 active minutes" in told
    assert re.search(r"^hover +60 +900 +15x$", told, re.MULTILINE)
    assert re.search(r"^completion +0 +450 only there$", told, re.MULTILINE)


def test_mistakes_are_told_before_anything_starts(tmp_path, capsys):
    for arguments, why in (
        (["--out=a.yaml", "true"], "the name of a scenario file ends with .scenario.yaml"),
        (["--out=no/a.scenario.yaml", "true"], "there is no directory"),
        (["--against=indivdual-developer", "true"], "did you mean 'individual-developer'?"),
        (["there-is-no-such-server"], "there is no program 'there-is-no-such-server'"),
    ):
        assert main(["observe", *arguments]) == 1
        assert why in capsys.readouterr().err


@pytest.mark.real_backend
def test_what_the_documentation_shows_stands_between_an_editor_and_rust_analyzer(tmp_path):
    analyzer = find_rust_analyzer(os.environ).path
    assert analyzer is not None
    asked = [
        {"id": 1, "method": "initialize", "params": {"processId": None, "rootUri": None, "capabilities": {}}},
        {"method": "initialized", "params": {}},
        {"id": 2, "method": "workspace/symbol", "params": {"query": "x"}},
        {"id": 3, "method": "shutdown"},
        {"method": "exit"},
    ]
    bodies = [json.dumps({"jsonrpc": "2.0", **one}).encode() for one in asked]
    commands = [one for one in TYPED if re.search(BETWEEN, one.line)]
    assert len(commands) == 2
    for command in commands:
        done = subprocess.run(
            [sys.executable, *command.words[1:]],
            input=b"".join(b"Content-Length: %d\r\n\r\n%b" % (len(body), body) for body in bodies),
            capture_output=True,
            cwd=tmp_path,
            env={**os.environ, "PATH": f"{analyzer.parent}:{os.environ['PATH']}"},
            timeout=60,
            check=True,
        )
        assert b'"hoverProvider"' in done.stdout
        assert b".scenario.yaml: what was asked in 0.0 active minutes" in done.stderr
    for name in ("observed", "monday"):
        assert read_scenario_file(tmp_path / f"{name}.scenario.yaml", name).patterns


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_server_ends_with_it_whatever_ends_it(tmp_path, number):
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(99)"
    command = [*OBSERVE, f"--out={tmp_path}/x.scenario.yaml", "--", sys.executable, "-c", deaf]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    [server] = psutil.Process(process.pid).children()
    os.kill(process.pid, number)
    process.wait(30)
    deadline_s = time.monotonic() + 5
    while server.is_running() and server.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline_s
        time.sleep(0.02)
    process.communicate()
    # Nothing was asked.
    assert not list(tmp_path.iterdir())


def test_two_at_once_write_two_files(tmp_path):
    server = "import sys; print('up', flush=True); sys.stdin.read()"
    command = [*OBSERVE, "--out=x.scenario.yaml", "--", sys.executable, "-c", server]
    both = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=tmp_path)
        for _ in range(2)
    ]
    for one in both:
        assert one.stdout is not None
        assert one.stdout.readline() == b"up\n"
    # Nothing is there yet, though both have begun.
    assert not list(tmp_path.iterdir())
    for one, method in zip(both, ("textDocument/hover", "textDocument/definition"), strict=True):
        one.communicate(asking(method), timeout=60)
        assert one.returncode == 0
    for name, operation in (("x", "hover"), ("x-2", "definition")):
        scenario = read_scenario_file(tmp_path / f"{name}.scenario.yaml", name)
        assert [pattern.operation for pattern in scenario.patterns] == [operation]
    assert len(list(tmp_path.iterdir())) == 2


def test_only_what_it_wrote_itself_is_written_anew(tmp_path):
    out = OutFile(tmp_path / "x.scenario.yaml")
    assert out.write("first")
    assert out.write("second")
    assert out.path == tmp_path / "x.scenario.yaml"
    assert out.path.read_text() == "second"
    # Somebody's change in the meantime is theirs.
    out.path.write_text("precious, and theirs")
    assert out.write("third")
    assert out.path == tmp_path / "x-2.scenario.yaml"
    # So is a name that leads nowhere.
    out.path.unlink()
    out.path.symlink_to(tmp_path / "nowhere")
    assert out.write("fourth")
    found = {path.name: path.read_text() for path in tmp_path.iterdir() if path.exists()}
    assert found == {"x.scenario.yaml": "precious, and theirs", "x-3.scenario.yaml": "fourth"}


# More than a pipe holds, so that who passes it on waits, and less than two hold, so that the editor does not.
MUCH = asking("textDocument/hover") * 1_000
assert 1.25 * 65_536 < len(MUCH) < 1.75 * 65_536


@pytest.mark.parametrize(
    ("by_socket", "signals", "status"),
    [
        pytest.param(False, "signal.signal(15, signal.SIG_IGN); ", 128 + 9, id="pipe-deaf"),
        # As editors on Node.js do it.
        pytest.param(True, "", 128 + 15, id="socket"),
    ],
)
def test_a_server_that_does_not_read_ends_when_the_editor_is_gone(tmp_path, by_socket, signals, status):
    stuck = f"import os, signal, time; {signals}print(os.getpid(), flush=True); time.sleep(99)"
    command = [*OBSERVE, f"--out={tmp_path}/x.scenario.yaml", "--", sys.executable, "-c", stuck]
    editor, theirs = socket.socketpair()
    with editor, theirs:
        process = subprocess.Popen(
            command,
            stdin=theirs if by_socket else subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        theirs.close()
        assert process.stdout is not None
        server = int(process.stdout.readline())
        if by_socket:
            editor.sendall(MUCH)
    try:
        process.communicate(None if by_socket else MUCH, timeout=30)
    finally:
        process.kill()
    assert process.returncode == status
    assert not psutil.pid_exists(server)
    assert read_scenario_file(tmp_path / "x.scenario.yaml", "x").patterns[0].operation == "hover"


def test_a_server_that_reads_late_is_given_everything_the_editor_left(tmp_path):
    late = "import sys, time; time.sleep(1); print(len(sys.stdin.read())); sys.exit(7)"
    command = [*OBSERVE, "--", sys.executable, "-c", late]
    done = subprocess.run(command, input=MUCH, capture_output=True, cwd=tmp_path, timeout=60, check=False)
    assert (done.returncode, int(done.stdout)) == (7, len(MUCH))
