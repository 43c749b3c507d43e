"""The arithmetic of the benchmarks."""

from __future__ import annotations

import os
from pathlib import Path

import dpkt
import pytest

from tests.bench.figures import Row, cpu_seconds, family, percentile, spent, table
from tests.bench.load import key_pcap


@pytest.mark.parametrize(("percent", "expected"), [(50, 50), (95, 95), (100, 100), (1, 1), (0, 1), (99.5, 100)])
def test_percentiles_are_values_that_were_measured(percent: float, expected: float) -> None:
    assert percentile(range(1, 101), percent) == expected


def test_one_value_is_every_percentile() -> None:
    assert percentile([7.0], 95) == 7.0


def test_no_values_have_no_percentile() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 95)


def test_a_program_name_with_blanks_and_brackets_does_not_shift_the_fields() -> None:
    ticks = os.sysconf("SC_CLK_TCK")
    line = f"42 (a (bad) name) S 1 2 3 4 5 6 7 8 9 10 {3 * ticks} {2 * ticks} 0 0 20 0 1 0 100"
    assert cpu_seconds(line) == 5.0


def test_this_process_has_used_time_and_is_its_own_family() -> None:
    assert spent([os.getpid()]) > 0
    assert family(os.getpid())[0] == os.getpid()


def test_a_goal_that_was_missed_is_said() -> None:
    text = table([Row("a", "1", "≤ 2", True), Row("b", "3", "≤ 2", False), Row("c", "4")])
    assert "| a | 1 | ≤ 2 | met |" in text
    assert "| b | 3 | ≤ 2 | **not met** |" in text
    assert text.endswith("| c | 4 |  |  |")


def test_a_key_press_is_a_marked_beginning_and_three_ends(tmp_path: Path) -> None:
    key_pcap(tmp_path / "key.pcap", "#", 7)
    with (tmp_path / "key.pcap").open("rb") as file:
        packets = [bytes(dpkt.ethernet.Ethernet(raw).data.data.data) for _, raw in dpkt.pcap.Reader(file)]
    assert packets[0][1] & 0x80
    assert all(packet[12] == 11 for packet in packets)
    assert [bool(packet[13] & 0x80) for packet in packets].count(True) == 3
    assert packets[-1][13] & 0x80
