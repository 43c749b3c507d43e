"""The frozen exchange form: strict, numbered, repeatable."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from ivr.errors import ExchangeError
from ivr.records.exchange.lines import LONGEST, Fault, Numbered, from_line, read, to_line
from ivr.records.model import AgentState, Call, Complaint, QualityScore, Record
from tests.records.drawn import RECORDS_DRAWN

GOLDEN = Path(__file__).with_name("golden-day.jsonl")

T = 1_767_571_200_000

LEAST = {
    "call_id": "c",
    "linkedid": "c",
    "direction": "in",
    "did": "95000",
    "caller_kind": "withheld",
    "t_offered": T,
    "t_ended": T + 1,
    "hangup_by": "caller",
}


def line(**changes: Any) -> str:
    return json.dumps({k: v for k, v in (LEAST | changes).items() if v is not ...})


def holds(whole: Any, part: Any) -> bool:
    """Whether `whole` says everything that `part` says."""
    if isinstance(part, dict):
        return all(name in whole and holds(whole[name], value) for name, value in part.items())
    if isinstance(part, list):
        return len(whole) == len(part) and all(map(holds, whole, part))
    return bool(whole == part)


def test_the_golden_day_round_trips() -> None:
    lines = GOLDEN.read_text(encoding="utf-8").splitlines()
    calls = [from_line(text) for text in lines]
    assert len(calls) == 12
    for text, call in zip(lines, calls, strict=True):
        again = json.loads(to_line(call))
        # Every field of the golden day comes back as it was; what it leaves out comes back as its default.
        assert holds(again, json.loads(text))
        assert from_line(to_line(call)) == call


def test_the_golden_day_keeps_its_milliseconds() -> None:
    calls = {call.call_id: call for call in map(from_line, GOLDEN.read_bytes().splitlines()) if isinstance(call, Call)}
    third = calls["c03"].handoffs[0]
    assert third.t_connected is not None and third.t_connected - third.t_requested == 20_001
    assert calls["c05"].handoffs[0].t_left - calls["c05"].handoffs[0].t_requested == 5_001
    assert calls["c07"].t_offered - calls["c06"].t_ended == 3_600_000
    assert [leg.transferred_to for leg in calls["c11"].agent_legs] == ["1099", None]


@given(RECORDS_DRAWN)
def test_export_then_import_gives_the_same_record(record: Record) -> None:
    text = to_line(record)
    assert text.count("\n") == 1 and text.endswith("\n")
    assert from_line(text) == record
    assert from_line(text.encode()) == record


def test_a_call_needs_no_type_and_no_optional_field() -> None:
    call = from_line(line())
    assert isinstance(call, Call)
    assert (call.source, call.channel, call.caller_number, call.handoffs) == ("live", "voice", None, ())
    assert from_line(line(type="call")) == call


@pytest.mark.parametrize(
    ("given_line", "words"),
    [
        (line(callid="c"), "未知字段 'callid'"),
        (line(linkedid=...), "缺少字段 'linkedid'"),
        (line(t_offered="1"), "'t_offered' 应为整数"),
        (line(t_offered=True), "'t_offered' 应为整数"),
        (line(t_offered=1.0), "'t_offered' 应为整数"),
        (line(t_offered=-1), "'t_offered' 超出范围"),
        (line(t_ended=2**63), "'t_ended' 超出范围"),
        (line(t_ended=None), "'t_ended' 应为整数"),
        (line(drill=0), "'drill' 应为true 或 false"),
        (line(did=95000), "'did' 应为文本"),
        (line(did="95\x00"), "'did' 含有不允许的字符"),
        (line(did="\ud800"), "'did' 含有不允许的字符"),
        (line(hangup_by="nobody"), "'hangup_by' 应为 caller、system、agent、network 之一"),
        (line(completed_leaf="a"), "'completed_leaf' 应为列表"),
        (line(handoffs=[{"t_requested": 1}]), "缺少字段 'handoffs[0].reason'"),
        (line(handoffs=[{"t_requested": 1, "digits": "1234"}]), "未知字段 'handoffs[0].digits'"),
        (
            line(agent_legs=[{"agent_id": "1", "t_connected": 1, "t_released": 2, "hold": [3]}]),
            "hold[0]：应为 JSON 对象",
        ),
        (line(surveys=[{"subject": "agent", "invited": True, "answered": True, "score": 4}]), "'surveys[0].score'"),
        (line(surveys=[{"subject": "agent", "invited": True, "answered": True, "score": True}]), "'surveys[0].score'"),
        (line(verifications=[{"method": "pin", "attempts": 1, "outcome": "ok", "t": 1, "pin": "1"}]), "未知字段"),
        (line(type="turn"), "未知的记录类型"),
        (line(type=["call"]), "未知的记录类型"),
        ('{"call_id": "a", "call_id": "b"}', "同一字段出现了两次"),
        ('{"type": "quality_score", "score": NaN}', "NaN"),
        (line()[:-5], "不是完整的 JSON"),
        ("[]", "应为 JSON 对象"),
        ("7", "应为 JSON 对象"),
        ("[" * 100_000, "不是完整的 JSON"),
        ('{"t_ended": 1' + "0" * 5000 + "}", "不是完整的 JSON"),
    ],
)
def test_a_wrong_line_is_refused_by_field(given_line: str, words: str) -> None:
    with pytest.raises(ExchangeError) as wrong:
        from_line(given_line)
    assert words in str(wrong.value)


def test_a_fault_never_quotes_the_value() -> None:
    with pytest.raises(ExchangeError) as wrong:
        from_line(line(t_offered="+8613800000001"))
    assert "138" not in str(wrong.value)


def test_bad_and_doubled_lines_are_reported_by_number_and_the_rest_is_read() -> None:
    lines: list[str | bytes] = [
        line(call_id="a"),
        "",
        "nonsense",
        line(call_id="b"),
        line(call_id="a"),
        b"\xff\xfe",
        line(call_id="c")[:20],
    ]
    items = list(read(lines))
    assert [item.record.call_id for item in items if isinstance(item, Numbered) and isinstance(item.record, Call)] == [
        "a",
        "b",
    ]
    assert [str(item) for item in items if isinstance(item, Fault)] == [
        "第 3 行：不是完整的 JSON",
        "第 5 行：与第 1 行重复",
        "第 6 行：不是 UTF-8 文本",
        "第 7 行：不是完整的 JSON",
    ]


def test_a_byte_order_mark_and_windows_line_ends_are_read() -> None:
    items = list(read([b"\xef\xbb\xbf" + line().encode() + b"\r\n"]))
    assert [type(item) for item in items] == [Numbered]
    assert [type(item) for item in read(["\ufeff" + line()])] == [Numbered]


def test_the_other_records_have_keys_of_their_own() -> None:
    complaint = {"type": "complaint", "id": "k", "received_at": T, "accepted_at": T, "ack_due": T, "due": T + 9}
    state = {"type": "agent_state", "agent_id": "1001", "state": "ready", "t_from": T, "t_to": T + 1}
    score = {
        "type": "quality_score",
        "call_id": "c",
        "agent_id": "1",
        "form_id": "f",
        "score": 88,
        "monitor": "m",
        "t": T,
    }
    items = list(read([json.dumps(given) for given in (complaint, state, score, state | {"t_from": T + 1}, state)]))
    assert [type(item.record) for item in items if isinstance(item, Numbered)] == [
        Complaint,
        AgentState,
        QualityScore,
        AgentState,
    ]
    assert [item.number for item in items if isinstance(item, Fault)] == [5]


def test_a_correction_is_named_only_where_there_is_one() -> None:
    """It is ours, beside the frozen fields, and what was recognised stays what it was."""
    said = {"turn_id": "t1", "t_start": 1, "t_end": 2, "asr_text": "我要会款"}
    plain, known = (from_line(line(turns=[said | more])) for more in ({}, {"corrected": "我要汇款"}))
    assert isinstance(plain, Call) and isinstance(known, Call)
    assert (plain.turns[0].corrected, known.turns[0].corrected) == (None, "我要汇款")
    assert "corrected" not in json.loads(to_line(plain))["turns"][0]
    assert from_line(to_line(known)) == known and known.turns[0].asr_text == "我要会款"


def test_a_queue_is_named_only_where_it_is_known() -> None:
    """It is ours: a line without one has the frozen fields and no others."""
    asked = {"t_requested": 1, "reason": "key", "t_left": 2, "outcome": "abandoned"}
    plain, known = (from_line(line(handoffs=[asked | more])) for more in ({}, {"queue": "cards"}))
    assert isinstance(plain, Call) and isinstance(known, Call)
    assert (plain.handoffs[0].queue, known.handoffs[0].queue) == (None, "cards")
    assert "queue" not in json.loads(to_line(plain))["handoffs"][0]
    assert json.loads(to_line(known))["handoffs"][0]["queue"] == "cards"
    assert from_line(to_line(known)) == known


ODD = Path(__file__).with_name("odd")


def refused(text: str | bytes) -> str:
    """Why an import does not take this line; nothing where it does."""
    (item,) = read([text])
    return item.why if isinstance(item, Fault) else ""


@pytest.mark.parametrize("name", ["clock-back.jsonl", "clock-back-wait.jsonl", "zeros.jsonl"])
def test_stamps_that_contradict_each_other_are_kept(name: str) -> None:
    """D5 keeps the stamps; the figures leave the nonsense out."""
    lines = (ODD / name).read_bytes().splitlines()
    for text, item in zip(lines, read(lines), strict=True):
        assert isinstance(item, Numbered) and isinstance(item.record, Call)
        given = json.loads(text)
        assert (item.record.t_offered, item.record.t_ended) == (given["t_offered"], given["t_ended"])


def test_stamps_in_seconds_are_refused_by_line_and_said_so() -> None:
    (item,) = read((ODD / "seconds.jsonl").read_bytes().splitlines())
    assert isinstance(item, Fault)
    assert str(item) == "第 1 行：字段 't_offered' 像是以秒为单位，应为毫秒（UTC，1970 年起）"


@pytest.mark.parametrize(
    ("t", "words"),
    [
        (1_767_571_200, "以秒为单位"),
        (1_767_571_200_000_000, "以微秒为单位"),
        (1_767_571_200_000_000_000, "以纳秒为单位"),
        (0, "2000 年至 2199 年"),
        (253_402_300_800_000, "2000 年至 2199 年"),  # 10000-01-01
        (2**63 - 1, "2000 年至 2199 年"),
        (946_684_799_999, "2000 年至 2199 年"),
    ],
)
def test_a_time_of_another_unit_or_age_is_refused_wherever_it_stands(t: int, words: str) -> None:
    leg = {"agent_id": "1001", "t_connected": T, "t_released": T, "hold": [{"t_start": T, "t_end": t}]}
    asked = {"t_requested": T, "reason": "key", "t_left": T, "outcome": "answered", "agent_id_announced_at": t}
    note = {"turn_id": "u", "annotator": "甲", "ref_text": "", "valid": True, "t": t}
    turn = {"turn_id": "u", "t_start": T, "t_end": T, "asr_text": "", "annotations": [note]}
    for name, text in {
        "t_offered": line(t_offered=t),
        "t_first_prompt": line(t_first_prompt=t),
        "agent_legs[0].hold[0].t_end": line(agent_legs=[leg]),
        "handoffs[0].agent_id_announced_at": line(handoffs=[asked]),
        "turns[0].annotations[0].t": line(turns=[turn]),
        "t_from": json.dumps({"type": "agent_state", "agent_id": "1", "state": "ready", "t_from": t, "t_to": T}),
        "due": json.dumps({"type": "complaint", "id": "k", "received_at": T, "accepted_at": T, "ack_due": T, "due": t}),
    }.items():
        assert words in (why := refused(text)) and f"{name!r}" in why


@pytest.mark.parametrize("t", [946_684_800_000, T, 7_258_118_399_999])
def test_the_bounds_are_taken(t: int) -> None:
    assert refused(line(t_offered=t, t_ended=t)) == ""


@pytest.mark.parametrize("number", ["+00000000", "0000000000", "anonymous", ""])
def test_a_number_that_is_none_is_withheld(number: str) -> None:
    (item,) = read([line(caller_number=number, caller_kind="normal")])
    assert isinstance(item, Numbered) and isinstance(item.record, Call)
    assert (item.record.caller_number, item.record.caller_kind) == (None, "withheld")


def test_a_number_comes_in_as_the_hotline_itself_would_have_written_it() -> None:
    (item,) = read([line(caller_number="13800000006", caller_kind="normal")])
    assert isinstance(item, Numbered) and isinstance(item.record, Call)
    assert (item.record.caller_number, item.record.caller_kind) == ("+8613800000006", "normal")


def test_files_that_were_put_together_and_lines_that_are_too_long() -> None:
    items = list(read([line(call_id="a"), "\ufeff" + line(call_id="b"), "1" * (LONGEST + 1)]))
    assert [type(item) for item in items] == [Numbered, Numbered, Fault]
    assert str(items[2]) == "第 3 行：这一行太长，超过 16 MB"
