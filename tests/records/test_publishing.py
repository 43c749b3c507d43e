"""Drafts and publications in SQLite and PostgreSQL: compare-and-set on the base, whoever is quicker."""

from __future__ import annotations

import threading
from contextlib import closing

import pytest
from sqlalchemy import update

from ivr.errors import PublishingRefused
from ivr.records.audit.model import AuditEntry
from ivr.records.database.engine import writing
from ivr.records.database.publishing_tables import flow_draft
from ivr.records.publishing.model import Draft, Publication, digest, packed, unpacked
from ivr.records.store import Store

NOW = 1_790_000_000_000
FILES = {"hotline.yaml": "bank: 示例银行\n", "prompts.yaml": "prompts:\n  a: 甲\n"}


def entry(person: str, action: str = "flow.publish") -> AuditEntry:
    return AuditEntry(person, action, "x", reason="开户新规", role="operator")


def proposed(store: Store, text: str, by: str = "zhang") -> Draft:
    files = {**FILES, "prompts.yaml": text}
    return store.publishing.propose(Draft(digest(files), 0, by, "开户新规", NOW), files, entry(by, "flow.propose"))


def test_a_draft_and_its_files_come_back_as_they_were_kept(store: Store) -> None:
    files = {**FILES, "结尾.yaml": "没有换行", "crlf.yaml": "a: 1\r\nb: 2\r\n", "empty.yaml": ""}
    made = store.publishing.propose(
        Draft(digest(files), 0, "zhang", "x", NOW, ("elderly-callers.yaml",), ("一条提醒",)), files, entry("zhang")
    )
    assert store.publishing.draft(made.id) == made
    assert store.publishing.files(made.id) == files == unpacked(packed(files))
    assert digest(store.publishing.files(made.id)) == made.digest


def test_the_digest_tells_files_apart_whose_bytes_in_a_row_are_the_same() -> None:
    assert digest({"a": "bc", "d": ""}) != digest({"a": "b", "d": "c"}) != digest({"ab": "c", "d": ""})
    assert digest(dict(reversed(FILES.items()))) == digest(FILES)


@pytest.mark.parametrize("racers", [2, 6])
def test_of_those_who_publish_at_once_one_wins_and_the_others_are_told(store: Store, url: str, racers: int) -> None:
    drafts = [proposed(store, f"{number}\n") for number in range(racers)]
    start = threading.Barrier(racers)
    won: list[Publication] = []
    told: list[str] = []

    def race(draft: Draft) -> None:
        with closing(Store(url, busy_ms=60_000)) as own:
            start.wait()
            try:
                won.append(own.publishing.publish(draft.id, draft.digest, entry(f"p{draft.id}"), NOW))
            except PublishingRefused as wrong:
                told.append(str(wrong))

    threads = [threading.Thread(target=race, args=(draft,)) for draft in drafts]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    (made,) = won
    assert made.number == 1
    assert len(told) == racers - 1
    assert all(f"{made.published_by} 已于" in words and "发布了 1" in words for words in told)
    assert store.publishing.history() == (made,)
    assert [one.state.value for one in store.publishing.drafts(open_only=False)].count("published") == 1
    assert not store.audit.verify()


def test_adopting_twice_is_adopting_once(store: Store) -> None:
    first = store.publishing.adopt(FILES, (), "开始", NOW)
    assert store.publishing.adopt({**FILES, "prompts.yaml": "other"}, (), "again", NOW + 1) == first
    assert store.publishing.published(1).whole
    assert [kept.entry.person for kept in store.audit.list()] == ["system"]


def test_a_row_that_is_damaged_is_told(store: Store) -> None:
    made = proposed(store, "一")
    with writing(store._engine) as connection:
        connection.execute(update(flow_draft).where(flow_draft.c.id == made.id).values(files=b"\x00broken"))
    with pytest.raises(PublishingRefused, match="已损坏"):
        store.publishing.files(made.id)
    with pytest.raises(PublishingRefused, match="没有草稿 99"):
        store.publishing.files(99)
