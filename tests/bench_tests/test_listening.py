"""What the benchmark of listening counts: gaps in what a caller hears, and whether all are served as they should be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.bench import callers
from tests.bench.listening import GAP_GOAL_MS, PROMPT_GOAL_MS, Result, longest_gap, row

GOOD = Result(2, 0, 0, 0, (40.0, 60.0), (20.0, 30.0), 0.1, 0.2, 0.3, 5)


def test_a_gap_in_mid_prompt_counts_whole() -> None:
    assert longest_gap([0.0, 0.02, 0.32, 0.34], []) == pytest.approx(300)
    assert longest_gap([0.0, 0.02, 0.32, 0.34], [0.01, 0.33]) == pytest.approx(300), "no key was let go meanwhile"


def test_where_a_key_was_let_go_the_time_from_then_counts() -> None:
    assert longest_gap([0.0, 0.02, 3.0, 3.02], [2.95]) == pytest.approx(50)
    assert longest_gap([0.0, 0.02, 3.0], [1.0, 2.9]) == pytest.approx(100), "the last key is answered"


def test_nobody_hears_nothing() -> None:
    assert longest_gap([], [1.0]) == longest_gap([1.0], []) == 0.0


@pytest.mark.parametrize(
    "worse",
    [
        {"failed": 1},
        {"lost_keys": 1},
        {"missing_records": 1},
        {"gaps": (40.0, GAP_GOAL_MS + 1.0)},
        {"gaps": (40.0,)},
        {"prompts": (20.0, PROMPT_GOAL_MS + 1.0)},
        {"prompts": ()},
    ],
)
def test_everybody_must_be_served(worse: dict[str, object]) -> None:
    assert GOOD.met
    found = replace(GOOD, **worse)  # type: ignore[arg-type]
    assert not found.met and "not met" in row(found)[-1]


def test_a_walk_presses_keys_in_turn_and_ends_before_the_call() -> None:
    keys = callers.walk(10_000, 3_000)
    assert keys == ((3000, "1"), (6000, "2"))
    sent = callers.packets(keys, 10_000)
    assert len(sent) == 500 and sum(packet[1] & 0x7F == 96 for packet in sent) == 2 * 13
