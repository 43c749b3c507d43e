"""A copy of the journal misses no call, however many come and go while the database is read."""

from __future__ import annotations

import os
from collections import defaultdict
from contextlib import closing
from pathlib import Path

from ivr.records.backup.journal_copy import JournalCopy
from ivr.records.facts import Answered, Ended, Fact, Offered
from ivr.records.journal.journal import Journal
from ivr.records.journal.lines import read_line
from ivr.records.journal.segments import COPIES, segments

NOW = 1_796_022_900_000


def goes_by(journal: Journal, call: str) -> None:
    """A whole call, each fact on the disk before the next one; the store has it at once."""
    facts = (Offered(NOW, call, "in", "95000", None, "withheld"), Answered(NOW + 1), Ended(NOW + 2, "caller", "16"))
    for fact in facts:
        journal.append(call, fact)
        assert journal.flush(5)
    journal.settle(call)
    assert journal.flush(5)


def small(folder: Path) -> Journal:
    """Every few facts make a segment."""
    return Journal(folder, segment_bytes=200)


def test_calls_that_come_and_go_while_the_database_is_read_are_copied_whole(tmp_path: Path) -> None:
    with closing(small(tmp_path / "journal")) as journal, closing(JournalCopy(tmp_path / "journal")) as copy:
        copy.hold()
        for number in range(20):
            goes_by(journal, f"n-{number}")
        copy.hold()
        facts: dict[str, list[Fact]] = defaultdict(list)
        for line in copy.lines():
            call, fact = read_line(line)
            assert fact is not None, "that it is in the store does not count"
            facts[call].append(fact)
    assert {len(found) for found in facts.values()} == {3}
    assert len(facts) == 20


def test_what_nobody_needs_goes_as_soon_as_the_copy_is_made(tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    with closing(small(folder)) as journal:
        with closing(JournalCopy(folder)) as copy:
            copy.hold()
            for number in range(10):
                goes_by(journal, f"n-{number}")
            assert len(list(segments(folder))) > 5
        goes_by(journal, "n-10")
        assert len(list(segments(folder))) <= 2


def test_a_copy_that_was_left_behind_keeps_nothing_for_ever(tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    with closing(small(folder)) as journal:
        left = folder / f"{COPIES}left"
        left.mkdir()
        os.utime(left, (1, 1))
        for number in range(10):
            goes_by(journal, f"n-{number}")
        assert len(list(segments(folder))) <= 2
