"""What the node sees of itself: scraped from another thread, agents' states into the database, whatever the database
says meanwhile."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from ivr.errors import MetricsError, NodeError, RecordRefused, StoreError
from ivr.flow.loader import require
from ivr.records.facts import (
    Connected,
    Fact,
    HandoffRequested,
    MenuEntered,
    Offered,
    Queued,
    TransactionEnded,
    WrappedUp,
)
from ivr.records.folding.fold import fold
from ivr.records.journal.recorder import Recorder
from ivr.records.journal.refused import RefusedRecords
from ivr.records.model import AgentState, Call
from ivr.records.store import Store
from ivr.report.monitoring.exporter import Snapshot
from ivr.report.monitoring.scrape import Latency, look
from ivr.serve import live_figures as module
from ivr.serve.live_figures import LiveFigures
from ivr.settings import Metrics
from ivr.telephony.events import types as ev

FLOW = require(Path(__file__).parents[2] / "flows")
GENERAL_MS = FLOW.queues["general"].wrapup_ms
AGENT = "1001"


@dataclass(slots=True)
class Recorded:
    """Recorder and store in one: what was told, what was kept. While `refuses`, the database takes nothing; a part of
    what it was given may be in it already when it fails (`torn`)."""

    facts: list[tuple[str, Fact]] = field(default_factory=list)
    finished: list[str] = field(default_factory=list)
    states: dict[tuple[str, int], AgentState] = field(default_factory=dict)
    refuses: bool = False
    torn: bool = False
    tries: int = 0

    def fact(self, call_id: str, fact: Fact) -> None:
        self.facts.append((call_id, fact))

    def finish(self, call_id: str) -> Call | None:
        self.finished.append(call_id)
        facts = [fact for name, fact in self.facts if name == call_id]
        return fold(call_id, facts) if facts else None

    def save_other(self, records: Iterable[AgentState]) -> None:
        self.tries += 1
        given = list(records)
        if self.torn:
            self._keep(given[:1])
        if self.refuses:
            raise StoreError("database is locked")
        self._keep(given)

    def _keep(self, states: list[AgentState]) -> None:
        for one in states:
            self.states[one.agent_id, one.t_from] = one

    def named(self) -> list[tuple[str, int, int]]:
        """State, from, to; in the order of time."""
        return [
            (one.state, one.t_from, one.t_to) for _, one in sorted(self.states.items(), key=lambda each: each[0][1])
        ]


def made(recorded: Recorded) -> LiveFigures:
    def reading(live: Any, agents: Mapping[Any, int], spoken: Mapping[str, int]) -> Snapshot:
        return Snapshot(live, dict(agents), dict(spoken), journal_lag=3)

    return LiveFigures(cast(Recorder, recorded), cast(Store, recorded), lambda: FLOW, reading)


def run(recorded: Recorded, what: Callable[[LiveFigures], Awaitable[None]]) -> None:
    """With a watch that saves all the time, closed in the end."""

    async def whole() -> None:
        watch = made(recorded)
        keeping = asyncio.create_task(watch.keep())
        try:
            await asyncio.wait_for(what(watch), 30)
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
            await watch.close(1_000_000)

    asyncio.run(whole())


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """States are saved at once."""
    monkeypatch.setattr(module, "SAVE_SECONDS", 0.01)


async def until(done: Callable[[], bool]) -> None:
    """What threads of the watch do, no event of the loop tells."""
    while not done():  # noqa: ASYNC110
        await asyncio.sleep(0.005)


def there(t: int, yes: bool = True) -> ev.AgentThere:
    return ev.AgentThere(t, "", "", AGENT, yes)


def rings(t: int) -> ev.AgentRinging:
    return ev.AgentRinging(t, "k1", "c1", AGENT)


def up(t: int) -> ev.ChannelUp:
    return ev.ChannelUp(t, "k1", "c1", AGENT)


def gone(t: int) -> ev.ChannelGone:
    return ev.ChannelGone(t, "k1", "c1", AGENT, "PJSIP/1001-00000001", 16, "Normal Clearing")


def caller_gone(t: int) -> ev.ChannelGone:
    return ev.ChannelGone(t, "k1", "k1", None, "PJSIP/trunk-00000001", 16, "Normal Clearing")


def joined(t: int, queue: str = "q-general") -> ev.QueueJoined:
    return ev.QueueJoined(t, "k1", "k1", None, queue, 1, 1)


A_CALL: tuple[ev.TelephonyEvent, ...] = (there(1_000), joined(2_000), rings(4_000), up(6_000), gone(20_000))
ITS_STATES = [("ready", 1_000, 4_000), ("ring", 4_000, 6_000), ("talk", 6_000, 20_000)]


# ---- the switchboard's side


def test_a_call_that_is_over_counts_for_what_was_done_in_it() -> None:
    """Its transaction was not recorded: the figures say so."""

    async def what(watch: LiveFigures) -> None:
        watch.fact("c", Offered(1_000, "c", "in", "95000", "+861", "normal"))
        watch.fact("c", TransactionEnded(5_000, "report_loss", "in_doubt", None, "key1"))
        watch.finish("c")
        watch.finish("c")
        text = (await asyncio.to_thread(watch.live.text)).decode()
        assert 'ivr_transactions_total{outcome="in_doubt"} 1.0' in text
        assert "ivr_unrecorded_transactions_total 1.0" in text
        # the bank answers when the caller has gone
        watch.fact("c", TransactionEnded(9_000, "transfer_accept", "done", "R2", "key2"))
        text = (await asyncio.to_thread(watch.live.text)).decode()
        assert 'ivr_transactions_total{outcome="done"} 1.0' in text

    run(Recorded(), what)


def test_facts_go_on_to_the_recorder_as_they_came() -> None:
    recorded = Recorded()
    facts: list[Fact] = [Offered(1, "a", "in", "95000", None, "withheld"), MenuEntered(2, "main", 1)]

    async def told(watch: LiveFigures) -> None:
        for fact in facts:
            watch.fact("a", fact)
        watch.finish("a")

    run(recorded, told)
    assert recorded.facts == [("a", fact) for fact in facts] and recorded.finished == ["a"]


# ---- scrapes


def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_scrape_from_another_thread_sees_calls_and_agents() -> None:
    seen: list[Snapshot] = []

    async def scraped(watch: LiveFigures) -> None:
        now = time.time_ns() // 1_000_000
        metrics = Metrics(port=port())
        watch.open(metrics)
        for fact in (Offered(now, "a", "in", "95000", None, "withheld"), HandoffRequested(now, "key", "general")):
            watch.fact("a", fact)
        watch.fact("a", Queued(now, "general"))
        watch.on_event(there(now))
        watch.live.latency.observe(0.2)
        seen.append((await asyncio.to_thread(look, metrics))[0])
        watch.fact("a", Connected(now + 1, AGENT, 1))
        second, latency = await asyncio.to_thread(look, metrics)
        seen.append(second)
        assert latency == Latency(1, 0.2, 1)

    run(Recorded(), scraped)
    first, second = seen
    assert (first.live.calls, first.live.queues["general"].depth, first.agents["ready"]) == (1, 1, 1)
    assert (second.live.queues, second.live.service_level.numerator, second.journal_lag) == ({}, 1, 3)


def test_a_busy_node_fails_the_scrape_and_not_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """The event loop does not come to it in time: the scrape is told so, the next one is served."""
    monkeypatch.setattr(module, "SCRAPE_SECONDS", 0.05)

    async def scraped(watch: LiveFigures) -> None:
        metrics = Metrics(port=port())
        watch.open(metrics)
        over = threading.Event()

        def scrape() -> None:
            try:
                with pytest.raises(NodeError, match="500"):
                    look(metrics)
            finally:
                over.set()

        scraping = asyncio.create_task(asyncio.to_thread(scrape))
        await asyncio.sleep(0)
        over.wait(20)  # and the loop with it
        await scraping
        assert (await asyncio.to_thread(look, metrics))[0].journal_lag == 3

    run(Recorded(), scraped)


def test_a_port_that_is_taken_is_told() -> None:
    async def twice(watch: LiveFigures) -> None:
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            number = other.getsockname()[1]
            with pytest.raises(NodeError, match=f"127.0.0.1:{number}"):
                watch.open(Metrics(port=number))

    run(Recorded(), twice)


def test_port_0_opens_nothing_and_a_closed_watch_answers_no_more() -> None:
    metrics = Metrics(port=port())

    async def nowhere(watch: LiveFigures) -> None:
        watch.open(Metrics(port=0))
        with pytest.raises(NodeError):
            await asyncio.to_thread(look, metrics)
        watch.open(metrics)
        await asyncio.to_thread(look, metrics)

    run(Recorded(), nowhere)
    with pytest.raises((NodeError, MetricsError)):
        look(metrics)


# ---- agents


def test_states_are_saved_as_they_end() -> None:
    recorded = Recorded()

    async def a_call(watch: LiveFigures) -> None:
        for event in A_CALL:
            watch.on_event(event)
        await until(lambda: len(recorded.states) == 3)
        watch.on_event(there(50_000, yes=False))
        await until(lambda: len(recorded.states) == 5)

    run(recorded, a_call)
    end = 20_000 + GENERAL_MS
    assert recorded.named() == [*ITS_STATES, ("acw", 20_000, end), ("ready", end, 50_000)]


def test_nothing_is_lost_while_the_database_refuses(caplog: pytest.LogCaptureFixture) -> None:
    recorded = Recorded(refuses=True, torn=True)

    async def refused(watch: LiveFigures) -> None:
        for event in A_CALL[:3]:
            watch.on_event(event)
        await until(lambda: recorded.tries >= 2)
        for event in A_CALL[3:]:
            watch.on_event(event)
        await until(lambda: recorded.tries >= 4)
        recorded.refuses = False
        await until(lambda: len(recorded.states) == 3)

    run(recorded, refused)
    assert recorded.named()[:3] == ITS_STATES
    assert "kept for the next attempt: database is locked" in caplog.text


def test_what_is_kept_for_a_database_that_is_gone_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_STATES", 10)
    recorded = Recorded(refuses=True)

    async def long_outage(watch: LiveFigures) -> None:
        for at in range(40):
            watch.on_event(there(1_000 * at, yes=at % 2 == 0))
        recorded.refuses = False
        await until(lambda: len(recorded.states) == 10)

    run(recorded, long_outage)
    assert len(recorded.states) == 10


@pytest.mark.parametrize("order", [(gone(20_000), caller_gone(20_010)), (caller_gone(19_990), gone(20_000))])
def test_a_wrapup_is_told_whoever_hung_up_first(order: tuple[ev.TelephonyEvent, ...]) -> None:
    """And the queue that the call came through decides how long it is."""
    recorded = Recorded()

    async def a_call(watch: LiveFigures) -> None:
        seen: tuple[ev.TelephonyEvent, ...] = (*A_CALL[:-1], *order, there(50_000, yes=False))
        for event in seen:
            watch.on_event(event)

    run(recorded, a_call)
    assert recorded.facts == [("k1", WrappedUp(20_000 + GENERAL_MS, AGENT, GENERAL_MS))]


def test_a_call_of_an_unknown_queue_has_no_wrapup() -> None:
    recorded = Recorded()

    async def a_call(watch: LiveFigures) -> None:
        for event in (A_CALL[0], joined(2_000, "q-attic"), *A_CALL[2:]):
            watch.on_event(event)

    run(recorded, a_call)
    assert recorded.facts == []
    assert recorded.named()[-1] == ("ready", 20_000, 1_000_000)


def test_a_lost_link_ends_every_state_where_it_was_lost() -> None:
    """What comes after the link is back is a login of its own: nobody knows what was between."""
    recorded = Recorded()

    async def cut(watch: LiveFigures) -> None:
        for event in A_CALL[:4]:
            watch.on_event(event)
        watch.link_lost(9_000)
        watch.on_event(there(30_000))
        watch.on_event(there(40_000, yes=False))
        await until(lambda: len(recorded.states) == 4)

    run(recorded, cut)
    assert recorded.named() == [*ITS_STATES[:2], ("talk", 6_000, 9_000), ("ready", 30_000, 40_000)]


def test_who_is_there_when_the_node_stops_is_saved_to_that_moment() -> None:
    recorded = Recorded()

    async def there_still(watch: LiveFigures) -> None:
        watch.on_event(there(1_000))

    run(recorded, there_still)
    assert recorded.named() == [("ready", 1_000, 1_000_000)]


def test_states_reach_a_real_database_once(tmp_path: Path) -> None:
    """Saved again after a failure that came late, a state is still one."""
    store = Store(f"sqlite:///{tmp_path / 'ivr.sqlite'}")
    store.migrate()
    states = [AgentState(AGENT, "ready", 1_000, 4_000), AgentState(AGENT, "ring", 4_000, 6_000)]
    try:
        for _ in range(2):
            store.save_other(states)
        assert sorted(store.others(), key=lambda one: cast(AgentState, one).t_from) == states
    finally:
        store.close()


def test_a_state_that_the_database_never_takes_holds_up_no_other(tmp_path: Path) -> None:
    """It is set aside, and those before and after it are saved."""

    @dataclass(slots=True)
    class Picky(Recorded):
        refused: RefusedRecords = field(default_factory=lambda: RefusedRecords(tmp_path / "refused-records.jsonl"))

        def save_other(self, records: Iterable[AgentState]) -> None:
            given = list(records)
            if any(one.state == "ring" for one in given):
                raise RecordRefused("数据库不接受这条记录")
            Recorded.save_other(self, given)

    recorded = Picky()

    async def shift(watch: LiveFigures) -> None:
        for event in A_CALL:
            watch.on_event(event)
        await until(lambda: recorded.refused.count == 1)

    run(recorded, shift)
    assert {name for name, _, _ in recorded.named()} >= {"ready", "talk"} and "ring" not in {
        n for n, _, _ in recorded.named()
    }
    assert recorded.refused.count == 1


@pytest.mark.parametrize(("code", "score"), [("6", 1), ("7", 2), ("8", 3), ("1", None)])
def test_how_content_a_customer_is_who_was_called_back_is_in_the_record(code: str, score: int | None) -> None:
    recorded = Recorded()

    async def what(watch: LiveFigures) -> None:
        watch.agent_tracker.disposed("k1", AGENT, 500, code)

    run(recorded, what)
    call = fold("k1", [Offered(1, "k1", "out", "95000", None, "normal"), *(fact for _, fact in recorded.facts)])
    assert [one.score for one in call.surveys if one.subject == "complaint"] == ([] if score is None else [score])
