"""From calls to figures, proved end to end: a day of real calls whose truth stands beside their scripts, and the report
that is made from their records."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from ivr.cli.main import main
from ivr.records.days import local_day
from ivr.records.exchange.lines import to_line
from ivr.records.model import AgentState, Call
from ivr.records.store import Store
from ivr.report.monitoring import scrape
from ivr.settings import Metrics
from tests.calls.crowd import changes, signed_in
from tests.calls.day import (
    A_SECOND,
    AFTERNOON,
    CLOSED,
    ELDERLY_LINE,
    MORNING,
    MOST,
    NIGHT,
    ON_DUTY,
    ONE_TOO_MANY,
    OPEN,
    SCRIPTS,
    WRAPUP_MS,
    Coming,
    Made,
    Truth,
    counted,
)
from tests.calls.rush import rush
from tests.rig import sipp
from tests.rig.agents import Manner
from tests.rig.errors import CallFailed, RigError
from tests.rig.hotline import TOP, Hotline, hotline, until
from tests.rig.pulse import Pulse
from tests.rig.steps import parse

pytestmark = [pytest.mark.calls, pytest.mark.exclusive]

Figures = Mapping[str, Mapping[str, object]]

#: Of calls that ended within the hour it is not known whether the customer calls again.
UNDECIDED = ("hb.one_time_success", "hb.one_time_success_of_connected")


@dataclass(slots=True)
class Shift:
    """Some agents' telephones were signed in: not before, at the latest at; the same of signing out (epoch ms)."""

    agents: Sequence[str]
    signs_in: tuple[int, int]
    signs_out: tuple[int, int]


@dataclass(slots=True)
class Lived:
    """The day when it is over. `placed` are calls of SIPp, `failed` what went wrong with some of them on the wire;
    `now` is the report at once, `later` two hours after."""

    made: list[Made] = field(default_factory=list)
    waves: list[tuple[int, int]] = field(default_factory=list)
    shifts: list[Shift] = field(default_factory=list)
    placed: int = 0
    failed: list[str] = field(default_factory=list)
    records: list[Call] = field(default_factory=list)
    states: list[AgentState] = field(default_factory=list)
    now: Figures = field(default_factory=dict)
    later: Figures = field(default_factory=dict)
    recounted: Figures = field(default_factory=dict)


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    """One day; where the machine stood still and calls went otherwise than their scripts say, a second one."""
    with Pulse() as pulse:
        try:
            lived = _live(tmp_path_factory.mktemp("day"))
            if not pulse.held_up or not _otherwise(lived):
                return lived
        except RigError:
            if not pulse.held_up:
                raise
    return _live(tmp_path_factory.mktemp("day-again"))


def _live(folder: Path) -> Lived:
    lived = Lived()
    listening = {"SPEECH_ENGINE": "whisper", "MAX_CALLS": str(MOST), "CALLS_PER_SECOND": str(A_SECOND)}
    with hotline(changes(OPEN), **listening) as line:
        try:
            _from_morning_to_night(lived, line, folder)
            _tell(lived, line)
        finally:
            shutil.copy(line.log, folder / "ivr.log")
            (folder / "records.jsonl").write_text("".join(to_line(one) + "\n" for one in lived.records))
    return lived


def _from_morning_to_night(lived: Lived, line: Hotline, folder: Path) -> None:
    lasts = line.listener().lasts_ms()
    with _shift(lived, line, folder / "staff", {**ON_DUTY, **ELDERLY_LINE}):
        for wave in (MORNING, AFTERNOON):
            _calls(lived, line, folder, wave, lasts)
    line.serve_flows(changes(CLOSED))
    with _shift(lived, line, folder / "night", ELDERLY_LINE), ThreadPoolExecutor(1) as beside:
        night = beside.submit(_calls, lived, line, folder, NIGHT, lasts)
        until("a full house", lambda: night.done() or _in_progress(line) == MOST, 30)
        _calls(lived, line, folder, ONE_TOO_MANY, lasts)
        night.result()
    _rush(lived, line)


@contextmanager
def _shift(lived: Lived, line: Hotline, folder: Path, agents: Mapping[str, Manner]) -> Iterator[None]:
    before = _now()
    with signed_in(line, folder, agents):
        signs_in = (before, _now())
        yield
        before = _now()
    lived.shifts.append(Shift(tuple(agents), signs_in, (before, _now())))


