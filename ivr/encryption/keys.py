"""The keys of what is encrypted at rest: from the environment, or from a file that only root and the hotline can read.
The first encrypts, all of them decrypt. The file is read each time: a new key needs no restart."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.fernet import Fernet

from ivr.errors import EncryptionError, KeyMissing
from ivr.settings import Encryption

_KEY = re.compile(r"[A-Za-z0-9_-]{43}=")


@dataclass(frozen=True, slots=True)
class Key:
    """A Fernet key (AES-128-CBC with HMAC-SHA256). `name` tells which one it is and gives nothing of it away: 16 hex
    digits of a SHA-256."""

    name: str
    fernet: Fernet = field(repr=False, compare=False)

    @classmethod
    def of(cls, text: str) -> Key:
        """The key of its text, as `new_key` makes it. Raises EncryptionError."""
        if _KEY.fullmatch(text) is None:
            raise EncryptionError("不是密钥：一把密钥是 44 个字符，由 ivr privacy new-key 生成")
        return cls(hashlib.sha256(b"name of a key: " + text.encode("ascii")).hexdigest()[:16], Fernet(text))


def new_key() -> str:
    """The text of a new key."""
    return Fernet.generate_key().decode("ascii")


class KeyRing:
    """The keys that the settings name. Every method may be called from any thread and raises EncryptionError where
    keys are configured and cannot be had. The owner of the folder `state` is the hotline's user: his file of keys is
    good as well where root reads it."""

    def __init__(self, settings: Encryption, state: Path | None = None) -> None:
        self._settings, self._state = settings, state

    @property
    def configured(self) -> bool:
        """Whether what is kept is to be encrypted."""
        return self._settings.configured

    @property
    def key_file(self) -> Path | None:
        """The file of keys, None where they come from the environment or there are none."""
        return Path(self._settings.key_file) if self._settings.key_file else None

    @property
    def keys(self) -> tuple[Key, ...]:
        """All of them, the one that encrypts first; none where none are configured."""
        if self.key_file is not None:
            return _of_file(self.key_file, self._state)
        return _keys(self._settings.keys.replace(",", "\n"), "IVR_ENCRYPTION_KEYS") if self._settings.keys else ()

    @property
    def current(self) -> Key | None:
        """The key that encrypts, None where none is configured."""
        return next(iter(self.keys), None)

    def key(self, name: str) -> Key:
        """The key of this name. Raises KeyMissing where it is not among them."""
        for key in self.keys:
            if key.name == name:
                return key
        raise KeyMissing(f"用密钥 {name} 加密，现有的密钥里没有它；找回这把密钥并加入密钥文件后才能读取，文件原样保留")


def _of_file(file: Path, state: Path | None) -> tuple[Key, ...]:
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        with os.fdopen(descriptor, encoding="utf-8") as lines:
            _check(file, os.fstat(descriptor), state)
            return _keys(lines.read(), str(file))
    except OSError as wrong:
        raise EncryptionError(f"密钥文件 {file} 读不了：{wrong.strerror}") from wrong
    except UnicodeDecodeError as wrong:
        raise EncryptionError(f"密钥文件 {file} 不是文字") from wrong


def _check(file: Path, seen: os.stat_result, state: Path | None) -> None:
    """Nobody else may read or change it: root's own, the group may read it; or the hotline's alone."""
    known = {0, os.geteuid()}
    if state is not None and state.is_dir():
        known.add(state.stat().st_uid)
    if seen.st_uid not in known:
        raise EncryptionError(f"密钥文件 {file} 应属于 root 或运行热线的用户")
    if seen.st_mode & (stat.S_IWGRP | stat.S_IRWXO):
        raise EncryptionError(f"密钥文件 {file} 别的用户也能读写，密钥可能已经泄露：chmod 640 或 600，并换新密钥")


def _keys(text: str, where: str) -> tuple[Key, ...]:
    """One key a line; what begins with # is a comment."""
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    try:
        keys = tuple(Key.of(line) for line in lines if line)
    except EncryptionError as wrong:
        raise EncryptionError(f"{where}：{wrong}") from wrong
    if not keys:
        raise EncryptionError(f"{where} 里没有密钥")
    return keys
