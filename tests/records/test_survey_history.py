"""What a customer was asked before, found by number and by id while he is on the line."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from ivr.records.database.engine import reading
from ivr.records.model import Call, Survey
from ivr.records.store import Store
from ivr.records.survey_history import Surveyed
from tests.records.told import BASE

ASKED = (Survey("agent", True, True, 3), Survey("bot", True, False))


def call(name: str, at: int, **more: object) -> Call:
    given: dict[str, object] = {"caller_number": "+861", "caller_kind": "normal", "surveys": ASKED[:1]} | more
    return Call(name, name, "in", "95000", t_offered=at, t_ended=at + 1, hangup_by="caller", **given)  # type: ignore[arg-type]


def test_by_number_and_by_id_each_call_once_the_latest_first(store: Store) -> None:
    store.save([
        call("number", BASE + 1),
        call("both", BASE + 2, customer_id="k", surveys=ASKED),
        call("id", BASE + 3, customer_id="k", caller_number="+862"),
        call("withheld", BASE + 4, caller_kind="withheld"),
        call("drill", BASE + 5, drill=True),
        call("other", BASE + 6, customer_id="k2", caller_number="+863"),
        call("silent", BASE + 7, surveys=()),
        call("old", BASE - 1),
    ])  # fmt: skip

    def asked(number: str | None, customer: str | None) -> list[int]:
        return [one.t - BASE for one in store.surveys.of(number, customer, BASE)]

    assert asked("+861", None) == [2, 2, 1] and asked(None, "k") == [3, 2, 2]
    assert asked("+861", "k") == [3, 2, 2, 1] and asked(None, None) == [] and asked("+869", "k9") == []
    assert set(store.surveys.of("+861", None, BASE)) == {
        Surveyed(BASE + 1, "agent", True, 3),
        Surveyed(BASE + 2, "agent", True, 3),
        Surveyed(BASE + 2, "bot", False, None),
    }


@pytest.mark.parametrize("column", ["caller_number", "customer_id"])
def test_it_is_found_by_an_index_however_many_calls_there_are(store: Store, column: str) -> None:
    """The plan of the database's own: no table is read through."""
    store.save([call(f"c{n}", BASE + n, caller_number=f"+86{n}", customer_id=f"k{n}") for n in range(300)])
    query = (
        f"SELECT 1 FROM call JOIN survey ON survey.call_id = call.call_id WHERE call.{column} = 'x' AND t_offered >= 1"
    )
    with reading(store._engine) as connection:
        if connection.dialect.name == "sqlite":
            plan = [row[3] for row in connection.execute(text(f"EXPLAIN QUERY PLAN {query}"))]
            assert not any(line.startswith("SCAN") for line in plan) and f"ix_call_{column}" in plan[0]
        else:
            connection.execute(text("SET enable_seqscan = off"))
            plan = [row[0] for row in connection.execute(text(f"EXPLAIN {query}"))]
            assert any(f"ix_call_{column}" in line for line in plan)
