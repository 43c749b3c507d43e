"""What the caller was asked goes to the agent's telephone, and nowhere else (CBA 二十九, 十三)."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.rig.agents import Manner
from tests.rig.hotline import Hotline
from tests.rig.steps import parse

pytestmark = pytest.mark.calls

#: 信用卡, 办卡与激活, 卡片激活; the card's last four, confirmed.
LAST4 = "8642"
STEPS = (
    "dial", "wait 1s", "press 2", "wait 2s", "press 3", "wait 2s", "press 3", "wait 3s", f"press {LAST4}",
    "wait 5s", "press 1", "wait for bye 60s",
)  # fmt: skip


def test_an_answer_reaches_the_agent_and_no_record(line: Hotline, folder: Path) -> None:
    line.serve_flows(None)
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
