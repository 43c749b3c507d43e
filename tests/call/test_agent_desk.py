"""The desk does what agents ask for, refuses what they may not, and keeps Asterisk's queues as the states say."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from ivr.call.agents import queue_pauses as module
from ivr.call.agents.commands import (
    Command,
    Connect,
    Invite,
    MoreTime,
    Pause,
    Ready,
    SignIn,
    SignOut,
    Supervise,
    Supervision,
    Transfer,
    TryRing,
    WrapUpDone,
)
from ivr.errors import AgentRefused, CommandRefused, NodeError
from ivr.telephony.events import types as ev
from tests.call.desks import FLOW, World

A, B, SUPERVISOR = "1001", "1002", "1006"


def run(what: Callable[[World], Awaitable[None]], world: World | None = None) -> World:
    """With a desk, closed in the end."""

    async def whole() -> World:
        made = world or World()
        try:
            await asyncio.wait_for(what(made), 10)
        finally:
            await made.desk.close()
        return made

    return asyncio.run(whole())


def paused(agent: str, reason: str | None, t: int = 100_000) -> ev.AgentPaused:
    return ev.AgentPaused(t, "", "", agent, reason is not None, reason or "")


def test_who_wraps_up_is_paused_until_the_wrapup_is_over() -> None:
    async def what(world: World) -> None:
        world.wrapup = 30
        world.call(A)
        await world.settled()
        assert world.manager.pauses(A) == ["acw"]
        world.now += 31
        while len(world.manager.pauses(A)) < 2:  # noqa: ASYNC110 (the desk's own timer)
            await asyncio.sleep(0.005)
        assert world.manager.pauses(A) == ["acw", None]

    run(what)


def test_who_is_done_takes_calls_at_once_and_the_disposition_is_told() -> None:
    async def what(world: World) -> None:
        world.call(A)
        await world.settled()
        now = await world.desk.ask(A, WrapUpDone("1"))
        await world.settled()
        assert (now.state, world.manager.pauses(A)) == ("ready", ["acw", None])
        assert world.disposed == [("k1", A, world.now, "1")]

    run(what)


def test_more_time_is_the_flows() -> None:
    async def what(world: World) -> None:
        world.call(A)
        now = await world.desk.ask(A, MoreTime())
        assert now.acw_until == world.now + 5_000 + FLOW.more_time_ms

    run(what)


def test_a_pause_during_the_wrapup_outlasts_it() -> None:
    async def what(world: World) -> None:
        world.call(A)
        await world.settled()
        await world.desk.ask(A, Pause("2"))
        world.now += 6_000
        world.desk.on_event(paused(A, "2"))
        await world.settled()
        assert (world.manager.pauses(A), world.desk.now(A).state) == (["acw", "2"], "pause")
        await world.desk.ask(A, Ready())
        await world.settled()
        assert world.manager.pauses(A) == ["acw", "2", None]

    run(what)


def test_wishes_in_one_moment_end_with_the_last() -> None:
    async def what(world: World) -> None:
        world.tell(ev.AgentThere(world.now, "", "", A, True))
        for command in (Pause("1"), Ready(), Pause("2"), Ready(), Pause("3")):
            await world.desk.ask(A, command)
        await world.settled()
        assert world.manager.pauses(A)[-1] == "3"
        for reason in world.manager.pauses(A):  # Asterisk tells them late, in each of two queues
            world.tell(paused(A, reason))
            world.tell(paused(A, reason))
        await world.settled()
        assert (world.manager.pauses(A)[-1], world.desk.now(A).reason) == ("3", "3")

    run(what)


def test_a_pause_at_asterisks_own_console_is_the_agents_state_too() -> None:
    async def what(world: World) -> None:
        world.tell(ev.AgentThere(world.now, "", "", A, True))
        world.tell(paused(A, ""))
        assert world.desk.now(A).state == "pause"
        world.tell(paused(A, None))
        assert world.desk.now(A).state == "ready"
        await world.settled()
        assert world.manager.pauses(A) == []

    run(what)


def test_signing_out_leaves_every_queue_and_is_kept() -> None:
    async def what(world: World) -> None:
        world.tell(ev.AgentThere(world.now, "", "", A, True))
        assert (await world.desk.ask(A, SignOut())).state == "offline"
        assert world.kept.agents == {A}
        assert [one.get("Queue") for one in world.manager.named("QueueReload")] == [None], "all at once"
        again = World(kept=world.kept)
        again.tell(ev.AgentThere(again.now, "", "", A, True))
        assert again.desk.now(A).state == "offline"
        assert (await again.desk.ask(A, SignIn())).state == "ready"
        assert world.kept.agents == frozenset()
        assert len(again.manager.named("QueueReload")) == 1

    run(what)


def test_all_who_sign_in_at_the_same_moment_have_the_queues_read_twice_at_most() -> None:
    everybody = sorted(FLOW.agents)

    async def what(world: World) -> None:
        for agent in everybody:
            world.tell(ev.AgentThere(world.now, "", "", agent, True))
        for command, out in ((SignOut(), frozenset(everybody)), (SignIn(), frozenset[str]())):
            world.manager.actions.clear()
            world.kept.files.clear()
            await asyncio.gather(*(world.desk.ask(agent, command) for agent in everybody))
            assert world.kept.agents == world.kept.files[-1] == out
            assert len(world.kept.files) <= 2
            assert 1 <= len(world.manager.named("QueueReload")) <= 2

    run(what)


def test_who_asks_while_the_queues_are_read_is_in_what_is_read_next() -> None:
    async def what(world: World) -> None:
        for agent in (A, B):
            world.tell(ev.AgentThere(world.now, "", "", agent, True))
        world.manager.asked.clear()
        first = asyncio.create_task(world.desk.ask(A, SignOut()))
        await world.manager.asked.wait()
        await asyncio.gather(first, world.desk.ask(B, SignOut()))
        assert world.kept.files == [{A}, {A, B}]

    run(what)


def test_what_could_not_be_done_for_one_agent_stays_done_for_the_others() -> None:
    async def what(world: World) -> None:
        for agent in (A, B):
            world.tell(ev.AgentThere(world.now, "", "", agent, True))
        world.manager.refused["QueueReload"] = "No such queue"
        world.manager.asked.clear()
        failing = asyncio.create_task(world.desk.ask(A, SignOut()))
        await world.manager.asked.wait()
        del world.manager.refused["QueueReload"]
        world.kept.write(world.kept.read() | {B})  # who signed out meanwhile
        with suppress(CommandRefused):
            await failing
        assert B in world.kept.agents

    run(what)


def test_whom_it_was_not_done_for_is_told_and_whoever_gives_up_takes_nobody_with_him() -> None:
    async def what(world: World) -> None:
        for agent in (A, B, SUPERVISOR):
            world.tell(ev.AgentThere(world.now, "", "", agent, True))
        world.manager.refused["QueueReload"] = "No such queue"
        asked = (world.desk.ask(agent, SignOut()) for agent in (A, B, SUPERVISOR))
        assert [type(one) for one in await asyncio.gather(*asked, return_exceptions=True)] == [CommandRefused] * 3
        assert world.kept.agents == frozenset()

        world.manager.refused.clear()
        world.manager.actions.clear()
        world.manager.asked.clear()
        gives_up = asyncio.create_task(world.desk.ask(A, SignOut()))
        waits = asyncio.create_task(world.desk.ask(B, SignOut()))
        await world.manager.asked.wait()
        gives_up.cancel()
        await waits
        assert world.kept.files[-1] >= {B}
        assert len(world.manager.named("QueueReload")) == 2

    run(what)


def test_files_that_cannot_be_written_sign_nobody_out() -> None:
    async def what(world: World) -> None:
        world.tell(ev.AgentThere(world.now, "", "", A, True))
        world.kept.broken = True
        with pytest.raises(NodeError):
            await world.desk.ask(A, SignOut())
        assert (world.kept.agents, world.desk.now(A).state) == (frozenset(), "ready")
        assert world.manager.named("QueueReload") == []

    run(what)


def test_what_asterisk_does_not_do_is_not_believed() -> None:
    async def what(world: World) -> None:
        world.tell(ev.AgentThere(world.now, "", "", A, True))
        world.manager.refused["QueueReload"] = "No such queue"
        with pytest.raises(CommandRefused):
            await world.desk.ask(A, SignOut())
        assert (world.kept.agents, world.desk.now(A).state) == (frozenset(), "ready")

    run(what)


def test_a_pause_that_could_not_be_told_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AGAIN_SECONDS", 0)

    async def what(world: World) -> None:
        world.tell(ev.AgentThere(world.now, "", "", A, True))
        world.manager.refused["QueuePause"] = "busy"
        await world.desk.ask(A, Pause("1"))
        await world.settled()
        del world.manager.refused["QueuePause"]
        await world.settled()
        tries = len(world.manager.pauses(A))
        assert tries > 1
        await world.settled()
        assert len(world.manager.pauses(A)) == tries

    run(what)


def test_an_asterisk_that_forgot_is_told_again_and_one_that_remembers_is_believed() -> None:
    async def what(world: World) -> None:
        world.tell(ev.AgentThere(world.now, "", "", A, True))
        await world.desk.ask(A, Pause("1"))
        await world.settled()
        assert not world.desk.standing(paused(A, None))
        assert world.desk.standing(paused(B, "2"))
        world.tracker.on_event(paused(B, "2"))
        assert world.desk.standing(paused(SUPERVISOR, "acw"))  # from an application that has died since
        world.tracker.on_event(paused(SUPERVISOR, "acw"))
        world.desk.link_back()
        await world.settled()
        assert (world.manager.pauses(A), world.manager.pauses(B)) == (["1", "1"], [])
        assert world.manager.pauses(SUPERVISOR) == [None]

    run(what)


@pytest.mark.parametrize(
    ("agent", "command"),
    [
        ("9999", SignIn()),
        (A, Pause("9")),
        (A, Pause("")),
        (A, WrapUpDone("9")),
        (A, Transfer(B)),
        (A, Supervise(Supervision.LISTEN, B)),
        (SUPERVISOR, Supervise(Supervision.LISTEN, A)),
        (SUPERVISOR, Supervise(Supervision.LISTEN, SUPERVISOR)),
        (SUPERVISOR, Supervise(Supervision.LISTEN, "9999")),
    ],
)
def test_what_cannot_be_is_refused_in_words(agent: str, command: Command) -> None:
    async def what(world: World) -> None:
        world.tell(ev.AgentThere(world.now, "", "", A, True))
        with pytest.raises(AgentRefused, match=r"[一-龥]"):
            await world.desk.ask(agent, command)
        await world.settled()
        assert (world.manager.actions, world.manager.calls) == ([], [])

    run(what)


@pytest.mark.parametrize("to", [A, "", "13900001111", "95000", "7777"])
def test_a_caller_is_passed_on_to_a_colleague_or_a_queue_alone(to: str) -> None:
    async def what(world: World) -> None:
        world.call(A, to="up")
        with pytest.raises(AgentRefused):
            await world.desk.ask(A, Transfer(to))
        for good in (B, FLOW.queues["cards"].number or ""):
            await world.desk.ask(A, Transfer(good))
        assert [one["Exten"] for one in world.manager.named("BlindTransfer")] == [B, FLOW.queues["cards"].number]
        assert {one["Channel"] for one in world.manager.named("BlindTransfer")} == {f"c{A}"}

    run(what)


def test_a_supervisor_is_called_into_the_talk_or_taken_into_it_by_his_keys() -> None:
    async def what(world: World) -> None:
        world.call(A, to="up")
        await world.desk.ask(SUPERVISOR, Supervise(Supervision.WHISPER, A))
        await world.settled()
        ((telephone, fields),) = world.manager.calls
        told = {"IVR_CALL": "k1", "IVR_AGENT": A, "IVR_AGENT_CHANNEL": f"c{A}", "IVR_HOW": "whisper"}
        assert (telephone, fields["exten"], fields["variables"]) == (f"PJSIP/{SUPERVISOR}", SUPERVISOR, told)
        world.tell(ev.UserEvent(world.now, "", "s1", SUPERVISOR, "AgentKeys", {"Keys": f"*7{A}"}))
        await world.settled()
        ((redirect,), set_) = world.manager.named("Redirect"), world.manager.named("Setvar")
        assert (redirect["Channel"], redirect["Context"]) == ("s1", "supervise")
        assert {str(one["Variable"]): one["Value"] for one in set_} == told | {"IVR_HOW": "listen"}

    run(what)


def test_nobody_is_taken_into_a_talk_without_leave_that_is_in_the_trail() -> None:
    async def what(world: World) -> None:
        world.call(A, to="up")
        with pytest.raises(AgentRefused):
            await world.desk.ask(B, Supervise(Supervision.LISTEN, A))
        world.trail.refusing = True
        with pytest.raises(AgentRefused):
            await world.desk.ask(SUPERVISOR, Supervise(Supervision.JOIN, A))
        world.tell(ev.UserEvent(world.now, "", "s1", SUPERVISOR, "AgentKeys", {"Keys": f"*7{A}"}))
        await world.settled()
        assert world.trail.asked == [
            (B, A, "listen", None, False), (SUPERVISOR, A, "join", "k1", True), (SUPERVISOR, A, "listen", "k1", True),
        ]  # fmt: skip
        assert not world.manager.calls and not world.manager.named("Redirect")

    run(what)


def test_a_talk_that_is_no_callers_is_nobodys_business() -> None:
    """What a supervisor hears must stand in a call's record; a word between colleagues has none."""

    async def what(world: World) -> None:
        world.call(A, call_id="consult", to="up")
        with pytest.raises(AgentRefused):
            await world.desk.ask(SUPERVISOR, Supervise(Supervision.LISTEN, A))

    run(what)


