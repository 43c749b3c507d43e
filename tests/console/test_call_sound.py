"""A call's sound: for a reason, in parts, decrypted as it is sent, entered once."""

from __future__ import annotations

import wave
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ivr.console.context import Console
from ivr.encryption.files import seal
from ivr.encryption.keys import KeyRing, new_key
from ivr.people.roles import Role
from ivr.records.audit.model import AuditEntry
from ivr.records.model import Muted, Recording
from ivr.records.recordings import part_of, place_in
from ivr.settings import Encryption, Settings
from tests.console.rig import Browser, Clock, open_console, visitor
from tests.console.test_calls import T, served

NAME = "c-1-1.wav"
RECORDING = Recording(NAME, T + 10_000, T + 40_000, (Muted(T + 16_000, T + 20_000),))


def made(path: Path, seconds: int = 26) -> bytes:
    """A recording: a tone that grows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    t = np.arange(8000 * seconds)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes((np.sin(t / 3) * 30000 * t / len(t)).astype("<i2").tobytes())
    return path.read_bytes()


@pytest.fixture(params=["plain", "encrypted"])
def recorded(tmp_path: Path, request: pytest.FixtureRequest) -> tuple[Console, bytes]:
    key = new_key() if request.param == "encrypted" else ""
    console = open_console(tmp_path, Clock(), replace(Settings(), encryption=Encryption(keys=key)))
    console.store.save([served(recordings=(RECORDING,))])
    path = console.settings.recordings / NAME
    whole = made(path)
    current = KeyRing(console.settings.encryption).current
    if current is not None:
        assert seal(path, current) and whole[:100] not in path.read_bytes()
    return console, whole


def why(browser: Browser, next_: str = "/calls/c-1/listen") -> None:
    fields = {"action": "recordings.listen", "target": "call:c-1", "next": next_, "reason": "抽检"}
    assert browser.post("/reason", fields).status_code == 303


def entries(console: Console) -> list[tuple[str, bool, str | None]]:
    found = [event.entry for event in console.store.audit.list() if event.entry.action == "recordings.listen"]
    return [(entry.target, entry.allowed, entry.reason) for entry in found]


def test_it_is_heard_for_a_reason_and_entered_once_for_all_its_parts(
    recorded: tuple[Console, bytes], tmp_path: Path
) -> None:
    console, whole = recorded
    browser = visitor(tmp_path, Role.QUALITY, console=console)
    assert browser.get("/calls/c-1/listen").status_code == 403
    assert browser.get(f"/calls/c-1/sound/{NAME}").status_code == 403
    why(browser)
    page = browser.get("/calls/c-1/listen").text
    assert f'src="/calls/c-1/sound/{NAME}"' in page and "0:26" in page
    sound = browser.get(f"/calls/c-1/sound/{NAME}")
    assert (sound.status_code, sound.content, sound.headers["content-type"]) == (200, whole, "audio/wav")
    assert sound.headers["cache-control"] == "no-store"
    for asked, start, end in (("0-", 0, None), ("1000-1999", 1000, 2000), ("-500", -500, None), ("5-5", 5, 6)):
        part = browser.get(f"/calls/c-1/sound/{NAME}", range=f"bytes={asked}")
        assert part.status_code == 206 and part.content == whole[start:end]
        assert part.headers["content-range"].endswith(f"/{len(whole)}")
    assert browser.get(f"/calls/c-1/sound/{NAME}", range=f"bytes={len(whole)}-").status_code == 416
    for odd in ("bytes=0-1,5-6", "bytes=-", "bits=1-2", "bytes=9-2"):
        assert browser.get(f"/calls/c-1/sound/{NAME}", range=odd).status_code in (200, 416)
    assert [one for one in entries(console) if one[1]] == [("call:c-1", True, "抽检")]
    assert not list(tmp_path.rglob("listening/*"))  # no plain copy was left


def test_sound_alone_is_entered_too_and_again_after_half_an_hour(
    recorded: tuple[Console, bytes], tmp_path: Path
) -> None:
    console, whole = recorded
    browser = visitor(tmp_path, Role.QUALITY, console=console)
    why(browser)
    assert browser.get(f"/calls/c-1/sound/{NAME}").content == whole
    assert [one[1] for one in entries(console)] == [True]
    assert isinstance(console.clock, Clock)
    console.clock.now += 29 * 60_000  # the session goes on
    assert browser.get(f"/calls/c-1/sound/{NAME}").status_code == 200
    console.clock.now += 2 * 60_000
    assert browser.get(f"/calls/c-1/sound/{NAME}").status_code == 403
    why(browser)
    assert browser.get(f"/calls/c-1/sound/{NAME}").status_code == 200
    assert [one[1] for one in entries(console)].count(True) == 2


def test_who_has_lost_the_right_hears_nothing_more(recorded: tuple[Console, bytes], tmp_path: Path) -> None:
    console, _ = recorded
    browser = visitor(tmp_path, Role.QUALITY, Role.QA, console=console)
    why(browser)
    assert browser.get("/calls/c-1/listen").status_code == 200
    assert browser.get(f"/calls/c-1/sound/{NAME}").status_code == 200
    entry = AuditEntry("boss", "people.manage", "person:tester")
    console.store.people.revoke("tester", Role.QUALITY.value, entry, console.clock(), lambda _people: None)
    assert isinstance(console.clock, Clock)
    console.clock.now += 1
    assert browser.get("/calls/c-1").status_code == 200  # calls may still be listed
    assert browser.get(f"/calls/c-1/sound/{NAME}").status_code == 403
    assert entries(console)[0][:2] == ("call:c-1", False)


@pytest.mark.parametrize("name", ["c-2-1.wav", "..%2F..%2Fivr.sqlite", "c-1-1.wav.sealing", ".c-1-1.wav", "c-1-9.wav"])
def test_nothing_else_is_given_out(recorded: tuple[Console, bytes], tmp_path: Path, name: str) -> None:
    console, _ = recorded
    made(console.settings.recordings / "c-2-1.wav", 1)
    browser = visitor(tmp_path, Role.QUALITY, console=console)
    why(browser)
    assert browser.get(f"/calls/c-1/sound/{name}").status_code in (404, 409)


def test_who_may_not_listen_is_refused_and_that_is_entered(recorded: tuple[Console, bytes], tmp_path: Path) -> None:
    console, _ = recorded
    browser = visitor(tmp_path, Role.QA, console=console)
    assert browser.get(f"/calls/c-1/sound/{NAME}").status_code == 403
    assert browser.get("/calls/c-1/listen").status_code == 403
    assert "收听录音" not in browser.get("/calls/c-1").text
    assert entries(console) and not any(one[1] for one in entries(console))


def test_moments_are_where_they_are_heard(recorded: tuple[Console, bytes], tmp_path: Path) -> None:
    console, _ = recorded
    browser = visitor(tmp_path, Role.QUALITY, console=console)
    why(browser)
    page = browser.get("/calls/c-1/listen").text
    # the second menu came 12 s in, 2 s into the recording; the agent answered at 35 s, less 4 s that were not recorded
    assert f'href="/calls/c-1/sound/{NAME}#t=2.0"' in page and f'href="/calls/c-1/sound/{NAME}#t=21.0"' in page
    assert page.count(f"{NAME}#t=0.0") == 1  # its own beginning; nothing that was before it


def test_a_moment_within_a_gap_is_at_the_gap() -> None:
    muted = RECORDING.muted
    assert [place_in(T + 10_000, muted, T + t * 1000) for t in (9, 10, 15, 16, 18, 20, 21)] == [
        0, 0, 5_000, 6_000, 6_000, 6_000, 7_000
    ]  # fmt: skip
    call = served(recordings=(RECORDING,))
    assert part_of(call, NAME) == (T + 10_000, muted)
    assert part_of(call, "c-1-1001.wav") == (T + 35_000, ()) and part_of(call, "c-1-7.wav") is None


@pytest.mark.parametrize("content", [b"", b"RIFFxxxxWAVE", b"ivr-sealed-1 0123456789abcdef\nshort"])
def test_a_damaged_recording_says_so(tmp_path: Path, content: bytes) -> None:
    console = open_console(tmp_path)
    console.store.save([served(recordings=(RECORDING,))])
    console.settings.recordings.mkdir(parents=True)
    (console.settings.recordings / NAME).write_bytes(content)
    browser = visitor(tmp_path, Role.QUALITY, console=console)
    why(browser)
    page = browser.get("/calls/c-1/listen")
    assert page.status_code == 200 and f"{NAME}：" in page.text and "<audio" not in page.text
