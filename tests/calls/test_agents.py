"""Agents at work: in and out of the queues, wrap-up, what their side is shown, holds, transfers, supervisors, on a real
Asterisk (HB 7.1.3, 7.3.3, 7.4.5)."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ivr.records.model import AgentState
from ivr.records.store import Store
from tests.calls.crowd import changes, signed_in
from tests.calls.faults.eyes import dial, facts, only_record, wait_fact
from tests.calls.faults.forging import AgentLine
from tests.rig import g711, sipp
from tests.rig.agents import Manner
from tests.rig.hotline import Hotline, until
from tests.rig.offer import Offer
from tests.rig.ports import take
from tests.rig.talker import Talker

pytestmark = pytest.mark.calls

LONG_WRAPUP = changes({"agents.yaml": {"queues": {"general": {"wrapup": "60s"}}}})


class Page:
    """A program at the agents' desk."""

    def __init__(self, line: Hotline) -> None:
        self._wire = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._wire.connect(str(line.state / "desk.sock"))
        self._lines = self._wire.makefile("rwb")

    def ask(self, command: str, agent: str = "", **fields: str) -> dict[str, Any]:
        """The answer to a request."""
        self._wire.settimeout(10)
        self._lines.write(json.dumps({"command": command, "agent": agent, **fields}).encode() + b"\n")
        self._lines.flush()
        return self.read()

    def read(self) -> dict[str, Any]:
        """The next line."""
        return dict(json.loads(self._lines.readline()))

    def state(self, agent: str) -> dict[str, Any]:
        """What the agent does now."""
        listed = {one["agent_id"]: one for one in self.ask("list")["agents"]}
        return dict(listed[agent])

    def event(self, name: str) -> dict[str, Any]:
        """The next event of this name."""
        while True:
            if (told := self.read()).get("event") == name:
                return told

    def shown(self, agent: str) -> dict[str, Any]:
        """What the agent's desk shows."""
        return dict(self.ask("shown", agent)["agent"])

    def wait(self, agent: str, state: str, seconds: float = 20) -> None:
        """Until the agent is in this state."""
        until(f"agent {agent} to be in {state}", lambda: self.state(agent)["state"] == state, seconds)

    def close(self) -> None:
        self._lines.close()
        self._wire.close()


@pytest.fixture
def page(line: Hotline) -> Iterator[Page]:
    """Nobody is at the notes of another test's call before it, or after."""
    with contextlib.closing(Page(line)) as one:
        for agent in ("1001", "1002", "1003"):
            assert one.ask("ready", agent)["ok"]
        yield one
    with contextlib.closing(Page(line)) as other:
        for agent in ("1001", "1002", "1003"):
            assert other.ask("ready", agent)["ok"]


@contextlib.contextmanager
def calling(line: Hotline, number: str = "", keys: str = "0") -> Iterator[tuple[Talker, str]]:
    """A caller on the line who has asked for an agent (has pressed these keys), and his number."""
    number = number or line.next_number()
    with take() as ports, Talker((line.address, 5060), ports, number=number) as caller:
        caller.dial()
        until("sound", lambda: len(caller.heard) > 10)
        caller.press(keys)
        yield caller, number


def talks(line: Hotline, caller: Talker, number: str) -> None:
    """Until the caller has heard the agent's number, and something of the agent."""
    wait_fact(line, number, "AgentAnnounced")
    heard = len(caller.heard)
    until("the agent", lambda: len(caller.heard) > heard + 100)


def member(line: Hotline, agent: str, queue: str = "general") -> str:
    """How Asterisk has the agent in the queue; empty where he is in it not."""
    shown = line.console(f"queue show q-{queue}").splitlines()
    return next((row for row in shown if f"Local/{agent}@agents" in row), "")


