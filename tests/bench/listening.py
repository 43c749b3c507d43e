"""Many callers at the shipped flow, which listens at every menu: `python -m tests.bench.listening [CALLS …]`.

Each caller sends A-law silence and presses a key every 3 s, so that somebody speaks to them all the time. What they
hear is judged by the packets on the wire: the longest gap between two packets in mid-prompt, or between a key's end and
the next prompt; the first prompt after the answer; keys that the record does not know. The largest number of callers
that is served as it should be is the `max_calls` of this machine. `--keys` serves them without listening, `--write`
keeps the table in docs/bench-listening.md.
"""

from __future__ import annotations

import datetime
import itertools
import json
import os
import platform
import subprocess
import sys
import time
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import dpkt

from ivr.records.store import Store
from tests.bench import callers
from tests.bench.figures import family, percentile, spent, table_of
from tests.bench.machine import described
from tests.bench.overhead import asterisk_pid
from tests.rig.addresses import own_address
from tests.rig.capture import tap
from tests.rig.errors import CallFailed
from tests.rig.hotline import TOP, Hotline, hotline, until

SIZES = (60, 130, 200, 250, 300)
LASTS_MS, EVERY_MS = 24_000, 3_000
#: So many callers dial in a second.
RATE = 16.0
GAP_GOAL_MS, PROMPT_GOAL_MS = 100, 300
#: What the caller did with a menu, where that was a key.
_BY_KEY = frozenset({"choice", "repeat", "back", "agent", "invalid"})
#: Of an Ethernet frame: IPv4 and UDP without options, and RTP's own header.
_PORT, _DATA = 36, 42
_RTP_BYTES = 12 + 160


@dataclass(frozen=True, slots=True)
class Result:
    """What became of so many callers. `gaps` and `prompts` in ms, one a call; cores while all of them were there."""

    calls: int
    failed: int
    lost_keys: int
    missing_records: int
    gaps: Sequence[float]
    prompts: Sequence[float]
    app: float
    sound: float
    asterisk: float
    late_ms: int

    @property
    def met(self) -> bool:
        """Whether everybody was served as they should be."""
        lost = self.failed + self.lost_keys + self.missing_records
        served = len(self.gaps) == len(self.prompts) == self.calls
        return served and not lost and max(self.gaps) <= GAP_GOAL_MS and percentile(self.prompts, 95) <= PROMPT_GOAL_MS


