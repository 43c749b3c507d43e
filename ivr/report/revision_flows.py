"""The flows that calls were served with, from the texts that the records keep of every revision (HB 12.2.2)."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from threading import Lock

from ivr.flow.model import Flow
from ivr.flow.stored_files import load_texts
from ivr.records.days import local_day
from ivr.records.model import FlowRevision

#: Flows that are kept in memory: reading one takes half a second.
_KEPT = 8


class RevisionFlows:
    """Flows by revision, the last ones kept. May be used from any thread."""

    def __init__(self, working: Path) -> None:
        """`working`: the operator's folder, which has the list of elderly callers; no revision keeps it."""
        self._working = working
        self._lock = Lock()
        self._flows: OrderedDict[str, Flow | None] = OrderedDict()

    def of(self, revision: FlowRevision | None) -> Flow | None:
        """The revision as it was checked on its day; None where it cannot be read any more, or there is none. Raises
        OSError."""
        if revision is None:
            return None
        with self._lock:
            if revision.id not in self._flows:
                self._flows[revision.id] = self._load(revision)
            self._flows.move_to_end(revision.id)
            while len(self._flows) > _KEPT:
                self._flows.popitem(last=False)
            return self._flows[revision.id]

    def _load(self, revision: FlowRevision) -> Flow | None:
        named = revision.files.get("hotline.yaml", "")
        there = sorted(one.name for one in self._working.glob("*.yaml"))
        personal = [name for name in there if name not in revision.files and name in named]
        return load_texts(revision.files, personal, self._working, local_day(revision.first_seen)).flow