@pytest.mark.parametrize(("keys", "done"), [("*31", "1"), ("*39", "0"), ("*0", "0"), ("*6", "0")])
def test_an_agent_who_keys_is_told_what_came_of_it(keys: str, done: str) -> None:
    async def what(world: World) -> None:
        world.tell(ev.UserEvent(world.now, "", "k", A, "AgentKeys", {"Keys": keys}))
        await world.settled()
        assert world.manager.named("Setvar") == [{"Channel": "k", "Variable": "IVR_DONE", "Value": done}]

    run(what)


def test_an_agent_who_cannot_be_told_does_no_harm() -> None:
    async def what(world: World) -> None:
        world.manager.refused["Setvar"] = "No such channel"
        world.tell(ev.UserEvent(world.now, "", "k", A, "AgentKeys", {"Keys": "*31"}))
        await world.settled()
        assert world.tracker.paused_with(A, world.now) == "1"

    run(what)


def test_the_caller_of_a_talk_or_of_the_last_one_complains() -> None:
    async def what(world: World) -> None:
        world.call(A, to="up")
        assert await world.desk.complain(A, "fees") == "26120100001"
        world.call(B)
        await world.desk.complain(B)
        world.call(B, call_id="k2", to="rings")
        with pytest.raises(AgentRefused, match="没有可以登记为投诉的通话"):
            await world.desk.complain(B)

    assert run(what).complaints == [("k1", A, "fees"), ("k1", B, None)]


