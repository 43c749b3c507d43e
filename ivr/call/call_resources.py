"""What a node gives each of its calls."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from ivr.call.effects import CallContext, Effects
from ivr.call.speech_listener import ListenerResources
from ivr.dialogue.model import Caller
from ivr.records.emergency import InForce

#: Who calls, with what the bank knows of the number, where it says so in time.
WhoCalls = Callable[[Caller, CallContext], Awaitable[Caller]]

#: Turn id, epoch ms, 8 kHz 16 bit sound → the file's name, or None where it is not kept.
Keep = Callable[[str, int, bytes], Awaitable[str | None]]


def _no_emergency() -> InForce | None:
    return None


def _no_place(_call_id: str, _queue: str) -> int | None:
    return None


@dataclass(frozen=True, slots=True)
class Listening:
    """What a node listens with; `keep`, where the settings say so, takes an utterance's turn id, time and sound for
    labelling (CBA 二十一) and names the file, or says None."""

    resources: ListenerResources
    keep: Keep | None = None


@dataclass(frozen=True, slots=True)
class CallResources:
    """What a node gives its calls: what it listens with (None: calls go by keys alone), the effects it carries out,
    what it asks of the caller's number, the place that a call has kept in a queue (1 the first) that it left, and the
    emergency that is in force."""

    listening: Listening | None = None
    effects: Effects = field(default_factory=Effects)
    who_calls: WhoCalls | None = None
    places: Callable[[str, str], int | None] = _no_place
    emergency: Callable[[], InForce | None] = _no_emergency
