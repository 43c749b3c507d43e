"""Complaints that are still being told: what is known of each so far, kept as a file beside its recording, so that
nothing of it is lost whatever becomes of the caller, the application or the database."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from ivr.records.complaints.model import Via
from ivr.serve.asterisk.files import write_private

log = logging.getLogger(__name__)

#: Below the state folder.
FOLDER = "complaint-drafts"
_AGENT = "-agent"


@dataclass(frozen=True, slots=True)
class Draft:
    """A complaint that is no case yet. `ref` names it, and its recording; numbers are E.164. `ms` is 0 until the
    recording is made; `instead_of` is the draft whose place it takes. `agent`: who took it down, "" where the caller
    tells it himself; `text`: what he has written, masked, where nothing is recorded. `at`: when it came in (epoch ms),
    0 where nobody knows. `later`: he was promised to be told his reference number. `drill`: a test, which becomes no
    case (D10)."""

    ref: str
    call_id: str
    number: str | None = field(default=None, repr=False)
    call_back_number: str | None = field(default=None, repr=False)
    kind: str | None = None
    ms: int = 0
    instead_of: str = ""
    agent: str = ""
    text: str = field(default="", repr=False)
    at: int = 0
    later: bool = False
    drill: bool = False

    @property
    def via(self) -> Via:
        """How it came."""
        return Via.AGENT if self.agent else Via.TEXT if self.text else Via.CALL

    @property
    def told(self) -> bool:
        """Whether there is something in it: a recording, what was written, or what an agent took down."""
        return bool(self.ms or self.agent or self.text)


def taken_down(call_id: str, agent: str, number: str | None, kind: str | None, at: int) -> Draft:
    """What an agent took down in a call; of one call there is one."""
    return Draft(f"{call_id}{_AGENT}", call_id, number, kind=kind, agent=agent, at=at)


class ComplaintDrafts:
    """The files. Every method may be called from any thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, draft: Draft) -> None:
        """Keep what is known now. Raises OSError: what was known before stands."""
        write_private(self._path(draft.ref), json.dumps(asdict(draft), ensure_ascii=False) + "\n")

    def read(self, ref: str) -> Draft | None:
        """The draft, or None. Of a damaged file what its name says is left. Raises OSError."""
        try:
            known = json.loads(self._path(ref).read_bytes())
            names = {one.name for one in fields(Draft)}
            return Draft(**{name: value for name, value in known.items() if name in names})
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, AttributeError) as wrong:
            log.error("the draft of complaint %s is damaged, its recording stays: %s", ref, type(wrong).__name__)
            return Draft(ref, ref.removesuffix(_AGENT) if ref.endswith(_AGENT) else ref.rpartition("-")[0])

    def refs(self) -> tuple[str, ...]:
        """What names every one, the oldest first. Raises OSError."""
        paths = sorted(self._folder.glob("*.json"), key=lambda path: (path.stat().st_mtime_ns, path.name))
        return tuple(path.stem for path in paths)

    def drop(self, ref: str) -> None:
        """It is a case now, or the caller does not want it."""
        self._path(ref).unlink(missing_ok=True)

    def _path(self, ref: str) -> Path:
        return self._folder / f"{ref}.json"