@pytest.mark.parametrize(("code", "filed"), [("3", [("k1", A, None)]), ("1", [])])
def test_one_way_to_end_a_wrapup_says_that_it_was_a_complaint(
    code: str, filed: list[tuple[str, str, str | None]]
) -> None:
    async def what(world: World) -> None:
        world.call(A)
        await world.desk.ask(A, WrapUpDone(code))
        await world.settled()

    assert run(what).complaints == filed


def asking(world: World) -> None:
    """1001 talks to a caller and asks 1002, who has answered."""
    world.call(A, to="up")
    world.tell(ev.ChannelStarted(world.now, "k1", f"c{A}", A, "PJSIP/1001-00000001", False, "", None))
    world.tell(ev.ChannelStarted(world.now, "k2", "k2", A, "PJSIP/1001-00000002", False, B, None))
    world.tell(ev.AgentThere(world.now, "", "", B, True))
    world.tell(ev.AgentRinging(world.now, "k2", "c2", B))
    world.tell(ev.ChannelUp(world.now, "k2", "c2", B))


def test_the_caller_is_connected_with_the_colleague_who_was_asked_and_everybody_is_told() -> None:
    told: list[ev.TelephonyEvent] = []

    async def what(world: World) -> None:
        world.desk.happened = told.append
        world.call(A, to="up")
        with pytest.raises(AgentRefused, match="没有接通"):
            await world.desk.ask(A, Connect())
        asking(world)
        await world.desk.ask(A, Connect())
        assert world.manager.named("Bridge") == [{"Channel1": "k1", "Channel2": "c2", "Tone": "no"}]
        world.manager.refused["Bridge"] = "gone"
        with pytest.raises(CommandRefused):
            await world.desk.ask(A, Connect())

    run(what)
    assert [(type(one), one.linkedid, one.agent_id) for one in told] == [(ev.Transferred, "k1", A)]


