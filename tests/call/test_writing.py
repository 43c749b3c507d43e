"""Conversations in writing (CBA 十七(一)): the same dialogue, the same record, no word of keys, and no gate opened."""

from __future__ import annotations

import asyncio
import re
import threading
import unicodedata
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.call.effects import Effects
from ivr.call.writing.daily_limits import DailyLimits
from ivr.call.writing.text_session import MOST_MESSAGES, TextSession
from ivr.call.writing.text_sessions import SHOWN_MS, Limits, TextSessions, shown
from ivr.call.writing.typed import LONGEST, typed
from ivr.errors import TextRefused
from ivr.flow.steps.effects import RequestCallback
from ivr.nlu import Understanding
from ivr.records.facts import CustomerKnown, IdentityChecked, TransactionEnded
from ivr.records.journal.lines import fact_line
from ivr.records.vocabulary import EndCause
from tests.call.written import DAY, Site, labels, run, served, shipped, small, told
from tests.dialogue.listening import NOISE, SURE, TORN, UNSURE, decided, listening
from tests.flows_for_tests import CLOSED

CARD, PIN = "6222021234567894", "860713"


def test_a_question_is_answered_and_recorded_as_it_was_written() -> None:
    site = Site()
    session = run(site.talk("要带什么证件", "end"))
    call = site.record(session)
    assert (call.channel, call.entry, call.caller_kind, call.caller_number) == ("text", "bot", "withheld", None)
    assert (call.hangup_by, call.hangup_cause) == ("caller", EndCause.SAID_ALL)
    assert call.t_answered == call.t_first_prompt == call.t_offered
    (turn,) = call.turns
    assert (turn.asr_text, turn.asr_conf, turn.action) == ("要带什么证件", None, "answer:papers")
    assert turn.resolution == "asked"
    assert site.taken.finished == [session.call_id]


def test_what_can_be_chosen_is_named_and_no_key_is() -> None:
    session = run(Site(shipped(), DAY).talk())
    assert labels(session) == ["账户理财", "信用卡", "贷款", "挂失", "投诉与网点", "人工服务"]
    assert "按" not in told(session)


def test_options_lead_where_their_keys_lead_by_a_click_by_their_words_and_by_their_number() -> None:
    for move in ("#1", "1", "１", "账户"):
        site = Site()
        session = run(site.talk(move, "end"))
        assert site.record(session).menu_visits[1].menu_id == "accounts", move


def test_what_is_not_offered_cannot_be_chosen() -> None:
    site = Site()
    for key in ("7", "#", "9", "", None, 1):
        session = run(site.talk())
        with pytest.raises(TextRefused):
            run(site.sessions.choose(session.token, key))


@pytest.mark.parametrize(("answer", "action"), [("#1", "yes"), ("是的", "yes"), ("#2", "no"), ("不是", "no")])
def test_a_guess_is_confirmed_or_denied_and_the_record_says_so(answer: str, action: str) -> None:
    site = Site()
    session = run(site.talk(UNSURE, answer, "end"))
    assert [turn.action for turn in site.record(session).turns] == ["confirm:loss", action]


def test_of_two_one_is_chosen() -> None:
    site = Site()
    session = run(site.talk(TORN))
    assert [one.label for one in session.choices] == ["办hours", "办loss", "都不是"]
    run(site.move(session, "#3"))
    run(site.move(session, "end"))
    assert [turn.action for turn in site.record(session).turns] == ["which:hours,loss", "no"]


# ---- a person


def test_who_wants_a_person_is_told_to_call_or_is_called_back() -> None:
    site = Site(shipped(), DAY, daily=DailyLimits(callbacks=1))
    session = run(site.talk("人工", "请给我回电", "13800138000", "#1"))
    assert "请拨打95000" in told(session)
    (wish,) = site.asked
    assert isinstance(wish, RequestCallback) and wish.number == "13800138000"
    assert session.over and site.record(session).handoffs[0].outcome == "callback"
    (context,) = site.contexts
    assert context.open_page and not context.drill


@pytest.mark.parametrize("wish", ["请给我回电", "给我回电", "4", "四"])
def test_from_the_open_page_nobody_is_called(wish: str) -> None:
    site = Site(shipped(), DAY)
    session = run(site.talk("人工"))
    assert "请拨打95000" in told(session) and "请给我回电" not in labels(session)
    for move in (wish, "13800138000", "是的"):
        run(site.move(session, move))
    with pytest.raises(TextRefused):
        run(site.sessions.choose(session.token, "4"))
    assert site.asked == []


