"""What commands write: all of a file or nothing, through links, never over a device."""

from __future__ import annotations

import errno
import os
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from archc.cli import atomic, main, output

BUILD = ("build", "googlenet", "-o")
FIRST = ("build", "squeezenet1_1", "-o")
"""Two commands that write different texts to the same file."""


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments])


def fails(result: Result, words: str) -> None:
    """One line on stderr, and exit 1."""
    assert result.exit_code == 1, result.output
    assert words in result.stderr
    assert len(result.stderr.splitlines()) == 1, result.stderr
    assert result.stdout == ""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder."""
    path = tmp_path / "out"
    path.mkdir()
    return path


def test_a_link_is_written_through(folder: Path) -> None:
    link, target = folder / "link.py", folder / "target.py"
    link.symlink_to(target.name)
    for command in (FIRST, BUILD):  # at first the link leads nowhere
        assert run(*command, link).exit_code == 0
        assert link.is_symlink()
        assert target.read_text() == run(*command, "-").stdout
    assert len(list(folder.iterdir())) == 2


def test_links_in_a_circle(folder: Path) -> None:
    (folder / "a").symlink_to("b")
    (folder / "b").symlink_to("a")
    fails(run(*BUILD, folder / "a"), os.strerror(errno.ELOOP))


def test_missing_folders_are_made(folder: Path) -> None:
    assert run(*BUILD, folder / "a" / "b" / "net.py").exit_code == 0
    assert [path.name for path in (folder / "a" / "b").iterdir()] == ["net.py"]


def test_new_files_have_the_default_mode(folder: Path) -> None:
    plain = folder / "plain"
    plain.touch()
    assert run(*BUILD, folder / "net.py").exit_code == 0
    assert (folder / "net.py").stat().st_mode == plain.stat().st_mode


@pytest.mark.parametrize("mode", [0o600, 0o755, 0o664])
def test_permission_bits_are_kept(folder: Path, mode: int) -> None:
    file = folder / "net.py"
    run(*FIRST, file)
    file.chmod(mode)
    assert run(*BUILD, file).exit_code == 0
    assert file.stat().st_mode & 0o777 == mode


def test_a_device_is_written_to_and_stays() -> None:
    before = Path("/dev/null").stat()
    for _ in range(2):
        assert run(*BUILD, "/dev/null").exit_code == 0
    after = Path("/dev/null").stat()
    assert (before.st_ino, before.st_rdev, before.st_mode) == (
        after.st_ino,
        after.st_rdev,
        after.st_mode,
    )


def test_a_link_to_a_device(folder: Path) -> None:
    (folder / "nowhere").symlink_to("/dev/null")
    assert run(*BUILD, folder / "nowhere").exit_code == 0
    assert (folder / "nowhere").is_char_device()


def test_a_pipe_is_written_to_and_stays(folder: Path) -> None:
    pipe = folder / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()), daemon=True)
    reader.start()
    assert run(*BUILD, pipe).exit_code == 0
    reader.join(10)
    assert pipe.is_fifo()
    assert read == [run(*BUILD, "-").stdout]


@pytest.mark.skipif(not Path("/dev/stdout").exists(), reason="no /dev/stdout")
def test_dev_stdout_is_stdout(folder: Path) -> None:
    """Also where it is a file that has something in it already."""
    log = folder / "log"
    log.write_text("before\n")
    with log.open("a") as file:
        command = [sys.executable, "-m", "archc", *BUILD, "/dev/stdout"]
        subprocess.run(command, stdout=file, check=True)
    assert log.read_text() == "before\n" + run(*BUILD, "-").stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_device() -> None:
    fails(run(*BUILD, "/dev/full"), "cannot write /dev/full: No space left on device")
    assert Path("/dev/full").is_char_device()


def test_a_closed_stdout() -> None:
    command = f"{shlex.quote(sys.executable)} -m archc build googlenet -o - >&-"
    found = subprocess.run(command, shell=True, stderr=subprocess.PIPE, text=True)
    assert (found.returncode, found.stderr) == (1, "error: cannot write: stdout is closed\n")


def test_a_folder(folder: Path) -> None:
    fails(run(*BUILD, folder), "Is a directory")
    fails(run(*BUILD, f"{folder}/new/"), "Is a directory")
    assert list(folder.iterdir()) == []


def test_a_folder_that_cannot_be_made(folder: Path) -> None:
    (folder / "file").write_text("text")
    fails(run(*BUILD, folder / "file" / "net.py"), "Not a directory")
    fails(run(*BUILD, folder / "file" / "more" / "net.py"), "Not a directory")
    fails(run(*BUILD, folder / ("n" * 300) / "net.py"), "File name too long")
    assert [path.name for path in folder.iterdir()] == ["file"]


def test_long_names_are_names(folder: Path) -> None:
    name = "n" * 255
    assert run(*BUILD, folder / name).exit_code == 0
    assert [path.name for path in folder.iterdir()] == [name]


def test_a_path_that_no_file_can_have() -> None:
    fails(run(*BUILD, "a\0b.py"), "cannot write a\N{REPLACEMENT CHARACTER}b.py")


@pytest.mark.parametrize("force", [(), ("--force",)])
def test_a_read_only_file(folder: Path, force: tuple[str, ...]) -> None:
    file = folder / "net.py"
    run(*FIRST, file)
    before = file.read_bytes()
    file.chmod(0o444)
    fails(run(*BUILD, file, *force), "Permission denied")
    assert file.read_bytes() == before


def test_a_read_only_folder(folder: Path) -> None:
    folder.chmod(0o555)
    try:
        fails(run(*BUILD, folder / "net.py"), "Permission denied")
        fails(run(*BUILD, folder / "new" / "net.py"), "Permission denied")
        assert list(folder.iterdir()) == []
    finally:
        folder.chmod(0o755)


def break_writing(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Let a file be made, and nothing be written to it."""
    real = Path.open

    def open_(path: Path, mode: str = "r") -> object:
        file = real(path, mode)
        if mode != "xb":
            return file
        file.close()
        raise error

    monkeypatch.setattr(Path, "open", open_)


