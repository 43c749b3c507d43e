"""A call that keeps a promise to call back, from Asterisk's events to its record."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from ivr.call.callback_calls import CallbackCalls, CallbackEnd
from ivr.records.facts import CallbackOf, Connected, Ended, Fact
from ivr.records.folding.fold import fold
from ivr.records.model import Call
from ivr.records.work.model import Callback
from ivr.telephony.events import interpreter as ev

ID = "n-100.90000001"
PROMISED = Callback("n-1.1", "general", "+8613800000001", "综合业务", 0, 1, 1000, 61_000, 61_000)


@dataclass
class Book:
    """Takes facts and ends down."""

    facts: dict[str, list[Fact]] = field(default_factory=dict)
    finished: list[str] = field(default_factory=list)
    ends: list[tuple[str, CallbackEnd]] = field(default_factory=list)

    def fact(self, call_id: str, fact: Fact) -> None:
        self.facts.setdefault(call_id, []).append(fact)

    def finish(self, call_id: str) -> object:
        self.finished.append(call_id)
        return None

    def ended(self, call_id: str, end: CallbackEnd, _t: int) -> None:
        self.ends.append((call_id, end))

    def record(self) -> Call:
        return fold(ID, self.facts[ID])


@pytest.fixture
def book() -> Book:
    return Book()


@pytest.fixture
def calls(book: Book) -> CallbackCalls:
    made = CallbackCalls(book, book.ended)
    made.begin(ID, PROMISED, "95000", 100_000)
    return made


def user(t: int, name: str, **fields: str) -> ev.UserEvent:
    return ev.UserEvent(t, ID, f"{ID}-2", None, name, {"Call": ID, **fields})


def gone(t: int, uniqueid: str, agent: str | None = None, cause: int = 16) -> ev.ChannelGone:
    return ev.ChannelGone(t, ID, uniqueid, agent, "PJSIP/x", cause, "")


TAKEN = (
    ev.QueueJoined(100_100, ID, f"{ID}-2", None, "q-general", 1, 2),
    ev.AgentRinging(110_000, ID, "a", "1001"),
    ev.ChannelUp(113_000, ID, "a", "1001"),
    user(116_000, "CallbackDialled", Agent="1001"),
)
TALKED = (
    *TAKEN,
    user(120_000, "CallbackAnswered", Agent="1001"),
    user(123_000, "AgentAnnounced", Agent="1001"),
    ev.HangupAsked(180_000, ID, "a", "1001", "PJSIP/1001-1"),
    gone(180_100, "a", "1001"),
    gone(180_200, ID),
)


def feed(calls: CallbackCalls, *events: ev.TelephonyEvent) -> None:
    for event in events:
        calls.on_event(event)


def test_agent_and_customer_talk(book: Book, calls: CallbackCalls) -> None:
    feed(calls, *TALKED)
    call = book.record()
    assert (call.direction, call.parent_call_id, call.caller_number) == ("out", "n-1.1", "+8613800000001")
    assert (call.t_answered, call.hangup_by, call.t_ended) == (120_000, "agent", 180_200)
    (handoff,) = call.handoffs
    assert (handoff.outcome, handoff.agent_id, handoff.t_connected) == ("answered", "1001", 120_000)
    assert (handoff.ring_ms_answering, handoff.agent_id_announced_at) == (3000, 123_000)
    (leg,) = call.agent_legs
    assert (leg.t_connected, leg.t_released) == (120_000, 180_100)
    assert book.ends == [(ID, CallbackEnd.TALKED)] and book.finished == [ID] and not calls.calls


def test_a_customer_who_does_not_answer_was_not_connected(book: Book, calls: CallbackCalls) -> None:
    feed(calls, *TAKEN)
    assert calls.taken(ID)
    feed(calls, gone(140_000, "a", "1001"), gone(140_100, ID, cause=19))
    call = book.record()
    assert [one.outcome for one in call.handoffs] == ["timeout"] and call.agent_legs == ()
    assert call.t_answered is None and book.ends == [(ID, CallbackEnd.IN_VAIN)]


def test_an_agent_who_does_not_take_it_costs_the_customer_no_try(book: Book, calls: CallbackCalls) -> None:
    feed(calls, *TAKEN[:2])
    assert not calls.taken(ID)
    feed(calls, gone(130_000, ID, cause=0))
    assert book.ends == [(ID, CallbackEnd.NOT_TAKEN)]
    assert [one.outcome for one in book.record().handoffs] == ["no_agents"]


def test_the_customer_may_hang_up_first(book: Book, calls: CallbackCalls) -> None:
    feed(calls, *TALKED[:6], ev.HangupAsked(150_000, ID, "c", None, "PJSIP/trunk-out-1"), gone(150_100, ID))
    assert book.record().hangup_by == "caller"


def test_what_belongs_to_other_calls_changes_nothing(book: Book, calls: CallbackCalls) -> None:
    before = list(book.facts[ID])
    feed(calls, ev.ChannelUp(1, "n-1.7", "a", "1001"), gone(2, "n-1.7"), ev.QueueLeft(3, "n-1.7", "n-1.7", None, "q-x"))
    assert book.facts == {ID: before} and calls.calls == {ID}


@pytest.mark.parametrize("talked", [True, False])
def test_an_end_that_nobody_saw_is_taken_from_the_account(book: Book, calls: CallbackCalls, talked: bool) -> None:
    """While the link to Asterisk was down the customer may have been served: he must not be called again."""
    seen = [Connected(120_000, "1001", 3000)] if talked else []
    calls.missed(ID, [*seen, Ended(150_000, "system", "16")], 200_000)
    assert book.ends == [(ID, CallbackEnd.TALKED if talked else CallbackEnd.NOT_TAKEN)]
    assert book.record().t_ended == 150_000
    calls.missed(ID, [], 1)
    assert len(book.ends) == 1


def test_a_call_back_of_a_complaint_belongs_to_no_call(book: Book) -> None:
    made = CallbackCalls(book, book.ended)
    made.begin(ID, replace(PROMISED, parent_call_id="complaint:26120100001-1"), "95000", 100_000)
    made.never_was(ID, 100_001)
    assert not [fact for fact in book.facts[ID] if isinstance(fact, CallbackOf)]
    made.begin(ID, PROMISED, "95000", 100_000)
    assert [fact for fact in book.facts[ID] if isinstance(fact, CallbackOf)] == [CallbackOf(100_000, "n-1.1")]
