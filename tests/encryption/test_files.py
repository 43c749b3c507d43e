"""Encrypted files: whole or refused, replaced only by what reads back the same, and never destroyed."""

from __future__ import annotations

import io
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.encryption import files
from ivr.encryption.keys import Key, KeyRing, new_key
from ivr.encryption.sealed import PIECE, SealedReader, SealedWriter, key_name, sealed
from ivr.errors import KeyMissing, SealBroken
from ivr.settings import Encryption
from tests.rig.disk import fill, tiny_disk

OLD, NEW = new_key(), new_key()
OLD_RING, NEW_RING, BOTH = (KeyRing(Encryption(keys=keys)) for keys in (OLD, NEW, f"{NEW},{OLD}"))
#: Lengths around those of pieces, and what compresses and looks like anything.
SOUND = b"RIFF" + bytes(range(256)) * 40


def unsealed(data: bytes, ring: KeyRing = OLD_RING) -> bytes:
    return SealedReader(io.BytesIO(data), ring.key).read()


@pytest.fixture
def wav(tmp_path: Path) -> Path:
    file = tmp_path / "n-1.1-1.wav"
    file.write_bytes(SOUND)
    os.utime(file, ns=(1_700_000_000_123_456_789,) * 2)
    return file


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
def test_what_goes_in_comes_out(size: int) -> None:
    data = os.urandom(size)
    made = sealed(data, Key.of(OLD))
    assert unsealed(made) == data and (size < 16 or data[:16] not in made)
    reader = SealedReader(io.BytesIO(made), OLD_RING.key)
    parts = iter(lambda: reader.read(70_001), b"")
    assert b"".join(parts) == data


