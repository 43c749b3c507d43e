"""What those who watch are told of a call on a real Asterisk: where it stands, no older than a second."""

from __future__ import annotations

import json
import socket
import threading
import time

import pytest

from ivr.report.monitoring.calls_now import Stage
from ivr.report.monitoring.live_view import LiveView, ViewReader
from tests.rig.hotline import Hotline, until
from tests.rig.ports import take
from tests.rig.talker import Talker

pytestmark = pytest.mark.calls


class Watcher:
    """Somebody who watches; each view with the moment it came (epoch ms)."""

    def __init__(self, line: Hotline) -> None:
        self.views: list[tuple[int, LiveView]] = []
        self._wire = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._wire.connect(str(line.state / "desk.sock"))
        self._wire.sendall(b'{"command": "watch"}\n')
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        reader = ViewReader()
        with self._wire.makefile("rb") as lines:
            for text in lines:
                now, told = time.time_ns() // 1_000_000, json.loads(text)
                if "view" in told:
                    self.views.append((now, reader.read(told["view"])))

    def close(self) -> None:
        """Watch no more."""
        self._wire.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._wire.close()

    def menus(self, before: set[str]) -> dict[str, int]:
        """Each menu that new calls are told to be in, with how old that was (ms) when it was told first."""
        found: dict[str, int] = {}
        for at, view in tuple(self.views):
            for call in view.calls:
                if call.call_id not in before and call.stage is Stage.MENU and call.menu is not None:
                    found.setdefault(call.menu, at - call.stage_since)
        return found


def test_where_a_call_stands_is_told_within_a_second(line: Hotline) -> None:
    """Into the first menu, into another, and gone."""
    watcher = Watcher(line)
    try:
        until("the first view", lambda: bool(watcher.views))
        before = {call.call_id for call in watcher.views[0][1].calls}
        with take() as ports, Talker((line.address, 5060), ports, number=line.next_number()) as caller:
            caller.dial()
            until("the first menu", lambda: len(watcher.menus(before)) == 1)
            caller.press("1")
            until("another menu", lambda: len(watcher.menus(before)) == 2)
            caller.hang_up()
            hung_up = time.time_ns() // 1_000_000
            until("the end", lambda: {call.call_id for call in watcher.views[-1][1].calls} <= before)
        ages, gone = watcher.menus(before), watcher.views[-1][0] - hung_up
    finally:
        watcher.close()
    assert max(ages.values()) <= 1_000 and gone <= 1_000, (ages, gone)
