"""What holds for every caller, whatever he does: random events on the small flow."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.dialogue.engine import Conversation
from ivr.dialogue.model import (
    Caller,
    End,
    Enqueue,
    Event,
    Failed,
    HungUp,
    Key,
    Listen,
    NoInput,
    QueueEnded,
    QueueOutcome,
    Turn,
)
from ivr.dialogue.state import Position
from ivr.flow.hours import is_open
from ivr.flow.model import Flow, PromptKind
from ivr.nlu import Understanding
from ivr.records.facts import Fact, MenuEntered, MenuKey
from tests.flows_for_tests import CLOSED, ELDERLY_NUMBER, OPEN, elderly, flow, local

FLOWS = [flow(), flow(elderly=replace(elderly(), route="menu", menu="elderly"))]
KEYS = "0123456789*#A"

flows = st.sampled_from(FLOWS)
starts = st.sampled_from([OPEN, CLOSED, local("2026-03-02 17:59")])
numbers = st.sampled_from([None, ELDERLY_NUMBER, "+8613800000001"])
events = st.lists(
    st.tuples(
        st.one_of(
            st.tuples(st.just("key"), st.sampled_from(KEYS), st.integers(0, 4)),
            st.just(("silence",)),
            st.tuples(st.just("queue"), st.sampled_from(QueueOutcome)),
            st.just(("fault",)),
        ),
        st.integers(0, 60_000),
    ),
    max_size=40,
)


def event_of(move: tuple[object, ...], at: int) -> Event:
    """The event a generated move stands for."""
    match move:
        case ("key", str(key), int(heard)):
            return Key(at, key, heard)
        case ("queue", QueueOutcome() as outcome):
            return QueueEnded(at, outcome)
        case ("fault",):
            return Failed(at)
        case _:
            return NoInput(at)


def run(served: Flow, number: str | None, at: int, transitions: list[tuple[tuple[object, ...], int]]) -> list[Turn]:
    """All turns of a call."""
    conversation = Conversation(served, Caller(number), at)
    turns = [conversation.start(at)]
    for move, pause in transitions:
        at += pause
        turn = conversation.on(event_of(move, at))
        if turn is None:
            break
        turns.append(turn)
    return turns


class Repeatable(Conversation):
    """A conversation that can be had again: `twin` is one that has come to the same point and goes its own way."""

    def __init__(self, flow: Flow, caller: Caller, at: int, understanding: Understanding | None = None) -> None:
        super().__init__(flow, caller, at, understanding)
        self._made = (flow, caller, at, understanding)
        self._events: list[Event] = []

    def on(self, event: Event) -> Turn | None:
        """See Conversation."""
        self._events.append(event)
        return super().on(event)

    def twin(self) -> Repeatable:
        """The same up to here."""
        other = Repeatable(*self._made)
        other.start(self._made[2])
        for event in self._events:
            other.on(event)
        return other


def visits_are_paired(facts: list[Fact]) -> bool:
    """Whether entries and ends of visits alternate."""
    marks = [type(fact) for fact in facts if isinstance(fact, MenuEntered | MenuKey)]
    return marks == [MenuEntered, MenuKey] * (len(marks) // 2) + [MenuEntered] * (len(marks) % 2)


@settings(max_examples=150, deadline=None)
@given(flows, numbers, starts, events)
def test_every_turn_keeps_the_promises(
    served: Flow, number: str | None, at: int, transitions: list[tuple[tuple[object, ...], int]]
) -> None:
    turns = run(served, number, at, transitions)
    for turn in turns:
        assert all(say.prompt in served.prompts for say in turn.say)
        assert turn.variant in ("normal", "elderly")
        if isinstance(turn.then, Listen):
            assert turn.say, "the caller waits in silence"
            assert turn.then.timeout_ms >= 5_000
        elif isinstance(turn.then, End):
            assert turn is turns[-1]
            kind = served.prompts[turn.say[-1].prompt].kind
            assert kind in (PromptKind.GOODBYE, PromptKind.NOTICE), "HB 7.2.2"
        elif isinstance(turn.then, Enqueue):
            assert turn.then.queue in served.queues
            assert turn.then.priority >= served.queues[turn.then.queue].priority
    facts = [fact for turn in turns for fact in turn.facts]
    assert visits_are_paired(facts)
    assert all(fact.level <= 3 for fact in facts if isinstance(fact, MenuEntered))
    assert [fact.t for fact in facts] == sorted(fact.t for fact in facts)


@settings(max_examples=60, deadline=None)
@given(flows, numbers, starts, events)
def test_the_same_inputs_give_the_same_outputs(
    served: Flow, number: str | None, at: int, transitions: list[tuple[tuple[object, ...], int]]
) -> None:
    assert run(served, number, at, transitions) == run(served, number, at, transitions)


@settings(max_examples=60, deadline=None)
@given(flows, numbers, starts, events, st.integers(0, 4))
def test_at_any_instant_a_hang_up_closes_and_an_agent_is_one_key_away(
    served: Flow, number: str | None, at: int, transitions: list[tuple[tuple[object, ...], int]], heard: int
) -> None:
    conversation = Repeatable(served, Caller(number), at)
    turn: Turn | None = conversation.start(at)
    facts: list[Fact] = []
    for move, pause in [*transitions, (("silence",), 0)]:
        if turn is None:
            break
        facts += turn.facts
        gone = conversation.twin()
        assert gone.on(HungUp(at, heard)) is None
        closed = [*facts, *gone.closing]
        ends = sum(isinstance(fact, MenuKey) for fact in closed)
        assert ends == sum(isinstance(fact, MenuEntered) for fact in closed)
        assert sum(isinstance(fact, MenuKey) and fact.outcome == "hangup" for fact in closed) <= 1
        if isinstance(turn.then, Listen):
            asked = conversation.twin().on(Key(at, served.keys.agent, heard))
            assert asked is not None
            opened = is_open(served.calendars["service"], at, served.timezone)
            assert isinstance(asked.then, Enqueue) is opened
            assert opened or asked.say[0].prompt == "agents_closed"
        at += pause
        turn = conversation.on(event_of(move, at))
        assert conversation.path[0] in ("main", "closed", "elderly")
        assert len(conversation.path) <= 3


@settings(max_examples=60, deadline=None)
@given(flows, numbers, st.sampled_from([OPEN, CLOSED]), events, st.sampled_from(QueueOutcome))
def test_who_falls_silent_reaches_an_agent_or_a_goodbye(
    served: Flow, number: str | None, at: int, transitions: list[tuple[tuple[object, ...], int]], outcome: QueueOutcome
) -> None:
    conversation = Repeatable(served, Caller(number), at)
    turn: Turn | None = conversation.start(at)
    for move, _ in transitions:
        if turn is not None:
            turn = conversation.on(event_of(move, at))
    for _ in range(30):
        if turn is None or isinstance(turn.then, End):
            break
        if isinstance(turn.then, Enqueue):
            turn = conversation.on(QueueEnded(at, outcome))
        else:
            turn = conversation.on(NoInput(at))
    over = conversation.place is Position.OVER
    waits_on = outcome in (QueueOutcome.TIMEOUT, QueueOutcome.ASKED)  # whole waits, or keys that the caller presses
    assert over or waits_on, "an endless loop of nothing"


@given(flows, numbers, starts, st.text(max_size=30))
def test_no_text_that_poses_as_keys_breaks_the_engine(served: Flow, number: str | None, at: int, text: str) -> None:
    turns = run(served, number, at, [(("key", character, 0), 0) for character in text])
    assert all(turn.say for turn in turns if isinstance(turn.then, Listen))