def test_who_wraps_up_is_not_called_until_he_is_done_and_pauses_and_signs_out_when_he_likes(
    line: Hotline, folder: Path, page: Page
) -> None:
    line.serve_flows(LONG_WRAPUP)
    with signed_in(line, folder, {"1001": Manner(rings_ms=200)}):
        page.wait("1001", "ready")
        with calling(line) as (caller, first):
            talks(line, caller, first)
        page.wait("1001", "acw")
        with calling(line) as (caller, second):
            wait_fact(line, second, "Queued")
            until("the pause", lambda: "paused:acw" in member(line, "1001"), 5)
            until_ms = page.state("1001")["acw_until"]
            assert page.ask("more-time", "1001")["agent"]["acw_until"] == until_ms + 60_000
            assert page.ask("done", "1001", disposition="2")["ok"]
            wait_fact(line, second, "Connected", 5)
            talks(line, caller, second)
            assert page.ask("pause", "1001", reason="2")["agent"]["state"] == "talk"
        page.wait("1001", "acw")
        assert page.ask("done", "1001")["agent"]["state"] == "pause"
        assert "paused:2" in member(line, "1001")
        assert page.ask("ready", "1001")["ok"]
        until("the end of the pause", lambda: "paused" not in member(line, "1001"), 5)
        assert page.ask("sign-out", "1001")["agent"]["state"] == "offline"
        assert not any(member(line, "1001", queue) for queue in ("general", "elderly", "urgent"))
        with calling(line) as (_, third):
            wait_fact(line, third, "HandoffLeft", outcome="no_agents")
        assert page.ask("sign-in", "1001")["agent"]["state"] == "ready"
        assert all(member(line, "1001", queue) for queue in ("general", "elderly", "urgent"))
        assert "paused" not in member(line, "1001")
    (leg,) = only_record(line, first)["agent_legs"]
    assert leg["disposition"] == "2"
    assert leg["acw_ms"] < 60_000
    states = until("the states", lambda: paused_for(line, "1001", "2"))
    assert states


def paused_for(line: Hotline, agent: str, reason: str) -> list[AgentState]:
    """The agent's pauses for this reason in the records."""
    store = Store(line.environ["IVR_DATABASE_URL"])
    try:
        return [
            one
            for one in store.others()
            if isinstance(one, AgentState) and (one.agent_id, one.reason) == (agent, reason)
        ]
    finally:
        store.close()


def test_agents_ask_by_their_telephones_keys(line: Hotline, folder: Path, page: Page) -> None:
    line.serve_flows(None)
    with take() as ports, contextlib.closing(AgentLine(line, ports, "1002")) as phone:

        def keyed(keys: str) -> str:
            body = Offer().text("127.0.0.1", ports.media)
            return phone.ask("INVITE", f"sip:{keys}@{line.address}:5060", body=body)

        contact = f"Contact: <sip:1002@127.0.0.1:{ports.sip}>"
        server = f"sip:{line.address}:5060"
        assert phone.ask("REGISTER", server, contact, "Expires: 60") == "200"
        page.wait("1002", "ready")
        assert keyed("*33") == "200"
        page.wait("1002", "pause")
        assert page.state("1002")["reason"] == "3"
        assert keyed("*39") == "200"  # there is no such reason
        assert keyed("*4") == "200"
        page.wait("1002", "ready")
        assert keyed("*2") == "200"
        until("the agent to be gone", lambda: not member(line, "1002"), 5)
        assert keyed("*1") == "200"
        until("the agent to be back", lambda: bool(member(line, "1002")), 5)
        assert phone.ask("REGISTER", server, contact, "Expires: 0") == "200"


def test_a_caller_on_hold_is_told_why_and_the_agent_is_reminded_before_30_s(
    line: Hotline, folder: Path, page: Page
) -> None:
    """HB 7.4.5, on the wire: why at once, the agent's telephone rings at 25 s, and at 30 s the caller hears that it
    goes on. The agent of this test answers the reminder."""
    line.serve_flows(None)
    page.wait("1001", "offline")
    agents = {"1001": Manner(rings_ms=300, holds=(4500, 32500))}
    story = dial(line, folder, "wait 900ms", "press 0", "wait 44s", "hang up", agents=agents)
    record = only_record(line, story.number)
    ((hold,),) = [leg["hold"] for leg in record["agent_legs"]]
    assert hold["explained"], story.text(record)
    began = hold["t_start"] / 1000
    assert 0.5 <= story.began("hold_begins") - began <= 2.5, story.text(record)
    assert 29.5 <= story.began("hold_goes_on") - began <= 31.5, story.text(record)
    reminder = story.agents["1001"]  # the last call to this telephone
    assert 24.5 <= reminder.t_invite - began <= 26.5, story.text(record)
    assert reminder.t_answered is not None and (reminder.t_ended or 0) - reminder.t_answered > 1.5, story.text(record)
    assert len(record["agent_legs"]) == 1