def place(line: Hotline, own: str, calls: int, folder: Path) -> Result:
    """Place so many calls, and see what they heard."""
    assert line.app is not None
    pcap = folder / f"{calls}.pcap"
    before = int(time.time() * 1000)
    ramp = calls / RATE
    command = [
        sys.executable, "-m", "tests.bench.callers", line.address, own, "95000", str(calls), str(ramp), str(LASTS_MS),
        str(EVERY_MS),
    ]  # fmt: skip
    since = len(line.log.read_text(encoding="utf-8"))
    asterisk, app = [asterisk_pid(line)], family(line.app.pid)
    sound = [pid for pid in app if b"stream_server" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    with (
        tap(pcap, f"udp and src host {line.address} and dst host {own}", bulk=True),
        subprocess.Popen(command, cwd=TOP, stdout=subprocess.PIPE, text=True) as process,
    ):
        time.sleep(min(ramp, LASTS_MS / 1000 - 2))
        began, used = time.monotonic(), [_spent(pids) for pids in (asterisk, app, sound)]
        time.sleep(max(2.0, LASTS_MS / 1000 - ramp - 2))
        seconds = time.monotonic() - began
        cores = [(_spent(pids) - one) / seconds for pids, one in zip((asterisk, app, sound), used, strict=True)]
        told, _ = process.communicate(timeout=ramp + LASTS_MS / 1000 + 60)
    for trouble in line.log.read_text(encoding="utf-8")[since:].splitlines():
        if " ERROR " in trouble:
            print(f"  the application says: {trouble}", flush=True)
    if process.returncode:
        raise CallFailed(f"the callers ended with {process.returncode}")
    said = json.loads(told)
    pressed = {int(number): times for number, times in said["let_go"].items()}
    gaps, prompts = heard(pcap, pressed)
    pcap.unlink()
    missing, lost = _records(line, before, pressed)
    return Result(
        calls, said["failed"], lost, missing, gaps, prompts, cores[1] - cores[2], cores[2], cores[0], said["late_ms"]
    )


def _same_priority(pid: int) -> None:
    """Asterisk gets the priority of this process, as its children have: `nice -n -15` where others use the machine.
    Linux also weighs sessions against each other (autogroup, sched(7)); where it does, ours and Asterisk's weigh so."""
    nice = os.getpriority(os.PRIO_PROCESS, 0)
    for task in Path(f"/proc/{pid}/task").iterdir():
        os.setpriority(os.PRIO_PROCESS, int(task.name), nice)
    for file in (Path("/proc/self/autogroup"), Path(f"/proc/{pid}/autogroup")):
        if nice < 0 and file.exists():
            file.write_text(str(nice), encoding="ascii")


def _spent(pids: Sequence[int]) -> float:
    """Processor time of those of the processes that live: a recogniser may be replaced meanwhile."""
    return spent([pid for pid in pids if Path(f"/proc/{pid}").exists()])


def _records(line: Hotline, since: int, pressed: Mapping[int, Sequence[float]]) -> tuple[int, int]:
    """Calls without a record, and calls whose record misses a key."""
    store = Store(line.environ["IVR_DATABASE_URL"])
    try:
        wanted = {f"+86{callers.caller(number)}": len(keys) for number, keys in pressed.items()}
        until("the records", lambda: len(store.list(since=since, limit=len(wanted))) == len(wanted), 20)
        found = {call.caller_number: call for call in store.list(since=since, limit=2 * len(wanted))}
    finally:
        store.close()
    lost = sum(
        sum(visit.outcome in _BY_KEY for visit in found[number].menu_visits) < keys
        for number, keys in wanted.items()
        if number in found
    )
    return len(wanted.keys() - found.keys()), lost


def heard(pcap: Path, pressed: Mapping[int, Sequence[float]]) -> tuple[list[float], list[float]]:
    """Of each call the longest gap in what was heard, and how long the first prompt took (ms)."""
    packets: dict[int, list[float]] = defaultdict(list)
    answered: dict[int, float] = {}
    for t, port, data in _datagrams(pcap):
        if port >= callers.FIRST_MEDIA:
            if len(data) >= _RTP_BYTES and not port % 2:
                packets[(port - callers.FIRST_MEDIA) // 2].append(t)
        elif data.startswith(b"SIP/2.0 200"):
            name = data.lower().partition(b"call-id:")[2].partition(b"\r")[0]
            number = int(name.strip().rpartition(b"-")[2])
            answered.setdefault(number, t)
    gaps = [longest_gap(times, pressed.get(number, ())) for number, times in packets.items()]
    prompts = [1000 * (packets[number][0] - t) for number, t in answered.items() if packets.get(number)]
    return gaps, prompts


def longest_gap(heard: Sequence[float], let_go: Sequence[float]) -> float:
    """The longest time (ms) without a packet; where a key was let go meanwhile, the time from then on."""
    longest = 0.0
    for before, after in itertools.pairwise(heard):
        if 1000 * (after - before) > longest:
            keys = bisect_right(let_go, after)
            begun = max(before, let_go[keys - 1]) if keys else before
            longest = max(longest, 1000 * (after - begun))
    return longest


def _datagrams(pcap: Path) -> Iterator[tuple[float, int, bytes]]:
    """Time, port and data of what came."""
    with pcap.open("rb") as file:
        for t, frame in dpkt.pcap.UniversalReader(file):
            yield float(t), int.from_bytes(frame[_PORT : _PORT + 2], "big"), frame[_DATA:]


def row(found: Result) -> tuple[str, ...]:
    """A line of the table."""
    gap = f"{max(found.gaps):.0f}" if found.gaps else "–"
    p50, p95 = (f"{percentile(found.prompts, percent):.0f}" if found.prompts else "–" for percent in (50, 95))
    cores = f"{found.app:.2f}, {found.sound:.2f}, {found.asterisk:.2f}"
    lost = f"{found.failed + found.missing_records}"
    verdict = "met" if found.met else "**not met**"
    return str(found.calls), lost, str(found.lost_keys), gap, f"{p50} / {p95}", cores, str(found.late_ms), verdict


HEADS = ("callers at once", "refused or lost", "with a key lost", "longest gap in a caller's sound (ms)",
         "answer → first prompt, p50 / p95 (ms)", "cores: application, its sound, Asterisk", "callers late (ms)",
         "")  # fmt: skip


def main(arguments: Sequence[str]) -> int:
    """Print the table; 0 even where the goal was missed, since it is measured, not asserted."""
    sizes = [int(one) for one in arguments if one.isdigit()] or SIZES
    load = os.getloadavg()[0]
    most = max(sizes)
    engine = "none" if "--keys" in arguments else "whisper"
    found = []
    with (
        TemporaryDirectory(prefix="bench-") as name,
        own_address() as own,
        hotline(MAX_CALLS=str(most), SIP_RTP_LAST=str(9999 + 4 * most + 400), CALLS_PER_SECOND="200", SIP_TRUNK=own,
                SPEECH_ENGINE=engine) as line,
    ):  # fmt: skip
        _same_priority(asterisk_pid(line))
        for size in sizes:
            found.append(place(line, own, size, Path(name)))
            print("  " + " | ".join(row(found[-1])), flush=True)
        versions = line.console("core show version").split(" built by")[0].strip()
    served = max((one.calls for one in found if one.met), default=0)
    text = table_of(HEADS, [row(one) for one in found])
    text += f"\n\n`max_calls` for this machine: **{served or 'below ' + str(min(sizes))}**"
    print(text)
    if "--write" in arguments:
        (TOP / "docs" / "bench-listening.md").write_text(f"{_heading(versions, load)}\n{text}\n", encoding="utf-8")
    return 0


def _heading(versions: str, load: float) -> str:
    return f"""# Callers at once, listening

What the last `python -m tests.bench.listening --write` measured, goals met or not.

{described()}
- {versions}; Python {platform.python_version()}. Callers, tcpdump, Asterisk and the application share the cores.
- Priority {os.getpriority(os.PRIO_PROCESS, 0)}: below 0 others used the machine as well, and these had to wait.
- {datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M} UTC; load average {load:.1f} before the run.

**How.** Callers at the shipped flow, {RATE:.0f} more a second, each {LASTS_MS // 1000} s long with a key every \
{EVERY_MS // 1000} s; whisper listens at
every menu. A gap is the longest time between two packets in mid-prompt, or from a key's end to the next prompt. Goal:
nobody refused, no key lost, no gap above {GAP_GOAL_MS} ms, the first prompt within {PROMPT_GOAL_MS} ms (p95).
"""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
