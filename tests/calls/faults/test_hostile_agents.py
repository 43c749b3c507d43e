"""An agent's telephone that writes line breaks and other people's words wherever it may: none of it becomes a line of
Asterisk's events, of its account of the calls, of a log, or a fact of a record. Every telephone here is signed in."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest

from ivr.telephony.events.cel import parse
from tests.calls.faults.eyes import (
    Manner,
    log_since,
    log_size,
    only_record,
    records,
    wait_fact,
)
from tests.calls.faults.forging import MARK, AgentLine, Listener, escaped, listening_in
from tests.rig import sipp
from tests.rig.hotline import Hotline, until
from tests.rig.offer import Offer
from tests.rig.ports import take
from tests.rig.talker import Talker

pytestmark = pytest.mark.calls

#: Short: an extension has 79 characters. It begins as a number does.
LINES = f"7\r\n{MARK}: 1\r\n\r\nEvent: Hangup\r\n{MARK}: 1\r\n\r\n\n{MARK}\n"


def nothing_forged(line: Hotline, other: Listener, since: int) -> None:
    """Neither in the events, nor in the account, nor in a log."""
    assert not [text for text in other.lines() if text.startswith(MARK)]
    cel = (line.state / "asterisk/log/cel-custom/ivr.csv").read_text("utf-8")
    assert not parse(cel.split("\n")).faults
    asterisk = (line.state / "asterisk/log/messages.log").read_text("utf-8")
    for log in (cel, asterisk, log_since(line, since)):
        assert not [text for text in log.splitlines() if text.lstrip('"').startswith(MARK)], log
    assert all(json.loads(text)["logmsg"]["message"] for text in asterisk.splitlines() if text.startswith("{"))
    assert "Traceback" not in log_since(line, since)


@pytest.mark.parametrize("to", [escaped(LINES), f"1002{escaped(LINES)}", f"external_replaces{escaped(LINES)}"])
def test_what_a_transfer_names(whole: Hotline, folder: Path, to: str) -> None:
    """The agent's telephone is told that there is no such number, and the talk goes on."""
    since, number = log_size(whole), whole.next_number()
    manner = Manner(rings_ms=200, passes_on=(3000, to))
    with listening_in(whole) as other:
        with (
            sipp.agent(folder, "1001", password=whole.password("1001"), manner=manner, setup=whole.setup()),
            take() as ports,
            Talker((whole.address, 5060), ports, number=number) as caller,
        ):
            caller.dial()
            until("sound", lambda: len(caller.heard) > 10)
            caller.press("0")
            wait_fact(whole, number, "AgentAnnounced")
            log = whole.state / "asterisk/log/messages.log"
            until("the transfer to be refused", lambda: "blind transfer" in log.read_text("utf-8"))
            heard = len(caller.heard)
            until("the talk to go on", lambda: len(caller.heard) > heard + 25)
            assert not caller.hung_up.is_set()
        record = only_record(whole, number)
        assert (record["hangup_by"], len(record["agent_legs"])) == ("caller", 1), record
        assert record["agent_legs"][0].get("transferred_to") is None
        nothing_forged(whole, other, since)


def test_what_it_dials_and_calls_itself(whole: Hotline, folder: Path) -> None:
    """Numbers, names, contacts and headers of every request, and where it forwards its calls to."""
    since, before = log_size(whole), len(records(whole))
    text = escaped(LINES)
    server = f"sip:{whole.address}:5060"
    with listening_in(whole) as other, take() as ports, contextlib.closing(AgentLine(whole, ports)) as phone:
        contact = f"Contact: <sip:1001{text}@127.0.0.1:{ports.sip};x={text}>"
        hostile = [
            f"User-Agent: {text}",
            f"User-to-User: {text}",
            f"Call-Info: <sip:{text}@h>",
            f"Referred-By: <sip:{text}@h>",
        ]
        assert phone.ask("REGISTER", server, contact, "Expires: 60", *hostile) == "200"
        assert phone.ask("REGISTER", server, contact, "Expires: 0", *hostile) == "200"
        body = Offer().text("127.0.0.1", ports.media).replace("s=-", f"s={text}")
        assert text in body
        for dialled in (text, f"1002{text}", f"95000{text}"):
            assert phone.ask("INVITE", f"sip:{dialled}@{whole.address}:5060", *hostile, body=body)[:1] in ("4", "6")
        # one that there is: the name and the headers are hostile
        display = f'"{text} {MARK}" '
        assert phone.ask("INVITE", f"sip:7777@{whole.address}:5060", *hostile, display=display, body=body)[:1] in "456"
        assert phone.ask("MESSAGE", f"sip:1002{text}@{whole.address}:5060", *hostile)[:1] == "4"
        nothing_forged(whole, other, since)
    assert len(records(whole)) == before


def test_where_it_forwards_its_calls_to(whole: Hotline, folder: Path) -> None:
    since, number = log_size(whole), whole.next_number()
    manner = Manner(forwards_to=escaped(LINES))
    with listening_in(whole) as other:
        with (
            sipp.agent(folder, "1001", password=whole.password("1001"), manner=manner, setup=whole.setup()),
            take() as ports,
            Talker((whole.address, 5060), ports, number=number) as caller,
        ):
            caller.dial()
            until("sound", lambda: len(caller.heard) > 10)
            caller.press("0")
            wait_fact(whole, number, "Ringing")
            heard = len(caller.heard)
            until("music", lambda: len(caller.heard) > heard + 50)
        assert only_record(whole, number)["agent_legs"] == []
        nothing_forged(whole, other, since)
