"""What the caller was asked goes to the agent's telephone, and nowhere else (CBA 二十九, 十三)."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.calls.crowd import changes
from tests.rig.agents import Manner
from tests.rig.hotline import Hotline
from tests.rig.steps import parse

pytestmark = pytest.mark.calls

#: 账户理财, 理财, 买卖; the card's last four, confirmed.
LAST4 = "8642"
STEPS = (
    "dial", "wait 1s", "press 1", "wait 2s", "press 4", "wait 2s", "press 3", "wait 3s", f"press {LAST4}",
    "wait 5s", "press 1", "wait for bye 60s",
)  # fmt: skip


#: A leaf that asks for its agents, who prove who calls.
ASKS = changes({"hotline.yaml": {"leaves": {"wealth_order": {"steps": [
    {"ask": {"id": "last4", "slot": "last4", "prompt": "account_last4", "purpose": "座席核对是哪张卡"}},
    {"say": "wealth_order_intro"},
    {"handoff": {"auth": "verified"}},
]}}}})  # fmt: skip


def test_an_answer_reaches_the_agent_and_no_record(line: Hotline, folder: Path) -> None:
    line.serve_flows(ASKS)
    number = line.next_number()
    call, legs = line.place(folder, parse(STEPS), number=number, agents={"1003": Manner(rings_ms=500, talks_ms=2000)})
    invites = [message for message in legs["1003"].messages if message.method == "INVITE"]
    assert [message.headers.get("x-hotline-notes") for message in invites[:1]] == [f"last4={LAST4}"]
    whole = re.compile(rf"(?<![\d.,:]){LAST4}(?!\d)".encode())
    assert not whole.search(json.dumps(line.record(number), ensure_ascii=False).encode())
    written = [path for path in line.state.rglob("*") if path.is_file() and path.suffix != ".wav"]
    assert written
    for path in written:
        assert not whole.search(path.read_bytes()), path
    assert call.t_ended is not None