def _calls(lived: Lived, line: Hotline, folder: Path, wave: Sequence[Coming], lasts: Mapping[str, int]) -> None:
    """The wave's calls, each at its time, to the end of the last."""
    number, began, never = len(lived.waves), _now(), threading.Event()
    lived.waves.append((began, began))
    start = time.monotonic()

    def call(at: int, coming: Coming) -> None:
        never.wait(max(0.0, start + coming.at_s - time.monotonic()))
        known = coming.kind != "unknown number"
        steps = parse(["dial", *SCRIPTS[coming.kind].steps.split(", ")])
        where, dialled = folder / f"{number}-{at}", "95000" if known else "95001"
        with sipp.caller(
            where, steps, number=coming.number, dialled=dialled, setup=line.setup(90), lasts_ms=lasts
        ) as telephone:
            try:
                telephone.wait()
            except CallFailed as wrong:
                lived.failed.append(f"{coming.kind} ({where.name}): {wrong}")

    with ThreadPoolExecutor(len(wave)) as pool:
        list(pool.map(call, range(len(wave)), wave))
    lived.placed += len(wave)
    for coming in wave:
        truth = SCRIPTS[coming.kind].truth
        if truth is not None:
            lived.made.append(Made(number, coming.number, truth))
    if number != 3:
        _over(lived, line, 60)
    lived.waves[number] = (began, _now())


def _over(lived: Lived, line: Hotline, seconds: float) -> None:
    """Until no call is in progress. Raises RigError with the channels that are left and the telephones that failed."""
    try:
        until(
            "all calls to be over",
            lambda: re.search(r"^0 active calls", line.console("core show calls"), re.M),
            seconds,
        )
    except RigError as wrong:
        left = line.console("core show channels concise")
        raise RigError("\n".join([f"{wrong}; left:", left, "failed:", *lived.failed])) from wrong


def _rush(lived: Lived, line: Hotline) -> None:
    """Twenty at once, more than the hotline takes in two seconds; who is refused learns it from SIP."""
    number, began = len(lived.waves), _now()
    said = rush(line.address, [f"1370013{n:04d}" for n in range(20)], stays_s=4.0)
    for who, code in said.items():
        lived.made.append(Made(number, who, _truth("rush, let in" if code == 200 else "rush, refused")))
    _over(lived, line, 20)
    lived.waves.append((began, _now()))
    assert {200} < set(said.values()), said


def _truth(kind: str) -> Truth:
    truth = SCRIPTS[kind].truth
    assert truth is not None
    return truth


def _in_progress(line: Hotline) -> int:
    """What the node's own endpoint says."""
    return scrape.look(Metrics(line.address))[0].live.calls