def test_where_callbacks_are_promised_there_are_few_in_a_day() -> None:
    site = Site(shipped(), DAY, daily=DailyLimits(callbacks=2))
    sessions = [run(site.talk("人工", "请给我回电", f"1380013800{at}", "#1")) for at in range(3)]
    assert len(site.asked) == 2 and [one.over for one in sessions] == [True, True, False]
    assert told(sessions[2]).count("请拨打95000") == 2, "when he asked for a person, and when nobody calls him"
    site.now += 86_400_000
    run(site.talk("人工", "请给我回电", "13800138009", "#1"))
    assert len(site.asked) == 3


def test_a_test_promises_nothing_real() -> None:
    site = Site(shipped(), DAY)
    run(site.talk("人工", "请给我回电", "13800138000", "#1", test=True))
    (context,) = site.contexts
    assert context.drill and not context.open_page


def test_who_is_told_to_call_may_go_on() -> None:
    site = Site()
    session = run(site.talk("#0", "#2", "要带什么证件", "end"))
    (handoff,) = site.record(session).handoffs
    assert (handoff.reason, handoff.refused, handoff.outcome) == ("key", False, "abandoned")
    assert site.record(session).turns[0].action == "answer:papers"


def test_out_of_hours_the_request_is_refused() -> None:
    site = Site(at=CLOSED)
    session = run(site.talk("人工", "end"))
    assert [(one.refused, one.why) for one in site.record(session).handoffs] == [(True, "closed")]


@pytest.mark.parametrize("at", [DAY, DAY - 7 * 3_600_000])
def test_what_needs_the_customers_identity_is_not_done_in_writing(at: int) -> None:
    """By day and by night."""
    site = Site(shipped(), at)
    session = run(site.talk("查余额", "end"))
    assert "请不要在这里写密码、卡号或证件号码" in told(session)
    call = site.record(session)
    assert (call.handoffs[0].reason, call.completed_leaf, call.verifications) == ("policy", (), ())


# ---- 解决了吗


def test_who_has_not_said_whether_it_helped_is_asked_in_the_end() -> None:
    site = Site()
    session = run(site.talk("要带什么证件", "end"))
    question = session.lines[-1].question
    assert (session.lines[-1].text, question) == ("刚才的答复解决了您的问题吗？", session.questions.unrated)
    site.sessions.rate(session.token, question, False)
    assert (session.questions.unrated, site.record(session).turns[0].resolution) == (None, "unresolved")


@pytest.mark.parametrize(
    ("words", "resolution"),
    [("解决了，谢谢", "resolved"), ("没有解决", "unresolved"), ("还是没解决我的问题！", "unresolved")],
)
def test_it_may_be_said_in_words(words: str, resolution: str) -> None:
    site = Site()
    session = run(site.talk("要带什么证件", words, "end"))
    assert [turn.resolution for turn in site.record(session).turns] == [resolution]
    assert session.questions.unrated is None


def test_only_what_was_answered_can_be_rated() -> None:
    site = Site()
    session = run(site.talk(NOISE, UNSURE, "不是"))
    assert session.questions.unrated is None
    for question in ("", "t1", f"{session.call_id}-t1", None, 7):
        with pytest.raises(TextRefused):
            site.sessions.rate(session.token, question, True)
    answered = run(site.talk("要带什么证件"))
    with pytest.raises(TextRefused):
        site.sessions.rate(answered.token, answered.questions.unrated, "yes")


# ---- bad input


@pytest.mark.parametrize(
    "text", ["", "   ", "\x00\x07\u200b\ufeff", "字" * (LONGEST + 1), "A" * 1_000_000, None, 7, ["人工"]]
)
def test_what_is_no_message_is_refused_and_changes_nothing(text: object) -> None:
    site = Site()
    session = run(site.talk())
    before = shown(session)
    with pytest.raises(TextRefused):
        run(site.sessions.say(session.token, text))
    assert shown(session) == before


@given(st.text(max_size=LONGEST))
def test_what_is_understood_is_one_line_without_control_characters(text: str) -> None:
    try:
        plain = typed(text)
    except TextRefused:
        return
    assert plain == plain.strip() and "  " not in plain
    assert not any(unicodedata.category(one)[0] == "C" for one in plain)


