"""The CEL file is followed as it grows: each line once, whatever Asterisk, the disk or a restart do meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.records.facts import Answered, Ended, Offered
from ivr.serve.records.cel_file import CelFile


def line(event: str, call: str, second: int, context: str = "from-trunk", extra: str = "") -> str:
    """A row as cel_custom.conf has Asterisk write it."""
    quoted = extra.replace('"', '""')
    channel = f"PJSIP/trunk-{int(call.partition('.')[2]):08x}"
    fields = [event, f"{second}.000000", call, call, channel, context, "95000", "13800000001", "", "", quoted, ""]
    return ",".join(f'"{field}"' for field in fields) + "\n"


def call(name: str, second: int) -> str:
    """A whole call of three seconds."""
    hangup = '{"hangupcause":16,"hangupsource":"","dialstatus":""}'
    return (
        line("CHAN_START", name, second)
        + line("ANSWER", name, second + 1, "hotline")
        + line("HANGUP", name, second + 3, "hotline", hangup)
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ivr.csv"


def test_a_file_that_is_not_there_yet(file: Path) -> None:
    cel = CelFile(file)
    cel.take()
    assert list(cel.lines()) == []
    file.write_text(call("n-1.1", 100), encoding="utf-8")
    cel.take()
    assert len(list(cel.lines())) == 3


def test_facts_and_the_end_of_a_call(file: Path) -> None:
    file.write_text(call("n-1.1", 100) + line("CHAN_START", "n-1.2", 101), encoding="utf-8")
    cel = CelFile(file)
    cel.take()
    assert [type(fact) for fact in cel.facts("n-1.1")] == [Offered, Answered, Ended]
    assert [type(fact) for fact in cel.facts("n-1.2")] == [Offered]
    assert cel.facts("unheard of") == []
    assert cel.over(103_001) == {"n-1.1"}
    assert cel.over(103_000) == set()
    cel.forget({"n-1.1", "unheard of"})
    assert len(list(cel.lines())) == 1


@given(cuts=st.lists(st.integers(1, 1000), max_size=20))
def test_each_line_once_however_it_grows(tmp_path_factory: pytest.TempPathFactory, cuts: list[int]) -> None:
    file = tmp_path_factory.mktemp("cel") / "ivr.csv"
    data = (call("n-1.1", 100) + call("n-1.2", 102)).encode()
    cel = CelFile(file)
    before = 0
    for cut in [*sorted(cuts), len(data)]:
        with file.open("ab") as out:
            out.write(data[before:cut])
        before = max(before, cut)
        cel.take()
    assert "".join(sorted(f"{one}\n" for one in cel.lines())) == "".join(sorted(data.decode().splitlines(True)))


def test_it_is_turned_over_and_nothing_is_lost(file: Path) -> None:
    cel, taken = CelFile(file, turn_bytes=500), set[str]()
    for number in range(1, 8):
        with file.open("a", encoding="utf-8") as out:
            out.write(call(f"n-1.{number}", 100 + number))
        cel.take()
        taken |= set(cel.lines())
        cel.forget(cel.over(10**9))
    assert len(taken) == 21
    assert file.with_name("ivr.csv.1").exists()
    assert not file.exists() or file.stat().st_size <= 500


def test_a_row_written_in_the_moment_of_turning_over_is_read_after_all(file: Path) -> None:
    """Asterisk had the file open, and wrote the rest of a row and another one to what is `ivr.csv.1` by then."""
    cel = CelFile(file, turn_bytes=100)
    whole = call("n-1.1", 100)
    with file.open("a", encoding="utf-8") as out:
        out.write(whole[:-40])
        out.flush()
        cel.take()
        assert not file.exists(), "it was turned over"
        out.write(whole[-40:] + line("LINKEDID_END", "n-1.1", 104))
    file.write_text(call("n-1.2", 105), encoding="utf-8")
    cel.take()
    cel.take()
    assert len(list(cel.lines(["n-1.1"]))) == 4
    assert len(list(cel.lines(["n-1.2"]))) == 3


def test_what_is_not_done_with_is_still_there_for_the_next_run(file: Path) -> None:
    """The database is away for long: no call is done with, and the application is started again."""
    cel = CelFile(file, turn_bytes=500)
    for number in range(1, 8):
        with file.open("a", encoding="utf-8") as out:
            out.write(call(f"n-1.{number}", 100 + number))
        cel.take()
    again = CelFile(file, turn_bytes=500)
    again.take()
    assert len(list(again.lines())) == 21


def test_it_does_not_grow_without_end_whatever_is_not_done_with(file: Path) -> None:
    cel = CelFile(file, turn_bytes=500)
    for number in range(1, 60):
        with file.open("a", encoding="utf-8") as out:
            out.write(call(f"n-1.{number}", 100 + number))
        cel.take()
    assert file.stat().st_size < 6000


def test_a_new_run_reads_the_file_before_too(file: Path) -> None:
    file.with_name("ivr.csv.1").write_text(call("n-1.1", 100) + '"CHAN_ST', encoding="utf-8")
    file.write_text(call("n-1.2", 110), encoding="utf-8")
    cel = CelFile(file)
    cel.take()
    cel.take()
    assert len(list(cel.lines())) == 6


def test_a_file_that_was_cut_or_replaced_is_read_from_its_beginning(file: Path) -> None:
    cel = CelFile(file)
    file.write_text(call("n-1.1", 100) + call("n-1.2", 100), encoding="utf-8")
    cel.take()
    file.write_text(call("n-1.3", 120), encoding="utf-8")
    cel.take()
    assert cel.over(10**9) == {"n-1.1", "n-1.2", "n-1.3"}


def test_what_is_no_line_is_logged_and_passed_over(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    file.write_bytes(b'\xff\xfe"\n' + call("n-1.1", 100).encode() + b"garbage,,\n\n")
    cel = CelFile(file)
    cel.take()
    assert len(list(cel.lines())) == 3
    assert "cannot be read" in caplog.text


def test_a_disk_that_refuses_is_no_error(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "ivr.csv").mkdir()
    cel = CelFile(tmp_path / "ivr.csv")
    cel.take()
    assert "Is a directory" in caplog.text
    assert list(cel.lines()) == []