@given(st.data())
def test_every_cut_and_every_changed_byte_is_seen(data: st.DataObject) -> None:
    made = MADE
    at = data.draw(st.integers(0, len(made) - 1))
    with pytest.raises((SealBroken, KeyMissing)):
        unsealed(made[:at])
    changed = bytearray(made)
    changed[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises((SealBroken, KeyMissing)):
        unsealed(bytes(changed))


MADE = sealed(b"x" * 1000, Key.of(OLD))


def test_pieces_of_another_place_or_another_file_are_seen() -> None:
    one, other = (sealed(bytes([mark]) * 3 * PIECE, Key.of(OLD)) for mark in (1, 2))
    piece = 4 + int.from_bytes(one[30:34], "big")
    first, second = one[30 : 30 + piece], one[30 + piece : 30 + 2 * piece]
    assert unsealed(one[:30] + first + second + one[30 + 2 * piece :]) == unsealed(one)
    for mixed in (
        one[:30] + second + first + one[30 + 2 * piece :],
        one[:30] + first + one[30 + 2 * piece :],
        one[: 30 + piece] + other[30 + piece :],
        one + second,
        one + b"x",
    ):
        with pytest.raises(SealBroken):
            unsealed(mixed)


def test_a_file_is_encrypted_where_it_lies(wav: Path) -> None:
    assert files.seal(wav, Key.of(OLD))
    assert key_name(wav) == Key.of(OLD).name and SOUND[:64] not in wav.read_bytes()
    assert stat.S_IMODE(wav.stat().st_mode) == 0o600
    assert wav.stat().st_mtime_ns == 1_700_000_000_123_456_789, "retention counts from when it was made"
    assert files.content(wav, OLD_RING) == SOUND
    assert [one.name for one in wav.parent.iterdir()] == [wav.name]
    assert not files.seal(wav, Key.of(NEW)), "once"
    assert files.content(wav, OLD_RING) == SOUND
    wav.unlink()
    assert not files.seal(wav, Key.of(OLD))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_who_owned_a_file_still_does_when_root_encrypts_it(wav: Path) -> None:
    os.chown(wav, 65534, 65533)
    assert files.seal(wav, Key.of(OLD))
    seen = wav.stat()
    assert (seen.st_uid, seen.st_gid, stat.S_IMODE(seen.st_mode)) == (65534, 65533, 0o600)
    wav.chmod(0o640)
    assert files.reseal(wav, BOTH) and files.content(wav, NEW_RING) == SOUND
    seen = wav.stat()
    assert (seen.st_uid, seen.st_gid, stat.S_IMODE(seen.st_mode)) == (65534, 65533, 0o640)


def test_who_may_not_give_a_file_away_encrypts_it_all_the_same(wav: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "fchown", refused)
    assert files.seal(wav, Key.of(OLD)) and files.content(wav, OLD_RING) == SOUND


def test_a_file_that_grows_meanwhile_is_left_alone(wav: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def grows(path: Path, *args: object, **given: object) -> None:
        with wav.open("ab") as more:
            more.write(b"and more")

    monkeypatch.setattr(os, "utime", grows)
    assert not files.seal(wav, Key.of(OLD))
    assert wav.read_bytes() == SOUND + b"and more" and len(list(wav.parent.iterdir())) == 1


def test_a_file_that_is_deleted_meanwhile_stays_deleted(wav: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "utime", lambda *args, **given: wav.unlink())
    assert not files.seal(wav, Key.of(OLD))
    assert list(wav.parent.iterdir()) == []


def test_what_does_not_read_back_the_same_replaces_nothing(wav: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the disk kept something else than it was given."""
    written = SealedWriter.write
    monkeypatch.setattr(SealedWriter, "write", lambda self, data: written(self, data[:-1] + b"?"))
    with pytest.raises(SealBroken, match="原文件未动"):
        files.seal(wav, Key.of(OLD))
    assert wav.read_bytes() == SOUND and len(list(wav.parent.iterdir())) == 1


def test_another_key_takes_over_and_the_old_one_still_reads(wav: Path) -> None:
    files.seal(wav, Key.of(OLD))
    assert files.content(wav, BOTH) == SOUND
    assert files.reseal(wav, BOTH) and key_name(wav) == Key.of(NEW).name
    assert not files.reseal(wav, BOTH)
    assert files.content(wav, NEW_RING) == SOUND
    wav.write_bytes(SOUND)
    assert files.reseal(wav, BOTH) and files.content(wav, NEW_RING) == SOUND, "a plain one as well"
    assert not files.reseal(wav, KeyRing(Encryption()))


def test_a_lost_key_destroys_nothing(wav: Path) -> None:
    files.seal(wav, Key.of(OLD))
    before = wav.read_bytes()
    for attempt in (files.content, files.reseal):
        with pytest.raises(KeyMissing, match=f"{wav.name}.*{Key.of(OLD).name}"):
            attempt(wav, NEW_RING)
    with pytest.raises(KeyMissing):
        files.decrypted(wav, NEW_RING, wav.parent / "copies")
    assert wav.read_bytes() == before and files.content(wav, OLD_RING) == SOUND
    assert list((wav.parent / "copies").iterdir()) == []


def test_a_full_disk_leaves_the_file_that_was_there(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    with tiny_disk(disk):
        wav = disk / "n-1.1-1.wav"
        wav.write_bytes(SOUND)
        ballast = fill(disk)
        with pytest.raises(OSError, match="No space"):
            files.seal(wav, Key.of(OLD))
        assert wav.read_bytes() == SOUND and len(list(disk.iterdir())) == 2
        ballast.unlink()
        assert files.seal(wav, Key.of(OLD)) and files.content(wav, OLD_RING) == SOUND


def test_a_copy_to_listen_to_is_private_and_goes(wav: Path, tmp_path: Path) -> None:
    folder = tmp_path / "listening"
    with files.plain_copy(wav, OLD_RING, folder) as same:
        assert same == wav, "what is plain needs no copy"
    files.seal(wav, Key.of(OLD))
    with files.plain_copy(wav, OLD_RING, folder) as copy:
        assert copy.read_bytes() == SOUND and stat.S_IMODE(copy.stat().st_mode) == 0o600
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert list(folder.iterdir()) == []
    copy = files.decrypted(wav, OLD_RING, folder)
    now = copy.stat().st_mtime
    assert files.forget_copies(folder, now + files.COPY_SECONDS - 1) == 0 and copy.exists()
    assert files.forget_copies(folder, now + files.COPY_SECONDS + 1) == 1 and not copy.exists()
    assert files.forget_copies(tmp_path / "none") == 0