def test_a_conversation_has_an_end() -> None:
    site = Site()
    session = run(site.talk(*["要带什么证件"] * (MOST_MESSAGES + 1)))
    assert session.over and len(site.record(session).turns) == MOST_MESSAGES
    with pytest.raises(TextRefused):
        run(site.sessions.say(session.token, "人工"))


def test_messages_are_taken_one_after_the_other_and_few_may_wait() -> None:
    async def flood() -> list[object]:
        site = Site()
        session = await site.talk()
        async with session._busy:
            waiting = [asyncio.create_task(site.sessions.say(session.token, "要带什么证件")) for _ in range(6)]
            await asyncio.sleep(0)
        return list(await asyncio.gather(*waiting, return_exceptions=True))

    done = run(flood())
    assert [isinstance(one, TextRefused) for one in done] == [False] * 2 + [True] * 4


# ---- many of them, and none that is forgotten


def test_no_more_than_so_many_at_once_and_in_a_minute() -> None:
    site = Site(limits=Limits(sessions=3, starts_per_minute=5))
    begun = [run(site.talk()) for _ in range(3)]
    with pytest.raises(TextRefused) as refused:
        run(site.talk())
    assert (refused.value.code, "拨打" in str(refused.value)) == ("busy", True)
    run(site.move(begun[0], "end"))
    for _ in range(2):
        run(site.move(run(site.talk()), "end"))
    with pytest.raises(TextRefused):  # the sixth of the minute
        run(site.talk())
    site.now += 60_000
    assert run(site.talk())


def test_no_more_than_so_many_messages_in_a_minute_of_all_together() -> None:
    site = Site(limits=Limits(messages_per_minute=4))
    one, other = run(site.talk("要带什么证件", "#*")), run(site.talk("要带什么证件", "#*"))
    lines = len(one.lines)
    with pytest.raises(TextRefused) as refused:
        run(site.move(one, "要带什么证件"))
    assert (refused.value.code, "拨打" in str(refused.value), len(one.lines)) == ("busy", True, lines)
    with pytest.raises(TextRefused):
        run(site.move(other, "#0"))
    site.now += 60_000
    run(site.move(one, "要带什么证件"))


class Watched:
    """Understands as always, and says where, and how many at once."""

    def __init__(self) -> None:
        self._own, self._lock = decided(), threading.Lock()
        self.threads: set[threading.Thread] = set()
        self.busy = self.most = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._own, name)

    def understand(self, *asked: Any, **more: Any) -> Any:
        with self._lock:
            self.threads.add(threading.current_thread())
            self.busy += 1
            self.most = max(self.most, self.busy)
        try:
            return self._own.understand(*asked, **more)
        finally:
            with self._lock:
                self.busy -= 1


def test_words_are_understood_beside_the_loop_and_one_after_the_other() -> None:
    watched = Watched()
    site = Site(served(listening(), cast(Understanding, watched)))

    async def crowd() -> list[TextSession]:
        return list(await asyncio.gather(*(site.talk("要带什么证件") for _ in range(20))))

    sessions = run(crowd())
    assert all(site.record(one).turns[0].action == "answer:papers" for one in sessions)
    assert watched.threads and threading.main_thread() not in watched.threads and watched.most == 1


def test_a_thousand_conversations_have_a_thousand_records() -> None:
    site = Site(limits=Limits(sessions=1_000, starts_per_minute=1_000))
    site.clock = lambda: site.now  # type: ignore[method-assign]
    site.sessions = TextSessions(
        small, site.taken, Effects({}), Limits(1_000, 1_000, messages_per_minute=1_000), now=lambda: site.now
    )

    async def crowd() -> list[TextSession]:
        return list(await asyncio.gather(*(site.talk("要带什么证件") for _ in range(1_000))))

    sessions = run(crowd())
    assert len(site.sessions.calls) == len({one.token for one in sessions}) == 1_000
    run(site.sessions.close())
    assert site.sessions.calls == frozenset()
    assert all(site.record(one).hangup_cause == EndCause.STOPPED for one in sessions)


