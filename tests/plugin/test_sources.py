"""How codebases get onto the disk, where pytest's cache can be written and where not."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from pytest_rustide_load.plugin.sources import Codebases


def test_a_cache_that_cannot_be_written_costs_a_warning_only(tmp_path):
    def refuse(_name):
        raise OSError(30, "Read-only file system")

    def full(_name):
        return tmp_path / "a file"

    (tmp_path / "a file").write_text("")
    for make in (refuse, full):
        codebases = Codebases(SimpleNamespace(cache=SimpleNamespace(mkdir=make)), None)
        target = tmp_path / make.__name__
        with pytest.warns(UserWarning, match="codebases are not kept in pytest's cache: "):
            codebases.write(codebases.get({"loc": 300, "crates": 1}, 1), target)
        assert (target / "Cargo.toml").is_file()


def test_a_codebase_that_takes_a_while_is_told():
    said = []
    codebases = Codebases(SimpleNamespace(), None, said.append)
    for _ in range(2):
        codebases.get({"loc": 300, "crates": 1}, 1)
        codebases.get({"loc": 50_000}, 1)
    assert said == ["making a codebase of 50,000 lines"]
