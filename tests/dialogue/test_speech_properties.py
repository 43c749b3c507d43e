"""What holds for every caller who speaks, presses and falls silent in any order, and whatever the recogniser does."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.dialogue.engine import Conversation
from ivr.dialogue.model import (
    Caller,
    Digits,
    End,
    Enqueue,
    Event,
    Failed,
    Key,
    Listen,
    NoInput,
    QueueEnded,
    QueueOutcome,
    SpeechUnavailable,
    Spoke,
    Turn,
)
from ivr.dialogue.state import Position
from ivr.flow.model import PromptKind
from ivr.nlu import Understanding
from ivr.records.facts import CallerSpoke, Fact, MenuEntered, MenuKey
from ivr.records.folding.fold import fold
from tests.dialogue.listening import NOISE, SURE, TORN, UNSURE, decided, listening
from tests.dialogue.test_properties import Repeatable, visits_are_paired
from tests.flows_for_tests import CLOSED, ELDERLY_NUMBER, OPEN

#: Digits that only personal answers hold.
CARD, PHONE = "4729", "13866778899"
SAID = [
    *(SURE, UNSURE, TORN, NOISE, "", "是的", "不是", "第一个", "都不是", "五千块", "明天", "我要分期五千块", "激活"),
    *("人工", "老年服务", "返回", "主菜单", "重听", "慢一点", "投诉", "继续等待", "不等了", "账户", "要带什么证件"),
    *(f"尾号{CARD}", "四七二九", f"不对是{PHONE}", "幺三八六六七七八八九九"),
]

transitions = st.lists(
    st.one_of(
        st.tuples(st.just("key"), st.sampled_from("0123456789*#A"), st.integers(0, 4)),
        st.tuples(st.just("digits"), st.sampled_from(["", "0", "5000", "1225", CARD, PHONE, "12"]), st.integers(0, 4)),
        st.tuples(st.just("say"), st.sampled_from(SAID), st.integers(0, 4)),
        st.tuples(st.just("say"), st.text(max_size=20), st.integers(0, 4)),
        st.just(("silence",)),
        st.just(("lost",)),
        st.just(("fault",)),
        st.tuples(st.just("queue"), st.sampled_from(QueueOutcome)),
    ),
    max_size=30,
)
#: Ways into each leaf that asks, so that the random moves meet its questions.
openings = st.sampled_from(["", "61", "62", "63", "64", "65", "66", "2"])
starts = st.sampled_from([OPEN, CLOSED])
numbers = st.sampled_from([None, ELDERLY_NUMBER])
expected = st.sampled_from([None, decided()])


def event_of(move: tuple[object, ...], at: int) -> Event:
    """The event a generated move stands for."""
    match move:
        case ("key", str(key), int(heard)):
            return Key(at, key, heard)
        case ("digits", str(digits), int(heard)):
            return Digits(at, digits, heard)
        case ("say", str(text), int(heard)):
            return Spoke(at, heard, text, 0.8, at, at, f"t{at}", True, "kept.wav")
        case ("queue", QueueOutcome() as outcome):
            return QueueEnded(at, outcome)
        case ("lost",):
            return SpeechUnavailable(at, 0)
        case ("fault",):
            return Failed(at)
        case _:
            return NoInput(at)


def run(
    number: str | None, at: int, understanding: Understanding | None, keys: str, said: list[tuple[object, ...]]
) -> tuple[Repeatable, list[Turn]]:
    """The conversation and all its turns; nothing follows an End."""
    conversation = Repeatable(listening(), Caller(number), at, understanding)
    turns = [conversation.start(at)]
    for move in [*(("key", key, 9) for key in keys), *said]:
        at += 1_000
        turn = conversation.on(event_of(move, at))
        if turn is None:
            break
        turns.append(turn)
    return conversation, turns


def facts_of(turns: list[Turn]) -> list[Fact]:
    return [fact for turn in turns for fact in turn.facts]


@settings(max_examples=200, deadline=None)
@given(numbers, starts, expected, openings, transitions)
def test_every_turn_ends_the_call_hands_over_or_listens_and_names_keys(
    number: str | None,
    at: int,
    understanding: Understanding | None,
    keys: str,
    said: list[tuple[object, ...]],
) -> None:
    served = listening()
    _, turns = run(number, at, understanding, keys, said)
    for turn in turns:
        assert all(say.prompt in served.prompts for say in turn.say)
        if isinstance(turn.then, End):
            assert turn is turns[-1]
            assert served.prompts[turn.say[-1].prompt].kind in (PromptKind.GOODBYE, PromptKind.NOTICE), "HB 7.2.2"
        elif isinstance(turn.then, Enqueue):
            assert turn.then.queue in served.queues
        elif isinstance(turn.then, Listen):
            last = turn.say[-1].prompt
            keyed = ("keys", "after_leaf", "queue_offer", "which_none", "yes_no_say", "yes_no_keys", "answer_keys")
            assert last in keyed, "HB 8.3.2: nobody must speak"
            assert turn.then.timeout_ms >= 5_000 and turn.then.keys >= 1
            if understanding is None:
                assert turn.then.expected is None
                assert last != "yes_no_say" and not any(say.prompt == "say_or_press" for say in turn.say)
    facts = facts_of(turns)
    assert visits_are_paired(facts)
    assert all(fact.level <= 3 for fact in facts if isinstance(fact, MenuEntered))
    assert [fact.t for fact in facts] == sorted(fact.t for fact in facts)


@settings(max_examples=100, deadline=None)
@given(numbers, starts, openings, transitions)
def test_hearing_that_was_lost_stays_lost(
    number: str | None, at: int, keys: str, said: list[tuple[object, ...]]
) -> None:
    _, turns = run(number, at, decided(), keys, said)
    told = [index for index, turn in enumerate(turns) if any(say.prompt == "speech_down" for say in turn.say)]
    assert len(told) <= 1
    for turn in turns[told[0] :] if told else ():
        assert not isinstance(turn.then, Listen) or turn.then.expected is None


@settings(max_examples=150, deadline=None)
@given(numbers, starts, openings, transitions)
def test_no_digit_of_a_personal_answer_is_in_any_fact(
    number: str | None, at: int, keys: str, said: list[tuple[object, ...]]
) -> None:
    """The phone number is masked wherever it is said. Four digits are no secret where nobody asked; asked for, they
    are kept nowhere."""
    conversation = Conversation(listening(), Caller(number), at, decided())
    turn: Turn | None = conversation.start(at)
    for move in [*(("key", key, 9) for key in keys), *said]:
        at += 1_000
        hears = turn.then.expected if turn is not None and isinstance(turn.then, Listen) else None
        turn = conversation.on(event_of(move, at))
        for fact in turn.facts if turn is not None else conversation.closing:
            assert PHONE not in repr(fact) and "三八六六七七八八" not in repr(fact)
            if isinstance(fact, CallerSpoke) and hears is not None and hears.personal:
                assert (fact.asr_text, fact.audio_ref, fact.pii, fact.intent) == ("", None, True, None)
            elif not isinstance(fact, CallerSpoke):
                assert CARD not in re.sub(r"t=\d+", "", repr(fact))
        assert PHONE not in repr(turn) and f"'{CARD}'" not in repr(turn)


@settings(max_examples=100, deadline=None)
@given(numbers, openings, transitions, st.sampled_from(["say", "key", "silence"]))
def test_d3_who_is_never_understood_reaches_an_agent_in_a_few_turns(
    number: str | None, keys: str, said: list[tuple[object, ...]], how: str
) -> None:
    conversation, turns = run(number, OPEN, decided(), keys, said)
    at = OPEN + 10**6
    turn: Turn | None = turns[-1]
    for step in range(6):
        if turn is None or not isinstance(turn.then, Listen):
            break
        lost = turn.then.expected is None  # who cannot be heard must press or be silent
        wrong = {"say": ("say", NOISE, 9), "key": ("key", "A", 9)}.get(how, ("silence",))
        turn = conversation.on(event_of(("silence",) if lost and how == "say" else wrong, at + step))
    assert turn is None or not isinstance(turn.then, Listen), "D3: rephrase, offer, hand over; elderly one more"


@settings(max_examples=100, deadline=None)
@given(numbers, openings, transitions)
def test_d2_repeat_changes_nothing_and_asks_the_same(
    number: str | None, keys: str, said: list[tuple[object, ...]]
) -> None:
    conversation, turns = run(number, OPEN, decided(), keys, said)
    turn = turns[-1]
    if not isinstance(turn.then, Listen) or conversation.place is Position.OVER:
        return
    served = listening()
    once = conversation.twin().on(Key(OPEN + 10**6, served.keys.repeat, 0))
    assert once is not None and isinstance(once.then, Listen)
    assert once.say[-1].prompt == turn.say[-1].prompt
    assert once.then == turn.then
    again = conversation.twin()
    again.on(Key(OPEN + 10**6, served.keys.repeat, 0))
    for mine, other in zip(misses(again), misses(conversation), strict=True):
        assert mine == other, "neither consumes a retry"


def misses(conversation: Repeatable) -> list[str]:
    """What three silences from here on would first say."""
    copy = conversation.twin()
    found = []
    for step in range(3):
        turn = copy.on(NoInput(OPEN + 2 * 10**6 + step))
        found.append(turn.say[0].prompt if turn is not None and turn.say else "")
    return found


@settings(max_examples=80, deadline=None)
@given(numbers, starts, openings, transitions)
def test_the_facts_fold_into_a_record_that_has_every_utterance(
    number: str | None, at: int, keys: str, said: list[tuple[object, ...]]
) -> None:
    _, turns = run(number, at, decided(), keys, said)
    facts = facts_of(turns)
    call = fold("c1", facts)
    spoken = [fact for fact in facts if isinstance(fact, CallerSpoke)]
    assert [turn.turn_id for turn in call.turns] == [fact.turn_id for fact in spoken]
    assert [turn.action for turn in call.turns] == [fact.action for fact in spoken]
    assert len(call.menu_visits) >= sum(isinstance(fact, MenuKey) for fact in facts)
