"""What understands callers, for pages that try words out. Making one takes up to a second, so the last few are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.flow.model import Flow
from ivr.kept import Kept

if TYPE_CHECKING:
    from ivr.nlu import Understanding

#: Each holds the words of its flow's knowledge.
_MOST = 3


class Understandings:
    """Those of one console. May be used from any thread."""

    def __init__(self) -> None:
        self._kept: Kept[Understanding] = Kept(_MOST)

    def of(self, flow: Flow) -> Understanding:
        """What understands callers of this flow; who asks while it is made waits for it."""
        # Imported here: it reads dictionaries, and a console that starts again should answer at once.
        from ivr.nlu import Understanding

        return self._kept.get(flow.revision.id, lambda: Understanding(flow))
