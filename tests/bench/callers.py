"""Many callers in one process: `python -m tests.bench.callers TARGET OWN DIALLED CALLS RAMP_S [LASTS_MS EVERY_MS]`;
ends with a JSON line. With LASTS_MS a call lasts so long and its caller goes round the menus, a key every EVERY_MS.

SIPp is not used for the load: its `play_pcap_audio` and `play_dtmf` open a raw socket for each call, and the kernel
hands every UDP packet of the machine to each of them, which would be counted as Asterisk's processor time. Here each
caller has a socket of its own, sends A-law silence every 20 ms from answer to hang-up, and keys as RFC 4733.
"""

from __future__ import annotations

import heapq
import json
import os
import re
import select
import socket
import struct
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

#: Milliseconds after the answer, and the key that goes down then.
KEYS = ((5000, "1"), (9000, "2"), (12000, "#"), (15000, "*"))
LASTS_MS = 18000
PORT, FIRST_MEDIA = 5062, 20000
#: Round the menus: into two, the second one again, and back up.
ROUND = "12#**"
_AUDIO, _EVENT = 8, 96
_HELD = 10  # packets that a key is held, 20 ms each; three more say that it was let go
_DIGITS = "0123456789*#"
_RESEND_S, _PATIENCE_S = 0.5, 8.0


def walk(lasts_ms: int, every_ms: int) -> tuple[tuple[int, str], ...]:
    """The keys of a call that goes round and round: milliseconds after the answer, and the key that goes down then."""
    times = range(every_ms, lasts_ms - every_ms, every_ms)
    return tuple((ms, ROUND[number % len(ROUND)]) for number, ms in enumerate(times))


