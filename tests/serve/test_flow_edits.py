"""An edit is served everywhere (application, Asterisk's files, record of revisions) or nowhere, and tried again."""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
from collections.abc import Callable, Coroutine, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import pytest

from ivr.errors import NodeError, NotConnected, StoreError
from ivr.flow.loader import require
from ivr.records.database.engine import writing
from ivr.records.store import Store
from ivr.serve.asterisk import configuration
from ivr.serve.task_supervisor import Tasks
from ivr.serve.upkeep import flow_edits
from ivr.serve.upkeep.flow_edits import Edits
from ivr.settings import Settings
from ivr.speech.voices import registry
from ivr.speech.voices.voice import Voice
from ivr.telephony.ami.manager import Manager

SHIPPED = Path(__file__).parents[2]
MEMBER = "1007"


class Asterisk:
    """Takes reloads down, or is not there."""

    def __init__(self) -> None:
        self.read: list[str] = []
        self.away = False

    async def action(self, name: str, **values: str) -> None:
        if self.away:
            raise NotConnected("管理连接中断")
        assert name == "Reload"
        self.read.append(values["Module"])


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    shutil.copytree(SHIPPED / "flows", tmp_path / "flows")
    return Settings(
        flows=tmp_path / "flows", prompts=SHIPPED / "prompts", state=tmp_path / "run",
        database_url=f"sqlite:///{tmp_path / 'ivr.sqlite'}",
    )  # fmt: skip


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    with closing(Store(settings.url, busy_ms=1)) as made:
        made.migrate()
        yield made


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Edits are looked for, and tried again, at once."""
    monkeypatch.setattr(flow_edits, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(flow_edits, "RETRY_SECONDS", (0.01, 0.05))


def begun(settings: Settings, store: Store) -> Edits:
    made = Edits(settings, store)
    made.render()
    store.save_revision(made.flow.revision, 1)
    return made


def edit(settings: Settings) -> str:
    """One more agent; the new revision's id."""
    file = settings.flows / "agents.yaml"
    text = file.read_text(encoding="utf-8")
    assert MEMBER not in text
    member = f'  "{MEMBER}": {{name: 李静, queues: {{general: 0}}}}\n'
    assert "\nagents:\n" in text
    file.write_text(text.replace("\nagents:\n", f"\nagents:\n{member}"), encoding="utf-8")
    return require(settings.flows).revision.id


def nobody_told() -> None:
    """Which queues somebody stands in is not known."""


def kept(one: Edits, asterisk: Asterisk, *steps: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async def whole() -> None:
        keeping = asyncio.create_task(one.keep(cast(Manager, asterisk), nobody_told, frozenset))
        try:
            for step in steps:
                await asyncio.wait_for(step(), 60)
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)

    asyncio.run(whole())


async def until(done: Callable[[], object]) -> None:
    while not done():  # noqa: ASYNC110
        await asyncio.sleep(0.01)


def served(one: Edits, settings: Settings, store: Store, asterisk: Asterisk, new: str) -> tuple[bool, bool, bool, bool]:
    """Whether the edit is served by the application, in Asterisk's files, by Asterisk, and in the record."""
    conf = (settings.asterisk / "etc" / "queues.conf").read_text(encoding="utf-8")
    return (
        one.flow.revision.id == new,
        MEMBER in conf,
        "app_queue.so" in asterisk.read,
        store.revision(new) is not None,
    )


NOWHERE, EVERYWHERE = (False,) * 4, (True,) * 4


