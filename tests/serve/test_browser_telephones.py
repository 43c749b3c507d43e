"""What Asterisk is told of telephones in browsers: from this machine alone, at addresses that browsers reach."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.flow.loader import require
from ivr.serve.asterisk import browser_telephones
from ivr.serve.asterisk.configuration import load_secrets, render
from ivr.serve.upkeep.machine_check import checks
from ivr.settings import Settings, Sip
from ivr.settings.faults import faults

TOP = Path(__file__).parents[2]
FLOW = require(TOP / "flows")


def rendered(folder: Path, address: str) -> dict[str, str]:
    settings = replace(Settings(state=folder / "run"), sip=Sip(browser_address=address))
    render(settings, FLOW)
    return {path.name: path.read_text(encoding="utf-8") for path in (settings.asterisk / "etc").iterdir()}


def sections(text: str, name: str) -> list[list[str]]:
    """The sections of that name, each as its lines; what they take from templates included in their first line."""
    parts = ("\n" + text).split("\n[")
    return [part.splitlines() for part in parts if part.startswith(f"{name}]")]


def test_only_the_addresses_at_which_browsers_reach_this_machine_are_offered(tmp_path: Path) -> None:
    conf = rendered(tmp_path, "10.1.2.3, 10.9.0.1")
    ice = [line for line in conf["rtp.conf"].splitlines() if line.startswith("ice")]
    assert ice == [
        "icesupport = yes", "ice_deny = 0.0.0.0/0.0.0.0", "ice_deny = ::/0",
        "ice_permit = 10.1.2.3/255.255.255.255", "ice_permit = 10.9.0.1/255.255.255.255",
    ]  # fmt: skip
    assert "media_address = 10.1.2.3" in sections(conf["pjsip.conf"], "1001-web")[0]


def test_they_speak_to_this_machine_alone_and_encrypted(tmp_path: Path) -> None:
    conf = rendered(tmp_path, "10.1.2.3")
    assert "bindaddr = 127.0.0.1" in conf["http.conf"] and "bindport = 8088" in conf["http.conf"]
    (template,) = sections(conf["pjsip.conf"], "browser")
    assert {"webrtc = yes", "deny = 0.0.0.0/0.0.0.0", "permit = 127.0.0.0/255.0.0.0"} <= set(template)
    assert {"allow_transfer = no", "dtmf_mode = rfc4733", "direct_media = no"} <= set(template)
    assert "[agent-browser](!,browser)" in conf["pjsip.conf"] and "[try](browser)" in conf["pjsip.conf"]


def test_each_telephone_in_a_browser_has_a_password_of_its_own(tmp_path: Path) -> None:
    conf = rendered(tmp_path, "10.1.2.3")
    own = load_secrets(Settings(state=tmp_path / "run"), FLOW.agents)
    given = {}
    for name in ("try", *(f"{agent}-web" for agent in FLOW.agents)):
        lines = [line for part in sections(conf["pjsip.conf"], name) for line in part if line.startswith("password")]
        (given[name],) = lines
        assert given[name] == f"password = {browser_telephones.password(own.browsers, name)}"
    assert len(set(given.values())) == len(given)
    assert own.browsers not in "".join(conf.values()) and own.browsers not in repr(own)


def test_a_page_that_tries_the_hotline_is_known_before_the_number_that_it_calls(tmp_path: Path) -> None:
    pjsip = rendered(tmp_path, "10.1.2.3")["pjsip.conf"]
    (known,) = sections(pjsip, "try-from")
    assert "match_header = From: /<sip:[+0-9]+@try\\.invalid>/" in known
    assert "endpoint_identifier_order = header,request_uri" in pjsip


@pytest.mark.parametrize("where", ["none"])
def test_where_none_are_wanted_nothing_listens(tmp_path: Path, where: str) -> None:
    conf = rendered(tmp_path, where)
    assert "enabled = no" in conf["http.conf"] and "icesupport = no" in conf["rtp.conf"]
    assert "-web]" not in conf["pjsip.conf"] and "protocol = ws" not in conf["pjsip.conf"]


class NoNetwork(socket.socket):
    """The kernel of a machine without a network: every way ends at once, or here."""

    here = False

    def connect(self, address: object) -> None:
        if not self.here:
            raise OSError("Network is unreachable")
        super().connect(("127.0.0.1", 9))


@pytest.mark.parametrize("here", [False, True])
def test_a_machine_without_a_network_has_no_address_for_browsers_and_the_doctor_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, here: bool
) -> None:
    monkeypatch.setattr(socket, "socket", type("Here", (NoNetwork,), {"here": here}))
    settings = Settings(state=tmp_path / "run", flows=TOP / "flows")
    assert browser_telephones.addresses(settings) == ()
    (said,) = [one for one in checks(settings) if "浏览器电话" in one[1]]
    assert not said[0] and "browser_address" in said[2]


def test_the_address_that_telephones_reach_is_the_browsers_too() -> None:
    assert browser_telephones.addresses(Settings(sip=Sip(address="10.4.5.6"))) == ("10.4.5.6",)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3,127.0.0.2", "0.0.0.0", "console.bank", "10.1.2.3,"])
def test_an_address_that_browsers_cannot_use_is_a_fault(address: str) -> None:
    found = list(faults(Settings(sip=Sip(browser_address=address)), dict))
    assert len(found) == 1 and "browser_address" in found[0]


@pytest.mark.parametrize("address", ["", "none", "10.1.2.3", "10.1.2.3, 10.9.0.1"])
def test_what_may_be_set(address: str) -> None:
    assert list(faults(Settings(sip=Sip(browser_address=address)), dict)) == []
