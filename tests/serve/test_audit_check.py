"""The node verifies the audit trail once a day by itself and enters what it found (CBA 十三)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from ivr.errors import StoreError
from ivr.records import days
from ivr.records.audit import checks
from ivr.records.audit.model import AuditEntry
from ivr.records.days import DAY_MS, HOUR_MS
from ivr.records.store import Store
from ivr.report.definitions import open_store
from ivr.serve.upkeep.audit_check import AGAIN_MS, DailyAuditCheck
from ivr.settings import Settings

NOON = round(datetime(2026, 6, 1, 12, tzinfo=days.zone()).timestamp() * 1000)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(Settings(), state=tmp_path / "run", database_url=f"sqlite:///{tmp_path / 'ivr.sqlite'}")


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    with closing(open_store(settings.url)) as made:
        made.migrate()
        for at in range(3):
            made.audit.note(AuditEntry("zhao", "records.read", f"call:{at}"), NOON - DAY_MS)
        yield made


def test_it_is_verified_once_a_day_and_the_trail_says_so(settings: Settings, store: Store) -> None:
    node = DailyAuditCheck(settings, store, pause=0)
    node.look(NOON)  # it was never verified: soon after the start
    assert node.due == NOON + HOUR_MS and checks.last_at(store.audit) is None
    node.look(NOON + HOUR_MS)
    (entry,) = [kept.entry for kept in store.audit.list(target=checks.TARGET)]
    assert (entry.person, entry.action) == ("system", "audit.verify") and '"faults":0' in (entry.detail or "")
    four = NOON + 16 * HOUR_MS
    assert node.due == four and store.audit.verify() == ()
    node.look(four - 1)
    assert checks.last_at(store.audit) == NOON + HOUR_MS
    node.look(four)
    assert checks.last_at(store.audit) == four


def test_a_node_that_verified_today_waits_for_the_night(settings: Settings, store: Store) -> None:
    DailyAuditCheck(settings, store, pause=0)._verify(NOON - HOUR_MS)
    node = DailyAuditCheck(settings, store, pause=0)
    node.look(NOON)
    assert node.due == NOON + 16 * HOUR_MS


def test_what_is_wrong_is_told_in_the_log(settings: Settings, store: Store, caplog: pytest.LogCaptureFixture) -> None:
    settings.state.mkdir()
    (settings.state / "audit-head.json").write_text('{"number": 9, "hash": "0"}')  # six entries were cut off
    node = DailyAuditCheck(settings, store, pause=0)
    node.look(NOON)
    with caplog.at_level(logging.ERROR):
        node.look(NOON + HOUR_MS)
    assert "ivr audit verify" in caplog.text
    assert '"faults":1' in (store.audit.list(target=checks.TARGET)[0].entry.detail or "")


def test_a_database_that_is_away_is_tried_again(
    settings: Settings, store: Store, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = DailyAuditCheck(settings, store, pause=0)
    node.look(NOON)

    def away(*_args: object, **_named: object) -> None:
        raise StoreError("away")

    monkeypatch.setattr(store.audit, "verify", away)
    with caplog.at_level(logging.ERROR):
        node.look(NOON + HOUR_MS)
    assert "done later" in caplog.text and node.due == NOON + HOUR_MS + AGAIN_MS
