"""Agents at their desks in a browser: a window each, the telephone open and heard to ring, and what they say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from playwright.sync_api import Page, expect

from ivr.people.roles import Role
from tests.browser.rig.browser import Window
from tests.browser.rig.telephone import Telephones, heard, tapped
from tests.calls.test_agents import loudness_at
from tests.rig import g711
from tests.rig.errors import RigError
from tests.rig.hotline import until
from tests.rig.talker import Talker

#: So many packets are looked at to know what is heard now (half a second), in pieces of so many: a browser on a busy
#: machine leaves gaps, after which a tone goes on elsewhere in its wave.
_LATELY, _PIECE = 25, 5
#: A voice here is a tone: it is heard where it is so loud (of full scale) and makes up so much of what is heard (music
#: and words have something of every tone), and not heard where it is no louder than this.
_LOUD, _SHARE, _SILENT = 0.02, 0.3, 0.002


@dataclass(slots=True)
class Desk:
    """One agent's; `page` is the document he sits at now."""

    seen: Window
    page: Page

    def keys(self, *keys: str) -> None:
        """The agent presses keys."""
        for key in keys:
            self.page.keyboard.press(key)

    def hears(self, hz: int, yes: bool = True) -> None:
        """Until he hears this voice, or no longer."""
        _until_heard(lambda: [one.payload for one in heard(self.page, _LATELY)], hz, yes)

    def speaks(self, hz: int) -> None:
        """From now on, for two minutes."""
        tone = "Array.from({length: 120 * 8000}, (_, i) => 0.3 * Math.sin(2 * Math.PI * hz * i / 8000))"
        self.page.evaluate(f"hz => __speak({tone}, 8000)", hz)


@contextmanager
def desk(around: Telephones, agent: str, *more: Role) -> Iterator[Desk]:
    """The agent's, who is ready; he has these roles beside."""
    with around.running.window(around.browser, Role.AGENT, *more, agent=agent) as seen:
        seen.expected.add("/desk/beat")  # 409, as long as a page of his that was just closed, or crashed, may live
        found = Desk(seen, tapped(seen.page()))
        sits_down(found)
        found.page.locator("#desk-try").click()
        answers(found.page)
        state(found.page, "就绪", 20)
        yield found


def sits_down(one: Desk) -> None:
    """Open the document and the telephone in it."""
    one.seen.go(one.page, "/desk")
    one.page.get_by_role("button", name="打开话机").click()
    one.page.wait_for_selector("hotline-phone[data-link=up]", timeout=15_000)


def state(page: Page, words: str, seconds: float = 15) -> None:
    """Until the desk says that the agent is in this state."""
    expect(page.locator("#desk-state")).to_have_text(words, timeout=seconds * 1000)


def answers(page: Page) -> None:
    """The telephone rings, and is answered by a key."""
    page.wait_for_selector("hotline-phone[data-call=ringing]", timeout=30_000)
    page.keyboard.press("a")
    page.wait_for_selector("hotline-phone[data-sound=yes]", timeout=15_000)


def voice(caller: Talker, hz: int) -> None:
    """The caller speaks from now on, for two minutes."""
    t = np.arange(120 * g711.RATE) / g711.RATE
    caller.say((0.3 * 32767 * np.sin(2 * np.pi * hz * t)).astype(np.int16))


def caller_hears(caller: Talker, hz: int, yes: bool = True) -> None:
    """Until the caller hears this voice, or no longer."""
    _until_heard(lambda: [one.payload for one in caller.heard[-_LATELY:]], hz, yes)


def _until_heard(lately: Callable[[], list[bytes]], hz: int, yes: bool) -> None:
    last = "nothing"

    def look() -> bool:
        nonlocal last
        frames = lately()
        if len(frames) < _LATELY:
            last = f"{len(frames)} packets"
            return False
        pieces = [b"".join(frames[at : at + _PIECE]) for at in range(0, _LATELY, _PIECE)]
        loud = [loudness_at(piece, hz) for piece in pieces]
        power = [float(np.mean((g711.decode(piece, "alaw").astype(float) / 32768) ** 2)) for piece in pieces]
        last = ", ".join(f"{one:.3f} of {(2 * all_) ** 0.5:.3f}" for one, all_ in zip(loud, power, strict=True))
        if not yes:
            return max(loud) < _SILENT
        clear = [one > _LOUD and one**2 / 2 > _SHARE * all_ for one, all_ in zip(loud, power, strict=True)]
        return sum(clear) > len(pieces) / 2

    try:
        until(f"{hz} Hz {'to be heard' if yes else 'to be heard no longer'}", look)
    except RigError as wrong:
        raise RigError(f"{wrong}; heard last, each 100 ms, as loud as a tone: {last}") from wrong
