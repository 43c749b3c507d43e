"""Sound kept for labelling: where it lies, who may read it, what is never kept, and that the disk does not fill."""

from __future__ import annotations

import threading
import wave
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivr.errors import RecordsError
from ivr.records.labels.utterances import Utterances

#: 2026-01-05 23:59:59.999 and the next millisecond, in Shanghai.
LATE, MIDNIGHT = 1_767_628_799_999, 1_767_628_800_000
SOUND = b"\x01\x02" * 800
HOSTILE = ["..", ".", "../x", "a/b", "/etc/passwd", "a%2Fb", "A", "x" * 999]


@pytest.fixture
def kept(tmp_path: Path) -> Utterances:
    """An empty folder that does not exist yet."""
    return Utterances(tmp_path / "utterances", least_free=0)


def files(folder: Path) -> list[str]:
    """Everything in it, hidden files too."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_an_utterance_is_a_wav_of_its_day_that_only_its_owner_reads(kept: Utterances, tmp_path: Path) -> None:
    ref = kept.keep("n1-17.3-2", LATE, SOUND)
    assert ref == "2026-01-05/n1-17.3-2.wav"
    assert kept.keep("n1-17.3-3", MIDNIGHT, SOUND) == "2026-01-06/n1-17.3-3.wav"
    path = kept.path(ref)
    assert path is not None and path == tmp_path / "utterances" / ref
    modes = [each.stat().st_mode & 0o777 for each in (path, path.parent, path.parent.parent)]
    assert modes == [0o600, 0o700, 0o700]
    with wave.open(str(path)) as file:
        assert file.getparams()[:4] == (1, 2, 8000, 800)
        assert file.readframes(800) == SOUND
    assert files(tmp_path / "utterances") == ["2026-01-05/n1-17.3-2.wav", "2026-01-06/n1-17.3-3.wav"]


@pytest.mark.parametrize(
    ("turn_id", "sound", "personal"),
    [("t", SOUND, True), ("t", b"", False), ("t", b"\x00", False), ("", SOUND, False), ("t", bytes(960_002), False)],
    ids=["personal", "no sound", "half a sample", "no id", "over a minute"],
)
def test_what_is_not_kept(kept: Utterances, tmp_path: Path, turn_id: str, sound: bytes, personal: bool) -> None:
    assert kept.keep(turn_id, LATE, sound, personal=personal) is None
    assert list(tmp_path.iterdir()) == []


def test_a_minute_is_kept_and_half_a_sample_cut_off(kept: Utterances) -> None:
    assert kept.keep("t", LATE, bytes(960_000)) is not None
    ref = kept.keep("t", LATE, SOUND + b"\x00")
    path = kept.path(ref or "")
    assert path is not None and path.stat().st_size == 44 + len(SOUND)


def test_dropping_and_forgetting(kept: Utterances, tmp_path: Path) -> None:
    one, two = kept.keep("a", LATE, SOUND), kept.keep("b", LATE, SOUND)
    again = kept.keep("b", MIDNIGHT, SOUND)
    assert one and two and again
    assert kept.has(one) and not kept.has(None)
    kept.drop(one)
    assert not kept.has(one)
    kept.drop(one)
    assert kept.path(one) is None and kept.path(two) is not None
    kept.forget("b")
    kept.forget("nobody")
    assert files(tmp_path / "utterances") == []


def test_purging_takes_the_days_before(kept: Utterances, tmp_path: Path) -> None:
    assert kept.purge(date(2026, 1, 6)) == 0
    for name in ("a", "b"):
        kept.keep(name, LATE, SOUND)
    kept.keep("c", MIDNIGHT, SOUND)
    (tmp_path / "utterances" / "2026-01-05" / ".1.2.part").write_bytes(b"left by a crash")
    (tmp_path / "utterances" / "notes.txt").write_text("ours")
    assert kept.purge(date(2026, 1, 6)) == 2
    assert files(tmp_path / "utterances") == ["2026-01-06/c.wav", "notes.txt"]
    assert kept.keep("d", MIDNIGHT, SOUND)


@pytest.mark.parametrize(
    "ref",
    ["", "a.wav", "../../etc/passwd", "2026-01-05/../x.wav", "2026-01-05/x", "2026-01-05/a/b.wav", "2026-01-05/a.wav\n",
     "/2026-01-05/a.wav", "2026-01-05/\x00.wav", "２０２６-01-05/a.wav"],
)  # fmt: skip
def test_what_is_no_reference_is_refused(kept: Utterances, ref: str) -> None:
    assert not kept.has(ref)
    for use in (kept.drop, kept.path):
        with pytest.raises(RecordsError, match="不是录音的引用"):
            use(ref)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(min_size=1) | st.sampled_from(HOSTILE), min_size=1, max_size=4, unique=True))
def test_no_id_leaves_the_folder_or_meets_another(tmp_path: Path, ids: list[str]) -> None:
    folder = tmp_path / "any" / "utterances"
    kept = Utterances(folder, least_free=0)
    refs = [kept.keep(each, LATE, SOUND) for each in ids]
    assert len({*refs}) == len(ids)
    assert files(tmp_path) == sorted(f"any/utterances/{ref}" for ref in refs)
    for each, ref in zip(ids, refs, strict=True):
        assert ref is not None and kept.path(ref) is not None
        kept.forget(each)
    assert files(tmp_path) == []


def test_the_oldest_go_when_there_are_too_many(tmp_path: Path) -> None:
    each = 44 + len(SOUND)
    kept = Utterances(tmp_path, most_bytes=10 * each, least_free=0)
    for number in range(40):
        assert kept.keep(f"t{number:02}", LATE + number * 3_600_000, SOUND)
        assert sum(path.stat().st_size for path in tmp_path.rglob("*.wav")) <= 10 * each
    left = sorted(path.stem for path in tmp_path.rglob("*.wav"))
    assert left[-1] == "t39" and len(left) >= 9
    assert left == [f"t{number:02}" for number in range(40 - len(left), 40)]
    assert kept.keep("big", LATE, bytes(11 * each)) is None


def test_what_an_earlier_run_kept_counts(tmp_path: Path) -> None:
    each = 44 + len(SOUND)
    first = Utterances(tmp_path, most_bytes=3 * each, least_free=0)
    for number in range(3):
        first.keep(f"a{number}", LATE, SOUND)
    assert Utterances(tmp_path, most_bytes=3 * each, least_free=0).keep("b", MIDNIGHT, SOUND)
    assert len(list(tmp_path.rglob("*.wav"))) <= 3 and list(tmp_path.rglob("b.wav"))


def test_a_full_disk_harms_nobody_and_is_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    full = Utterances(tmp_path, least_free=2**62)
    assert full.keep("secret", LATE, SOUND) is full.keep("secret", LATE, SOUND) is None
    (tmp_path / "file").touch()
    odd = Utterances(tmp_path / "file" / "utterances")
    assert odd.keep("secret", LATE, SOUND) is None
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"]
    assert "secret" not in caplog.text


def test_many_threads_at_once(kept: Utterances, tmp_path: Path) -> None:
    def some(name: str) -> None:
        for number in range(20):
            assert kept.keep(f"{name}{number}", LATE, SOUND)

    threads = [threading.Thread(target=some, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(files(tmp_path)) == 80
