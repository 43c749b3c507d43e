"""What is in a capture file: UDP datagrams, SIP messages, RTP packets. Times are seconds since the epoch.

Nothing here trusts the wire: what is malformed is counted and left out, never raised.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import dpkt

from tests.rig.errors import PcapError

Address = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Datagram:
    """One UDP packet."""

    t: float
    source: Address
    target: Address
    data: bytes


@dataclass(frozen=True, slots=True)
class SipMessage:
    """One request (`method`) or response (`status`); header names are in lower case, the first
    of a repeated header counts."""

    t: float
    source: Address
    target: Address
    method: str
    status: int | None
    headers: Mapping[str, str]
    body: str

    @property
    def call_id(self) -> str:
        """The Call-ID header, empty where there is none."""
        return self.headers.get("call-id", "")

    @property
    def label(self) -> str:
        """For a reader: `INVITE`, or `200 INVITE`."""
        return self.method if self.status is None else f"{self.status} {self.method}"


@dataclass(frozen=True, slots=True)
class RtpPacket:
    """One RTP packet, its payload without padding."""

    t: float
    source: Address
    target: Address
    ssrc: int
    sequence: int
    timestamp: int
    payload_type: int
    marker: bool
    payload: bytes


@dataclass(slots=True)
class Capture:
    """Everything a capture file held, in the order of arrival. `truncated`: the file ends within a
    packet; `ignored` counts packets that are neither IPv4 nor UDP, or are cut short."""

    datagrams: list[Datagram] = field(default_factory=list)
    truncated: bool = False
    ignored: int = 0


def read(path: Path) -> Capture:
    """All datagrams of a pcap. Raises PcapError if it is no pcap at all."""
    found = Capture()
    try:
        with path.open("rb") as file:
            try:
                reader = dpkt.pcap.UniversalReader(file)
            except (ValueError, dpkt.dpkt.Error, struct.error) as error:
                raise PcapError(f"{path}: not a capture file: {error}") from error
            link = reader.datalink()
            packets = iter(reader)
            while True:
                try:
                    t, frame = next(packets)
                except StopIteration:
                    break
                except (dpkt.dpkt.Error, struct.error, ValueError):
                    found.truncated = True
                    break
                datagram = _udp(float(t), frame, link)
                if datagram is None:
                    found.ignored += 1
                else:
                    found.datagrams.append(datagram)
    except OSError as error:
        raise PcapError(f"{path}: {error.strerror}") from error
    return found


def _udp(t: float, frame: bytes, link: int) -> Datagram | None:
    """Ethernet or Linux cooked → IPv4 → UDP, checking every length."""
    skip = {dpkt.pcap.DLT_EN10MB: 14, dpkt.pcap.DLT_LINUX_SLL: 16}.get(link)
    if skip is None or len(frame) < skip + 28 or frame[skip - 2 : skip] != b"\x08\x00":
        return None
    packet = frame[skip:]
    header = (packet[0] & 0x0F) * 4
    if packet[0] >> 4 != 4 or header < 20 or packet[9] != socket.IPPROTO_UDP or len(packet) < header + 8:
        return None
    source, target, length = struct.unpack_from("!HHH", packet, header)
    if length < 8 or len(packet) < header + length:
        return None
    return Datagram(
        t,
        (socket.inet_ntoa(packet[12:16]), source),
        (socket.inet_ntoa(packet[16:20]), target),
        packet[header + 8 : header + length],
    )


def sip(datagram: Datagram) -> SipMessage | None:
    """The SIP message in a datagram, or None if it holds none."""
    head, _, body = datagram.data.partition(b"\r\n\r\n")
    lines = head.decode("utf-8", "replace").split("\r\n")
    first = lines[0].split(" ", 2)
    if len(first) < 3 or not (first[0] == "SIP/2.0" or first[2] == "SIP/2.0"):
        return None
    headers: dict[str, str] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if colon:
            headers.setdefault(_LONG.get(name.strip().lower(), name.strip().lower()), value.strip())
    status: int | None = None
    method = first[0]
    if first[0] == "SIP/2.0":
        if not first[1].isdecimal():
            return None
        status, method = int(first[1]), (headers.get("cseq", "").split() or [""])[-1]
    text = body.decode("utf-8", "replace")
    return SipMessage(datagram.t, datagram.source, datagram.target, method, status, headers, text)


_LONG = {"i": "call-id", "f": "from", "t": "to", "m": "contact", "c": "content-type", "l": "content-length", "v": "via"}


def rtp(datagram: Datagram) -> RtpPacket | None:
    """The RTP packet in a datagram (RFC 3550 §5.1), or None if its header does not hold."""
    data = datagram.data
    if len(data) < 12 or data[0] >> 6 != 2:
        return None
    sequence, timestamp, ssrc = struct.unpack_from("!HII", data, 2)
    begin, end = 12 + 4 * (data[0] & 0x0F), len(data)
    if data[0] & 0x10:
        if end < begin + 4:
            return None
        begin += 4 + 4 * int(struct.unpack_from("!H", data, begin + 2)[0])
    if data[0] & 0x20:
        end -= data[-1]
        if data[-1] == 0:
            return None
    if begin > end:
        return None
    kind, marker = data[1] & 0x7F, bool(data[1] & 0x80)
    return RtpPacket(
        datagram.t, datagram.source, datagram.target, ssrc, sequence, timestamp, kind, marker, data[begin:end]
    )


def sdp_audio(message: SipMessage) -> tuple[Address, Mapping[int, str]] | None:
    """Where a side wants its audio, and payload type → codec name; None where there is no audio."""
    host, port, names = "", 0, dict(_STATIC)
    for line in message.body.splitlines():
        key, _, value = line.strip().partition("=")
        words = value.split()
        if key == "c" and len(words) == 3 and (not port or not host):
            host = words[2]
        elif key == "m" and len(words) > 1 and words[0] == "audio" and words[1].isdecimal():
            port = int(words[1])
        elif key == "a" and value.startswith("rtpmap:") and len(words) == 2 and words[0][7:].isdecimal():
            names[int(words[0][7:])] = words[1].split("/")[0].lower()
    return ((host, port), names) if host and port else None


_STATIC = {0: "pcmu", 8: "pcma"}


def messages(capture: Capture) -> Iterator[SipMessage]:
    """Every SIP message, in the order of arrival."""
    for datagram in capture.datagrams:
        message = sip(datagram)
        if message is not None:
            yield message
