"""Captures: SIP, RTP and keys out of pcap files, also out of bad ones."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.rig import wire
from tests.rig.calls import calls
from tests.rig.errors import PcapError
from tests.rig_tests.synth import CALLER_RTP, HOTLINE_RTP, START, Sender, clip, dialogue, on_wire, payloads, pcap

PROMPT = clip("prompt", 1, 1.0)


def a_call(path: Path, event: int = 96, by_caller: bool = True) -> Path:
    """One prompt of a second, the keys * and # in it, the end after 2 s."""
    prompt, keys = Sender(t=START + 0.5), Sender(t=START + 0.7, ssrc=7)
    prompt.play(payloads(PROMPT.samples))
    for digit in "*#":
        keys.press(digit, event)
        keys.rest(0.1)
    caller = on_wire(keys.packets, CALLER_RTP, HOTLINE_RTP)
    return pcap(path, [*dialogue(START + 0.4, START + 2, by_caller, event), *on_wire(prompt.packets), *caller])


@pytest.mark.parametrize("event", [96, 101])
@pytest.mark.parametrize("by_caller", [True, False])
def test_a_call_and_its_keys(tmp_path: Path, event: int, by_caller: bool) -> None:
    (call,) = calls(a_call(tmp_path / "a.pcap", event, by_caller))
    assert (call.status, call.ended_by) == (200, "caller" if by_caller else "callee")
    times = [call.t_invite, call.t_ringing, call.t_answered, call.t_ended]
    assert times == [pytest.approx(START + x) for x in (0, 0.01, 0.4, 2)]
    assert [one.label for one in call.messages] == ["INVITE", "180 INVITE", "200 INVITE", "ACK", "BYE"]
    assert [key.digit for key in call.keys] == ["*", "#"]
    assert [key.t_start - START for key in call.keys] == [pytest.approx(0.7), pytest.approx(0.92)]
    assert [key.t_end - key.t_start for key in call.keys] == [pytest.approx(0.1), pytest.approx(0.1)]
    assert b"".join(one.payload for one in call.heard) == b"".join(payloads(PROMPT.samples))
    assert (call.lost, call.malformed) == (0, 0)


def test_a_key_whose_end_was_lost_is_still_a_key(tmp_path: Path) -> None:
    keys = Sender(t=START + 1, ssrc=7)
    keys.press("5")
    kept = on_wire(keys.packets[:-3], CALLER_RTP, HOTLINE_RTP)
    (call,) = calls(pcap(tmp_path / "a.pcap", [*dialogue(START, START + 2), *kept]))
    assert [(key.digit, key.ended) for key in call.keys] == [("5", False)]


def test_reserved_bits_and_unknown_events(tmp_path: Path) -> None:
    sender = Sender(t=START + 1)
    noise = [(START + 1, sender.packet(bytes([code, flags, 0, 1]), payload_type=96)) for code, flags in
             ((99, 0), (16, 0x80), (10, 0xC0))] + [(START + 1.1, sender.packet(b"\x01", payload_type=96))]  # fmt: skip
    wired = on_wire(noise, CALLER_RTP, HOTLINE_RTP)
    (call,) = calls(pcap(tmp_path / "a.pcap", [*dialogue(START, START + 2), *wired]))
    assert [key.digit for key in call.keys] == ["*"]


def test_lost_and_doubled_packets_are_counted(tmp_path: Path) -> None:
    sender = Sender(t=START + 0.5)
    sender.play(payloads(PROMPT.samples))
    kept = [*sender.packets[:10], *sender.packets[13:], sender.packets[20]]
    (call,) = calls(pcap(tmp_path / "a.pcap", [*dialogue(START, START + 2), *on_wire(kept)]))
    assert (len(call.heard), call.lost) == (47, 3)
    slots = [one.slot for one in call.heard]
    assert slots == sorted(set(slots))


def test_media_of_another_call_is_not_ours(tmp_path: Path) -> None:
    sender = Sender(t=START + 0.5)
    sender.play(payloads(PROMPT.samples))
    strangers = on_wire(sender.packets, ("127.0.0.9", 10000)) + on_wire(sender.packets, target=("127.0.0.1", 20004))
    (call,) = calls(pcap(tmp_path / "a.pcap", [*dialogue(START, START + 2), *strangers]))
    assert call.heard == ()


@given(st.integers(0, 20000))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_truncated_file_gives_what_is_whole(tmp_path: Path, size: int) -> None:
    path = a_call(tmp_path / "a.pcap")
    whole = path.read_bytes()
    (tmp_path / "b.pcap").write_bytes(whole[:size])
    if size < 24:
        with pytest.raises(PcapError):
            wire.read(tmp_path / "b.pcap")
    else:
        found = wire.read(tmp_path / "b.pcap")
        assert len(found.datagrams) <= len(wire.read(path).datagrams)
        assert len(calls(tmp_path / "b.pcap")) == (1 if found.datagrams else 0)


