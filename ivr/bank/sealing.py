"""How a secret goes into a request: encrypted for the bank alone (RSA-OAEP with SHA-256, RFC 8017 7.1), or as it is
to a bank on this same machine."""

from __future__ import annotations

import base64
import hashlib
import ssl
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from ivr.bank.secret import Secret
from ivr.errors import BankUnavailable, SettingsError
from ivr.settings import BankSystems

#: Bits; shorter keys can be broken.
LEAST_BITS = 2048


class Seal:
    """Encrypts with one public key. `key_id` (the first 16 hex digits of the SHA-256 of its DER form) tells the bank
    which one, so that it can be changed."""

    def __init__(self, key: rsa.RSAPublicKey) -> None:
        self._key = key
        der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        self.key_id = hashlib.sha256(der).hexdigest()[:16]

    @classmethod
    def load(cls, path: Path) -> Seal:
        """The key in a PEM file. Raises SettingsError where it is none, or too short."""
        where = f"[bank] public_key {path}"
        try:
            key = serialization.load_pem_public_key(path.read_bytes())
        except OSError as wrong:
            raise SettingsError(f"{where} 读不了：{wrong.strerror}") from wrong
        except (ValueError, UnsupportedAlgorithm) as wrong:
            raise SettingsError(f"{where} 不是 PEM 格式的公钥") from wrong
        if not isinstance(key, rsa.RSAPublicKey):
            raise SettingsError(f"{where} 应为 RSA 公钥")
        if key.key_size < LEAST_BITS:
            raise SettingsError(f"{where} 只有 {key.key_size} 位，至少要 {LEAST_BITS} 位")
        return cls(key)

    def sealed(self, secret: Secret) -> dict[str, str]:
        """`{"encrypted": base64, "key": key_id}`; another text each time."""
        oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
        text = self._key.encrypt(secret.reveal().encode("ascii"), oaep)
        return {"encrypted": base64.b64encode(text).decode("ascii"), "key": self.key_id}


def sealed_body(body: Mapping[str, object], seal: Seal | None, *, loopback: bool) -> dict[str, object]:
    """The body with every secret as it may leave. Raises BankUnavailable where it may not leave at all."""
    found: dict[str, object] = {}
    for name, value in body.items():
        if not isinstance(value, Secret):
            found[name] = value
        elif seal is not None:
            found[name] = seal.sealed(value)
        elif loopback:
            found[name] = {"plain": value.reveal()}
        else:
            raise BankUnavailable(f"{name} would leave this machine unencrypted: [bank] public_key is not set")
    return found


def tls_context(settings: BankSystems) -> ssl.SSLContext:
    """Trusts the machine's authorities, or only those in `ca` (PEM); shows `certificate` (PEM with its key) to a bank
    that asks who calls. Trusts nobody where the bank is reached without TLS. Raises SettingsError."""
    ca, certificate = settings.ca_path, settings.certificate_path
    if not settings.url.startswith("https:"):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context = ssl.create_default_context(cafile=None if ca is None else str(ca))
    except (OSError, ssl.SSLError) as wrong:
        raise SettingsError(f"[bank] ca {ca} 不能用：{wrong.strerror or wrong}") from wrong
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if certificate is not None:
        try:
            context.load_cert_chain(certificate)
        except (OSError, ssl.SSLError) as wrong:
            raise SettingsError(f"[bank] certificate {certificate} 不能用：{wrong.strerror or wrong}") from wrong
    return context
