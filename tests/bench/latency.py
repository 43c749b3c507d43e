"""What a caller notices: how soon the next prompt follows a key, and the first prompt the answer. From the packets, bit
for bit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench import load, turn
from tests.bench.figures import Row, percentile, spread
from tests.bench.plain import NUMBER, PATH, Sounds
from tests.rig import g711
from tests.rig.calls import Call, Frame, calls
from tests.rig.capture import tap
from tests.rig.hotline import Hotline
from tests.rig.sound import read_wav

CALLERS = 30
KEY_GOAL_MS, ANSWER_GOAL_MS = 60, 300
#: So many packets of a recording identify it: a second.
_ENOUGH = 50


@dataclass(slots=True)
class Noticed:
    """Milliseconds, over all calls; `unheard` prompts did not come where they should have."""

    keys: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)
    begins: dict[str, list[float]] = field(default_factory=dict)
    unheard: int = 0


def measure(line: Hotline, plain: Hotline, own: str, folder: Path) -> list[Row]:
    """The two latencies, with those of the plain dialplan beside them, and where the time goes between them."""
    folder.mkdir(parents=True, exist_ok=True)
    sounds = Sounds(line)
    first = encoded(sounds.greeting()[0])
    menus = [encoded(sounds.menu(menu)[0]) for menu in PATH[1:]]
    told = []
    for name, one, dialled in (("plain", plain, NUMBER), ("hotline", line, "95000")):
        print(f"  {CALLERS} callers who press {len(menus)} keys each: {name}", flush=True)
        pcap = folder / f"{name}.pcap"
        with tap(pcap, f"(udp and host {own}) or (tcp and host {line.address} and port 4573)"):
            load.place(one.address, own, dialled, CALLERS)
        told.append(listen(calls(pcap), first, menus))
    alone, ours = told
    return [
        _row("key's end event → first packet of the next prompt", ours.keys, alone.keys, KEY_GOAL_MS, ours.unheard),
        _row("answer (200 OK) → first packet of the first prompt", ours.answers, alone.answers, ANSWER_GOAL_MS, 0),
        *turn.rows(folder / "hotline.pcap", ours.begins, CALLERS),
    ]


def listen(found: Sequence[Call], first: bytes, menus: Sequence[bytes]) -> Noticed:
    """What was noticed in these calls; `first` and `menus` are the encoded recordings that come in turn."""
    out = Noticed()
    for call in found:
        begun = begin(call.heard, first, call.t_answered or 0)
        if begun is None or call.t_answered is None:
            out.unheard += 1
        else:
            out.answers.append(1000 * (begun - call.t_answered))
        user = call.messages[0].headers.get("from", "").partition("sip:")[2].partition("@")[0]
        for number, recording in enumerate(menus):
            key = call.keys[number] if number < len(call.keys) else None
            following = call.keys[number + 1].t_start if number + 1 < len(call.keys) else math.inf
            begun = begin(call.heard, recording, key.t_end, following) if key else None
            if key is None or begun is None:
                out.unheard += 1
                continue
            out.keys.append(1000 * (begun - key.t_end))
            out.begins.setdefault(user, []).extend((key.t_end, begun))
    return out


def encoded(file: Path) -> bytes:
    """The beginning of a recording as it is on the wire."""
    return g711.encode(read_wav(file), "alaw")[: _ENOUGH * g711.FRAME]


def begin(frames: Sequence[Frame], recording: bytes, after: float, before: float = math.inf) -> float | None:
    """When the first packet with sound of `recording` came, between these times; None where it did not. It is found by
    a piece that no other place in it equals, and counted back from there. A recording begins anywhere in a packet:
    Asterisk cuts what follows the odd end of another. A lost packet keeps its place."""
    heard = [frame for frame in frames if after <= frame.t < before]
    if not heard:
        return None
    first = heard[0].slot
    stream = bytearray(g711.FRAME * (heard[-1].slot - first + 1))
    for frame in heard:
        at = g711.FRAME * (frame.slot - first)
        stream[at : at + len(frame.payload)] = frame.payload
    pieces = [recording[at : at + g711.FRAME] for at in range(0, len(recording), g711.FRAME)]
    for place, piece in enumerate(pieces):
        found = stream.find(piece) if pieces.count(piece) == 1 else -1
        if found >= 0:
            slot = first + max(0, found - place * g711.FRAME) // g711.FRAME
            return next(frame.t for frame in heard if frame.slot >= slot)
    return None


def _row(what: str, values: Sequence[float], beside: Sequence[float], goal: int, unheard: int) -> Row:
    p95 = percentile(values, 95)
    lost = f"; {unheard} not found" if unheard else ""
    text = f"**p95 {p95:.0f} ms**, {spread(values)}{lost}; plain dialplan {spread(beside)}"
    return Row(what, text, f"p95 ≤ {goal} ms", p95 <= goal and not unheard)
