"""A working copy has the same content and shares nothing with its original."""

from __future__ import annotations

import errno
import fcntl
import os

import pytest

from pytest_rustide_load.workspaces import working_copy


@pytest.fixture
def tree(tmp_path):
    source = tmp_path / "source"
    (source / "src/deep").mkdir(parents=True)
    (source / "empty").mkdir()
    (source / "Cargo.toml").write_text("[package]\n")
    (source / "src/deep/mod.rs").write_text("pub mod x;\n")
    (source / "src/zero.rs").write_text("")
    (source / "link.rs").symlink_to("src/zero.rs")
    return source


def listing(directory):
    return {
        path.relative_to(directory).as_posix(): os.readlink(path)
        if path.is_symlink()
        else path.read_text()
        if path.is_file()
        else None
        for path in directory.rglob("*")
    }


def test_a_copy_has_the_content_of_its_source(tree, tmp_path):
    target = working_copy(tree, tmp_path / "a/b/copy")
    assert listing(target) == listing(tree)


def test_an_edit_of_the_copy_does_not_reach_the_source(tree, tmp_path):
    target = working_copy(tree, tmp_path / "copy")
    os.chmod(tree / "Cargo.toml", 0o444)
    with open(target / "Cargo.toml", "r+") as file:
        file.write("changed!!")
    assert (tree / "Cargo.toml").read_text() == "[package]\n"
    for path in listing(tree):
        if (tree / path).is_file() and not (tree / path).is_symlink():
            assert (tree / path).stat().st_nlink == 1
            assert (tree / path).stat().st_ino != (target / path).stat().st_ino


def test_a_copy_of_a_read_only_tree_can_be_written(tree, tmp_path):
    os.chmod(tree / "Cargo.toml", 0o444)
    target = working_copy(tree, tmp_path / "copy")
    assert target.joinpath("Cargo.toml").stat().st_mode & 0o200


def test_a_directory_with_something_in_it_is_refused(tree, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full/mine.txt").write_text("precious")
    with pytest.raises(FileExistsError, match="empty directory"):
        working_copy(tree, tmp_path / "full")
    assert os.listdir(tmp_path / "full") == ["mine.txt"]


def test_files_are_copied_where_the_file_system_cannot_clone(tree, tmp_path, monkeypatch):
    asked = []

    def refuse(descriptor, request, argument):
        asked.append(request)
        raise OSError(errno.EOPNOTSUPP, "not here")

    monkeypatch.setattr(fcntl, "ioctl", refuse)
    assert listing(working_copy(tree, tmp_path / "copy")) == listing(tree)
    assert len(asked) == 1


def test_an_error_of_cloning_that_copying_would_not_mend_is_raised(tree, tmp_path, monkeypatch):
    def fail(descriptor, request, argument):
        raise OSError(errno.EIO, "broken disk")

    monkeypatch.setattr(fcntl, "ioctl", fail)
    with pytest.raises(OSError, match="broken disk"):
        working_copy(tree, tmp_path / "copy")


def test_files_are_cloned_where_the_file_system_can(tree, tmp_path, monkeypatch):
    def clone(descriptor, request, argument):
        size = os.fstat(argument).st_size
        os.pwrite(descriptor, os.pread(argument, size, 0), 0)

    monkeypatch.setattr(fcntl, "ioctl", clone)
    monkeypatch.setattr("shutil.copyfile", lambda *args, **kwargs: os.symlink(os.readlink(args[0]), args[1]))
    assert listing(working_copy(tree, tmp_path / "copy")) == listing(tree)
