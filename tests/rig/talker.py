"""A caller who talks: a telephone of our own that says, presses and hears at the very moment a test wants it.

SIPp plays what was planned before the call. This one is told while the call goes on, sends back what it hears as the
hybrid of a real line does (`echo_db`), and tells what came and went, packet by packet. A-law, RFC 4733, loopback.

    with Talker(("127.0.0.1", 5060), number="13800000001") as caller:
        caller.dial()
        caller.say(read_wav(path))
        caller.press("1")
"""

from __future__ import annotations

import contextlib
import queue
import re
import secrets
import select
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType

import numpy as np

from tests.rig import g711
from tests.rig.errors import CallFailed
from tests.rig.g711 import FRAME, Samples
from tests.rig.offer import AUDIO, EVENT, USUAL, Offer
from tests.rig.ports import PortBlock

_DIGITS = "0123456789*#ABCD"
_TICK_S = 0.02
#: A key is held for so many packets; three more say that it was let go.
_HELD = 5
_QUIET = bytes([g711.SILENCE["alaw"]]) * FRAME
#: What is heard comes back after so many packets: 100 ms there and back is a long line.
_ECHO_DELAY = 4
_RESEND_S = 0.5


@dataclass(frozen=True, slots=True)
class Packet:
    """20 ms of sound; `t` in epoch seconds."""

    t: float
    payload: bytes = field(repr=False)


