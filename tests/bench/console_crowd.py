"""Fifty desks and twenty walls at one console, and callers beside them on a real Asterisk: what the callers notice
without the crowd and with it, side by side in one run, and how old the live figures are that the walls show."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ivr.people.roles import Role
from ivr.records.store import Store
from tests.bench import callers, console_document
from tests.bench.figures import Row, cpu_seconds, family, percentile, table
from tests.bench.latency import Noticed, encoded, listen
from tests.bench.listening import longest_gap
from tests.bench.machine import described
from tests.bench.overhead import asterisk_pid
from tests.bench.plain import PATH, Sounds
from tests.browser.rig.console import RunningConsole, console
from tests.calls.crowd import changes
from tests.rig.addresses import own_address
from tests.rig.calls import Call, calls
from tests.rig.capture import tap
from tests.rig.errors import RigError
from tests.rig.hotline import TOP, Hotline, hotline, until

DESKS, WALLS, CALLERS, ROUNDS = 50, 20, 40, 2
AGE_GOAL_MS = 1_000.0
#: What the crowd may make worse, beyond what one round differs from another: milliseconds, of p95 and of a gap.
WORSE_MS = 20.0
#: All have dialled after so many seconds; an address of documentation (RFC 5737), for no sound comes over the desks.
RAMP_S, BROWSERS = 8.0, "192.0.2.1"
#: Each key of `callers.KEYS` as the record has it.
_BY_KEY = ("choice", "repeat", "back")


@dataclass(slots=True)
class Round:
    """What became of some rounds of callers: `noticed` from the packets, the longest gap in each caller's sound (ms),
    calls that failed and keys that the records miss, processor seconds a second by whom, how late the callers' own
    packets were (ms), and when each call was dialled (s since the epoch)."""

    noticed: Noticed = field(default_factory=Noticed)
    gaps: list[float] = field(default_factory=list)
    calls: int = 0
    lost_calls: int = 0
    lost_keys: int = 0
    cores: dict[str, list[float]] = field(default_factory=dict)
    late_ms: int = 0
    dialled: list[list[float]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Bench:
    """One run: the hotline, its console, where callers come from."""

    line: Hotline
    running: RunningConsole
    own: str
    folder: Path
    callers: int

    def rounds(self, name: str, number: int, crowd: int | None) -> list[tuple[Path, Mapping[str, Any]]]:
        """So many rounds of callers, one after the other; `crowd` is the crowd's process."""
        return [self._round(f"{name}{at}", crowd) for at in range(number)]

    def _round(self, name: str, crowd: int | None) -> tuple[Path, Mapping[str, Any]]:
        """The packets of a round, and what is told of it besides."""
        assert self.line.app is not None and self.running.process is not None
        pcap, began = self.folder / f"{name}.pcap", int(time.time() * 1000)
        words = [sys.executable, "-m", "tests.bench.callers", self.line.address, self.own, "95000"]
        pids = {"Asterisk": [asterisk_pid(self.line)], "application": family(self.line.app.pid),
                "console": [self.running.process.pid], "crowd": [] if crowd is None else [crowd]}  # fmt: skip
        with tap(pcap, f"udp and host {self.own}"):
            before, start = {who: _spent(of) for who, of in pids.items()}, time.monotonic()
            done = subprocess.run([*words, str(self.callers), str(RAMP_S)], cwd=TOP, capture_output=True, text=True,
                                  timeout=RAMP_S + callers.LASTS_MS / 1000 + 60, check=True)  # fmt: skip
            seconds = time.monotonic() - start
            cores = {who: (_spent(of) - before[who]) / seconds for who, of in pids.items()}
        told = json.loads(done.stdout)
        print(f"  {name}: {told['failed']} of {told['calls']} calls failed; cores {_words(cores)}", flush=True)
        return pcap, {**told, "cores": cores, "began": began}

    def found(self, rounds: Sequence[tuple[Path, Mapping[str, Any]]]) -> Round:
        """What these rounds tell; worked out when all is quiet again."""
        sounds = Sounds(self.line)
        first, menus = encoded(sounds.greeting()[0]), [encoded(sounds.menu(menu)[0]) for menu in PATH[1:]]
        one = Round()
        for pcap, told in rounds:
            heard = [call for call in calls(pcap) if call.messages]
            noticed = listen(heard, first, menus)
            one.noticed.keys += noticed.keys
            one.noticed.answers += noticed.answers
            one.noticed.unheard += noticed.unheard
            one.gaps += [_gap(call) for call in heard if len(call.heard) > 1]
            one.calls += told["calls"]
            one.lost_calls += told["failed"]
            one.lost_keys += self._lost_keys(told)
            one.late_ms = max(one.late_ms, told["late_ms"])
            one.dialled.append([call.t_invite for call in heard])
            for who, share in told["cores"].items():
                one.cores.setdefault(who, []).append(share)
        return one

    def _lost_keys(self, told: Mapping[str, Any]) -> int:
        """Keys that were let go and stand in no record, those of calls without a record too."""
        pressed = {f"+86{callers.caller(int(number))}": len(keys) for number, keys in told["let_go"].items()}
        store = Store(self.line.environ["IVR_DATABASE_URL"])
        try:
            since, until_ = told["began"], told["began"] + round(1000 * RAMP_S) + callers.LASTS_MS + 30_000
            with contextlib.suppress(RigError):
                until("the records", lambda: len(store.list(since, until_, None)) >= len(pressed), 20)
            kept = {call.caller_number: call for call in store.list(since, until_, None)}
        finally:
            store.close()
        got = {who: sum(visit.outcome in _BY_KEY for visit in kept[who].menu_visits) for who in pressed if who in kept}
        return sum(max(0, keys - got.get(who, 0)) for who, keys in pressed.items())


