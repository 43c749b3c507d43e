"""The store, on SQLite and on a real PostgreSQL: the same tests, another URL."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivr.errors import RecordRefused, StoreError
from ivr.flow.model import Revision
from ivr.records.database import tables
from ivr.records.database.engine import open_engine, reading, writing
from ivr.records.database.migrate import downgrade, upgrade
from ivr.records.exchange.lines import from_line, import_lines, to_line
from ivr.records.model import AgentState, Call, Complaint, FlowRevision, QualityScore, Record, Survey, identity
from ivr.records.store import Store
from tests.records.drawn import RECORDS_DRAWN

GOLDEN = Path(__file__).with_name("golden-day.jsonl")


def a_call(call_id: str, t: int = 1000, **changes: object) -> Call:
    call = Call(call_id, call_id, "in", "95000", "normal", t, t + 60_000, "caller", caller_number="+8613800000001")
    return replace(call, **changes)  # type: ignore[arg-type]


def golden() -> list[Call]:
    return [call for call in map(from_line, GOLDEN.read_bytes().splitlines()) if isinstance(call, Call)]


def test_the_golden_day_comes_back_and_a_second_import_changes_nothing(store: Store) -> None:
    first = import_lines(GOLDEN.read_bytes().splitlines(), store)
    assert (first.taken, first.faults) == (12, ())
    once = list(store.all())
    assert sorted(once, key=lambda call: call.call_id) == golden()
    import_lines([to_line(call) for call in once], store)
    assert list(store.all()) == once
    assert store.count() == 12


def test_a_bad_line_in_the_middle_leaves_the_others(store: Store) -> None:
    lines = GOLDEN.read_bytes().splitlines()
    report = import_lines([*lines[:5], b"{", lines[2], *lines[5:]], store)
    assert report.taken == 12
    assert [str(fault) for fault in report.faults] == ["第 6 行：不是完整的 JSON", "第 7 行：与第 3 行重复"]
    assert store.count() == 12


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
@given(records=st.lists(RECORDS_DRAWN, max_size=6, unique_by=identity))
def test_every_record_comes_back_from_the_database(store: Store, records: list[Record]) -> None:
    with writing(store._engine) as connection:
        for table in reversed(tables.metadata.sorted_tables):
            connection.execute(table.delete())
    given = [replace(record, source="live") if isinstance(record, Call) else record for record in records]
    store.save([record for record in given if isinstance(record, Call)])
    store.save_other([record for record in given if not isinstance(record, Call)])
    wanted = [to_line(record) for record in given]
    kept = [*(to_line(call) for call in store.all()), *(to_line(other) for other in store.others())]
    assert sorted(kept) == sorted(wanted)


def test_saving_again_replaces_and_never_adds(store: Store) -> None:
    store.save([a_call("a", surveys=(Survey("agent", True, True, 1), Survey("bot", True, False)))])
    store.save([a_call("a", hangup_by="agent"), a_call("a", hangup_by="agent")])
    assert list(store.all()) == [a_call("a", hangup_by="agent")]


def test_a_rebuilt_record_never_overwrites_a_live_one(store: Store) -> None:
    store.save([a_call("a")])
    assert store.save([a_call("a", source="rebuilt"), a_call("other", linkedid="a", source="rebuilt")]) == 0
    assert list(store.all()) == [a_call("a")]


def test_a_live_record_takes_the_place_of_what_was_rebuilt(store: Store) -> None:
    store.save([a_call("link", source="rebuilt")])
    store.save([a_call("live-1", linkedid="link")])
    assert list(store.all()) == [a_call("live-1", linkedid="link")]
    assert store.save([a_call("x", linkedid="y"), a_call("y", source="rebuilt")]) == 1
    assert store.save([a_call("z"), a_call("z", source="rebuilt")]) == 1
    assert [call.source for call in store.all()] == ["live"] * 3


def test_a_rebuilt_record_may_be_rebuilt_better(store: Store) -> None:
    store.save([a_call("a", source="rebuilt")])
    store.save([a_call("a", source="rebuilt", did="95001")])
    assert [call.did for call in store.all()] == ["95001"]


def test_all_or_none_of_a_batch(store: Store) -> None:
    with pytest.raises(StoreError):
        store.save([a_call("a"), a_call("b", t_offered=None)])
    assert store.count() == 0


def test_a_value_no_database_takes_is_told_apart(store: Store) -> None:
    with pytest.raises(RecordRefused) as wrong:
        store.save([a_call("a", hangup_by=None)])
    assert "138" not in str(wrong.value)


def test_list_is_bounded_by_time_and_number_newest_first(store: Store) -> None:
    store.save(a_call(f"c{number}", t=number * 1000) for number in range(10))
    assert [call.call_id for call in store.list(limit=3)] == ["c9", "c8", "c7"]
    assert [call.call_id for call in store.list(2000, 5000)] == ["c4", "c3", "c2"]
    assert [call.call_id for call in store.list(2000, 5000, newest_first=False, limit=2)] == ["c2", "c3"]
    assert store.list(caller_number="+8613800000009") == []
    assert len(store.list(caller_number="+8613800000001", limit=None)) == 10


def test_all_streams_over_pages_in_order_also_within_one_millisecond(store: Store) -> None:
    store.save(a_call(f"c{number:04d}", t=number // 700) for number in range(1300))
    assert [call.call_id for call in store.all()] == [f"c{number:04d}" for number in range(1300)]
    assert len(list(store.all(since=1))) == 600 and len(list(store.all(until=1))) == 700


def test_get_and_known(store: Store) -> None:
    store.save([a_call("a", linkedid="l1"), a_call("b", linkedid="l2")])
    assert store.get("a") == a_call("a", linkedid="l1")
    assert store.get("nobody") is None
    assert store.known(["l1", "l3"]) == {"l1"}
    assert store.known([]) == set()


def test_the_other_records_are_kept_by_their_keys(store: Store) -> None:
    complaint = Complaint("k1", 1, 2, 3, 4, call_ids=("b", "a"), satisfied=False)
    state = AgentState("1001", "ready", 1, 2)
    score = QualityScore("c", "1001", "form", 87.5, "qa", 9)
    store.save_other([complaint, state, score])
    store.save_other([replace(complaint, closed_at=99, call_ids=("a",)), replace(state, t_to=5), score])
    assert list(store.others()) == [replace(complaint, closed_at=99, call_ids=("a",)), replace(state, t_to=5), score]


def test_a_revision_keeps_its_first_date(store: Store) -> None:
    revision = Revision("abc", "张三", "首次发布", {"hotline.yaml": "bank: 示例银行\n"})
    store.save_revision(revision, first_seen=5)
    store.save_revision(revision, first_seen=9)
    assert store.revision("abc") == FlowRevision("abc", "张三", "首次发布", 5, {"hotline.yaml": "bank: 示例银行\n"})
    assert store.revision("nothing") is None


def test_migrations_make_exactly_the_tables_of_this_version(url: str) -> None:
    engine = open_engine(url, 1000)
    with writing(engine) as connection:
        upgrade(connection)
        upgrade(connection)
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []
    with writing(engine) as connection:
        downgrade(connection, "base")
        upgrade(connection)
    engine.dispose()


def test_nodes_that_start_together_migrate_once(url: str) -> None:
    stores = [Store(url, busy_ms=20_000) for _ in range(4)]
    faults: list[BaseException] = []

    def start(store: Store) -> None:
        try:
            store.migrate()
            store.save([a_call("same")])
        except StoreError as wrong:
            faults.append(wrong)

    threads = [threading.Thread(target=start, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert stores[0].count() == 1
    for store in stores:
        store.close()


def test_a_database_younger_than_the_program_is_refused(url: str) -> None:
    engine = open_engine(url, 1000)
    with writing(engine) as connection:
        upgrade(connection)
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with closing(Store(url)) as store, pytest.raises(StoreError):
        store.migrate()
    engine.dispose()


def test_a_locked_database_is_a_store_error_and_the_next_try_works(url: str) -> None:
    with closing(Store(url, busy_ms=50)) as store, closing(Store(url, busy_ms=50)) as other:
        store.migrate()
        with writing(other._engine), pytest.raises(StoreError, match="正被占用"):
            store.save([a_call("a")])
        store.save([a_call("a")])
        assert store.count() == 1


def test_readers_are_not_held_up_by_a_writer(url: str) -> None:
    with closing(Store(url, busy_ms=50)) as store:
        store.migrate()
        store.save([a_call("a")])
        with writing(store._engine):
            assert store.count() == 1


@pytest.mark.postgres
def test_postgresql_by_any_of_its_urls(new_postgres: Callable[[], str]) -> None:
    url = new_postgres()
    for scheme in ("postgresql://", "postgres://", "postgresql+psycopg://"):
        with closing(Store(url.replace("postgresql://", scheme))) as store:
            store.migrate()
            assert store.count() == 0


@pytest.mark.postgres
def test_a_server_that_is_away_is_a_store_error_without_the_password() -> None:
    with closing(Store("postgresql://ivr:secret123@127.0.0.1:1/ivr")) as store:
        with pytest.raises(StoreError) as wrong:
            store.count()
        assert "secret123" not in str(wrong.value)


def test_sqlite_files_are_for_their_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "ivr.sqlite"
    path.parent.mkdir()
    path.touch(mode=0o644)
    with closing(Store(f"sqlite:///{path}")) as store:
        store.migrate()
        store.save([a_call("a")])
        with reading(store._engine):
            modes = {file.name: oct(file.stat().st_mode & 0o777) for file in path.parent.iterdir()}
    assert modes == dict.fromkeys(("ivr.sqlite", "ivr.sqlite-wal", "ivr.sqlite-shm"), "0o600")


@pytest.mark.parametrize(
    "url", ["mysql://u@h/d", "nonsense", "sqlite://", "sqlite:///:memory:", "postgresql+pg8000x:/"]
)
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(StoreError):
        Store(url)


def test_a_folder_that_cannot_be_made_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError):
        Store(f"sqlite:///{tmp_path / 'file' / 'ivr.sqlite'}")


def test_a_file_that_is_no_database_is_a_store_error(tmp_path: Path) -> None:
    path = tmp_path / "ivr.sqlite"
    path.write_bytes(b"not a database at all" * 100)
    with closing(Store(f"sqlite:///{path}")) as store, pytest.raises(StoreError):
        store.migrate()


def test_what_no_database_can_hold_is_refused_and_not_tried_for_ever(store: Store) -> None:
    call = Call("c", "c", "in", "95000", "normal", 1, 2, "caller")
    for wrong in (replace(call, t_ended=2**70), replace(call, did="\ud800"), replace(call, t_offered=None)):  # type: ignore[arg-type]
        with pytest.raises(RecordRefused):
            store.save([wrong])
    assert store.count() == 0