def _tell(lived: Lived, line: Hotline) -> None:
    """Wait for the records, and make the reports: as a program of its own at once, and two hours later."""
    store = Store(line.environ["IVR_DATABASE_URL"])
    try:
        until("every record", lambda: store.count() >= len(lived.made))
        until("every state", lambda: _signed_out(lived, [one for one in store.others() if isinstance(one, AgentState)]))
        lived.records = list(store.all())
        lived.states = [one for one in store.others() if isinstance(one, AgentState)]
    finally:
        store.close()
    since, until_ = (f"{local_day(t)}" for t in (lived.waves[0][0], lived.waves[-1][1]))
    words = ["report", "--from", since, "--to", until_, "--format", "json"]
    done = subprocess.run(
        [sys.executable, "-m", "ivr.cli", *words],
        capture_output=True, text=True, timeout=60, check=True, cwd=TOP, env=dict(line.environ),
    )  # fmt: skip
    lived.now = json.loads(done.stdout)["indicators"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ivr.cli.calls.report.time", SimpleNamespace(time_ns=lambda: time.time_ns() + 7_200_000_000_000))
        for name, more in (("later", []), ("recounted", ["--recount"])):
            result = CliRunner().invoke(main, [*words, *more], env=dict(line.environ), catch_exceptions=False)
            assert result.exit_code == 0, result.output
            setattr(lived, name, json.loads(result.stdout)["indicators"])


def _signed_out(lived: Lived, states: Sequence[AgentState]) -> bool:
    """Each agent's last state ends where the telephone was signed out."""
    ends = {agent: shift.signs_out[0] for shift in lived.shifts for agent in shift.agents}
    return all(any(one.agent_id == agent and one.t_to >= end for one in states) for agent, end in ends.items())


def _now() -> int:
    return time.time_ns() // 1_000_000


# ---- each record


def _otherwise(lived: Lived) -> list[str]:
    """Where a record says something else than its call's script."""
    found = list(lived.failed)
    left = list(lived.records)
    for made in lived.made:
        began, ended = lived.waves[made.wave]
        number = None if made.number is None else f"+86{made.number}"
        own = [one for one in left if one.caller_number == number and began <= one.t_offered <= ended]
        if len(own) != 1:
            found.append(f"{made}: {len(own)} records")
            continue
        left.remove(own[0])
        wanted, seen = _expected(made.truth), _seen(own[0])
        found += [
            f"{made.number}: {name} {wanted[name]} ≠ {seen[name]}" for name in wanted if wanted[name] != seen[name]
        ]
    return found + [f"{one.caller_number}: nobody's call" for one in left]


def _expected(truth: Truth) -> Mapping[str, object]:
    return {
        "answered": truth.answered,
        "prompt": truth.prompt,
        "elderly": truth.elderly,
        "asked": truth.asked,
        "refused": truth.refused,
        "connected": truth.legs > 0,
        "in 20 s": truth.waited is not None and truth.waited <= 20,
        "gone": truth.gave_up is not None,
        "gone within 5 s": truth.gave_up is not None and truth.gave_up <= 5,
        "legs": truth.legs,
        "holds": len(truth.held),
        "passed on": truth.passed_on,
        "leaf": truth.leaf,
        "by": truth.ended_by,
        "spoke": truth.spoke,
    }


def _seen(record: Call) -> Mapping[str, object]:
    entered = [one for one in record.handoffs if not one.refused]
    met = [one for one in entered if one.t_connected is not None]
    gone = [one.t_left - one.t_requested for one in entered if one.outcome == "abandoned"]
    return {
        "answered": record.t_answered is not None,
        "prompt": record.t_first_prompt is not None,
        "elderly": record.entry == "elderly_direct",
        "asked": bool(entered),
        "refused": any(one.refused for one in record.handoffs),
        "connected": bool(met),
        "in 20 s": any(one.t_connected is not None and one.t_connected - one.t_requested <= 20_000 for one in met),
        "gone": bool(gone),
        "gone within 5 s": any(ms <= 5_000 for ms in gone),
        "legs": len(record.agent_legs),
        "holds": sum(len(leg.hold) for leg in record.agent_legs),
        "passed on": any(leg.transferred_to is not None for leg in record.agent_legs),
        "leaf": bool(record.completed_leaf),
        "by": record.hangup_by,
        "spoke": len(record.turns),
    }


def test_each_call_left_the_record_that_its_script_says(day: Lived) -> None:
    assert day.placed >= 60
    assert _otherwise(day) == []


# ---- the report


def _fraction(figures: Figures, name: str) -> tuple[object, object]:
    return figures[name]["numerator"], figures[name]["denominator"]


def test_the_report_says_what_the_scripts_say(day: Lived) -> None:
    expected = counted(day.made)
    assert {name: _fraction(day.later, name) for name in expected} == expected
    sure = [name for name in expected if name not in UNDECIDED]
    assert {name: _fraction(day.now, name) for name in sure} == {name: expected[name] for name in sure}
    assert all(one["value"] == one["numerator"] / one["denominator"] for one in _ratios(day.later, expected))  # type: ignore[operator]


def _ratios(figures: Figures, names: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    for name in names:
        assert figures[name]["denominator"], f"nothing happened that {name} counts"
        yield figures[name]


def test_what_is_not_decided_within_the_hour_is_said_to_be_open(day: Lived) -> None:
    assert [_fraction(day.now, name) for name in UNDECIDED] == [(0, 0), (0, 0)]
    connected = sum(one.truth.legs > 0 for one in day.made)
    assert [day.now[name]["provisional"] for name in UNDECIDED] == [len(day.made), connected]


def test_roll_ups_and_definitions_agree(day: Lived) -> None:
    assert day.recounted == day.later


def test_sums_of_time_are_those_of_the_records(day: Lived) -> None:
    """What no script can say to the millisecond is added up here, from the records as they are."""
    legs = [leg for one in day.records for leg in one.agent_legs]
    met = [one for call in day.records for one in call.handoffs if one.t_connected is not None]
    connected = sum(one.truth.legs > 0 for one in day.made)
    assert _fraction(day.later, "cba.avg_talk_time") == (
        sum(leg.t_released - leg.t_connected for leg in legs),
        connected,
    )
    queued = sum(one.t_connected - one.t_queued for one in met if one.t_connected and one.t_queued)
    assert _fraction(day.later, "cba.asa") == (queued, connected)
    assert _fraction(day.later, "cba.avg_acw") == (sum(leg.acw_ms for leg in legs), connected)
    # the queue lets the next call through by whole seconds, and so may cut a wrap-up short
    assert all(0 <= leg.acw_ms <= WRAPUP_MS for leg in legs)
    assert sum(leg.acw_ms == WRAPUP_MS for leg in legs) > len(legs) / 2


# ---- the agents


def test_states_tile_each_login(day: Lived) -> None:
    """Each telephone is followed from signing in to signing out, without a gap, without an overlap."""
    followed = 0
    for shift in day.shifts:
        for agent in shift.agents:
            inside = (shift.signs_in[0] - 1000, shift.signs_out[1] + 1000)
            own = sorted(
                (one for one in day.states if one.agent_id == agent and inside[0] <= one.t_from < inside[1]),
                key=lambda one: one.t_from,
            )
            assert own, f"{agent} was never seen"
            assert all(one.t_from < one.t_to for one in own)
            assert all(one.t_to == other.t_from for one, other in pairwise(own)), own
            assert all(one.state != other.state for one, other in pairwise(own)), own
            assert shift.signs_in[0] - 1000 <= own[0].t_from <= shift.signs_in[1] + 1000
            assert shift.signs_out[0] - 1000 <= own[-1].t_to <= shift.signs_out[1] + 1000
            assert own[0].state == "ready" and own[-1].state in (
                "ready",
                "acw",
            )  # who is tired leaves before it is over
            followed += len(own)
    assert followed == len(day.states)


def test_states_are_what_the_scripts_make_of_them(day: Lived) -> None:
    """As many talks as there are legs; who talked had been rung; the long ringing is the slow agents'."""
    states = Counter((one.agent_id, one.state) for one in day.states)
    legs = Counter(leg.agent_id for one in day.records for leg in one.agent_legs)
    assert {agent: states[agent, "talk"] for agent in (*ON_DUTY, *ELDERLY_LINE)} == {
        agent: legs[agent] for agent in (*ON_DUTY, *ELDERLY_LINE)
    }
    for one, after in _pairs(day.states):
        if after.state == "talk":
            assert one.state == "ring", (one, after)
            manner = {**ON_DUTY, **ELDERLY_LINE}[one.agent_id]
            assert manner.rings_ms is not None and one.t_to - one.t_from >= manner.rings_ms - 50
        if one.state == "talk":
            assert after.state in ("acw", "ring"), (one, after)


def _pairs(states: Sequence[AgentState]) -> Iterator[tuple[AgentState, AgentState]]:
    for one, after in pairwise(sorted(states, key=lambda one: (one.agent_id, one.t_from))):
        if one.agent_id == after.agent_id and one.t_to == after.t_from:
            yield one, after


def test_utilisation_is_the_sum_of_the_states(day: Lived) -> None:
    spent: Counter[str] = Counter()
    for one in day.states:
        spent[one.state] += one.t_to - one.t_from
    working = sum(spent[state] for state in ("ready", "ring", "talk", "acw"))
    assert _fraction(day.later, "cba.agent_utilisation") == (working, working + spent["pause"])
    connected = sum(one.truth.legs > 0 for one in day.made)
    assert day.later["cba.calls_per_fte_day"]["numerator"] == connected
    staff = day.later["cba.calls_per_fte_day"]["denominator"]
    assert staff == pytest.approx((working + spent["pause"]) / (8 * 3_600_000), abs=1e-4)
