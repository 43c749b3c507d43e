"""What somebody writes who wants his own lines in Asterisk's events, in its account of the calls, in a log."""

from __future__ import annotations

import hashlib
import re
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ivr.telephony.ami.messages import Cutter
from tests.rig.hotline import Hotline, until
from tests.rig.ports import PortBlock

MARK = "Forged"


class Listener:
    """Another user of Asterisk's manager, who keeps every byte that the hotline's own would get."""

    def __init__(self, line: Hotline) -> None:
        secret = re.search(r"(?m)^secret = (\S+)", (line.state / "asterisk/etc/manager.conf").read_text("utf-8"))
        assert secret is not None
        self._link = socket.create_connection((line.address, 5038), timeout=5)
        self._link.sendall(f"Action: Login\r\nUsername: ivr\r\nSecret: {secret[1]}\r\n\r\n".encode())
        self._link.settimeout(None)
        self.heard = bytearray()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        until("the login", lambda: b"Authentication accepted" in self.heard)

    def _listen(self) -> None:
        while data := self._link.recv(65536):
            self.heard += data

    def lines(self) -> list[str]:
        """Every line of every message, whatever a reader may take for a line's end."""
        return [one for text in Cutter(1 << 20).feed(bytes(self.heard)) for one in text.splitlines()]

    def act(self, name: str, **fields: str) -> None:
        """Have Asterisk do something, as the hotline's own manager may."""
        lines = [f"Action: {name}", *(f"{field}: {value}" for field, value in fields.items())]
        self._link.sendall("".join(f"{line}\r\n" for line in lines).encode() + b"\r\n")

    def close(self) -> None:
        """Ended before it is closed: a socket closed under a thread that is about to read is an error there."""
        self._link.shutdown(socket.SHUT_RDWR)
        self._thread.join(timeout=5)
        self._link.close()


@contextmanager
def listening_in(line: Hotline) -> Iterator[Listener]:
    listener = Listener(line)
    try:
        yield listener
    finally:
        listener.close()


def escaped(text: str) -> str:
    """A text as the user part of an address holds it."""
    return "".join(c if c.isascii() and c.isalnum() else "".join(f"%{byte:02x}" for byte in c.encode()) for c in text)


def forgeries(live: str) -> list[str]:
    """What an attacker puts after a line's end: events and rows that name a live call."""
    now = time.time()
    event = (
        f"\r\n\r\nEvent: {{}}\r\nTimestamp: {now:.6f}\r\nChannel: PJSIP/trunk-0000ffff\r\nContext: from-trunk\r\n"
        f"Exten: 95000\r\nUniqueid: {live}\r\nLinkedid: {live}\r\n{MARK}: 1\r\n\r\n"
    )
    row = f'"HANGUP","{now:.6f}","{live}","{live}","PJSIP/trunk-0000ffff","hotline","s","1","","","{{}}",""'
    return [
        event.format("Hangup\r\nCause: 16"),
        f"\r\n\r\nEvent: UserEvent\r\nUserEvent: Capacity\r\nCall: {live}\r\n{MARK}: 1\r\n\r\n",
        f'\n{row}\n"{MARK}"\n',
        f"\n{MARK}: 1\nagi_uniqueid: {live}\n",
        f"\r{MARK}\x85{MARK}\u2028{MARK}\x00{MARK}\x1b[2K{MARK}",
    ]


class AgentLine:
    """The SIP of an agent's telephone, request by request, with the agent's password."""

    def __init__(self, line: Hotline, ports: PortBlock, agent: str = "1001") -> None:
        self._line, self._agent, self._port = line, agent, ports.sip
        self._wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._wire.bind(("127.0.0.1", ports.sip))
        self._wire.settimeout(2)
        self._cseq = 0

    def ask(self, method: str, uri: str, *headers: str, display: str = "", body: str = "") -> str:
        """The status of the final answer, "" for none; a challenge is met. An INVITE that is answered is ended."""
        status, answer = self._send(method, uri, headers, display, body)
        if status == "401":
            met = self._met(answer, method, uri)
            status, answer = self._send(method, uri, (*headers, f"Authorization: {met}"), display, body)
        return status

    def close(self) -> None:
        """No more."""
        self._wire.close()

    def _send(self, method: str, uri: str, headers: Sequence[str], display: str, body: str) -> tuple[str, str]:
        self._cseq += 1
        own = f"127.0.0.1:{self._port}"
        call = f"agent-{self._port}" if method == "REGISTER" else f"agent-{self._port}-{self._cseq}"
        common = (
            f"From: {display}<sip:{self._agent}@{self._line.address}>;tag=a\r\nCall-ID: {call}\r\nMax-Forwards: 70\r\n"
        )
        via = f"Via: SIP/2.0/UDP {own};branch=z9hG4bKa{self._port}{self._cseq}\r\n"
        target = f"sip:{self._agent}@{self._line.address}" if method == "REGISTER" else uri
        more = "".join(f"{one}\r\n" for one in headers)
        contact = (
            "" if any(one.startswith("Contact:") for one in headers) else f"Contact: <sip:{self._agent}@{own}>\r\n"
        )
        kind = "Content-Type: application/sdp\r\n" if body else ""
        text = (
            f"{method} {uri} SIP/2.0\r\n{via}To: <{target}>\r\nCSeq: {self._cseq} {method}\r\n{common}{more}{contact}"
        )
        text += f"{kind}Content-Length: {len(body)}\r\n\r\n{body}"
        self._wire.sendto(text.encode(), (self._line.address, 5060))
        while True:
            try:
                answer = self._wire.recv(65535).decode("utf-8", "replace")
            except TimeoutError:
                return "", ""
            if f"CSeq: {self._cseq} {method}" in answer and not answer.startswith("SIP/2.0 1"):
                break
        if method == "INVITE":
            to = re.search(r"(?im)^to:\s*(.+?)\r?$", answer)
            assert to is not None
            for after in ("ACK", "BYE") if answer.startswith("SIP/2.0 2") else ("ACK",):
                ended = via if after == "ACK" else via.replace("z9hG4bK", "z9hG4bKb")
                cseq = self._cseq + (after == "BYE")
                text = f"{after} {uri} SIP/2.0\r\n{ended}To: {to[1]}\r\nCSeq: {cseq} {after}\r\n{common}"
                self._wire.sendto(f"{text}Content-Length: 0\r\n\r\n".encode(), (self._line.address, 5060))
        return answer[8:11], answer

    def _met(self, answer: str, method: str, uri: str) -> str:
        """The answer to a challenge (RFC 2617), with qop where it is asked for."""
        asked = dict(re.findall(r'(\w+)="([^"]*)"', answer.split("WWW-Authenticate:", 1)[1].split("\r\n", 1)[0]))
        secret = self._line.password(self._agent)
        first = _md5(f"{self._agent}:{asked['realm']}:{secret}")
        second = _md5(f"{method}:{uri}")
        fields = {"username": self._agent, "realm": asked["realm"], "nonce": asked["nonce"], "uri": uri}
        if "opaque" in asked:
            fields["opaque"] = asked["opaque"]
        quoted = ", ".join(f'{name}="{value}"' for name, value in fields.items())
        if "qop" in asked:
            proof = _md5(f"{first}:{asked['nonce']}:00000001:abc:auth:{second}")
            return f'Digest {quoted}, response="{proof}", algorithm=MD5, qop=auth, nc=00000001, cnonce="abc"'
        return f'Digest {quoted}, response="{_md5(":".join((first, asked["nonce"], second)))}", algorithm=MD5'


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()
