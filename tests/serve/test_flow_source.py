"""Where two people are needed the node serves what was published: a hand edit waits, visibly, through restarts and
while the database is away (CBA 四十三)."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import update

from ivr.care.publishing import drafts, publication
from ivr.care.publishing.drafts import WorkingCopy
from ivr.care.publishing.review import review
from ivr.flow.findings import FlowRefused
from ivr.people.actions import Action
from ivr.people.roles import Role
from ivr.records.database.engine import writing
from ivr.records.database.publishing_tables import flow_draft
from ivr.records.publishing.model import packed
from ivr.records.store import Store
from ivr.report.monitoring.live_publishing import EditWaits, PublishingState
from ivr.serve.upkeep import flow_source
from ivr.serve.upkeep.flow_source import FlowSource
from ivr.settings import Publishing, Settings
from tests.flow import small
from tests.people.registered import leave, register

OLD, NEW = "开户请带身份证。", "开户请带护照。"
NOW = 1_790_000_000_000


@dataclass
class Node:
    """A node's settings and database, and what it is served from."""

    settings: Settings
    store: Store
    source: FlowSource

    def people(self) -> None:
        register(self.store, "zhang", Role.OPERATOR)
        register(self.store, "li", Role.OPERATOR)

    def edit(self, new: str = NEW, old: str = OLD) -> None:
        small.edit(self.settings.flows, "prompts.yaml", old, new)

    def looked(self) -> list[bool]:
        """Look until nothing is new; whether each piece of news was sound."""
        news = [self.source.poll() for _ in range(4)]
        return [one.flow is not None for one in news if one is not None]

    @property
    def says(self) -> str:
        return self.source.current.prompts["opening_info"].texts["zh"]

    @property
    def edit_waits(self) -> EditWaits | None:
        return None if self.source.state is None else self.source.state.edit

    def propose(self, person: str = "zhang") -> int:
        working = WorkingCopy(self.settings.flows, lambda flow, folder: ())
        return drafts.propose(self.store, leave(self.store, person, Action.FLOW_PROPOSE, NOW), working, "x", NOW).id

    def publish(self, draft: int, person: str = "li") -> None:
        review(self.store, leave(self.store, person, Action.FLOW_REVIEW, NOW), draft, self.settings.flows, NOW)
        permit = leave(self.store, person, Action.FLOW_PUBLISH, NOW)
        publication.publish(self.store, permit, draft, self.settings.flows, NOW)

    def again(self, **changes: Publishing) -> None:
        """The node starts anew."""
        self.settings = replace(self.settings, **changes)  # type: ignore[arg-type]
        self.source = FlowSource(self.settings, self.store)


@pytest.fixture(autouse=True)
def at_every_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow_source, "LOOK_SECONDS", 0.0)


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    settings = Settings(
        flows=small.write(tmp_path / "flows"),
        state=tmp_path / "run",
        database_url=f"sqlite:///{tmp_path / 'ivr.sqlite'}",
    )
    with closing(Store(settings.url, busy_ms=1)) as store:
        store.migrate()
        yield Node(settings, store, FlowSource(settings, store))


@pytest.fixture
def registered(node: Node) -> Node:
    """The same once people are registered, and what was served is the first publication."""
    node.people()
    assert node.looked() == [True]
    return node


# ---- before anybody is registered


def test_as_long_as_nobody_is_registered_an_edit_is_served_when_it_is_saved(node: Node) -> None:
    node.edit()
    assert node.looked() == [True]
    assert node.says == NEW
    assert node.source.state is None
    assert not node.settings.published.exists()


def test_what_is_served_when_people_are_registered_becomes_the_first_publication(node: Node) -> None:
    served = node.source.current.revision.id
    node.people()
    node.looked()
    current = node.store.publishing.current()
    assert current is not None
    assert (current.number, current.published_by) == (1, "system")
    assert node.source.current.revision.id == served
    assert node.source.state == PublishingState(1)
    assert not node.store.audit.verify()


# ---- an edit waits


