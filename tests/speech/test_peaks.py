"""The outline of a recording: as exact as it is shown, and little of the recording in memory at once."""

from __future__ import annotations

import io
import tracemalloc
import wave

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.errors import SpeechError
from ivr.speech.audio.peaks import peaks


def recording(samples: npt.NDArray[np.int16], channels: int = 1) -> bytes:
    made = io.BytesIO()
    with wave.open(made, "wb") as out:
        out.setparams((channels, 2, 8000, 0, "NONE", ""))
        out.writeframes(samples.astype("<i2").tobytes())
    return made.getvalue()


class Raw(io.RawIOBase):
    """A file in memory, as one that is decrypted while it is read."""

    def __init__(self, content: bytes) -> None:
        self._file = io.BytesIO(content)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def readinto(self, buffer: object) -> int:
        return self._file.readinto(buffer)  # type: ignore[arg-type]


@given(
    st.lists(st.integers(-32768, 32767), min_size=0, max_size=400),
    st.integers(1, 40),
    st.sampled_from([1, 2]),
)
def test_each_part_is_as_loud_as_its_loudest_sample(samples: list[int], columns: int, channels: int) -> None:
    frames = np.array(samples[: len(samples) // channels * channels], np.int16).reshape(-1, channels)
    found = peaks(Raw(recording(frames, channels)), columns)
    loudest = np.abs(frames.astype(int)).max(axis=1, initial=0)
    parts = np.array_split(loudest, min(columns, len(frames)) or 1)
    assert found.levels == tuple(round(float(part.max(initial=0)) / 32768, 3) for part in parts)
    assert found.seconds == len(frames) / 8000


def test_a_part_of_a_long_recording_begins_and_ends_nearly_where_it_should() -> None:
    samples = np.zeros(8000 * 600, np.int16)
    columns, part = 600, 8000
    for at in range(0, columns, 2):  # every other part is loud, but for its edges
        samples[at * part + 200 : (at + 1) * part - 200] = 16384
    found = peaks(Raw(recording(samples)), columns)
    assert found.levels == tuple(0.5 if at % 2 == 0 else 0.0 for at in range(columns))
    assert found.seconds == 600


def test_a_long_recording_takes_little_memory() -> None:
    """A day of sound would take gigabytes."""
    content = recording(np.zeros(8000 * 1800, np.int16))
    file = Raw(content)
    tracemalloc.start()
    peaks(file, 600)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 4_000_000 < len(content)


def test_what_is_left_of_a_recording_that_was_cut_off_is_shown() -> None:
    samples = np.full(8000, 16384, np.int16)
    found = peaks(Raw(recording(samples)[: 44 + 8000]), 100)  # half a second of what the header promises
    assert found.seconds == 0.5 and set(found.levels) == {0.5}


@pytest.mark.parametrize("content", [b"", b"RIFF", b"not a sound at all" * 10])
def test_what_is_no_recording_is_told(content: bytes) -> None:
    with pytest.raises(SpeechError):
        peaks(Raw(content), 100)
