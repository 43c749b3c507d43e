"""The CEL file while Asterisk goes on writing it."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest

from ivr.records.cel import by_call, parse
from ivr.records.cel_watch import CelWatch
from ivr.records.recover import GRACE_MS, SILENCE_MS, rebuild_missing
from ivr.records.store import Store

CEL = Path(__file__).with_name("cel")
LINK = "node1-1795285744.0"
LATER = 1795285760053 + GRACE_MS


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ivr.csv"


def text(name: str) -> str:
    return (CEL / f"{name}.csv").read_text(encoding="utf-8")


def append(file: Path, words: str) -> None:
    with file.open("a", encoding="utf-8") as out:
        out.write(words)


def test_a_file_that_is_not_there_yet(file: Path) -> None:
    watch = CelWatch(file)
    assert watch.stories() == {}
    append(file, text("abandoned"))
    assert len(watch.stories()) == 1


def test_written_in_pieces_of_any_size_it_reads_as_the_whole(file: Path) -> None:
    watch, whole = CelWatch(file), text("caller-hangs-up")
    for place in range(0, len(whole), 97):
        append(file, whole[place : place + 97])
        watch.stories()
    assert watch.stories() == by_call(parse(whole.splitlines()).rows)


def test_a_line_is_read_once(file: Path) -> None:
    append(file, text("abandoned"))
    watch = CelWatch(file)
    before = {call: len(rows) for call, rows in watch.stories().items()}
    assert {call: len(rows) for call, rows in watch.stories().items()} == before


def test_a_rotated_and_an_emptied_file_are_read_from_their_beginning(file: Path) -> None:
    append(file, text("abandoned"))
    watch = CelWatch(file)
    watch.stories()
    file.rename(file.with_suffix(".1"))
    append(file, text("capacity"))
    assert len(watch.stories()) == 2
    os.truncate(file, 0)
    watch.stories()
    append(file, text("transferred"))
    assert len(watch.stories()) == 3


def test_hostile_bytes_do_not_stop_it(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    file.write_bytes(b"\xff\xfe\x00 138\n" + text("capacity").encode() + b'"torn')
    with caplog.at_level(logging.WARNING):
        assert len(CelWatch(file).stories()) == 1
    assert "1 lines of CEL cannot be read" in caplog.text
    assert "138" not in caplog.text


def test_a_folder_in_its_place_is_logged(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    file.mkdir()
    assert CelWatch(file).stories() == {}
    assert "CEL cannot be read" in caplog.text


def test_what_is_over_is_rebuilt_once_and_forgotten(store: Store, file: Path) -> None:
    watch, lines = CelWatch(file), text("caller-hangs-up").splitlines(keepends=True)
    append(file, "".join(lines[:20]))
    assert rebuild_missing(store, watch, LATER) == 0
    append(file, "".join(lines[20:]))
    assert rebuild_missing(store, watch, LATER, skip={LINK}) == 0
    assert rebuild_missing(store, watch, LATER) == 1
    assert watch.stories() == {}
    assert rebuild_missing(store, watch, LATER) == 0


def test_what_is_no_call_is_forgotten_too(store: Store, file: Path) -> None:
    watch = CelWatch(file)
    append(file, text("unknown-number"))
    append(file, text("caller-hangs-up").splitlines(keepends=True)[-1])  # its beginning went with another file
    assert rebuild_missing(store, watch, LATER + SILENCE_MS) == 0
    assert watch.stories() == {}
