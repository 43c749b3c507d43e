"""A backup is made while the hotline goes on, is checked and encrypted, and an empty machine becomes the same by it."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from ivr.encryption.keys import Key, KeyRing
from ivr.encryption.sealed import SealedReader, key_name
from ivr.errors import BackupError, EncryptionError, StoreError
from ivr.records.backup import make as making
from ivr.records.backup.archive import ArchiveWriter, verify
from ivr.records.backup.make import make, newest
from ivr.records.backup.restore import is_unfinished, restore
from ivr.records.store import Store
from ivr.records.work.model import WorkItem, WorkKind
from ivr.settings import Encryption, Settings
from tests.records.backup.machines import (
    KEPT,
    KEY,
    LEFT_OUT,
    OLD_KEY,
    SEALED,
    everything,
    files_of,
    furnish,
    machine,
)

#: 2026-11-30 07:15:00 UTC.
NOW = 1_796_022_900_000


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths of sockets are short."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def two(request: pytest.FixtureRequest, tmp_path: Path, new_postgres: Callable[[], str]) -> tuple[Settings, Settings]:
    """A machine with everything, and an empty one."""
    urls = [new_postgres() if request.param == "postgresql" else "" for _ in range(2)]
    full, empty = (machine(tmp_path / name, url) for name, url in zip(("full", "empty"), urls, strict=True))
    furnish(full)
    return full, empty


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup that nothing is wrong with."""
    folder = tmp_path_factory.mktemp("whole")
    full = machine(folder / "full")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        furnish(full)
    return make(full, folder, NOW, "1.0").path


def test_an_empty_machine_becomes_the_same(two: tuple[Settings, Settings], tmp_path: Path) -> None:
    full, empty = two
    made = make(full, tmp_path / "backups", NOW, "1.0")
    assert made.path.name == "ivr-20261130T071500.backup" and stat.S_IMODE(made.path.stat().st_mode) == 0o600
    assert newest(tmp_path / "backups") == made.path
    before = everything(full)
    assert len(before) > 30 and all(len(found) == 3 for name, found in before.items() if name != "alembic_version")
    done = restore(empty, made.path, NOW)
    assert everything(empty) == before == everything(full)
    wanted = {name: data for name, data in files_of(full).items() if name in KEPT}
    found = files_of(empty)
    assert wanted.keys() == KEPT.keys() and found == wanted | {"run/journal/journal-00000001.jsonl": b""}
    assert all(stat.S_IMODE((tmp_path / "empty" / name).stat().st_mode) == 0o600 for name in found)
    assert (done.aside, done.keys_missing, is_unfinished(empty)) == ((), (), False)
    assert done.manifest.rows == sum(map(len, before.values())) - 1


def test_nothing_of_it_can_be_read_without_the_key_and_the_key_is_not_in_it(
    two: tuple[Settings, Settings], tmp_path: Path
) -> None:
    full, _ = two
    path = make(full, tmp_path, NOW, "1.0").path
    assert key_name(path) == Key.of(KEY).name
    with path.open("rb") as file:
        content = SealedReader(file, KeyRing(full.encryption).key).read()
    assert b"s3cret" in content and Key.of(OLD_KEY).name.encode() in content
    raw = path.read_bytes()
    for word in (b"s3cret", "中文".encode(), b"RIFF", b"hotline.yaml", b"work_item"):
        assert word not in raw
    for key in (KEY, OLD_KEY):
        assert key.encode() not in content and key.encode() not in raw
    manifest = verify(path, KeyRing(full.encryption))
    assert manifest.keys == {Key.of(key).name: 1 for key in SEALED.values()}
    assert not {name.replace("state/", "run/") for name in manifest.files} & LEFT_OUT.keys()