def test_a_hand_edit_waits_and_the_node_says_so_until_another_person_publishes_it(
    registered: Node, caplog: pytest.LogCaptureFixture
) -> None:
    node = registered
    caplog.set_level(logging.WARNING)
    node.edit()
    assert node.looked() == []
    assert (node.says, node.edit_waits) == (OLD, EditWaits.NOT_PROPOSED)
    assert node.looked() == []
    assert caplog.text.count("holds an edit that is not served") == 1
    draft = node.propose()
    assert node.looked() == []
    assert (node.says, node.edit_waits) == (OLD, EditWaits.PROPOSED)
    assert node.source.state == PublishingState(1, EditWaits.PROPOSED, drafts=1)
    node.publish(draft)
    assert node.looked() == [True]
    assert node.says == NEW
    assert node.source.state == PublishingState(2)
    assert node.source.trouble is None


def test_a_broken_edit_waits_too_and_keeps_no_node_from_starting(registered: Node) -> None:
    small.edit(registered.settings.flows, "hotline.yaml", "leaf: opening}", "leaf: opning}")
    assert registered.looked() == []
    assert (registered.says, registered.edit_waits) == (OLD, EditWaits.BROKEN)
    registered.again()
    registered.looked()
    assert (registered.says, registered.edit_waits) == (OLD, EditWaits.BROKEN)
    small.edit(registered.settings.flows, "hotline.yaml", "leaf: opning}", "leaf: opening}")
    registered.looked()
    assert (registered.says, registered.edit_waits) == (OLD, EditWaits.NOTHING)


def test_an_edit_that_was_made_while_the_node_stood_still_waits(registered: Node) -> None:
    registered.edit()
    registered.again()
    assert registered.says == OLD
    registered.looked()
    assert (registered.says, registered.edit_waits) == (OLD, EditWaits.NOT_PROPOSED)


def test_what_was_published_while_the_node_stood_still_is_served_at_its_start(registered: Node) -> None:
    registered.edit()
    registered.publish(registered.propose())
    registered.again()
    assert registered.says == NEW


def test_a_working_copy_that_is_gone_ends_no_service(registered: Node) -> None:
    shutil.rmtree(registered.settings.flows)
    registered.looked()
    assert (registered.says, registered.edit_waits) == (OLD, EditWaits.BROKEN)


def test_an_emergency_publication_is_served_and_counted_until_it_is_confirmed(registered: Node) -> None:
    registered.edit()
    draft = registered.propose()
    permit = leave(registered.store, "zhang", Action.FLOW_PUBLISH_EMERGENCY, NOW, reason="利率有误")
    now = time.time_ns() // 1_000_000
    made = publication.publish(registered.store, permit, draft, registered.settings.flows, now, emergency=True)
    registered.looked()
    assert registered.says == NEW
    assert registered.source.state == PublishingState(2, unconfirmed=1)
    permit = leave(registered.store, "li", Action.FLOW_PUBLISH, now)
    publication.confirm(registered.store, permit, made.number, True, "", now)
    registered.looked()
    assert registered.source.state == PublishingState(2)


# ---- what may go wrong


def test_while_the_database_is_away_what_was_served_last_is_served(
    registered: Node, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    registered.edit()
    file = tmp_path / "ivr.sqlite"
    registered.store.close()
    file.rename(tmp_path / "away")
    file.mkdir()
    registered.again()
    assert "cannot be looked up" in caplog.text
    assert registered.looked() == []
    assert registered.says == OLD


def test_rows_that_were_changed_are_not_served(registered: Node) -> None:
    registered.edit()
    draft = registered.propose()
    registered.publish(draft)
    files = {**registered.store.publishing.files(draft)}
    files["prompts.yaml"] = files["prompts.yaml"].replace(NEW, "密码请告诉我们。")
    with writing(registered.store._engine) as connection:
        connection.execute(update(flow_draft).where(flow_draft.c.id == draft).values(files=packed(files)))
    assert registered.looked() == [False]
    assert registered.says == OLD
    assert "校验值不符" in str(registered.source.trouble)
    registered.again()
    assert registered.says == OLD


def test_an_edit_of_the_published_folder_is_never_served(registered: Node) -> None:
    folder = registered.settings.published / "current"
    small.edit(folder, "prompts.yaml", OLD, "密码请告诉我们。")
    assert registered.looked() == []
    registered.again()
    assert registered.says == OLD
    assert OLD in (folder / "prompts.yaml").read_text(encoding="utf-8")


def test_the_published_folder_is_its_owners_alone(registered: Node) -> None:
    folder = (registered.settings.published / "current").resolve()
    assert folder.stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.iterdir())
    registered.edit()
    registered.publish(registered.propose())
    registered.looked()
    assert len(list(registered.settings.published.iterdir())) == 2  # the folder, and the link to it


