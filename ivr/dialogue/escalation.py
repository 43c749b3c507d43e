"""D3: what happens when the caller says nothing, or says or presses what leads nowhere."""

from __future__ import annotations

from enum import Enum, StrEnum, auto


class Miss(StrEnum):
    """The two kinds of miss, counted separately, by keys and by voice alike; the value is the prompt that rephrases a
    miss by keys."""

    NO_INPUT = "no_input"
    NO_MATCH = "no_match"


class EscalationStep(Enum):
    """What a miss leads to."""

    REPHRASE = auto()
    OFFER_AGENT = auto()
    HAND_OVER = auto()


class EscalationPolicy:
    """Counts the misses since the last valid choice; repeat and back leave it alone (D2)."""

    def __init__(self) -> None:
        self._counts = dict.fromkeys(Miss, 0)

    def miss(self, kind: Miss, rephrase: int) -> EscalationStep:
        """Count one miss: the first `rephrase` of a kind rephrase, the next offers the agent, later ones hand over."""
        self._counts[kind] += 1
        beyond = self._counts[kind] - rephrase
        if beyond <= 0:
            return EscalationStep.REPHRASE
        return EscalationStep.OFFER_AGENT if beyond == 1 else EscalationStep.HAND_OVER

    def reset(self) -> None:
        """A valid choice was made, or the escalation has come to its end."""
        self._counts = dict.fromkeys(Miss, 0)
