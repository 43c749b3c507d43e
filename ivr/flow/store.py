"""The flow that new calls are served with, kept up to date with the files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ivr.flow.findings import Finding, FlowRefused
from ivr.flow.loader import load
from ivr.flow.model import Flow
from ivr.flow.reading import source


@dataclass(frozen=True, slots=True)
class Reload:
    """What an edit came to: the new flow that is served from now on, or None where the edit is broken and the last
    good revision stays; `findings` of the edited files in both cases."""

    flow: Flow | None
    findings: tuple[Finding, ...]


class FlowStore:
    """Watches a folder. `current` is always a good revision; raises FlowRefused where there is none to begin with, and
    no `otherwise`, a flow that stands for it until there is one."""

    def __init__(self, directory: Path, otherwise: Flow | None = None) -> None:
        self._directory = directory
        self._loaded = source.signature(directory)
        self._seen = self._loaded
        loaded = load(directory)
        if (flow := loaded.flow or otherwise) is None:
            raise FlowRefused(loaded.findings)
        self._current = flow
        self._findings: tuple[Finding, ...] = () if loaded.flow else loaded.findings

    @property
    def current(self) -> Flow:
        """The last good revision."""
        return self._current

    @property
    def broken(self) -> bool:
        """Whether the files as they are now have errors, so that `current` is an earlier revision."""
        return bool(self._findings)

    def poll(self, *, settled: bool = False) -> Reload | None:
        """Look for an edit; None where there is nothing new. Call it every half second: an edit is loaded once two
        looks in a row have seen the same files, so that a file that is still being written is left alone and a new
        flow is served within two seconds. `settled=True` skips the second look (an operator asks for it).
        Reading a large flow takes a second: call it off the event loop (asyncio.to_thread), never twice at once.
        Never raises for what is in the folder; one look at unchanged files costs a few stats."""
        now = source.signature(self._directory)
        if now == self._loaded:
            self._seen = now
            return None
        if now != self._seen and not settled:
            self._seen = now
            return None
        loaded = load(self._directory)
        if source.signature(self._directory) != now:  # written while it was read
            return None
        self._seen = self._loaded = now
        if loaded.flow is None:
            return self._broken(loaded.findings)
        self._findings = ()
        if loaded.flow.revision.id == self._current.revision.id:
            return None
        self._current = loaded.flow
        return Reload(loaded.flow, loaded.findings)

    def _broken(self, findings: tuple[Finding, ...]) -> Reload | None:
        if findings == self._findings:  # touched, but wrong in the same way as before
            return None
        self._findings = findings
        return Reload(None, findings)
