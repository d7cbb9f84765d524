"""The writer of logs: whole lines, in order, whatever the disk does; rotated without losing one."""

import errno
import os
import stat
from pathlib import Path

import pytest

from launcher.pump import CUT, LINE_BYTES, Pump, RotatingFile, run


@pytest.fixture
def said() -> list[str]:
    return []


def written(path: Path) -> list[bytes]:
    """Return the lines of a log and of the rotated ones, oldest first."""
    rotated = sorted(path.parent.glob(f"{path.stem}.*.log"), reverse=True)
    return b"".join(file.read_bytes() for file in [*rotated, path]).splitlines(keepends=True)


class FullDisk(RotatingFile):
    """A file on a disk that is full now and then: then it takes the first byte of a write, and no more."""

    full = False

    def write(self, lines: bytes) -> None:
        if not self.full:
            super().write(lines)
            return
        real = os.write

        def no_space(file: int, data: memoryview) -> int:
            if len(data) == len(lines):
                return real(file, bytes(data[:1]))
            raise OSError(errno.ENOSPC, "No space left on device")

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(os, "write", no_space)
            super().write(lines)


def test_rotation_keeps_every_line_and_bounds_the_whole(tmp_path: Path, said: list[str]) -> None:
    path = tmp_path / "logs" / "toy.log"
    pump = Pump(RotatingFile(path, limit=1000, kept=3), said.append)
    lines = [b"line %04d\n" % number for number in range(380)]
    for line in lines:
        pump.feed(line)
    assert written(path) == lines
    for number in range(380, 2000):
        pump.feed(b"line %04d\n" % number)
    files = list(path.parent.iterdir())
    assert len(files) == 4
    assert all(file.stat().st_size <= 1000 for file in files)
    assert written(path)[-300:] == [b"line %04d\n" % number for number in range(1700, 2000)]
    assert said == []


def test_only_the_owner_reads_it(tmp_path: Path, said: list[str]) -> None:
    path = tmp_path / "logs" / "toy.log"
    pump = Pump(RotatingFile(path, limit=10), said.append)
    pump.feed(b"eight by\nmore\n")
    pump.feed(b"again\n")
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}

    path.chmod(0o644)  # as an older version left it
    Pump(RotatingFile(path), said.append).feed(b"x\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_lines_are_whole_however_they_arrive_and_none_is_endless(tmp_path: Path, said: list[str]) -> None:
    path = tmp_path / "toy.log"
    pump = Pump(RotatingFile(path), said.append)
    for byte in b"one\ntwo\n":
        pump.feed(bytes([byte]))
    endless = b"x" * (LINE_BYTES * 3)
    for start in range(0, len(endless), 60_000):
        pump.feed(endless[start : start + 60_000])
    pump.feed(b"y\nthree\n")
    pump.feed(b"z" * (LINE_BYTES + 1) + b"\nno end")
    assert written(path) == [b"one\n", b"two\n", b"x" * LINE_BYTES + CUT, b"three\n", b"z" * LINE_BYTES + CUT]
    pump.end()
    assert written(path)[-1] == b"no end\n"


def test_a_full_disk_loses_nothing_that_fits_into_memory_and_is_said_once(tmp_path: Path, said: list[str]) -> None:
    file = FullDisk(tmp_path / "toy.log")
    pump = Pump(file, said.append)
    pump.feed(b"before\n")
    file.full = True
    for number in range(100):
        pump.feed(b"meanwhile %d\n" % number)
    assert pump.waits
    assert (tmp_path / "toy.log").read_bytes() == b"before\n"
    assert len(said) == 1
    assert "No space left on device" in said[0]
    file.full = False
    pump.flush()
    assert not pump.waits
    assert written(tmp_path / "toy.log") == [b"before\n", *(b"meanwhile %d\n" % number for number in range(100))]
    assert said[1:] == [f"{tmp_path / 'toy.log'} is written again; no line is lost"]


def test_beyond_memory_the_oldest_are_dropped_and_counted(tmp_path: Path, said: list[str]) -> None:
    file = FullDisk(tmp_path / "toy.log")
    pump = Pump(file, said.append, waiting_bytes=105)
    file.full = True
    for number in range(50):
        pump.feed(b"line %03d\n" % number)  # 9 bytes: 11 of them wait
    file.full = False
    pump.feed(b"after\n")
    assert written(tmp_path / "toy.log") == [*(b"line %03d\n" % number for number in range(39, 50)), b"after\n"]
    assert said[1:] == [f"{tmp_path / 'toy.log'} is written again; 39 lines are lost"]


def test_a_log_that_was_removed_begins_anew(tmp_path: Path, said: list[str]) -> None:
    path = tmp_path / "logs" / "toy.log"
    pump = Pump(RotatingFile(path), said.append)
    pump.feed(b"one\n")
    path.unlink()
    path.parent.rmdir()
    pump.feed(b"two\n")
    assert written(path) == [b"two\n"]


def test_it_pumps_to_the_end(tmp_path: Path, said: list[str]) -> None:
    source, sink = os.pipe()
    os.write(sink, b"one\ntwo")
    os.close(sink)
    run(source, Pump(RotatingFile(tmp_path / "toy.log"), said.append))
    os.close(source)
    assert written(tmp_path / "toy.log") == [b"one\n", b"two\n"]
