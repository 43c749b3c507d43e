"""The pages at which agents sit whose telephone is in the browser: calls come to such an agent only while a page of his
lives whose microphone works and whose telephone has been heard to ring; a page that goes away in mid-call costs no
caller (he is brought back by `ivr.telephony.ami.agent_actions.end_lost`).

A page is gone when it said so as it was left, or when its telephone is no longer registered, does not come back within
`GRACE_SECONDS` and the page has not been heard of since. A telephone alone that is no longer registered proves nothing,
for the console that relays it may have been started again while the talk goes on untouched; nor does a page that is not
heard of, for the same reason, unless the console is there that would have told. What registers instead is the same
telephone only where its contact has the same name: who loads the page anew after a crash has another one."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from ivr.call.agents.agent_tracker import LOST, NO_MICROPHONE, UNTRIED, AgentTracker
from ivr.call.agents.talk_details import TalkDetails
from ivr.errors import AgentRefused, TelephonyError
from ivr.tasks import background
from ivr.telephony.ami import agent_actions
from ivr.telephony.ami.manager import Manager
from ivr.telephony.events import types as ev

log = logging.getLogger(__name__)

#: A telephone in the browser that is no longer registered may be back within this: its relay was started again.
GRACE_SECONDS = 3.5
#: A page tells that it lives every three seconds: after so long one is overdue.
OVERDUE_SECONDS = 4.0
#: After so long without, its agent gets no calls.
SILENT_SECONDS = 10.0
#: The console may be away for so long before that.
CONSOLE_AWAY_SECONDS = 60.0
#: How often the pages are looked at.
LOOK_SECONDS = 1.0
_GONE = "Removed"
_THERE = frozenset({"Created", "Updated", "Reachable"})


@dataclass(frozen=True, slots=True)
class PageBeat:
    """What a page says of itself. `page` is its own name, made anew by each load; `browser`: the agent's telephone is
    the one in this page, and not the one on his desk; `microphone`: it works; `heard`: it has been heard to ring since
    the shift began."""

    agent: str
    page: str
    browser: bool
    microphone: bool
    heard: bool


@dataclass(slots=True)
class _Page:
    beat: PageBeat
    #: When it was heard of last, and through whom; None while that one is away (monotonic seconds).
    at: float
    source: object | None
    left: bool = False


@dataclass(slots=True)
class _Telephone:
    """An agent's telephone in the browser: its contacts at Asterisk (whole URIs: each connection has its own), and
    since when the one named `lost` is not registered (monotonic seconds; None where it is)."""

    contacts: set[str] = field(default_factory=set)
    lost: str = ""
    since: float | None = None

    def there(self, contact: str) -> None:
        self.contacts.add(contact)
        if _name(contact) == self.lost:
            self.since = None

    def gone(self, contact: str, now: float) -> None:
        self.contacts.discard(contact)
        if all(_name(one) != _name(contact) for one in self.contacts):
            self.lost, self.since = _name(contact), now


def _name(contact: str) -> str:
    """What a telephone calls itself, over all its connections: the user of its contact, made anew by each page."""
    return contact.partition("@")[0]


class DeskPages:
    """`changed` is called where an agent may have become ready, or no longer; `calls` are the hotline's calls in
    progress; `tell` takes what supervisors should know."""

    def __init__(
        self,
        manager: Manager,
        tracker: AgentTracker,
        details: TalkDetails,
        calls: Callable[[], Collection[str]],
        changed: Callable[[str], None],
        tell: Callable[[dict[str, Any]], None],
        clock: Callable[[], int],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._manager, self._tracker, self._details, self._calls = manager, tracker, details, calls
        self._changed, self._tell, self._clock, self._monotonic = changed, tell, clock, monotonic
        self._pages: dict[str, _Page] = {}
        self._telephones: dict[str, _Telephone] = {}
        self._works: set[asyncio.Task[None]] = set()

    # ---- what pages say

    def beat(self, beat: PageBeat, source: object) -> None:
        """The page lives. Raises AgentRefused where another page of the agent's does, too: nothing has changed then."""
        now, known = self._monotonic(), self._pages.get(beat.agent)
        if known is not None and known.beat.page != beat.page and not known.left:
            if now - known.at < SILENT_SECONDS and known.source is not None:
                raise AgentRefused(f"座席 {beat.agent} 的座席台已在另一个页面打开：关掉那一个，或回到那里")
            self._gone(beat.agent, "another page took its place")
        if known is None or known.left or known.beat.page != beat.page:
            log.info("agent %s: page opened (%s)", beat.agent, "browser" if beat.browser else "desk telephone")
            self._telephone(beat.agent).since = None  # what is not registered was the telephone of another page
        self._pages[beat.agent] = _Page(beat, now, source)
        self._judge(beat.agent)

    def left(self, agent: str, page: str) -> None:
        """The page says that it is being left; one that is not the agent's any more says nothing new."""
        known = self._pages.get(agent)
        if known is not None and known.beat.page == page and not known.left:
            self._gone(agent, "left")

    def away(self, source: object) -> None:
        """Nothing is heard through this one any more: of its pages it is not known whether they live."""
        for known in self._pages.values():
            if known.source is source:
                known.source, known.at = None, self._monotonic()

    def lives(self, agent: str) -> bool:
        """Whether the agent sits at a page."""
        return agent in self._pages and not self._pages[agent].left

    # ---- what Asterisk says

    def on_event(self, event: ev.TelephonyEvent) -> None:
        """A telephone in a browser registers, or no longer."""
        if not isinstance(event, ev.ContactChanged) or not event.browser or event.agent_id is None:
            return
        if event.status in _THERE:
            self._telephone(event.agent_id).there(event.contact)
        elif event.status == _GONE:
            self._telephone(event.agent_id).gone(event.contact, self._monotonic())

    def forget_telephones(self) -> None:
        """What was registered, or no longer, while Asterisk could not tell is not known."""
        self._telephones.clear()

    def _telephone(self, agent: str) -> _Telephone:
        return self._telephones.setdefault(agent, _Telephone())

    # ---- what follows

    async def keep(self) -> None:
        """Look at the pages until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self.look()

    def look(self) -> None:
        """Find the pages that have gone without a word."""
        now = self._monotonic()
        for agent, page in self._pages.items():
            if page.left:
                continue
            silent = now - page.at
            if page.source is None:
                if silent > CONSOLE_AWAY_SECONDS:
                    self._judge(agent)
            elif page.beat.browser and silent >= OVERDUE_SECONDS and self._telephone_lost(agent, page.at, now):
                self._gone(agent, "neither it nor its telephone is heard of")
            elif silent > SILENT_SECONDS:
                self._judge(agent)

    def _telephone_lost(self, agent: str, heard: float, now: float) -> bool:
        """Whether it has not been registered for long, nor the page been heard of since."""
        since = self._telephone(agent).since
        return since is not None and now - since > GRACE_SECONDS and heard < since + 1

    async def close(self) -> None:
        """Do no more."""
        works = tuple(self._works)
        for work in works:
            work.cancel()
        await asyncio.gather(*works, return_exceptions=True)

    def _judge(self, agent: str) -> None:
        """Whether calls may come."""
        page, why = self._pages[agent], None
        limit = SILENT_SECONDS if page.source is not None else CONSOLE_AWAY_SECONDS
        if page.beat.browser:
            if page.left or self._monotonic() - page.at > limit:
                why = LOST
            elif not page.beat.microphone:
                why = NO_MICROPHONE
            elif not page.beat.heard:
                why = UNTRIED
        before = self._tracker.held_back(agent)
        if why == before:
            return
        self._tracker.hold_back(agent, why, self._clock())
        if why == LOST:
            log.warning("agent %s: the page is gone", agent)
            self._tell({"event": "desk_lost", "agent": agent, "t": self._clock()})
        self._changed(agent)

    def _gone(self, agent: str, how: str) -> None:
        """The page is gone, and with it the telephone in it."""
        page = self._pages[agent]
        page.left = True
        log.info("agent %s: page gone: %s", agent, how)
        self._judge(agent)
        channel = self._tracker.channel(agent)
        if page.beat.browser and channel and self._details.in_browser(agent, channel):
            now = self._tracker.now(agent, self._clock())
            call = now.call_id if now.state == "talk" and now.call_id in self._calls() else None
            task = background(self._end(agent, channel, call), "lost-agent")
            self._works.add(task)
            task.add_done_callback(self._works.discard)

    async def _end(self, agent: str, channel: str, call: str | None) -> None:
        try:
            await agent_actions.end_lost(self._manager, channel, agent, call)
        except TelephonyError as wrong:
            log.error("agent %s is gone, and his channel could not be ended: %s", agent, wrong)
