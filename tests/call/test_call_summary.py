"""What an agent is shown of a call: where the caller went, what he said and confirmed, never how he was known."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from ivr.call.agents.call_summary import MOST_WORDS, CallStory, usual_disposition
from tests.call.desks import FLOW
from tests.records.drawn import FACTS_DRAWN
from tests.records.told import BASE, told

STORY = """
    0     Offered          c in 95000 +8613800000001 normal
    1500  MenuEntered      main 1
    2000  MenuEntered      main 1
    2500  CallerSpoke      t1 3000 我的卡丢了 - - - leaf:debit_loss false
    3100  CustomerKnown    k7 verified
    4000  TransactionEnded report_loss in_doubt - key1
    4500  TransactionEnded activate_card done R1 key2
    5000  HandoffRequested policy urgent
"""


def story(text: str) -> CallStory:
    made = CallStory("c", "+8613800000001", {"amount": "5000.00"})
    for fact in told(text):
        made.take(fact)
    return made


def test_an_agent_knows_who_calls_and_why_before_the_first_word() -> None:
    summary = story(STORY).summary(BASE + 9000)
    assert summary.as_event("1001", BASE + 9000) == {
        "event": "ringing",
        "agent": "1001",
        "t": BASE + 9000,
        "call_id": "c",
        "caller_number": "+8613800000001",
        "level": "verified",
        "customer": "k7",
        "path": ("main", "debit_loss"),
        "words": ("我的卡丢了",),
        "answers": {"amount": "5000.00"},
        "open_business": ("report_loss in_doubt",),
        "queue": "urgent",
        "reason": "policy",
        "waited_ms": 4000,
    }
    assert summary.about == "level=verified; reason=policy; path=main/debit_loss"


def test_how_the_caller_was_known_is_nobodys_business() -> None:
    proved = STORY + "3000 IdentityChecked pin 2 verified"
    assert story(proved).summary(BASE) == story(STORY).summary(BASE)


def test_what_was_cleared_up_is_no_open_business() -> None:
    cleared = STORY + "4600 TransactionEnded report_loss done R2 key1"
    assert story(cleared).summary(BASE).open_business == ()


def test_personal_words_are_in_no_log() -> None:
    shown = repr(story(STORY)) + repr(story(STORY).summary(BASE))
    assert not any(word in shown for word in ("13800000001", "卡丢了", "5000.00"))


@given(st.lists(FACTS_DRAWN, max_size=30), st.integers(0, 2**40))
def test_any_story_becomes_one_line_of_json_and_a_plain_header(facts: list[object], t: int) -> None:
    made = CallStory("c")
    for fact in facts:
        made.take(fact)  # type: ignore[arg-type]
    summary = made.summary(t)
    assert "\n" not in json.dumps(summary.as_event("1001", t))
    assert len(summary.words) <= MOST_WORDS
    assert summary.waited_ms >= 0
    assert summary.about.isascii() and summary.about.isprintable() and len(summary.about) < 900


def test_who_came_to_complain_is_likely_to_have_complained() -> None:
    assert usual_disposition(FLOW, ["main", "service", "complaint"]) == FLOW.complaint_disposition
    assert usual_disposition(FLOW, ["main", "complaint", "account_balance"]) is None
    assert usual_disposition(FLOW, ["main"]) is None