@pytest.mark.parametrize("existing", [True, False])
def test_a_full_disk(folder: Path, monkeypatch: pytest.MonkeyPatch, existing: bool) -> None:
    file = folder / "new" / "net.py"
    if existing:
        run(*FIRST, file)
    before = sorted(folder.rglob("*")), file.read_bytes() if existing else None
    with monkeypatch.context() as patch:
        break_writing(patch, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
        result = run(*BUILD, file)
    fails(result, "No space left on device")
    assert (sorted(folder.rglob("*")), file.read_bytes() if existing else None) == before


@pytest.mark.parametrize("error", [KeyboardInterrupt(), MemoryError(), SystemExit(143)])
def test_nothing_stays_behind(
    folder: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    file = folder / "net.py"
    file.write_bytes(b"before")
    break_writing(monkeypatch, error)
    with pytest.raises(type(error)):
        atomic.replace(file, b"after")
    with pytest.raises(type(error)):
        atomic.replace(folder / "new" / "net.py", b"after")
    monkeypatch.undo()
    assert list(folder.rglob("*")) == [file]
    assert file.read_bytes() == b"before"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 KiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("only root may mount a small disk")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_disk_that_is_really_full(small_disk: Path) -> None:
    file = small_disk / "new" / "net.py"
    assert run(*FIRST, file).exit_code == 0
    before = file.read_bytes()
    (small_disk / "filler").write_bytes(bytes(52 << 10))
    fails(run("report", "googlenet", "--format", "html", "-o", file), "No space left on device")
    fails(run("report", "--format", "html", "-o", small_disk / "a" / "b"), "No space left")
    assert file.read_bytes() == before
    assert sorted(path.name for path in small_disk.rglob("*")) == ["filler", "net.py", "new"]


SLOW = """
import io, pathlib, sys, time
from archc.cli.output import write_output

real = pathlib.Path.open

class Slow(io.BytesIO):
    def write(self, data):
        print("writing", flush=True)
        time.sleep(60)

def open(path, mode="r", *rest):
    if mode != "xb" or "state" in str(path):
        return real(path, mode, *rest)
    with real(path, mode) as file:
        file.write(b"half")
    return Slow()

pathlib.Path.open = open
write_output("text", sys.argv[1], force=True)
"""


@pytest.mark.parametrize("existing", [True, False])
@pytest.mark.parametrize(("signal", "code"), [("SIGTERM", 143), ("SIGHUP", 129), ("SIGINT", -2)])
def test_a_signal_while_writing(folder: Path, existing: bool, signal: str, code: int) -> None:
    import signal as signals

    file = folder / "new" / "net.py"
    if existing:
        file.parent.mkdir()
        file.write_bytes(b"before")
    before = sorted(folder.rglob("*"))
    command = [sys.executable, "-c", SLOW, str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"writing\n"
        assert len(list(folder.rglob(".archc-*"))) == 1
        process.send_signal(getattr(signals, signal))
        assert process.wait(10) == code
    assert sorted(folder.rglob("*")) == before
    assert not existing or file.read_bytes() == b"before"


def test_an_ignored_signal_stays_ignored() -> None:
    import signal

    from archc.cli.signals import unwinding

    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with unwinding():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
            assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_thread_may_write(folder: Path) -> None:
    """Only the main thread may handle signals."""
    thread = threading.Thread(target=output.write_output, args=("text", str(folder / "a")))
    thread.start()
    thread.join()
    assert (folder / "a").read_text() == "text"
