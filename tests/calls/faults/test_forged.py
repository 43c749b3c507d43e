"""What a caller sends stays what it is: no text from outside becomes a line of Asterisk's events, of its account of the
calls, of a log, or a fact of another caller's record."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ivr.telephony.events.cel import parse
from tests.calls.faults.eyes import (
    Manner,
    Record,
    dial,
    facts,
    log_since,
    log_size,
    only_record,
    records,
    wait_fact,
)
from tests.calls.faults.forging import MARK, escaped, forgeries, listening_in
from tests.rig import sipp
from tests.rig.errors import CallFailed
from tests.rig.hotline import Hotline, until
from tests.rig.ports import take
from tests.rig.talker import Talker

pytestmark = pytest.mark.calls

NOBODY = '"Anonymous" <sip:anonymous@anonymous.invalid>'


@contextmanager
def call(line: Hotline, number: str = "13800000001", **more: Any) -> Iterator[Talker]:
    """A call in progress, answered and spoken to."""
    with (
        take() as ports,
        Talker((line.address, 5060), ports, number=number, **more) as caller,
    ):
        caller.dial()
        until("sound", lambda: len(caller.heard) > 10)
        yield caller


def hostile(text: str) -> list[dict[str, Any]]:
    """The places in which a caller may put it, and is served all the same."""
    user = escaped(text)
    return [
        {"sender": f"<sip:138{user}@127.0.0.1>"},
        {"sender": f'"{user}" <sip:{user}@127.0.0.1>;x={user}'},
        {"sender": f"<sip:1001{user}@127.0.0.1>", "headers": [f"P-Asserted-Identity: <sip:138{user}@h>"]},
        {"sender": NOBODY, "headers": [f'P-Asserted-Identity: "{user}" <sip:138{user}@h>', f"Privacy: id{user}"]},
        {"sender": NOBODY, "headers": [f"{name}: <sip:1{user}@h>;reason={user}" for name in (
            "Diversion", "Remote-Party-ID", "User-to-User", "History-Info", "Subject", "Referred-By")]},
    ]  # fmt: skip


def test_no_text_from_a_caller_becomes_a_line(whole: Hotline, folder: Path) -> None:
    since, number = log_size(whole), whole.next_number()
    began = int(time.time() * 1000)
    before = len(records(whole))
    with listening_in(whole) as other, call(whole, number) as victim:
        live = wait_fact(whole, number, "Offered")["call_id"]
        kinds = [one for text in forgeries(live) for one in hostile(text)]
        for kind in kinds:
            with call(whole, **kind):
                pass
        for text in forgeries(live):
            for dialled in (f"95000{escaped(text)}", escaped(text)):
                with pytest.raises(CallFailed), call(whole, dialled=dialled):
                    pass
        until("the records", lambda: len(records(whole)) >= before + len(kinds), 40)
        assert [one["call_id"] for one in records(whole) if one["call_id"] == live] == [], "it goes on"
        victim.press("2")
        wait_fact(whole, number, "MenuKey", key="2")
        heard = other.lines()
    record = only_record(whole, number)
    assert (record["hangup_by"], record["source"], record["hangup_cause"] in ("0", "16")) == ("caller", "live", True)
    assert len(records(whole)) == before + len(kinds) + 1
    for one in served(whole, began):
        assert one["t_first_prompt"] and one["did"] == "95000" and one["source"] == "live", one
    assert len([line for line in heard if line == "Event: Newchannel"]) >= len(kinds)
    assert not [line for line in heard if line.startswith((MARK, "\x1b"))], heard
    text = (whole.state / "asterisk/log/cel-custom/ivr.csv").read_text("utf-8")
    assert not parse(text.split("\n")).faults
    for log in (text, (whole.state / "asterisk/log/messages.log").read_text("utf-8"), log_since(whole, since)):
        assert not [line for line in log.splitlines() if line.lstrip('"').startswith(MARK)], log
    assert "Traceback" not in log_since(whole, since)
    assert "refused" not in log_since(whole, since)


def served(line: Hotline, since: int) -> list[Record]:
    """The records of calls offered since."""
    return [one for one in records(line) if one["t_offered"] >= since]


def test_a_local_process_that_names_a_live_call_gets_nothing(whole: Hotline, folder: Path) -> None:
    """It has not what the dialplan has: neither a lie, nor silence, nor a hang-up in its name changes the record."""
    since, number = log_size(whole), whole.next_number()
    before = len(records(whole))
    with call(whole, number) as caller:
        live = wait_fact(whole, number, "Offered")["call_id"]
        for uniqueid in (live, "t1-1700000000.77"):
            for answer in ("200 result=1 (da39a3ee5e6b4b0d3255bfef95601890afd80709)", "200 result=0", "HANGUP", ""):
                said = _pretend(whole, uniqueid, answer)
                assert said == [] or (len(said) == 1 and said[0].startswith("GET FULL VARIABLE ")), said
        caller.press("2")
        wait_fact(whole, number, "MenuKey", key="2")
    record = only_record(whole, number)
    assert [visit["key"] for visit in record["menu_visits"]][:1] == ["2"], record
    assert len(records(whole)) == before + 1
    assert log_since(whole, since).count("AGI connection refused: it does not come from our dialplan") >= 4
    key = json.loads((whole.state / "secrets.json").read_text())["agi"]
    for file in (whole.log, *(whole.state / "asterisk/log").rglob("*.*")):
        assert key not in file.read_text("utf-8", "replace"), file


def _pretend(line: Hotline, uniqueid: str, answer: str) -> list[str]:
    """Connect as Asterisk would, name a call, and answer what is asked; what the application asked."""
    said: list[str] = []
    with socket.create_connection((line.address, 4573), timeout=10) as link, link.makefile("rwb") as file:
        clock = int(time.time() * 1000)
        header = {"uniqueid": uniqueid, "callerid": "13800000002", "arg_1": clock, "arg_5": "13800000002||0"}
        file.write("".join(f"agi_{name}: {value}\n" for name, value in header.items()).encode() + b"\n")
        file.flush()
        while answer and (asked := file.readline()):
            said.append(asked.decode())
            with contextlib.suppress(OSError):
                file.write(answer.encode() + b"\n")
                file.flush()
    return said


def test_a_caller_with_an_agents_number_is_a_caller(whole: Hotline, folder: Path) -> None:
    """The number asked for decides. The agent of that name signs in and takes a call all the same."""
    before = len(records(whole))
    with call(whole, "1001"):
        pass
    until("the record", lambda: len(records(whole)) == before + 1)
    assert max(records(whole), key=lambda one: one["t_offered"])["caller_number"] == "1001"
    story = dial(
        whole, folder, "wait 1s", "press 0", "wait for bye", agents={"1001": Manner(rings_ms=300, talks_ms=500)}
    )
    assert [one["outcome"] for one in only_record(whole, story.number)["handoffs"]] == ["answered"]


def test_the_number_that_the_trunk_asserts_counts_and_is_not_shown(whole: Hotline, folder: Path) -> None:
    number = whole.next_number()
    asserted = [f"P-Asserted-Identity: <sip:+86{number}@127.0.0.1>", "Privacy: id"]
    with agent_phone(whole, folder) as phone, call(whole, sender=NOBODY, headers=asserted) as caller:
        caller.press("0")
        wait_fact(whole, number, "Connected")
    record = only_record(whole, number)
    assert (record["caller_number"], record["caller_kind"]) == (f"+86{number}", "withheld")
    assert number not in phone.read_text("utf-8", "replace")


def test_one_number_holds_a_few_lines(whole: Hotline, folder: Path) -> None:
    """Three by default, in whatever form the number comes; the next hears the notice. Withheld numbers are nobody's."""
    number = whole.next_number()
    forms = (number, f"+86{number}", f"0086{number}", f"0{number}")
    with contextlib.ExitStack() as stack:
        for form in forms:
            stack.enter_context(call(whole, form))
        for _ in forms:
            stack.enter_context(call(whole, sender=NOBODY))
        until("four records begun", lambda: len(_begun(whole, number)) == 4)
        wait_fact(whole, number, "PromptSpoken", prompt="capacity")
    until("four records", lambda: len(records(whole, number)) == 4)
    found = records(whole, number)
    assert sorted(one["hangup_cause"] == "caller_lines" for one in found) == [False, False, False, True]
    (refused,) = (one for one in found if one["hangup_cause"] == "caller_lines")
    assert refused.get("t_first_prompt") is None and refused["last_prompt_kind"] == "notice"
    after = dial(whole, folder / "after", "wait 1s", "hang up")
    assert only_record(whole, after.number)["hangup_cause"] != "caller_lines"