def _spent(pids: Sequence[int]) -> float:
    """Processor seconds of those that live."""
    found = 0.0
    for pid in pids:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            found += cpu_seconds(Path(f"/proc/{pid}/stat").read_text(encoding="utf-8"))
    return found


def _gap(call: Call) -> float:
    """The longest time (ms) without sound that was no caller's doing."""
    return longest_gap([frame.t for frame in call.heard], [key.t_end for key in call.keys])


@contextlib.contextmanager
def crowd(running: RunningConsole, desks: int, walls: int) -> Iterator[subprocess.Popen[str]]:
    """While it is there; what it saw is on its output once its input is closed. Raises AssertionError."""
    people = [running.person(Role.AGENT, agent=_agent(at), name=f"desk{at}") for at in range(desks)]
    watchers = [running.person(Role.SUPERVISOR, name=f"wall{at}") for at in range(walls)]
    given = {"url": running.url, "desks": [running.session(one) for one in people],
             "walls": [running.session(one) for one in watchers]}  # fmt: skip
    with subprocess.Popen(
        [sys.executable, "-m", "tests.bench.console_visitors"],
        cwd=TOP, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(json.dumps(given) + "\n")
        process.stdin.flush()
        said = process.stdout.readline().strip()
        try:
            assert said == "ready", f"the crowd: {said}"
            yield process
        finally:
            if not process.stdin.closed:
                process.stdin.close()


def seen(process: subprocess.Popen[str]) -> dict[str, Any]:
    """What the crowd saw; it goes."""
    assert process.stdin is not None and process.stdout is not None
    process.stdin.close()
    found: dict[str, Any] = json.loads(process.stdout.readline())
    process.wait(30)
    return found


def _agent(at: int) -> str:
    return str(2001 + at)


def agents(number: int) -> Mapping[str, Any]:
    """The changes of the flow that there are so many agents more."""
    made = {_agent(at): {"name": f"座席{at}", "queues": {"general": 0}} for at in range(number)}
    return {"agents.yaml": {"agents": made}}


def lateness(dialled: Sequence[Sequence[float]], walls: Sequence[Sequence[tuple[float, int]]]) -> list[float]:
    """Of each call and each wall, how long (ms) after the call was dialled the wall showed as many calls as that."""
    late = []
    for times in dialled:
        began, ordered = min(times), sorted(times)
        for wall in walls:
            shown = [(t, number) for t, number in wall if t >= began]
            most, reached = 0, list[tuple[int, float]]()
            for t, number in shown:
                if number > most:
                    most = number
                    reached.append((number, t))
            for at, t in enumerate(ordered, 1):
                place = bisect_left(reached, (at, 0.0))
                if place < len(reached):
                    late.append(max(0.0, 1000 * (reached[place][1] - t)))
    return late


def rows(alone: Round, beside: Round, told: Mapping[str, Any], late: Sequence[float]) -> list[Row]:
    """The table."""
    both = [
        ("answer (200 OK) → first packet of the first prompt", alone.noticed.answers, beside.noticed.answers),
        ("key's end event → first packet of the next prompt", alone.noticed.keys, beside.noticed.keys),
        ("longest gap in each caller's sound", alone.gaps, beside.gaps),
    ]
    found = [_side_by_side(what, one, other) for what, one, other in both]
    lost = [f"{one.lost_calls} calls, {one.lost_keys} keys, {one.noticed.unheard} prompts" for one in (alone, beside)]
    none = not (beside.lost_calls or beside.lost_keys or beside.noticed.unheard)
    found.append(Row(f"lost of {alone.calls} and {beside.calls} calls", f"{lost[0]} → **{lost[1]}**", "none", none))
    shares = [{who: sum(each) / len(each) for who, each in one.cores.items()} for one in (alone, beside)]
    found.append(Row("cores used, on average", f"{_words(shares[0])} → {_words(shares[1])}"))
    found.append(Row("worst delay of a packet that a caller sent", f"{alone.late_ms} ms → {beside.late_ms} ms"))
    found += [
        Row(f"a call dialled → shown at each wall ({len(late)} times)", _spread(late), f"p95 ≤ {AGE_GOAL_MS:g} ms",
            bool(late) and percentile(late, 95) <= AGE_GOAL_MS),
        Row(f"since the node last said how it is or that nothing has changed (each second), as walls are told "
            f"({len(told['ages'])} times)", _spread(told["ages"])),
        Row(f"a desk's beat → its answer ({len(told['beats'])} times)", _spread(told["beats"])),
        Row("streams and telephones that broke", "; ".join(told["broken"]) or "0", "0", not told["broken"]),
    ]  # fmt: skip
    return found


def _side_by_side(what: str, alone: Sequence[float], beside: Sequence[float]) -> Row:
    met = percentile(beside, 95) <= percentile(alone, 95) + WORSE_MS
    return Row(what, f"{_spread(alone)} → {_spread(beside)}", f"p95 at most {WORSE_MS:g} ms later", met)


def _spread(values: Sequence[float]) -> str:
    if not values:
        return "nothing measured"
    p50, p95 = percentile(values, 50), percentile(values, 95)
    return f"p50 {p50:.0f}, **p95 {p95:.0f}**, max {max(values):.0f} ms"


def _words(cores: Mapping[str, float]) -> str:
    return ", ".join(f"{who} {share:.2f}" for who, share in cores.items())


def measured(folder: Path, given: argparse.Namespace) -> tuple[list[Row], str]:
    """The table, and Asterisk's version."""
    with (
        own_address() as own,
        hotline(changes(agents(given.desks)), MAX_CALLS="400", SIP_RTP_LAST="11999", CALLS_PER_SECOND="200",
                SIP_TRUNK=own, SIP_BROWSER_ADDRESS=BROWSERS) as line,
        console(environ=line.environ) as running,
    ):  # fmt: skip
        bench = Bench(line, running, own, folder, given.callers)
        bench.rounds("warm-up", 1, None)
        alone = bench.rounds("alone", given.rounds, None)
        print(f"  {given.desks} desks and {given.walls} walls come", flush=True)
        with crowd(running, given.desks, given.walls) as process:
            beside = bench.rounds("beside", given.rounds, process.pid)
            told = seen(process)
        versions = line.console("core show version").split(" built by")[0].strip()
        one, other = bench.found(alone), bench.found(beside)
        log = running.log.read_text("utf-8")
    if told["broken"]:
        print(f"the console wrote:\n{log[-3000:]}")
    return rows(one, other, told, lateness(other.dialled, told["calls"])), versions


def main(arguments: Sequence[str]) -> int:
    """`python -m tests.bench.console_crowd`: print the table; 0 even where a goal was missed: it is only measured."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.console_crowd", description=__doc__)
    parser.add_argument("--desks", type=int, default=DESKS)
    parser.add_argument("--walls", type=int, default=WALLS)
    parser.add_argument("--callers", type=int, default=CALLERS, help="callers at once")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="rounds of callers without the crowd, and with it")
    parser.add_argument("--write", action="store_true", help="keep what is found in docs/bench-console.md")
    given, load = parser.parse_args(arguments), os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        found, versions = measured(Path(name), given)
    text = table(found)
    print(text)
    if given.write:
        console_document.write_crowd(f"{_how(given, versions, load)}\n{text}\n")
    return 0


def _how(given: argparse.Namespace, asterisk: str, load: float) -> str:
    return f"""{described()}
- {asterisk}. Callers, tcpdump, Asterisk, the application, the console and the crowd share the cores; load average
  {load:.1f} before the run.

{given.rounds} rounds of {given.callers} callers by keys (`tests/bench/callers.py`: {len(callers.KEYS)} keys in \
{callers.LASTS_MS // 1000} s) at the hotline with its console, without anybody at the console, then
with {given.desks} desks (event stream, a beat every 3 s, a telephone registered through the console) and
{given.walls} walls; "→" leads from without to with.
From the packets, bit for bit. A wall shows a call when its number of calls in progress has grown by it.
"""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
