"""Asterisk's events in the words of a hotline, on captures of real calls and on what no Asterisk should send."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.telephony.ami.messages import AmiEvent
from ivr.telephony.channels import agent_of
from ivr.telephony.events import interpreter
from ivr.telephony.events.interpreter import TelephonyEvent, interpret
from tests.telephony.captured import FOLDER, WHOLE_CALLS, capture, happened, parse

QUEUE_AND_AGENT = (
    interpreter.QueueJoined,
    interpreter.QueueLeft,
    interpreter.QueueConnected,
    interpreter.AgentRinging,
    interpreter.AgentAnswered,
    interpreter.HoldStarted,
    interpreter.HoldEnded,
    interpreter.Transferred,
    interpreter.UserEvent,
)


def story(name: str) -> list[str]:
    """Queue and agent events, the agents' and the caller's hang-up, as short lines: name, agent, ms since the start."""
    told = happened(name)
    start = told[0].t
    wanted = [
        one
        for one in told
        if isinstance(one, QUEUE_AND_AGENT)
        or (isinstance(one, interpreter.HangupAsked | interpreter.ChannelGone) and one.channel.startswith("PJSIP/"))
    ]
    return [" ".join(filter(None, [type(one).__name__, one.agent_id, str(one.t - start)])) for one in wanted]


def test_a_caller_is_served_put_on_hold_and_left_by_the_agent() -> None:
    assert story("served-with-hold") == [
        "QueueJoined 502",
        "AgentRinging 1001 503",
        "AgentAnswered 1001 1506",
        "QueueLeft 1506",
        "QueueConnected 1001 1507",
        "HoldStarted 1001 2508",
        "HoldEnded 1001 3509",
        "HangupAsked 1001 4511",
        "ChannelGone 1001 4513",
        "ChannelGone 4514",
    ]


def test_a_caller_hangs_up_while_waiting() -> None:
    assert story("hung-up-while-waiting") == [
        "QueueJoined 502",
        "AgentRinging 1001 503",
        "HangupAsked 3002",
        "QueueLeft 3003",
        "ChannelGone 1001 3004",
        "ChannelGone 3004",
    ]


def test_a_caller_waits_too_long() -> None:
    """Asterisk calls this abandoned too, but nobody asked to hang up before."""
    assert story("waited-too-long") == [
        "QueueJoined 502",
        "AgentRinging 1001 504",
        "QueueLeft 3504",
        "UserEvent 3504",
        "ChannelGone 1001 3504",
        "ChannelGone 4506",
    ]


def test_an_agent_passes_the_caller_on() -> None:
    assert story("passed-on") == [
        "QueueJoined 503",
        "AgentRinging 1001 505",
        "AgentAnswered 1001 1506",
        "QueueLeft 1506",
        "QueueConnected 1001 1507",
        "HoldEnded 1001 2508",
        "Transferred 1001 2509",
        "ChannelGone 1001 2511",
        "AgentRinging 1002 2513",
        "AgentAnswered 1002 3515",
        "HangupAsked 7009",
        "ChannelGone 7009",
        "ChannelGone 1002 7010",
    ]


@pytest.mark.parametrize(("name", "attended"), [("passed-on", False), ("passed-on-after-asking", True)])
def test_a_transfer_names_both_agents(name: str, attended: bool) -> None:
    [transfer] = [one for one in happened(name) if isinstance(one, interpreter.Transferred)]
    assert (transfer.agent_id, transfer.to, transfer.attended) == ("1001", "1002", attended)


@pytest.mark.parametrize("name", WHOLE_CALLS)
def test_every_channel_of_a_whole_call_starts_and_ends(name: str) -> None:
    told = happened(name)
    inbound = [one for one in told if isinstance(one, interpreter.ChannelStarted) and one.inbound]
    assert inbound and all(one.agent_id is None and one.linkedid == one.uniqueid for one in inbound)
    gone = [one.uniqueid for one in told if isinstance(one, interpreter.ChannelGone)]
    assert len(gone) == len(set(gone))
    assert {one.uniqueid for one in told if isinstance(one, interpreter.ChannelStarted)} == set(gone)


def test_the_caller_as_asterisk_names_them() -> None:
    start = happened("served-with-hold")[0]
    assert start == interpreter.ChannelStarted(
        1795284973584,
        "tel1-1795284973.2",
        "tel1-1795284973.2",
        None,
        "PJSIP/trunk-00000000",
        True,
        "95001",
        "+8613800000001",
    )


def test_a_user_event_carries_its_own_headers() -> None:
    [event] = [one for one in happened("waited-too-long") if isinstance(one, interpreter.UserEvent)]
    assert (event.name, event.fields["Why"], event.fields["Call"]) == ("Fallback", "超时", event.uniqueid)


def test_a_user_event_of_the_manager_concerns_no_channel() -> None:
    [event] = interpret(parse("Event: UserEvent\nTimestamp: 1.5\nUserEvent: Drill\nBy: 张三"))
    assert isinstance(event, interpreter.UserEvent)
    assert (event.t, event.linkedid, event.uniqueid, event.name) == (1500, "", "", "Drill")


@pytest.mark.parametrize(
    ("channel", "context", "agent"),
    [
        ("PJSIP/1001-00000001", "from-agents", "1001"),
        ("PJSIP/1001-0000000a", "", "1001"),
        ("PJSIP/li-si-0000000a", "from-agents", "li-si"),
        ("PJSIP/1001-web-0000000a", "from-agents", "1001"),
        ("PJSIP/trunk-00000001", "hotline", None),
        ("PJSIP/try-00000001", "hotline", None),
        ("PJSIP/other-00000001", "from-trunk", None),
        ("Local/1001@agents-00000001;1", "agents", None),
        ("PJSIP/1001", "", None),
        ("PJSIP/-00000001", "", None),
        ("", "", None),
    ],
)
def test_whose_telephone_a_channel_is(channel: str, context: str, agent: str | None) -> None:
    assert agent_of(channel, context) == agent


@pytest.mark.parametrize(("aor", "browser"), [("1001-web", True), ("1001", False)])
def test_a_telephone_that_leaves_is_told_at_once(aor: str, browser: bool) -> None:
    text = f"Event: ContactStatus\nTimestamp: 1.5\nURI: sip:x@192.0.2.2\nContactStatus: Removed\nAOR: {aor}"
    told = interpreter.ContactChanged(1500, "", "", "1001", "Removed", browser, "sip:x@192.0.2.2")
    assert interpret(parse(text)) == (told,)
    state = f"Event: DeviceStateChange\nTimestamp: 1.5\nDevice: PJSIP/{aor}\nState: UNAVAILABLE"
    assert interpret(parse(state)) == (interpreter.AgentThere(1500, "", "", "1001", False, browser),)


def test_a_withheld_number_is_none() -> None:
    text = "Event: Newchannel\nContext: from-trunk\nUniqueid: 1.1\nLinkedid: 1.1\nCallerIDNum: {}"
    for number in ("<unknown>", ""):
        [start] = interpret(parse(text.format(number)))
        assert isinstance(start, interpreter.ChannelStarted) and start.caller_number is None and start.inbound


def test_who_stands_in_the_queue_after_a_lost_link() -> None:
    text = "Event: QueueEntry\nTimestamp: 100.25\nQueue: general\nPosition: 2\nUniqueid: 1.1\nWait: 7"
    assert interpret(parse(text)) == (interpreter.QueueStanding(93250, "", "1.1", None, "general", 2),)


def test_failed_transfers_and_other_states_mean_nothing() -> None:
    ids = "\nTransfererUniqueid: 1.1\nTransfererLinkedid: 1.1\nOrigTransfererUniqueid: 1.1\nOrigTransfererLinkedid: 1.1"
    for text in ("Event: BlindTransfer\nResult: Fail", "Event: AttendedTransfer\nResult: Not Permitted"):
        assert interpret(parse(text + ids)) == ()
    assert interpret(parse("Event: Newstate\nChannelState: 5\nUniqueid: 1.1\nLinkedid: 1.1")) == ()


def test_dialling_a_local_channel_is_no_ringing_telephone() -> None:
    dialled = [event for event in capture("served-with-hold") if event.name == "DialBegin"]
    assert [len(interpret(event)) for event in dialled] == [0, 1]


ALL = sorted(interpreter._READERS)
HEADERS = sorted({name for file in FOLDER.glob("*.txt") for event in capture(file.stem) for name in event})


@given(st.sampled_from([*ALL, "Newexten", ""]), st.dictionaries(st.sampled_from(HEADERS), st.text()))
def test_any_event_is_interpreted_or_ignored(name: str, fields: dict[str, str]) -> None:
    for one in interpret(AmiEvent(fields | {"Event": name}, 1)):
        assert isinstance(one, TelephonyEvent)
        assert all(isinstance(text, str) for text in (one.linkedid, one.uniqueid))


@pytest.mark.parametrize("name", [file.stem for file in sorted(FOLDER.glob("*.txt"))])
def test_an_event_that_lost_any_header_harms_nobody(name: str) -> None:
    for event in capture(name):
        for missing in event:
            left = AmiEvent({key: value for key, value in event.items() if key != missing}, 1)
            assert len(interpret(left)) <= 1


@pytest.mark.parametrize("name", ["Newchannel", "Newstate", "HangupRequest", "Hangup", "Hold"])
def test_a_tap_on_a_caller_is_none_of_the_hotlines_channels(name: str) -> None:
    told = {"Event": name, "Uniqueid": "t1-1.1", "Linkedid": "t1-1.1", "ChannelState": "6", "Context": "default"}
    listening = "AudioSocket/127.0.0.1:4574-b4e6e059-37fa-49c2-b167-29d242c42cc4"
    assert interpret(AmiEvent({**told, "Channel": listening}, 1)) == ()
    assert interpret(AmiEvent({**told, "Channel": "PJSIP/1001-00000001"}, 1)) != ()
