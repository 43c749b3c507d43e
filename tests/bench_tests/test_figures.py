"""The arithmetic of the benchmarks."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import dpkt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bench import callers, latency, overhead, turn
from tests.bench.figures import Row, cpu_seconds, family, percentile, spent, spread, table
from tests.rig.calls import Frame


@pytest.mark.parametrize(("percent", "expected"), [(50, 50), (95, 95), (100, 100), (1, 1), (0, 1), (99.5, 100)])
def test_percentiles_are_values_that_were_measured(percent: float, expected: float) -> None:
    assert percentile(range(1, 101), percent) == expected


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0, 100))
def test_a_percentile_is_one_of_the_values_and_enough_are_not_above_it(values: list[float], percent: float) -> None:
    found = percentile(values, percent)
    assert found in values
    assert sum(value <= found for value in values) >= len(values) * percent / 100 - 1e-6


def test_no_values_have_no_percentile() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 95)
    assert spread([]) == "nothing measured"


def test_small_figures_keep_their_decimals() -> None:
    assert spread([0.25, 0.5]) == "p50 0.25, p95 0.50, max 0.50 ms (n = 2)"
    assert spread([20.4, 30.4]) == "p50 20, p95 30, max 30 ms (n = 2)"


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


def test_the_ratio_is_of_the_sums_and_each_round_is_told() -> None:
    spent = overhead.Spent
    turns = [(spent(1.0), spent(1.6), spent(1.0, 0.5)), (spent(3.0), spent(3.0), spent(3.0, 0.1))]
    row = overhead.row(100, turns, 7)
    assert row.result.startswith(
        "**1.15** (rounds 1.50, 1.03), ÷ Asterisk that keeps the same books 1.00; "
        "ms per call: plain 20, with books 23, hotline's Asterisk 20, application 3"
    )
    assert row.met


def test_a_key_stands_in_for_sound_and_its_end_is_said_three_times() -> None:
    sent = callers.packets([(100, "#")], 1000)
    assert len(sent) == 50
    events = [packet for packet in sent if packet[1] & 0x7F == 96]
    assert [packet[12] for packet in events] == [11] * 13
    assert [bool(packet[13] & 0x80) for packet in events] == [False] * 10 + [True] * 3
    assert len({packet[4:8] for packet in events}) == 1
    assert [struct.unpack("!H", packet[2:4])[0] for packet in sent] == list(range(50))


def test_a_prompt_is_found_though_its_first_packets_look_alike_and_one_is_missing() -> None:
    silent, loud = b"\xd5" * 160, [bytes([n]) * 160 for n in range(1, 5)]
    recording = silent * 2 + b"".join(loud)
    slots = [(0, loud[3]), (1, silent), (2, silent), (4, loud[1]), (5, loud[2])]
    frames = [Frame(10 + slot * 0.02, 1, slot, "alaw", payload) for slot, payload in slots]
    assert latency.begin(frames, recording, 10.001) == frames[1].t
    assert latency.begin(frames, recording, 10.001, 10.05) is None


def _segment(source: int, target: int, data: bytes) -> bytes:
    tcp = dpkt.tcp.TCP(sport=source, dport=target, data=data)
    ip = dpkt.ip.IP(src=b"\x7f\0\0\1", dst=b"\x7f\0\7\1", p=dpkt.ip.IP_PROTO_TCP, data=tcp)
    ip.len = len(ip)
    return bytes(dpkt.ethernet.Ethernet(type=dpkt.ethernet.ETH_TYPE_IP, data=ip))


def test_an_agi_conversation_is_read_from_a_capture_however_it_is_cut(tmp_path: Path) -> None:
    told = [(50000, b"agi_uniqueid: 1\nagi_callerid: 1390\n\n"), (4573, b"GET FULL VARIABLE x\n"), (50000, b"200 res"),
            (50000, b"ult=1 (5)\n"), (4573, b'STREAM FILE a "1"\n'), (50000, b"200 result=49\n")]  # fmt: skip
    path = tmp_path / "agi.pcap"
    with path.open("wb") as file:
        writer = dpkt.pcap.Writer(file)
        for number, (source, data) in enumerate(told):
            writer.writepkt(_segment(source, 4573 if source != 4573 else 50000, data), ts=100 + number)
    (found,) = turn.conversations(path)
    assert found.caller == "1390"
    assert [(a.text, b.text) for a, b in found.exchanges()] == [
        ("GET FULL VARIABLE x", "200 result=1 (5)"),
        ('STREAM FILE a "1"', "200 result=49"),
    ]
    counted = turn.rows(path, {}, 1)[0].result
    assert counted.startswith("2.0 (") and "GET FULL VARIABLE 1.0" in counted
