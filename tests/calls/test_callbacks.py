"""Waiting callers who are called back: the place is kept past later callers, the customer is called through the trunk,
and who does not answer three times is somebody's work (CBA 十四, HB 7.1.3, D9)."""

from __future__ import annotations

import contextlib
import json
import stat
import time
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ivr.records.emergency import EmergencyPhase
from ivr.records.exchange.lines import to_line
from ivr.records.store import Store
from ivr.records.work.model import Callback, CallbackState, WorkKind
from tests.calls.crowd import (
    ANYTHING,
    Caller,
    changes,
    child,
    complain,
    cut,
    heard,
    ms,
    place_all,
    signed_in,
    story,
)
from tests.calls.leading import led
from tests.rig import sipp
from tests.rig.agents import Manner
from tests.rig.calls import Call, calls
from tests.rig.capture import capture
from tests.rig.hotline import Hotline, hotline, until
from tests.rig.ports import PortBlock, take
from tests.rig.scenario import Expect
from tests.rig.steps import parse

pytestmark = pytest.mark.calls

#: Who is called back, and whom the trunk will not find.
CUSTOMER = "13800000042"
FLOW = changes(
    {
        "agents.yaml": {
            "queues": {"general": {"wrapup": "1s", "announce": "8s", "wait": "60s", "offer": "2s"}},
            "callbacks": {"hours": "always", "pause": "1s", "ring": "3s"},
        }
    }
)


def fresh() -> str:
    """A call id that no other test, and no other attempt of this one, has."""
    return f"p-{time.time_ns()}"


@dataclass
class Trunk:
    """A hotline with an outbound trunk, behind which customers' telephones listen on these ports."""

    line: Hotline
    ports: PortBlock
    store: Store

    def promise(self, parent: str, *, number: str = CUSTOMER, since: int | None = None) -> Callback:
        now = time.time_ns() // 1_000_000
        asked = now if since is None else since
        return self.store.work.promise(Callback(parent, "general", f"+86{number}", "综合业务", 0, 1, asked, now, now))

    def callback(self, parent: str) -> Callback:
        found = self.store.work.callback(parent)
        assert found is not None
        return found

    def made(self, parent: str) -> list[dict[str, object]]:
        """The records of the calls that were made for this one."""
        return [json.loads(to_line(one)) for one in self.store.callbacks([parent])]

    @contextlib.contextmanager
    def customer(self, folder: Path, manner: Manner) -> Iterator[None]:
        """The telephone behind the trunk."""
        with sipp.agent(folder, "customer", manner=manner, ports=self.ports, setup=self.line.setup(120)):
            yield

    def wire(self, folder: Path) -> list[Call]:
        """The calls to the customer, as they were on the wire."""
        return [one for one in calls(folder / "out.pcap") if f"sip:{CUSTOMER}@" in one.messages[0].headers["to"]]


@pytest.fixture(scope="module")
def trunk() -> Iterator[Trunk]:
    with take() as ports, hotline(SIP_OUTBOUND=f"127.0.0.1:{ports.sip}") as line:
        line.serve_flows(FLOW)
        store = Store(line.environ["IVR_DATABASE_URL"])
        yield Trunk(line, ports, store)
        store.close()


