"""Logs stay bounded: turned over by size and by the operator's day, kept for so many files and days.

A log is copied and cut in place, because whoever writes it (Asterisk, this process, its children, a shell) has it open
for appending and need not be told; what stands between the last look and the cut is copied too. The application's own
log is turned over where it is a file, as under `make run`; systemd's journal and Docker look after theirs. Asterisk's
account of the calls is no log: `ivr.serve.records.cel_file` follows it."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import stat
import time
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from ivr.records import days
from ivr.settings import Settings

log = logging.getLogger(__name__)

#: A flood of requests from outside makes about a megabyte of lines in this time.
LOOK_SECONDS = 5.0
#: Below `asterisk/log`.
ASTERISK_LOGS = ("messages.log", "console.log", "queue_log")


async def keep(settings: Settings) -> None:
    """Look after the logs, until cancelled."""
    logs = [settings.asterisk / "log" / name for name in ASTERISK_LOGS]
    if (own := own_log()) is not None:
        logs.append(own)
    keeper = Keeper(settings, logs)
    while True:
        await asyncio.to_thread(keeper.look, time.time())
        await asyncio.sleep(LOOK_SECONDS)


def own_log(descriptor: int = 2) -> Path | None:
    """The file that this process's messages go to; None where that is no file that is appended to."""
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        flags = (Path("/proc/self/fdinfo") / str(descriptor)).read_text(encoding="ascii").split("flags:")[1].split()[0]
        return Path(f"/proc/self/fd/{descriptor}").readlink() if int(flags, 8) & os.O_APPEND else None
    except (OSError, IndexError, ValueError):
        return None


class Keeper:
    """Turns logs over: `name.1` is the newest of the older ones."""

    def __init__(self, limits: Settings, files: Iterable[Path]) -> None:
        self._limits, self._files = limits, tuple(files)
        #: The day on which what a log holds now began to be written.
        self._days: dict[Path, date] = {}

    def look(self, now: float) -> None:
        """Turn over what is due at `now` (epoch seconds). A file that cannot be is logged, and tried again."""
        for file in self._files:
            try:
                self._look_at(file, now)
            except OSError as wrong:
                log.error("log %s cannot be turned over: %s", file, wrong)

    def _look_at(self, file: Path, now: float) -> None:
        for old in older(file):
            if (
                int(old.suffix[1:]) >= self._limits.log_files
                or now - old.stat().st_mtime > self._limits.log_days * 86_400
            ):
                old.unlink()
        if not file.exists() or not (found := file.stat()).st_size:
            return
        today = days.local_day(round(now * 1000))
        began = self._days.setdefault(file, days.local_day(round(found.st_mtime * 1000)))
        if found.st_size > self._limits.log_megabytes * 1_000_000 or began != today:
            turn(file)
            self._days[file] = today


def older(file: Path) -> list[Path]:
    """The turned-over files of a log, the oldest first."""
    found = [one for one in file.parent.glob(f"{file.name}.*") if one.suffix[1:].isdigit()]
    return sorted(found, key=lambda one: -int(one.suffix[1:]))


def turn(file: Path) -> None:
    """Move what `file` holds to `file.1`, that to `file.2` …; `file` itself stays, empty. Raises OSError."""
    for one in older(file):
        one.replace(one.with_suffix(f".{int(one.suffix[1:]) + 1}"))
    target = file.with_name(f"{file.name}.1")
    with file.open("rb") as lines, os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as out:
        shutil.copyfileobj(lines, out, 1 << 20)
        while more := lines.read(1 << 20):  # written meanwhile
            out.write(more)
        os.truncate(file, 0)