def test_an_edit_while_the_database_refuses(settings: Settings, store: Store, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    one, asterisk = begun(settings, store), Asterisk()
    before = one.flow.revision.id
    new = ""

    async def while_locked() -> None:
        nonlocal new
        with closing(Store(settings.url)) as other, writing(other._engine):
            new = edit(settings)
            await until(lambda: one.trouble)
            assert "正被占用" in str(one.trouble)
            assert served(one, settings, store, asterisk, new) == NOWHERE
            assert f"revision {new} cannot be served yet, {before} stays" in caplog.text
            assert "serves new calls" not in caplog.text

    async def afterwards() -> None:
        await until(lambda: served(one, settings, store, asterisk, new) == EVERYWHERE)
        assert one.trouble is None

    kept(one, asterisk, while_locked, afterwards)
    assert caplog.text.count("cannot be served yet") == 1
    assert caplog.text.count("serves new calls") == 1


def test_an_edit_that_asterisks_files_cannot_take(
    settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full in the middle of writing them: they, and the record of revisions, stay as they were."""
    one, asterisk = begun(settings, store), Asterisk()
    whole, full = configuration.render, True
    new = ""

    def render(given: Settings, flow: Any, **kept: Any) -> tuple[str, ...]:
        changed = whole(given, flow, **kept)
        if full and flow.revision.id == new:
            raise NodeError("No space left on device")
        return changed

    monkeypatch.setattr(configuration, "render", render)

    async def no_room() -> None:
        nonlocal new, full
        new = edit(settings)
        await until(lambda: one.trouble)
        await until(lambda: served(one, settings, store, asterisk, new) == NOWHERE)
        full = False
        await until(lambda: served(one, settings, store, asterisk, new) == EVERYWHERE)

    kept(one, asterisk, no_room)
    assert one.flow.revision.id == new and one.trouble is None


def test_an_edit_taken_back_while_it_waits(settings: Settings, store: Store) -> None:
    one, asterisk = begun(settings, store), Asterisk()
    before, text = one.flow.revision.id, (settings.flows / "agents.yaml").read_text(encoding="utf-8")

    async def back_again() -> None:
        with closing(Store(settings.url)) as other, writing(other._engine):
            edit(settings)
            await until(lambda: one.trouble)
            (settings.flows / "agents.yaml").write_text(text, encoding="utf-8")
            await until(lambda: one.trouble is None)

    kept(one, asterisk, back_again)
    assert one.flow.revision.id == before
    assert store.revised() == (1,)


def test_asterisk_that_is_away_reads_an_edit_later(
    settings: Settings, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    one, asterisk = begun(settings, store), Asterisk()
    asterisk.away = True

    async def away() -> None:
        new = edit(settings)
        await until(lambda: one.flow.revision.id == new)
        await until(lambda: "has not read the new queues.conf yet" in caplog.text)
        asterisk.away = False
        await until(lambda: served(one, settings, store, asterisk, new) == EVERYWHERE)

    kept(one, asterisk, away)
    assert caplog.text.count("has not read the new queues.conf yet") == 1


def test_a_revision_that_was_served_before_is_never_forgotten(settings: Settings, store: Store) -> None:
    one = begun(settings, store)
    assert store.save_revision(one.flow.revision, 9) is False
    assert store.revised() == (1,)
    with pytest.raises(StoreError), closing(Store(settings.url, busy_ms=1)) as other, writing(other._engine):
        store.forget_revision(one.flow.revision.id)
    store.forget_revision(one.flow.revision.id)
    assert store.revised() == ()


def test_an_edit_that_meets_an_error_nobody_thought_of_is_told_and_served_when_that_is_mended(
    settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """For example a voice whose model's file is no JSON."""
    one, asterisk = begun(settings, store), Asterisk()
    sound = registry.named

    def broken(name: str, models: Path) -> Voice:
        json.loads("<html>404</html>")
        raise AssertionError("that was JSON")

    async def whole() -> None:
        tasks = Tasks(back_off_s=(0.01,), calm_s=0.2)
        tasks.keep("edits", lambda: one.keep(cast(Manager, asterisk), nobody_told, frozenset))
        try:
            async with asyncio.timeout(60):
                monkeypatch.setattr(flow_edits, "named", broken)
                new = edit(settings)
                await until(lambda: tasks.failed > 1)
                assert tasks.trouble["edits"].startswith("JSONDecodeError：Expecting value")
                assert served(one, settings, store, asterisk, new) == NOWHERE
                monkeypatch.setattr(flow_edits, "named", sound)
                await until(lambda: served(one, settings, store, asterisk, new) == EVERYWHERE)
                await until(lambda: not tasks.trouble)
        finally:
            await tasks.close()

    asyncio.run(whole())
    causes = [one.exc_info for one in caplog.records if "edits" in one.getMessage() and one.exc_info]
    assert causes and causes[0][0] is json.JSONDecodeError
