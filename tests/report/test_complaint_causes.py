"""The monthly report of causes counts what came in, once each, and who complained again."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from ivr.records.complaints.model import Case, Cause, State, Via
from ivr.report.complaint_causes import UNKNOWN, causes

A, B, C = "+8613800000001", "+8613800000002", "+8613800000003"


def case(name: str, **more: object) -> Case:
    return replace(Case(name, name, Via.CALL, 1, 2, 3, kind="fees", right="fairness", grade="usual"), **more)  # type: ignore[arg-type]


def test_each_complaint_counts_once_by_what_it_was_about_and_by_its_cause() -> None:
    found = causes(
        [
            case("1", cause=Cause.PROCESS, state=State.CLOSED, satisfied=False),
            case("2", cause=Cause.STAFF, kind="staff", state=State.DECIDED, round=2),
            case("3", cause=Cause.PROCESS, state=State.CLOSED, satisfied=True),
            case("4", state=State.WITHDRAWN),
            case("5", state=State.MERGED, cause=Cause.PRODUCT, merged_into="1"),
            case("6", kind=None, right=None, grade=None),
        ]
    )
    assert (found.received, found.decided, found.withdrawn, found.merged, found.reopened) == (5, 3, 1, 1, 1)
    assert found.dissatisfied == 1
    assert found.kinds == {"fees": 3, "staff": 1, UNKNOWN: 1} and next(iter(found.kinds)) == "fees"
    assert found.causes == {"process": 2, "staff": 1}
    assert found.by_kind == {"fees": {"process": 2}, "staff": {"staff": 1}}


def test_who_complains_again_is_known_by_any_of_his_numbers() -> None:
    found = causes(
        [
            case("1", number=A, call_back_number=B),
            case("2", number=B),
            case("3", number=C, kind="staff"),
            case("4", number=None),
            case("5", number=None),
        ]
    )
    assert (found.repeated.customers, found.repeated.complaints) == (1, 2)
    assert found.repeated.kinds == {"fees": 2}


def test_two_customers_who_share_a_third_number_later_are_one() -> None:
    found = causes([case("1", number=A), case("2", number=B), case("3", number=A, call_back_number=B)])
    assert (found.repeated.customers, found.repeated.complaints) == (1, 3)


def test_no_number_is_in_the_report() -> None:
    found = causes([case("1", number=A), case("2", number=A, transcript="我的卡")])
    assert A not in str(found.as_json()) and "我的卡" not in str(found.as_json())


NUMBERS = st.sampled_from([None, A, B, C])


@given(st.lists(st.tuples(NUMBERS, NUMBERS, st.sampled_from(list(State))), max_size=20))
def test_the_parts_add_up(drawn: list[tuple[str | None, str | None, State]]) -> None:
    cases = [case(str(n), number=one, call_back_number=two, state=state) for n, (one, two, state) in enumerate(drawn)]
    found = causes(cases)
    assert found.received + found.merged == len(cases)
    for parts in (found.kinds, found.rights, found.grades):
        assert sum(parts.values()) == found.received
    assert sum(found.repeated.kinds.values()) == found.repeated.complaints <= found.received
    assert found.repeated.customers * 2 <= found.repeated.complaints
