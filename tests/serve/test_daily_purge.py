"""The node purges once a day by itself, says so in the trail, and tries again what it could not do (CBA 三十)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from ivr.errors import StoreError
from ivr.records import days
from ivr.records.days import DAY_MS, HOUR_MS
from ivr.records.store import Store
from ivr.report.definitions import open_store
from ivr.serve.upkeep import daily_purge
from ivr.serve.upkeep.daily_purge import DailyPurge
from ivr.settings import Settings
from tests.cli.labelled import a_call

#: 2029-06-01 12:00 local: the calls of January 2026 are past their 1095 days.
NOON = round(datetime(2029, 6, 1, 12, tzinfo=days.zone()).timestamp() * 1000)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(Settings(), state=tmp_path / "run", database_url=f"sqlite:///{tmp_path / 'ivr.sqlite'}")


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    with closing(open_store(settings.url)) as made:
        made.migrate()
        made.save([a_call(1), a_call(2)])
        yield made


def entered(store: Store) -> list[tuple[str, str, str | None]]:
    """Purges in the trail, the first first."""
    found = store.audit.list(action="privacy.purge")
    return [(kept.entry.person, kept.entry.target, kept.entry.reason) for kept in reversed(found)]


def test_what_is_past_its_class_goes_once_a_day_and_the_trail_says_who(settings: Settings, store: Store) -> None:
    node = DailyPurge(settings, store)
    node.look(NOON)  # it has never purged: soon after its start
    assert node.due == NOON + HOUR_MS and len(list(store.all())) == 2
    node.look(NOON + HOUR_MS)
    assert not list(store.all())
    purges = entered(store)
    assert purges[0] == ("system", f"purge:{settings.node}", "每日到期清除")
    assert {person for person, *_ in purges} == {"system"}
    three = NOON + 15 * HOUR_MS
    assert node.due == three
    node.look(three - 1)
    assert len(entered(store)) == len(purges)
    node.look(three)
    assert len(entered(store)) == len(purges) + 1 and node.due == three + DAY_MS
    assert not store.audit.verify()


def test_a_node_that_starts_again_waits_for_the_night(settings: Settings, store: Store) -> None:
    first = DailyPurge(settings, store)
    first.look(NOON)
    first.look(NOON + HOUR_MS)
    again = DailyPurge(settings, store)
    again.look(NOON + 2 * HOUR_MS)
    assert again.due == NOON + 15 * HOUR_MS


def test_what_stops_it_is_told_and_tried_again(
    settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_: object) -> None:
        raise StoreError("the database is away")

    node = DailyPurge(settings, store)
    node.look(NOON)
    with monkeypatch.context() as patched:
        patched.setattr(daily_purge, "purge", away)
        node.look(NOON + HOUR_MS)
    assert "the database is away" in caplog.text and len(list(store.all())) == 2
    assert node.due is not None and NOON + HOUR_MS < node.due < NOON + 2 * HOUR_MS
    caplog.set_level(logging.INFO)
    node.look(node.due)
    assert not list(store.all()) and "purged as of 2029-06-01" in caplog.text


def test_a_bank_that_purges_by_hand_alone_says_so(settings: Settings, store: Store) -> None:
    by_hand = replace(settings, retention=replace(settings.retention, auto=False))
    node = DailyPurge(by_hand, store)
    asyncio.run(asyncio.wait_for(node.keep(), 5))  # it ends at once
    assert node.due is None and not entered(store)
