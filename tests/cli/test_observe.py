"""Between an editor and its server. tests/plugin/test_observing.py has load through it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time

import psutil
import pytest

from pytest_rustide_load.__main__ import main
from pytest_rustide_load.backends.discover import find_rust_analyzer
from pytest_rustide_load.scenarios import read_scenario_file
from tests.docs.typed import BETWEEN, TYPED

OBSERVE = [sys.executable, "-P", "-m", "pytest_rustide_load", "observe"]


def test_nothing_is_overwritten_and_the_end_is_that_of_the_server(tmp_path):
    (tmp_path / "mine.scenario.yaml").write_text("description: precious\n")
    body = b'{"jsonrpc":"2.0","id":1,"method":"textDocument/hover","params":{}}'
    frame = b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
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