def test_an_agent_takes_it_and_the_customer_is_called(trunk: Trunk, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    since, parent = time.time_ns() // 1_000_000 - 60_000, fresh()
    with (
        capture(folder / "out.pcap", [trunk.ports]),
        trunk.customer(folder, Manner(rings_ms=500, talks_ms=13_000)),
        signed_in(trunk.line, folder, {"1001": Manner(rings_ms=300)}),
    ):
        trunk.promise(parent, since=since)
        until("the callback to be over", lambda: trunk.callback(parent).state is CallbackState.DONE, 40)
        until("its record", lambda: trunk.made(parent) or None, 10)
    (record,) = trunk.made(parent)
    assert (record["direction"], record["parent_call_id"], record["caller_number"]) == ("out", parent, f"+86{CUSTOMER}")
    handoff = child(record, "handoffs")
    assert (handoff["outcome"], handoff["agent_id"]) == ("answered", "1001")
    assert ms(handoff, "t_connected") == ms(record, "t_answered")
    assert 0 < ms(handoff, "agent_id_announced_at") - ms(handoff, "t_connected") < 12_000
    (call,) = trunk.wire(folder)
    assert "<sip:95000@" in call.messages[0].headers["from"], "the bank's number is the caller"
    heard = [one.prompt for one in trunk.line.listener().listen(call.said)]
    # over the agent's voice a prompt is found by its likeness: one of them must do
    assert {"callback_greeting", "callback_recorded", "agent_number", "agent_service"} & set(heard), heard
    (kept,) = (trunk.line.state / "asterisk" / "recordings").glob(f"{record['call_id']}-1001.wav")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_a_number_that_nobody_may_call_never_leaves(trunk: Trunk, folder: Path) -> None:
    parent = fresh()
    folder.mkdir(parents=True, exist_ok=True)
    with capture(folder / "out.pcap", [trunk.ports]), signed_in(trunk.line, folder, {"1001": Manner(rings_ms=300)}):
        trunk.store.work.promise(
            Callback(parent, "general", "+19005551234", "综合业务", 0, 1, 1, 1, time.time_ns() // 1_000_000)
        )
        until("it to be given up", lambda: trunk.callback(parent).state is CallbackState.GIVEN_UP, 10)
    assert calls(folder / "out.pcap") == []
    # nor does the dialplan lead there, whoever asks it
    told = trunk.line.console("dialplan show 0019005551234@callback-customer")
    assert "Goto" not in told


def test_three_times_in_vain_is_work_for_somebody(trunk: Trunk, folder: Path) -> None:
    parent = fresh()
    folder.mkdir(parents=True, exist_ok=True)
    with (
        capture(folder / "out.pcap", [trunk.ports]),
        trunk.customer(folder, Manner(reject=486)),
        signed_in(trunk.line, folder, {"1001": Manner(rings_ms=200)}),
    ):
        trunk.promise(parent)
        until("the last try", lambda: trunk.callback(parent).state is CallbackState.GIVEN_UP, 90)
    assert len(trunk.wire(folder)) == 3
    (item,) = [one for one in trunk.store.work.items() if one.call_id == parent]
    assert (item.kind, item.number) == (WorkKind.CALLBACK, f"+86{CUSTOMER}")
    until("three records", lambda: len(trunk.made(parent)) == 3, 10)
    assert {child(one, "handoffs")["outcome"] for one in trunk.made(parent)} == {"timeout"}
    assert all(one["agent_legs"] == [] for one in trunk.made(parent))


def test_the_place_is_kept_past_later_callers(trunk: Trunk, folder: Path) -> None:
    """While the agent talks, the first in the queue asks for a callback; the second looks at the question by a key and
    waits on; the third came last. So they are served: called back, second, third."""
    line = trunk.line
    numbers = {name: line.next_number() for name in ("talks", "first", "second", "third")}
    steps = {
        "talks": "dial, wait 1s, press 0, hear transferring, wait 18s, hang up",
        "first": "dial, wait 4s, press 0, hear transferring, wait 4s, press *, wait 1500ms, press 4, wait 2500ms, "
        "press 1, wait for bye",
        "second": "dial, wait 6s, press 0, hear transferring, wait 4s, press *, wait 1500ms, press 1, "
        "wait 28s, hang up",
        "third": "dial, wait 9s, press 0, hear transferring, wait 38s, hang up",
    }
    callers = [Caller(name, text.split(", "), number=numbers[name]) for name, text in steps.items()]
    folder.mkdir(parents=True, exist_ok=True)
    with (
        capture(folder / "out.pcap", [trunk.ports]),
        trunk.customer(folder, Manner(rings_ms=300, talks_ms=6000)),
        signed_in(line, folder, {"1001": Manner(rings_ms=200)}),
    ):
        found = place_all(line, folder, callers, alone=False)
        parent = str(found["first"].record["call_id"]) if found["first"].record else ""
        until("the callback to be over", lambda: trunk.callback(parent).state is CallbackState.DONE, 30)
        until("its record", lambda: trunk.made(parent) or None, 10)
    told = "".join(story(name, one) for name, one in found.items())
    (back,) = trunk.made(parent)
    asked = child(found["first"].record, "handoffs", -1)
    assert asked["outcome"] == "callback", told
    connected = {name: ms(child(found[name].record, "handoffs", -1), "t_connected") for name in ("second", "third")}
    connected["first"] = ms(child(back, "handoffs"), "t_connected")
    assert sorted(connected, key=lambda name: connected[name]) == ["first", "second", "third"], told
    second = found["second"].record
    assert second is not None and len(second["handoffs"]) == 1, told  # type: ignore[arg-type]
    (invite,) = [one.messages[0] for one in calls(folder / "out.pcap") if one.messages[0].method == "INVITE"]
    assert f"sip:{numbers['first']}@" in invite.headers["to"]


def test_in_an_emergency_who_asks_for_agents_that_are_not_kept_is_called_back(trunk: Trunk, folder: Path) -> None:
    """The shipped plan for a great surge (CBA 三十五): nobody stands in the general queue, its agents call back."""
    line = trunk.line
    caller = Caller(
        "caller",
        ["dial", "hear greeting elderly_key emergency_surge", "wait 1500ms", "press 0",
         "hear emergency_callback callback_this_number", "wait 1s", "press 1", "wait for bye"],
        Expect(
            heard=heard("greeting", "elderly_key", "emergency_surge", cut("main_menu"), "emergency_callback",
                        "callback_this_number", ANYTHING, "callback_accepted", "goodbye"),
            record={"entry": "emergency", "handoffs.count": 1, "handoffs.0.refused": False,
                    "handoffs.0.queue": "general", "handoffs.0.outcome": "callback"},
            silence_ms=2000,
        ),
        line.next_number(),
    )  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    with (
        trunk.customer(folder, Manner(rings_ms=300, talks_ms=6000)),
        signed_in(line, folder, {"1001": Manner(rings_ms=200)}),
        led(line, level="major") as decide,
    ):
        decide(EmergencyPhase.HANDLE)
        found = place_all(line, folder, [caller])
        wrong = complain([caller], found, {})
        assert not wrong, wrong
        record = found["caller"].record
        assert record is not None
        parent = str(record["call_id"])
        until("the callback to be over", lambda: trunk.callback(parent).state is CallbackState.DONE, 40)
    (back,) = until("its record", lambda: trunk.made(parent) or None, 10)
    assert child(back, "handoffs")["agent_id"] == "1001" and back["caller_number"] == f"+86{caller.number}"


def test_a_message_instead_of_waiting(trunk: Trunk, folder: Path) -> None:
    line, number = trunk.line, trunk.line.next_number()
    steps = (
        "dial", "wait 1s", "press 0", "hear transferring", "wait 3s", "press *", "wait 1s", "press 5",
        "hear message_intro", "wait 1500ms", "say fixtures/clean/card_loss-1.wav", "wait 1500ms", "press #",
        "wait 2s", "press 2", "wait 6s", "press 1", "wait for bye 30s",
    )  # fmt: skip
    call, _ = line.place(folder, parse(steps), number=number, agents={"1001": Manner(rings_ms=None)})
    record = line.record(number)
    told = [one.prompt for one in line.listen(call)]
    (item,) = [one for one in trunk.store.work.items() if one.call_id == record["call_id"]]
    assert (item.kind, item.number, item.confirmed, item.queue) == (WorkKind.MESSAGE, f"+86{number}", True, "general")
    assert item.about == "综合业务" and item.audio is not None and item.t_due > item.t_received, told
    file = line.state / item.audio
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with wave.open(str(file), "rb") as sound:
        assert round(1000 * sound.getnframes() / sound.getframerate()) == item.ms
    assert 600 <= item.ms <= 5000, told
    assert "message_kept" in told and told[-1] == "goodbye", told


def test_a_talk_that_outlives_the_application_is_kept_and_nobody_is_called_twice(trunk: Trunk, folder: Path) -> None:
    """The application dies while agent and customer talk; the one that is started again finds the talk going on."""
    folder.mkdir(parents=True, exist_ok=True)
    parent = fresh()
    with (
        capture(folder / "out.pcap", [trunk.ports]),
        trunk.customer(folder, Manner(rings_ms=500, talks_ms=40_000)),
        signed_in(trunk.line, folder, {"1001": Manner(rings_ms=300)}),
    ):
        trunk.promise(parent)
        call_id = until("a call to stand for the customer", lambda: trunk.callback(parent).call_id, 20)
        until("the talk", lambda: _told(trunk, call_id, "Connected"), 60)
        trunk.line.kill_app()
        trunk.line.start_app()
        assert trunk.callback(parent).state is CallbackState.OPEN, "it is in progress"
        until("the callback to be over", lambda: trunk.callback(parent).state is CallbackState.DONE, 90)
        until("its record", lambda: trunk.made(parent) or None, 60)
    (record,) = trunk.made(parent)
    assert (record["call_id"], child(record, "handoffs")["outcome"]) == (call_id, "answered")
    assert len(trunk.wire(folder)) == 1, "who was reached is not called again"


def _told(trunk: Trunk, call_id: str, fact: str) -> bool:
    """Whether the application has written this of the call into its journal."""
    segments = (trunk.line.state / "journal").glob("journal-*.jsonl")
    return any(
        call_id in line and f'"{fact}"' in line
        for segment in segments
        for line in segment.read_text(encoding="utf-8").splitlines()
    )
