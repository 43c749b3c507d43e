"""Logs are turned over by size and by day, and only so many are kept."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ivr.records import days
from ivr.serve.upkeep.logs import Keeper, older, own_log, turn
from ivr.settings import Settings

DAY = 86_400
LIMITS = Settings(log_megabytes=1, log_files=3, log_days=7)


def noon(later: int = 0) -> float:
    """Noon of a day in the operator's time, so that no test depends on when it runs, or where."""
    return (days.day_start(date(2026, 11, 20 + later)) + 12 * days.HOUR_MS) / 1000


def written(file: Path, data: bytes, at: float) -> None:
    with file.open("ab") as out:
        out.write(data)
    os.utime(file, (at, at))


@pytest.fixture
def zones() -> Iterator[None]:
    yield
    days.use(days.USUAL)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "messages.log"


def test_a_log_that_has_grown_is_turned_over_and_its_writer_goes_on(file: Path) -> None:
    with file.open("ab", buffering=0) as writer:
        writer.write(b"old\n" * 250_001)
        os.utime(file, (noon(), noon()))
        Keeper(LIMITS, [file]).look(noon())
        writer.write(b"new\n")
    assert file.read_bytes() == b"new\n"
    assert (file.parent / "messages.log.1").read_bytes() == b"old\n" * 250_001
    assert (file.parent / "messages.log.1").stat().st_mode & 0o777 == 0o600


def test_a_small_log_stays(file: Path) -> None:
    written(file, b"line\n", noon())
    keeper = Keeper(LIMITS, [file, file.parent / "not there"])
    keeper.look(noon())
    keeper.look(noon() + 600)
    assert older(file) == []
    assert file.read_bytes() == b"line\n"


def test_a_log_is_turned_over_each_day_also_where_nobody_ran_overnight(file: Path) -> None:
    written(file, b"monday\n", noon())
    keeper = Keeper(LIMITS, [file])
    keeper.look(noon())
    keeper.look(noon(1))
    written(file, b"tuesday\n", noon(1))
    keeper.look(noon(1))
    assert file.read_bytes() == b"tuesday\n"
    Keeper(LIMITS, [file]).look(noon(2))
    assert [one.read_bytes() for one in older(file)] == [b"monday\n", b"tuesday\n"]
    assert not file.read_bytes()


@pytest.mark.usefixtures("zones")
@pytest.mark.parametrize(("zone", "hour_utc"), [("Asia/Shanghai", 16), ("America/New_York", 5), ("UTC", 0)])
def test_the_day_is_the_operators(file: Path, zone: str, hour_utc: int) -> None:
    days.use(zone)
    midnight = datetime(2026, 11, 20, hour_utc, tzinfo=UTC).timestamp()
    written(file, b"before\n", midnight - 1)
    keeper = Keeper(LIMITS, [file])
    keeper.look(midnight - 1)
    assert older(file) == []
    keeper.look(midnight)
    assert len(older(file)) == 1


def test_only_so_many_are_kept_and_none_for_too_long(file: Path) -> None:
    keeper = Keeper(LIMITS, [file])
    for number in range(6):
        written(file, f"{number}\n".encode(), noon())
        turn(file)
    keeper.look(time.time())
    assert [one.name for one in older(file)] == ["messages.log.2", "messages.log.1"]
    keeper.look(time.time() + 8 * DAY)
    assert older(file) == []


def test_others_files_are_left_alone(file: Path) -> None:
    for name in ("messages.log.bak", "messages.log.old", "messages.logs.1"):
        (file.parent / name).write_text("mine")
        os.utime(file.parent / name, (0, 0))
    Keeper(LIMITS, [file]).look(noon())
    assert len(list(file.parent.iterdir())) == 3


def test_no_line_is_lost_while_somebody_writes(file: Path) -> None:
    """A busy writer: whole lines, in the log or in the older files. What comes in the instant of the cut may go."""
    stop, grown = threading.Event(), threading.Condition()
    count = 0

    def write() -> None:
        nonlocal count
        with file.open("ab", buffering=0) as out:
            while not stop.wait(0.0002):
                with grown:
                    out.write(b"%09d\n" % count)
                    count += 1
                    grown.notify()

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    turns = 5
    for _ in range(turns):
        with grown:
            before = count
            assert grown.wait_for(lambda: count >= before + 100, 30)  # noqa: B023 - asked at once
        turn(file)
    stop.set()
    writer.join()
    lines = b"".join(one.read_bytes() for one in (*older(file), file)).splitlines()
    assert sorted(set(lines)) == lines
    assert count - len(lines) <= turns


def test_a_log_that_cannot_be_turned_over_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = tmp_path / "messages.log"
    folder.mkdir()
    (folder / "in it").touch()
    Keeper(LIMITS, [folder]).look(time.time() + 2 * DAY)
    assert "cannot be turned over" in caplog.text


def test_the_applications_own_log_is_a_file_that_is_appended_to(tmp_path: Path) -> None:
    with (tmp_path / "a").open("ab") as appended, (tmp_path / "w").open("wb") as written_over:
        assert own_log(appended.fileno()) == tmp_path / "a"
        assert own_log(written_over.fileno()) is None
    with Path("/dev/null").open("ab") as nowhere:
        assert own_log(nowhere.fileno()) is None
