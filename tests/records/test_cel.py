"""CEL files as a real Asterisk 22 wrote them while no application ran (tests/records/cel), and hostile ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.records.cel.facts import call_facts, end_row, is_call, refused, rest
from ivr.records.facts import Connected, Ended, Fact, HandoffRequested, Released
from ivr.records.folding.fold import fold
from ivr.records.model import AgentLeg, Call, Handoff, Supervision
from ivr.records.numbers import e164
from ivr.telephony.events.cel import by_call, parse
from tests.records.rebuilt import rebuild

CEL = Path(__file__).with_name("cel")


def lines(name: str) -> list[str]:
    return (CEL / f"{name}.csv").read_text(encoding="utf-8").splitlines()


def rebuilt(name: str) -> Call:
    parsed = parse(lines(name))
    assert parsed.faults == ()
    (call,) = rebuild(parsed.rows)
    return call


def row(event: str, t: float, channel: str = "PJSIP/trunk-00000000", uniqueid: str = "1.0", **more: str) -> str:
    values = {"context": "hotline", "exten": "s", "number": "", "app": "", "data": "", "extra": "", "peer": ""} | more
    fields = [event, f"{t:.6f}", uniqueid, "1.0", channel, *values.values()]
    return ",".join('"' + field.replace('"', '""') + '"' for field in fields)


def arrival(t: float = 1000.0, **more: str) -> str:
    return row("CHAN_START", t, **({"context": "from-trunk", "exten": "95000", "number": "13800000001"} | more))


def hangup(t: float, source: str = "PJSIP/trunk-00000000", cause: int = 16, **more: str) -> str:
    return row("HANGUP", t, extra=json.dumps({"hangupcause": cause, "hangupsource": source}), **more)


def test_a_call_from_the_consoles_page_is_a_test() -> None:
    for channel, test in (("PJSIP/try-00000000", True), ("PJSIP/trunk-00000000", False)):
        told = [arrival(channel=channel), row("ANSWER", 1001.0, channel), hangup(1005.0, channel, channel=channel)]
        (call,) = rebuild(parse(told).rows)
        assert call.drill is test


def test_a_call_the_dialplan_brought_to_an_agent() -> None:
    call = rebuilt("caller-hangs-up")
    offered = 1795285744044
    assert (call.call_id, call.linkedid, call.source) == ("node1-1795285744.0", "node1-1795285744.0", "rebuilt")
    assert (call.did, call.caller_number, call.caller_kind) == ("95000", "+8613800000011", "normal")
    assert (call.t_offered, call.t_answered, call.t_first_prompt) == (offered, offered, offered + 15)
    assert (call.t_ended - offered, call.hangup_by, call.hangup_cause) == (16008, "caller", "16")
    assert (call.flow_revision, call.language, call.menu_visits) == (None, None, ())
    assert call.handoffs == (
        Handoff(
            t_requested=offered + 15,
            reason="fallback",
            t_left=offered + 9806,
            outcome="answered",
            t_queued=offered + 7794,
            t_ring_first=offered + 7800,
            ring_ms_answering=2006,
            t_connected=offered + 9806,
            agent_id="1001",
            agent_id_announced_at=offered + 12736,
        ),
    )
    assert call.agent_legs == (AgentLeg("1001", offered + 9806, offered + 16008),)


def test_an_agent_who_hangs_up_ends_the_call_though_the_dialplan_says_goodbye() -> None:
    call = rebuilt("agent-hangs-up")
    assert (call.hangup_by, call.last_prompt_kind) == ("agent", "goodbye")
    assert [leg.t_released - call.t_offered for leg in call.agent_legs] == [18803]


def test_a_caller_who_gives_up_in_the_queue() -> None:
    call = rebuilt("abandoned")
    assert (call.caller_number, call.caller_kind, call.hangup_by) == (None, "withheld", "caller")
    assert [(h.outcome, h.t_left) for h in call.handoffs] == [("abandoned", call.t_ended)]
    assert call.handoffs[0].t_ring_first is not None


def test_nobody_signed_in_is_three_requests_without_an_agent() -> None:
    call = rebuilt("nobody-there")
    assert [(h.outcome, h.t_queued) for h in call.handoffs] == [("no_agents", None)] * 3
    assert call.caller_number == "+862155556666"


def test_a_transfer_has_two_legs() -> None:
    call = rebuilt("transferred")
    assert [(leg.agent_id, leg.transferred_to) for leg in call.agent_legs] == [("1001", "1002"), ("1002", None)]
    assert len(call.handoffs) == 1


def test_the_call_beyond_the_capacity_was_not_served() -> None:
    call = rebuilt("capacity")
    assert (call.hangup_cause, call.t_first_prompt, call.last_prompt_kind) == ("capacity", None, "notice")
    assert call.t_answered is not None


def test_a_number_that_is_not_the_banks_is_no_call() -> None:
    parsed = parse(lines("unknown-number"))
    assert rebuild(parsed.rows) == []
    assert refused(by_call(parsed.rows)["node1-1795285816.16"])


def test_all_files_together_in_any_order_give_the_same_records() -> None:
    names = sorted(path.stem for path in CEL.glob("*.csv"))
    together = [line for name in reversed(names) for line in lines(name)]
    one_by_one = [call for name in names for call in rebuild(parse(lines(name)).rows)]
    assert sorted(rebuild(parse(together).rows), key=lambda call: call.call_id) == sorted(
        one_by_one, key=lambda call: call.call_id
    )


def test_the_rest_of_a_call_after_a_moment() -> None:
    rows = parse(lines("caller-hangs-up")).rows
    after = rest(by_call(rows)["node1-1795285744.0"], 1795285744044 + 12736)
    assert [type(fact).__name__ for fact in after] == ["AgentAnnounced", "Ended", "Released"]
    assert rest([], 0) == []


def test_journal_and_cel_together_tell_no_moment_twice() -> None:
    """The application dies at any moment of a real call: what it wrote down and what CEL adds make the same call."""
    for name in ("caller-hangs-up", "agent-hangs-up", "abandoned", "nobody-there", "transferred"):
        (story,) = by_call(parse(lines(name)).rows).values()
        facts = call_facts(story)
        whole = fold("c", facts)
        for cut in range(1, len(facts)):
            # The manager's stamps lie a few milliseconds off CEL's.
            written = [shifted(fact, 3) for fact in facts[:cut]]
            both = [*written, *rest(story, facts[cut - 1].t)]
            call = fold("c", both)
            assert len(call.handoffs) == len(whole.handoffs), (name, cut)
            assert len(call.agent_legs) == len(whole.agent_legs)
            assert (call.hangup_by, call.hangup_cause) == (whole.hangup_by, whole.hangup_cause)


def shifted(fact: Fact, ms: int) -> Fact:
    values = {name: getattr(fact, name) for name in fact.__dataclass_fields__}
    return type(fact)(**(values | {"t": fact.t + ms}))


def test_a_queue_that_was_waited_out_is_a_timeout() -> None:
    queue = {"app": "Queue", "data": "q-cards,ci,,,60"}
    story = [
        arrival(),
        row("ANSWER", 1000.1),
        row("APP_START", 1001.0, **queue),
        row("APP_END", 1061.0, **queue),
        hangup(1070.0, source="dialplan/builtin", exten="bye"),
    ]
    (call,) = rebuild(parse(story).rows)
    assert [(h.outcome, h.t_left - h.t_requested) for h in call.handoffs] == [("timeout", 60_000)]
    assert (call.hangup_by, call.last_prompt_kind) == ("system", "goodbye")


def test_of_two_telephones_answered_at_once_the_bridged_one_counts() -> None:
    story = [
        arrival(),
        row("APP_START", 1001.0, app="Queue", data="q-general"),
        row("CHAN_START", 1002.0, "PJSIP/1001-0000000a", "1.1"),
        row("CHAN_START", 1002.0, "PJSIP/1002-0000000b", "1.2"),
        row("ANSWER", 1003.0, "PJSIP/1001-0000000a", "1.1"),
        row("ANSWER", 1003.1, "PJSIP/1002-0000000b", "1.2"),
        row("BRIDGE_ENTER", 1004.0, "PJSIP/1002-0000000b", "1.2"),
        hangup(1010.0),
    ]
    (call,) = rebuild(parse(story).rows)
    assert [leg.agent_id for leg in call.agent_legs] == ["1002"]


def test_the_event_that_says_announced_wins_over_the_end_of_the_announcement() -> None:
    story = [
        arrival(),
        row("CHAN_START", 1002.0, "PJSIP/1001-0000000a", "1.1"),
        row("ANSWER", 1003.0, "PJSIP/1001-0000000a", "1.1"),
        row("announced", 1004.0, "Local/1.0@whisper-00000001;1", "7.1", exten="1001", extra='{"extra": "1.0"}'),
        row("HANGUP", 1005.0, "Local/1.0@whisper-00000001;1", "7.1", context="say-agent", exten="1001"),
        hangup(1010.0),
    ]
    (call,) = rebuild(parse(story).rows)
    assert call.handoffs[0].agent_id_announced_at == 1_004_000


@pytest.mark.parametrize(
    ("ending", "by"),
    [
        (hangup(1010.0), "caller"),
        (hangup(1010.0, source="dialplan/builtin"), "system"),
        (hangup(1010.0, source="dialplan/builtin", cause=34), "system"),
        (hangup(1010.0, source="", cause=44), "network"),
        (hangup(1010.0, source="", cause=16), "system"),
        (row("HANGUP", 1010.0), "system"),
        (row("HANGUP", 1010.0, extra="{nonsense"), "system"),
        (row("HANGUP", 1010.0, extra="[1]"), "system"),
        (row("LINKEDID_END", 1010.0), "system"),
    ],
)
def test_who_ended_the_call(ending: str, by: str) -> None:
    (call,) = rebuild(parse([arrival(), row("ANSWER", 1001.0), ending]).rows)
    assert (call.hangup_by, call.t_ended) == (by, 1_010_000)


def test_a_call_asterisk_did_not_live_to_end() -> None:
    parsed = parse(lines("caller-hangs-up")[:10])
    (story,) = by_call(parsed.rows).values()
    assert end_row(story) is None and is_call(story)
    (call,) = rebuild(parsed.rows)
    assert (call.hangup_by, call.hangup_cause, call.t_ended) == ("system", "app_lost", story[-1].t)


def test_rows_without_the_beginning_are_no_call() -> None:
    assert rebuild(parse(lines("caller-hangs-up")[1:]).rows) == []


@pytest.mark.parametrize(
    "bad",
    [
        '"CHAN_START","17952857',
        "garbage",
        ",".join(['""'] * 12),
        ",".join(['"x"'] * 11),
        ",".join(['"x"'] * 13),
        row("ANSWER", 1000.0).replace("1000.000000", "soon"),
        row("ANSWER", 1000.0).replace("1000.000000", "-1.000000"),
        row("ANSWER", 1000.0).replace("1000.000000", "99999999999999999999.000000"),
        row("ANSWER", 1000.0).replace("1000.000000", "١٠.000000"),
        '"unclosed',
        "\x00" * 50,
        '"' + "x" * 200_000 + '"',
    ],
)
def test_a_torn_or_hostile_line_is_reported_and_the_others_count(bad: str) -> None:
    good = [arrival(), hangup(1010.0)]
    parsed = parse([good[0], bad, "", good[1]])
    assert parsed.faults == ("CEL 第 2 行无法读取",)
    assert len(rebuild(parsed.rows)) == 1


@given(st.lists(st.text(max_size=60), max_size=5), st.data())
def test_any_file_is_survived(noise: list[str], data: st.DataObject) -> None:
    story = lines("transferred")
    kept = data.draw(st.lists(st.sampled_from(story), max_size=20))
    cut = [line[: data.draw(st.integers(0, len(line)))] for line in noise]
    for call in rebuild(parse([*kept, *noise, *cut]).rows):
        assert call.source == "rebuilt"


def test_a_tap_on_the_caller_is_no_call_and_changes_none() -> None:
    ear = {"channel": "AudioSocket/127.0.0.1:4574-b4e6e059-37fa-49c2-b167-29d242c42cc4", "uniqueid": "2.0"}
    tap = [row("CHAN_START", 1001.5, context="default", exten="s", **ear), row("ANSWER", 1001.5, **ear)]
    tap += [row("HANGUP", 1004.0, context="asr-tap", exten="1.0", **ear), row("LINKEDID_END", 1004.0, **ear)]
    call = [arrival(), row("ANSWER", 1001.0), hangup(1005.0)]
    parsed = parse([call[0], *tap[:2], call[1], *tap[2:], call[2]])
    assert parsed == parse(call)
    assert len(rebuild(parsed.rows)) == 1


def test_values_from_the_wire_are_cleaned() -> None:
    (call,) = rebuild(parse([arrival(number="138\ud800", exten="95\udfff"), hangup(1010.0)]).rows)
    assert (call.did, call.caller_number) == ("95\ufffd", None)


def test_requests_of_one_moment_by_ami_and_cel_are_one() -> None:
    facts = [
        HandoffRequested(1000, "fallback", "general"),
        HandoffRequested(1002, "fallback", ""),
        Ended(9000, "caller", ""),
    ]
    assert len(fold("c", facts).handoffs) == 1


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("13800000001", "+8613800000001"),
        ("+8613800000001", "+8613800000001"),
        ("008613800000001", "+8613800000001"),
        ("02155556666", "+862155556666"),
        ("95588", "95588"),
        (" 13800000001 ", "+8613800000001"),
        ("anonymous", None),
        ("", None),
        ("+", None),
        ("+86138x", None),
        ("１３８００００", None),
        ("1" * 30, None),
        ("13800000001\n", "+8613800000001"),
    ],
)
def test_calling_numbers_have_one_shape(text: str, number: str | None) -> None:
    assert e164(text) == number


# ---- a customer who is called back


def _called_back(*, answered: bool) -> list[Fact]:
    customer = [
        row("callback_answered", 1020.0, "PJSIP/trunk-out-00000003", "4.0", extra=json.dumps({"extra": "1001"})),
        row("HANGUP", 1060.0, "PJSIP/1001-00000001", "3.0", extra=json.dumps({"hangupsource": "PJSIP/1001-00000001"})),
    ]
    text = [
        row("CHAN_START", 1000.0, "Local/s@callback-place-00000001;1", context="callback-place"),
        row("CHAN_START", 1010.0, "PJSIP/1001-00000001", "3.0", context="agents"),
        row("ANSWER", 1013.0, "PJSIP/1001-00000001", "3.0", context="agents"),
        *(customer if answered else []),
        hangup(1061.0, "", 16, channel="Local/s@callback-place-00000001;1"),
    ]
    return call_facts(parse(text).rows)


def test_who_takes_a_callback_is_connected_when_the_customer_answers() -> None:
    facts = _called_back(answered=True)
    (connected,) = [fact for fact in facts if isinstance(fact, Connected)]
    assert (connected.t, connected.agent_id, connected.ring_ms) == (1_020_000, "1001", 3000)


def test_a_callback_in_vain_connects_nobody() -> None:
    facts = _called_back(answered=False)
    assert not [fact for fact in facts if isinstance(fact, Connected | Released)]
    assert [fact.t for fact in facts if isinstance(fact, Ended)] == [1_061_000]


def test_a_supervisor_is_in_the_record_of_the_call_though_nobody_but_asterisk_saw_him() -> None:
    """His channel has a call of its own."""
    mine = {"uniqueid": "9.0", "channel": "PJSIP/1006-00000005", "context": "supervise", "exten": "1006"}
    story = [
        arrival(),
        row("supervision", 1005.0, extra=json.dumps({"extra": "1.0|1006|1001|whisper"}), **mine),
        row("supervision_over", 1009.0, extra=json.dumps({"extra": "1.0|1006|1001|whisper"}), **mine),
        hangup(1020.0),
    ]
    (call,) = rebuild(parse(story).rows)
    assert call.supervisions == (Supervision("1006", "1001", "whisper", 1_005_000, 1_009_000),)
