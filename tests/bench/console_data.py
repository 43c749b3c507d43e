"""What the console is measured on: a month of calls up to today, counted as they were saved, and beside them what a
hotline of that size has: its audit trail, complaints, messages, callbacks, drafts, labels, a drill, people."""

from __future__ import annotations

import io
import time
import wave
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, replace
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import insert

from ivr.care.publishing import prompt_sounds
from ivr.console.context import now_ms
from ivr.flow.loader import require
from ivr.flow.model import Flow
from ivr.people.actions import Action
from ivr.people.roles import Role
from ivr.records import days as local_days
from ivr.records.approvals.model import Approval, ApprovalKind
from ivr.records.audit.model import AuditEntry, chained
from ivr.records.complaints.model import Case, Cause, Decision, State, StepKind, Via
from ivr.records.complaints.model import Step as ComplaintStep
from ivr.records.database.audit_tables import audit
from ivr.records.database.engine import open_engine, writing
from ivr.records.deliveries.model import Channel, Delivery, DeliveryState
from ivr.records.emergencies.model import Decision as EmergencyDecision
from ivr.records.emergencies.model import DetectorId, Emergency, EmergencyWarning, Step
from ivr.records.emergency import EmergencyKind, EmergencyPhase
from ivr.records.labels.utterances import Utterances
from ivr.records.model import Annotation, Call, Recording, Turn
from ivr.records.publishing.model import Draft, digest
from ivr.records.store import Store
from ivr.records.work.model import Callback, WorkItem, WorkKind
from ivr.report.definitions import open_store
from ivr.training.plans import SampleRequest, draw_sample
from tests.bench.days import calls_of, days, states_of
from tests.console.rig import register
from tests.rig.hotline import TOP

SEED, DAYS = 20261001, 31
HOUR = 3_600_000
#: Beside a million calls; fewer calls have fewer of them.
ENTRIES, COMPLAINTS, MESSAGES, DELIVERIES, PEOPLE, LABELLED = 500_000, 2_000, 2_000, 1_000, 150, 1_000
TESTS = 10_000
_BATCH = 500
#: What the trail is full of: agents to whom a caller is shown, people who read and listen.
_ACTIONS = (Action.AGENTS_FOLLOW,) * 8 + (Action.RECORDS_READ, Action.RECORDINGS_LISTEN)
#: The files of sound that the data names, below the state folder.
CALL_SOUND, MESSAGE_SOUND, COMPLAINT_SOUND = "whole-1.wav", "asterisk/messages/m-1.wav", "asterisk/complaints/c-1.wav"
WHOLE = "whole"
#: The recording that waits for a second person.
WAITING = "prompt:zh/normal/greeting"


def kept_file(folder: Path, calls: int) -> Path:
    """Where the database of so many calls up to today is kept: tomorrow it is another one."""
    return folder / f"console-{calls}-{local_days.local_day(now_ms())}.sqlite"


def fill(file: Path, calls: int) -> float:
    """Make it; what was begun and not finished is made anew. Seconds it took."""
    began, part = time.monotonic(), file.with_suffix(".part")
    for old in file.parent.glob(f"{part.name}*"):
        old.unlink()
    flow = require(TOP / "flows")
    with closing(open_store(f"sqlite:///{part}")) as store:
        store.migrate()
        _people(store)
        for day, (some, states) in _month(calls, flow):
            for at in range(0, len(some), _BATCH):
                store.save(some[at : at + _BATCH])
            store.save_other(states)
            print(f"  {day}: {len(some):,} calls, {time.monotonic() - began:.0f} s", flush=True)
        share = calls / 1_000_000
        _trail(part, int(ENTRIES * share))
        _complaints(store, max(20, int(COMPLAINTS * share)))
        _work(store, max(20, int(MESSAGES * share)))
        _emergencies(store, max(20, int(DELIVERIES * share)))
        _publishing(store, flow)
        _labels(store, max(20, int(LABELLED * share)))
        store.privacy.tidy()
    part.rename(file)
    return time.monotonic() - began


def files(state: Path) -> None:
    """The files that the data names, below the state folder: half an hour of a call, and half a minute of each of the
    others; and the results of ten thousand tests."""
    sound = {f"asterisk/recordings/{CALL_SOUND}": 1800, MESSAGE_SOUND: 30, COMPLAINT_SOUND: 30,
             f"{prompt_sounds.FOLDER}/{waiting_digest()}.wav": 1}  # fmt: skip
    made = {name: _sound(seconds) for name, seconds in sound.items()} | {"test-results/rooms.xml": _results()}
    for name, content in made.items():
        path = state / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _results() -> bytes:
    """As pytest writes them; one test in ten names a clause."""
    clause = '<properties><property name="clause" value="CBA 十三"/></properties>'
    cases = "".join(
        f'<testcase classname="tests.some.test_room" name="test_what_it_does_{at}" time="0.01">'
        f"{clause if at % 10 == 0 else ''}</testcase>"
        for at in range(TESTS)
    )
    return f'<testsuites><testsuite name="p" timestamp="2026-11-30T10:00:00">{cases}</testsuite></testsuites>'.encode()


