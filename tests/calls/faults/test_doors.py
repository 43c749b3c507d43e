"""Who may call whom, and how many at once: capacity, call rate, unknown numbers, strangers, agents."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tests.calls.faults.crowd import together
from tests.calls.faults.eyes import (
    assert_in_order,
    cel,
    dial,
    log_since,
    log_size,
    only_record,
    records,
    wait_cel,
    wait_prompt,
)
from tests.rig import phones, sipp
from tests.rig.errors import CallFailed
from tests.rig.hotline import Hotline, hotline, until
from tests.rig.steps import parse

pytestmark = pytest.mark.calls


@pytest.fixture(scope="module")
def narrow() -> Iterator[Hotline]:
    """A hotline for two calls at once and three new ones in a second."""
    with hotline(MAX_CALLS="2", CALLS_PER_SECOND="3") as one:
        yield one


def test_the_call_beyond_the_capacity_hears_a_notice_and_is_counted(narrow: Hotline, folder: Path) -> None:
    third = narrow.next_number()

    def call(numbers: Mapping[str, str]) -> None:
        for number in numbers.values():
            wait_prompt(narrow, number, "greeting")
        steps = parse(["dial", "wait for bye"])
        with sipp.caller(folder / "third", steps, number=third, setup=narrow.setup()) as process:
            process.wait()

    told = together(narrow, folder, {"a": ["wait 14s", "hang up"], "b": ["wait 14s", "hang up"]}, meanwhile=call)
    for story in told.values():
        assert_in_order(story, "greeting", "main_menu")
        assert only_record(narrow, story.number)["hangup_by"] == "caller"
    record = only_record(narrow, third)
    assert (record["hangup_cause"], record["hangup_by"], record["last_prompt_kind"]) == ("capacity", "system", "notice")
    assert record.get("t_first_prompt") is None, record
    assert record["t_ended"] - record["t_answered"] > 8000, "the whole notice was spoken"
    again = dial(narrow, folder / "again", "wait 2s", "hang up")
    assert_in_order(again, "greeting")


def test_new_calls_hear_the_notice_while_the_load_is_too_high(narrow: Hotline, folder: Path) -> None:
    """As load protection tells the dialplan; it runs out by itself."""
    narrow.console(f"dialplan set global BUSY_UNTIL {int(time.time()) + 3600}")
    refused = dial(narrow, folder / "refused", "wait for bye")
    record = only_record(narrow, refused.number)
    assert (record["hangup_cause"], record["last_prompt_kind"]) == ("capacity", "notice")
    narrow.console(f"dialplan set global BUSY_UNTIL {int(time.time()) - 1}")
    assert_in_order(dial(narrow, folder / "again", "wait 2s", "hang up"), "greeting")


def test_more_calls_in_a_second_than_allowed_are_refused_and_counted(narrow: Hotline, folder: Path) -> None:
    """Twelve calls within a second that give up at once: three or so may come in, in each second that they touch."""
    since = log_size(narrow)
    names = [str(number) for number in range(12)]
    numbers: list[str] = []

    def note(given: Mapping[str, str]) -> None:
        numbers.extend(given.values())
        until("all calls to be over", lambda: all(_over(narrow, number) for number in numbers))

    with pytest.raises(CallFailed):
        together(narrow, folder, {name: ["hang up"] for name in names}, meanwhile=note)
    found = [only_record(narrow, number) for number in numbers]
    causes = [record["hangup_cause"] for record in found]
    assert "rate" in causes, causes
    refused = next(record for record in found if record["hangup_cause"] == "rate")
    assert (refused["hangup_by"], refused.get("t_answered"), refused.get("t_first_prompt")) == ("system", None, None)
    assert "Traceback" not in log_since(narrow, since)


def _over(line: Hotline, number: str) -> bool:
    return any(row.event == "LINKEDID_END" for row in cel(line, number))


def test_a_number_that_is_not_the_banks_is_refused_and_is_no_call(whole: Hotline, folder: Path) -> None:
    for dialled in ("95001", "9500", "+8613800000000", "s", "fallback", "T"):
        story = dial(whole, folder / dialled, "refused 404", dialled=dialled)
        wait_cel(whole, story.number, "HANGUP")
        assert records(whole, story.number) == []
    after = dial(whole, folder / "after", "wait 1s", "hang up")
    only_record(whole, after.number)
    assert not [record for record in records(whole) if record["did"] != "95000"]


def test_a_stranger_is_refused(whole: Hotline, folder: Path) -> None:
    """Another address than the trunk's, under any name, gets no further than a challenge."""
    setup = replace(whole.setup(), address="127.0.0.77")
    for number in ("13800000001", "1001", "trunk", "anonymous"):
        steps = parse(["dial", "refused 401"])
        with sipp.caller(folder / number, steps, number=number, setup=setup) as process:
            process.wait()
    channels = whole.console("core show channels count")
    assert "0 active channels" in channels, channels


