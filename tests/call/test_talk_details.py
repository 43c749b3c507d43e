"""What a desk shows of a talk: the caller on hold, and the colleague who is asked first."""

from __future__ import annotations

from ivr.call.agents.talk_details import Asked, TalkDetails
from ivr.telephony.events import types as ev

A, B = "1001", "1003"


def started(t: int, agent: str, channel: str, call: str, exten: str = "") -> ev.ChannelStarted:
    return ev.ChannelStarted(t, call, channel, agent, f"PJSIP/{agent}-0000000{channel[-1]}", False, exten, None)


def gone(t: int, agent: str, channel: str, call: str) -> ev.ChannelGone:
    return ev.ChannelGone(t, call, channel, agent, f"PJSIP/{agent}-00000001", 16, "")


def talking() -> TalkDetails:
    """1001 talks to a caller on channel c1."""
    details = TalkDetails()
    for event in (started(1, A, "c1", "k1"), ev.AgentRinging(1, "k1", "c1", A), ev.ChannelUp(2, "k1", "c1", A)):
        details.on_event(event)
    return details


def test_a_caller_on_hold_until_he_is_taken_back_or_the_talk_is_over() -> None:
    details = talking()
    assert details.on_event(ev.HoldStarted(10, "k1", "c1", A)) == {A}
    assert details.held_since(A) == 10
    details.on_event(ev.HoldEnded(20, "k1", "c1", A))
    assert details.held_since(A) == 0
    details.on_event(ev.HoldStarted(30, "k1", "c1", A))
    details.on_event(gone(40, A, "c1", "k1"))
    assert details.held_since(A) == 0


def test_a_telephone_that_rang_meanwhile_ends_no_hold() -> None:
    """The reminder that a caller is on hold rings the same telephone, and is a channel of its own."""
    details = talking()
    details.on_event(ev.HoldStarted(10, "k1", "c1", A))
    details.on_event(started(20, A, "c5", "c5", "s"))
    details.on_event(gone(24, A, "c5", "c5"))
    assert details.held_since(A) == 10
    assert details.asked(A) is None
    details.on_event(gone(40, A, "c1", "k1"))
    assert details.held_since(A) == 0


def test_a_colleague_is_asked_rings_answers_and_leaves() -> None:
    details = talking()
    assert details.on_event(started(10, A, "c2", "c2", B)) == {A}
    assert details.asked(A) == Asked(B, 10)
    details.on_event(started(11, B, "c3", "c2"))
    details.on_event(ev.AgentRinging(11, "c2", "c3", B))
    assert details.asked(A) == Asked(B, 10, B, channel="c3")
    assert details.on_event(ev.ChannelUp(12, "c2", "c3", B)) == {A}
    assert details.asked(A) == Asked(B, 12, B, answered=True, channel="c3")
    assert details.asked(B) is None
    details.on_event(gone(20, B, "c3", "c2"))
    assert details.asked(A) == Asked(B, 20)
    details.on_event(gone(21, A, "c2", "c2"))
    assert details.asked(A) is None
    details.on_event(ev.HoldStarted(30, "k1", "c1", A))
    assert details.held_since(A) == 30  # the talk itself has gone on


def test_a_call_between_colleagues_without_a_caller_is_nobody_asked() -> None:
    details = TalkDetails()
    details.on_event(started(1, A, "c1", "c1", B))
    details.on_event(ev.AgentRinging(2, "c1", "c2", B))
    assert details.asked(A) is None


def test_a_command_that_is_keyed_during_a_talk_asks_nobody() -> None:
    details = talking()
    details.on_event(started(10, A, "c2", "c2", "*52"))
    assert details.asked(A) is None


def test_the_telephone_in_the_browser_is_told_from_the_one_on_the_desk() -> None:
    details = talking()
    assert not details.in_browser(A, "c1")
    details.on_event(ev.ChannelStarted(5, "k2", "c9", B, "PJSIP/1003-web-00000009", False, "", None))
    assert details.in_browser(B, "c9")
    details.forget()
    assert not details.in_browser(B, "c9")
