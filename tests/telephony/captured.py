"""Events as Asterisk 22 sent them: `captures/*.txt`, one event a paragraph. Those of caller ids, connected
lines and hold music are left out of the captures."""

from __future__ import annotations

from pathlib import Path

from ivr.telephony.ami.messages import AmiEvent
from ivr.telephony.events.interpreter import TelephonyEvent, interpret

FOLDER = Path(__file__).parent / "captures"
#: Captures of one whole call each.
WHOLE_CALLS = ("served-with-hold", "hung-up-while-waiting", "waited-too-long", "passed-on", "passed-on-after-asking")


def parse(text: str) -> AmiEvent:
    """One event from its lines."""
    return AmiEvent(dict(line.split(": ", 1) for line in text.strip("\n").split("\n")), 0)


def capture(name: str) -> list[AmiEvent]:
    """A capture's events."""
    return [parse(part) for part in (FOLDER / f"{name}.txt").read_text(encoding="utf-8").strip("\n").split("\n\n")]


def happened(name: str) -> list[TelephonyEvent]:
    """What a capture means."""
    return [one for event in capture(name) for one in interpret(event)]