def test_who_calls_is_shown_at_the_first_ring_and_the_caller_may_be_passed_on_to_a_queue(
    line: Hotline, folder: Path, page: Page
) -> None:
    line.serve_flows(None)
    assert page.ask("follow")["ok"]
    agents = {"1001": Manner(rings_ms=500, passes_on=(4500, "8002")), "1003": Manner(rings_ms=500)}
    story = dial(line, folder, "wait 900ms", "press 2", "wait 2s", "press 0", "wait 20s", "hang up", agents=agents)
    record = only_record(line, story.number)
    shown = [page.event("ringing"), page.event("ringing")]
    assert [(one["event"], one["agent"], one["queue"]) for one in shown] == [
        ("ringing", "1001", "general"),
        ("ringing", "1003", "cards"),
    ], story.text(record)
    assert {one["call_id"] for one in shown} == {record["call_id"]}
    assert (shown[0]["caller_number"], shown[0]["level"], shown[0]["path"]) == (
        f"+86{story.number}",
        "none",
        ["main", "cards"],
    )
    for agent, queue in (("1001", "general"), ("1003", "cards")):
        invite = story.agents[agent].messages[0].headers
        assert invite.get("x-hotline-call") == record["call_id"]
        assert invite.get("x-hotline-queue") == queue
        assert invite.get("x-hotline-about") == "level=none; reason=key; path=main/cards"
    assert [(one["agent_id"], one["transferred_to"]) for one in record["agent_legs"]] == [
        ("1001", "8002"),
        ("1003", None),
    ], story.text(record)
    assert [(one["outcome"], one["queue"]) for one in record["handoffs"]] == [
        ("answered", "general"),
        ("answered", "cards"),
    ]
    assert all(one["agent_id_announced_at"] for one in record["handoffs"]), story.text(record)
    assert story.silence() <= 2.0


def test_a_caller_is_passed_on_after_a_word_with_the_colleague(line: Hotline, folder: Path, page: Page) -> None:
    """One call, two talks: the caller hears music while the two talk, and then the colleague's number; both talks are
    recorded, and the colleague wraps up."""
    line.serve_flows(LONG_WRAPUP)
    agents = {"1001": Manner(rings_ms=300, asks_first=(4500, "1003")), "1003": Manner(rings_ms=300)}
    story = dial(line, folder, "wait 900ms", "press 0", "wait 18s", "hang up", agents=agents)
    record = only_record(line, story.number)
    assert [(one["agent_id"], one["transferred_to"]) for one in record["agent_legs"]] == [
        ("1001", "1003"),
        ("1003", None),
    ], story.text(record)
    assert (record["hangup_by"], len(record["handoffs"])) == ("caller", 1)
    assert story.prompts.count("agent_number") == 2 or story.prompts.count("agent_service") == 2, story.text(record)
    recorded = {path.name for path in (line.state / "asterisk" / "recordings").glob(f"{record['call_id']}-*.wav")}
    assert {f"{record['call_id']}-{agent}.wav" for agent in agents} <= recorded
    assert story.silence() <= 2.0


def test_a_desk_connects_the_caller_with_the_colleague_who_was_asked_first(
    line: Hotline, folder: Path, page: Page
) -> None:
    """As by the telephone's own transfer, but done by the hotline: the desk shows who is asked, and connects."""
    line.serve_flows(None)
    agents = {"1001": Manner(rings_ms=300, asks_only=(6000, "1003")), "1003": Manner(rings_ms=300)}
    with signed_in(line, folder, agents), calling(line) as (caller, number):
        talks(line, caller, number)
        assert "没有接通" in page.ask("connect", "1001")["error"]
        until("the colleague", lambda: (page.shown("1001")["asked"] or {}).get("answered"))
        before = page.shown("1001")
        assert (before["asked"]["to"], before["asked"]["agent"], before["held_since"] > 0) == ("1003", "1003", True)
        assert page.ask("connect", "1001")["ok"]
        wait_fact(line, number, "Connected", agent_id="1003")
        until("the other talk", lambda: page.shown("1001")["state"] != "talk" and page.state("1003")["state"] == "talk")
        assert (page.shown("1001")["asked"], page.shown("1001")["held_since"]) == (None, 0)
        since = len(caller.heard)
        until("the colleague's voice", lambda: len(caller.heard) > since + 200)
        heard = b"".join(one.payload for one in caller.heard[since + 150 : since + 200])
    record = only_record(line, number)
    assert [(one["agent_id"], one["transferred_to"]) for one in record["agent_legs"]] == [
        ("1001", "1003"),
        ("1003", None),
    ]
    assert record["hangup_by"] == "caller"
    assert loudness_at(heard, 300) > 0.01, "the caller does not hear the colleague"
    recorded = {path.name for path in (line.state / "asterisk" / "recordings").glob(f"{record['call_id']}-*.wav")}
    assert {f"{record['call_id']}-{agent}.wav" for agent in agents} <= recorded