def waiting_digest() -> str:
    """Of the recording that waits."""
    return prompt_sounds.digest(WAITING, _sound(1))


def _sound(seconds: int) -> bytes:
    """A WAV file with a tone."""
    made = io.BytesIO()
    with wave.open(made, "wb") as out:
        out.setparams((1, 2, 8000, 0, "NONE", ""))
        out.writeframes((np.sin(np.arange(8000 * seconds) / 3) * 20000).astype("<i2").tobytes())
    return made.getvalue()


def label_sounds(store: Store, folder: Path) -> None:
    """The sound of the first turn that is to be labelled."""
    (plan, *_) = store.plans()
    _, turn = store.turns([plan.drawn[0].turn_id])[plan.drawn[0].turn_id]
    Utterances(folder, least_free=0).keep(turn.turn_id, turn.t_start, b"\x01\x02" * 8000)


def _month(number: int, flow: Flow) -> Iterator[tuple[date, tuple[list[Call], list[Any]]]]:
    """Each day's calls that are over by now, and its agents' states."""
    now = now_ms()
    since = local_days.local_day(now) - timedelta(days=DAYS - 1)
    for day, rows in days(SEED, number, since, DAYS):
        calls = [_spoken(one, at, flow) for at, one in enumerate(calls_of(rows)) if (one.t_ended or now) < now]
        if day == since + timedelta(days=DAYS - 2):
            calls.append(_whole(calls, flow))
        yield day, (calls, [one for one in states_of(rows) if one.t_to < now])


def _spoken(call: Call, at: int, flow: Flow) -> Call:
    """One call in fifty says what it wants."""
    if at % 50 or call.t_first_prompt is None:
        return call
    intents = list(flow.knowledge)
    start = call.t_first_prompt + 2000
    intent = intents[at % len(intents)]
    said = flow.knowledge[intent].question
    score = 0.3 + (at % 70) / 100
    ref = f"{local_days.local_day(start)}/{call.call_id}-t.wav"
    turn = Turn(f"{call.call_id}-t", start, start + 1500, said, 0.8, intent, score, f"confirm:{intent}", audio_ref=ref)
    return replace(call, turns=(turn,), t_ended=max(call.t_ended or 0, start + 4000))


def _whole(calls: Sequence[Call], flow: Flow) -> Call:
    """A call with everything: the menus of today, words, an agent, a recording."""
    call = _spoken(next(one for one in calls if one.agent_legs and one.menu_visits), 0, flow)
    recording = Recording(CALL_SOUND, call.t_offered, call.t_offered + 1_800_000, ())
    return replace(
        call, call_id=WHOLE, linkedid=WHOLE, flow_revision=flow.revision.id, recordings=(recording,),
        turns=tuple(replace(turn, turn_id=f"{WHOLE}-t") for turn in call.turns),
    )  # fmt: skip


def _people(store: Store) -> None:
    now = now_ms()
    for at in range(PEOPLE):
        register(store, f"agent{at}", (Role.AGENT,), now, agent_id=str(1100 + at))