def test_an_agent_cannot_call_out(whole: Hotline, folder: Path) -> None:
    """The trunk is for calls that come in: an agent who has signed in and dials a number from outside is refused."""
    password = whole.password("1001")
    for dialled in ("13800000001", "95000", "0013800000001", "*0013800000001"):
        target = f"sip:{dialled}@[remote_ip]:[remote_port]"
        text = phones.document(
            "agent calls out",
            _invite(target, 1, "")
            + '<recv response="100" optional="true"/>\n<recv response="401" auth="true"/>\n'
            + phones.send(_agent_request("ACK", target, 1, "[last_To:]", ""))
            + _invite(target, 2, f"\n[authentication username=1001 password={password}]")
            + '<recv response="100" optional="true"/>\n<recv response="404"/>\n'
            + phones.send(_agent_request("ACK", target, 2, "[last_To:]", "")),
        )
        own = folder / "out.xml"
        own.parent.mkdir(parents=True, exist_ok=True)
        own.write_text(text, encoding="utf-8")
        with sipp.caller(folder / "call", (), number="1001", dialled=dialled, own=own, setup=whole.setup()) as process:
            process.wait()
    plan = whole.console("dialplan show from-agents")
    assert "trunk" not in plan, plan
    assert "Include" not in plan, plan


def _agent_request(method: str, target: str, cseq: int, to: str, more: str) -> str:
    return (
        f"{method} {target} SIP/2.0\nVia: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n"
        f"From: <sip:1001@[remote_ip]>;tag=[pid]o[call_number]\n{to}\nCall-ID: [call_id]\nCSeq: {cseq} {method}\n"
        f"Contact: <sip:1001@[local_ip]:[local_port]>\nMax-Forwards: 70{more}"
    )


def _invite(target: str, cseq: int, more: str) -> str:
    return phones.send(_agent_request("INVITE", target, cseq, f"To: <{target}>", more), phones.sdp("alaw"))


def test_the_dialplan_uses_nothing_that_is_not_loaded(whole: Hotline) -> None:
    """An application that no module brings hangs up on the caller in the very moment it is needed."""
    text = (whole.state / "asterisk" / "etc" / "extensions.conf").read_text(encoding="utf-8")
    plan = "\n".join(line for line in text.splitlines() if not line.startswith(";"))
    applications = set(re.findall(r"(?:,1,|=> n(?:\(\w+\))?,)([A-Za-z]+)\(", plan))
    loaded = whole.console("core show applications")
    missing = {name for name in applications if not re.search(rf"^\s*{name}: ", loaded, re.M)}
    assert len(applications) > 15
    assert not missing
    functions = set(re.findall(r"(?:\$\{|Set\()([A-Z_]+)\(", plan))
    known = whole.console("core show functions")
    assert not {name for name in functions if not re.search(rf"^{name}\s", known, re.M)}
    assert not [name for name in ("logger.conf", "manager.conf") if "dtmf" in _settings(whole, name)]


def _settings(line: Hotline, name: str) -> str:
    text = (line.state / "asterisk" / "etc" / name).read_text(encoding="utf-8")
    return "\n".join(one.partition(";")[0] for one in text.splitlines())
