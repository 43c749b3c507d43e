"""Deletes what is past its class on a day (CBA 三十): rows first, with the names of the files that go with them, then
the files. Whatever stops it in the middle, nothing is half gone, and the next run goes on where it stopped."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date

from ivr.care.privacy.sound_files import RECORDINGS, UTTERANCES, SoundFile, SoundFiles
from ivr.errors import PrivacyError
from ivr.records.audit.model import AuditEntry, detail
from ivr.records.days import day_start, local_day
from ivr.records.privacy.purge import ROWS, Making, Purge
from ivr.records.privacy.retention import Retention, Schedule
from ivr.records.store import Store

#: Class → the folder whose files have it.
_FOLDERS = {Retention.RECORDINGS: RECORDINGS, Retention.UTTERANCES: UTTERANCES}
#: Files that are told to the database at once.
_FILES = 200


@dataclass(slots=True)
class Purged:
    """What went: rows by class, and how many files; `failed` are files that could not be deleted, and why."""

    rows: Counter[Retention] = field(default_factory=Counter)
    files: int = 0
    failed: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PurgeRun:
    """One purge of a store and its files; `making` says how figures are made from few records."""

    store: Store
    sound: SoundFiles
    schedule: Schedule
    making: Making

    def run(self, as_of: date, entry: AuditEntry, now: int) -> Purged:
        """Delete whatever is past its class on the local day `as_of`. Raises PrivacyError for a day that is still to
        come; StoreError, OSError where it has to stop: what went until then is gone whole, the rest is there whole."""
        if as_of > local_day(now):
            raise PrivacyError(f"不能按将来的日期清除：{as_of} 还没有到")
        while self.store.counts.count_some():
            pass  # what is not counted yet would be missing in every report
        done = Purged()
        purge = self.store.privacy.purge(self.making)
        self.sound.forget()
        self._files_of_rows(purge, done)  # of a run that was stopped
        for retention in ROWS:
            before = self.schedule.before(retention, as_of)
            while (left := purge.page(retention, before, self.sound.of_calls, entry, now)).rows:
                done.rows[retention] += left.rows
        self._files_of_rows(purge, done)
        self.sound.forget()
        for retention, folder in _FOLDERS.items():
            self._old_files(folder, self.schedule.before(retention, as_of), retention, entry, now, done)
        self.store.privacy.tidy()
        return done

    def _files_of_rows(self, purge: Purge, done: Purged) -> None:
        waiting = purge.files()
        for at in range(0, len(waiting), _FILES):
            gone, failed = self.sound.delete(waiting[at : at + _FILES])
            purge.files_gone(gone)
            done.files += len(gone)
            done.failed += failed

    def _old_files(
        self, folder: str, before: date, retention: Retention, entry: AuditEntry, now: int, done: Purged
    ) -> None:
        """Files that are past a class of their own while their call's record stays, and files without a record."""
        files, start = self.sound.all(folder), day_start(before)
        offered = self.store.privacy.offered({file.call_id for file in files})
        held = self.store.privacy.held_calls() if files else frozenset[str]()

        def old(file: SoundFile) -> bool:
            return offered.get(file.call_id, file.written) < start and file.call_id not in held

        if not (paths := [file.path for file in files if old(file)]):
            return
        told = detail(retention=retention.value, before=before.isoformat(), files=len(paths))
        self.store.audit.note(replace(entry, detail=told), now)
        gone, failed = self.sound.delete(paths)
        done.files += len(gone)
        done.failed += failed
