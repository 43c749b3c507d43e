"""Who is asked after a call, and who is left alone: to the day and to the call."""

from __future__ import annotations

from hashlib import sha256
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.metrics.survey_rules import SurveyRules, drawn, may_invite
from ivr.records.survey_history import Surveyed
from tests.metrics.told import MIDNIGHT, TEN

DAY_MS = 86_400_000
RULES = SurveyRules(again_days=7, self_service_percent=100)


def asked(t: int, score: int | None = None, subject: str = "agent") -> Surveyed:
    return Surveyed(t, subject, score is not None, score)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("history", "may"),
    [
        ([], True),
        ([asked(TEN - 1)], False),
        ([asked(TEN - 1, 1)], False),
        ([asked(MIDNIGHT - 6 * DAY_MS, 1)], False),  # six calendar days ago
        ([asked(MIDNIGHT - 6 * DAY_MS - 1, 1)], True),  # the last millisecond of the seventh
        ([asked(MIDNIGHT - 6 * DAY_MS - 1, 3), asked(MIDNIGHT - 300 * DAY_MS)], True),
        ([asked(MIDNIGHT - 300 * DAY_MS), asked(TEN - 1)], False),
        ([asked(TEN + DAY_MS)], False),  # a clock that was set: he was asked, and lately
    ],
)
def test_a_customer_is_asked_again_only_after_so_many_days(history: list[Surveyed], may: bool) -> None:
    assert may_invite("c", "agent", history, TEN, RULES) is may
    assert may_invite("c", "bot", history, TEN, RULES) is may


@pytest.mark.parametrize(
    ("t", "now", "may"),
    [
        (MIDNIGHT, MIDNIGHT + DAY_MS - 1, False),
        (MIDNIGHT - 1, MIDNIGHT, True),
        (MIDNIGHT, MIDNIGHT, False),
    ],
)
@pytest.mark.parametrize("subject", ["agent", "bot", "complaint"])
def test_who_was_dissatisfied_is_not_asked_again_that_day_whatever_the_rules(
    t: int, now: int, may: bool, subject: str
) -> None:
    always = SurveyRules(again_days=0, self_service_percent=100)
    assert may_invite("c", subject, [asked(t, 3, "bot")], now, always) is may  # type: ignore[arg-type]
    assert may_invite("c", subject, [asked(t, 2, "bot")], now, always)  # type: ignore[arg-type]


def test_after_a_complaint_everybody_is_asked_and_who_is_unknown_is_left_alone() -> None:
    assert may_invite("c", "complaint", [asked(TEN - 1, 1)], TEN, RULES)
    assert not may_invite("c", "complaint", None, TEN, RULES) and not may_invite("c", "agent", None, TEN, RULES)


def test_the_share_of_self_service_calls_is_kept_and_touches_no_others() -> None:
    rules = SurveyRules(self_service_percent=20)
    names = [f"node1-{1_795_285_455 + n}.{n}" for n in range(20_000)]
    share = sum(may_invite(name, "bot", [], TEN, rules) for name in names) / len(names)
    assert 0.19 < share < 0.21
    assert all(may_invite(name, "agent", [], TEN, rules) for name in names[:100])
    first = next(name for name in map(str, count()) if int(sha256(name.encode()).hexdigest()[:16], 16) % 10_000 == 0)
    assert drawn(first, 1) and not drawn(first, 0)
    assert not any(drawn(name, 0) for name in names) and all(drawn(name, 100) for name in names)


@given(st.text(), st.integers(0, 100), st.integers(0, 100))
def test_a_call_is_drawn_for_good_and_a_larger_share_holds_the_smaller(name: str, one: int, other: int) -> None:
    assert drawn(name, one) == drawn(name, one)
    assert drawn(name, max(one, other)) or not drawn(name, min(one, other))


@given(
    st.lists(st.builds(Surveyed, st.integers(0, 2 * TEN), st.just("agent"), st.booleans(), st.sampled_from([1, 2, 3]))),
    st.integers(0, 60),
)
def test_more_history_never_makes_anybody_be_asked(history: list[Surveyed], days: int) -> None:
    rules = SurveyRules(again_days=days, self_service_percent=100)
    if may_invite("c", "bot", history, TEN, rules):
        assert all(may_invite("c", "bot", history[:at], TEN, rules) for at in range(len(history)))
