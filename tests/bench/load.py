"""Many callers from one SIPp process. Their keys are RFC 4733 events in a pcap, since `play_dtmf` serves only one
call in a process."""

from __future__ import annotations

import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dpkt

from tests.rig import phones
from tests.rig.errors import CallFailed

#: A call: greeting and main menu, key 1 at 6 s, key 4 at 11 s, hang up at 17 s.
KEYS = ((6000, "1"), (11000, "4"))
LASTS_MS = 17000
_PAYLOAD = 96
_EVENT_MS = 200
_NUMBERS = {str(digit): digit for digit in range(10)} | {"*": 10, "#": 11}


@dataclass(frozen=True, slots=True)
class Load:
    """`calls` calls in all, at most `at_once` at a time, begun within about `ramp_s` seconds each time round."""

    at_once: int
    calls: int
    ramp_s: float = 6.0


def key_pcap(path: Path, digit: str, ssrc: int) -> None:
    """One key press of 200 ms as RTP events every 20 ms, the end sent three times."""
    with path.open("wb") as file:
        writer = dpkt.pcap.Writer(file, linktype=dpkt.pcap.DLT_EN10MB)
        steps = [*range(20, _EVENT_MS + 1, 20), _EVENT_MS, _EVENT_MS, _EVENT_MS]
        for number, ms in enumerate(steps):
            end = ms == _EVENT_MS and number >= len(steps) - 3
            event = struct.pack("!BBH", _NUMBERS[digit], 10 | (0x80 if end else 0), ms * 8)
            rtp = struct.pack("!BBHII", 0x80, _PAYLOAD | (0x80 if number == 0 else 0), 100 + number, 8000, ssrc) + event
            udp = dpkt.udp.UDP(sport=6000, dport=6000, data=rtp)
            udp.ulen = len(udp)
            ip = dpkt.ip.IP(src=b"\x7f\0\0\1", dst=b"\x7f\0\0\1", p=dpkt.ip.IP_PROTO_UDP, data=udp)
            ip.len = len(ip)
            frame = dpkt.ethernet.Ethernet(type=dpkt.ethernet.ETH_TYPE_IP, data=ip)
            writer.writepkt(bytes(frame), ts=1000.0 + min(number * 0.02, 0.25))
        writer.close()


def scenario(folder: Path, dialled: str) -> Path:
    """The SIPp scenario of one caller among many."""
    who = phones.Identity("13900000000", dialled, "alaw")
    target = f"sip:{dialled}@[remote_ip]:[remote_port]"
    sdp = phones.sdp("alaw").replace("[rtpstream_audio_port]", "[auto_media_port]")
    sdp = "\n".join(line for line in sdp.splitlines() if "x-audio-pcap-port" not in line)
    body = phones.send(phones._request(who, "INVITE", 1, target, f"To: <{target}>"), sdp, retrans=True)
    body += phones._PROVISIONAL + '<recv response="200" rrs="true"/>\n' + phones._ack(who, "[next_url]", "[branch]")
    now = 0
    for number, (at, digit) in enumerate(KEYS):
        key_pcap(folder / f"key{number}.pcap", digit, 0x1000 + number)
        body += phones.pause(at - now) + phones.execute(f'play_pcap_audio="key{number}.pcap"')
        now = at
    body += phones.pause(LASTS_MS - now)
    body += phones.send(phones._request(who, "BYE", 2, "[next_url]", "[last_To:]"), retrans=True)
    path = folder / "load.xml"
    path.write_text(phones.document("load", body + '<recv response="200"/>\n'), encoding="utf-8")
    return path


@contextmanager
def loading(folder: Path, target: str, dialled: str, load: Load) -> Iterator[subprocess.Popen[bytes]]:
    """The load goes on inside the block. Raises CallFailed where a call failed."""
    folder.mkdir(parents=True, exist_ok=True)
    file = scenario(folder, dialled)
    limit = LASTS_MS / 1000 * (load.calls / load.at_once + 1) + 30
    command = ["sipp", target, "-sf", file.name, "-s", dialled, "-i", "127.0.0.1", "-p", "7060", "-mp", "40000"]
    command += ["-r", str(max(1, round(load.at_once / load.ramp_s))), "-l", str(load.at_once), "-m", str(load.calls)]
    command += ["-timeout", f"{round(limit)}s", "-timeout_error", "-nostdin", "-trace_err", "-error_file", "errors.log"]
    with (folder / "screen.log").open("wb") as screen:
        process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=screen, stderr=screen)
    try:
        yield process
        code = process.wait(limit + 10)
        if code:
            errors = folder / "errors.log"
            tail = errors.read_text(errors="replace")[-800:] if errors.exists() else ""
            raise CallFailed(f"SIPp ended with {code}: {tail}")
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(5)


def steady(process: subprocess.Popen[bytes], load: Load, seconds: float) -> Iterator[None]:
    """Yields when all lines are busy, and again so many seconds later."""
    end = time.monotonic() + load.ramp_s + 1
    while time.monotonic() < end and process.poll() is None:
        time.sleep(0.1)
    yield
    time.sleep(seconds)
    yield
