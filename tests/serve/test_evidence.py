"""The evidence pack is completed by the node once the time after the emergency is over (CBA 三十八)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.flow.loader import require
from ivr.flow.model import Flow
from ivr.records.store import Store
from ivr.report.definitions import open_store
from ivr.serve.care import evidence
from ivr.serve.care.evidence import COMPLETED, SETTLED_MS, EvidenceCompletion, make_evidence
from ivr.settings import Settings
from tests.flow import small
from tests.report import emergency_story as story

#: It lasted for half an hour: an hour after it is looked at.
DUE = story.ENDED + 60 * story.MINUTE + SETTLED_MS
AFTER = "之后"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(Settings(), state=tmp_path / "run", database_url=f"sqlite:///{tmp_path / 'ivr.sqlite'}")


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    with closing(open_store(settings.url)) as made:
        made.migrate()
        yield made


@pytest.fixture
def flow(tmp_path: Path) -> Flow:
    return require(small.write(tmp_path / "flows"))


def completed(store: Store) -> list[str]:
    """Who is in the trail for it."""
    return [kept.entry.person for kept in store.audit.list() if kept.entry.reason == COMPLETED]


def figures(page: Path) -> str:
    return (page.parent / "figures.csv").read_text(encoding="utf-8-sig")


def test_it_is_made_again_once_when_the_time_after_it_is_over(settings: Settings, store: Store, flow: Flow) -> None:
    id_ = story.lived_through(store, flow)
    page = make_evidence(settings, store, flow, id_, story.ENDED)  # as `ivr emergency end` does
    at_the_end = figures(page)
    node = EvidenceCompletion(settings, store, lambda: flow)
    node.look(DUE - 1)
    assert figures(page) == at_the_end and not completed(store)
    node.look(DUE)
    assert figures(page) != at_the_end and completed(store) == ["system"]
    once = page.stat().st_mtime_ns
    node.look(DUE + story.MINUTE)
    EvidenceCompletion(settings, store, lambda: flow).look(DUE + story.MINUTE)  # another node, or after a restart
    assert page.stat().st_mtime_ns == once and completed(store) == ["system"]
    assert not store.audit.verify()


def test_what_cannot_be_written_is_told_once_and_tried_again(
    settings: Settings, store: Store, flow: Flow, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    story.lived_through(store, flow)
    node = EvidenceCompletion(settings, store, lambda: flow)

    def full(*_: object) -> Path:
        raise OSError("No space left on device")

    caplog.set_level(logging.ERROR)
    with monkeypatch.context() as patched:
        patched.setattr(evidence, "write_pack", full)
        node.look(DUE)
        node.look(DUE + story.MINUTE)
    assert caplog.text.count("No space left") == 1 and not completed(store)
    node.look(DUE + 2 * story.MINUTE)
    assert completed(store) == ["system"]
