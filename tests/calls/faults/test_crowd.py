"""Many callers at once, callers who hang up at any instant, and callers who press keys without end."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.calls.faults.crowd import together
from tests.calls.faults.eyes import dial, log_since, log_size, only_record, wait_over
from tests.rig import phones, sipp
from tests.rig.hotline import Hotline
from tests.rig.phones import Identity
from tests.rig.steps import parse, plan

#: One crowd at a time on a machine, or they measure each other.
pytestmark = [pytest.mark.calls, pytest.mark.xdist_group("crowd")]

CALLS, HANGUPS, FLOOD = 30, 20, 300
KEYS = "1#7*52#3*6"


def test_thirty_calls_at_once(whole: Hotline, folder: Path) -> None:
    """Each presses a key at random, hears the menu, and hangs up; nobody waits in silence, every record is right."""
    dice = random.Random(20261121)
    walks = {}
    for number in range(CALLS):
        first = dice.choice("12345")
        walks[f"{number:02}"] = (first, dice.uniform(0.9, 9), dice.uniform(2, 6))
    callers = {
        name: [f"wait {before:.1f}s", f"press {key}", f"wait {after:.1f}s", "hang up"]
        for name, (key, before, after) in walks.items()
    }
    since = log_size(whole)
    told = together(whole, folder, callers)
    assert len(told) == CALLS
    menus = {"1": "accounts", "2": "cards", "3": "loans", "4": "loss", "5": "service"}
    longest = 0.0
    for name, (key, _, _) in walks.items():
        story = told[name]
        record = only_record(whole, story.number)
        text = story.text(record)
        longest = max(longest, story.silence())
        assert story.prompts[0] == "greeting", text
        assert f"{menus[key]}_menu" in story.prompts, text
        visits = [(visit["menu_id"], visit["outcome"], visit["key"]) for visit in record["menu_visits"]]
        assert visits == [("main", "choice", key), (menus[key], "hangup", None)], text
        assert (record["hangup_by"], record["source"], record["entry"]) == ("caller", "live", "menu"), text
        assert abs(record["t_ended"] / 1000 - story.ended) < 1, text
        # Thirty in one instant; how soon one caller hears the first prompt is for the benchmark to say.
        assert record["t_first_prompt"] - record["t_answered"] < 2000, text
    print(f"longest silence of {CALLS} callers at once: {longest:.2f} s")
    assert longest <= 2
    assert " ERROR " not in log_since(whole, since)


def test_callers_hang_up_at_any_instant(whole: Hotline, folder: Path) -> None:
    """In the greeting, between prompts, as a key is pressed, on the way to the queue, in the queue."""
    since = log_size(whole)
    callers = {
        f"{number:02}": [f"wait {0.05 + number * 0.31:.2f}s", "hang up"]
        if number % 2
        else ["wait 0.9s", "press 0", f"wait {number * 0.17:.2f}s", "hang up"]
        for number in range(HANGUPS)
    }
    told = together(whole, folder, callers)
    for story in told.values():
        record = only_record(whole, story.number)
        text = story.text(record)
        assert record["hangup_by"] == "caller", text
        assert record["t_ended"] >= record["t_answered"] >= record["t_offered"], text
        assert all(one["outcome"] in ("abandoned", "no_agents") for one in record["handoffs"]), text
    log = log_since(whole, since)
    assert "Traceback" not in log, log
    assert " ERROR " not in log, log


def test_a_flood_of_keys(whole: Hotline, folder: Path) -> None:
    """Three hundred keys as fast as SIP carries them: no harm to this call, nor to one beside it."""
    since = log_size(whole)
    flooder = whole.next_number()
    own = folder / "flood.xml"
    folder.mkdir(parents=True, exist_ok=True)
    own.write_text(_flood(flooder), encoding="utf-8")

    def flood(numbers: Mapping[str, str]) -> None:
        with sipp.caller(folder / "flood", (), number=flooder, own=own, setup=whole.setup()) as process:
            process.wait()

    beside = together(whole, folder, {"beside": ["wait 6s", "press 5", "wait 3s", "hang up"]}, meanwhile=flood)
    record = only_record(whole, flooder)
    assert record["hangup_by"] == "caller", record
    assert len(record["menu_visits"]) >= 1
    assert all(visit["key"] is None or len(visit["key"]) == 1 for visit in record["menu_visits"])
    assert "service_menu" in beside["beside"].prompts, beside["beside"].text()
    assert "Traceback" not in log_since(whole, since)
    wait_over(whole, flooder)
    after = dial(whole, folder / "after", "wait 1s", "hang up")
    assert after.prompts[0] == "greeting"


def _flood(number: str) -> str:
    """A call that sends its keys as SIP INFO, hundreds of them, in a loop: SIPp reads no scenario above 64 KiB."""
    who = Identity(number, "95000")
    steps = parse(["dial", "wait 1s", "hang up"])
    calm = phones.caller(who, steps, plan(steps), "silence.alaw").replace(
        "CSeq: 2 BYE", "CSeq: [last_cseq_number+1] BYE"
    )
    bye = calm.rindex("<send")
    keys = "".join(
        phones.send(
            "INFO [next_url] SIP/2.0\n"
            # Round for round the same step of SIPp, which would give it the same branch.
            "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=z9hG4bK-[pid]-f[last_cseq_number]\n"
            f"From: {who.origin};tag=[pid]c[call_number]\n[last_To:]\nCall-ID: [call_id]\n"
            "CSeq: [last_cseq_number+1] INFO\n"
            f"Max-Forwards: 70\nContent-Type: application/dtmf-relay",
            f"Signal={key}\nDuration=100",
        ).replace("Content-Type: application/sdp\n", "")
        + '<recv response="200"/>\n'
        for key in KEYS
    )
    count = (
        f'<nop next="keys" test="more"><action><add assign_to="n" value="1"/>'
        f'<test assign_to="more" variable="n" compare="less_than" value="{FLOOD // len(KEYS)}"/></action></nop>\n'
    )
    return calm[:bye] + '<label id="keys"/>\n' + keys + count + calm[bye:]
