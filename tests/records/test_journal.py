"""The journal: crashes, torn lines, disks that are full, and folders that belong to another node."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from ivr.errors import JournalError
from ivr.records.facts import Answered, Ended, Fact, Offered
from ivr.records.journal.journal import Journal
from ivr.records.journal.lines import fact_line
from ivr.records.journal.segments import Segment

ANSWERED = Answered(5)


class Disk:
    """A disk that can be told to refuse; `kept` bytes of a piece still get through, as on a disk that fills up."""

    def __init__(self) -> None:
        self.refuses: int | None = None
        self.kept = 0
        self.synced = threading.Event()
        self.tries = 0

    def open(self, path: Path) -> Segment:
        """A segment on this disk."""
        disk = self

        class Moody(Segment):
            def append(self, data: bytes) -> None:
                disk.tries += 1
                if disk.refuses is not None:
                    os.write(self._fd, data[: disk.kept])
                    raise OSError(disk.refuses, os.strerror(disk.refuses))
                super().append(data)
                disk.synced.set()

        return Moody(path)


def eventually(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    waiter = threading.Event()
    for _ in range(int(seconds * 200)):
        if condition():
            return True
        waiter.wait(0.005)
    return condition()


def left(folder: Path) -> dict[str, tuple[Fact, ...]]:
    with closing(Journal(folder)) as journal:
        assert journal.faults == ()
        return dict(journal.left)


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("journal-*"))


def test_what_was_flushed_is_there_after_a_restart_in_order(tmp_path: Path) -> None:
    with closing(Journal(tmp_path / "journal")) as journal:
        for t in range(500):
            journal.append(f"c{t % 3}", Answered(t))
        assert journal.flush(10)
        assert journal.healthy and journal.trouble is None
    found = left(tmp_path / "journal")
    assert found == {f"c{n}": tuple(Answered(t) for t in range(500) if t % 3 == n) for n in range(3)}


def test_what_was_flushed_survives_a_kill(tmp_path: Path) -> None:
    script = (
        "import os,sys; from pathlib import Path; from ivr.records.journal.journal import Journal; "
        "from ivr.records.facts import Answered; j = Journal(Path(sys.argv[1])); "
        "[j.append('c', Answered(t)) for t in range(1000)]; ok = j.flush(); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path / "j")], timeout=60)
    assert done.returncode == -9
    assert left(tmp_path / "j") == {"c": tuple(Answered(t) for t in range(1000))}


def test_the_folder_and_its_files_are_private(tmp_path: Path) -> None:
    with closing(Journal(tmp_path / "deep" / "journal")) as journal:
        journal.append("c", ANSWERED)
        assert journal.flush(10)
        folder = tmp_path / "deep" / "journal"
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_two_nodes_do_not_share_a_folder(tmp_path: Path) -> None:
    with closing(Journal(tmp_path)), pytest.raises(JournalError, match="另一个节点"):
        Journal(tmp_path)
    Journal(tmp_path).close()


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(JournalError):
        Journal(tmp_path / "file" / "journal")


def test_a_segment_that_cannot_be_read_gives_the_folder_back(tmp_path: Path) -> None:
    (tmp_path / "journal-00000001.jsonl").mkdir()
    with pytest.raises(JournalError, match="无法读取"):
        Journal(tmp_path)
    (tmp_path / "journal-00000001.jsonl").rmdir()
    Journal(tmp_path).close()


@pytest.mark.parametrize("cut", [1, 2, 10, 30])
def test_a_torn_last_line_is_skipped_and_reported(tmp_path: Path, cut: int) -> None:
    line = fact_line("c", Offered(1, "l", "in", "95000", None, "withheld"))
    (tmp_path / "journal-00000001.jsonl").write_bytes(fact_line("c", ANSWERED) + line[:-cut])
    with closing(Journal(tmp_path)) as journal:
        assert journal.left == {"c": (ANSWERED,)}
        assert len(journal.faults) == 1 and "journal-00000001.jsonl 第 2 行" in journal.faults[0]


def test_garbage_in_the_middle_is_skipped_and_reported(tmp_path: Path) -> None:
    garbage = b"\x00" * 4096 + b"\n" + b"{}\n"
    (tmp_path / "journal-00000001.jsonl").write_bytes(fact_line("a", ANSWERED) + garbage + fact_line("b", ANSWERED))
    with closing(Journal(tmp_path)) as journal:
        assert set(journal.left) == {"a", "b"}
        assert len(journal.faults) == 2


def test_settled_calls_are_forgotten_and_their_segments_removed(tmp_path: Path) -> None:
    with closing(Journal(tmp_path, segment_bytes=1)) as journal:
        for call_id in ("a", "b"):
            journal.append(call_id, ANSWERED)
            assert journal.flush(10)
        journal.settle("b")
        assert journal.flush(10)
        # The oldest segment is needed for a; the younger ones stay behind it, for one says that b is stored.
        assert len(files(tmp_path)) == 3
        journal.settle("a")
        assert journal.flush(10)
        assert eventually(lambda: files(tmp_path) == [])
    assert left(tmp_path) == {}


def test_a_stored_call_does_not_come_back_while_another_needs_the_segment(tmp_path: Path) -> None:
    with closing(Journal(tmp_path)) as journal:
        journal.append("a", ANSWERED)
        journal.append("b", ANSWERED)
        journal.settle("a")
    assert left(tmp_path) == {"b": (ANSWERED,)}


def test_facts_after_the_store_has_a_call_count_again(tmp_path: Path) -> None:
    with closing(Journal(tmp_path)) as journal:
        journal.append("a", ANSWERED)
        journal.settle("a")
        journal.append("a", Ended(9, "caller", "16"))
    assert left(tmp_path) == {"a": (Ended(9, "caller", "16"),)}


def test_segments_of_an_earlier_run_go_once_their_calls_are_settled(tmp_path: Path) -> None:
    with closing(Journal(tmp_path)) as journal:
        journal.append("a", ANSWERED)
    with closing(Journal(tmp_path)) as journal:
        journal.settle("a")
    assert files(tmp_path) == []


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
def test_a_disk_that_refuses_costs_nothing_once_it_works_again(tmp_path: Path, code: int) -> None:
    disk = Disk()
    with closing(Journal(tmp_path, opener=disk.open, retry_seconds=0.01)) as journal:
        journal.append("c", Answered(1))
        assert journal.flush(10)
        disk.refuses, disk.kept = code, 17
        for t in range(2, 50):
            journal.append("c", Answered(t))
        assert eventually(lambda: disk.tries > 3)
        assert not journal.flush(0.01)
        trouble = journal.trouble
        assert not journal.healthy and trouble is not None
        assert os.strerror(code) in trouble and "48 条暂存在内存中" in trouble
        disk.refuses = None
        assert journal.flush(10)
        assert journal.healthy and journal.lost == 0
    with closing(Journal(tmp_path)) as journal:
        assert journal.left == {"c": tuple(Answered(t) for t in range(1, 50))}
        assert journal.faults == ()
    # The retries left no litter behind.
    assert len(files(tmp_path)) == 2


def test_a_disk_full_from_the_very_first_line(tmp_path: Path) -> None:
    disk = Disk()
    disk.refuses = errno.ENOSPC
    with closing(Journal(tmp_path, opener=disk.open, retry_seconds=0.01)) as journal:
        journal.append("c", ANSWERED)
        assert eventually(lambda: disk.tries > 2)
        assert not journal.healthy
        assert len(files(tmp_path)) <= 1
        disk.refuses = None
        assert journal.flush(10)
    assert left(tmp_path) == {"c": (ANSWERED,)}


def test_a_segment_that_cannot_even_be_opened_is_retried(tmp_path: Path) -> None:
    refusing = threading.Event()
    refusing.set()

    def opener(path: Path) -> Segment:
        if refusing.is_set():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return Segment(path)

    with closing(Journal(tmp_path, opener=opener, retry_seconds=0.01)) as journal:
        journal.append("c", ANSWERED)
        assert eventually(lambda: not journal.healthy)
        refusing.clear()
        assert journal.flush(10)


def test_whatever_goes_wrong_its_writer_goes_on(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    broken = threading.Event()
    broken.set()

    def opener(path: Path) -> Segment:
        if broken.is_set():
            raise RuntimeError("a bug")
        return Segment(path)

    with closing(Journal(tmp_path, opener=opener, retry_seconds=0.01)) as journal:
        journal.append("c", ANSWERED)
        assert eventually(lambda: "RuntimeError" in str(journal.trouble))
        broken.clear()
        assert journal.flush(10) and journal.healthy
    assert left(tmp_path) == {"c": (ANSWERED,)}
    assert [one.exc_info is not None for one in caplog.records if "writer failed" in one.getMessage()] == [True]


def test_memory_is_bounded_and_what_is_lost_is_counted(tmp_path: Path) -> None:
    disk = Disk()
    disk.refuses = errno.ENOSPC
    with closing(Journal(tmp_path, opener=disk.open, retry_seconds=0.01, memory=10)) as journal:
        for t in range(25):
            journal.append("c", Answered(t))
        assert eventually(lambda: not journal.healthy)
        assert journal.lost == 15
        assert journal.trouble is not None and "15 条没有写入" in journal.trouble
        disk.refuses = None
        assert journal.flush(10)
        assert not journal.healthy  # what was lost stays lost, and the operator goes on being told


def test_closing_on_a_full_disk_ends(tmp_path: Path) -> None:
    disk = Disk()
    disk.refuses = errno.ENOSPC
    journal = Journal(tmp_path, opener=disk.open, retry_seconds=3600)
    journal.append("c", ANSWERED)
    assert eventually(lambda: not journal.healthy)
    journal.close()
    journal.close()
    assert not journal.flush(1)


def test_append_does_not_wait_for_the_disk(tmp_path: Path) -> None:
    gate, stuck = threading.Event(), threading.Event()

    class Slow(Segment):
        def append(self, data: bytes) -> None:
            stuck.set()
            assert gate.wait(30)
            super().append(data)

    with closing(Journal(tmp_path, opener=Slow)) as journal:
        journal.append("c", ANSWERED)
        assert stuck.wait(10)
        for t in range(1000):  # would never return if it waited for the stuck fsync
            journal.append("c", Answered(t))
        gate.set()
        assert journal.flush(10)


def test_many_lines_share_an_fsync(tmp_path: Path) -> None:
    disk = Disk()
    with closing(Journal(tmp_path, opener=disk.open)) as journal:
        for t in range(5000):
            journal.append("c", Answered(t))
        assert journal.flush(30)
    assert disk.tries < 1000


@contextmanager
def tiny_disk(folder: Path) -> Iterator[Path]:
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", folder], capture_output=True)
    if made.returncode != 0:
        pytest.skip("mounting a tmpfs is not allowed here; the injected disk above shows the same")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root; the injected disk above shows the same")
def test_a_really_full_disk(tmp_path: Path) -> None:
    with tiny_disk(tmp_path / "disk") as disk:
        with closing(Journal(disk / "journal", retry_seconds=0.01)) as journal:
            journal.append("c", Answered(0))
            assert journal.flush(10)
            ballast = disk / "ballast"
            with ballast.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
                while True:
                    file.write(b"x" * 4096)
            for t in range(1, 2000):
                journal.append("c", Answered(t))
            assert eventually(lambda: not journal.healthy)
            ballast.unlink()
            assert journal.flush(10)
            assert journal.healthy and journal.lost == 0
        assert left(disk / "journal") == {"c": tuple(Answered(t) for t in range(2000))}
