"""A queue that the operator removes stays for those who stand in it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ivr.flow.loader import require
from ivr.flow.model import Flow
from ivr.serve.asterisk import configuration
from ivr.serve.asterisk.retired_queues import retired
from ivr.settings import Settings
from tests.rig.hotline import TOP


def rendered(settings: Settings, flow: Flow, *in_use: str) -> tuple[str, str]:
    """queues.conf and extensions.conf."""
    configuration.render(settings, flow, in_use=lambda queue: queue in in_use)
    etc = settings.asterisk / "etc"
    return (etc / "queues.conf").read_text(encoding="utf-8"), (etc / "extensions.conf").read_text(encoding="utf-8")


def without(flow: Flow, queue: str) -> Flow:
    """The flow after the operator removed this queue."""
    agents = {
        agent.id: replace(agent, queues={id: rank for id, rank in agent.queues.items() if id != queue})
        for agent in flow.agents.values()
    }
    return replace(flow, queues={id: one for id, one in flow.queues.items() if id != queue}, agents=agents)


def test_a_queue_stays_with_its_agents_while_it_is_needed_and_goes_after_that(tmp_path: Path) -> None:
    settings, flow = Settings(state=tmp_path), require(TOP / "flows")
    before, plan = rendered(settings, flow)
    section = retired(settings.asterisk / "etc", (), lambda queue: True).sections["cards"]
    assert section.startswith("[q-cards]\n")
    assert section in before
    assert section.count("member => ") == 2

    edited = without(flow, "cards")
    queues, plan = rendered(settings, edited, "cards")
    assert section in queues
    assert f"RING_q-cards = {round(flow.queues['cards'].ring_ms / 1000)}" in plan
    assert queues.count("[q-") == len(flow.queues)
    assert rendered(settings, edited, "cards") == (queues, plan), "again and again"

    queues, plan = rendered(settings, edited, "loans", "general")
    assert "q-cards" not in queues + plan
    assert queues.count("[q-") == len(edited.queues)


def test_a_queue_that_comes_back_is_as_the_flow_says(tmp_path: Path) -> None:
    settings, flow = Settings(state=tmp_path), require(TOP / "flows")
    first = rendered(settings, flow)
    rendered(settings, without(flow, "cards"), "cards")
    assert rendered(settings, flow, "cards") == first


def test_where_nobody_says_what_is_needed_everything_stays(tmp_path: Path) -> None:
    """`ivr asterisk render` does not know who waits."""
    settings, flow = Settings(state=tmp_path), require(TOP / "flows")
    rendered(settings, flow)
    configuration.render(settings, without(flow, "cards"))
    assert "[q-cards]" in (settings.asterisk / "etc" / "queues.conf").read_text(encoding="utf-8")
