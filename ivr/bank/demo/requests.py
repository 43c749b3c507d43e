"""Requests as the demo bank reads them: the other side of `ivr.bank.operations.encode`."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from ivr.bank import fields
from ivr.bank.fields import Odd
from ivr.bank.operations import OPERATIONS, ArgumentKind, Operation, read_argument
from ivr.bank.sealing import Seal
from ivr.bank.secret import Secret

_OAEP = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)


class Unseal:
    """Reads what `ivr.bank.sealing` sealed. Both halves of the key lie beside the database: this bank is no bank."""

    def __init__(self, folder: Path) -> None:
        """Makes the keys where there are none. Raises OSError."""
        private, self.public = folder / "demo-bank-private.pem", folder / "demo-bank-public.pem"
        if not private.exists():
            made = rsa.generate_private_key(65537, 2048)
            form = serialization.PrivateFormat.PKCS8
            private.touch(0o600)
            private.write_bytes(made.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
        key = serialization.load_pem_private_key(private.read_bytes(), None)
        assert isinstance(key, rsa.RSAPrivateKey)
        self._key = key
        spki = serialization.PublicFormat.SubjectPublicKeyInfo
        self.public.write_bytes(key.public_key().public_bytes(serialization.Encoding.PEM, spki))
        self.key_id = Seal(key.public_key()).key_id

    def secret(self, value: object) -> Secret:
        """Digits of `{"encrypted", "key"}` or `{"plain"}`. Raises Odd."""
        if not isinstance(value, Mapping):
            raise Odd("an object is expected")
        if isinstance(value.get("plain"), str):
            return Secret(value["plain"])
        if value.get("key") != self.key_id:
            raise Odd("another key", "key")
        try:
            text = self._key.decrypt(base64.b64decode(str(value.get("encrypted")), validate=True), _OAEP)
            return Secret(text.decode("ascii"))
        except (ValueError, binascii.Error):
            raise Odd("cannot be decrypted", "encrypted") from None


def read_request(operation: Operation, body: object, unseal: Unseal) -> dict[str, object]:
    """The arguments of a request. Raises Odd, which names the argument."""
    spec = OPERATIONS[operation]
    if not isinstance(body, Mapping):
        raise Odd("an object is expected")
    found: dict[str, object] = {}
    for name, kind in spec.arguments.items():
        if body.get(name) is None:
            if name in spec.optional:
                continue
            raise Odd("is missing", name)
        try:
            found[name] = _argument(kind, body[name], unseal)
        except Odd as odd:
            raise Odd(odd.what, name) from None
    return found


def _argument(kind: ArgumentKind, value: object, unseal: Unseal) -> object:
    if kind is ArgumentKind.SECRET:
        secret = unseal.secret(value)
        if not secret.passes(fields.DIGITS.fullmatch):
            raise Odd("no keyed digits")
        return secret
    if kind is ArgumentKind.AMOUNT:
        return fields.read_money(value, negative=False)
    return read_argument(kind, value)