def test_files_keep_when_they_were_written(tmp_path: Path) -> None:
    full, empty = machine(tmp_path / "full"), machine(tmp_path / "empty")
    furnish(full)
    times = {}
    for place, name in enumerate(KEPT):
        file = tmp_path / "full" / name
        os.utime(file, ns=(1, 1_700_000_000_123_456_789 + place))
        times[name] = file.stat().st_mtime_ns
    restore(empty, make(full, tmp_path, NOW, "1.0").path, NOW)
    assert {name: (tmp_path / "empty" / name).stat().st_mtime_ns for name in KEPT} == times


def test_numbers_go_on_after_those_that_were_restored(two: tuple[Settings, Settings], tmp_path: Path) -> None:
    full, empty = two
    restore(empty, make(full, tmp_path, NOW, "1.0").path, NOW)
    store = Store(empty.url)
    added = store.work.add(WorkItem("new", WorkKind.MESSAGE, "n-1.1", "", None, "", 1, 2))
    store.close()
    assert added.id == 10, "the last one was 9"


@pytest.mark.postgres
@pytest.mark.parametrize("there", ["sqlite", "postgresql"])
def test_from_one_kind_of_database_to_the_other(tmp_path: Path, new_postgres: Callable[[], str], there: str) -> None:
    urls = ("", new_postgres()) if there == "sqlite" else (new_postgres(), "")
    full, empty = (machine(tmp_path / name, url) for name, url in zip(("full", "empty"), urls, strict=True))
    furnish(full)
    restore(empty, make(full, tmp_path / "one", NOW, "1.0").path, NOW)
    back = machine(tmp_path / "back", urls[0] and new_postgres())
    restore(back, make(empty, tmp_path / "two", NOW, "1.0").path, NOW)
    assert everything(back) == everything(full)


def test_the_operators_files_that_were_there_are_put_aside(tmp_path: Path) -> None:
    full, empty = machine(tmp_path / "full"), machine(tmp_path / "empty")
    furnish(full)
    empty.flows.mkdir()
    (empty.flows / "mine.yaml").write_bytes(b"mine")
    done = restore(empty, make(full, tmp_path, NOW, "1.0").path, NOW)
    assert done.aside == (tmp_path / "empty" / "flows.before-20261130T071500",)
    assert (done.aside[0] / "mine.yaml").read_bytes() == b"mine" and not (empty.flows / "mine.yaml").exists()
    assert (empty.flows / "hotline.yaml").read_bytes() == KEPT["flows/hotline.yaml"]


def test_a_machine_that_is_not_empty_is_left_alone(two: tuple[Settings, Settings], tmp_path: Path) -> None:
    full, _ = two
    path = make(full, tmp_path, NOW, "1.0").path
    before, rows = files_of(full), everything(full)
    with pytest.raises(BackupError, match="状态目录里已有"):
        restore(full, path, NOW)
    with_rows = machine(tmp_path / "rows", full.url)
    with pytest.raises(BackupError, match="数据库里已有数据"):
        restore(with_rows, path, NOW)
    assert files_of(full) == before and everything(full) == rows and files_of(with_rows) == {}


def test_a_key_that_some_recordings_need_is_named(tmp_path: Path) -> None:
    full, empty = machine(tmp_path / "full"), machine(tmp_path / "empty", keys=(KEY,))
    furnish(full)
    done = restore(empty, make(full, tmp_path, NOW, "1.0").path, NOW)
    assert done.keys_missing == (Key.of(OLD_KEY).name,)
    name = "run/asterisk/messages/n-1.3-1.wav"
    assert files_of(empty)[name] == files_of(full)[name], "restored as it was, for when the key is found"


@pytest.mark.parametrize("at", [0, 1, 20, 300, 0.3, 0.9, -1])
def test_a_cut_backup_is_refused(whole: Path, tmp_path: Path, at: float) -> None:
    empty, path = machine(tmp_path / "empty"), tmp_path / "cut.backup"
    data = whole.read_bytes()
    path.write_bytes(data[: at if isinstance(at, int) else round(at * len(data))])
    with pytest.raises(BackupError, match=r"不能用：.*(不是加密文件|不完整)"):
        restore(empty, path, NOW)
    _is_empty(empty)


