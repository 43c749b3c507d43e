"""A tester's words become a plan that SIPp can keep."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rig import agents, phones
from tests.rig.agents import Manner
from tests.rig.errors import StepError
from tests.rig.steps import (
    Act,
    Cancel,
    Dial,
    HangUp,
    Hear,
    Press,
    Refused,
    Say,
    Wait,
    WaitForBye,
    duration_ms,
    parse,
    plan,
)


def test_every_word_is_known() -> None:
    steps = parse(
        [
            "dial",
            "wait 1.5s",
            "hear greeting main_menu",
            "press 12*#",
            "say a/b.wav",
            "noise c.wav 5s",
            "wait for bye 30s",
        ]
    )
    assert steps[:4] == (Dial(), Wait(1500), Hear(("greeting", "main_menu")), Press("12*#"))
    assert steps[4:] == (Say("a/b.wav"), Say("c.wav", 5000), WaitForBye(30000))
    assert parse(["dial", "wait for bye"])[-1] == WaitForBye()
    assert parse(["dial", "hang up"])[-1] == HangUp()
    assert parse(["dial", "wait 1s", "cancel"]) == (Dial(answered=False), Wait(1000), Cancel())
    assert parse(["dial", "refused 404"]) == (Dial(answered=False), Refused(404))


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([], "first step must be dial"),
        (["hang up"], "first step must be dial"),
        (["dial"], "last step must end"),
        (["dial", "press 1"], "last step must end"),
        (["dial", "hang up", "wait 1s", "hang up"], "step 2 .hang up. cannot stand in the middle"),
        (["dial", "press 1", "cancel"], "cannot be done before the answer"),
        (["dial", "hear greeting", "refused 404"], "cannot be done before the answer"),
        (["dial", "press A", "hang up"], "not known"),
        (["dial", "press", "hang up"], "not known"),
        (["dial", "wait 2", "hang up"], "not a duration"),
        (["dial", "wait -2s", "hang up"], "not a duration"),
        (["dial", "refused 200"], "not known"),
        (["dial", "hang  on"], "not known"),
        (["dial", "say", "hang up"], "not known"),
        (["dial", "noise a.wav", "hang up"], "not known"),
        (["dial", "noise a.wav 5", "hang up"], "not a duration"),
        (["dial", "say a.wav", "cancel"], "cannot be done before the answer"),
    ],
)
def test_what_cannot_be_done_is_refused(lines: list[str], words: str) -> None:
    with pytest.raises(StepError, match=words):
        parse(lines)


def test_durations() -> None:
    assert [duration_ms(text) for text in ("500ms", "2s", "1.5s", "1m", " 2 s ")] == [500, 2000, 1500, 60000, 2000]


def test_the_plan_is_the_clock_of_the_call() -> None:
    steps = parse(["dial", "wait 2s", "press 1", "wait 1s", "press 23", "hear greeting", "hang up"])
    assert plan(steps, {"greeting": 3000}) == (Act(2000, "1"), Act(3200, "23"), Act(6800))


def test_the_first_key_waits_for_sipp() -> None:
    assert plan(parse(["dial", "press 0", "hang up"])) == (Act(780, "0"), Act(980))


def test_keys_too_close_and_unknown_lengths_are_named() -> None:
    with pytest.raises(StepError, match="press 1 and press 2 are too close; write press 12"):
        plan(parse(["dial", "press 1", "wait 700ms", "press 2", "hang up"]))
    with pytest.raises(StepError, match="hear greeting: the length"):
        plan(parse(["dial", "hear greeting", "hang up"]))
    with pytest.raises(StepError, match=r"say a\.wav: the length"):
        plan(parse(["dial", "say a.wav", "hang up"]))


def test_what_is_said_takes_its_time() -> None:
    steps = parse(["dial", "wait 1s", "say a.wav", "wait 800ms", "press 12", "wait 600ms", "noise b.wav 2s", "hang up"])
    assert plan(steps, {}, {"a.wav": 1500}) == (
        Act(1000, say="a.wav", ms=1500),
        Act(3360, "12"),
        Act(4560, say="b.wav", ms=2000),
        Act(6620),
    )
    assert plan(parse(["dial", "say a.wav", "noise a.wav 1s", "hang up"]), {}, {"a.wav": 20})[1].at_ms == 80


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["say a.wav", "wait 779ms", "press 1"], "say a.wav and press 1 are too close"),
        (["press 1", "wait 519ms", "say a.wav"], "press 1 and say a.wav are too close"),
        (["press 12", "wait 519ms", "say a.wav"], "press 12 and say a.wav are too close"),
    ],
)
def test_nobody_speaks_while_keys_are_played(lines: list[str], words: str) -> None:
    def planned(*steps: str) -> object:
        return plan(parse(["dial", *steps, "hang up"]), {}, {"a.wav": 1000})

    with pytest.raises(StepError, match=words):
        planned(*lines)
    number = int(lines[1][5:8]) + 1
    assert planned(lines[0], f"wait {number}ms", lines[2])


@given(
    st.lists(
        st.one_of(st.integers(800, 5000), st.text("0123456789*#", min_size=1, max_size=4), st.just("a.wav")), max_size=8
    ),
    st.sampled_from(["hang up", "wait for bye"]),
)
def test_any_scenario_is_well_formed_xml_that_lasts_as_planned(parts: list[int | str], last: str) -> None:
    lines = ["dial", "wait 1s"]
    for part in parts:
        word = "say" if part == "a.wav" else "press"
        lines += [f"wait {part}ms"] if isinstance(part, int) else [f"{word} {part}", "wait 800ms"]
    steps = parse([*lines, last])
    acts = plan(steps, {}, {"a.wav": 1230})
    text = phones.caller(phones.Identity("+8613800000001", "95000"), steps, acts, "silence.alaw")
    root = ET.fromstring(text.encode())
    pauses = sum(int(one.get("milliseconds", "0")) for one in root.iter("pause"))
    assert pauses == acts[-1].at_ms
    played = [one.get("play_dtmf") or one.get("rtp_stream") for one in root.iter("exec")]
    wanted = [(f"say-{n}.alaw,1,8,PCMA/8000" if act.say else act.keys) for n, act in enumerate(acts[:-1])]
    assert [one for one in played if one and not one.startswith(("silence", "pause", "resume"))] == wanted
    paused = False
    for one in played:
        paused = one == "pause" if one in ("pause", "resume") else paused
        assert not (paused and str(one).startswith("say-"))
    assert not (paused and last == "wait for bye")


@pytest.mark.parametrize("codec", ["alaw", "ulaw"])
@pytest.mark.parametrize("number", ["13800000001", None])
@pytest.mark.parametrize("last", [["hang up"], ["wait for bye 5s"], ["wait 1s", "cancel"], ["refused 603"]])
def test_every_kind_of_call_is_well_formed(codec: str, number: str | None, last: list[str]) -> None:
    steps = parse(["dial", *last])
    text = phones.caller(phones.Identity(number, "95<000>", codec), steps, plan(steps), "silence")
    ET.fromstring(text.encode())
    assert ("anonymous.invalid" in text) == (number is None)


@pytest.mark.parametrize("credentials", [True, False])
@pytest.mark.parametrize(
    "manner",
    [
        Manner(),
        Manner(rings_ms=None),
        Manner(reject=486),
        Manner(talks_ms=3000),
        Manner(holds=(500, 500), talks_ms=900),
        Manner(passes_on=(700, "1002")),
        Manner(holds=(500, 500), passes_on=(1500, "1002")),
    ],
)
def test_every_manner_of_an_agent_is_well_formed(manner: Manner, credentials: bool) -> None:
    root = ET.fromstring(agents.agent("1001", manner, "speech.alaw", "alaw", credentials).encode())
    labels = {one.get("id") for one in root.iter("label")}
    wanted = {one.get(name) for one in root.iter() for name in ("next", "ontimeout") if one.get(name)}
    assert wanted <= labels


def test_a_call_that_begins_and_ends_in_no_known_way() -> None:
    with pytest.raises(StepError, match="cannot begin"):
        phones.caller(phones.Identity("1", "2"), [Dial(answered=False), HangUp()], [Act(0)], "s")
