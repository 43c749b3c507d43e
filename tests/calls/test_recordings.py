"""What is kept of a conversation, and what is not: recordings as the queue says (CBA 五十一, HB 7.1.3), and never a key
that the caller presses while talking, for it may be a PIN (CBA 十三)."""

from __future__ import annotations

import stat
import wave
from pathlib import Path

import pytest

from tests.calls.crowd import ANYTHING, TALK, Caller, changes, complain, cut, heard, place_all, signed_in
from tests.rig.agents import Manner
from tests.rig.hotline import Hotline
from tests.rig.scenario import Expect

pytestmark = pytest.mark.calls

PIN = "48271593"


def test_recordings_and_keys_in_a_talk(line: Hotline, folder: Path) -> None:
    line.serve_flows(changes({"agents.yaml": {"queues": {"cards": {"record": False}}}}))
    answered: dict[str, object] = {"handoffs.0.outcome": "answered", "hangup_by": "caller"}
    recorded = Caller(
        "recorded",
        ["dial", "wait 1s", "press 0", "hear transferring", "wait 4s", f"press {PIN}*#", "wait 2s", "hang up"],
        Expect(
            heard=heard(cut("greeting"), "transferring", "(music)", *TALK), record=answered | {"menu_visits.count": 1}
        ),
    )
    unrecorded = Caller(
        "unrecorded",
        ["dial", "wait 900ms", "press 21", "hear by_agent transferring_unrecorded", "wait 5s", "hang up"],
        Expect(
            heard=heard(cut("greeting"), ANYTHING, "by_agent", "transferring_unrecorded", "(music)", *TALK),
            record=answered,
        ),
    )
    with signed_in(line, folder, {"1001": Manner(rings_ms=300), "1003": Manner(rings_ms=300)}):
        found = place_all(line, folder, [recorded, unrecorded])
    wrong = complain([recorded, unrecorded], found, {})
    assert not wrong, wrong
    assert "".join(key.digit for key in found["recorded"].call.keys).endswith(PIN + "*#")
    _is_kept(line, found["recorded"].record)
    _is_not_kept(line, found["unrecorded"].record)
    _is_nowhere(line.state, PIN)


def _is_kept(line: Hotline, record: object) -> None:
    assert isinstance(record, dict)
    folder = line.state / "asterisk" / "recordings"
    (file,) = folder.glob(f"{record['call_id']}*")
    assert file.name == f"{record['call_id']}-1001.wav"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    leg = record["agent_legs"][0]
    with wave.open(str(file), "rb") as sound:
        seconds = sound.getnframes() / sound.getframerate()
    assert 2.0 <= seconds <= (leg["t_released"] - leg["t_connected"]) / 1000 + 0.5


def _is_not_kept(line: Hotline, record: object) -> None:
    assert isinstance(record, dict)
    assert not list((line.state / "asterisk" / "recordings").glob(f"{record['call_id']}*"))


def _is_nowhere(state: Path, pin: str) -> None:
    """Neither the digits together nor Asterisk's lines about single ones."""
    files = [file for file in state.rglob("*") if file.is_file() and not file.is_symlink()]
    assert any(file.name == "messages.log" for file in files)
    assert any("journal" in file.parts for file in files)
    for file in files:
        data = file.read_bytes()
        assert pin.encode() not in data, f"{file} holds the caller's digits"
        if file.suffix in (".log", ".csv") or "journal" in file.parts:
            assert b"DTMF" not in data.upper(), f"{file} tells of single digits"
