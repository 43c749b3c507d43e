"""Recordings are encrypted when the call is over, also when the application died in the middle of it; who listens hears
them, and the hotline waits for nothing of it (CBA 十三)."""

from __future__ import annotations

import io
import subprocess
import sys
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.encryption.files import content
from ivr.encryption.keys import KeyRing
from ivr.encryption.rotation import add_key
from ivr.encryption.sealed import key_name
from ivr.settings import Encryption
from tests.calls.faults.eyes import Manner, Story, dial, only_record, wait_fact
from tests.rig.hotline import Hotline, until

pytestmark = pytest.mark.calls

#: The agent's number is said before the two are connected and recorded.
TALKS = {"1001": Manner(rings_ms=300, talks_ms=9000)}


@pytest.fixture
def keyed(whole: Hotline, tmp_path: Path) -> Iterator[tuple[Hotline, KeyRing]]:
    """The hotline with a key, which it has not had before; afterwards without one again."""
    file = tmp_path / "hotline.keys"
    add_key(file)
    whole.stop_app()
    before = whole.environ
    whole.environ = {**before, "IVR_ENCRYPTION_KEY_FILE": str(file)}
    try:
        whole.start_app()
        yield whole, KeyRing(Encryption(key_file=str(file)))
    finally:
        if whole.app is not None:
            whole.stop_app()
        whole.environ = before
        whole.start_app()


def test_a_talk_is_encrypted_after_the_call_and_can_be_listened_to(
    keyed: tuple[Hotline, KeyRing], folder: Path
) -> None:
    line, ring = keyed
    plain: list[bool] = []
    before = set(_folder(line).glob("*-1001.wav"))

    def look(number: str) -> None:
        wait_fact(line, number, "Connected")
        begun = until("the recording to begin", lambda: set(_folder(line).glob("*-1001.wav")) - before or None)
        plain.extend(key_name(one) is None for one in begun)

    story = dial(line, folder, "wait 1s", "press 0", "wait for bye", agents=TALKS, meanwhile=look)
    assert plain == [True], "Asterisk still writes it"
    file = _sealed(line, story)
    assert key_name(file) == ring.keys[0].name and b"RIFF" not in file.read_bytes()
    assert _seconds(content(file, ring)) >= 2
    words = ("records", "listen", only_record(line, story.number)["call_id"], "--output", "-")
    told = subprocess.run([sys.executable, "-m", "ivr.cli", *words], env=line.environ, capture_output=True, check=True)
    assert told.stdout == content(file, ring)
    add_key(Path(line.environ["IVR_ENCRYPTION_KEY_FILE"]))
    again = dial(line, folder / "again", "wait 1s", "press 0", "wait for bye", agents=TALKS)
    assert key_name(_sealed(line, again)) == ring.keys[0].name != key_name(file), "a new key without a restart"


def test_a_talk_whose_application_died_is_encrypted_after_the_restart(
    keyed: tuple[Hotline, KeyRing], folder: Path
) -> None:
    line, ring = keyed

    def kill(number: str) -> None:
        wait_fact(line, number, "Connected")
        line.kill_app()

    story = dial(line, folder, "wait 1s", "press 0", "wait for bye", agents=TALKS, meanwhile=kill)
    assert [key_name(one) for one in _newest(line)] == [None], "nobody was there to encrypt it"
    line.start_app()
    assert _seconds(content(_sealed(line, story), ring)) >= 2


def _folder(line: Hotline) -> Path:
    return line.state / "asterisk" / "recordings"


def _newest(line: Hotline) -> list[Path]:
    return sorted(_folder(line).glob("*-1001.wav"), key=lambda path: path.stat().st_mtime_ns)[-1:]


def _sealed(line: Hotline, story: Story) -> Path:
    """The talk's recording, once it is encrypted."""
    file = _folder(line) / f"{only_record(line, story.number)['call_id']}-1001.wav"
    # After a look that a busy machine held up, the next one comes fifty times as much later.
    until("the recording to be encrypted", lambda: key_name(file) is not None, 90)
    return file


def _seconds(data: bytes) -> float:
    with wave.open(io.BytesIO(data)) as sound:
        return float(sound.getnframes() / sound.getframerate())
