"""What was rendered, as a real Asterisk took it. The TLS switch alone makes the encrypted transport work, and sound in
the clear is refused then."""

from __future__ import annotations

import json
import re
import secrets
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.rig.hotline import Hotline, hotline

pytestmark = [pytest.mark.calls, pytest.mark.xdist_group("on-asterisk")]

_CRYPTO = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5\r\n"


@pytest.fixture(scope="module")
def line() -> Iterator[Hotline]:
    """A hotline with nothing but the switch set."""
    with hotline(SIP_TLS="true") as one:
        yield one


class Telephone:
    """The trunk's end of one TLS connection."""

    def __init__(self, wire: ssl.SSLSocket, target: str) -> None:
        self._wire, self._target = wire, target
        self._id = secrets.token_hex(8)
        self._rest = b""

    def send(self, method: str, sequence: int, sdp: str = "", to_tag: str = "") -> None:
        """One request."""
        own, port = self._wire.getsockname()
        self._wire.sendall(
            "\r\n".join((
                f"{method} sip:95000@{self._target}:5061;transport=tls SIP/2.0",
                f"Via: SIP/2.0/TLS {own}:{port};branch=z9hG4bK{self._id}{sequence}{method}",
                "Max-Forwards: 70", f"From: <sip:13800000001@{own}>;tag={self._id}",
                f"To: <sip:95000@{self._target}>{to_tag}", f"Call-ID: {self._id}", f"CSeq: {sequence} {method}",
                f"Contact: <sip:13800000001@{own}:{port};transport=tls>",
                *(("Content-Type: application/sdp",) if sdp else ()), f"Content-Length: {len(sdp)}", "", sdp,
            )).encode()
        )  # fmt: skip

    def final(self) -> str:
        """The next answer that is not provisional, headers and body."""
        while True:
            while b"\r\n\r\n" not in self._rest:
                self._rest += self._more()
            head, _, self._rest = self._rest.partition(b"\r\n\r\n")
            length = re.search(rb"(?im)^(?:content-length|l):\s*(\d+)", head)
            wanted = int(length[1]) if length else 0
            while len(self._rest) < wanted:
                self._rest += self._more()
            body, self._rest = self._rest[:wanted], self._rest[wanted:]
            if not head.startswith((b"SIP/2.0 1", b"OPTIONS")):
                return (head + b"\r\n\r\n" + body).decode()

    def _more(self) -> bytes:
        data = self._wire.recv(65536)
        if not data:
            raise ConnectionError("Asterisk closed the connection")
        return data


def offer(address: str, profile: str, crypto: str = "") -> str:
    """G.711 on a port nobody listens on: these calls last a moment."""
    return (
        f"v=0\r\no=- 1 1 IN IP4 {address}\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\n"
        f"m=audio 40000 {profile} 8 101\r\na=rtpmap:101 telephone-event/8000\r\n{crypto}"
    )


@contextmanager
def telephone(line: Hotline) -> Iterator[Telephone]:
    """A telephone that trusts this hotline's certificate and no other."""
    context = ssl.create_default_context(cafile=str(line.state / "asterisk" / "keys" / "hotline.crt"))
    raw = socket.create_connection((line.address, 5061), timeout=10, source_address=("127.0.0.1", 0))
    with raw, context.wrap_socket(raw, server_hostname=line.address) as wire:
        assert wire.version() in ("TLSv1.2", "TLSv1.3")
        yield Telephone(wire, line.address)


def test_asterisk_starts_without_a_complaint(line: Hotline) -> None:
    """The first test of this file: the calls below give it reasons to complain."""
    log = (line.state / "asterisk" / "log" / "messages.log").read_text(encoding="utf-8")
    said = [json.loads(text)["logmsg"] for text in log.splitlines() if text.startswith("{")]
    assert said and not [one for one in said if one["level"] in ("ERROR", "WARNING")]


def test_the_transport_stands(line: Hotline) -> None:
    said = line.console("pjsip show transports")
    assert re.search(rf"transport-tls\s+tls\s+.*{re.escape(line.address)}:5061", said)
    keys = line.state / "asterisk" / "keys"
    assert [path.stat().st_mode & 0o777 for path in (keys / "hotline.crt", keys / "hotline.key")] == [0o600, 0o600]


def test_an_encrypted_call_is_answered_with_encrypted_sound(line: Hotline) -> None:
    with telephone(line) as phone:
        phone.send("INVITE", 1, offer("127.0.0.1", "RTP/SAVP", _CRYPTO))
        answer = phone.final()
        assert answer.startswith("SIP/2.0 200")
        assert " RTP/SAVP " in answer and "a=crypto:1 AES_CM_128_HMAC_SHA1_80" in answer
        found = re.search(r"(?im)^to:.*(;tag=[^\s;]+)", answer)
        assert found is not None
        tag = found[1]
        phone.send("ACK", 1, to_tag=tag)
        phone.send("BYE", 2, to_tag=tag)
        assert phone.final().startswith("SIP/2.0 200")


def test_sound_in_the_clear_is_refused(line: Hotline) -> None:
    with telephone(line) as phone:
        phone.send("INVITE", 1, offer("127.0.0.1", "RTP/AVP"))
        assert phone.final().startswith("SIP/2.0 488")


def test_a_plain_connection_gets_nothing(line: Hotline) -> None:
    with socket.create_connection((line.address, 5061), timeout=10) as raw:
        raw.sendall(b"OPTIONS sip:95000@hotline SIP/2.0\r\n\r\n")
        assert not re.match(rb"SIP/2.0", raw.recv(4096))


@pytest.mark.parametrize("agent", ["7", "42", "1001", "1234567890"])
def test_an_agents_number_of_any_length_can_ring_and_be_said(line: Hotline, agent: str) -> None:
    for context in ("agents", "say-agent"):
        assert "'_X!'" in line.console(f"dialplan show {agent}@{context}")


@pytest.mark.parametrize("dialled", ["95588", "+8613800000001", "1001", "abc", "*0", "hotline"])
def test_the_trunk_cannot_dial_anything_else(line: Hotline, dialled: str) -> None:
    said = line.console(f"dialplan show {dialled}@from-trunk")
    assert "Dial(" not in said and "Goto(" not in said


def test_only_the_trunk_and_the_agents_are_known(line: Hotline) -> None:
    found = set(re.findall(r"(?m)^ Endpoint:  ([\w-]+)", line.console("pjsip show endpoints")))
    agents = {"1001", "1002", "1003", "1004", "1005", "1006"}
    # the browsers' telephones come over the WebSocket of this machine, each with a password
    assert found == {"trunk", "refused-requests", "try", *agents, *(f"{agent}-web" for agent in agents)}


@pytest.mark.parametrize(
    ("user", "reads", "writes"),
    [
        ("ivr", {"call", "agent", "user", "system"}, {"call", "agent", "originate", "config"}),
        ("watchdog", {"call", "agi", "user"}, {"call"}),
    ],
)
def test_the_manager_knows_two_users_with_the_smallest_rights(
    line: Hotline, user: str, reads: set[str], writes: set[str]
) -> None:
    """`system` is read alone: Asterisk tells nobody else which telephones are there (ContactStatus)."""
    said = line.console(f"manager show user {user}")
    rights = {kind: re.search(rf"{kind} perm: *(.*)", said) for kind in ("read", "write")}
    given = {kind: set(match[1].strip().split(",")) for kind, match in rights.items() if match}
    assert given == {"read": reads, "write": writes}
    assert "2 manager users configured" in line.console("manager show users")
