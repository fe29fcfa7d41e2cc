"""A limit of memory: what can be found anew is dropped, answers stay what they were."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_rustide_load.codebase import CodebaseSpec, generate_codebase
from pytest_rustide_load.reference_server.memory import MemoryLimit, resident_bytes
from pytest_rustide_load.reference_server.resolve import Resolver
from pytest_rustide_load.reference_server.workspace import Workspace
from pytest_rustide_load.workspaces import materialise

MB = 1 << 20


class _Process:
    """A process whose memory is a number, a part of which can be dropped."""

    def __init__(self, fixed: int) -> None:
        self.fixed, self.loose, self.now = fixed, 0, 0.0
        self.dropped = 0

    def limit(self, limit_bytes: int) -> MemoryLimit:
        return MemoryLimit(limit_bytes, self.drop, lambda: self.fixed + self.loose, lambda: self.now)

    def drop(self) -> None:
        self.dropped += 1
        self.loose = 0


def test_memory_above_the_limit_is_dropped_and_below_it_is_not() -> None:
    process = _Process(40 * MB)
    limit = process.limit(100 * MB)
    for loose, dropped in ((60 * MB, False), (60 * MB + 1, True), (0, False)):
        process.now += 1
        process.loose = loose
        assert limit.keep() is dropped
    assert limit.evictions == process.dropped == 1


def test_between_two_looks_nothing_is_asked_of_the_system() -> None:
    process = _Process(40 * MB)
    limit = process.limit(100 * MB)
    process.now = 1.0
    assert not limit.keep()
    process.loose = 100 * MB
    assert not limit.keep()
    process.now = 2.0
    assert limit.keep()


def test_a_limit_that_cannot_be_kept_is_told_once_and_costs_no_endless_evictions(
    caplog: pytest.LogCaptureFixture,
) -> None:
    process = _Process(150 * MB)
    limit = process.limit(100 * MB)
    for _ in range(100):
        process.now += 1
        process.loose += MB
        limit.keep()
    assert process.dropped == pytest.approx(10, abs=2)
    assert caplog.text.count("cannot be kept: 150 MB are left") == 1


def test_what_was_dropped_is_found_anew(tmp_path: Path) -> None:
    materialise(generate_codebase(CodebaseSpec(seed=2, loc=1_500)), tmp_path / "workspace")
    workspace = Workspace()
    for _ in workspace.load(tmp_path / "workspace"):
        pass
    resolver = Resolver(workspace)

    def places() -> list[tuple[str, int, list[tuple[str, int]]]]:
        return [
            (path, at, [(one.file.path, one.start) for one in resolver.definitions(file, at)])
            for path, file in workspace.files.items()
            for at in range(0, len(file.data), 37)
        ]

    before = places()
    workspace.forget_derived()
    assert places() == before


def test_a_server_stays_below_a_limit_it_would_otherwise_pass(
    connect: Callable[..., Any], tmp_path: Path
) -> None:
    root = tmp_path / "workspace"
    materialise(generate_codebase(CodebaseSpec(seed=2, loc=30_000, crates=4)), root)

    def ask(*arguments: str) -> tuple[list[Any], dict[str, Any]]:
        client = connect(root, arguments=("--http", "0", *arguments))
        client.initialize()
        client.wait_ready()
        answers = []
        for path in sorted(root.rglob("*.rs")):
            uri = path.as_uri()
            answers.append(
                client.request("textDocument/semanticTokens/full", {"textDocument": {"uri": uri}})["data"]
            )
        url = client.process.stderr.readline().decode().removeprefix("figures on ").strip()
        with urllib.request.urlopen(f"{url}/api/metrics/resources") as answer:
            figures = json.load(answer)
        client.request("shutdown", None)
        client.notify("exit", None)
        return answers, figures

    free, unlimited = ask()
    limit_mb = int(unlimited["rss_mb"] * 0.8)
    bounded, limited = ask("--memory-limit", f"{limit_mb}MB")
    assert bounded == free
    assert limited["evictions"] >= 1
    assert limited["memory_limit_mb"] == limit_mb
    # Between two looks some of what was dropped comes back.
    assert limited["rss_mb"] < unlimited["rss_mb"]


def test_the_system_tells_how_much_memory_there_is() -> None:
    resident = resident_bytes()
    assert resident is not None
    assert resident > MB
