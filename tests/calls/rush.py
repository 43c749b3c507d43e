"""Many calls in one instant, without SIPp: an INVITE each, and whatever comes of it is answered as SIP wants it."""

from __future__ import annotations

import re
import selectors
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 39998 RTP/AVP 8\r\n"
    "a=rtpmap:8 PCMA/8000\r\n"
)


@dataclass(slots=True)
class _Telephone:
    """One telephone; `status` is the final answer, `ends` when it hangs up (monotonic seconds)."""

    number: str
    target: tuple[str, int]
    wire: socket.socket = field(default_factory=lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    status: int | None = None
    tag: str = ""
    ends: float = 0.0
    over: bool = False

    def send(self, method: str, cseq: int, branch: str, body: str = "") -> None:
        """A request of this call."""
        own = f"127.0.0.1:{self.wire.getsockname()[1]}"
        kind = "Content-Type: application/sdp\r\n" if body else ""
        text = (
            f"{method} sip:95000@{self.target[0]}:{self.target[1]} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {own};branch=z9hG4bK{self.number}{branch}\r\n"
            f"From: <sip:{self.number}@{own}>;tag={self.number}\r\nTo: <sip:95000@{self.target[0]}>{self.tag}\r\n"
            f"Call-ID: {self.number}@{own}\r\nCSeq: {cseq} {method}\r\nContact: <sip:{self.number}@{own}>\r\n"
            f"Max-Forwards: 70\r\n{kind}Content-Length: {len(body)}\r\n\r\n{body}"
        )
        self.wire.sendto(text.encode("ascii"), self.target)

    def take(self, stays_s: float) -> None:
        """What came; an INVITE's final answer is acknowledged, as often as it comes."""
        answer = self.wire.recv(65536).decode("utf-8", "replace")
        found = re.match(r"SIP/2\.0 (\d+)", answer)
        if found is None or int(found[1]) < 200:
            return
        if re.search(r"CSeq: *2 +BYE", answer):
            self.over = True
            return
        tag = re.search(r"(?im)^To:[^\r\n]*(;tag=[^;\r\n]+)", answer)
        self.tag = tag[1] if tag else ""
        first, self.status = self.status is None, int(found[1])
        self.send("ACK", 1, "invite" if self.status >= 300 else "ack")
        self.over = self.status >= 300
        if first:
            self.ends = time.monotonic() + stays_s


def rush(address: str, numbers: Sequence[str], stays_s: float, limit_s: float = 30) -> Mapping[str, int]:
    """Everybody calls at once; who is let in hangs up `stays_s` later. Number → final status of the INVITE. Raises
    TimeoutError where a call is not over in time."""
    telephones = [_Telephone(number, (address, 5060)) for number in numbers]
    with selectors.DefaultSelector() as ready:
        for one in telephones:
            one.wire.bind(("127.0.0.1", 0))
            ready.register(one.wire, selectors.EVENT_READ, one)
        for one in telephones:
            one.send("INVITE", 1, "invite", _SDP)
        end = time.monotonic() + limit_s
        while not all(one.over for one in telephones):
            for key, _ in ready.select(0.05):
                key.data.take(stays_s)
            now = time.monotonic()
            if now > end:
                raise TimeoutError(f"{sum(not one.over for one in telephones)} calls are not over")
            for one in telephones:
                if one.status is not None and one.status < 300 and not one.over and now >= one.ends:
                    one.send("BYE", 2, "bye")
                    one.ends = now + 0.5  # again, should it be lost
    for one in telephones:
        one.wire.close()
    return {one.number: one.status or 0 for one in telephones}
