"""Keys: read from the environment or a file that nobody else can read, seen when they change, missed by name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ivr.encryption.keys import Key, KeyRing, new_key
from ivr.errors import EncryptionError, KeyMissing
from ivr.settings import Encryption


def key_file(folder: Path, text: str, mode: int = 0o600) -> KeyRing:
    file = folder / "keys"
    file.write_text(text, encoding="utf-8")
    file.chmod(mode)
    return KeyRing(Encryption(key_file=str(file)))


def test_no_key_is_no_fault() -> None:
    ring = KeyRing(Encryption())
    assert (ring.configured, ring.keys, ring.current) == (False, (), None)


def test_the_first_encrypts_and_all_are_found_by_name(tmp_path: Path) -> None:
    new, old = new_key(), new_key()
    for ring in (
        key_file(tmp_path, f"# since December\n{new}\n\n{old}  # November\n"),
        KeyRing(Encryption(keys=f"{new},{old}")),
    ):
        assert ring.configured and ring.current == Key.of(new) == ring.keys[0]
        assert ring.key(Key.of(old).name).fernet.decrypt(ring.keys[1].fernet.encrypt(b"x")) == b"x"


def test_a_key_is_not_shown_and_its_name_gives_nothing_away() -> None:
    text = new_key()
    key = Key.of(text)
    assert text not in repr(key) + repr(Encryption(keys=text)) and len(key.name) == 16 and key.name not in text
    assert Key.of(new_key()).name != key.name


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    first, second = new_key(), new_key()
    ring = key_file(tmp_path, first)
    assert ring.current == Key.of(first)
    key_file(tmp_path, f"{second}\n{first}\n")
    assert ring.current == Key.of(second) and ring.key(Key.of(first).name)


def test_a_lost_key_is_missed_by_its_name(tmp_path: Path) -> None:
    lost = Key.of(new_key())
    with pytest.raises(KeyMissing, match=lost.name):
        key_file(tmp_path, new_key()).key(lost.name)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "没有密钥"),
        ("# nothing but words\n", "没有密钥"),
        ("secret", "不是密钥"),
        ("A" * 44, "不是密钥"),
        ("A" * 43, "不是密钥"),
        ("A" * 43 + "= " + "B" * 43 + "=", "不是密钥"),
    ],
)
def test_what_is_no_key_is_refused_and_not_quoted(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(EncryptionError, match=words) as told:
        _ = key_file(tmp_path, text).keys
    assert len(text) < 5 or text.strip() not in str(told.value)


@pytest.mark.parametrize("mode", [0o604, 0o606, 0o620, 0o644, 0o666])
def test_a_file_that_others_can_read_or_change_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(EncryptionError, match="别的用户也能读写"):
        _ = key_file(tmp_path, new_key(), mode).keys
    assert key_file(tmp_path, new_key(), 0o640).keys, "root's file, which the hotline's group may read"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_somebody_else_is_refused(tmp_path: Path) -> None:
    ring = key_file(tmp_path, new_key())
    os.chown(tmp_path / "keys", 65534, 65534)
    with pytest.raises(EncryptionError, match="应属于 root"):
        _ = ring.keys


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_the_file_of_the_hotlines_user_is_good_when_root_reads_it(tmp_path: Path) -> None:
    key_file(tmp_path, new_key())
    state = tmp_path / "run"
    ring = KeyRing(Encryption(key_file=str(tmp_path / "keys")), state)
    os.chown(tmp_path / "keys", 65534, 65534)
    with pytest.raises(EncryptionError, match="应属于 root"):
        _ = ring.keys
    state.mkdir()
    with pytest.raises(EncryptionError, match="应属于 root"):
        _ = ring.keys
    os.chown(state, 65534, 65534)
    assert ring.keys
    (tmp_path / "keys").chmod(0o604)
    with pytest.raises(EncryptionError, match="别的用户也能读写"):
        _ = ring.keys


def test_a_file_that_is_gone_or_no_text_is_told(tmp_path: Path) -> None:
    ring = KeyRing(Encryption(key_file=str(tmp_path / "keys")))
    with pytest.raises(EncryptionError, match="读不了"):
        _ = ring.keys
    (tmp_path / "keys").write_bytes(b"\xff\xfe")
    (tmp_path / "keys").chmod(0o600)
    with pytest.raises(EncryptionError, match="不是文字"):
        _ = ring.keys
