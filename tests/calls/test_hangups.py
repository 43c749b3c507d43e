"""The caller hangs up at every stage: each call leaves exactly one correct record, and nobody is kept busy by it."""

from __future__ import annotations

import re
import socket
import time
from pathlib import Path

import pytest

from ivr.records.store import Store
from tests.calls.crowd import ANYTHING, TALK, Caller, changes, complain, cut, heard, place_all, signed_in
from tests.rig.agents import Manner
from tests.rig.hotline import Hotline, until
from tests.rig.scenario import Check, Expect, Expected
from tests.rig.verdict import Evidence

#: One crowd at a time on this machine, or the calls hold each other up.
pytestmark = [pytest.mark.calls, pytest.mark.xdist_group("crowd")]

NO_HANDOFF: dict[str, object] = {"handoffs.count": 0, "agent_legs.count": 0}
ABANDONED: dict[str, object] = {
    "handoffs.count": 1,
    "handoffs.0.outcome": "abandoned",
    "handoffs.0.agent_id": None,
    "handoffs.0.t_connected": None,
    "agent_legs.count": 0,
}
GIVEN = Check("present", True)


def gone(name: str, steps: str, wanted: tuple[str | Expected, ...], **record: object) -> Caller:
    """A caller who leaves; `record` with `__` for the dots in a field's name."""
    fields: dict[str, object] = {name.replace("__", "."): value for name, value in record.items()}
    fields |= {"hangup_by": "caller", "source": "live", "t_answered": GIVEN, "did": "95000", "drill": False}
    steps = f"dial, {steps}, hang up"
    return Caller(name, steps.split(", "), Expect(heard=heard(*wanted), record=fields, ended_by="caller"))


STAGES = [
    gone("greeting", "wait 1s", ("greeting",), entry="menu", last_prompt_kind="greeting",
         menu_visits__count=1, menu_visits__0__outcome="hangup", **NO_HANDOFF),
    gone("menu", "wait 6s", ("greeting", "elderly_key", "main_menu"), last_prompt_kind="menu",
         menu_visits__0__menu_id="main", menu_visits__0__outcome="hangup", **NO_HANDOFF),
    gone("leaf", "wait 900ms, press 54, wait 3s", (cut("greeting"), ANYTHING, "complaint_process_info"),
         last_prompt_kind="info", completed_leaf__count=0, **NO_HANDOFF),
    gone("after-leaf", "wait 900ms, press 53, hear branch_hours_info, wait 4s",
         (cut("greeting"), ANYTHING, "branch_hours_info", "after_leaf"),
         last_prompt_kind="question", completed_leaf=["branch_hours"], **NO_HANDOFF),
    gone("transferring", "wait 1s, press 0, wait 900ms", (cut("greeting"), "transferring"),
         last_prompt_kind="notice", handoffs__0__reason="key", handoffs__0__t_queued=None, **ABANDONED),
    gone("ringing", "wait 900ms, press 21, hear by_agent transferring, wait 2500ms",
         (cut("greeting"), ANYTHING, "by_agent", "transferring", "(music)"),
         handoffs__0__reason="policy", handoffs__0__t_queued=GIVEN, handoffs__0__t_ring_first=GIVEN, **ABANDONED),
    gone("number-announced", "wait 1s, press 0, hear transferring, wait 1500ms",
         (cut("greeting"), "transferring", "(music)", ANYTHING),
         handoffs__count=1, handoffs__0__outcome="answered", handoffs__0__agent_id="1001",
         handoffs__0__agent_id_announced_at=None, agent_legs__count=1, agent_legs__0__agent_id="1001"),
    gone("talk", "wait 1s, press 9, hear transferring, wait 7s",
         (cut("greeting"), "transferring", "(music)", *TALK),
         entry="elderly_direct", handoffs__0__reason="elderly_key", handoffs__0__outcome="answered",
         handoffs__0__agent_id="1006", handoffs__0__agent_id_announced_at=GIVEN,
         agent_legs__count=1, agent_legs__0__agent_id="1006"),
    gone("music", "wait 1s, press 5, wait 1s, press 1, hear complaint_intro, press 2, hear transferring, wait 2s",
         (cut("greeting"), cut("service_menu"), "complaint_intro", ANYTHING, "transferring", "(music)"),
         handoffs__0__reason="complaint", handoffs__0__t_queued=GIVEN, handoffs__0__t_ring_first=None, **ABANDONED),
]  # fmt: skip

#: Talks to the only agent of the complaints queue while "music" waits there, so that no telephone rings for it.
TALKING = gone(
    "before", "wait 900ms, press 51, hear complaint_intro, press 2, hear transferring, wait 11s",
    (cut("greeting"), ANYTHING, "complaint_intro", ANYTHING, "transferring", "(music)", *TALK),
    handoffs__0__outcome="answered", handoffs__0__agent_id="1005", agent_legs__count=1,
)  # fmt: skip

