"""Load protection: a level at a time, up while it is strained, down after a calm while, and told to the dialplan."""

from __future__ import annotations

import asyncio
import time
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.errors import DeadlinePassed, NotConnected
from ivr.report.monitoring.load_level import TOLD, LoadLevel
from ivr.serve.watchdog import load_protection
from ivr.serve.watchdog.load_protection import (
    CALM_MS,
    CALM_S,
    OF_SECONDS,
    OWN_CALLS,
    STRAINED,
    STRAINED_MS,
    LoadLevels,
    LoadProtection,
)

MANY = max(OWN_CALLS.values())


def levels(*late_ms: int, calls: int = MANY) -> list[int]:
    """The level after each of these seconds."""
    made = LoadLevels()
    return [int(made.second(late, calls)) for late in late_ms]


def test_a_moment_of_strain_changes_nothing() -> None:
    assert set(levels(3000, 0, 0, 0, 0, 500, 500, 0, 0, 0, 0)) == {0}


def test_it_rises_a_level_at_a_time() -> None:
    found = levels(*[STRAINED_MS] * (2 * STRAINED + 3))
    assert found == [0] * (STRAINED - 1) + [1] * STRAINED + [2] * (len(found) - 2 * STRAINED + 1)


def test_few_calls_are_not_what_strains_a_machine() -> None:
    """Somebody's backup, say: refusing callers would help nobody."""
    assert set(levels(*[3000] * 100, calls=OWN_CALLS[1] - 1)) == {0}
    assert set(levels(*[3000] * 100, calls=OWN_CALLS[2] - 1)) == {0, 1}


def test_it_falls_a_level_at_a_time_after_a_calm_while() -> None:
    made = LoadLevels()
    for _ in range(2 * STRAINED):
        made.second(500, MANY)
    assert made.level == LoadLevel.BUSY
    found = [int(made.second(CALM_MS, MANY)) for _ in range(2 * CALM_S)]
    assert found == [2] * (CALM_S - 1) + [1] * CALM_S + [0]


def test_it_stays_while_neither_calm_nor_strained() -> None:
    made = LoadLevels()
    for _ in range(STRAINED):
        made.second(500, MANY)
    assert {int(made.second((CALM_MS + STRAINED_MS) // 2, MANY)) for _ in range(200)} == {1}


@given(st.lists(st.integers(0, 300), max_size=300))
def test_no_step_is_larger_than_one_and_none_comes_without_cause(late: list[int]) -> None:
    made, before = LoadLevels(), LoadLevel.NORMAL
    for number, each in enumerate(late):
        level = made.second(each, MANY)
        assert abs(level - before) <= 1
        if level > before:
            assert sum(one >= STRAINED_MS for one in late[max(0, number + 1 - OF_SECONDS) : number + 1]) >= STRAINED
        elif level < before:
            assert all(one <= CALM_MS for one in late[number + 1 - CALM_S : number + 1])
        before = level


def test_each_level_has_words_for_the_operator() -> None:
    assert set(TOLD) == set(LoadLevel) - {LoadLevel.NORMAL}


# ---- with Asterisk


class Manager:
    """Answers at once, or as it is told."""

    def __init__(self, ping: Exception | None = None) -> None:
        self.set: list[int] = []
        self._ping = ping

    async def action(self, name: str, *, within: float | None = None, **fields: Any) -> None:
        if name == "Setvar":
            assert fields["Variable"] == "BUSY_UNTIL"
            self.set.append(fields["Value"])
        elif self._ping is not None:
            raise self._ping


def after(seconds: int, late_ms: list[int], manager: Manager) -> LoadProtection:
    """Load protection after so many seconds, in which callers' sound came so late."""

    async def run() -> LoadProtection:
        made = LoadProtection(cast(Any, manager), lambda: late_ms.pop(0), lambda: MANY, enabled=True)
        for _ in range(seconds):
            await made._second()
        return made

    return asyncio.run(run())


def test_the_dialplan_is_told_every_second_and_taken_back() -> None:
    manager = Manager()
    made = after(2 * STRAINED + 1, [500] * (2 * STRAINED + 1), manager)
    assert made.level == LoadLevel.BUSY and made.trouble is not None
    assert len(manager.set) == 2 and min(manager.set) > 0
    after(2 * STRAINED + CALM_S, [500] * 2 * STRAINED + [0] * CALM_S, manager)
    assert manager.set[-1] == 0


def test_sound_that_comes_in_time_is_no_strain() -> None:
    manager = Manager()
    assert after(20, [20] * 20, manager).level == LoadLevel.NORMAL
    assert manager.set == []


def test_a_link_that_is_down_is_no_strain() -> None:
    assert after(20, [0] * 20, Manager(NotConnected("down"))).level == LoadLevel.NORMAL


def test_asterisk_that_does_not_answer_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load_protection, "_PING_S", 0.0)
    monkeypatch.setattr(load_protection, "STRAINED_MS", 0)
    assert after(STRAINED, [0] * STRAINED, Manager(DeadlinePassed("late"))).level == LoadLevel.KEYS_ONLY


def test_a_loop_that_is_held_up_is_noticed() -> None:
    async def run() -> float:
        made = LoadProtection(cast(Any, Manager()), lambda: 0, lambda: MANY, enabled=True)
        watching = asyncio.create_task(made._watch_loop())
        await asyncio.sleep(0)
        time.sleep(0.3)  # noqa: ASYNC251 - this is what is to be noticed
        async with asyncio.timeout(5):
            while not made._loop_late:  # noqa: ASYNC110 - a number sends no event
                await asyncio.sleep(0)
        watching.cancel()
        return made._loop_late

    assert asyncio.run(run()) >= 0.15