def test_who_writes_no_more_is_told_so_and_forgotten_in_the_end() -> None:
    site = Site(limits=Limits(idle_ms=600_000))
    session = run(site.talk("要带什么证件"))
    run(site.sessions.look())
    assert not session.over
    site.now += 600_000
    run(site.sessions.look())
    call = site.record(session)
    assert (call.hangup_by, call.hangup_cause, call.completed_leaf) == ("system", EndCause.IDLE, ())
    assert "没有回复" in told(session) and site.sessions.calls == frozenset()
    site.sessions.rate(session.token, session.questions.unrated, True)  # he comes back, and says that it helped
    site.now += 600_000 + SHOWN_MS
    run(site.sessions.look())
    with pytest.raises(TextRefused) as lost:
        site.sessions.find(session.token)
    assert lost.value.code == "unknown"


def test_a_node_that_stops_begins_no_conversation() -> None:
    site = Site()
    session = run(site.talk())
    run(site.sessions.close())
    assert session.over and site.record(session).hangup_cause == EndCause.STOPPED
    with pytest.raises(TextRefused):
        run(site.talk())


def test_a_test_is_marked_as_one() -> None:
    site = Site()
    assert site.record(run(site.talk(test=True))).drill
    assert not site.record(run(site.talk())).drill


# ---- secrets


@pytest.mark.parametrize(
    "typed_",
    [
        *(CARD, f"密码是{PIN}", f"我的卡号是{CARD}，密码{PIN}", PIN, " ".join(CARD), "\u200b".join(CARD)),
        *(f"{CARD[:8]}-{CARD[8:]}", "".join(chr(ord(one) + 0xFEE0) for one in CARD)),
    ],
)  # fmt: skip
def test_numbers_that_are_typed_are_nowhere(typed_: str) -> None:
    """Neither in the facts, nor in what is shown again, nor in a repr."""
    site = Site(shipped(), DAY)
    session = run(site.talk(typed_, "查余额", typed_, "end"))
    kept = b"".join(fact_line("t", fact) for fact in site.taken.facts[session.call_id]).decode()
    everything = kept + str(shown(session)) + repr(session.lines) + repr(session)
    plain = re.sub(r"\W", "", unicodedata.normalize("NFKC", everything))
    assert CARD not in plain and PIN not in plain and CARD[:8] not in plain


def test_a_number_that_is_typed_digit_by_digit_is_not_kept_whole() -> None:
    site = Site(shipped(), DAY)
    session = run(site.talk(*CARD, "end"))
    keys = "".join(visit.key or "" for visit in site.record(session).menu_visits)
    texts = "".join(turn.asr_text for turn in site.record(session).turns)
    assert CARD[:6] not in keys and not re.search(r"\d{4}", texts)


MOVES = st.lists(
    st.one_of(
        st.sampled_from([
            *(SURE, UNSURE, TORN, NOISE, "是的", "不是", "人工", "返回", "主菜单", "投诉", "解决了", "没解决", "账户"),
            *("查余额", "挂失", "转账五千元", "激活信用卡", "我要分期", "提前还款", "改密码", "给我回电", "end"),
            *(CARD, PIN, "1", "2", "0", "13800138000", "110101199003074514", f"密码{PIN}"),
        ]),
        st.sampled_from([f"#{key}" for key in "0123456789*"]),
        st.text(min_size=1, max_size=30),
    ),
    max_size=12,
)  # fmt: skip


@settings(max_examples=60)
@given(MOVES, st.sampled_from([DAY, DAY - 7 * 3_600_000]))
def test_whatever_is_written_opens_no_gate(moves: list[str], at: int) -> None:
    """Nobody is identified, the bank is not asked, nothing is done, and every message has an answer."""
    site = Site(shipped(), at)

    async def wander() -> TextSession:
        session = await site.sessions.start()
        for move in moves:
            before = len(session.lines)
            try:
                await site.move(session, move)
            except TextRefused:
                assert len(session.lines) == before
            else:
                assert session.lines[-1].who == "us" and (len(session.lines) > before or move == "end")
            assert session.over or session.takes_words or session.choices
        return session

    session = run(wander())
    facts = site.taken.facts[session.call_id]
    assert not [fact for fact in facts if isinstance(fact, IdentityChecked | CustomerKnown | TransactionEnded)]
    assert site.asked == []
    assert session._conversation.identity.level.value == "none"
    call = site.record(session)
    assert not any(CARD in turn.asr_text or PIN in turn.asr_text for turn in call.turns)
    assert all(turn.resolution is None or turn.action for turn in call.turns)
