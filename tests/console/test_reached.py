"""How the console is reached: on this machine, by TLS, behind the bank's proxy; and nobody by another way."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from starlette.testclient import TestClient

from ivr.console.application import application
from ivr.console.machine_check import certificate_fault, checks
from ivr.console.security.proxies import BehindProxy
from ivr.people.roles import Role
from ivr.settings import ConsolePages, Settings
from tests.browser.rig.console import RunningConsole, console
from tests.console.rig import PASSWORD, open_console, register

PROXY, STRANGER = "10.9.8.7", "10.9.8.6"
NAME = "console.bank.example"


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> ConsolePages:
    """A certificate for 127.0.0.1 that ends in ten days, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "console.crt", folder / "console.key"
    words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-batch"]
    words += ["-days", "10", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*words, "-out", certificate, "-keyout", key], check=True, capture_output=True)
    return ConsolePages(certificate=str(certificate), key=str(key))


# ---- behind a proxy


def proxied(folder: Path, peer: str) -> TestClient:
    settings = Settings(console=ConsolePages(host="10.9.8.5", proxy=f"10.9.7.0/24,{PROXY}", names=NAME))
    served = open_console(folder, settings=settings)
    register(served.store, "tester", [Role.ANALYST], served.clock())
    app = BehindProxy(application(served), settings.console.proxy.split(","))
    return TestClient(app, base_url=f"https://{NAME}", client=(peer, 5000), follow_redirects=False)


def sign_in(client: TestClient, **headers: str) -> httpx2.Response:
    fields = {"person": "tester", "password": PASSWORD}
    return client.post("/sign-in", data=fields, headers={"origin": f"https://{NAME}", **headers})


def test_the_proxy_signs_people_in_and_the_cookie_is_for_tls_alone(tmp_path: Path) -> None:
    client = proxied(tmp_path, PROXY)
    done = sign_in(client, **{"x-forwarded-proto": "https", "x-forwarded-for": "10.1.2.3"})
    assert done.status_code == 303
    cookie = done.headers["set-cookie"]
    assert cookie.startswith("__Host-ivr=") and "Secure" in cookie and "HttpOnly" in cookie
    assert done.headers["strict-transport-security"]


def test_whoever_comes_past_the_proxy_is_not_answered_whatever_he_says(tmp_path: Path) -> None:
    client = proxied(tmp_path, STRANGER)
    claims = {"x-forwarded-proto": "https", "x-forwarded-for": PROXY}
    assert client.get("/sign-in", headers=claims).status_code == 403
    assert sign_in(client, **claims).status_code == 403
    assert client.get("/alive").status_code == 200


def test_a_proxy_that_was_reached_without_tls_is_told(tmp_path: Path) -> None:
    client = proxied(tmp_path, PROXY)
    told = client.get("/sign-in", headers={"x-forwarded-proto": "http"})
    assert told.status_code == 403 and "https" in told.text


def test_tries_are_counted_by_the_browser_behind_the_proxy(tmp_path: Path) -> None:
    client = proxied(tmp_path, PROXY)
    for at in range(31):
        answer = client.post(
            "/sign-in",
            data={"person": f"guess{at}", "password": "wrong"},
            headers={"origin": f"https://{NAME}", "x-forwarded-proto": "https", "x-forwarded-for": "10.1.2.3"},
        )
    assert "次数太多" in answer.text
    other = sign_in(client, **{"x-forwarded-proto": "https", "x-forwarded-for": "10.1.2.4"})
    assert other.status_code == 303


# ---- on this machine


@pytest.fixture(scope="module")
def running() -> Iterator[RunningConsole]:
    with console() as one:
        yield one


def test_on_this_machine_nobody_is_believed_about_who_he_is(running: RunningConsole) -> None:
    """31 tries from one address, each said to be another's: the address is known all the same."""
    running.person(Role.ANALYST)
    with httpx2.Client(base_url=running.url, headers={"origin": running.url}) as client:
        for at in range(31):
            fields = {"person": f"guess{at}", "password": "wrong"}
            answer = client.post("/sign-in", data=fields, headers={"x-forwarded-for": f"10.0.0.{at}"})
    assert "次数太多" in answer.text


def test_a_bad_certificate_is_told_in_a_sentence(tmp_path: Path, pair: ConsolePages) -> None:
    wrong = tmp_path / "wrong.key"
    wrong.write_text("no key\n")
    with pytest.raises(AssertionError, match="不能用"), console(environ=variables(replace(pair, key=str(wrong)))):
        pass


def variables(own: ConsolePages) -> dict[str, str]:
    return {"IVR_CONSOLE_CERTIFICATE": own.certificate, "IVR_CONSOLE_KEY": own.key}


def test_with_a_certificate_it_speaks_tls_alone(pair: ConsolePages) -> None:
    trusted = ssl.create_default_context(cafile=pair.certificate)
    with console(environ=variables(pair), trust=trusted) as one:
        assert one.url.startswith("https://")
        with httpx2.Client(verify=trusted) as client:
            answer = client.get(f"{one.url}/sign-in")
            assert answer.status_code == 200 and answer.headers["strict-transport-security"]
            with pytest.raises(httpx2.HTTPError):
                client.get(f"http://{one.host}:{one.port}/sign-in")
        old = ssl.create_default_context(cafile=pair.certificate)
        with pytest.warns(DeprecationWarning):
            old.maximum_version = ssl.TLSVersion.TLSv1_1
        with httpx2.Client(verify=old) as client, pytest.raises(httpx2.HTTPError):
            client.get(f"{one.url}/sign-in")


# ---- doctor


def told(own: ConsolePages) -> dict[str, tuple[bool, str]]:
    return {what: (good, advice) for good, what, advice in checks(Settings(console=own))}


def test_the_doctor_tells_of_a_certificate_that_ends_and_a_key_that_others_read(pair: ConsolePages) -> None:
    Path(pair.key).chmod(0o644)
    found = told(pair)
    assert found[f"控制台的证书 {pair.certificate}"][0] is False
    assert found[f"控制台的私钥 {pair.key}"] == (False, "别的用户读得到：chmod 600")
    Path(pair.key).chmod(0o600)
    assert f"控制台的私钥 {pair.key}" not in told(pair)


def test_the_doctor_tells_of_a_pair_that_is_none(pair: ConsolePages, tmp_path: Path) -> None:
    assert certificate_fault(pair) is None
    crossed = replace(pair, key=pair.certificate)
    assert certificate_fault(crossed) is not None
    assert told(crossed)[f"控制台的证书 {pair.certificate}"][0] is False


def test_the_doctor_tells_of_a_console_without_a_name(pair: ConsolePages) -> None:
    away = replace(pair, host="10.1.2.3")
    assert told(away)["控制台 10.1.2.3:8470"][0] is False
    assert told(replace(away, names=NAME))["控制台 10.1.2.3:8470（TLS）"][0] is True
