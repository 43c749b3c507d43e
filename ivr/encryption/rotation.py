"""Another key takes over without a restart: what is encrypted with older ones is encrypted anew, one file after the
other, while the hotline serves and everybody can listen."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from ivr.encryption.files import reseal
from ivr.encryption.keys import KeyRing, new_key
from ivr.encryption.sealed import key_name
from ivr.errors import EncryptionError, KeyMissing


@dataclass(slots=True)
class Rotation:
    """How many files have the current key now (`done`) or had it before (`same`); `plain` ones wait for the end of
    their calls; `missing`: key → files that nobody can read without it, left as they are; `failed` says why."""

    done: int = 0
    same: int = 0
    plain: int = 0
    missing: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)


def rotate(paths: Iterable[Path], ring: KeyRing) -> Rotation:
    """Encrypt with the current key what is encrypted with another. May be stopped and begun again. Raises
    EncryptionError where there is no key at all."""
    if (current := ring.current) is None:
        raise EncryptionError("没有配置密钥")
    found = Rotation()
    for path in paths:
        try:
            name = key_name(path)
            if name is None:
                found.plain += 1
            elif name == current.name:
                found.same += 1
            else:
                found.done += reseal(path, ring)
        except FileNotFoundError:
            continue  # purged meanwhile
        except KeyMissing:
            found.missing[str(name)] += 1
        except (EncryptionError, OSError) as wrong:
            found.failed.append(f"{path.name}：{wrong}")
    return found


def rotate_rest(found: Rotation, look: Callable[[], Iterable[Path]], ring: KeyRing) -> Rotation:
    """After a first pass: look again until nothing is left to do, for what was encrypted with the old key meanwhile.
    Raises as `rotate`, and OSError."""
    while True:
        more = rotate(look(), ring)
        found.plain, found.missing, found.failed = more.plain, more.missing, more.failed
        found.done += more.done
        if not more.done:
            return found


def count_keys(paths: Iterable[Path]) -> Counter[str | None]:
    """Key → how many files are encrypted with it; None: those that are plain. Raises OSError."""
    found: Counter[str | None] = Counter()
    for path in paths:
        try:
            found[key_name(path)] += 1
        except FileNotFoundError:
            continue
    return found


def add_key(file: Path) -> str:
    """Put a new key before the others of a file, which keeps its owner and mode; without a file one is made (0600).
    Returns the new key's text. Raises OSError."""
    text, before = new_key(), b""
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "wb") as out:
            if file.exists():
                before, seen = file.read_bytes(), file.stat()
                os.fchown(out.fileno(), seen.st_uid, seen.st_gid)
                os.fchmod(out.fileno(), seen.st_mode & 0o777)
            out.write(text.encode("ascii") + b"\n" + before)
            out.flush()
            os.fsync(out.fileno())
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return text
