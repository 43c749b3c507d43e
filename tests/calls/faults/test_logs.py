"""A flood of requests from strangers fills no disk: logs are turned over while Asterisk and the application write."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.calls.faults.eyes import assert_in_order, dial, only_record
from tests.rig.hotline import Hotline, hotline, until

pytestmark = pytest.mark.calls

#: About 2 MB of lines.
REQUESTS = 12_000


@pytest.fixture(scope="module")
def brief() -> Iterator[Hotline]:
    """A hotline that keeps two older files of a megabyte each."""
    with hotline(LOG_MEGABYTES="1", LOG_FILES="2") as one:
        yield one


def flood(line: Hotline) -> None:
    """REGISTER with wrong passwords, for agents that there are and are not, and what is no SIP at all."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.1", 0))
        port = stranger.getsockname()[1]
        for number in range(REQUESTS):
            user = ("1001", "9999")[number % 2]
            lines = [
                f"REGISTER sip:{line.address} SIP/2.0",
                f"Via: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK{number}",
                f"From: <sip:{user}@x>;tag={number}",
                f"To: <sip:{user}@x>",
                f"Call-ID: {number}",
                "CSeq: 1 REGISTER",
                f'Authorization: Digest username="{user}", realm="x", nonce="{number}", uri="sip:x", response="0"',
                "Max-Forwards: 70",
                "Content-Length: 0",
            ]
            data = "\r\n".join((*lines, "", "")) if number % 3 else "\r\n".join(lines[:4]) + "\0"
            stranger.sendto(data.encode(), (line.address, 5060))


def test_a_flood_from_outside_leaves_bounded_logs(brief: Hotline, folder: Path) -> None:
    log = brief.state / "asterisk" / "log"
    messages, first = log / "messages.log", log / "messages.log.1"

    def more() -> bool:
        flood(brief)
        return first.exists()

    until("messages.log to be turned over", more, 120)
    size = messages.stat().st_size
    flood(brief)
    until("Asterisk to write on", lambda: messages.stat().st_size > size or (log / "messages.log.2").exists())
    story = dial(brief, folder, "wait 2s", "hang up")
    assert_in_order(story, "greeting")
    only_record(brief, story.number)
    assert len(list(log.glob("messages.log*"))) <= 3
    assert {one.name.partition(".log")[0] for one in log.glob("*.log*")} <= {"messages", "console"}
    assert not (log / "queue_log").exists()
