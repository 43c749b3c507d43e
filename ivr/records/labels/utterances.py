"""Sound of single utterances, kept for labelling (CBA 二十一) only where the operator's settings say so, and never of a
turn that held personal data (CBA 三十). One WAV an utterance: `YYYY-MM-DD/<turn_id>.wav`, readable by its owner alone,
encrypted where there is a key."""

from __future__ import annotations

import hashlib
import io
import logging
import os
import re
import shutil
import threading
import wave
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from urllib.parse import quote

from ivr.encryption.keys import KeyRing
from ivr.encryption.sealed import sealed
from ivr.errors import EncryptionError, RecordsError
from ivr.records.days import moment

log = logging.getLogger(__name__)

#: Days are local days, as in the figures (D7).
#: All utterances together; beyond it the oldest go first. About nine hours of telephone sound.
MOST_BYTES = 512 * 2**20
#: What the disk must still have: the journal and the database come first.
LEAST_FREE = 256 * 2**20
#: A longer piece of sound is no utterance.
MOST_SECONDS = 60

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
_REF = re.compile(r"(\d{4}-\d{2}-\d{2})/([A-Za-z0-9_.%~-]{1,230}\.wav)\Z", re.ASCII)
_LONGEST = 200


class Utterances:
    """The folder of kept utterances. Thread-safe; every method may wait for the disk, so call it in a thread."""

    def __init__(
        self, folder: Path, ring: KeyRing | None = None, *, most_bytes: int = MOST_BYTES, least_free: int = LEAST_FREE
    ) -> None:
        """Touches nothing yet. What is kept is encrypted with the current key of `ring`. `most_bytes` bounds all
        utterances together, `least_free` is left of the disk."""
        self._folder, self._ring, self._most, self._least_free = folder, ring, most_bytes, least_free
        self._lock = threading.Lock()
        self._bytes: int | None = None
        self._trouble = False

    def keep(self, turn_id: str, t: int, pcm: bytes, *, rate: int = 8000, personal: bool = False) -> str | None:
        """Keep 16-bit mono sound of a turn that began at `t` (UTC epoch ms). Returns its `audio_ref`; None where it is
        not kept: personal, empty, over 60 s, no room, or no key where there should be one. Never raises: a call must
        not suffer for it."""
        if personal or not turn_id or len(pcm) < 2 or len(pcm) > MOST_SECONDS * rate * 2:
            return None
        data = self._encrypted(_wav(pcm[: len(pcm) // 2 * 2], rate))
        if data is None:
            return None
        day = moment(t).date().isoformat()
        path = self._folder / day / _file_name(turn_id)
        with self._lock:
            try:
                if not self._make_room(len(data)):
                    self._told("no room")
                    return None
                grown = len(data) - (path.stat().st_size if path.exists() else 0)
                _write(path, data)
                self._bytes = (self._bytes or 0) + grown
            except OSError as wrong:
                self._told(wrong.strerror or type(wrong).__name__)
                return None
            self._trouble = False
        return f"{day}/{path.name}"

    def drop(self, audio_ref: str) -> None:
        """Remove one utterance, for instance when it turns out to be personal. Nothing happens where there is none.
        Raises RecordsError for what is no reference, or where the file cannot be removed."""
        with self._lock:
            self._remove(self._place(audio_ref))

    def forget(self, turn_id: str) -> None:
        """Remove whatever is kept of a turn, of any day. Raises RecordsError where it cannot be removed."""
        with self._lock:
            for day in self._days():
                self._remove(day / _file_name(turn_id))

    def path(self, audio_ref: str) -> Path | None:
        """The file of a reference, None where it was removed. Raises RecordsError for what is no reference."""
        path = self._place(audio_ref)
        return path if path.is_file() else None

    def has(self, audio_ref: str | None) -> bool:
        """Whether a record's reference leads to sound that is still there; no reference, or none of ours, does not."""
        return audio_ref is not None and _REF.match(audio_ref) is not None and self._place(audio_ref).is_file()

    def purge(self, before: date, held: Callable[[str], bool] = lambda name: False) -> int:
        """Remove the utterances of every local day before `before` (CBA 三十), but for files that are `held` by their
        name (CBA 五十一(一)); records keep their text. Returns how many files went. Raises RecordsError where a file
        cannot be removed."""
        count = 0
        with self._lock:
            for day in self._days():
                if day.name < before.isoformat():
                    try:
                        count += _purge_day(day, held)
                    except OSError as wrong:
                        raise RecordsError(f"删不掉 {day}：{wrong.strerror}") from wrong
            self._bytes = None
        return count

    def _encrypted(self, data: bytes) -> bytes | None:
        """As it is kept; None where it is to be encrypted and cannot be."""
        try:
            key = None if self._ring is None else self._ring.current
        except EncryptionError as wrong:
            self._told(str(wrong))
            return None
        return data if key is None else sealed(data, key)

    def _place(self, audio_ref: str) -> Path:
        match = _REF.match(audio_ref)
        if match is None:
            raise RecordsError("不是录音的引用")
        return self._folder / match[1] / match[2]

    def _days(self) -> list[Path]:
        """The folders of days, oldest first; whatever else lies here is left alone."""
        if not self._folder.is_dir():
            return []
        return sorted(path for path in self._folder.iterdir() if _DAY.match(path.name) and path.is_dir())

    def _files(self) -> Iterator[Path]:
        for day in self._days():
            yield from sorted(day.iterdir(), key=lambda path: (path.stat().st_mtime_ns, path.name))

    def _make_room(self, size: int) -> bool:
        """Whether `size` more bytes fit, the oldest utterances removed for them."""
        if size > self._most:
            return False
        if self._bytes is None or self._bytes + size > self._most:
            self._bytes = sum(path.stat().st_size for path in self._files())  # somebody may have purged meanwhile
        if self._bytes + size > self._most:
            for path in self._files():
                if self._bytes + size <= self._most * 9 // 10 or self._bytes <= 0:
                    break
                self._bytes -= path.stat().st_size
                path.unlink()
        _make_folder(self._folder)
        return shutil.disk_usage(self._folder).free - size >= self._least_free

    def _remove(self, path: Path) -> None:
        try:
            size = path.stat().st_size
            path.unlink()
        except FileNotFoundError:
            return
        except OSError as wrong:
            raise RecordsError(f"删不掉 {path}：{wrong.strerror}") from wrong
        if self._bytes is not None:
            self._bytes -= size

    def _told(self, why: str) -> None:
        """Say once that utterances cannot be kept, not with every turn."""
        if not self._trouble:
            log.warning("an utterance cannot be kept for labelling: %s", why)
        self._trouble = True


def _purge_day(day: Path, held: Callable[[str], bool]) -> int:
    """The folder goes too where nothing in it is held."""
    paths = list(day.iterdir())
    gone = [path for path in paths if path.suffix != ".wav" or not held(path.name)]
    if len(gone) == len(paths):
        shutil.rmtree(day)
    else:
        for path in gone:
            path.unlink(missing_ok=True)
    return sum(path.suffix == ".wav" for path in gone)


def _file_name(turn_id: str) -> str:
    """A turn's file name, another one for every other turn: what could leave the folder is quoted."""
    name = quote(turn_id, safe="", errors="surrogatepass")
    if len(name) > _LONGEST:
        name = "long~" + hashlib.sha256(turn_id.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{name}.wav"


def _wav(pcm: bytes, rate: int) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(pcm)
    return out.getvalue()


def _make_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _write(path: Path, data: bytes) -> None:
    """All of the file or nothing of it, for its owner alone."""
    _make_folder(path.parent)
    part = path.with_name(f".{os.getpid()}.{threading.get_ident()}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "wb") as file:
            file.write(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
