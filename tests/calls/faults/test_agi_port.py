"""Garbage, slow and half-open clients on the AGI port while a real call is served ("Bad input to survive")."""

from __future__ import annotations

import contextlib
import random
import socket
from pathlib import Path

import pytest

from tests.calls.faults.eyes import assert_in_order, dial, log_since, log_size, only_record, records, wait_prompt
from tests.rig.hotline import Hotline

pytestmark = pytest.mark.calls

PORT = 4573
IDLE = 200


def test_strangers_on_the_agi_port_harm_no_call(whole: Hotline, folder: Path) -> None:
    since = log_size(whole)
    before = len(records(whole))
    with contextlib.ExitStack() as stack:

        def client(data: bytes = b"", *, close: bool = False) -> None:
            link = stack.enter_context(socket.create_connection((whole.address, PORT), timeout=5))
            if data:
                with contextlib.suppress(ConnectionError):  # refused in the middle of what it says
                    link.sendall(data)
            if close:
                link.close()

        def knock(number: str) -> None:
            wait_prompt(whole, number, "greeting")
            dice = random.Random(5)
            for _ in range(50):
                client(close=True)  # a probe of the port
            for _ in range(IDLE):
                client()  # half open: never says a word
            for size in (1, 100, 5000, 200_000):
                client(dice.randbytes(size))
                client(b"\n" * size)
                client(b"agi_" * size, close=True)
            client(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            client(b"agi_uniqueid: \n\n")
            client(b"agi_uniqueid: 1.1\nagi_uniqueid: 2.2\n\n")
            client("agi_uniqueid: 9.9\nagi_callerid: 张三\n\n".encode("gb18030"), close=True)
            client(b"agi_network: yes\n")  # slow: the rest never comes

        story = dial(whole, folder, "wait 8s", "press 5", "wait 2s", "press 3", "wait 2s", "hang up", meanwhile=knock)
        again = dial(whole, folder / "again", "wait 2s", "hang up")
    for one in (story, again):
        record = only_record(whole, one.number)
        assert record["hangup_by"] == "caller"
        assert one.silence() <= 2, one.text(record)
    assert_in_order(story, "greeting", "main_menu", "service_menu", "branch_hours_info")
    assert_in_order(again, "greeting")
    log = log_since(whole, since)
    assert "AGI connection refused" in log
    assert "Traceback" not in log, log
    assert len(records(whole)) == before + 2
