"""The purge, erasure and export of a node: its settings, files and key with the rules of `ivr.care.privacy`."""

from __future__ import annotations

import os
import secrets
from datetime import date
from pathlib import Path

from ivr.care.privacy.customers import Erased, Kept, erase, gathered
from ivr.care.privacy.purge import Purged, PurgeRun
from ivr.care.privacy.sound_files import SoundFiles
from ivr.care.publishing import prompt_sounds
from ivr.people.access import Permit
from ivr.records.privacy.retention import DAYS, Schedule
from ivr.records.store import Store
from ivr.report.making import Making
from ivr.settings import Settings

#: Below the state folder: what numbers in exports are hashed with.
EXPORT_KEY = "export.key"


def schedule(settings: Settings) -> Schedule:
    """How long each class is kept by this node's settings."""
    return Schedule({one: getattr(settings.retention, f"{one.value}_days") for one in DAYS})


def purge(settings: Settings, store: Store, as_of: date, permit: Permit, now: int) -> Purged:
    """Delete what is past its class on a day, and recordings of prompts that nobody can agree to any more. Raises as
    `PurgeRun.run`."""
    run = PurgeRun(store, SoundFiles(settings.state), schedule(settings), Making(now))
    done = run.run(as_of, permit.entry, now)
    done.files += prompt_sounds.forget_expired(store, settings.state / prompt_sounds.FOLDER, now)
    return done


def kept_of(settings: Settings, store: Store, number: str) -> Kept:
    """What there is about a number. Raises StoreError, OSError."""
    return gathered(store, SoundFiles(settings.state), number)


def erase_of(settings: Settings, store: Store, number: str, permit: Permit, now: int) -> Erased:
    """Erase what may be erased of a number. Raises StoreError, OSError."""
    return erase(store, SoundFiles(settings.state), Making(now), number, permit, now)


def export_key(settings: Settings) -> bytes:
    """The key for hashes in exports, made at first use (0600): the same number has the same hash in each of them.
    Raises OSError."""
    file: Path = settings.state / EXPORT_KEY
    settings.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        fd = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_bytes()
    with os.fdopen(fd, "wb") as out:
        out.write(key := secrets.token_bytes(32))
    return key
