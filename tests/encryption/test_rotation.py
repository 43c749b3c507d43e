"""Another key takes over while everything can be read all the time, and what nobody can read stays as it is."""

from __future__ import annotations

import stat
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.encryption import files
from ivr.encryption.keys import Key, KeyRing, new_key
from ivr.encryption.rotation import add_key, count_keys, rotate, rotate_rest
from ivr.encryption.sealed import key_name
from ivr.errors import EncryptionError
from ivr.records.recordings import kept_sound
from ivr.settings import Encryption, Settings

SOUND = b"RIFF" + bytes(range(256)) * 100


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A state folder with recordings, and a file with one key."""
    keys = tmp_path / "keys"
    add_key(keys)
    found = replace(Settings(), state=tmp_path / "run", encryption=Encryption(key_file=str(keys)))
    key = KeyRing(found.encryption).current
    assert key is not None
    for number, folder in enumerate((found.recordings, found.messages, found.utterances / "2026-11-30")):
        folder.mkdir(parents=True)
        for place in range(5):
            path = folder / f"n-1.{number}-{place}.wav"
            path.write_bytes(SOUND)
            files.seal(path, key)
        (folder / ".n-1.wav.7.sealing").write_bytes(b"half")
    return found


def test_a_new_key_goes_before_the_old_ones_and_the_file_keeps_its_mode(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    first = add_key(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.chmod(0o640)
    second = add_key(file)
    assert [key.name for key in KeyRing(Encryption(key_file=str(file))).keys] == [
        Key.of(text).name for text in (second, first)
    ]
    assert stat.S_IMODE(file.stat().st_mode) == 0o640 and list(tmp_path.iterdir()) == [file]


def test_everything_can_be_heard_while_the_key_changes(settings: Settings) -> None:
    ring, paths = KeyRing(settings.encryption), sorted(kept_sound(settings))
    assert len(paths) == 15
    old = ring.keys[0].name
    assert settings.encryption.key_file
    stop, heard = threading.Event(), list[bool]()

    def listen() -> None:
        while not stop.is_set():
            heard.extend(files.content(path, ring) == SOUND for path in paths)

    listener = threading.Thread(target=listen)
    listener.start()
    add_key(Path(settings.encryption.key_file))
    done = rotate(kept_sound(settings), ring)
    stop.set()
    listener.join()
    assert (done.done, done.same, done.plain, done.failed) == (15, 0, 0, []) and all(heard) and heard
    assert set(count_keys(paths)) == {ring.keys[0].name} and ring.keys[0].name != old
    assert rotate(kept_sound(settings), ring).same == 15, "a second time there is nothing to do"


def test_a_rotation_that_was_stopped_goes_on(settings: Settings) -> None:
    ring = KeyRing(settings.encryption)
    add_key(Path(settings.encryption.key_file))
    assert rotate(list(kept_sound(settings))[:4], ring).done == 4
    again = rotate(kept_sound(settings), ring)
    assert (again.done, again.same) == (11, 4)


def test_what_took_the_old_key_during_a_pass_is_found_by_the_next(settings: Settings) -> None:
    ring = KeyRing(settings.encryption)
    old = ring.keys[0]
    add_key(Path(settings.encryption.key_file))
    first, looks = rotate(kept_sound(settings), ring), 0

    def look() -> list[Path]:
        nonlocal looks
        looks += 1
        if looks <= 2:  # the node encrypts another one with the key that it had read
            late = settings.recordings / f"n-9.{looks}-1.wav"
            late.write_bytes(SOUND)
            files.seal(late, old)
        return sorted(kept_sound(settings))

    done = rotate_rest(first, look, ring)
    assert (done.done, looks) == (17, 3)
    assert set(count_keys(kept_sound(settings))) == {ring.keys[0].name}


def test_calls_that_go_on_are_left_alone(settings: Settings) -> None:
    live = settings.recordings / "n-2.1-1.wav"
    live.write_bytes(SOUND)
    add_key(Path(settings.encryption.key_file))
    assert rotate(kept_sound(settings), KeyRing(settings.encryption)).plain == 1
    assert live.read_bytes() == SOUND


def test_what_is_encrypted_with_a_lost_key_stays_and_is_counted(settings: Settings) -> None:
    lost = Key.of(new_key())
    path = settings.recordings / "n-3.1-1.wav"
    path.write_bytes(SOUND)
    files.seal(path, lost)
    before = path.read_bytes()
    damaged = settings.recordings / "n-3.2-1.wav"
    damaged.write_bytes((settings.recordings / "n-1.0-0.wav").read_bytes()[:-1])
    cut = damaged.read_bytes()
    add_key(Path(settings.encryption.key_file))
    done = rotate(kept_sound(settings), KeyRing(settings.encryption))
    assert (done.done, dict(done.missing), len(done.failed)) == (15, {lost.name: 1}, 1)
    assert "n-3.2-1.wav" in done.failed[0] and (path.read_bytes(), damaged.read_bytes()) == (before, cut)
    assert key_name(path) == lost.name


def test_without_any_key_nothing_is_rotated(settings: Settings) -> None:
    with pytest.raises(EncryptionError, match="没有配置密钥"):
        rotate(kept_sound(settings), KeyRing(Encryption()))
