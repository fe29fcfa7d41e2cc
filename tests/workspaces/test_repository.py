"""Which files of a user's project count, and a copy of it that stands on its own."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from pytest_rustide_load.errors import ConfigError
from pytest_rustide_load.workspaces import find_repository, read_project, read_sources

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


@pytest.fixture
def project(tmp_path):
    root = tmp_path / "project"
    for path, text in {
        "Cargo.toml": "[workspace]\nmembers = ['one']\n",
        "one/Cargo.toml": "[package]\n",
        "one/src/lib.rs": "pub mod target;\n",
        "one/src/target/mod.rs": "// a module of that name\n",
        "one/data.txt": "kept\n",
        "one/target/debug/gen.rs": "fn built() {}\n",
        "target/debug/gen.rs": "fn built() {}\n",
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    (root / "one/blob.bin").write_bytes(b"\xff\x00")
    return root


PLAIN = [
    "Cargo.toml",
    "one/Cargo.toml",
    "one/blob.bin",
    "one/data.txt",
    "one/src/lib.rs",
    "one/src/target/mod.rs",
]


def git(root, *arguments):
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", str(root), *arguments]
    subprocess.run(command, check=True, capture_output=True, env=environ)


def test_without_git_everything_but_built_files_counts(project):
    repository = find_repository(project)
    assert list(repository.paths) == PLAIN
    assert list(repository.rust_paths) == ["one/src/lib.rs", "one/src/target/mod.rs"]
    assert dict(read_sources(repository))["one/src/lib.rs"] == "pub mod target;\n"


@needs_git
def test_with_git_ignored_and_deleted_files_do_not_count(project):
    (project / ".gitignore").write_text("*.log\nscratch/\n")
    (project / "scratch").mkdir()
    (project / "scratch/x.rs").write_text("")
    (project / "one/run.log").write_text("")
    (project / "one/gone.rs").write_text("")
    git(project, "init", "-q")
    git(project, "add", "-A")
    (project / "one/gone.rs").unlink()
    (project / "one/new.rs").write_text("// not added yet\n")
    assert list(find_repository(project).paths) == sorted([*PLAIN, ".gitignore", "one/new.rs"])


@needs_git
def test_a_project_below_the_root_of_its_repository(project):
    git(project, "init", "-q")
    git(project, "add", "-A")
    paths = [path.removeprefix("one/") for path in PLAIN if path.startswith("one/")]
    assert list(find_repository(project / "one").paths) == paths


@needs_git
def test_a_repository_within_the_repository_counts(project):
    inner = project / "inner"
    inner.mkdir()
    (inner / "lib.rs").write_text("fn inner() {}\n")
    git(inner, "init", "-q")
    git(inner, "add", "-A")
    git(inner, "commit", "-q", "-m", "x")
    git(project, "init", "-q")
    git(project, "add", "-A")
    assert "inner/lib.rs" in find_repository(project).paths


@needs_git
def test_a_project_that_git_ignores_as_a_whole_is_still_read(project):
    git(project.parent, "init", "-q")
    (project.parent / ".gitignore").write_text("project/\n")
    assert list(find_repository(project).paths) == PLAIN


def test_a_copy_has_all_files_and_shares_none(project, tmp_path):
    (project / "outside.txt").symlink_to("../elsewhere.txt")
    (tmp_path / "elsewhere.txt").write_text("from outside")
    (project / "one/src/alias.rs").symlink_to("lib.rs")
    (project / "twin").symlink_to("one/src")
    (project / "dangling").symlink_to("nothing")
    repository = find_repository(project)
    assert "one/src/alias.rs" not in repository.rust_paths
    target = repository.copy(tmp_path / "copy")
    assert [path for path in PLAIN if not (target / path).is_file()] == []
    assert (target / "one/blob.bin").read_bytes() == b"\xff\x00"
    assert not (target / "target").exists()
    assert (target / "one/src/alias.rs").readlink().as_posix() == "lib.rs"
    assert (target / "twin/lib.rs").read_text() == "pub mod target;\n"
    assert not (target / "outside.txt").is_symlink()
    (target / "outside.txt").write_text("changed")
    (target / "one/src/lib.rs").write_text("changed")
    assert (tmp_path / "elsewhere.txt").read_text() == "from outside"
    assert (project / "one/src/lib.rs").read_text() == "pub mod target;\n"


def test_what_is_no_project_is_refused(project, tmp_path):
    for root, message in [
        (tmp_path / "missing", "is not a directory"),
        (project / "one/src", "has no Cargo.toml"),
    ]:
        with pytest.raises(ConfigError, match=message):
            find_repository(root)
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty/Cargo.toml").write_text("")
    with pytest.raises(ConfigError, match="has no Rust sources"):
        find_repository(tmp_path / "empty")


@pytest.mark.parametrize("limits", [{"max_files": 3}, {"max_bytes": 20}])
def test_a_project_beyond_the_limits_is_refused(project, limits):
    with pytest.raises(ConfigError, match="holds more than"):
        find_repository(project, **limits)


def test_sources_that_are_not_text_or_too_large_are_left_out(project):
    (project / "one/src/latin.rs").write_bytes(b"// \xe4\n")
    (project / "one/src/huge.rs").write_bytes(b"//" + b"x" * 5_000_000)
    assert [path for path, _ in read_sources(find_repository(project))] == [
        "one/src/lib.rs",
        "one/src/target/mod.rs",
    ]


def test_a_project_is_read_as_its_sources_and_manifests(project, tmp_path):
    texts = read_project(find_repository(project))
    assert sorted(texts) == ["Cargo.toml", "one/Cargo.toml", "one/src/lib.rs", "one/src/target/mod.rs"]
    assert texts["one/src/lib.rs"] == "pub mod target;\n"


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        ("[package]\n[dependencies]\nx = { path = '../../x' }\n", "one/Cargo.toml depends on ../../x"),
        ("[package]\n[dependencies]\nx = { path = '../two' }\ny.workspace = true\n", None),
    ],
)
def test_a_project_that_needs_its_surroundings_is_refused(project, manifest, message):
    (project / "one/Cargo.toml").write_text(manifest)
    repository = find_repository(project)
    if message is None:
        assert read_project(repository)
    else:
        with pytest.raises(ConfigError, match=message):
            read_project(repository)


def test_a_member_without_its_workspace_is_refused(project):
    (project / "one/Cargo.toml").write_text("[package]\nversion.workspace = true\n")
    with pytest.raises(ConfigError, match="member of a workspace above"):
        read_project(find_repository(project / "one"))
