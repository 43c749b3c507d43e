"""Whether one call may be recorded (CBA 十三, 二十九): where the flow asks for it, the caller is asked before the first
recording, once; who says no, or nothing, is served all the same, and nothing is recorded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ivr.dialogue.model import Turn
from ivr.flow.model import Flow


@dataclass(slots=True)
class RecordingConsent:
    """`needed`: the flow asks for it; `given`: what the caller said, None as long as he has said nothing; `then`: what
    goes on once he has."""

    needed: bool
    given: bool | None = None
    then: Callable[[], Turn] | None = field(default=None, repr=False)

    @property
    def open(self) -> bool:
        """It is needed, and the caller has not been asked."""
        return self.needed and self.given is None

    @property
    def recorded(self) -> bool:
        """The call may be recorded."""
        return not self.needed or self.given is True


def asked_before(flow: Flow, queue: str, consent: RecordingConsent, *, elderly: bool) -> bool:
    """Whether the caller is asked before he goes to this queue. Nobody is on the elderly way, which leads straight to a
    person (CBA 二十二): those talks are then not recorded."""
    return consent.open and flow.queues[queue].record and not elderly and queue != flow.elderly.queue
