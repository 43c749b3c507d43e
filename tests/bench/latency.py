"""What a caller notices: how soon the next prompt follows a key, and the first prompt the answer. From the packets."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.bench.figures import Row, percentile
from tests.rig.calls import Call
from tests.rig.heard import Ear
from tests.rig.hotline import Hotline
from tests.rig.steps import parse

CALLERS, ROUNDS = 6, 2
KEY_GOAL_MS, ANSWER_GOAL_MS = 60, 300
#: Into the accounts menu and back, again and again; a key every 2 s.
STEPS = [
    "dial",
    "wait 5s",
    *(word for _ in range(5) for word in ("press 1", "wait 2s", "press *", "wait 2s")),
    "hang up",
]


def measure(line: Hotline, folder: Path) -> list[Row]:
    """Two rows: key → prompt, answer → prompt."""
    keys: list[float] = []
    answers: list[float] = []
    ear = line.ear()
    for turn in range(ROUNDS):
        print(f"  {CALLERS} callers who press 10 keys each, round {turn + 1}", flush=True)
        with ThreadPoolExecutor(CALLERS) as pool:
            placed = [
                pool.submit(line.place, folder / f"{turn}-{number}", parse(STEPS), number=line.next_number())
                for number in range(CALLERS)
            ]
            for one in placed:
                call, _ = one.result()
                keys += after_keys(call, ear)
                answers += after_answer(call, ear)
    return [
        _row("key's end event → first packet of the next prompt", keys, KEY_GOAL_MS),
        _row("answer → first packet of the first prompt", answers, ANSWER_GOAL_MS),
    ]


def after_keys(call: Call, ear: Ear) -> list[float]:
    """Milliseconds from each key's end to the prompt it brought."""
    begins = sorted(one.t_start for one in ear.listen(call.heard) if one.prompt.endswith("_menu") and one.from_ms == 0)
    found = []
    for key in call.keys:
        following = [t for t in begins if t > key.t_end - 0.02]
        if following and following[0] - key.t_end < 1:
            found.append(1000 * max(0.0, following[0] - key.t_end))
    return found


def after_answer(call: Call, ear: Ear) -> list[float]:
    """Milliseconds from the 200 OK to the first prompt's first packet."""
    first = next((one.t_start for one in ear.listen(call.heard)), None)
    return [] if first is None or call.t_answered is None else [1000 * (first - call.t_answered)]


def _row(what: str, values: list[float], goal: int) -> Row:
    p50, p95 = percentile(values, 50), percentile(values, 95)
    return Row(what, f"p50 {p50:.0f} ms, p95 {p95:.0f} ms (n = {len(values)})", f"p95 ≤ {goal} ms", p95 <= goal)
