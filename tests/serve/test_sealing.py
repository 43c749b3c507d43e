"""Recordings are encrypted when they are complete: after the call, after a crash, after a time without a key; and what
cannot be encrypted is told, never lost (CBA 十三)."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.encryption import files
from ivr.encryption.keys import Key, KeyRing, new_key
from ivr.encryption.sealed import key_name
from ivr.records.folding.fold import fold
from ivr.records.labels.utterances import Utterances
from ivr.records.store import Store
from ivr.serve.care.complaint_drafts import FOLDER, ComplaintDrafts, Draft
from ivr.serve.upkeep import sealing
from ivr.serve.upkeep.sealing import BATCH, ORPHAN_SECONDS, QUIET_SECONDS, Sealing
from ivr.settings import Encryption, Settings
from tests.records.told import told as facts
from tests.rig.disk import fill, tiny_disk

#: When Asterisk wrote last; the file system says that files were changed later than that.
T = 1_700_000_000.0
SOUND = b"RIFF" + bytes(5000)


class Node:
    """A state folder with recordings, and what looks after them."""

    def __init__(self, folder: Path, keys: str | None = None, key_file: Path | None = None) -> None:
        encryption = Encryption(keys=keys or "", key_file=str(key_file or ""))
        self.settings = replace(Settings(), state=folder / "run", encryption=encryption)
        self.ring = KeyRing(encryption)
        for one in (self.settings.recordings, self.settings.messages):
            one.mkdir(parents=True, exist_ok=True)
        self.store = Store(f"sqlite:///{folder / 'ivr.sqlite'}")
        self.store.migrate()
        self.sealing = Sealing(self.settings, self.store)

    def record(self, name: str, *, quiet_since: float = T, folder: Path | None = None) -> Path:
        file = (folder or self.settings.recordings) / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(SOUND)
        os.utime(file, (quiet_since, quiet_since))
        return file

    def over(self, call_id: str) -> None:
        """The call has its record."""
        story = f"0 Offered {call_id} in 95000 13800000001 normal\n1000 Ended caller 16"
        self.store.save([fold(call_id, facts(story))])

    def look(self, now: float = T + QUIET_SECONDS + 1) -> int:
        return self.sealing.look(now)


@pytest.fixture
def node(tmp_path: Path) -> Node:
    return Node(tmp_path, new_key())


def test_a_recording_is_encrypted_when_its_call_is_over(node: Node) -> None:
    own, talk, message = (
        node.record("n-1.1-1.wav"),
        node.record("n-1.1-1001.wav"),
        node.record("n-1.1-2.wav", folder=node.settings.messages),
    )
    for now in (T, T + QUIET_SECONDS + 1, T + 3_600):
        assert node.look(now) == 0, "the call goes on: it may be muted for as long as it likes"
    node.over("n-1.1")
    assert node.look() == 3
    assert all(key_name(one) == node.ring.keys[0].name for one in (own, talk, message))
    assert {files.content(one, node.ring) for one in (own, talk, message)} == {SOUND}
    assert own.stat().st_mtime == T, "retention counts from when it was made"
    assert node.look() == 0 and node.sealing.trouble is None


def test_a_complaint_that_is_no_case_yet_is_left_to_who_makes_it_one(node: Node) -> None:
    drafts = ComplaintDrafts(node.settings.state / FOLDER)
    drafts.write(Draft("n-1.1-1", "n-1.1"))
    file = node.record("n-1.1-1.wav", folder=node.settings.complaints)
    node.over("n-1.1")
    assert node.look() == 0 and key_name(file) is None
    drafts.drop("n-1.1-1")
    assert node.look() == 1 and files.content(file, node.ring) == SOUND


def test_a_recording_that_is_still_written_is_left_alone(node: Node) -> None:
    file = node.record("n-1.1-1.wav")
    node.over("n-1.1")
    assert node.look(T + QUIET_SECONDS / 2) == 0 and key_name(file) is None
    assert node.look() == 1


def test_what_no_record_names_is_encrypted_once_no_call_can_last_that_long(node: Node) -> None:
    file = node.record("n-9.9-1.wav")
    assert node.look(T + ORPHAN_SECONDS - 1) == 0
    assert node.look(T + ORPHAN_SECONDS + 1) == 1 and key_name(file) is not None


def test_what_an_earlier_run_left_plain_is_found_at_the_next_start(tmp_path: Path) -> None:
    """Whatever it died of, and also what was recorded before there was a key."""
    before = Node(tmp_path)
    before.over("n-1.1")
    left = [
        before.record("n-1.1-1.wav"),
        before.record("turn-1.wav", folder=before.settings.utterances / "2026-11-30"),
    ]
    assert before.look() == 0 and [key_name(one) for one in left] == [None, None]
    part = before.record(".n-1.1-1.wav.77.sealing")
    after = Node(tmp_path, new_key())
    assert after.look() == 2 and all(files.content(one, after.ring) == SOUND for one in left)
    assert part.exists(), "it may be another process's that works right now"
    after.look(T + ORPHAN_SECONDS + 1)
    assert not part.exists()


def test_a_process_that_dies_while_it_encrypts_leaves_the_plain_file(node: Node, tmp_path: Path) -> None:
    file = node.record("n-1.1-1.wav")
    program = (
        "import os, sys\nfrom pathlib import Path\nfrom ivr.encryption import files\n"
        "from ivr.encryption.keys import Key\n"
        "files.os.fsync = lambda descriptor: os._exit(9)\n"
        "files.seal(Path(sys.argv[1]), Key.of(sys.argv[2]))"
    )
    key = node.settings.encryption.keys
    done = subprocess.run([sys.executable, "-c", program, str(file), key], cwd=Path(__file__).parents[2], check=False)
    assert done.returncode == 9 and file.read_bytes() == SOUND and len(list(file.parent.iterdir())) == 2
    node.over("n-1.1")
    assert node.look() == 1 and files.content(file, node.ring) == SOUND


def test_files_beyond_a_batch_have_their_turn(node: Node) -> None:
    made = [node.record(f"n-1.1-{number}.wav") for number in range(BATCH + 5)]
    node.over("n-1.1")
    assert [node.look(), node.look(), node.look()] == [BATCH, 5, 0]
    assert all(key_name(one) for one in made)


def test_a_clock_that_is_set_back_hides_nothing(node: Node) -> None:
    node.look(time.time() + 10_000_000)
    file = node.record("n-1.1-1.wav")
    node.over("n-1.1")
    assert node.look() == 1 and key_name(file) is not None


def test_a_key_that_cannot_be_had_is_told_and_nothing_is_lost(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    node = Node(tmp_path, key_file=keys)
    file = node.record("n-1.1-1.wav")
    node.over("n-1.1")
    assert node.look() == 0 and file.read_bytes() == SOUND
    told = node.sealing.trouble or ""
    assert "录音暂未加密" in told and str(keys) in told
    keys.write_text(new_key())
    keys.chmod(0o600)
    assert node.look() == 1 and node.sealing.trouble is None, "no restart for that"


def test_with_the_old_key_lost_new_files_take_the_new_one(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.write_text(lost := new_key())
    keys.chmod(0o600)
    node = Node(tmp_path, key_file=keys)
    old = node.record("n-1.1-1.wav")
    node.over("n-1.1")
    node.look()
    before = old.read_bytes()
    keys.write_text(fresh := new_key())
    young = node.record("n-1.1-2.wav")
    assert node.look() == 1 and node.sealing.trouble is None
    assert key_name(young) == Key.of(fresh).name and files.content(young, node.ring) == SOUND
    assert old.read_bytes() == before and key_name(old) == Key.of(lost).name


def test_a_key_that_takes_over_during_a_look_encrypts_the_next_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = tmp_path / "keys"
    keys.write_text(first := new_key())
    keys.chmod(0o600)
    node, second, seals = Node(tmp_path, key_file=keys), new_key(), files.seal
    made = [node.record(f"n-1.1-{number}.wav") for number in range(2)]
    node.over("n-1.1")

    def sealed_then_another_key(path: Path, key: Key) -> bool:
        done = seals(path, key)
        keys.write_text(f"{second}\n{first}\n")
        return done

    monkeypatch.setattr(files, "seal", sealed_then_another_key)
    assert node.look() == 2
    assert {key_name(one) for one in made} == {Key.of(first).name, Key.of(second).name}


def test_a_full_disk_is_told_and_tried_again(tmp_path: Path) -> None:
    disk = tmp_path / "run"
    disk.mkdir()
    with tiny_disk(disk):
        node = Node(tmp_path, new_key())
        node.over("n-1.1")
        file = node.record("n-1.1-1.wav")
        ballast = fill(disk)
        assert node.look() == 0 and file.read_bytes() == SOUND
        assert node.sealing.trouble is not None and "n-1.1-1.wav" in node.sealing.trouble
        ballast.unlink()
        assert node.look() == 1 and node.sealing.trouble is None


def test_a_file_that_cannot_be_read_holds_up_no_other_and_is_told_until_it_can(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = node.record("n-1.1-1.wav"), node.record("n-1.1-2.wav")
    node.over("n-1.1")
    reads = key_name

    def refused(path: Path) -> str | None:
        if path == bad:
            raise PermissionError(13, "Permission denied")
        return reads(path)

    now = time.time() + 60
    with monkeypatch.context() as patch:
        patch.setattr(sealing, "key_name", refused)
        for at, done in ((now, 1), (now + 60, 0)):
            assert node.look(at) == done
            assert "n-1.1-1.wav" in (node.sealing.trouble or "") and "n-1.1-2" not in (node.sealing.trouble or "")
    assert key_name(good) is not None and key_name(bad) is None
    assert node.look(now + 120) == 1 and node.sealing.trouble is None


def test_copies_that_cannot_be_removed_hold_up_no_encryption(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    node.record("n-1.1-1.wav")
    node.over("n-1.1")

    def refused(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(files, "forget_copies", refused)
    assert node.look() == 1 and "Permission denied" in (node.sealing.trouble or "")


def test_copies_of_who_listened_are_removed(node: Node) -> None:
    copy = node.record("1234-n-1.1-1.wav", folder=node.settings.listening)
    node.look(T + files.COPY_SECONDS - 1)
    assert copy.exists()
    node.look(T + files.COPY_SECONDS + 1)
    assert not copy.exists()


def test_utterances_are_encrypted_from_the_first_byte_on(node: Node) -> None:
    kept = Utterances(node.settings.utterances, node.ring, least_free=0)
    ref = kept.keep("t-1", round(T * 1000), b"\1\2" * 8000)
    assert ref is not None and (path := kept.path(ref)) is not None
    assert key_name(path) == node.ring.keys[0].name and files.content(path, node.ring)[:4] == b"RIFF"
    assert node.look() == 0


def test_without_the_key_that_there_should_be_no_utterance_is_kept(tmp_path: Path) -> None:
    ring = KeyRing(Encryption(key_file=str(tmp_path / "gone")))
    kept = Utterances(tmp_path / "utterances", ring, least_free=0)
    assert kept.keep("t-1", round(T * 1000), b"\1\2" * 8000) is None
    assert not list(tmp_path.rglob("*.wav"))
