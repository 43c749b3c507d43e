"""The TLS switch: what is rendered, and the certificate behind it."""

from __future__ import annotations

import ssl
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.errors import NodeError
from ivr.flow.model import Flow
from ivr.serve.asterisk import tls
from ivr.serve.asterisk.configuration import render
from ivr.settings import Settings, Sip
from tests import flows_for_tests


@pytest.fixture
def flow() -> Flow:
    """Any flow."""
    return flows_for_tests.flow()


def node(folder: Path, on: bool = True) -> Settings:
    """A node with the switch set."""
    return replace(Settings(state=folder / "run"), sip=Sip(address="127.0.3.9", tls=on, tls_port=5071))


def pjsip(settings: Settings) -> str:
    """The rendered pjsip.conf."""
    return (settings.asterisk / "etc" / "pjsip.conf").read_text(encoding="utf-8")


def test_off_means_no_transport_no_certificate_and_plain_sound(tmp_path: Path, flow: Flow) -> None:
    settings = node(tmp_path, on=False)
    render(settings, flow)
    text = pjsip(settings)
    assert "tls" not in text and "media_encryption" not in text
    assert list((settings.asterisk / "keys").iterdir()) == []


def test_on_means_a_transport_with_a_certificate_and_encrypted_sound_for_everybody(tmp_path: Path, flow: Flow) -> None:
    settings = node(tmp_path)
    render(settings, flow)
    text, keys = pjsip(settings), settings.asterisk.resolve() / "keys"
    assert "protocol = tls\nbind = 127.0.3.9:5071\n" in text
    assert f"cert_file = {keys / 'hotline.crt'}" in text and f"priv_key_file = {keys / 'hotline.key'}" in text
    assert text.count("media_encryption = sdes") == 2  # the trunk and the agents' template
    assert {path.name: path.stat().st_mode & 0o777 for path in keys.iterdir()} == {
        "hotline.crt": 0o600,
        "hotline.key": 0o600,
    }


def test_the_made_certificate_is_for_the_address_and_fits_its_key(tmp_path: Path) -> None:
    certificate, key = tls.certificate(node(tmp_path))
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    said = subprocess.run(
        ["openssl", "x509", "-in", certificate, "-noout", "-text"], capture_output=True, text=True, check=True
    ).stdout
    assert "IP Address:127.0.3.9" in said and "prime256v1" in said


def test_a_certificate_is_made_once(tmp_path: Path, flow: Flow) -> None:
    settings = node(tmp_path)
    render(settings, flow)
    first = [path.read_bytes() for path in tls.certificate(settings)]
    assert render(settings, flow) == ()
    assert [path.read_bytes() for path in tls.certificate(settings)] == first


def test_the_banks_own_certificate_stays(tmp_path: Path, flow: Flow) -> None:
    settings = node(tmp_path)
    keys = settings.asterisk / "keys"
    keys.mkdir(parents=True)
    (keys / "hotline.crt").write_text("the bank's")
    (keys / "hotline.key").write_text("its key")
    render(settings, flow)
    assert (keys / "hotline.crt").read_text() == "the bank's"


@pytest.mark.parametrize(("there", "missing"), [("hotline.crt", "hotline.key"), ("hotline.key", "hotline.crt")])
def test_half_a_pair_is_told_and_never_overwritten(tmp_path: Path, flow: Flow, there: str, missing: str) -> None:
    settings = node(tmp_path)
    keys = settings.asterisk / "keys"
    keys.mkdir(parents=True)
    (keys / there).write_text("mine")
    with pytest.raises(NodeError, match=missing):
        render(settings, flow)
    assert [path.name for path in keys.iterdir()] == [there]


def test_without_openssl_the_operator_is_told_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NodeError, match="apt-get install openssl"):
        tls.certificate(node(tmp_path))


def test_an_openssl_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = tmp_path / "openssl"
    fake.write_text("#!/bin/sh\necho half > \"${16}\"\necho 'no random numbers' >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    settings = node(tmp_path)
    with pytest.raises(NodeError, match="no random numbers"):
        tls.certificate(settings)
    assert list((settings.asterisk / "keys").iterdir()) == []