def _begun(line: Hotline, number: str) -> set[str]:
    return {one["call_id"] for one in facts(line, number) if one["fact"] == "Offered"}


def test_nobody_takes_over_a_talk(whole: Hotline, folder: Path) -> None:
    """INVITE with Replaces that names the talk: refused; the talk goes on, and is the only record."""
    number = whole.next_number()
    before = len(records(whole))
    with agent_phone(whole, folder), call(whole, number) as caller:
        caller.press("0")
        wait_fact(whole, number, "AgentAnnounced")
        for early in ("", ";early-only"):
            with pytest.raises(CallFailed, match=r"SIP/2\.0 4"), call(whole, headers=[caller.replaces + early]):
                pass
        heard = len(caller.heard)
        until("the talk to go on", lambda: len(caller.heard) > heard + 25)
        assert not caller.hung_up.is_set()
    record = only_record(whole, number)
    assert (record["hangup_by"], len(record["agent_legs"])) == ("caller", 1)
    assert len(records(whole)) == before + 1


@contextmanager
def agent_phone(line: Hotline, folder: Path) -> Iterator[Path]:
    """Agent 1001 is signed in and answers; the log of every SIP message at that telephone."""
    setup = line.setup()
    with sipp.agent(
        folder, "1001", password=line.password("1001"), manner=Manner(rings_ms=300, talks_ms=None), setup=setup
    ) as phone:
        yield phone.folder / "1001_messages.log"
