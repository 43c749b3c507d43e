"""What new calls are served with."""

from __future__ import annotations

from dataclasses import dataclass

from ivr.flow.model import Flow
from ivr.nlu import Understanding
from ivr.speech.prompts.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class ServedFlow:
    """A revision of the flow, its recordings and, where speech is understood, how; new calls are served with it."""

    flow: Flow
    catalogue: Catalogue
    understanding: Understanding | None = None