@given(st.lists(st.binary(max_size=80), max_size=20))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_hostile_rtp_is_counted_and_left_out(tmp_path: Path, blobs: list[bytes]) -> None:
    hostile = on_wire([(START + 1 + n / 100, blob) for n, blob in enumerate(blobs)])
    (call,) = calls(pcap(tmp_path / "a.pcap", [*dialogue(START, START + 2), *hostile]))
    valid = sum(wire.rtp(wire.Datagram(0.0, HOTLINE_RTP, CALLER_RTP, blob)) is not None for blob in blobs)
    sip = sum(wire.sip(wire.Datagram(0.0, HOTLINE_RTP, CALLER_RTP, blob)) is not None for blob in blobs)
    assert call.malformed == len(blobs) - valid - sip


@pytest.mark.parametrize(
    ("data", "payload"),
    [
        (b"\x80\x08" + bytes(10) + b"abc", b"abc"),
        (b"\x81\x08" + bytes(10) + b"CSRCabc", b"abc"),
        (b"\x90\x08" + bytes(10) + b"\x00\x00\x00\x01EXTEabc", b"abc"),
        (b"\xa0\x08" + bytes(10) + b"abc\x00\x02", b"abc"),
        (b"\x80\x08" + bytes(10), b""),
        (b"\x40\x08" + bytes(10) + b"abc", None),
        (b"\x80\x08" + bytes(9), None),
        (b"\x8f\x08" + bytes(10) + b"abc", None),
        (b"\x90\x08" + bytes(10) + b"\x00", None),
        (b"\x90\x08" + bytes(10) + b"\x00\x00\xff\xff", None),
        (b"\xa0\x08" + bytes(10) + b"abc\xff", None),
        (b"\xa0\x08" + bytes(10) + b"abc\x00", None),
    ],
)
def test_rtp_headers(data: bytes, payload: bytes | None) -> None:
    packet = wire.rtp(wire.Datagram(0.0, HOTLINE_RTP, CALLER_RTP, data))
    assert (packet.payload if packet else None) == payload


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00" * 40,
        b"GET / HTTP/1.1\r\n\r\n",
        b"SIP/2.0 abc OK\r\n\r\n",
        b"INVITE\r\n",
        "INVITE sip:好 SIP/2.0".encode("gbk"),
    ],
)
def test_what_is_not_sip(data: bytes) -> None:
    message = wire.sip(wire.Datagram(0.0, HOTLINE_RTP, CALLER_RTP, data))
    assert message is None or message.method == "INVITE"


def test_short_header_names_and_status() -> None:
    data = b"SIP/2.0 486 Busy Here\r\ni: x@y\r\nCSeq: 3 INVITE\r\nbroken line\r\n\r\n"
    message = wire.sip(wire.Datagram(0.0, HOTLINE_RTP, CALLER_RTP, data))
    assert message is not None
    assert (message.call_id, message.status, message.label) == ("x@y", 486, "486 INVITE")


def test_not_a_capture_file(tmp_path: Path) -> None:
    (tmp_path / "a.pcap").write_bytes(b"not a pcap at all, but long enough to look")
    with pytest.raises(PcapError, match="not a capture file"):
        wire.read(tmp_path / "a.pcap")
    with pytest.raises(PcapError, match="No such file"):
        wire.read(tmp_path / "b.pcap")


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        bytes(13),
        bytes(12) + b"\x86\xdd" + bytes(60),
        bytes(12) + b"\x08\x00" + b"\x45" + bytes(8) + b"\x06" + bytes(40),
        bytes(12) + b"\x08\x00" + b"\x4f" + bytes(8) + b"\x11" + bytes(40),
        bytes(12) + b"\x08\x00" + b"\x45" + bytes(8) + b"\x11" + bytes(14) + b"\xff\xff\x00\x00",
        bytes(12) + b"\x08\x00" + b"\x45" + bytes(8) + b"\x11" + bytes(14) + b"\x00\x00\x00\x00",
    ],
)
def test_frames_that_are_no_udp_are_ignored(tmp_path: Path, frame: bytes) -> None:
    path = pcap(tmp_path / "a.pcap", dialogue(START, START + 1))
    with path.open("ab") as file:
        file.write(struct.pack("<IIII", int(START) + 5, 0, len(frame), len(frame)) + frame)
    found = wire.read(path)
    assert (found.ignored, len(found.datagrams)) == (1, 5)
