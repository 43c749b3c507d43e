"""Backups while calls are written, on full disks, and when somebody pulls the plug: the old one stays whole, and what
is restored is what there was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import Connection

from ivr.encryption.keys import KeyRing
from ivr.errors import BackupError, StoreError
from ivr.records.backup import restore as restoring
from ivr.records.backup.archive import verify
from ivr.records.backup.make import make, newest
from ivr.records.backup.restore import is_unfinished, restore
from ivr.records.facts import Answered, Ended, MenuEntered, Offered
from ivr.records.journal.journal import Journal
from ivr.records.journal.recorder import Recorder
from ivr.records.journal.recovery import recover
from ivr.records.model import Call
from ivr.records.store import Store
from ivr.settings import Settings
from tests.records.backup.machines import everything, files_of, furnish, machine
from tests.rig.disk import tiny_disk

NOW = 1_796_022_900_000
TOP = Path(__file__).parents[3]


@dataclass
class Line:
    """Calls that come one after the other, three at a time, as on a busy hotline."""

    settings: Settings
    store: Store
    recorder: Recorder
    begun: list[str] = field(default_factory=list)
    over: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        while not self.stop.wait(0.005):
            self.one(len(self.begun))

    def one(self, number: int) -> None:
        call, t = f"n-{number}", NOW + number
        self.recorder.fact(call, Offered(t, call, "in", "95000", "+8613800000001", "normal"))
        self.begun.append(call)
        self.recorder.fact(call, Answered(t + 1))
        if number >= 2:  # two go on while a third begins
            ending, t = f"n-{number - 2}", NOW + number - 2
            self.recorder.fact(ending, MenuEntered(t + 2, "main", 1))
            self.recorder.fact(ending, Ended(t + 3, "caller", "16"))
            self.recorder.finish(ending)
            self.over.append(ending)


@contextmanager
def calling(settings: Settings) -> Iterator[Line]:
    store = Store(settings.url)
    store.migrate()
    # small segments: the journal removes some while the backup is made
    recorder = Recorder(Journal(settings.journal, segment_bytes=20_000), store)
    line = Line(settings, store, recorder)
    thread = threading.Thread(target=line.run)
    thread.start()
    try:
        yield line
    finally:
        line.stop.set()
        thread.join()
        recorder.close()
        store.close()


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_calls_go_on_while_it_is_made_and_none_is_lost(
    kind: str, tmp_path: Path, new_postgres: Callable[[], str]
) -> None:
    full, empty = (machine(tmp_path / name, new_postgres() if kind == "postgresql" else "") for name in ("one", "two"))
    with calling(full) as line:
        _until(lambda: line.store.count() > 100, "calls are saved")
        begun, over = list(line.begun), list(line.over)
        made = make(full, tmp_path, NOW, "1.0")
        _until(lambda: len(line.begun) > len(begun) + 100, "calls go on")
    original = _calls(full)
    assert original.keys() == set(line.over) and made.manifest.tables["call"][0] >= 100
    restore(empty, made.path, NOW)
    again = Store(empty.url)
    with closing(again):
        recover(empty.journal, again, now=NOW + 10**7, alive=())
    found = _calls(empty)
    assert found.keys() >= set(begun), "those that went on are known too"
    # the one that ended while it was made may be there whole or as far as it was
    changed = [name for name in found.keys() & original.keys() if found[name] != original[name]]
    assert set(over) <= found.keys() and not set(changed) & set(over)
    causes = {found[name].hangup_cause for name in changed}
    assert causes <= {"app_lost", "last_seen"}, "never half a record that looks whole"


def test_a_full_disk_leaves_the_backup_that_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    full, disk = machine(tmp_path / "full"), tmp_path / "disk"
    furnish(full)
    disk.mkdir()
    size = make(full, tmp_path, NOW, "1.0").path.stat().st_size
    with tiny_disk(disk, f"{size * 3 // 2 // 1024}k"):
        first = make(full, disk, NOW, "1.0", keep=1).path
        before = first.read_bytes()
        with pytest.raises(OSError, match="No space"):
            make(full, disk, NOW + 60_000, "1.0", keep=1)
        assert list(disk.iterdir()) == [first] and first.read_bytes() == before and newest(disk) == first
        empty = machine(tmp_path / "empty")
        restore(empty, first, NOW)
    assert everything(empty) == everything(full)
    assert not list(full.journal.glob(".backup-*")), "the journal is held no longer"


def test_a_full_disk_while_restoring_leaves_nothing_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    full, disk = machine(tmp_path / "full"), tmp_path / "disk"
    furnish(full)
    path = make(full, tmp_path, NOW, "1.0").path
    disk.mkdir()
    with tiny_disk(disk, "256k"):
        empty = machine(disk / "empty")
        with pytest.raises((OSError, StoreError), match=r"No space|disk is full"):
            restore(empty, path, NOW)
        assert files_of(empty) == {} and not (empty.state / "ivr.sqlite").exists() and not is_unfinished(empty)


@pytest.mark.parametrize("function", ["verify", "Path.replace"])
def test_who_is_killed_while_a_backup_is_made_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    monkeypatch.chdir(tmp_path)
    full = machine(tmp_path / "full")
    furnish(full)
    first = make(full, tmp_path / "backups", NOW, "1.0").path
    _killed(full, f"making.{function}", f"making.make(settings, Path('backups'), {NOW + 60_000}, '1.0')")
    (left,) = set((tmp_path / "backups").iterdir()) - {first}
    assert left.name.endswith(".part") and newest(tmp_path / "backups") == first
    assert verify(first, KeyRing(full.encryption)).rows
    os.utime(left, (NOW / 1000 - 10**8,) * 2)
    second = make(full, tmp_path / "backups", NOW + 60_000, "1.0").path
    assert sorted((tmp_path / "backups").iterdir()) == [first, second]


def test_who_is_killed_while_he_restores_may_do_it_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    full, empty = machine(tmp_path / "full"), machine(tmp_path / "empty")
    furnish(full)
    path = make(full, tmp_path, NOW, "1.0").path
    _killed(empty, "restoring.compare", f"restoring.restore(settings, Path({str(path)!r}), {NOW})")
    assert is_unfinished(empty), "a node does not start on this"
    restore(empty, path, NOW)
    assert not is_unfinished(empty) and everything(empty) == everything(full)
    late = machine(tmp_path / "late")
    _killed(late, "restoring._take_place", f"restoring.restore(settings, Path({str(path)!r}), {NOW})")
    assert is_unfinished(late), "the files have not taken their places"
    restore(late, path, NOW)
    assert not is_unfinished(late) and everything(late) == everything(full)


@pytest.mark.parametrize("nth", [1, 2, 4, 6])
def test_a_file_that_cannot_take_its_place_leaves_all_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nth: int
) -> None:
    monkeypatch.chdir(tmp_path)
    full, there = machine(tmp_path / "full"), machine(tmp_path / "there")
    furnish(full)
    path = make(full, tmp_path, NOW, "1.0").path
    there.flows.mkdir()
    (there.flows / "mine.yaml").write_bytes(b"mine")
    before, moved = files_of(there), iter(range(1, 1000))
    rename = Path.rename

    def failing(one: Path, place: Path) -> Path:
        if next(moved) == nth:
            raise OSError("cannot move")
        return rename(one, place)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", failing)
        with pytest.raises(BackupError, match="cannot move"):
            restore(there, path, NOW)
    assert files_of(there) == before and not (there.state / "ivr.sqlite").exists() and not is_unfinished(there)
    assert not list(there.flows.parent.glob("flows.before-*"))
    restore(there, path, NOW)
    assert everything(there) == everything(full)


def test_a_database_that_cannot_keep_it_in_the_end_leaves_the_files_as_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    full, there = machine(tmp_path / "full"), machine(tmp_path / "there")
    furnish(full)
    path = make(full, tmp_path, NOW, "1.0").path
    before, database = files_of(there), restoring._database

    @contextmanager
    def that_fails(settings: Settings) -> Iterator[Connection]:
        with database(settings) as connection:
            yield connection
            assert files_of(there) != before, "the files have taken their places"
            raise StoreError("disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(restoring, "_database", that_fails)
        with pytest.raises(StoreError, match="disk is full"):
            restore(there, path, NOW)
    assert files_of(there) == before and not is_unfinished(there)


def _killed(settings: Settings, function: str, doing: str) -> None:
    """Do something in a process that kills itself when it comes to `function`."""
    program = (
        "import os, signal, sys\nfrom dataclasses import replace\nfrom pathlib import Path\n"
        "from ivr.records.backup import make as making, restore as restoring\n"
        "from ivr.settings import Encryption, Settings\n"
        "settings = replace(Settings(), flows=Path(sys.argv[1], 'flows'), prompts=Path(sys.argv[1], 'prompts'),\n"
        "    state=Path(sys.argv[1], 'run'), encryption=Encryption(key_file=sys.argv[1] + '/run/hotline.keys'))\n"
        f"{function} = lambda *args, **given: os.kill(os.getpid(), signal.SIGKILL)\n{doing}\n"
    )
    environ = {**os.environ, "PYTHONPATH": str(TOP)}
    done = subprocess.run([sys.executable, "-c", program, str(settings.state.parent)], env=environ, check=False)
    assert done.returncode == -signal.SIGKILL


def _calls(settings: Settings) -> dict[str, Call]:
    with closing(Store(settings.url)) as store:
        return {call.call_id: call for call in store.list(limit=None)}


def _until(met: Callable[[], bool], what: str) -> None:
    waited = threading.Event()
    for _ in range(6000):
        if met():
            return
        waited.wait(0.01)
    pytest.fail(f"never: {what}")