class Talker:
    """One call. Its sound goes out from the answer to the end, every 20 ms."""

    def __init__(
        self,
        target: tuple[str, int],
        ports: PortBlock,
        *,
        number: str = "13800000001",
        dialled: str = "95000",
        own: str = "127.0.0.1",
        echo_db: float | None = None,
        sender: str | None = None,
        headers: Sequence[str] = (),
        offer: Offer = USUAL,
    ) -> None:
        """`echo_db`: what is heard is sent back at this level, for example -20. `sender`: the From header's address, if
        it is not just the number; `headers`: further ones of the INVITE."""
        self._offer = offer
        self._target, self._own = target, own
        self._number, self._dialled = number, dialled
        self._sender = sender or f"<sip:{number}@{own}>"
        self._headers = "".join(f"{line}\r\n" for line in headers)
        self._id = f"talk{secrets.token_hex(6)}"
        self._gain = None if echo_db is None else 10 ** (echo_db / 20)
        self._sip = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sip.bind((own, ports.sip))
        self._media = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._media.bind((own, ports.media))
        self._media.setblocking(False)
        #: The port in the session description; sound goes and comes through the socket that there is now.
        self._announced: int = self._media.getsockname()[1]
        self._uri = f"sip:{dialled}@{target[0]}:{target[1]}"
        self._to = f"<{self._uri}>"
        self._remote: tuple[str, int] = target
        self._lock = threading.Lock()
        self._speech: deque[bytes] = deque()
        self._keys: deque[bytes] = deque()
        self._back: deque[Samples] = deque([np.zeros(FRAME, np.int16)] * _ECHO_DELAY)
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []
        self._cseq = 1
        self._answers: queue.Queue[str] = queue.Queue()
        #: What came and what went, and whether the other side hung up. Read it when you like.
        self.heard: list[Packet] = []
        self.said: list[Packet] = []
        #: The keys that the other side pressed (RFC 4733), by their time stamps.
        self.keys_heard: dict[bytes, str] = {}
        self.hung_up = threading.Event()
        #: The answer to our INVITE, as it came.
        self.answer = ""
        #: How late the worst packet of ours went.
        self.late_s = 0.0

    def dial(self, within: float = 5.0) -> None:
        """Call, and begin to talk once answered; give up after so many seconds. Raises CallFailed."""
        request, deadline = self._request("INVITE", 1, self._sdp()), time.monotonic() + within
        while True:
            try:
                text = self._exchange("1 INVITE", request, deadline)
            except CallFailed:
                self._give_up()
                raise
            request = b""
            if text.startswith("SIP/2.0 2"):
                break
            if not text.startswith("SIP/2.0 1"):
                self._refused(text)
                raise CallFailed(f"not answered: {text[:80]!r}")
        self._answered(text)
        for work in (self._talk, self._attend):
            thread = threading.Thread(target=work, name="talker", daemon=True)
            thread.start()
            self._threads.append(thread)

    def say(self, sound: Samples) -> None:
        """Speak from now on, after what is still to be said."""
        data = g711.encode(sound, "alaw")
        frames = [data[at : at + FRAME].ljust(FRAME, _QUIET[:1]) for at in range(0, len(data), FRAME)]
        with self._lock:
            self._speech.extend(frames)

    def hush(self) -> None:
        """Say no more."""
        with self._lock:
            self._speech.clear()

    def press(self, keys: str) -> None:
        """Press keys from now on, each for 100 ms; it goes before speech."""
        for key in keys:
            self.event(_DIGITS.index(key))

    def event(self, code: int, *, packets: int = _HELD, ends: int = 3, volume: int = 10, unit: int = FRAME) -> None:
        """A telephone event (RFC 4733) in so many packets and so many more that say that it is over; `unit` is what
        each adds to its duration. A telephone does not send everything that can be sent."""
        with self._lock:
            for number in range(1, packets + ends + 1):
                over = 0x80 if number > packets else 0
                lasted = min(min(number, packets) * unit, 0xFFFF)
                self._keys.append(bytes([min(number, 255)]) + struct.pack("!BBH", code, volume | over, lasted))
            self._keys.append(b"")

    @property
    def speaking(self) -> bool:
        """Whether there is something left to say or to press."""
        return bool(self._speech or self._keys)

    @property
    def replaces(self) -> str:
        """The header with which another call would take this one's place (RFC 3891); once answered."""
        return f"Replaces: {self._id};to-tag={self._to.rpartition(';tag=')[2]};from-tag={self._id}"

    def hang_up(self) -> None:
        """Say goodbye, if the other side has not. Raises CallFailed."""
        if self._over.is_set():
            return
        self._over.set()
        for thread in self._threads:
            thread.join()
        if self._threads and not self.hung_up.is_set():
            cseq = self._cseq = self._cseq + 1
            answer = self._exchange(f"{cseq} BYE", self._request("BYE", cseq), time.monotonic() + 3)
            if not answer.startswith("SIP/2.0 2"):
                raise CallFailed(f"the hang-up was refused: {answer[:80]!r}")

    def ask(self, method: str, body: str = "", kind: str = "", within: float = 2.0) -> str:
        """Send a request, within the call if there is one; the status line of its answer, "" where none came."""
        cseq = self._cseq = self._cseq + 1
        request = self._request(method, cseq, body, kind=kind)
        if not self._threads:
            return self._exchange(f"{cseq} {method}", request, time.monotonic() + within).partition("\r\n")[0]
        wanted = re.compile(rf"(?im)^cseq:\s*{cseq}\s")
        end, again = time.monotonic() + within, 0.0
        while (now := time.monotonic()) < end:
            if now >= again:
                self._sip.sendto(request, self._target)
                again = now + _RESEND_S
            with contextlib.suppress(queue.Empty):
                text = self._answers.get(timeout=0.1)
                if wanted.search(text) and not text.startswith("SIP/2.0 1"):
                    return text.partition("\r\n")[0]
        return ""

    @property
    def media_port(self) -> int:
        """The port in the session description."""
        return self._announced

    def reinvite(self, session: str) -> str:
        """Offer another session within the call; the status line of the answer."""
        answer = self.ask("INVITE", session, "application/sdp")
        self._sip.sendto(self._request("ACK", self._cseq), self._target)
        return answer

    def move_media(self, port: int) -> None:
        """Go on from another port than the session says, as behind an address translation that forgot."""
        media = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        media.bind((self._own, port))
        media.setblocking(False)
        self._media, before = media, self._media
        before.close()

    # ---- sound

    def _talk(self) -> None:
        due = time.monotonic()
        tick = begun = 0
        while not self._over.is_set():
            self._listen()
            with self._lock:
                key = self._keys.popleft() if self._keys else b""
                frame = b"" if key else self._speech.popleft() if self._speech else _QUIET
            if key:
                begun = tick if key[0] == 1 else begun
                self._send(EVENT | (0x80 if key[0] == 1 else 0), tick, begun, key[1:])
            else:
                payload = self._mixed(frame)
                self._send(AUDIO, tick, tick, payload)
                self.said.append(Packet(time.time(), payload))
            tick += 1
            due += _TICK_S
            self.late_s = max(self.late_s, time.monotonic() - due)
            time.sleep(max(0.0, due - time.monotonic()))

    def _send(self, kind: int, tick: int, stamp: int, payload: bytes) -> None:
        self._media.sendto(struct.pack("!BBHII", 0x80, kind, tick & 0xFFFF, stamp * FRAME, 7) + payload, self._remote)

    def _listen(self) -> None:
        while True:
            try:
                data = self._media.recv(2048)
            except BlockingIOError:
                return
            payload = data[12:]
            if len(data) > 12 and data[1] & 0x7F == EVENT:
                self.keys_heard[data[4:8]] = _DIGITS[data[12] & 15]
            elif len(data) > 12 and data[1] & 0x7F == AUDIO:
                self.heard.append(Packet(time.time(), payload))
                if self._gain is not None and len(payload) == FRAME:
                    self._back.append(g711.decode(payload, "alaw"))

    def _mixed(self, frame: bytes) -> bytes:
        if self._gain is None or not self._back:
            return frame
        echo = self._back.popleft().astype(np.float64) * self._gain
        both = g711.decode(frame, "alaw").astype(np.float64) + echo
        return g711.encode(np.clip(both, -32768, 32767).astype(np.int16), "alaw")

    # ---- signalling

    def _attend(self) -> None:
        """Answer what the other side asks for: a BYE, or a re-INVITE when an agent holds."""
        while not self._over.is_set():
            if not select.select([self._sip], [], [], 0.05)[0]:
                continue
            text = self._sip.recv(65535).decode("utf-8", "replace")
            # What an earlier call on this port still gets, such as a BYE sent again, is none of this one's.
            method = text.split(" ", 1)[0] if self._id in text else ""
            if method.startswith("SIP/"):
                self._answers.put(text)
            if method in ("BYE", "INVITE", "UPDATE", "OPTIONS"):
                self._reply(text, self._sdp() if method in ("INVITE", "UPDATE") else "")
            if method == "BYE":
                self.hung_up.set()
                self._over.set()

    def _exchange(self, cseq: str, request: bytes, deadline: float) -> str:
        """Send, again and again, until an answer to it comes. Raises CallFailed."""
        answer = re.compile(rf"(?im)^cseq:\s*{cseq}\s*$")
        again = 0.0
        while (now := time.monotonic()) < deadline:
            if request and now >= again:
                self._sip.sendto(request, self._target)
                again = now + _RESEND_S
            if select.select([self._sip], [], [], min(0.05, deadline - now))[0]:
                text = self._sip.recv(65535).decode("utf-8", "replace")
                if self._id in text and text.startswith("SIP/2.0") and answer.search(text):
                    return text
        raise CallFailed(f"{self._number}: no answer")

    def _give_up(self) -> None:
        deadline = time.monotonic() + 3
        self._exchange("1 CANCEL", self._request("CANCEL", 1, branch="INVITE"), deadline)
        while not (text := self._exchange("1 INVITE", b"", deadline)).startswith("SIP/2.0 487"):
            continue
        self._refused(text)

    def _refused(self, text: str) -> None:
        to = re.search(r"(?im)^to:\s*(.+?)\r?$", text)
        self._to = to[1] if to else self._to
        self._sip.sendto(self._request("ACK", 1, branch="INVITE"), self._target)

    def _answered(self, text: str) -> None:
        self.answer = text
        contact = re.search(r"(?im)^contact:\s*<([^>]+)>", text)
        to = re.search(r"(?im)^to:\s*(.+?)\r?$", text)
        port = re.search(r"(?m)^m=audio (\d+)", text)
        if not (contact and to and port):
            raise CallFailed(f"an answer without a session: {text[:200]!r}")
        self._uri, self._to = contact[1], to[1]
        self._remote = (self._target[0], int(port[1]))
        self._sip.sendto(self._request("ACK", 1), self._target)

    def _sdp(self) -> str:
        return self._offer.text(self._own, self._announced)

    def _request(self, method: str, cseq: int, body: str = "", branch: str = "", kind: str = "") -> bytes:
        port = self._sip.getsockname()[1]
        branch = branch or (method if cseq == 1 else f"{method}{cseq}")
        via = f"SIP/2.0/UDP {self._own}:{port};branch=z9hG4bK{self._id}{branch}"
        return (
            f"{method} {self._uri} SIP/2.0\r\nVia: {via}\r\n"
            f"Max-Forwards: 70\r\nFrom: {self._sender};tag={self._id}\r\nTo: {self._to}\r\n"
            f"Call-ID: {self._id}\r\nCSeq: {cseq} {method}\r\nContact: <sip:{self._number}@{self._own}:{port}>\r\n"
            f"{self._headers if method == 'INVITE' else ''}{_length(body, kind)}\r\n{body}"
        ).encode("utf-8", "surrogateescape")

    def _reply(self, request: str, body: str) -> None:
        kept = re.findall(r"(?im)^(?:via|from|to|call-id|cseq):.*?\r?$", request)
        lines = "\r\n".join(line.rstrip("\r") for line in kept)
        contact = f"Contact: <sip:{self._number}@{self._own}:{self._sip.getsockname()[1]}>"
        self._sip.sendto(f"SIP/2.0 200 OK\r\n{lines}\r\n{contact}\r\n{_length(body)}\r\n{body}".encode(), self._target)

    def __enter__(self) -> Talker:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        try:
            self.hang_up()
        except CallFailed:
            if kind is None:
                raise
        finally:
            self._sip.close()
            self._media.close()


def _length(body: str, kind: str = "") -> str:
    kind = f"Content-Type: {kind or 'application/sdp'}\r\n" if body or kind else ""
    return f"{kind}Content-Length: {len(body)}\r\n"
