"""Calls in progress that somebody looks at: what has happened in each so far, kept up by the console's one connection
to the node (`watch-call`), as regions of the one event stream. Streams tell neither numbers nor what callers say."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from jinja2 import Environment
from markupsafe import Markup

from ivr.console.live.node_link import Event, NodeLink
from ivr.console.live.regions import Rights, values
from ivr.errors import AgentRefused, FlowError, JournalError, NodeError, StoreError
from ivr.flow.model import Flow
from ivr.records.facts import CallerSpoke, Ended, Fact, LeafCompleted, MenuEntered, MenuKey, Offered, Queued
from ivr.records.folding.fold import in_order
from ivr.records.journal.lines import fact_from_json
from ivr.records.numbers import masked, shown
from ivr.records.vocabulary import Action as Act
from ivr.report.fact_words import words
from ivr.report.time_line import names_of
from ivr.tasks import background

log = logging.getLogger(__name__)

#: The topic of one call in progress.
CALL = re.compile(r"call:(?P<id>[\w.-]{1,80})")
#: A call in which more happens shows its last part.
MOST_LINES = 300


@dataclass(slots=True)
class FollowedCall:
    """What has happened so far; `flow` gives it its words (None: it cannot be read now). `gone`: the node knows of no
    such call in progress."""

    facts: tuple[Fact, ...] = ()
    flow: Flow | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    gone: bool = False

    @property
    def over(self) -> bool:
        """Whether the call has ended."""
        return self.gone or any(isinstance(fact, Ended) for fact in self.facts)

    def number(self, whole: bool) -> str:
        """Who calls, masked unless `whole`."""
        offered = next((fact for fact in self.facts if isinstance(fact, Offered)), None)
        number = None if offered is None else shown(offered.caller_number, offered.caller_kind)
        return (number or "") if whole else masked(number)

    def lines(self, whole: bool) -> list[tuple[float, str]]:
        """Each moment: seconds after the first, and its words; what the caller said where it is told `whole`."""
        if self.flow is None or not self.facts:
            return []
        first = self.facts[0].t
        said = ((fact, words(fact, self.flow, whole=whole)) for fact in self.facts)
        return [((fact.t - first) / 1000, text) for fact, text in said if text is not None][-MOST_LINES:]

    def path(self) -> list[str]:
        """The places that the caller has been to, by name, each once in a row."""
        found: list[str] = []
        for place in self._places():
            if found[-1:] != [place]:
                found.append(place)
        return [self.names.get(place) or place.partition(":")[2] for place in found]

    def _places(self) -> Iterable[str]:
        menu = ""
        for fact in self.facts:
            match fact:
                case MenuEntered(menu_id=menu):
                    yield f"menu:{menu}"
                case MenuKey(outcome="choice", key=str(key)) if self.flow and (leaf := self.flow.leaf_of(menu, key)):
                    yield f"leaf:{leaf}"
                case CallerSpoke(action=action) if action.partition(":")[0] == Act.LEAF:
                    yield action
                case LeafCompleted(leaf_id=leaf):
                    yield f"leaf:{leaf}"
                case Queued(queue=queue):
                    yield f"queue:{queue}"


class FollowedCalls:
    """`flow` reads what is served now, in a thread; `watched` says which calls streams are open for, `tell` has those
    told of a call what is new."""

    def __init__(
        self,
        link: NodeLink,
        templates: Environment,
        flow: Callable[[], Flow],
        watched: Callable[[], set[str]],
        tell: Callable[[str], None],
    ) -> None:
        self._link, self._templates, self._flow = link, templates, flow
        self._watched, self._tell = watched, tell
        self._calls: dict[str, FollowedCall] = {}
        self._linked = False
        self._tasks: set[asyncio.Task[None]] = set()
        link.listeners.append(self._take)
        link.changed.append(self._changed)

    async def follow(self, call_id: str) -> FollowedCall:
        """The call as it is known, from now on kept up. Raises NodeError, AgentRefused."""
        one = self._calls.setdefault(call_id, FollowedCall())
        told = await self._link.ask({"command": "watch-call", "call": call_id})
        facts = [fact for given in told.get("facts", ()) if (fact := _fact(given)) is not None]
        # what came since it was asked for stands in `one` already
        one.facts, one.gone = in_order([*facts, *one.facts]), not facts
        if one.flow is None and one.facts:
            try:
                one.flow = await asyncio.to_thread(self._flow)
                one.names = names_of(one.flow)
            except (FlowError, StoreError) as wrong:
                log.warning("what happens in a call cannot be put into words: %s", type(wrong).__name__)
        return one

    def begin(self, call_id: str) -> None:
        """A stream is opened for it."""
        task = background(self._begun(call_id), "followed-call")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def regions(
        self, call_id: str, rights: Rights, *, whole: bool = False, still: int | None = None
    ) -> dict[str, Markup]:
        """How the call stands, and what has happened in it; nothing as long as nothing is known. `whole`: with the
        number and the words of who calls. `still`: a page that no stream keeps up, as of then (epoch ms)."""
        one, view = self._calls.get(call_id), self._link.view
        if one is None or view is None or not (one.facts or one.gone):
            return {}
        now = next((call for call in view.calls if call.call_id == call_id), None)
        given = {
            **values(view, rights),
            "call_id": call_id,
            "followed": one,
            "call": now,
            "whole": whole,
            "still": still,
        }
        return {
            f"call:{call_id}.{name}": Markup(self._templates.get_template(f"live/{name}.html").render(**given))  # noqa: S704 - templates escape
            for name in ("one_call", "one_call_line")
        }

    async def _begun(self, call_id: str) -> None:
        try:
            await self.follow(call_id)
        except (NodeError, AgentRefused) as wrong:
            log.warning("call %s is not followed: %s", call_id, wrong)
        self._tell(call_id)

    def _take(self, event: Event) -> None:
        """What happens at the node."""
        if event.get("event") != "fact" or (one := self._calls.get(str(event.get("call")))) is None:
            return
        if (fact := _fact(event.get("fact"))) is not None:
            one.facts, one.gone = in_order([*one.facts, fact]), False
            self._tell(str(event["call"]))

    def _changed(self) -> None:
        """A new view, or the connection was lost or is there again: what was missed meanwhile is asked for."""
        watched, view = self._watched(), self._link.view
        there = set() if view is None else {call.call_id for call in view.calls}
        for call_id in [one for one in self._calls if one not in watched and one not in there]:
            del self._calls[call_id]
        if self._link.connected and not self._linked:
            for call_id in watched:
                self.begin(call_id)
        self._linked = self._link.connected


def _fact(given: object) -> Fact | None:
    """A fact of the node; one that is unknown here (the node is newer) is left out."""
    try:
        return fact_from_json(dict(given)) if isinstance(given, Mapping) else None
    except JournalError as wrong:
        log.warning("a fact of the node is not known here: %s", wrong)
        return None


def call_of(topic: str) -> str | None:
    """The call that a topic is of."""
    found = CALL.fullmatch(topic)
    return None if found is None else found["id"]


def calls_of(topics: Sequence[frozenset[str]]) -> set[str]:
    """The calls that these readers want to be told of."""
    return {call_id for each in topics for topic in each if (call_id := call_of(topic)) is not None}
