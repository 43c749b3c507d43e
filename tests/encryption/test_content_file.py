"""A file is read at any place as what was written into it, encrypted or plain, and not where it was tampered with."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.encryption.content_file import ContentFile
from ivr.encryption.files import seal, write
from ivr.encryption.keys import KeyRing, new_key
from ivr.encryption.sealed import HEAD, PIECE
from ivr.errors import KeyMissing, SealBroken
from ivr.settings import Encryption
from ivr.speech.audio.peaks import peaks

KEY = new_key()
RING = KeyRing(Encryption(keys=KEY))
SIZES = (0, 1, 1000, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 2 * PIECE + 4711)


def content(size: int) -> bytes:
    return np.random.default_rng(size).integers(0, 256, size, np.uint8).tobytes()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[int, bool], Path]:
    folder, found = tmp_path_factory.mktemp("sealed"), {}
    for size in SIZES:
        for encrypted in (False, True):
            path = found[size, encrypted] = folder / f"{size}-{encrypted}"
            write(path, content(size), RING.current if encrypted else None)
    return found


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_part_is_what_was_written(files: dict[tuple[int, bool], Path], data: st.DataObject) -> None:
    size, encrypted = data.draw(st.sampled_from(sorted(files)))
    whole = content(size)
    places = st.integers(0, size + 10)
    start, end = sorted((data.draw(places), data.draw(places)))
    with ContentFile(files[size, encrypted], RING) as file:
        assert file.size == size
        assert b"".join(file.pieces(start, end)) == whole[start:end]
        file.seek(start)
        assert file.read(end - start) == whole[start:end]
        file.seek(-min(5, size), io.SEEK_END)
        assert file.read() == whole[size - min(5, size) :]


@pytest.mark.parametrize("harm", ["cut", "cut at a piece", "more", "flipped", "swapped"])
def test_what_was_tampered_with_is_not_read(files: dict[tuple[int, bool], Path], tmp_path: Path, harm: str) -> None:
    raw = files[2 * PIECE + 4711, True].read_bytes()
    piece = (len(files[2 * PIECE, True].read_bytes()) - HEAD) // 2
    first, second, rest = raw[HEAD : HEAD + piece], raw[HEAD + piece : HEAD + 2 * piece], raw[HEAD + 2 * piece :]
    broken = {
        "cut": raw[:-7],
        "cut at a piece": raw[:HEAD] + first + second,
        "more": raw + b"x",
        "flipped": raw[: HEAD + 9] + bytes([raw[HEAD + 9] ^ 1]) + raw[HEAD + 10 :],
        "swapped": raw[:HEAD] + second + first + rest,
    }[harm]
    path = tmp_path / "broken"
    path.write_bytes(broken)
    with pytest.raises(SealBroken), ContentFile(path, RING) as file:
        file.read()


def test_without_its_key_nothing_is_read(files: dict[tuple[int, bool], Path]) -> None:
    with pytest.raises(KeyMissing):
        ContentFile(files[1000, True], KeyRing(Encryption(keys=new_key())))


def test_the_outline_of_an_encrypted_recording(tmp_path: Path) -> None:
    path = tmp_path / "c-1.wav"
    loud = np.concatenate([np.zeros(8000), np.full(8000, 16384), np.zeros(8000)]).astype("<i2")
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(loud.tobytes())
    key = RING.current
    assert key is not None and seal(path, key)
    with ContentFile(path, RING) as file:
        found = peaks(file, 3)
    assert found.seconds == 3 and found.levels == (0.0, 0.5, 0.0)
