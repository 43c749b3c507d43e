"""A caller on hold is told why and that it goes on, and the agent is reminded before: at which moments."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from ivr.call.agents.hold_watch import HoldWatch
from ivr.call.served_flow import ServedFlow
from ivr.call.whisper import Manner
from ivr.errors import CommandRefused
from ivr.telephony.ami.manager import Manager
from tests.call.desks import FLOW


class Recordings:
    """A catalogue in which every prompt is one file of its name."""

    prompts = Path("/p")

    def resolve(self, prompt: str, _values: Mapping[str, object], _language: str, _variant: str) -> tuple[Path, ...]:
        return (Path(f"{prompt}.wav"),)


@dataclass(slots=True)
class Clock:
    """A manager that writes down who was called when, and with what; agents' telephones are not answered."""

    calls: list[tuple[float, str, str]] = field(default_factory=list)
    refuses: bool = False

    async def originate(self, channel: str, **fields: Any) -> None:
        now = asyncio.get_running_loop().time()
        self.calls.append((now, channel, fields["variables"].get("CLIPS", "")))
        if channel.startswith("PJSIP/") or self.refuses:
            raise CommandRefused("no answer")


MANNER = Manner(ServedFlow(FLOW, cast(Any, Recordings()), None), "zh", "normal")


class Selector(selectors.SelectSelector):
    """Waits for no time-out: the loop's clock moves on instead."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout:
            self.now += timeout
        return ready


class Loop(asyncio.SelectorEventLoop):
    """Time passes at once."""

    def __init__(self) -> None:
        self._own = Selector()
        super().__init__(self._own)

    def time(self) -> float:
        return self._own.now


def held(
    seconds: float, *, refuses: bool = False, browser: bool = False
) -> tuple[list[tuple[float, str, str]], int, list[dict[str, object]]]:
    """Who was called how long (s) after the hold began, how often the caller was told why, and what the desk heard."""
    manager, explained, events = Clock(refuses=refuses), list[None](), list[dict[str, object]]()

    async def whole() -> None:
        watch = HoldWatch(cast(Manager, manager), events.append, lambda agent: browser and agent == "1001")
        watch.started("k1", "1001", MANNER, lambda: explained.append(None))
        await asyncio.sleep(seconds)
        watch.ended("k1")
        told = len(manager.calls)
        await asyncio.sleep(100)
        assert len(manager.calls) == told
        await watch.close()

    with asyncio.Runner(loop_factory=Loop) as runner:
        runner.run(whole())
    return [(round(t, 3), channel, clips) for t, channel, clips in manager.calls], len(explained), events


def test_the_agent_is_reminded_at_25_s_and_the_caller_told_at_30_s() -> None:
    calls, explained, events = held(33)
    assert calls == [
        (1, "Local/k1@whisper/n", "/p/hold_begins"),
        (25, "PJSIP/1001", "/p/hold_reminder"),
        (30, "Local/k1@whisper/n", "/p/hold_goes_on"),
    ]
    assert explained == 2
    assert [(one["event"], one["agent"], one["call_id"]) for one in events] == [("hold_reminder", "1001", "k1")]


def test_who_talks_in_the_browser_is_reminded_there() -> None:
    calls, _, _ = held(26, browser=True)
    assert calls[-1] == (25, "PJSIP/1001-web", "/p/hold_reminder")


def test_it_goes_on_every_30_s() -> None:
    calls, _, _ = held(63)
    assert [t for t, _, clips in calls if clips == "/p/hold_goes_on"] == [30, 60]
    assert [t for t, channel, _ in calls if channel == "PJSIP/1001"] == [25, 55]


def test_who_is_back_at_once_is_told_nothing() -> None:
    assert held(0.5) == ([], 0, [])


def test_what_was_not_said_explains_nothing() -> None:
    _, explained, _ = held(33, refuses=True)
    assert explained == 0