AGENTS = {
    "1003": Manner(rings_ms=None),
    "1001": Manner(rings_ms=500),
    "1005": Manner(rings_ms=100),
    "1006": Manner(rings_ms=500),
}


def test_at_each_stage(line: Hotline, folder: Path) -> None:
    line.serve_flows(changes({"agents.yaml": {"agents": {"1006": {"queues": {"complaints": None}}}}}))
    everybody = [TALKING, *STAGES]
    began = time.time_ns() // 1_000_000
    with signed_in(line, folder, AGENTS):
        found = place_all(line, folder, everybody, at_once=len(everybody), alone=False)
        until("Asterisk to let go of every channel", lambda: "0 active calls" in line.console("core show calls"))
    wrong = complain(everybody, found, {})
    assert not wrong, wrong
    store = Store(line.environ["IVR_DATABASE_URL"])
    try:
        ids = [call.call_id for call in store.all(since=began)]
    finally:
        store.close()
    assert len(ids) == len(set(ids)) and {record_id(one) for one in found.values()} <= set(ids)
    assert len(ids) % len(everybody) == 0, "each call leaves exactly one record"


def record_id(evidence: Evidence) -> object:
    """The call's id in its record."""
    return None if evidence.record is None else evidence.record["call_id"]


def test_before_the_answer(line: Hotline) -> None:
    """CANCEL on the heels of the INVITE. Whichever wins at Asterisk, the answer or the CANCEL: one record, the
    caller's doing."""
    line.serve_flows(None)
    began = time.time_ns() // 1_000_000
    numbers = [line.next_number() for _ in range(10)]
    answered = dict(zip(numbers, [_give_up(line.address, number) for number in numbers], strict=True))
    until("Asterisk to let go of every channel", lambda: "0 active calls" in line.console("core show calls"))
    store = Store(line.environ["IVR_DATABASE_URL"])
    try:
        records = until("ten records", lambda: found if len(found := list(store.all(since=began))) >= 10 else None, 10)
    finally:
        store.close()
    assert len(records) == 10
    for record in records:
        assert record.hangup_by == "caller" and not record.handoffs and record.did == "95000", record
    # who gave up before the dialplan's first line has a record, but no number: nothing had asked the channel for it yet
    known = {record.caller_number.removeprefix("+86"): record for record in records if record.caller_number}
    assert set(known) <= set(numbers)
    for number, was_answered in answered.items():
        assert not was_answered or known[number].t_answered is not None, number


def _give_up(address: str, number: str) -> bool:
    """INVITE and CANCEL in one breath; whether the call was answered all the same (it is then ended with BYE)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.bind(("127.0.0.1", 0))
        phone.settimeout(5)
        own = f"127.0.0.1:{phone.getsockname()[1]}"

        def send(method: str, cseq: int, to_tag: str = "", body: str = "", branch: str = "one") -> None:
            kind = "Content-Type: application/sdp\r\n" if body else ""
            text = (
                f"{method} sip:95000@{address}:5060 SIP/2.0\r\n"
                f"Via: SIP/2.0/UDP {own};branch=z9hG4bK{number}{branch}\r\n"
                f"From: <sip:{number}@{own}>;tag={number}\r\nTo: <sip:95000@{address}:5060>{to_tag}\r\n"
                f"Call-ID: {number}@{own}\r\nCSeq: {cseq} {method}\r\nContact: <sip:{number}@{own}>\r\n"
                f"Max-Forwards: 70\r\n{kind}Content-Length: {len(body)}\r\n\r\n{body}"
            )
            phone.sendto(text.encode("ascii"), (address, 5060))

        send("INVITE", 1, body=_SDP)
        send("CANCEL", 1)
        while True:
            answer = phone.recv(65536).decode("utf-8", "replace")
            status, cseq = int(answer.split(" ", 2)[1]), re.search(r"CSeq: *1 +INVITE", answer)
            if status < 200 or cseq is None:
                continue
            tag = re.search(r"(?im)^To:[^\r\n]*(;tag=[^;\r\n]+)", answer)
            assert tag is not None, answer
            send("ACK", 1, tag[1], branch="one" if status >= 300 else "ack")
            if status >= 300:
                return False
            send("BYE", 2, tag[1], branch="bye")
            while "2 BYE" not in phone.recv(65536).decode("utf-8", "replace"):
                pass
            return True


_SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 39998 RTP/AVP 8\r\n"
    "a=rtpmap:8 PCMA/8000\r\n"
)