def test_a_supervisor_is_asked_into_the_talk_by_the_agent_and_entered_as_one_who_joins() -> None:
    async def what(world: World) -> None:
        world.call(A, to="up")
        with pytest.raises(AgentRefused):
            await world.desk.ask(A, Invite(B))
        await world.desk.ask(A, Invite(SUPERVISOR))
        await world.settled()
        assert world.trail.asked == [(B, A, "join", None, False), (SUPERVISOR, A, "join", "k1", True)]
        world.tell(ev.AgentThere(world.now, "", "", SUPERVISOR, True, browser=True))
        await world.desk.ask(A, Invite(SUPERVISOR))
        await world.settled()
        on_the_desk, in_the_browser = world.manager.calls
        assert (on_the_desk[0], on_the_desk[1]["exten"]) == (f"PJSIP/{SUPERVISOR}", SUPERVISOR)
        assert (in_the_browser[0], in_the_browser[1]) == (f"PJSIP/{SUPERVISOR}-web", on_the_desk[1])

    run(what)


def test_a_ring_that_nobody_answers_was_not_heard() -> None:
    async def what(world: World) -> None:
        with pytest.raises(AgentRefused, match="没有注册"):
            await world.desk.ask(A, TryRing())
        world.tell(ev.AgentThere(world.now, "", "", A, True))
        await world.desk.ask(A, TryRing())
        assert world.manager.calls[0][0] == f"Local/{A}@agents/n"
        world.manager.refused["Originate"] = "no answer"
        with pytest.raises(AgentRefused, match="没有接听"):
            await world.desk.ask(A, TryRing())
        world.call(A, to="up")
        with pytest.raises(AgentRefused, match="通话中"):
            await world.desk.ask(A, TryRing())

    run(what)


def test_a_desk_is_told_of_each_change_once() -> None:
    world = World()

    async def what(_world: World) -> None:
        world.call(A, to="up")
        world.tell(ev.HoldStarted(world.now, "k1", f"c{A}", A))
        world.tell(ev.HoldStarted(world.now, "k1", f"c{A}", A))

    run(what, world)
    mine = [one for one in world.told if one["event"] == "agent" and one["agent_id"] == A]
    assert [one["state"] for one in mine] == ["ready", "ring", "talk", "talk"]
    assert [one["held_since"] > 0 for one in mine] == [False, False, False, True]
