"""Synthetic prompts, packets and captures for the rig's own tests."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tests.rig import g711, wire
from tests.rig.calls import Frame, frames
from tests.rig.g711 import FRAME, Samples
from tests.rig.sound import Clip

CALLER, HOTLINE = ("127.0.0.1", 20000), ("127.0.0.1", 5060)
CALLER_RTP, HOTLINE_RTP = ("127.0.0.1", 20002), ("127.0.0.1", 10000)
CODECS = {8: "pcma", 0: "pcmu", 96: "telephone-event"}
START = 1_800_000_000.0


def speech(seed: int, seconds: float, lead_s: float = 0.04, dbfs: float = -20.0) -> Samples:
    """Something with the shape of speech: coloured noise in syllables, a pause in the middle, a
    little silence at both ends; whole frames."""
    rng = np.random.default_rng(seed)
    count = round(seconds * g711.RATE / FRAME) * FRAME
    t = np.arange(count) / g711.RATE
    noise = np.convolve(rng.standard_normal(count), np.hanning(9), "same")
    envelope = (0.2 + np.abs(np.sin(2 * np.pi * (2 + seed % 3) * t + seed))) * ((t > lead_s) & (t < t[-1] - lead_s))
    middle = seconds / 2
    envelope *= ~((t > middle) & (t < middle + 0.1)) if seconds > 1 else 1
    wave = noise * envelope
    loud: Samples = (wave / np.sqrt(np.mean(wave**2)) * 32768 * 10 ** (dbfs / 20)).clip(-32000, 32000).astype(np.int16)
    return loud


def clip(name: str, seed: int, seconds: float, **options: float) -> Clip:
    """A prompt."""
    return Clip(name, "normal", speech(seed, seconds, **options), text=f"text of {name}")


def payloads(samples: Samples, law: str = "alaw", encoder: str = "asterisk") -> list[bytes]:
    """As Asterisk sends it: one payload for 20 ms."""
    data = g711.encode(samples, law, encoder)
    return [data[at : at + FRAME] for at in range(0, len(data), FRAME)]


@dataclass
class Sender:
    """Builds RTP of one source; `t` is the next packet's time."""

    t: float = START
    payload_type: int = 8
    ssrc: int = 0x1234
    sequence: int = 65500
    timestamp: int = 4_294_960_000
    packets: list[tuple[float, bytes]] = field(default_factory=list)

    def play(self, frames: Iterable[bytes]) -> tuple[float, float]:
        """One packet every 20 ms; returns from when to when."""
        begin = self.t
        for payload in frames:
            self.packets.append((self.t, self.packet(payload)))
            self.t += 0.02
        return begin, self.t

    def packet(self, payload: bytes, marker: bool = False, payload_type: int | None = None) -> bytes:
        """One RTP packet; counts on."""
        kind = self.payload_type if payload_type is None else payload_type
        head = struct.pack("!BBHII", 0x80, kind | marker << 7, self.sequence, self.timestamp, self.ssrc)
        self.sequence = (self.sequence + 1) % 0x10000
        self.timestamp = (self.timestamp + len(payload)) % 2**32
        return head + payload

    def rest(self, seconds: float) -> None:
        """Send nothing."""
        self.t += seconds

    def press(self, digit: str, event: int = 96) -> None:
        """A key of 100 ms by RFC 4733, its end three times."""
        code = "0123456789*#".index(digit)
        stamp = self.timestamp
        for number in range(6):
            end = number >= 5
            for _ in range(3 if end else 1):
                body = struct.pack("!BBH", code, 0x8A if end else 0x0A, 160 * (number + 1))
                data = self.packet(body, marker=number == 0, payload_type=event)
                self.packets.append((self.t, data[:4] + struct.pack("!I", stamp) + data[8:]))
            self.t += 0.02
        self.timestamp = (stamp + 960) % 2**32


def arrived(packets: Sequence[tuple[float, bytes]]) -> tuple[Frame, ...]:
    """Frames as `calls` would make them of packets that went towards the caller."""
    parsed = [wire.rtp(wire.Datagram(t, HOTLINE_RTP, CALLER_RTP, data)) for t, data in packets]
    return frames([packet for packet in parsed if packet], CODECS)[0]


Wire = list[tuple[float, tuple[str, int], tuple[str, int], bytes]]


def on_wire(
    packets: Sequence[tuple[float, bytes]], source: tuple[str, int] = HOTLINE_RTP, target: tuple[str, int] = CALLER_RTP
) -> Wire:
    """Packets with their addresses."""
    return [(t, source, target, data) for t, data in packets]


def dialogue(answered: float, ended: float, by_caller: bool = True, event: int = 96) -> Wire:
    """INVITE at START, 200 at `answered`, BYE at `ended`."""

    def message(first: str, cseq: str, body: str = "") -> bytes:
        text = f"{first}\r\nCall-ID: a@127.0.0.1\r\nCSeq: {cseq}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        return text.encode()

    def sdp(port: int) -> str:
        return (
            f"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {port} RTP/AVP 8 "
            f"{event}\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:{event} telephone-event/8000\r\n"
        )

    bye = (CALLER, HOTLINE) if by_caller else (HOTLINE, CALLER)
    return [
        (START, CALLER, HOTLINE, message("INVITE sip:95000@127.0.0.1 SIP/2.0", "1 INVITE", sdp(CALLER_RTP[1]))),
        (START + 0.01, HOTLINE, CALLER, message("SIP/2.0 180 Ringing", "1 INVITE")),
        (answered, HOTLINE, CALLER, message("SIP/2.0 200 OK", "1 INVITE", sdp(HOTLINE_RTP[1]))),
        (answered + 0.001, CALLER, HOTLINE, message("ACK sip:95000@127.0.0.1 SIP/2.0", "1 ACK")),
        (ended, *bye, message("BYE sip:95000@127.0.0.1 SIP/2.0", "2 BYE")),
    ]


def pcap(path: Path, wire: Wire) -> Path:
    """A capture file of it, in the order of time."""
    out = [struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)]
    for t, source, target, data in sorted(wire, key=lambda one: one[0]):
        udp = struct.pack("!HHHH", source[1], target[1], len(data) + 8, 0) + data
        addresses = b"".join(bytes(map(int, host.split("."))) for host in (source[0], target[0]))
        ip = struct.pack("!BBHHHBBH", 0x45, 0, len(udp) + 20, 0, 0, 64, 17, 0) + addresses
        frame = bytes(12) + b"\x08\x00" + ip + udp
        seconds, micros = divmod(round(t * 1e6), 1_000_000)
        out.append(struct.pack("<IIII", seconds, micros, len(frame), len(frame)) + frame)
    path.write_bytes(b"".join(out))
    return path