def _trail(file: Path, number: int) -> None:
    """So many entries of the month, behind those that there are."""
    since = now_ms() - DAYS * 24 * HOUR
    engine = open_engine(f"sqlite:///{file}", 5000)
    with closing(open_store(f"sqlite:///{file}")) as store:
        head = store.audit.head()
    previous, rows = head.hash, list[dict[str, Any]]()
    with writing(engine) as connection:
        for at in range(1, number + 1):
            t = since + at * (DAYS * 24 * HOUR // (number + 1))
            action = _ACTIONS[at % len(_ACTIONS)]
            reason = "办理" if action.needs_reason else None
            entry = AuditEntry(f"agent{at % PEOPLE}", action.value, f"call:c{at}", reason=reason, role="agent")
            kept = chained(head.number + at, t, entry, previous)
            previous = kept.hash
            rows.append({**asdict(entry), "number": kept.number, "t": t, "previous": kept.previous, "hash": kept.hash})
            if len(rows) == 10_000 or at == number:
                connection.execute(insert(audit), rows)
                rows.clear()
    engine.dispose()


def _complaints(store: Store, number: int) -> None:
    """One in ten is still open."""
    now = now_ms()
    for at in range(number):
        came = now - (at + 1) * (DAYS * 24 * HOUR // (number + 2))
        store.complaints.add(
            f"{local_days.local_day(came):%Y%m%d}",
            f"bench-{at}",
            lambda id_, _before, at=at, came=came: (_case(id_, at, came), _step(id_, came)),  # type: ignore[misc]
            (),
            (came, came),
            AuditEntry("system", "complaints.handle", "complaint"),
            came,
        )


def _case(id_: str, at: int, came: int) -> Case:
    day = 24 * HOUR
    own = Case(
        id_, f"bench-{at}", Via.CALL, came, came + 5 * day, came + 15 * day, number=f"+8613{at:09d}",
        call_back_number=f"+8613{at:09d}", kind="fees", right="property", audio=COMPLAINT_SOUND, ms=30_000,
        summary="多收了一笔费用", grade="general",
    )  # fmt: skip
    if at % 10 == 0:
        return own
    causes = tuple(Cause)
    return replace(
        own, state=State.CLOSED, accepted_at=came + HOUR, acknowledged_at=came + 2 * HOUR, contact="投诉处理岗",
        decided_at=came + day, notified_at=came + day + HOUR, called_back_at=came + day + 2 * HOUR,
        closed_at=came + day + 3 * HOUR, callback_ok=True, satisfied=at % 3 != 0, handler="赵敏",
        decision=Decision("重复收费", "办法第三条", "系统重复", "可以申请核查"), cause=causes[at % len(causes)],
    )  # fmt: skip


def _step(id_: str, came: int) -> ComplaintStep:
    return ComplaintStep(id_, 1, StepKind.RECEIVE, State.RECEIVED, "system", came)


def _work(store: Store, number: int) -> None:
    """Messages, one in ten of them still to be seen to, and callbacks that are promised."""
    now = now_ms()
    for at in range(number):
        came = now - (at + 1) * (DAYS * 24 * HOUR // (number + 2))
        done = None if at % 10 == 0 else came + HOUR
        store.work.add(
            WorkItem(
                f"m-{at}",
                WorkKind.MESSAGE,
                f"c-{at}",
                "general",
                f"+8613{at:09d}",
                "fees",
                came,
                came + 24 * HOUR,
                MESSAGE_SOUND,
                30_000,
                t_done=done,
                done_by=None if done is None else "agent1",
            )
        )
    for at in range(number // 20):
        asked = now - at * 60_000
        store.work.promise(Callback(f"cb-{at}", "general", f"+8613{at:09d}", "card_loss", 0, at, asked, asked, asked))


def _emergencies(store: Store, number: int) -> None:
    """A drill that is over, what warned, and what was sent about it."""
    then = now_ms() - 10 * 24 * HOUR
    drill = Emergency(EmergencyKind.SURGE, "general", EmergencyPhase.RESPOND, True, then, then)
    told = EmergencyDecision(Step.START, drill.kind, "general", drill.phase, "agent1", "emergency_lead", "演练", then)
    entry = AuditEntry("agent1", Action.EMERGENCY_DRILL.value, "emergency", reason="演练")
    started = store.emergencies.start(drill, told, entry, lambda *_: ())
    over = replace(started, t_ended=then + HOUR, t_changed=then + HOUR, version=2)
    store.emergencies.save(over, replace(told, step=Step.END, t=then + HOUR), entry, lambda *_: ())
    for at in range(20):
        t = then + at * HOUR
        store.emergencies.warn(EmergencyWarning("n1", DetectorId.SURGE, t, drill.kind, "general", 90, 30, t + 60_000))
    for at in range(number):
        t = then + at * 1000
        text = sha256(b"").hexdigest()
        store.deliveries.keep(
            Delivery(
                f"d-{at}",
                Channel.MAIL,
                "group@bank.example",
                started.target,
                "应急通知",
                None,
                text,
                t,
                t,
                1,
                DeliveryState.DELIVERED,
                t + 500,
            )
        )


def _publishing(store: Store, flow: Flow) -> None:
    """Five publications, two drafts that wait for a second person, one of them overtaken, and a recording."""
    now = now_ms() - 20 * 24 * HOUR
    own, files = flow.revision, dict(flow.revision.files)
    store.save_revision(own, now)
    store.publishing.adopt(files, own.personal, "首次登记人员", now)
    for at in range(1, 7):
        name = next(one for one in files if one.startswith("hotline"))
        files = {**files, name: f"{files[name].rstrip()}\n# 第 {at} 次\n"}
        draft = Draft(digest(files), 0, "agent1", f"第 {at} 次改动", now + at * HOUR, own.personal)
        made = store.publishing.propose(draft, files, AuditEntry("agent1", Action.FLOW_PROPOSE.value, "draft"))
        if at not in (4, 6):
            entry = AuditEntry("agent2", Action.FLOW_PUBLISH.value, "publication", reason="复核")
            store.publishing.publish(made.id, made.digest, entry, now + at * HOUR + 60_000)
    waits = Approval(ApprovalKind.PROMPT, WAITING, waiting_digest(), "agent1", "换声音", now_ms(),
                     now_ms() + 100 * 24 * HOUR)  # fmt: skip
    store.approvals.request(waits, AuditEntry("agent1", Action.PROMPTS_MAKE.value, waits.target))


def _labels(store: Store, number: int) -> None:
    """A sample of yesterday's and the day before's turns, labelled by two people as far as half of it."""
    today = local_days.local_day(now_ms())
    request = SampleRequest(today - timedelta(days=2), today - timedelta(days=1), number, 1)
    done = draw_sample(store, Utterances(Path("/nonexistent"), least_free=0), request, now_ms())
    turns = [done.turns[one.turn_id] for one in done.drawn[: number // 2] if one.turn_id in done.turns]
    store.annotate_all(
        Annotation(turn.turn_id, who, turn.asr_text, True, now_ms(), True, turn.intent, at % 7 != who_at, True)
        for at, turn in enumerate(turns)
        for who_at, who in enumerate(("agent1", "agent2"))
    )
