"""Who listens gets what can be played, whether it is kept encrypted or plain; what cannot be decrypted is said so."""

from __future__ import annotations

import stat
from contextlib import closing
from pathlib import Path

import pytest

from ivr.encryption import files
from ivr.encryption.keys import Key, new_key
from ivr.encryption.sealed import key_name
from tests.cli.conftest import Desk
from tests.cli.labelled import a_call, spoken, store_of
from tests.cli.test_messages import LEFT

KEY = new_key()
SOUND = b"RIFF" + bytes(range(256)) * 30


def recording(desk: Desk, name: str, folder: str = "recordings", key: str | None = KEY) -> Path:
    file = desk.folder / "run" / "asterisk" / folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(SOUND)
    if key is not None:
        files.seal(file, Key.of(key))
    return file


@pytest.fixture
def kept(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("IVR_ENCRYPTION_KEYS", KEY)
    with closing(store_of(desk)) as store:
        store.save([a_call(1), a_call(2)])
        store.work.add(LEFT)
    return desk


@pytest.mark.parametrize("words", [("records", "listen", "n1-1"), ("messages", "play", "1")])
def test_a_copy_that_can_be_played_is_handed_out(kept: Desk, words: tuple[str, ...]) -> None:
    sealed = [recording(kept, "n1-1-1001.wav"), recording(kept, "m-1.wav", "messages")]
    told = kept.ivr(*words)
    copy = Path(told.stdout.strip())
    assert told.exit_code == 0 and copy.read_bytes() == SOUND and stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert copy.parent == kept.folder / "run" / "listening" and "自动删除" in told.stderr
    assert all(key_name(one) == Key.of(KEY).name for one in sealed), "what is kept stays encrypted"
    assert kept.process(*words, "--output", "-", IVR_ENCRYPTION_KEYS=KEY).stdout == SOUND
    assert kept.ivr(*words, "--output", "heard.wav").stdout == ""
    assert (kept.folder / "heard.wav").read_bytes() == SOUND
    assert stat.S_IMODE((kept.folder / "heard.wav").stat().st_mode) == 0o600


def test_a_plain_recording_is_named_itself(kept: Desk) -> None:
    file = recording(kept, "n1-1-1001.wav", key=None)
    assert kept.ivr("records", "listen", "n1-1").stdout.strip() == str(file)


def test_a_lost_key_is_told_by_name_and_the_file_stays(kept: Desk) -> None:
    file = recording(kept, "n1-1-1001.wav", key=(lost := new_key()))
    before = file.read_bytes()
    told = kept.refused("records", "listen", "n1-1")
    assert Key.of(lost).name in told and "n1-1-1001.wav" in told and "原样保留" in told
    assert file.read_bytes() == before


def test_a_damaged_recording_is_told(kept: Desk) -> None:
    file = recording(kept, "n1-1-1001.wav")
    file.write_bytes(file.read_bytes()[:-1])
    assert "不完整" in kept.refused("records", "listen", "n1-1", "--output", "heard.wav")
    assert not (kept.folder / "heard.wav").exists()


def test_of_several_recordings_one_is_chosen(kept: Desk) -> None:
    first, _ = recording(kept, "n1-1-1.wav", key=None), recording(kept, "n1-1-1001.wav", key=None)
    recording(kept, "n1-11-1.wav", key=None), recording(kept, "n1-2-1.wav", key=None)
    told = kept.ivr("records", "listen", "n1-1")
    assert told.exit_code == 1 and "有 2 段录音" in told.stderr and "n1-1-1001.wav" in told.stderr
    assert "n1-11" not in told.stderr
    assert kept.ivr("records", "listen", "n1-1", "--number", "1").stdout.strip() == str(first)
    assert kept.ivr("records", "listen", "n1-1", "--number", "3").exit_code == 1


@pytest.mark.parametrize(("call", "words"), [("n1-1", "没有录音"), ("n1-9", "没有通话")])
def test_what_there_is_not_is_said_so(kept: Desk, call: str, words: str) -> None:
    told = kept.ivr("records", "listen", call)
    assert told.exit_code == 1 and words in told.stderr and told.stdout == ""


def test_who_labels_hears_what_is_kept_encrypted(kept: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    spoken(kept)
    utterances = sorted((kept.folder / "run" / "utterances").rglob("*.wav"))
    plain = {one.name: one.read_bytes() for one in utterances}
    assert all(files.seal(one, Key.of(KEY)) for one in utterances)
    kept.ivr("label", "sample", "--from", "2026-01-01", "--to", "2026-01-31", "--n", "6", "--audio-only")
    kept.ivr("label", "--annotator", "甲", "--audio", "听", typed="q\n")
    (heard,) = (kept.folder / "听").iterdir()
    assert heard.read_bytes() == plain[heard.name] and stat.S_IMODE(heard.stat().st_mode) == 0o600
    quiet = kept.ivr("label", "--annotator", "甲", "--quiet", typed="q\n").stdout
    (copy,) = (kept.folder / "run" / "listening").iterdir()
    assert str(copy) in quiet and copy.read_bytes() in plain.values()
    monkeypatch.setenv("IVR_ENCRYPTION_KEYS", new_key())
    assert "录音听不了" in kept.ivr("label", "--annotator", "甲", "--quiet", typed="q\n").stdout


def test_who_listened_and_why_is_in_the_trail(kept: Desk) -> None:
    recording(kept, "n1-1-1001.wav")
    kept.ivr("records", "listen", "n1-1", "--reason", "客户投诉")
    with closing(store_of(kept)) as store:
        entries = [row for row in store.audit.list() if row.entry.action == "recordings.listen"]
    (entry,) = [row.entry for row in entries]
    assert (entry.target, entry.reason, entry.allowed) == ("call:n1-1", "客户投诉", True)
