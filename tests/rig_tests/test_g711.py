"""The two laws against the recommendation and against sox."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rig import g711

ALL = np.arange(-32768, 32768).astype(np.int16)
SOX = {"alaw": "al", "ulaw": "ul"}


def sox(args: list[str]) -> bytes:
    """sox's output; the test is skipped where it is not installed."""
    program = shutil.which("sox")
    if program is None:
        pytest.skip("sox is not installed")
    return subprocess.run([program, "-D", *args], check=True, capture_output=True).stdout


@pytest.mark.parametrize("law", g711.LAWS)
def test_every_code_decodes_as_sox_does(law: str, tmp_path: Path) -> None:
    (tmp_path / "codes").write_bytes(bytes(range(256)))
    raw = [
        "-t",
        SOX[law],
        "-r",
        "8000",
        "-c",
        "1",
        str(tmp_path / "codes"),
        "-t",
        "raw",
        "-e",
        "signed",
        "-b",
        "16",
        "-",
    ]
    assert np.array_equal(np.frombuffer(sox(raw), dtype=np.int16), g711.DECODE[law])


@pytest.mark.parametrize("law", g711.LAWS)
@pytest.mark.parametrize("encoder", g711.ENCODERS)
def test_encoding_is_sox_s_but_for_its_rounding(law: str, encoder: str, tmp_path: Path) -> None:
    ALL.tofile(tmp_path / "all")
    raw = ["-t", "raw", "-r", "8000", "-c", "1", "-e", "signed", "-b", "16", str(tmp_path / "all"), "-t", SOX[law], "-"]
    theirs = g711.decode(sox(raw), law).astype(int)
    ours = g711.decode(g711.encode(ALL, law, encoder), law).astype(int)
    step = np.maximum(np.abs(ours), 128) // 8
    assert np.all(np.abs(ours - theirs) <= step)
    assert np.mean(ours != theirs) < 0.05


@pytest.mark.parametrize("law", g711.LAWS)
@pytest.mark.parametrize("encoder", g711.ENCODERS)
def test_every_code_survives(law: str, encoder: str) -> None:
    once = g711.decode(g711.encode(g711.DECODE[law], law, encoder), law)
    assert np.array_equal(once, g711.DECODE[law])


@given(st.integers(-32768, 32767))
def test_the_error_is_a_sixteenth_of_the_value_at_most(value: int) -> None:
    sample = np.array([value], dtype=np.int16)
    for law in g711.LAWS:
        for encoder in g711.ENCODERS:
            decoded = int(g711.decode(g711.encode(sample, law, encoder), law)[0])
            assert abs(decoded - value) <= max(abs(value) // 16, 16)


def test_silence_and_levels() -> None:
    for law, code in g711.SILENCE.items():
        assert abs(int(g711.DECODE[law][code])) <= 8
    sine = (16384 * np.sqrt(2) * np.sin(2 * np.pi * np.arange(8000) * 0.05)).astype(np.int16)
    assert g711.level_dbfs(sine) == pytest.approx(-6.02, abs=0.01)
    assert g711.level_dbfs(np.zeros(10, dtype=np.int16)) == float("-inf")
    assert g711.level_dbfs(np.zeros(0, dtype=np.int16)) == float("-inf")


@pytest.mark.parametrize(
    ("sample", "code"),
    [(-316, 0x64), (-1340, 0x49), (-9084, 0x1E), (-156, 0x6E), (-108, 0x72), (-28, 0x7C), (-92, 0x74), (-364, 0x61)],
)
def test_asterisk_s_mu_law_as_it_was_captured(sample: int, code: int) -> None:
    one = np.array([sample], dtype=np.int16)
    assert g711.encode(one, "ulaw", "asterisk") == bytes([code])
    assert g711.encode(one, "ulaw", "itu") == bytes([code - 1])
