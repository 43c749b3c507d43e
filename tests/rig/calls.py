"""One call out of a capture: its signalling, what each side heard, and the keys that were pressed."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.rig import wire
from tests.rig.wire import Address, RtpPacket, SipMessage

_DIGITS = "0123456789*#ABCD"
_LAWS = {"pcma": "alaw", "pcmu": "ulaw"}
#: A jump further than this begins a new count of sequence numbers.
_FAR = 3000


@dataclass(frozen=True, slots=True)
class Key:
    """One key by RFC 2833/4733. `t_end` is the first packet that says the key was let go, or the
    last one seen; `ended` is False if none said so."""

    digit: str
    t_start: float
    t_end: float
    ended: bool = True


@dataclass(frozen=True, slots=True)
class Frame:
    """One audio packet in the order it was sent. `slot` counts packets of one source, lost ones
    included; `law` is alaw, ulaw, or empty for another codec."""

    t: float
    source: int
    slot: int
    law: str
    payload: bytes
    timestamp: int = 0

    @property
    def seconds(self) -> float:
        """How long it sounds."""
        return len(self.payload) / 8000


@dataclass(frozen=True, slots=True)
class Call:
    """One dialogue. "Caller" is whoever sent the INVITE. Times are seconds since the epoch;
    `ended_by` is caller or callee; `status` is the final answer to the INVITE."""

    call_id: str
    messages: tuple[SipMessage, ...]
    heard: tuple[Frame, ...]
    said: tuple[Frame, ...]
    keys: tuple[Key, ...]
    t_invite: float
    t_ringing: float | None
    t_answered: float | None
    t_ended: float | None
    ended_by: str | None
    status: int | None
    malformed: int = 0
    lost: int = 0


def calls(path: Path) -> list[Call]:
    """Every call in a capture file, in the order of their INVITEs. Raises PcapError."""
    capture = wire.read(path)
    by_id: dict[str, list[SipMessage]] = {}
    spoken: set[int] = set()
    for number, datagram in enumerate(capture.datagrams):
        message = wire.sip(datagram)
        if message is not None:
            by_id.setdefault(message.call_id, []).append(message)
            spoken.add(number)
    media: dict[Address, list[wire.Datagram]] = {}
    for number, datagram in enumerate(capture.datagrams):
        if number not in spoken:
            media.setdefault(datagram.target, []).append(datagram)
    found = [_call(call_id, told, media) for call_id, told in by_id.items() if told[0].method == "INVITE"]
    return sorted(found, key=lambda call: call.t_invite)


def _call(call_id: str, told: Sequence[SipMessage], media: Mapping[Address, Sequence[wire.Datagram]]) -> Call:
    invite = told[0]
    caller: set[Address] = set()
    callee: set[Address] = set()
    codecs: dict[int, str] = {}
    for message in told:
        audio = wire.sdp_audio(message)
        if audio is not None:
            (caller if message.source == invite.source else callee).add(audio[0])
            codecs.update(audio[1])
    end = _end(told)
    heard, bad_heard = _packets(media, caller, callee)
    said, bad_said = _packets(media, callee, caller)
    heard_frames, lost = frames(heard, codecs)
    return Call(
        call_id=call_id,
        messages=tuple(told),
        heard=heard_frames,
        said=frames(said, codecs)[0],
        keys=keys(said, codecs),
        t_invite=invite.t,
        t_ringing=_first(told, (180, 183)),
        t_answered=_first(told, (200,)),
        t_ended=end.t if end else None,
        ended_by=None if end is None else "caller" if end.source == invite.source else "callee",
        status=next((m.status for m in told if m.method == "INVITE" and m.status and m.status >= 200), None),
        malformed=bad_heard + bad_said,
        lost=lost,
    )


def _first(told: Iterable[SipMessage], codes: Sequence[int]) -> float | None:
    return next((m.t for m in told if m.method == "INVITE" and m.status in codes), None)


def _end(told: Sequence[SipMessage]) -> SipMessage | None:
    """The message that ended it: BYE, CANCEL, or a refusal; a challenge (401, 407) ends nothing."""
    for message in told:
        if message.status is None and message.method in ("BYE", "CANCEL"):
            return message
        refused = message.status is not None and message.status >= 300 and message.status not in (401, 407)
        if refused and message.method == "INVITE":
            return message
    return None


def _packets(
    media: Mapping[Address, Sequence[wire.Datagram]], targets: set[Address], sources: set[Address]
) -> tuple[list[RtpPacket], int]:
    """RTP to `targets`. Who sends it may use another port than announced, but not another host."""
    hosts = {host for host, _ in sources}
    found, bad = [], 0
    for datagram in sorted((one for target in targets for one in media.get(target, ())), key=_arrival):
        if hosts and datagram.source[0] not in hosts:
            continue
        packet = wire.rtp(datagram)
        if packet is None:
            bad += 1
        else:
            found.append(packet)
    return found, bad


def _arrival(datagram: wire.Datagram) -> float:
    return datagram.t


def frames(packets: Iterable[RtpPacket], codecs: Mapping[int, str]) -> tuple[tuple[Frame, ...], int]:
    """Audio frames in sending order, source by source, duplicates dropped; and how many are missing."""
    sources: dict[int, dict[int, Frame]] = {}
    newest: dict[int, int] = {}
    for packet in packets:
        known = newest.get(packet.ssrc)
        slot = packet.sequence if known is None else known + _signed(packet.sequence - known)
        if known is not None and abs(slot - known) > _FAR:
            slot = known + _FAR
        newest[packet.ssrc] = slot if known is None else max(known, slot)
        name = codecs.get(packet.payload_type, "")
        if name == "telephone-event" or not packet.payload:
            continue
        frame = Frame(packet.t, packet.ssrc, slot, _LAWS.get(name, ""), packet.payload, packet.timestamp)
        sources.setdefault(packet.ssrc, {}).setdefault(slot, frame)
    out: list[Frame] = []
    lost = 0
    for by_slot in sources.values():
        order = sorted(by_slot)
        lost += sum(b - a - 1 for a, b in itertools.pairwise(order) if b - a < _FAR)
        out += [by_slot[slot] for slot in order]
    return tuple(out), lost


def _signed(difference: int) -> int:
    """A difference of 16-bit sequence numbers, −32768 … 32767."""
    return (difference + 0x8000) % 0x10000 - 0x8000


def keys(packets: Iterable[RtpPacket], codecs: Mapping[int, str]) -> tuple[Key, ...]:
    """Keys from telephone-event packets; all packets of one key share their RTP timestamp."""
    events: dict[tuple[int, int, int], list[tuple[float, bool]]] = {}
    for packet in packets:
        if codecs.get(packet.payload_type) != "telephone-event" or len(packet.payload) < 4:
            continue
        code, flags = packet.payload[0], packet.payload[1]
        if code < len(_DIGITS):
            seen = events.setdefault((packet.ssrc, packet.timestamp, code), [])
            seen.append((packet.t, bool(flags & 0x80)))
    found = []
    for (_, _, code), seen in events.items():
        released = [t for t, end in seen if end]
        last = min(released) if released else max(t for t, _ in seen)
        found.append(Key(_DIGITS[code], min(t for t, _ in seen), last, bool(released)))
    return tuple(sorted(found, key=lambda key: key.t_start))