def packets(keys: Sequence[tuple[int, str]] = KEYS, lasts_ms: int = LASTS_MS) -> list[bytes]:
    """What a caller sends, one RTP packet every 20 ms: silence, and in its place the events of each key."""
    out: list[bytes] = []
    begins = {ms // 20: digit for ms, digit in keys}
    digit, begun = "", 0
    for tick in range(lasts_ms // 20):
        if tick in begins:
            digit, begun = begins[tick], tick
        held = tick - begun + 1
        if not digit or held > _HELD + 3:
            out.append(struct.pack("!BBHII", 0x80, _AUDIO, tick, tick * 160, 7) + b"\xd5" * 160)
            continue
        over = held > _HELD
        head = struct.pack("!BBHII", 0x80, _EVENT | (0x80 if held == 1 else 0), tick, begun * 160, 7)
        out.append(head + struct.pack("!BBH", _DIGITS.index(digit), 10 | (0x80 if over else 0), min(held, _HELD) * 160))
    return out


@dataclass(slots=True)
class _Call:
    """One caller. `state`: calling, talking, leaving, over, failed."""

    number: int
    media: socket.socket
    state: str = "calling"
    since: float = 0.0
    sent: bytes = b""
    target: str = ""
    to: str = ""
    remote: tuple[str, int] = ("", 0)
    tick: int = 0
    why: str = ""
    keys: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Callers:
    """`calls` callers who dial within `ramp_s` seconds, one after the other."""

    target: str
    own: str
    dialled: str
    calls: int
    ramp_s: float
    keys: Sequence[tuple[int, str]] = KEYS
    lasts_ms: int = LASTS_MS
    _calls: dict[str, _Call] = field(default_factory=dict)
    _due: list[tuple[float, int, str]] = field(default_factory=list)
    #: Packets of a call that are the first to say that a key was let go.
    _ends: frozenset[int] = frozenset()

    def run(self) -> dict[str, object]:
        """Until the last has hung up. `late_ms`: the worst delay of a packet of ours, a sign of a busy machine.
        `let_go`: when each caller let go of each key, seconds since the epoch."""
        line = packets(self.keys, self.lasts_ms)
        self._ends = frozenset(ms // 20 + _HELD for ms, _ in self.keys)
        late = 0.0
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sip:
            sip.bind((self.own, PORT))
            sip.setblocking(False)
            start = time.monotonic()
            for number in range(self.calls):
                heapq.heappush(
                    self._due, (start + number * self.ramp_s / self.calls, number, f"{os.getpid()}-{number}")
                )
            while self._due:
                now = time.monotonic()
                if self._due[0][0] > now:
                    if select.select([sip], [], [], self._due[0][0] - now)[0]:
                        self._answer(sip)
                    continue
                due, number, name = heapq.heappop(self._due)
                following = self._step(sip, name, number, line, now, due)
                if following is not None:
                    heapq.heappush(self._due, (following, number, name))
                if name in self._calls and self._calls[name].state == "talking":
                    late = max(late, now - due)
                self._answer(sip)
        failed = [call.why or call.state for call in self._calls.values() if call.state != "over"]
        return {
            "calls": self.calls,
            "failed": len(failed),
            "why": sorted(set(failed))[:3],
            "late_ms": round(late * 1e3),
            "let_go": {str(call.number): call.keys for call in self._calls.values()},
        }

    def _step(
        self, sip: socket.socket, name: str, number: int, line: Sequence[bytes], now: float, due: float
    ) -> float | None:
        """What this caller does now; when it does the next thing, None for never."""
        call = self._calls.get(name)
        if call is None:
            call = self._calls[name] = self._dial(sip, name, number, now)
        match call.state:
            case "talking" if call.tick < len(line):
                call.media.sendto(line[call.tick], call.remote)
                if call.tick in self._ends:
                    call.keys.append(time.time())
                call.tick += 1
                return due + 0.02
            case "talking":
                call.state, call.since = "leaving", now
                call.sent = self._request(call, name, "BYE", 2)
                sip.sendto(call.sent, (self.target, 5060))
                return now + _RESEND_S
            case "over" | "failed":
                call.media.close()
                return None
        if now - call.since > _PATIENCE_S:
            call.why, call.state = f"no answer while {call.state}", "failed"
        elif now - call.since >= _RESEND_S:
            sip.sendto(call.sent, (self.target, 5060))
        # A caller whose call is not up yet looks often, so that its sound begins at once.
        return now + (0.02 if call.state == "calling" and now - call.since < _RESEND_S - 0.02 else _RESEND_S)

    def _dial(self, sip: socket.socket, name: str, number: int, now: float) -> _Call:
        media = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        media.bind((self.own, FIRST_MEDIA + 2 * number))
        call = _Call(number, media, since=now, target=f"sip:{self.dialled}@{self.target}:5060")
        call.to = f"<{call.target}>"
        call.sent = self._request(call, name, "INVITE", 1)
        sip.sendto(call.sent, (self.target, 5060))
        return call

    def _request(self, call: _Call, name: str, method: str, cseq: int) -> bytes:
        sdp = ""
        if method == "INVITE":
            sdp = (
                f"v=0\r\no=- 1 1 IN IP4 {self.own}\r\ns=-\r\nc=IN IP4 {self.own}\r\nt=0 0\r\n"
                f"m=audio {FIRST_MEDIA + 2 * call.number} RTP/AVP {_AUDIO} {_EVENT}\r\na=rtpmap:{_AUDIO} PCMA/8000\r\n"
                f"a=rtpmap:{_EVENT} telephone-event/8000\r\na=fmtp:{_EVENT} 0-15\r\na=ptime:20\r\n"
            )
        kind = "Content-Type: application/sdp\r\n" if sdp else ""
        return (
            f"{method} {call.target} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {self.own}:{PORT};branch=z9hG4bK{name}{method}\r\nMax-Forwards: 70\r\n"
            f"From: <sip:{caller(call.number)}@{self.own}>;tag={name}\r\nTo: {call.to}\r\nCall-ID: {name}\r\n"
            f"CSeq: {cseq} {method}\r\nContact: <sip:caller@{self.own}:{PORT}>\r\n"
            f"{kind}Content-Length: {len(sdp)}\r\n\r\n{sdp}"
        ).encode()

    def _answer(self, sip: socket.socket) -> None:
        while True:
            try:
                text = sip.recv(8192).decode("utf-8", "replace")
            except BlockingIOError:
                return
            found = re.search(r"(?im)^call-id:\s*(\S+)", text)
            call = self._calls.get(found[1]) if found else None
            if found is None or call is None:
                continue
            if text.startswith("SIP/2.0"):
                self._reply(sip, found[1], call, int(text[8:11]), text)
            elif text.startswith("BYE"):
                call.state, call.why = "failed", "the hotline hung up"

    def _reply(self, sip: socket.socket, name: str, call: _Call, status: int, text: str) -> None:
        if re.search(r"(?im)^cseq:\s*2 BYE", text):
            call.state = "over" if call.state == "leaving" else call.state
        elif status >= 300:
            call.state, call.why = "failed", f"refused with {status}"
        elif status < 200:
            call.since = time.monotonic()
        else:
            contact = re.search(r"(?im)^contact:\s*<([^>]+)>", text)
            to = re.search(r"(?im)^to:\s*(.+?)\r?$", text)
            port = re.search(r"(?m)^m=audio (\d+)", text)
            if contact and to and port:
                call.target, call.to, call.remote = contact[1], to[1], (self.target, int(port[1]))
                sip.sendto(self._request(call, name, "ACK", 1), (self.target, 5060))
                call.state = "talking" if call.state == "calling" else call.state


def caller(number: int) -> str:
    """The number that this caller calls from."""
    return f"139555{number:05d}"


def main(arguments: Sequence[str]) -> None:
    """See the module."""
    target, own, dialled, calls, ramp_s, *more = arguments
    callers = Callers(target, own, dialled, int(calls), float(ramp_s))
    if more:
        callers.lasts_ms = int(more[0])
        callers.keys = walk(callers.lasts_ms, int(more[1]))
    print(json.dumps(callers.run()))


if __name__ == "__main__":
    main(sys.argv[1:])