def test_an_agent_asks_a_supervisor_into_the_talk(line: Hotline, folder: Path, page: Page) -> None:
    line.serve_flows(None)
    agents = {"1001": Manner(rings_ms=200), "1006": Manner(rings_ms=200, talks_ms=2000)}
    with signed_in(line, folder, agents), calling(line) as (caller, number):
        talks(line, caller, number)
        assert not page.ask("invite", "1001", supervisor="1003")["ok"]  # is none
        assert page.ask("invite", "1001", supervisor="1006")["ok"]
        wait_fact(line, number, "SupervisionBegan", how="join", supervisor="1006", agent_id="1001")
        until("the supervisor to leave", partial(left, line, number, 1))
    ((who, allowed, how), *_) = supervisions_in_the_trail(line, only_record(line, number)["call_id"])
    assert (who, allowed, how) == ("agent:1006", True, "join")


def test_a_telephone_is_heard_to_ring_before_the_first_call(line: Hotline, folder: Path, page: Page) -> None:
    line.serve_flows(None)
    assert "没有注册" in page.ask("try-ring", "1002")["error"]
    with signed_in(line, folder, {"1002": Manner(rings_ms=300, talks_ms=500)}):
        page.wait("1002", "ready")
        assert page.ask("try-ring", "1002")["ok"]
        page.wait("1002", "ready")


def loudness_at(payload: bytes, hz: int) -> float:
    """How loud this tone is in A-law sound, of full scale."""
    sound = g711.decode(payload, "alaw").astype(float) / 32768
    at = np.arange(len(sound)) * hz / g711.RATE
    return float(abs(np.dot(sound, np.exp(-2j * np.pi * at))) * 2 / max(len(sound), 1))


def left(line: Hotline, number: str, times: int) -> bool:
    """Whether a supervisor has left this caller's call so often."""
    return len([one for one in facts(line, number) if one["fact"] == "SupervisionEnded"]) >= times


def supervisions_in_the_trail(line: Hotline, call_id: str) -> list[tuple[str, bool, str]]:
    """Who took part in a call, whether he was allowed, and how: the last one first."""
    store = Store(line.environ["IVR_DATABASE_URL"])
    try:
        found = [kept.entry for kept in store.audit.list(target=f"call:{call_id}", action="calls.supervise")]
    finally:
        store.close()
    return [(entry.person, entry.allowed, json.loads(entry.detail or "")["how"]) for entry in found]


def test_a_supervisor_listens_whispers_and_joins_and_the_record_says_so(
    line: Hotline, folder: Path, page: Page
) -> None:
    """1 kHz is the supervisor's voice: the caller hears it when he joins, and not when he whispers."""
    line.serve_flows(None)
    t = np.arange(g711.RATE) / g711.RATE
    voice = folder / "supervisor.alaw"
    folder.mkdir(parents=True, exist_ok=True)
    voice.write_bytes(g711.encode((0.2 * 32767 * np.sin(2 * np.pi * 1000 * t)).astype(np.int16), "alaw"))
    manner, setup = Manner(rings_ms=200, talks_ms=2500), line.setup(600)
    with (
        signed_in(line, folder, {"1001": Manner(rings_ms=200)}),
        sipp.agent(
            folder / "1006", "1006", password=line.password("1006"), manner=manner, speech=voice, setup=setup
        ) as supervisor,
        calling(line) as (caller, number),
    ):
        assert supervisor.running
        talks(line, caller, number)
        assert not page.ask("listen", "1001", other="1001")["ok"]
        heard: dict[str, float] = {}
        for how in ("listen", "whisper", "join"):
            assert page.ask(how, "1006", other="1001")["ok"]
            wait_fact(line, number, "SupervisionBegan", how=how, supervisor="1006", agent_id="1001")
            since = len(caller.heard)
            until("the supervisor to leave", partial(left, line, number, len(heard) + 1))
            heard[how] = loudness_at(b"".join(one.payload for one in caller.heard[since + 25 : since + 75]), 1000)
    record = only_record(line, number)
    assert [(one["supervisor"], one["agent_id"], one["how"]) for one in record["supervisions"]] == [
        ("1006", "1001", how) for how in ("listen", "whisper", "join")
    ]
    assert all(one["t_end"] - one["t_start"] > 1000 for one in record["supervisions"])
    assert supervisions_in_the_trail(line, record["call_id"]) == [
        ("agent:1006", True, how) for how in ("join", "whisper", "listen")
    ]
    assert heard["join"] > 0.02, heard
    assert max(heard["listen"], heard["whisper"]) < 0.002, heard
