"""The session description of a telephone of our own."""

from __future__ import annotations

from dataclasses import dataclass

#: RTP payload types: A-law, and telephone events (RFC 4733).
AUDIO, EVENT = 8, 96


@dataclass(frozen=True, slots=True)
class Offer:
    """What the session description says beyond the usual: `events` offers RFC 4733; `address` stands in the connection
    line in place of our own (IPv6 where it has a colon); `more` are further lines."""

    events: bool = True
    address: str | None = None
    more: tuple[str, ...] = ("a=ptime:20",)

    def text(self, own: str, port: int) -> str:
        """The session description."""
        at = self.address or own
        family = "IP6" if ":" in at else "IP4"
        lines = ["v=0", f"o=- 1 1 IN {family} {at}", "s=-", f"c=IN {family} {at}", "t=0 0"]
        lines += [f"m=audio {port} RTP/AVP {AUDIO}" + (f" {EVENT}" if self.events else "")]
        lines += [f"a=rtpmap:{AUDIO} PCMA/8000"]
        if self.events:
            lines += [f"a=rtpmap:{EVENT} telephone-event/8000", f"a=fmtp:{EVENT} 0-15"]
        return "".join(f"{line}\r\n" for line in (*lines, *self.more))


#: What most telephones offer.
USUAL = Offer()