@pytest.mark.parametrize("at", [5, 20, 40, 0.1, 0.5, 0.99])
def test_a_changed_backup_is_refused(whole: Path, tmp_path: Path, at: float) -> None:
    empty, path = machine(tmp_path / "empty"), tmp_path / "changed.backup"
    data = bytearray(whole.read_bytes())
    data[at if isinstance(at, int) else round(at * len(data))] ^= 1
    path.write_bytes(data)
    with pytest.raises(BackupError, match=r"不能用：.*(不是加密文件|损坏|现有的密钥里没有)"):
        restore(empty, path, NOW)
    _is_empty(empty)


def test_a_backup_of_another_key_or_none_at_all_is_refused(whole: Path, tmp_path: Path) -> None:
    empty = machine(tmp_path / "empty", keys=(OLD_KEY,))
    with pytest.raises(BackupError, match=f"用密钥 {Key.of(KEY).name} 加密"):
        restore(empty, whole, NOW)
    for data in (b"", b"PK\3\4", os.urandom(5000)):
        (tmp_path / "other").write_bytes(data)
        with pytest.raises(BackupError, match="不是加密文件"):
            restore(empty, tmp_path / "other", NOW)
    with pytest.raises(BackupError, match="里没有备份"):
        newest(tmp_path / "none")
    _is_empty(empty)


def test_a_backup_whose_content_is_not_what_its_manifest_says_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if it had been made by a program with a defect: a file more, rows that are missing."""
    full, empty = machine(tmp_path / "full"), machine(tmp_path / "empty")
    furnish(full)
    finish = ArchiveWriter.finish

    def lies(self: ArchiveWriter) -> None:
        count, digest = self._manifest.tables["work_item"]
        self._manifest.tables["work_item"] = count + 1, digest
        finish(self)

    monkeypatch.setattr(ArchiveWriter, "finish", lies)
    with pytest.raises(BackupError, match="表 work_item 与清单不符"):
        make(full, tmp_path / "backups", NOW, "1.0")
    assert list((tmp_path / "backups").iterdir()) == [], "it is read back before it counts"
    _is_empty(empty)


def test_a_backup_of_a_younger_program_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full, empty = machine(tmp_path / "full"), machine(tmp_path / "empty")
    furnish(full)
    monkeypatch.setattr(making, "revision_of", lambda connection: "9999")
    path = make(full, tmp_path, NOW, "1.0").path
    with pytest.raises(BackupError, match="比本程序新"):
        restore(empty, path, NOW)
    _is_empty(empty)


def test_without_a_key_or_a_database_there_is_no_backup(tmp_path: Path) -> None:
    full = machine(tmp_path / "full")
    with pytest.raises(StoreError, match="还没有数据库"):
        make(full, tmp_path / "backups", NOW, "1.0")
    furnish(full)
    for encryption, why in ((Encryption(), BackupError), (Encryption(key_file="gone"), EncryptionError)):
        with pytest.raises(why):
            make(Settings(state=full.state, encryption=encryption), tmp_path / "backups", NOW, "1.0")
    assert not list((tmp_path / "backups").iterdir())


def test_of_many_the_last_ones_stay(tmp_path: Path) -> None:
    full = machine(tmp_path / "full")
    furnish(full)
    backups = tmp_path / "full" / "run" / "backups"
    made = [make(full, backups, NOW + day * 86_400_000, "1.0", keep=2) for day in range(4)]
    assert sorted(backups.iterdir()) == [made[2].path, made[3].path]
    assert not any("backups" in name for name in made[3].manifest.files), "a backup holds no backups"
    with pytest.raises(BackupError, match="已有备份"):
        make(full, backups, NOW + 3 * 86_400_000, "1.0")


def _is_empty(settings: Settings) -> None:
    assert files_of(settings) == {} and not (settings.state / "ivr.sqlite").exists()
