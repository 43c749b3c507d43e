"""The caller is asked how satisfied he is only where the records say that he may be."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ivr.call.effects import CallContext
from ivr.errors import StoreError
from ivr.flow.steps.effects import Done, Result, SurveyDue
from ivr.metrics.survey_rules import SurveyRules
from ivr.records.facts import CustomerKnown, Fact, Offered, SurveyInvited
from ivr.records.model import Call, Subject, Survey
from ivr.records.store import Store
from ivr.records.survey_history import Surveyed, SurveyHistory
from ivr.serve.call_effects import call_effects
from ivr.serve.survey_invitations import SurveyInvitations
from tests.metrics.told import TEN, call

DAY_MS = 86_400_000
ALL = SurveyRules(again_days=7, self_service_percent=100)


class Line:
    """One call in progress."""

    def __init__(self, *facts: Fact) -> None:
        self._facts = facts

    def facts(self, call_id: str) -> tuple[Fact, ...]:
        return self._facts if call_id == "now" else ()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(f"sqlite:///{tmp_path / 'ivr.sqlite'}")
    made.migrate()
    return made


def offered(number: str | None = "+861", kind: str = "normal", *, drill: bool = False) -> Offered:
    return Offered(TEN, "now", "in", "95000", number, kind, drill)


def due(history: SurveyHistory, *facts: Fact, subject: Subject = "bot", rules: SurveyRules = ALL) -> bool:
    asked = SurveyInvitations(Line(*facts), history, rules, lambda: TEN + 60_000)
    return asyncio.run(asked.due("now", subject))


def earlier(days: int, score: int = 1, **more: str | None) -> Call:
    given: dict[str, str | None] = {"caller_number": "+861", **more}
    surveys = (Survey("agent", True, True, score),)  # type: ignore[arg-type]
    return call(f"d{days}", TEN - days * DAY_MS, surveys=surveys, **given)  # type: ignore[arg-type]


def test_nobody_who_was_asked_lately_by_number_or_as_the_customer(store: Store) -> None:
    assert due(store.surveys, offered())
    store.save([earlier(7)])
    assert due(store.surveys, offered())
    store.save([earlier(6, caller_number="+862", customer_id="k7")])
    known = CustomerKnown(TEN + 5, "k7", "verified")
    assert due(store.surveys, offered()) and not due(store.surveys, offered(), known)
    assert not due(store.surveys, offered("+862"))
    store.save([earlier(3)])
    assert not due(store.surveys, offered())


def test_who_was_dissatisfied_is_left_alone_that_day_even_without_any_other_rule(store: Store) -> None:
    store.save([earlier(0, 3)])
    always = SurveyRules(again_days=0, self_service_percent=100)
    assert not due(store.surveys, offered(), rules=always) and due(store.surveys, offered("+862"), rules=always)


@pytest.mark.parametrize(
    "facts",
    [
        [],
        [offered(None, "withheld")],
        [offered("+861", "withheld")],
        [offered(drill=True)],
        [offered(), SurveyInvited(TEN + 1, "agent")],  # once a call
    ],
)
def test_nobody_who_is_unknown_nor_twice_in_a_call(store: Store, facts: list[Fact]) -> None:
    assert not due(store.surveys, *facts)


def test_a_customer_who_withholds_his_number_but_was_verified_may_be_asked(store: Store) -> None:
    assert due(store.surveys, offered(None, "withheld"), CustomerKnown(TEN + 5, "k7", "verified"))


def test_the_share_of_self_service_is_not_for_agents(store: Store) -> None:
    none = SurveyRules(self_service_percent=0)
    assert not due(store.surveys, offered(), rules=none) and due(store.surveys, offered(), subject="agent", rules=none)


def test_without_the_database_nobody_is_asked(caplog: pytest.LogCaptureFixture) -> None:
    class Away(SurveyHistory):
        def __init__(self) -> None:
            pass

        def of(self, number: str | None, customer_id: str | None, since: int) -> tuple[Surveyed, ...]:
            raise StoreError("database is locked")

    assert not due(Away(), offered())
    assert "database is locked" in caplog.text and "+861" not in caplog.text


def test_the_dialogue_asks_through_an_effect_and_nobody_is_asked_about_anything_else(store: Store) -> None:
    async def ask(subject: str) -> Result:
        asked = SurveyInvitations(Line(offered()), store.surveys, ALL, lambda: TEN + 60_000)
        return await call_effects(None, asked).carry_out(SurveyDue(subject), CallContext("now"))

    assert asyncio.run(ask("bot")) == Done(True) and asyncio.run(ask("weather")) == Done(False)
    store.save([earlier(1)])
    assert asyncio.run(ask("bot")) == Done(False)
