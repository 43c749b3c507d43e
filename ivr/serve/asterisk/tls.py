"""The certificate of the encrypted transport. The bank's own lies in the state folder; where there is none, one is
made that the bank's own telephones can be told to trust."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from ivr.errors import NodeError
from ivr.settings import Settings

#: Names below `<state>/asterisk/keys`.
CERTIFICATE, KEY = "hotline.crt", "hotline.key"
_DAYS = 3650
_SECONDS = 30


def certificate(settings: Settings) -> tuple[Path, Path]:
    """Certificate and key of this node, both in PEM; a self-signed pair is made where both are missing. Raises
    NodeError where only one is there, or none can be made."""
    folder = settings.asterisk.resolve() / "keys"
    pair = folder / CERTIFICATE, folder / KEY
    there = [path.exists() for path in pair]
    if not any(there):
        _make(*pair, settings.sip.address)
    elif not all(there):
        have, lack = pair if there[0] else pair[::-1]
        raise NodeError(f"有 {have} 却没有 {lack}：请补上配对的文件，或两个都删掉，由热线自动生成")
    return pair


def _make(certificate: Path, key: Path, address: str) -> None:
    """Elliptic curve P-256, ten years, for the address Asterisk listens on; the key is its owner's alone."""
    certificate.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    parts = [path.with_name(f".{path.name}.{os.getpid()}") for path in (certificate, key)]
    command = [
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-batch",
        "-days", str(_DAYS), "-subj", f"/CN={address}", "-addext", f"subjectAltName=IP:{address}",
        "-out", str(parts[0]), "-keyout", str(parts[1]),
    ]  # fmt: skip
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command; the address was checked to be one
            command, capture_output=True, text=True, timeout=_SECONDS, check=False, umask=0o077
        )
        if done.returncode:
            raise NodeError(f"openssl 没有做出证书：{' '.join(done.stderr.split())[-300:]}")
        # the certificate last: a pair is there or it is not
        parts[1].replace(key)
        parts[0].replace(certificate)
    except FileNotFoundError as wrong:
        raise NodeError("缺少 openssl，做不出证书：apt-get install openssl，或自备证书放入 keys 目录") from wrong
    except subprocess.TimeoutExpired as wrong:
        raise NodeError(f"openssl 在 {_SECONDS} 秒内没有做出证书") from wrong
    finally:
        for part in parts:
            part.unlink(missing_ok=True)