def test_a_full_disk_keeps_what_is_served(registered: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    registered.edit()
    registered.publish(registered.propose())

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("ivr.serve.upkeep.published_folder.write_folder", full)
        assert registered.looked() == [False], "once, and not at every look"
        assert registered.says == OLD
        assert "No space left" in str(registered.source.trouble)
        patch.setattr(flow_source, "AGAIN_SECONDS", 0.0)
        registered.again()
        assert registered.says == OLD, "nor at a start"
    assert registered.looked() == [True], "there is room again: no restart for that"
    assert (registered.says, registered.source.trouble) == (NEW, None)


def test_a_folder_that_is_as_it_was_published_is_not_written_again(registered: Node) -> None:
    folder = (registered.settings.published / "current").resolve()
    before = folder.stat().st_ino
    registered.again()
    assert (registered.settings.published / "current").resolve().stat().st_ino == before
    (folder / "prompts.yaml").chmod(0o644)
    registered.again()
    again = (registered.settings.published / "current").resolve()
    assert again.stat().st_ino != before and (again / "prompts.yaml").stat().st_mode & 0o077 == 0


def test_at_the_first_start_there_are_no_tables_and_nothing_is_wrong(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings(
        flows=small.write(tmp_path / "flows"),
        state=tmp_path / "run",
        database_url=f"sqlite:///{tmp_path / 'first.sqlite'}",
    )
    with closing(Store(settings.url)) as store:
        source = FlowSource(settings, store)
        assert store.is_current() and source.poll() is None
    assert caplog.text == ""


# ---- lists of customers, and the setting


def test_the_list_of_elderly_callers_is_served_without_being_published(registered: Node) -> None:
    small.edit(registered.settings.flows, "elderly-callers.yaml", "+8613800000006", "+8613800000016")
    assert registered.looked() == [True]
    assert set(registered.source.current.elderly.callers) == {"+8613800000016"}
    assert registered.edit_waits is EditWaits.NOTHING
    registered.edit()
    registered.looked()
    assert (registered.says, registered.edit_waits) == (OLD, EditWaits.NOT_PROPOSED)


def test_a_broken_list_keeps_the_last_good_one_through_a_restart(registered: Node) -> None:
    small.edit(registered.settings.flows, "elderly-callers.yaml", "born: 1950-03-01", "born: 1950-33-01")
    assert registered.looked() == [False]
    assert set(registered.source.current.elderly.callers) == {"+8613800000006"}
    registered.again()
    assert set(registered.source.current.elderly.callers) == {"+8613800000006"}


def test_a_bank_that_does_not_want_this_serves_edits_as_they_are_saved(registered: Node) -> None:
    registered.edit()
    registered.again(publishing=Publishing(four_eyes=False))
    assert registered.says == NEW
    registered.edit(OLD, NEW)
    assert registered.looked() == [True]
    assert (registered.says, registered.source.state) == (OLD, None)


def test_there_must_be_something_to_begin_with(tmp_path: Path) -> None:
    settings = Settings(flows=tmp_path, database_url=f"sqlite:///{tmp_path / 'x.sqlite'}")
    with closing(Store(settings.url)) as store, pytest.raises(FlowRefused):
        FlowSource(settings, store)


def test_a_late_notice_that_is_published_all_the_same_is_counted_and_told(
    registered: Node, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by a version that did not look: callers hear it, and the operators are told."""
    monkeypatch.setattr(publication, "refuse_late", lambda *_: None)
    monkeypatch.setattr(drafts, "refuse_late", lambda *_: None)
    caplog.set_level(logging.WARNING)
    small.edit(
        registered.settings.flows,
        "announcements.yaml",
        "publish_at: 2098-11-30 00:00",
        "publish_at: 2098-11-30 23:30\n    emergency: {by: li, reason: 急}",
    )
    registered.publish(registered.propose())
    registered.looked()
    registered.looked()
    assert registered.source.state == PublishingState(2, late_notices=1)
    assert caplog.text.count("a maintenance notice that is served comes too late") == 1
