"""What goes on at the node, passed on to every browser that watches: each view as it comes, and every second how old it
is. Streams end when their session does, and tell no more than the person may know now."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from jinja2 import Environment
from markupsafe import Markup

from ivr.console.live.followed_calls import FollowedCalls, call_of, calls_of
from ivr.console.live.node_link import NodeLink, ended
from ivr.console.live.regions import CALLS, REGIONS, Regions, Rights, callers
from ivr.console.live.streams import Reader, Streams
from ivr.errors import StoreError
from ivr.flow.model import Flow
from ivr.people.access import Access, access_of
from ivr.people.actions import Action
from ivr.records.store import Store
from ivr.tasks import background

log = logging.getLogger(__name__)

#: How old the figures are is told so often; whether sessions go on is looked at so often (s).
BEAT_SECONDS, SESSIONS_SECONDS = 1.0, 3.0
MENU_TOPIC = "menu"
#: Topic → what one must be allowed; others of the console add theirs.
TOPICS: dict[str, Action] = dict.fromkeys(REGIONS, Action.STATUS_READ)


def action_of(topic: str) -> Action | None:
    """What one must be allowed to be told of it; None where there is no such topic."""
    if topic in TOPICS:
        return TOPICS[topic]
    return Action.RECORDS_LIST if CALLS.fullmatch(topic) or call_of(topic) else None


@dataclass(slots=True)
class Live:
    """Run `keep` as long as the console serves."""

    link: NodeLink
    store: Store
    templates: Environment
    #: The flow that is served now; read in a thread.
    flow: Callable[[], Flow]
    streams: Streams = field(default_factory=Streams)
    clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    #: Calls in progress that somebody looks at.
    followed: FollowedCalls = field(init=False)
    _regions: Regions = field(init=False)
    #: What each reader was told of each region.
    _told: dict[Reader, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._regions = Regions(self.templates)
        self.followed = FollowedCalls(self.link, self.templates, self.flow, self._watched, self._tell_of)
        self.link.changed.append(self._changed)
        for topic in (*TOPICS, "calls"):
            self.streams.begin.setdefault(topic, self._begin)
        self.streams.begin["call"] = self._begin_call

    async def keep(self) -> None:
        """Until cancelled."""
        linked = background(self.link.keep(), "node-link")
        sessions = background(self._keep_sessions(), "live-sessions")
        try:
            while True:
                await asyncio.sleep(BEAT_SECONDS)
                for reader in self.streams.readers:
                    self._beat(reader)
        finally:
            for reader in tuple(self.streams.readers):
                reader.cut("restart")
            await ended(linked)
            await ended(sessions)

    def regions(self, access: Access, topic: str) -> dict[str, Markup]:
        """What a page shows when it is opened; nothing as long as the node has told nothing."""
        return self._regions_of(Rights.of(access), topic)

    def talks(self, agent: str) -> bool:
        """Whether the agent is in a call, by what the node told last."""
        view = self.link.view
        return view is not None and any(one.agent == agent and one.state == "talk" for one in view.agents)

    def close(self, reader: Reader) -> None:
        """The browser is gone."""
        self.streams.close(reader)
        self._told.pop(reader, None)

    # ---- to the readers

    def _begin(self, reader: Reader) -> None:
        self._tell(reader)
        self._beat(reader)

    def _begin_call(self, reader: Reader) -> None:
        for call_id in calls_of([reader.topics]):
            self.followed.begin(call_id)
        self._begin(reader)

    def _watched(self) -> set[str]:
        return calls_of([reader.topics for reader in self.streams.readers])

    def _tell_of(self, call_id: str) -> None:
        for reader in self.streams.of(f"call:{call_id}"):
            self._tell(reader)

    def _regions_of(self, rights: Rights, topic: str) -> dict[str, Markup]:
        if (view := self.link.view) is None:
            return {}
        call_id = call_of(topic)
        return self._regions.of(view, rights, topic) if call_id is None else self.followed.regions(call_id, rights)

    def _changed(self) -> None:
        for reader in self.streams.readers:
            self._tell(reader)
            self._beat(reader)

    def _beat(self, reader: Reader) -> None:
        """How old the figures are, by clocks of one machine: the browser's may say anything."""
        age = None if self.link.view is None else self.link.age_ms
        reader.state("alive", "alive", {"now": self.clock(), "age": age, "linked": self.link.connected})

    def _tell(self, reader: Reader) -> None:
        """What has changed for this reader."""
        if (view := self.link.view) is None:
            return
        told = self._told.setdefault(reader, {})
        for topic in sorted(reader.topics):
            for region, html in self._regions_of(Rights.of(reader.access), topic).items():
                if told.get(region) != html:
                    told[region] = html
                    reader.state(region, "region", {"region": region, "html": html})
        if MENU_TOPIC in reader.topics:
            reader.state(MENU_TOPIC, MENU_TOPIC, {"revision": view.revision, "callers": callers(view)})

    # ---- sessions

    async def _keep_sessions(self) -> None:
        while True:
            await asyncio.sleep(SESSIONS_SECONDS)
            if self.streams.readers:
                await self.look_at_sessions()

    async def look_at_sessions(self) -> None:
        """Cut who is signed out, and who may no more what he watches."""
        people = {one.session: one.access.person for one in self.streams.readers}
        kept_alive = {one.session for one in self.streams.of("wall")}
        try:
            found = await asyncio.to_thread(self._rights, people, kept_alive)
        except StoreError as wrong:  # whoever was signed in a moment ago goes on until the database says otherwise
            log.warning("whether sessions go on is not known: %s", wrong)
            return
        for reader in tuple(self.streams.readers):
            if reader.session not in people:
                continue  # came meanwhile
            if (access := found.get(reader.session)) is None:
                reader.cut("session")
            elif not all((action := action_of(topic)) and access.may(action) for topic in reader.topics):
                reader.cut("rights")
            else:
                reader.access = access

    def _rights(self, people: dict[str, str], kept_alive: set[str]) -> dict[str, Access]:
        """In a thread. Only a screen on the wall keeps its session: nobody is there to do anything."""
        now = self.clock()
        going_on = self.store.console.in_force(people.keys(), now)
        for session in kept_alive & going_on:
            self.store.console.session(session, now)
        each = {person: access_of(self.store, person, now) for person in set(people.values())}
        return {session: each[person] for session, person in people.items() if session in going_on}
