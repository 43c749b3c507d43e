"""The bank behind TLS: a real handshake with the demo bank, authorities and certificates of our own making."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ivr.bank.client import Bank
from ivr.bank.demo.server import BASE, application
from ivr.bank.operations import Operation
from ivr.bank.results import Rates
from ivr.errors import BankUnavailable
from ivr.settings import BankSystems

HOST, OTHER = "127.0.0.1", "127.0.0.9"


@dataclass(frozen=True, slots=True)
class Authority:
    """Signs certificates; `file` is its own, PEM."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    file: Path

    def issue(self, host: str, file: Path) -> Path:
        """A certificate for an address, with its key, in one PEM file."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))])
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
        built = _builder(host, self.certificate.subject).public_key(key.public_key())
        built = built.add_extension(names, critical=False).add_extension(usage, critical=False)
        pem = built.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        file.write_bytes(_pem(key) + pem)
        return file


def authority(name: str, folder: Path) -> Authority:
    """A new one."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    built = _builder(name, subject).public_key(key.public_key())
    signs = x509.KeyUsage(
        digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    built = built.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    built = built.add_extension(signs, critical=True)
    certificate = built.sign(key, hashes.SHA256())
    file = folder / f"{name}.pem"
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return Authority(key, certificate, file)


def _builder(name: str, issuer: x509.Name) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).serial_number(x509.random_serial_number())
    )
    return made.not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@contextmanager
def bank_behind_tls(folder: Path, certificate: Path, clients: Path | None = None) -> Iterator[BankSystems]:
    """The demo bank with this certificate; with `clients`, only who shows a certificate of that authority is heard."""
    config = uvicorn.Config(
        application(folder), log_config=None, log_level="critical", lifespan="off", ssl_certfile=certificate,
        ssl_ca_certs=None if clients is None else str(clients),
        ssl_cert_reqs=ssl.CERT_NONE if clients is None else ssl.CERT_REQUIRED,
    )  # fmt: skip
    server = uvicorn.Server(config)
    with socket.create_server((HOST, 0)) as listening:
        port = listening.getsockname()[1]
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        end = time.monotonic() + 10
        while not server.started and time.monotonic() < end:
            time.sleep(0.01)
        try:
            yield BankSystems(url=f"https://{HOST}:{port}{BASE}")
        finally:
            server.should_exit = True
            thread.join(10)


def rates(settings: BankSystems) -> Rates:
    """What the bank says."""

    async def ask() -> Rates:
        async with Bank(settings) as bank:
            found = await bank.request(Operation.RATES, {}, key=None, call_id="node1-1.0")
            assert isinstance(found, Rates)
            return found

    return asyncio.run(ask())


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The bank's authority."""
    return authority("ours", tmp_path_factory.mktemp("ca"))


def test_a_bank_that_shows_the_authoritys_certificate_is_asked(ours: Authority, tmp_path: Path) -> None:
    with bank_behind_tls(tmp_path, ours.issue(HOST, tmp_path / "bank.pem")) as settings:
        assert rates(replace(settings, ca=str(ours.file))).items


def test_nobody_else_is_taken_for_the_bank(ours: Authority, tmp_path: Path) -> None:
    """Another authority's certificate, and the right authority's for another address: nothing was sent."""
    theirs = authority("theirs", tmp_path)
    with bank_behind_tls(tmp_path, theirs.issue(HOST, tmp_path / "bank.pem")) as settings:
        with pytest.raises(BankUnavailable):
            rates(replace(settings, ca=str(ours.file)))
        with pytest.raises(BankUnavailable):
            rates(settings)  # the machine's own authorities know neither
    with (
        bank_behind_tls(tmp_path, ours.issue(OTHER, tmp_path / "other.pem")) as settings,
        pytest.raises(BankUnavailable),
    ):
        rates(replace(settings, ca=str(ours.file)))


def test_a_bank_that_asks_who_calls_is_shown_our_certificate(ours: Authority, tmp_path: Path) -> None:
    with bank_behind_tls(tmp_path, ours.issue(HOST, tmp_path / "bank.pem"), clients=ours.file) as settings:
        trusting = replace(settings, ca=str(ours.file))
        mine = ours.issue(HOST, tmp_path / "hotline.pem")
        assert rates(replace(trusting, certificate=str(mine))).items
        with pytest.raises(BankUnavailable):
            rates(trusting)
        theirs = authority("theirs", tmp_path).issue(HOST, tmp_path / "forged.pem")
        with pytest.raises(BankUnavailable):
            rates(replace(trusting, certificate=str(theirs)))
