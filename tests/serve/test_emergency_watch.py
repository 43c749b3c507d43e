"""A node warns of an emergency within a minute: from the facts of calls over the live figures to a mail that arrives,
with the database and without it (CBA 三十三, 四十四). Time is set, not waited for."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any, cast

import pytest

from ivr.care.notify.channel import MailServer, WebhookSigning
from ivr.care.notify.notifier import Notifier
from ivr.flow import load
from ivr.flow.model import Flow
from ivr.metrics.counted import ratio
from ivr.records.audit.model import AuditEntry
from ivr.records.days import DAY_MS
from ivr.records.deliveries.model import DeliveryState
from ivr.records.emergencies.model import Decision, DetectorId, Emergency, EmergencyWarning, Step
from ivr.records.emergency import EmergencyKind, EmergencyPhase, InForce
from ivr.records.facts import Ended, Offered
from ivr.records.journal.recorder import Recorder
from ivr.records.model import AgentState, Call, StateName
from ivr.records.store import Store
from ivr.report.monitoring.alarms import warnings
from ivr.report.monitoring.exporter import Exporter, Snapshot
from ivr.report.monitoring.live_calls import LiveState
from ivr.report.monitoring.live_emergency import EmergencyState
from ivr.report.monitoring.scrape import read
from ivr.serve.care.emergency_watch import EmergencyWatch
from ivr.serve.live_figures import LiveFigures
from tests.care.notify import receivers

#: 2026-01-15 14:30 in Shanghai.
T = 1_768_458_600_000
LOOK_MS = 5_000
MINUTE = 60_000


class _Recorder:
    """Takes what is told."""

    def fact(self, call_id: str, fact: object) -> None:
        """A fact."""

    def finish(self, call_id: str) -> None:
        """The end."""


@dataclass
class Clock:
    now: int = T

    def __call__(self) -> int:
        return self.now


@dataclass
class Node:
    """A node's watch with what it looks at; the mail server is real."""

    clock: Clock
    store: Store
    figures: LiveFigures
    watch: EmergencyWatch
    box: receivers.Mailbox
    hook: receivers.Webhook
    seen: dict[str, Any] = field(default_factory=dict)

    async def pass_ms(self, ms: int) -> None:
        """Time passes, and the watch looks as it does."""
        for _ in range(ms // LOOK_MS):
            self.clock.now += LOOK_MS
            await self.watch.look()

    def subjects(self) -> list[str]:
        return [str(make_header(decode_header(mail["Subject"]))) for mail in self.box.mails]


@pytest.fixture(scope="module")
def flow() -> Flow:
    found = load(Path(__file__).parents[2] / "flows").flow
    assert found is not None
    return found


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(f"sqlite:///{tmp_path / 'ivr.sqlite'}", busy_ms=50)
    made.migrate()
    hold_drill(made, T - DAY_MS)
    yield made
    made.close()


def hold_drill(store: Store, until: int) -> None:
    """A drill that was held."""
    drill = Emergency(EmergencyKind.SURGE, "general", EmergencyPhase.RESPOND, True, until - MINUTE, until - MINUTE)
    decision = Decision(Step.START, drill.kind, drill.level, drill.phase, "lead", None, "年度演练", until - MINUTE)
    one = store.emergencies.start(drill, decision, AuditEntry("lead", "emergency.drill", ""), lambda *_: ())
    ended = replace(one, t_ended=until, version=2)
    end = replace(decision, step=Step.END, t=until)
    store.emergencies.save(ended, end, AuditEntry("lead", "emergency.drill", ""), lambda *_: ())


def run(store: Store, flow: Flow, what: Callable[[Node], Any]) -> None:
    """With a node, on an event loop."""

    async def inside() -> None:
        with receivers.mail_server() as box, receivers.webhook() as hook:
            contacts = dict(flow.emergency.contacts)
            contacts["it"] = replace(contacts["it"], webhook=hook.url + "/hotline")
            node = node_of(store, replace(flow, emergency=replace(flow.emergency, contacts=contacts)), box, hook)
            try:
                await what(node)
                await node.watch.told()
            finally:
                node.watch.close()

    asyncio.run(inside())


def node_of(store: Store, flow: Flow, box: receivers.Mailbox, hook: receivers.Webhook) -> Node:
    clock, seen = Clock(), dict[str, Any]()

    def reading(live: LiveState, _agents: Mapping[StateName, int], spoken: Mapping[str, int]) -> Snapshot:
        return Snapshot(live, spoken=dict(spoken), **seen)

    figures = LiveFigures(cast(Recorder, _Recorder()), store, lambda: flow, reading)
    server = MailServer("127.0.0.1", box.port, "hotline@bank.example", tls="none")
    sending = Notifier(store.deliveries, server, WebhookSigning("s" * 32), clock, 30.0, lambda seconds: None)
    watch = EmergencyWatch("node1", store, sending, lambda: flow, figures.look, clock, answer_seconds=30.0)
    return Node(clock, store, figures, watch, box, hook, seen)


def past_weeks(store: Store, calls_a_minute: int, agents: int) -> None:
    """Four weeks with the same hour: calls and agents."""
    calls, states = list[Call](), list[AgentState]()
    for week in range(1, 5):
        at = T - 7 * week * DAY_MS
        for n in range(-30 * calls_a_minute, 60 * calls_a_minute):
            t = at + n * MINUTE // calls_a_minute
            calls.append(Call(f"{week}.{n}", f"{week}.{n}", "in", "95000", "normal", t, t + 90_000, "caller"))
        states += [AgentState(str(n), "ready", at - 99 * MINUTE, at + 99 * MINUTE) for n in range(agents)]
    store.save(calls)
    store.save_other(states)


def call_in(node: Node, name: str) -> None:
    """A caller comes and goes."""
    node.figures.fact(name, Offered(node.clock.now, name, "in", "95000", "+8613800000001", "normal"))
    node.figures.fact(name, Ended(node.clock.now, "caller", "16"))


def test_a_surge_of_real_calls_warns_at_the_endpoint_in_the_book_and_by_mail(store: Store, flow: Flow) -> None:
    past_weeks(store, 8, 20)

    async def what(node: Node) -> None:
        node.seen["agents"] = {"ready": 20}
        for second in range(20 * 60 // 5):  # as usual: eight in a minute
            if second % 3 != 2:
                call_in(node, f"usual{second}")
            await node.pass_ms(LOOK_MS)
        assert node.watch.state.warnings == {} and store.emergencies.warnings() == ()
        since = node.clock.now
        for second in range(12):  # 48 in a minute
            for n in range(4):
                call_in(node, f"surge{second}.{n}")
            await node.pass_ms(LOOK_MS)
            if node.watch.state.warnings:
                break
        assert node.clock.now - since <= MINUTE
        await node.watch.told()
        (warning,) = store.emergencies.warnings()
        assert (warning.detector, warning.node, warning.usual) == (DetectorId.SURGE, "node1", 8)
        assert warning.t_raised - since <= MINUTE

        # at `ivr status`, through the endpoint
        now, _ = read(Exporter(lambda: node.figures.look(node.clock.now)).text().decode())
        now = replace(now, emergency=node.watch.state)
        assert f"预警：话务量激增：近一分钟来电 {warning.value} 通" in "；".join(warnings(now, {}))

        # and by mail to those whom the plan names
        assert await asyncio.to_thread(node.watch.notifier.work) == 2
        assert {mail["To"] for mail in node.box.mails} == {"emergency-lead@bank.example", "hotline-duty@bank.example"}
        assert set(node.subjects()) == {f"【预警】话务量激增：{warning.words}"}
        # nothing was switched: that is the emergency lead's decision
        assert store.emergencies.in_force() is None

        # it is over when it has been calm
        await node.pass_ms(20 * MINUTE)
        assert node.watch.state.warnings == {} and store.emergencies.warnings()[0].t_over is not None

    run(store, flow, what)


@pytest.mark.parametrize(
    ("seen", "detector"),
    [
        ({"agents": {"ready": 6, "talk": 3, "offline": 30}}, DetectorId.STAFF_DROP),
        ({"agents": {"ready": 20}, "recogniser": False}, DetectorId.RECOGNITION),
        ({"agents": {"ready": 20}, "bank": False}, DetectorId.BANK),
    ],
)
def test_what_the_snapshot_shows_warns_within_a_minute(
    store: Store, flow: Flow, seen: dict[str, Any], detector: DetectorId
) -> None:
    past_weeks(store, 1, 20)

    async def what(node: Node) -> None:
        node.seen.update(agents={"ready": 20}, recogniser=True, bank=True)
        await node.pass_ms(MINUTE)
        assert node.watch.state.warnings == {}
        node.seen.update(seen)
        await node.pass_ms(MINUTE)
        assert set(node.watch.state.warnings) == {detector}
        await node.watch.told()
        assert [one.detector for one in store.emergencies.warnings()] == [detector]
        # an AMI link that is down shows no agents: that is told by others
        node.seen.update(manager_link=False, agents={})
        await node.pass_ms(10 * MINUTE)
        assert DetectorId.STAFF_DROP not in node.watch.state.warnings

    run(store, flow, what)


def test_a_database_that_is_gone_is_warned_of_all_the_same_and_has_it_when_it_is_back(
    store: Store, flow: Flow, tmp_path: Path
) -> None:
    file, gone = tmp_path / "ivr.sqlite", tmp_path / "gone"

    async def what(node: Node) -> None:
        await node.pass_ms(MINUTE)
        assert node.watch.state.warnings == {}
        since = node.clock.now
        store.close()
        file.rename(gone)
        file.mkdir()  # nothing can be opened there
        await node.pass_ms(MINUTE)
        assert set(node.watch.state.warnings) == {DetectorId.DATABASE}
        await node.watch.told()
        assert [mail["To"] for mail in node.box.mails] == ["it-duty@bank.example"] and len(node.hook.posts) == 1
        store.close()
        file.rmdir()
        gone.rename(file)
        await node.pass_ms(LOOK_MS)
        (warning,) = store.emergencies.warnings()
        assert warning.detector is DetectorId.DATABASE and since < warning.t_raised <= since + MINUTE
        told = store.deliveries.about("warning:node1:database")
        assert {each.state for each in told} == {DeliveryState.DELIVERED} and len(told) == 2
        # nothing is sent a second time
        assert node.watch.notifier.work() == 0 and len(node.box.mails) == len(node.hook.posts) == 1

    run(store, flow, what)


def test_a_database_that_hangs_is_down_and_is_not_asked_again_until_it_answers(
    store: Store, flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, asked = threading.Event(), list[int]()

    async def what(node: Node) -> None:
        await node.pass_ms(MINUTE)
        real = store.emergencies.in_force

        def hangs() -> InForce | None:
            asked.append(1)
            answers.wait()
            return real()

        monkeypatch.setattr(store.emergencies, "in_force", hangs)
        node.watch.answer_seconds = 0.01
        await node.pass_ms(MINUTE)
        assert set(node.watch.state.warnings) == {DetectorId.DATABASE} and len(asked) == 1
        answers.set()
        monkeypatch.undo()
        node.watch.answer_seconds = 5.0
        await node.pass_ms(5 * MINUTE)
        assert node.watch.state.warnings == {}

    run(store, flow, what)


def with_switch(flow: Flow, detector: str) -> Flow:
    """The plan switches by itself."""
    found = dict(flow.emergency.detectors)
    found[detector] = replace(found[detector], switch=True)
    return replace(flow, emergency=replace(flow.emergency, detectors=found))


def test_where_the_plan_says_so_the_first_phase_begins_by_itself_and_once(store: Store, flow: Flow) -> None:
    async def what(node: Node) -> None:
        node.seen["bank"] = False
        await node.pass_ms(MINUTE)
        await node.watch.told()
        assert store.emergencies.in_force() == InForce(EmergencyKind.SYSTEMS_LOST, "major", EmergencyPhase.WARN)
        await node.pass_ms(LOOK_MS)
        assert node.watch.state.in_force == store.emergencies.in_force()
        one = store.emergencies.current()
        assert one is not None and store.emergencies.decisions(one.id)[0].person == "system"
        # the emergency lead ends it while the bank is still away: it does not begin again
        then = replace(one, t_ended=node.clock.now, version=2)
        decision = replace(store.emergencies.decisions(one.id)[0], person="lead")
        store.emergencies.save(then, decision, AuditEntry("lead", "emergency.lead", ""), lambda *_: ())
        await node.pass_ms(3 * MINUTE)
        await node.watch.told()
        assert store.emergencies.in_force() is None and node.watch.state.warnings

    run(store, with_switch(flow, "bank"), what)


def test_what_a_person_has_in_force_stays(store: Store, flow: Flow) -> None:
    async def what(node: Node) -> None:
        led = Emergency(EmergencyKind.FRAUD_WAVE, "major", EmergencyPhase.RESPOND, False, T, T)
        decision = Decision(Step.START, led.kind, led.level, led.phase, "lead", None, "诈骗电话", T)
        store.emergencies.start(led, decision, AuditEntry("lead", "emergency.lead", ""), lambda *_: ())
        node.seen["bank"] = False
        await node.pass_ms(MINUTE)
        await node.watch.told()
        assert store.emergencies.in_force() == led.in_force and len(store.emergencies.warnings()) == 1

    run(store, with_switch(flow, "bank"), what)


def test_warnings_of_a_life_before_are_over(store: Store, flow: Flow) -> None:
    old = EmergencyWarning("node1", DetectorId.BANK, T - MINUTE, EmergencyKind.SYSTEMS_LOST, "major", 31)
    others = replace(old, node="node2")
    store.emergencies.warn(old)
    store.emergencies.warn(others)

    async def what(node: Node) -> None:
        await node.pass_ms(LOOK_MS)
        assert store.emergencies.warnings() == (replace(old, t_over=T + LOOK_MS), others)

    run(store, flow, what)


def test_a_drill_that_is_due_is_told_and_shown(store: Store, flow: Flow) -> None:
    async def what(node: Node) -> None:
        await node.pass_ms(MINUTE)
        assert not node.watch.state.drill_due and store.deliveries.about("drill") == ()
        node.clock.now = T + 180 * DAY_MS
        await node.pass_ms(MINUTE)
        assert node.watch.state.drill_due
        told = store.deliveries.about("drill")
        assert len(told) == 4 and {each.subject for each in told if each.channel == "mail"} == {"【提醒】应急演练到期"}
        shown = replace(node.figures.look(node.clock.now), emergency=node.watch.state)
        assert "应急演练到期" in "；".join(warnings(shown, {}))
        hold_drill(store, node.clock.now)
        await node.pass_ms(LOOK_MS)
        assert not node.watch.state.drill_due

    run(store, flow, what)


def test_what_stands_is_shown_and_read_back(flow: Flow) -> None:
    states = [
        EmergencyState(),
        EmergencyState(InForce(EmergencyKind.SURGE, "major", EmergencyPhase.HANDLE), {DetectorId.SURGE: 48}, False, 3),
        EmergencyState(InForce(EmergencyKind.DATA_LEAK, "major", EmergencyPhase.WARN, True), {}, True, 0),
    ]
    for state in states:
        shown = Snapshot(LiveState(0, {}, {}, 0, ratio(0, 0), offered_minute=7), emergency=state)
        found, _ = read(Exporter(lambda shown=shown: shown).text().decode())  # type: ignore[misc]
        assert found.emergency == state and found.live.offered_minute == 7
    words = "；".join(warnings(replace(shown, emergency=states[1]), {}))
    assert "应急执行中：话务量激增（major）处置阶段" in words and "3 条通知或工单没有送达" in words
    assert "应急演练进行中：信息泄露（major）预警阶段" in "；".join(warnings(shown, {}))
