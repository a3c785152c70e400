"""Files behave as under TensorFlow 1.15, on disk and in fsspec's file systems alike.

Expected texts were printed by TensorFlow 1.15.5 for the same calls.
"""

import io
import os
import re
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evergraph.base import errors
from evergraph.base.platform import file_io, gfile


@pytest.fixture(params=["disk", "memory"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A folder with a.txt, bad.bin and sub/x.txt."""
    folder = str(tmp_path) if request.param == "disk" else f"memory://{uuid.uuid4().hex}"
    gfile.MakeDirs(folder + "/sub")
    file_io.write_string_to_file(folder + "/a.txt", "hello\nworld")
    file_io.write_string_to_file(folder + "/bad.bin", b"\xff\xfe")
    file_io.write_string_to_file(folder + "/sub/x.txt", "x")
    return folder


def test_read(root: str) -> None:
    with gfile.GFile(root + "/a.txt") as file:
        assert (file.read(3), file.tell(), file.read(100), file.read(), file.tell()) == (
            ("hel", 3, "lo\nworld", "", 11)
        )
        file.seek(0)
        assert (file.readline(), file.readlines(), file.readline()) == ("hello\n", ["world"], "")
        file.seek(-5, 2)
        assert list(file) == ["world"]
        assert file.size() == 11
    assert gfile.GFile(root + "/bad.bin", "rb").read() == b"\xff\xfe"
    with pytest.raises(UnicodeDecodeError):
        gfile.GFile(root + "/bad.bin").read()


def test_write_then_read(root: str) -> None:
    for mode, wanted in (("w+", "XY"), ("r+", "XY"), ("a+", "123456XY")):
        path = f"{root}/{mode}.txt"
        file_io.write_string_to_file(path, "123456")
        with gfile.GFile(path, mode) as file:
            file.write("XY")
            file.close()
            assert file.read() == wanted, mode
    with gfile.GFile(root + "/a.txt", "a") as file:
        assert file.tell() == 11
        file.write("!")
        assert file.tell() == 12
    gfile.GFile(root + "/unclosed", "w").write("all of it")
    assert gfile.GFile(root + "/unclosed").read() == "all of it"
    gfile.GFile(root + "/never", "w").close()
    assert not gfile.Exists(root + "/never")


def test_errors(root: str) -> None:
    cases: list[tuple[Callable[[], Any], type, str]] = [
        (lambda: gfile.GFile(root + "/none").read(), errors.NotFoundError, "none; No such file"),
        (lambda: gfile.GFile(root, "x"), errors.InvalidArgumentError, "mode is not 'r' or 'w'"),
        (
            lambda: gfile.GFile(root + "/a.txt").write("x"),
            errors.PermissionDeniedError,
            "File isn't open for writing",
        ),
        (
            lambda: gfile.GFile(root + "/a.txt", "w").read(),
            errors.PermissionDeniedError,
            "File isn't open for reading",
        ),
        (
            lambda: gfile.GFile(root + "/a.txt").seek(-1),
            errors.InvalidArgumentError,
            "Seeking to a negative position: -1",
        ),
        (
            lambda: gfile.GFile(root + "/a.txt").seek(100),
            errors.OutOfRangeError,
            "reached end of file",
        ),
        (
            lambda: gfile.GFile(root + "/a.txt").seek(0, 3),
            errors.InvalidArgumentError,
            "Invalid whence argument: 3. Valid values are 0, 1, or 2.",
        ),
        (lambda: gfile.Remove(root + "/none"), errors.NotFoundError, "none; No such file"),
        (lambda: gfile.Stat(root + "/none"), errors.NotFoundError, "none; No such file"),
        (
            lambda: gfile.Rename(root + "/a.txt", root + "/sub/x.txt"),
            errors.AlreadyExistsError,
            "file already exists",
        ),
        (
            lambda: gfile.Copy(root + "/a.txt", root + "/sub/x.txt"),
            errors.AlreadyExistsError,
            "file already exists",
        ),
        (
            lambda: gfile.ListDirectory(root + "/a.txt"),
            errors.NotFoundError,
            "Could not find directory ",
        ),
        (lambda: gfile.DeleteRecursively(root + "/none"), errors.NotFoundError, "none not found"),
        (lambda: gfile.Glob(root + "/no/*"), errors.NotFoundError, "no; No such file"),
    ]
    for function, cls, text in cases:
        with pytest.raises(cls, match=re.escape(text)):
            function()
    with pytest.raises(TypeError, match="Expected binary or unicode string, got 3"):
        gfile.GFile(root + "/b.txt", "w").write(3)


def test_unknown_scheme() -> None:
    with pytest.raises(errors.UnimplementedError) as caught:
        gfile.Exists("foo://x")
    assert str(caught.value) == "File system scheme 'foo' not implemented (file: 'foo://x')"


def test_directories(root: str) -> None:
    gfile.MkDir(root + "/sub")  # exists, and that is no error
    gfile.MakeDirs(root + "/p/q")
    assert gfile.IsDirectory(root + "/p/q") and not gfile.IsDirectory(root + "/a.txt")
    assert sorted(gfile.ListDirectory(root)) == ["a.txt", "bad.bin", "p", "sub"]
    gfile.DeleteRecursively(root + "/p")
    assert not gfile.Exists(root + "/p")
    walked = [(folder, sorted(dirs), sorted(files)) for folder, dirs, files in gfile.Walk(root)]
    assert walked == [(root, ["sub"], ["a.txt", "bad.bin"]), (root + "/sub", [], ["x.txt"])]
    assert [w[0] for w in gfile.Walk(root, in_order=False)] == [root + "/sub", root]
    assert list(gfile.Walk(root + "/none")) == []


def test_glob(root: str) -> None:
    file_io.write_string_to_file(root + "/.hidden.txt", "")
    texts = [root + "/" + name for name in gfile.ListDirectory(root) if name.endswith(".txt")]
    assert sorted(texts) == [root + "/.hidden.txt", root + "/a.txt"]
    assert gfile.Glob(root + "/*.txt") == texts
    assert gfile.Glob(root + "/*/*") == [root + "/sub/x.txt"]
    assert gfile.Glob(root + "/[ab].tx?") == [root + "/a.txt"]
    assert gfile.Glob([root + "/a.txt", root + "/sub/*"]) == [
        root + "/a.txt",
        root + "/sub/x.txt",
    ]
    assert gfile.Glob(root + "/{a,b}.txt") == []


def test_glob_gives_the_order_of_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        for name in ("1", "2"):
            (tmp_path / folder / name).touch()
    listdir = os.listdir
    monkeypatch.setattr(os, "listdir", lambda path: sorted(listdir(path), reverse=True))
    found = [str(Path(path).relative_to(tmp_path)) for path in gfile.Glob(f"{tmp_path}/*/*")]
    assert found == ["b/2", "b/1", "a/2", "a/1"]


def test_relative_glob(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "x.txt").touch()
    (tmp_path / "a.txt").touch()
    assert gfile.Glob("*.txt") == ["./a.txt"]
    assert gfile.Glob("a.txt") == ["./a.txt"]
    assert gfile.Glob("*/*") == ["./sub/x.txt"]
    assert gfile.Glob("sub/*") == ["sub/x.txt"]


def test_copy_and_rename(root: str) -> None:
    gfile.Copy(root + "/a.txt", root + "/sub/x.txt", overwrite=True)
    assert file_io.filecmp(root + "/a.txt", root + "/sub/x.txt")
    gfile.Rename(root + "/sub/x.txt", root + "/y.txt")
    assert gfile.Exists(root + "/y.txt") and not gfile.Exists(root + "/sub/x.txt")
    gfile.Rename(root + "/y.txt", root + "/a.txt", overwrite=True)
    gfile.Rename(root + "/sub", root + "/renamed")
    assert gfile.IsDirectory(root + "/renamed")


def test_copy_between_file_systems(tmp_path: Path) -> None:
    path = f"memory://{uuid.uuid4().hex}"
    (tmp_path / "a").write_text("text")
    gfile.Copy(str(tmp_path / "a"), path)
    assert gfile.GFile(path).read() == "text"
    with pytest.raises(errors.UnimplementedError):
        gfile.Rename(path, str(tmp_path / "b"))


def test_stat(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("text")
    statistics = gfile.Stat(str(path))
    assert (statistics.length, statistics.is_directory) == (4, False)
    assert statistics.mtime_nsec == os.stat(path).st_mtime_ns
    assert gfile.Stat(str(tmp_path)).is_directory


def test_checksum(root: str) -> None:
    path = root + "/a.txt"
    assert file_io.file_crc32(path) == file_io.file_crc32(path, 4) == "0xab7d37d5"


def test_atomic_write(root: str) -> None:
    path = root + "/atomic"
    file_io.atomic_write_string_to_file(path, "old", overwrite=False)
    with pytest.raises(errors.AlreadyExistsError):
        file_io.atomic_write_string_to_file(path, "new", overwrite=False)
    assert file_io.read_file_to_string(path) == "old"
    assert sorted(gfile.ListDirectory(root)) == ["a.txt", "atomic", "bad.bin", "sub"]


def test_numpy_reads_from_it(root: str) -> None:
    buffer = io.BytesIO()
    np.savez(buffer, a=1, b=[2, 3])
    file_io.write_string_to_file(root + "/a.npz", buffer.getvalue())
    with gfile.GFile(root + "/a.npz", "rb") as file:
        loaded = np.load(file)
        assert loaded["b"].tolist() == [2, 3]


def test_file_scheme_and_other_paths(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("text")
    for name in (f"file://{path}", str(path), str(path).encode(), path):
        assert gfile.GFile(name).read() == "text"
    assert gfile.Glob(f"file://{tmp_path}/*") == [f"file://{path}"]
