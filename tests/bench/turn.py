"""Where the time of a call's turn goes: the AGI conversations of a capture, command by command."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import dpkt

from tests.bench.figures import Row, spread

PORT = 4573
_LONG = ("STREAM FILE", "WAIT FOR DIGIT", "EXEC")


@dataclass(frozen=True, slots=True)
class Said:
    """One line of an AGI conversation; `t` in epoch seconds."""

    t: float
    by_asterisk: bool
    text: str


@dataclass(slots=True)
class Conversation:
    """One AGI connection, its lines in order."""

    said: list[Said] = field(default_factory=list)

    @property
    def caller(self) -> str:
        """The caller's number, as Asterisk said it."""
        return next((one.text.split(": ")[1] for one in self.said if one.text.startswith("agi_callerid: ")), "")

    def exchanges(self) -> list[tuple[Said, Said]]:
        """Each command and its answer."""
        talk = [one for one in self.said if one.text and not one.text.startswith("agi_")]
        return [(a, b) for a, b in itertools.pairwise(talk) if not a.by_asterisk and b.by_asterisk]


def conversations(pcap: Path, port: int = PORT) -> list[Conversation]:
    """Every AGI connection in a capture file."""
    found: dict[int, Conversation] = {}  # by Asterisk's port
    rest: dict[tuple[int, bool], bytes] = {}
    with pcap.open("rb") as file:
        for t, raw in dpkt.pcap.UniversalReader(file):
            segment = dpkt.ethernet.Ethernet(raw).data.data
            if not isinstance(segment, dpkt.tcp.TCP) or port not in (segment.sport, segment.dport) or not segment.data:
                continue
            by_asterisk = segment.dport == port
            who = segment.sport if by_asterisk else segment.dport
            *lines, rest[who, by_asterisk] = (rest.get((who, by_asterisk), b"") + segment.data).split(b"\n")
            one = found.setdefault(who, Conversation())
            one.said += [Said(float(t), by_asterisk, line.decode("utf-8", "replace").strip()) for line in lines]
    return list(found.values())


def rows(pcap: Path, begins: Mapping[str, Sequence[float]], callers: int) -> list[Row]:
    """How many commands a call takes, how long both sides think, and the three stretches from a key to its prompt.
    `begins`: caller → end of key, begin of prompt, end of key, …"""
    found = [one for one in conversations(pcap) if one.caller]
    counts = Counter(_name(command.text) for one in found for command, _ in one.exchanges())
    asterisk = [1000 * (b.t - a.t) for one in found for a, b in one.exchanges() if not a.text.startswith(_LONG)]
    thinking = [1000 * (b.t - a.t) for one in found for a, b in itertools.pairwise(one.said)
                if a.by_asterisk and not b.by_asterisk and a.text.startswith("200")]  # fmt: skip
    listed = ", ".join(f"{name} {count / callers:.1f}" for name, count in counts.most_common())
    stretches = [part for one in found for part in _stretches(one, begins.get(one.caller, ()))]
    out = [
        Row("AGI commands in a call of 4 keys", f"{sum(counts.values()) / callers:.1f} ({listed})"),
        Row("Asterisk's answer to a quick AGI command", spread(asterisk)),
        Row("application: answer → its next command", spread(thinking)),
    ]
    names = ("key's end → Asterisk tells the application", "→ the next prompt is asked for", "→ its first packet")
    if stretches:
        out += [Row(name, spread(values)) for name, values in zip(names, zip(*stretches, strict=True), strict=True)]
    return out


def _name(command: str) -> str:
    words = command.split()
    return " ".join(words[:3] if words[:2] in (["GET", "FULL"], ["WAIT", "FOR"]) else words[:2])


def _stretches(one: Conversation, begins: Sequence[float]) -> list[tuple[float, float, float]]:
    """For each key: told, asked, begun; milliseconds."""
    plays = [(a, b) for a, b in one.exchanges() if a.text.startswith(("STREAM FILE", "WAIT FOR DIGIT"))]
    found = []
    for key, begun in zip(begins[::2], begins[1::2], strict=True):
        told = next((b.t for _, b in plays if b.t >= key), None)
        asked = next((a.t for a, _ in plays if told is not None and a.t >= told), None)
        if told is not None and asked is not None and told <= asked <= begun:
            found.append((1000 * (told - key), 1000 * (asked - told), 1000 * (begun - asked)))
    return found
