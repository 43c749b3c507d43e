"""Annotations added to turns that are already stored, and the samples drawn for them: on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest
from alembic.migration import MigrationContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivr.errors import StoreError
from ivr.records.database.engine import open_engine, writing
from ivr.records.database.migrate import downgrade
from ivr.records.exchange.lines import from_line, import_lines, to_line
from ivr.records.model import Annotation, Call, Turn
from ivr.records.sampling import Drawn, Labelled, SamplingPlan, Stratum
from ivr.records.store import Store

T = 1_767_571_200_000


def a_call(name: str = "c", *turn_ids: str) -> Call:
    """A call whose caller said something once for each id."""
    turns = tuple(Turn(each, T + at, T + at + 1, "查余额", 0.5, "balance") for at, each in enumerate(turn_ids))
    return Call(name, name, "in", "95000", "normal", T + 10, T + 20, "caller", turns=turns)


def note(
    turn_id: str = "t1", annotator: str = "甲", t: int = 100, text: str = "查余额", valid: bool = True
) -> Annotation:
    """An annotation."""
    return Annotation(turn_id, annotator, text, valid, t)


def notes(store: Store, call_id: str = "c", turn: int = 0) -> tuple[Annotation, ...]:
    """What the store holds about one turn."""
    call = store.get(call_id)
    assert call is not None
    return call.turns[turn].annotations


@pytest.fixture
def spoken(store: Store) -> Iterator[Store]:
    """A store with a call of two turns and a call of one."""
    store.save([a_call("c", "t1", "t2"), a_call("d", "t3")])
    yield store


def test_an_annotation_is_added_to_its_turn_later(spoken: Store) -> None:
    assert spoken.annotate("t2", note("t2"))
    assert notes(spoken, turn=1) == (note("t2"),)
    assert notes(spoken, turn=0) == notes(spoken, "d") == ()


def test_another_annotator_adds_and_the_same_one_replaces(spoken: Store) -> None:
    spoken.annotate("t1", note(text="查余额"))
    spoken.annotate("t1", note(annotator="乙", text="查鱼"))
    spoken.annotate("t1", note(text="改了", t=50))  # who annotates again means the new word, whatever the clock says
    assert notes(spoken) == (note(text="改了", t=50), note(annotator="乙", text="查鱼"))
    spoken.annotate("t1", note("anything", text="名字由第一个参数定"))
    assert notes(spoken)[0].turn_id == "t1"


def test_a_turn_that_is_not_there_or_not_the_only_one_is_named(spoken: Store) -> None:
    spoken.save([a_call("e", "t3", "t4", "t4")])
    assert not spoken.annotate("nobody", note("nobody"))
    assert not spoken.annotate("t3", note("t3")) and not spoken.annotate("t4", note("t4"))
    assert spoken.annotate_all([note("t1"), note("t3"), note("zz"), note("t2")]) == {"t3", "zz"}
    assert notes(spoken) == (note("t1"),) and notes(spoken, turn=1) == (note("t2"),)
    assert spoken.annotate_all([]) == set()


def test_a_record_written_again_takes_no_label_away(spoken: Store) -> None:
    """A late fact of the call, a node that starts again, an import of a file that was exported before the labelling."""
    spoken.annotate("t1", note())
    late = replace(a_call("c", "t1", "t2"), t_ended=99)
    spoken.save([late])
    assert notes(spoken) == (note(),)
    kept = spoken.get("c")
    assert kept is not None and kept.t_ended == 99
    spoken.save([replace(a_call("c", "t2"), t_ended=98)])  # the turn is gone, and what was said about it
    assert notes(spoken) == ()


@pytest.mark.parametrize(("t", "stands"), [(101, "新"), (100, "新"), (99, "旧")])
def test_of_one_annotators_two_the_later_stands(spoken: Store, t: int, stands: str) -> None:
    spoken.annotate("t1", note(text="旧"))
    given = replace(a_call("c", "t1", "t2").turns[0], annotations=(note(annotator="乙"), note(text="新", t=t)))
    spoken.save([replace(a_call("c", "t1", "t2"), turns=(given,))])
    assert [(one.annotator, one.ref_text) for one in notes(spoken)] == [("乙", "查余额"), ("甲", stands)]


def test_labels_go_out_and_come_in_with_their_call(spoken: Store, tmp_path_factory: pytest.TempPathFactory) -> None:
    spoken.annotate("t1", note(t=T))
    spoken.annotate("t1", note(annotator="乙", t=T, valid=False))
    lines = [to_line(call) for call in spoken.all()]
    with closing(Store(f"sqlite:///{tmp_path_factory.mktemp('other') / 'x.sqlite'}")) as other:
        other.migrate()
        for _ in range(2):
            assert import_lines(lines, other).faults == ()
            assert list(other.all()) == list(spoken.all()) == [from_line(line) for line in lines]


def test_turns_are_found_by_their_ids_in_the_order_asked(spoken: Store) -> None:
    spoken.save([a_call("e", "t9"), a_call("f", "t9")])
    found = spoken.turns(["t3", "t1", "t9", "nobody", "t3"])
    assert list(found) == ["t3", "t1"]
    call, turn = found["t3"]
    assert (call, turn) == (spoken.get("d"), call.turns[0])


def test_who_has_labelled_what_in_the_order_asked(spoken: Store) -> None:
    spoken.save([a_call("e", "t9"), a_call("f", "t9")])
    spoken.annotate_all([note("t3"), note("t3", "乙"), note("t1")])
    found = spoken.labels.annotators(["t3", "t2", "t9", "nobody", "t1", "t3"])
    assert list(found) == ["t3", "t2", "t1"]
    assert found == {"t3": frozenset("甲乙"), "t2": frozenset(), "t1": frozenset("甲")}
    assert spoken.labels.annotators([]) == {}


def test_more_turns_than_one_statement_takes(store: Store) -> None:
    ids = [f"u{number}" for number in range(1100)]
    store.save([a_call("big", *ids)])
    assert store.annotate_all(note(each) for each in ids) == set()
    assert list(store.turns(reversed(ids))) == ids[::-1]
    found = store.labels.annotators(reversed(ids))
    assert list(found) == ids[::-1] and set(found.values()) == {frozenset("甲")}


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from(["t1", "t2", "t3"]), st.sampled_from("甲乙丙"), st.integers(0, 9)), max_size=12)
)
def test_one_for_each_annotator_and_turn_whatever_happens(store: Store, told: list[tuple[str, str, int]]) -> None:
    store.save([a_call("c", "t1", "t2"), a_call("d", "t3")])
    store.annotate_all(note(turn, who, t=0, text="") for turn in ("t1", "t2", "t3") for who in "甲乙丙")
    last = {(turn, who): str(number) for number, (turn, who, _) in enumerate(told)}
    for number, (turn, who, t) in enumerate(told):
        store.annotate(turn, note(turn, who, t, str(number)))
        if t % 3 == 0:
            store.save([a_call("c", "t1", "t2"), a_call("d", "t3")])
    found = [one for call in store.all() for turn in call.turns for one in turn.annotations]
    assert len(found) == 9
    assert {(one.turn_id, one.annotator): one.ref_text for one in found if one.ref_text} == last


def test_what_is_labelled_in_a_period(spoken: Store) -> None:
    drill = replace(a_call("e", "t5"), drill=True)
    out = replace(a_call("f", "t6"), direction="out")
    heard = replace(a_call("g", "t7").turns[0], audio_ref="2026-01-05/t7.wav")
    spoken.save([drill, out, replace(a_call("g", "t7"), turns=(heard,), t_offered=T + 50)])
    spoken.annotate_all([note(each, who) for each in ("t1", "t5", "t6", "t7") for who in "甲乙"])
    assert spoken.labelled() == (Labelled("t1", "95000", False), Labelled("t7", "95000", True))
    assert spoken.labelled(since=T + 10, until=T + 50) == (Labelled("t1", "95000", False),)


# ---- samples

PLAN = SamplingPlan(
    "周抽样", 7, "2026-01-05", "2026-01-11", 3, 1, "stratified_v1",
    (Stratum("拒识 低分", 5, 2), Stratum("挂失 高分", 9, 1)), (Drawn("t3", "拒识 低分"), Drawn("t1", "挂失 高分")),
)  # fmt: skip


def test_a_plan_is_kept_as_it_was_drawn(store: Store) -> None:
    empty = SamplingPlan("空", 9, "2026-01-05", "2026-01-05", 3, 1, "stratified_v1")
    assert store.plans() == ()
    assert store.save_plan(PLAN) and store.save_plan(empty)
    assert not store.save_plan(replace(PLAN, seed=2, drawn=()))
    assert store.plans() == (empty, PLAN)


def test_the_tables_of_labels_come_and_go(url: str) -> None:
    """A database of the version before keeps its calls and annotations on the way here and back."""
    engine = open_engine(url, 1000)
    with closing(Store(url)) as store:
        store.migrate()
        store.save([replace(a_call(), turns=(replace(a_call("c", "t1").turns[0], annotations=(note(),)),))])
        store.save_plan(PLAN)
        with writing(engine) as connection:
            downgrade(connection, "0001")
            assert MigrationContext.configure(connection).get_current_revision() == "0001"
        with pytest.raises(StoreError):
            store.plans()
        store.migrate()
        assert notes(store) == (note(),)
        assert store.plans() == ()
    engine.dispose()
