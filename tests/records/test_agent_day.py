"""An agent's own day: what the records of the same calls say."""

from __future__ import annotations

from pathlib import Path

from ivr.records.model import AgentLeg, AgentState, Hold
from ivr.records.store import Store
from tests.records.test_store import a_call

DAY = 1_790_000_000_000


def test_only_the_agents_own_talks_of_the_day_count(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'ivr.sqlite'}")
    store.migrate()
    mine = AgentLeg("1001", DAY + 1_000, DAY + 61_000, acw_ms=5_000, disposition="1")
    held = AgentLeg(
        "1001", DAY + 100_000, DAY + 200_000, acw_ms=7_000, transferred_to="1003",
        hold=(Hold(DAY + 110_000, DAY + 120_000, True), Hold(DAY + 130_000, DAY + 161_000, True)),
    )  # fmt: skip
    others = AgentLeg("1003", DAY + 200_000, DAY + 230_000, disposition="2")
    before = AgentLeg("1001", DAY - 60_000, DAY - 1_000, disposition="1")
    for number, legs in enumerate(((mine,), (held, others), (before,))):
        store.save([a_call(f"k{number}", agent_legs=legs)])
    store.save_other([
        AgentState("1001", "ready", DAY - 10_000, DAY + 20_000), AgentState("1001", "talk", DAY + 20_000, DAY + 50_000),
        AgentState("1003", "talk", DAY, DAY + 50_000), AgentState("1001", "pause", DAY - 90_000, DAY - 10_000, "1"),
    ])  # fmt: skip
    day = store.agents.day("1001", DAY, DAY + 86_400_000, 30_000)
    store.close()
    assert (day.talks, day.talk_ms, day.acw_ms, day.passed_on) == (2, 160_000, 12_000, 1)
    assert (day.holds, day.hold_ms, day.held_long) == (2, 41_000, 1)
    assert day.dispositions == {"1": 1}
    assert day.states == {"ready": 20_000, "talk": 30_000}
