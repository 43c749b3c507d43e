"""`ivr check --times`: how long a caller who never interrupts listens, to each leaf and to the elderly key."""

from __future__ import annotations

from typing import Any

from ivr.errors import SpeechError
from ivr.flow.model import Flow
from ivr.flow.ways import ELDERLY_SECONDS, MOST_SECONDS, ElderlyKey, Way, elderly_keys, opening, ways
from ivr.speech.prompts.catalogue import Catalogue
from ivr.speech.prompts.listening_time import recorded, recorded_or_estimated


class ListeningTimes:
    """Every way, the longest first; by the recordings, and by the texts of what nobody has recorded yet."""

    def __init__(self, flow: Flow, catalogue: Catalogue) -> None:
        self._flow = flow
        self._measured = recorded(flow, catalogue)
        seconds = recorded_or_estimated(flow, catalogue)
        self.ways = sorted(ways(flow, seconds), key=lambda way: -way.seconds)
        self.elderly = list(elderly_keys(flow, seconds))

    def as_json(self) -> dict[str, Any]:
        """`leaves`: leaf, label, entry (its menu), way, seconds, recorded (whether every second was measured);
        `elderly_key`: entry, seconds (null where it is never named), recorded."""
        return {
            "leaves": [
                {
                    "leaf": way.leaf,
                    "label": self._flow.leaves[way.leaf].label,
                    "entry": way.entry.menu,
                    "way": str(way),
                    "seconds": round(way.seconds, 2),
                    "recorded": self._is_recorded(way.prompts),
                }
                for way in self.ways
            ],
            "elderly_key": [
                {
                    "entry": key.entry.menu,
                    "seconds": None if key.seconds is None else round(key.seconds, 2),
                    "recorded": self._is_recorded(opening(self._flow, key.entry)),
                }
                for key in self.elderly
            ],
        }

    def as_text(self) -> str:
        """A line for each leaf and entry."""
        lines = [f"不打断时到每项业务要听的秒数（最多 {MOST_SECONDS:g} 秒；带 ~ 的没有录音，按文字估算）："]
        lines += [self._line(way) for way in self.ways]
        lines.append(f"接通后老年服务键播报完的秒数（最多 {ELDERLY_SECONDS:g} 秒）：")
        lines += [self._key(key) for key in self.elderly]
        return "\n".join(lines)

    def _line(self, way: Way) -> str:
        mark = " " if self._is_recorded(way.prompts) else "~"
        return f"{mark}{way.seconds:5.1f}  {self._flow.leaves[way.leaf].label}‹{way.leaf}›  {way}"

    def _key(self, key: ElderlyKey) -> str:
        mark = " " if self._is_recorded(opening(self._flow, key.entry)) else "~"
        return f"{mark}{'  没有' if key.seconds is None else f'{key.seconds:5.1f}'}  {key.entry.menu}"

    def _is_recorded(self, prompts: tuple[str, ...]) -> bool:
        try:
            return sum(map(self._measured, prompts)) > 0
        except SpeechError:
            return False
